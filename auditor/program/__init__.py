"""The program: facts of all files in which every name means something; it knows Python, not libraries."""
