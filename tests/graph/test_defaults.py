"""Defaults and numbers that depend on versions, and on what a deployment says."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.values import Setting, alternatives
from tests.graph.dispatch_help import build, nodes


def deadline(text: str, condition: dict[str, Any], **changes: Any) -> Setting:
    form = {
        "unit": "seconds",
        "default": [{"value": 5, "when": {"argument": "url", "starts": ["file:"], **condition}}, {"value": "absent"}],
    }
    types = {"client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"deadline": form}}}
    (client,) = nodes(
        build("import os\nfrom acme import Client\n" + text, types=types, registrations=[], tracing=[], **changes), "model_client"
    )
    found: Setting = client.deadline
    return found


DEPLOYED = {"deployed": True, "sure": True}


def test_a_variable_decides_over_its_fallback() -> None:
    text = 'Client(url=os.getenv("URL", "file:a"))'
    found = deadline(text, DEPLOYED)
    assert [s.state for s in alternatives(found)] == ["default", "absent"]
    assert found.why == "the environment variable URL decides"
    assert deadline(text, {}).number == 5, "elsewhere the fallback is the value"


def test_what_needs_no_variable_is_decided() -> None:
    assert deadline('Client(url="file:a")', DEPLOYED).number == 5
    assert deadline('Client(url="db:a")', DEPLOYED).state == "absent"
    assert deadline('Client(url=os.environ["URL"])', DEPLOYED).state == "absent", "nothing says that it is a file"
    assert deadline('Client(url=os.getenv("URL", "db:a"))', DEPLOYED).state == "absent", "a server or another server"


ATTEMPTS = {
    "argument": "max_retries",
    "plus": {"<2": 0, ">=2": 1},
    "default": [{"versions": "<2", "value": 6}, {"versions": ">=2", "value": 3}],
}


@pytest.mark.parametrize(("version", "given", "default"), [("1.0", [5], [6]), ("2.0", [6], [3]), ("", [5, 6], [6, 3])])
def test_a_number_counts_the_first_try_in_some_versions(version: str, given: list[int], default: list[int]) -> None:
    types = {"client": {"new": ["acme.Client"], "noun": "model_client", "settings": {"attempts": ATTEMPTS}}}
    text = "from acme import Client\nClient(max_retries=5)\nClient()"
    first, second = nodes(build(text, types=types, registrations=[], tracing=[], version=version), "model_client")
    assert [s.number for s in alternatives(first.attempts)] == given
    assert [s.number for s in alternatives(second.attempts)] == default
