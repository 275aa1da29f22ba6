"""Rules: yes/no questions about the nouns of the graph, the language they are written in, and their pages."""
