"""The documents that there are of a report."""

FORMATS = ("text", "json", "sarif", "github", "gitlab", "markdown", "agent")
