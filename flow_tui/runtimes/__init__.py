"""Agent programs that can run an agent file."""
