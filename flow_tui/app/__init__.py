"""The Textual application, and the only place that knows Textual."""
