"""Children of ours: spawn, listen, end. Nobody else imports subprocess."""
