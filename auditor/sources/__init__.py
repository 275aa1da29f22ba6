"""The only reader of the target: which files there are, their text, their versions and their suppressions."""
