"""Gate resolvers: who answers a gate besides a person."""
