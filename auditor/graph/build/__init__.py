"""From program and knowledge to the agent graph, one file a form of knowledge."""
