"""An agent that a function makes and returns is not called as the function."""

import pytest

from auditor.core.location import Location
from auditor.graph.title import title
from auditor.graph.types import Agent, Tool


def node(cls, **more):
    given = {"name": "make", "symbol": "Team.make", "qualname": "Team.make", "callee": "lib.Crew", **more}
    return cls(id="n", at=Location("a.py", 1), role="production", **given)


@pytest.mark.parametrize(
    ("noun", "text"),
    [
        (node(Agent), "Crew in make"),
        (node(Agent, name="writers"), "writers"),
        (node(Agent, name="crew", symbol="crew"), "crew"),
        (node(Agent, callee="def"), "make"),
        (node(Tool), "make"),
        (node(Agent, name="", symbol="", qualname="<module>"), "lib.Crew"),
    ],
)
def test_title(noun, text):
    assert title(noun) == text
