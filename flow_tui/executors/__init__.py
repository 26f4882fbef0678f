"""One module per construct of the language."""
