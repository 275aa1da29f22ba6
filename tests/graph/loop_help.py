"""What the tests of loops share: a program of one or several texts, and a simple reading of numbers."""

from __future__ import annotations

from textwrap import dedent

from auditor.core.values import UNBOUNDED, Setting, absent, merge, unknown
from auditor.facts.python import read_python
from auditor.facts.types import Call, Expr
from auditor.graph.build.loop_terms import Numbers
from auditor.graph.build.loops import LoopFacts, classify
from auditor.graph.build.recursions import classify_recursion
from auditor.graph.build.retry_loops import RetryLoop, retry_loops
from auditor.program.origins.engine import Engine
from auditor.program.origins.types import Const, Env, Origin, Place
from auditor.program.program import make_program

HUMAN_OR_EVENT = ("ask", "recv", "receive_json", "get_event", "interrupt", "poll")


def program(text: str) -> Engine:
    facts, problem = read_python("a.py", text)
    assert facts is not None, problem
    return make_program([facts])


def numbers_of(engine: Engine) -> Numbers:
    def one(origin: Origin) -> Setting:
        if isinstance(origin, Const):
            if origin.value is None:
                return absent()
            return Setting(origin.value)
        if isinstance(origin, Env) and origin.fallback:
            return one(origin.fallback[0])
        return unknown("comes from elsewhere")

    def numbers(expr: Expr, place: Place) -> Setting:
        found = engine.origins(expr, place)
        return merge([one(o) for o in found]) if found else unknown("comes from elsewhere")

    return numbers


def waits(_: int, call: Call) -> bool:
    return call.last in HUMAN_OR_EVENT


def model(_: int, call: Call) -> bool:
    return call.last in ("create", "complete", "model")


def loop(text: str, nth: int = 0) -> LoopFacts:
    """The facts of the n-th loop of a program."""
    engine = program(text)
    blocks = [i for i, b in enumerate(engine.modules[0].blocks) if b.kind in ("for", "while", "comp")]
    return classify(engine, 0, blocks[nth], numbers=numbers_of(engine), waits=waits, reaches_model=model)


def recursion(text: str, name: str = "f") -> LoopFacts:
    """The facts of the recursive call of a function."""
    engine = program(text)
    module = engine.modules[0]
    fn = next((0, i) for i, s in enumerate(module.scopes) if s.name == name)
    inside = [c for c in module.calls if c.last == name and module.statements[c.order][0] == fn[1]]
    return classify_recursion(engine, fn, (0, inside[0].index), numbers=numbers_of(engine), waits=waits, reaches_model=model)


def retries(text: str) -> list[RetryLoop]:
    engine = program(dedent(text))
    return retry_loops(engine, 0, numbers=numbers_of(engine), waits=waits)


def retry(text: str) -> RetryLoop:
    """The only retry of a program."""
    found = retries(text)
    assert len(found) == 1, found
    return found[0]


def value(setting: Setting) -> object:
    return "unbounded" if setting.value is UNBOUNDED else setting.number if setting.number is not None else setting.state


def shape(text: str, nth: int = 0) -> tuple[object, str, bool]:
    facts = loop(dedent(text), nth)
    return value(facts.times), facts.ends_on, facts.gated
