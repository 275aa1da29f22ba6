"""Python source to facts, with the standard library's `ast`."""

from auditor.facts.python.reader import read_python

__all__ = ["read_python"]
