"""agentaudit: a production-readiness auditor for AI-agent codebases."""

__version__ = "0.1.0"
