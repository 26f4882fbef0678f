"""Text to tree: the grammar, the syntax tree and what can be said about it without running it."""
