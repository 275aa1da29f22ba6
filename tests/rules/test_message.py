"""Messages: units, layers with their origin, and values of which one holds."""

from auditor.core.location import Location
from auditor.core.values import ABSENT, OneOf, Setting, unknown
from auditor.graph.traces import Layer
from auditor.graph.types import ModelCall
from auditor.rules.message import layers_text, one_of, render
from auditor.rules.types import Rule

LOOP = Layer("loop", Setting(OneOf((Setting(1), Setting(10)))), True, Location("app/llm.py", 112))


def sdk(*values: int | None) -> Layer:
    rows = tuple(unknown("?") if v is None else Setting(v, "default", source=f"lib{v} <{v}") for v in values)
    return Layer("sdk", Setting(OneOf(rows)), True, Location("app/base.py", 3))


def message(text: str, **fields: object) -> str:
    rule = Rule(id="r", title="", severity="low", confidence="high", status="stable", pack="p", each=("model_call",), message=text)
    at = Location("a.py", 1)
    chosen = fields.pop("chosen", {})
    noun = ModelCall(id="c", name="c", symbol="c", at=at, role="production", **fields)  # type: ignore[arg-type]
    return render(rule, noun, chosen)  # type: ignore[arg-type]


def test_of_several_values_the_worst_is_named_with_its_origin() -> None:
    assert layers_text((sdk(3, None, 6, 2), LOOP)) == "6 (sdk, lib6 <6) x 10 (loop, llm.py:112)"


def test_the_factors_make_the_total() -> None:
    assert layers_text((sdk(3, 6), LOOP), 30) == "3 (sdk, lib3 <3) x 10 (loop, llm.py:112)"


def test_layers_that_do_not_multiply_are_left_out() -> None:
    other = Layer("decorator", Setting(4), False, None)
    assert layers_text((Layer("sdk", Setting(3), True, None), other)) == "3 (sdk)"


def test_what_repeats_is_named_where_it_stands_not_where_its_number_does() -> None:
    at = Location("app/llm.py", 112)
    passed, own = Setting(3, at=Location("app/cli.py", 7)), Setting(3, at=Location("app/llm.py", 3))
    assert (
        layers_text((Layer("decorator", passed, True, at), Layer("loop", own, True, at)))
        == "3 (decorator, llm.py:112) x 3 (loop, llm.py:112)"
    )
    assert layers_text((Layer("sdk", passed, True, at),)) == "3 (sdk, cli.py:7)"


def test_a_duration_always_has_its_unit() -> None:
    several = Setting(OneOf((Setting(600), Setting(60))))
    assert message("{deadline}", deadline=several, chosen={"deadline": Setting(600)}) == "600 s"


def test_words_of_the_graph_are_words_of_people() -> None:
    assert message("this {call} of {name}", call="agent_run") == "this agent run of c"


def test_a_version_that_is_not_locked_is_named() -> None:
    several = tuple(Setting(v, "default", source=f"graphlib {s}") for v, s in ((25, "<1"), (10000, ">=1,<2"), (10007, ">=2")))
    assert (
        one_of("loop", OneOf(several, undecided=True)) == "loop depends on the version of graphlib, which is not locked: 25, 10000 or 10007"
    )
    assert one_of("loop", OneOf((Setting(1), Setting(2)), undecided=True)) == "loop is one of 1, 2"


def test_what_no_version_decides_is_told_as_what_does() -> None:
    several = OneOf((Setting(5, "default", source="acme"), Setting(ABSENT, "default", source="acme")), undecided=True)
    assert one_of("deadline", several, "its url is not read") == "deadline is one of 5 s, none: its url is not read"
