"""The limit of a loop in a function with more calls than are followed."""

from __future__ import annotations

import pytest

from auditor.core.values import alternatives, unknown
from auditor.graph.build.loop_defaults import or_default
from auditor.program.origins.callers import TOO_MANY
from auditor.program.origins.types import Place
from tests.graph.loop_help import numbers_of, program

TEXT = """
NONE = None

def run(agent, most={default}):
    turn = 0
    while True:
        turn += 1
        if turn > most:
            break
        agent.create()

{call}
"""


@pytest.mark.parametrize(
    ("default", "call", "off"),
    [
        ("None", "run(a)", True),
        ("NONE", "run(a)", True),
        ("9", "run(a)", False),
        ("None", "run(a, 5)", False),
        ("None", "run(a, most=5)", False),
        ("None", "run(*a)", False),
        ("None", "run(a, **b)", False),
    ],
)
def test_a_default_that_is_no_limit_counts_where_a_call_leaves_it_out(default: str, call: str, off: bool) -> None:
    engine = program(TEXT.format(default=default, call=call))
    inside = Place(0, next(c.order for c in engine.modules[0].calls if c.last == "create"))
    found = or_default(engine, ("name", "most"), inside, unknown(TOO_MANY.why), numbers_of(engine))
    assert (len(alternatives(found)) == 2) is off
