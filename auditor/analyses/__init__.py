"""Analyses: what follows from the graph, folded over its paths."""
