"""Workflows on your own machine, live in the terminal."""

__version__ = "0.1.0"

__all__ = ["__version__"]
