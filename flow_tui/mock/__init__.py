"""Invented outputs, so that a workflow can be tried without running anything."""
