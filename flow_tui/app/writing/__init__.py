"""Writing a definition: loaded when somebody does."""
