"""A run as text: no Textual, no colour, no clock of its own."""
