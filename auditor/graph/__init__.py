"""The agent graph: nouns, edges, and the flow between them."""
