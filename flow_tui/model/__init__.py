"""What is known of a run: events, and the state folded from them. Pure values."""
