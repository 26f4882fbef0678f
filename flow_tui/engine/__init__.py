"""Runs workflows: knows the tree, the events and its own ports, nothing else."""
