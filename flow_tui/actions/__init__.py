"""What a ``call`` step runs: the project's own actions."""
