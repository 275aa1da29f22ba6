"""Origins: what can reach an expression, found on demand, backwards."""
