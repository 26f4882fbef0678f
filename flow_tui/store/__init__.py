"""Keeps histories: in memory and in SQLite, behind one contract."""
