"""Settings of a project: `[tool.agentaudit]` of pyproject.toml, or agentaudit.toml."""

from auditor.settings.load import load_settings
from auditor.settings.types import UNITS, Column, Control, Declaration, FailOn, RuleSettings, Settings, Silence

__all__ = ["UNITS", "Column", "Control", "Declaration", "FailOn", "RuleSettings", "Settings", "Silence", "load_settings"]
