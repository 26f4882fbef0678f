"""What helps people to write definitions: pure functions of any text, and of what is around it."""
