"""Failures that come out of a `try` as other errors: only retries that catch these try again."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from auditor.graph.types import ExternalCall
from auditor.pipeline import graph_of, read

CODE = """
import requests

class Failed(Exception): pass
class Refused(Failed): pass
class Other(Exception): pass

def once(url):
{inner}

def again(url):
    for attempt in range(3):
        try:
            return once(url)
        except {caught}:
            continue
    raise Other()

if __name__ == "__main__":
    again("http://a")
"""
CONVERTS = """
try:
    return requests.get(url, timeout=5)
except Exception as error:
    raise Refused(str(error)) from error
"""
RAISES_ON = CONVERTS.replace("raise Refused(str(error)) from error", "raise")
PARTLY = CONVERTS.replace("except Exception", "except requests.ConnectionError")
OWN_LOOP = """
for attempt in range(4):
    try:
        return requests.get(url, timeout=5)
    except Failed as error:
        raise error
    except Exception as error:
        if attempt == 3:
            raise Refused(str(error)) from error
"""


def total(folder: Path, inner: str, caught: str) -> float | None:
    (folder / "app.py").write_text(CODE.format(inner=indent(dedent(inner), "    "), caught=caught))
    graph = graph_of(read([folder]))
    return next(n for n in graph.nodes.values() if isinstance(n, ExternalCall)).total_attempts.number


@pytest.mark.parametrize(
    ("inner", "caught", "attempts"),
    [
        (CONVERTS, "requests.RequestException", 1),
        (CONVERTS, "Other", 1),
        (CONVERTS, "Refused", 3),
        (CONVERTS, "Failed", 3),
        (CONVERTS, "(Other, Exception)", 3),
        (RAISES_ON, "requests.RequestException", 3),
        (PARTLY, "requests.RequestException", 3),
        # Its own loop tries what failed, the one around it what that becomes.
        (OWN_LOOP, "requests.RequestException", 4),
        (OWN_LOOP, "Failed", 12),
    ],
)
def test_what_a_failure_becomes(tmp_path: Path, inner: str, caught: str, attempts: int) -> None:
    assert total(tmp_path, inner, caught) == attempts
