"""Distributions that matter to an agent and that no knowledge file describes: calls into them count as not understood."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from auditor.core.problem import AuditError
from auditor.knowledge.load import Loader

FILE = Path(__file__).parent / "libraries.yaml"


@cache
def libraries() -> dict[str, str]:
    """Import root -> distribution."""
    try:
        data = yaml.load(FILE.read_bytes(), Loader=Loader)
    except FileNotFoundError:
        return {}
    except yaml.YAMLError as error:
        raise AuditError(f"{FILE.name} is not valid YAML: {error}") from None
    return {str(root): str(package) for package, row in (data or {}).items() for root in row.get("modules", ())}
