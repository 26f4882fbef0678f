"""One module per screen and dialog."""
