"""The graph's documents: JSON to the letter of the contract, pictures in which nothing of the target can break out."""

from __future__ import annotations

import json
import math
import random
import re
from importlib.resources import files

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, absent, merge, unknown
from auditor.graph.export import setting_json, setting_text, to_dot, to_json, to_mermaid, to_text, unknown_text
from auditor.graph.flow import Region
from auditor.graph.graph import AgentGraph, Edge
from auditor.graph.traces import Layer, NotUnderstood
from auditor.graph.types import (
    Agent,
    DecisionPoint,
    EntryPoint,
    ExternalCall,
    FanOut,
    Loop,
    ModelCall,
    ModelClient,
    Noun,
    Project,
    Retry,
    Step,
    Tool,
)

SCHEMA = json.loads(files("auditor.graph").joinpath("graph.schema.json").read_text(encoding="utf-8"))
HOSTILE = 'x"]; end %% <script>\u001b[31m\n`#&{{}}|\\N\u202e'


def common(kind: str, path: str, line: int, name: str) -> dict[str, object]:
    return {"id": f"{kind}:{path}:{line}", "name": name, "symbol": name, "at": Location(path, line, 1, line + 1), "role": "production"}


def sample() -> AgentGraph:
    deadline = Setting(600.0, "default", source="somelib==1.2", unit="seconds", scope="per_read")
    shorter = Setting(20, "explicit", at=Location("app/llm.py", 4), unit="seconds", scope="per_read")
    client = ModelClient(
        **common("model_client", "app/llm.py", 4, "client"), deadline=deadline, attempts=Setting(3, "default", unit="attempts")
    )
    call = ModelCall(
        **common("model_call", "app/llm.py", 9, "create"),
        api="somelib.create",
        reached=("entry_point:app/main.py:2",),
        deadline=merge([deadline, shorter]),
        attempts=merge([Setting(3, "default"), Setting(1)], undecided=True),
        total_attempts=Setting(9, "inferred", unit="attempts"),
        layers=(
            Layer("sdk", Setting(3, "default"), None, None),
            Layer("decorator", Setting(3), True, Location("app/llm.py", 7)),
        ),
        traced=Setting(True, "inferred"),
        usage_recorded=unknown("the result leaves the file"),
    )
    nouns: list[Noun] = [
        call,
        client,
        EntryPoint(**common("entry_point", "app/main.py", 2, "ask"), entry="http"),
        Agent(
            **common("agent", "app/main.py", 5, "Researcher"),
            framework="somegraph",
            max_turns=Setting(25, "default", source="somegraph==1.0", unit="turns"),
        ),
        Step(**common("step", "app/main.py", 6, "plan")),
        Tool(**common("tool", "app/tools.py", 3, "search"), effects=("write", "read"), description=Setting("Searches.")),
        Tool(**common("tool", "app/tools.py", 9, "clock")),
        ExternalCall(**common("external_call", "app/tools.py", 4, "get"), call="http"),
        Retry(**common("retry", "app/llm.py", 7, "retry"), attempts=Setting(3)),
        Loop(
            **common("loop", "app/main.py", 8, "while"),
            times=Setting(UNBOUNDED, "inferred", unit="turns"),
            ends_on="model",
            also=(Location("app/main.py", 11),),
        ),
        FanOut(**common("fan_out", "app/main.py", 12, "gather"), width=unknown("its list comes from outside")),
        DecisionPoint(**common("decision_point", "app/llm.py", 9, "create"), traced=Setting(False, "inferred")),
        Project(**common("project", "pyproject.toml", 1, "app")),
        ModelCall(
            **{**common("model_call", "n.ipynb", 40, "invoke"), "at": Location("n.ipynb", 40, 1, 40, 9, 3, 2)},
            also=(Location("n.ipynb", 50, 1, 50, 9, 4, 1),),
        ),
    ]
    graph = AgentGraph(nodes={noun.id: noun for noun in nouns}, root="services/ask", files=4, lines=120)
    graph.flow.regions["r1"] = Region("r1", "deadline", "", Location("app/main.py", 1))
    graph.edges = [
        Edge(client.id, "project:pyproject.toml:1", "reads", "app/llm.py", 9),
        Edge("agent:app/main.py:5", "tool:app/tools.py:3", "has_tool", "app/main.py", 5),
        Edge("entry_point:app/main.py:2", call.id, "calls", "app/main.py", 9, ("loop:app/main.py:8", "r1")),
    ]
    graph.problems = [Problem("syntax-error", "app/old.py", 3, "invalid syntax")]
    graph.unknowns = [NotUnderstood("somelib", "somelib.odd", Location("app/x.py", n)) for n in (5, 1, 2, 9)]
    return graph


def document(graph: AgentGraph) -> dict:
    read = json.loads(to_json(graph))
    jsonschema.Draft202012Validator(SCHEMA).validate(read)
    return read


def node(graph: AgentGraph, identity: str) -> dict:
    return next(n for n in document(graph)["nodes"] if n["id"] == identity)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_nodes_stand_by_path_line_and_kind():
    nodes = document(sample())["nodes"]
    assert [(n["path"], n["line"], n["kind"]) for n in nodes] == sorted((n["path"], n["line"], n["kind"]) for n in nodes)


def test_the_same_bytes_in_any_order_of_building():
    first, second = sample(), sample()
    items = list(second.nodes.items())
    random.Random(7).shuffle(items)
    second.nodes = dict(items)
    for rows in (second.edges, second.problems, second.unknowns):
        rows.reverse()
    for render in (to_json, to_mermaid, to_dot, to_text, unknown_text):
        assert render(first) == render(second)


def test_a_node_has_the_fields_of_the_contract():
    assert list(node(sample(), "tool:app/tools.py:9")) == [
        "id", "kind", "name", "symbol", "path", "line", "end_line", "also", "role", "framework", "api", "settings", "reached_by",
    ]  # fmt: skip


def test_a_model_call_carries_its_settings():
    settings = node(sample(), "model_call:app/llm.py:9")["settings"]
    assert set(settings) == {
        "deadline",
        "attempts",
        "max_output_tokens",
        "run_deadline",
        "total_attempts",
        "loop",
        "traced",
        "usage_recorded",
    }
    assert settings["deadline"]["state"] == "one_of"
    assert settings["deadline"]["value"] == 600.0
    assert settings["deadline"]["scope"] == "per_read"
    assert [s["value"] for s in settings["deadline"]["alternatives"]] == [600.0, 20]
    assert settings["deadline"]["alternatives"][1]["at"] == {"path": "app/llm.py", "line": 4}
    assert settings["attempts"]["undecided"] is True
    assert settings["traced"]["value"] is True
    assert (
        settings["usage_recorded"] | {"state": "unknown", "value": None, "why": "the result leaves the file"} == settings["usage_recorded"]
    )
    assert settings["run_deadline"]["scope"] is None
    assert [(x["mechanism"], x["attempts"]["value"], x["same_errors"]) for x in settings["total_attempts"]["layers"]] == [
        ("sdk", 3, None),
        ("decorator", 3, True),
    ]


def test_a_notebook_node_names_its_cell_and_so_do_its_other_places():
    found = node(sample(), "model_call:n.ipynb:40")
    assert (found["line"], found["cell"], found["cell_line"]) == (40, 3, 2)
    assert found["also"] == [{"path": "n.ipynb", "line": 50, "cell": 4, "cell_line": 1}]


@pytest.mark.parametrize(
    ("effects", "state", "value"), [((), "absent", None), (("pay",), "set", "pay"), (("write", "read"), "one_of", "read")]
)
def test_effects_are_a_setting(effects, state, value):
    graph = AgentGraph(nodes={"t": Tool(**common("tool", "a.py", 1, "t"), effects=effects)})
    found = document(graph)["nodes"][0]["settings"]["effects"]
    assert (found["state"], found["value"]) == (state, value)
    assert [s["value"] for s in found["alternatives"]] == (sorted(effects) if len(effects) > 1 else [])


def test_the_worst_of_several_has_no_number_when_it_is_no_number():
    found = setting_json(merge([Setting(5, unit="seconds"), absent(unit="seconds")]), deadline=True)
    assert (found["state"], found["value"]) == ("one_of", None)
    assert [s["state"] for s in found["alternatives"]] == ["set", "absent"]


@pytest.mark.parametrize(
    ("value", "unit", "state"),
    [(math.inf, "seconds", "absent"), (math.inf, "attempts", "unbounded"), (math.nan, "seconds", "unknown"), (-math.inf, None, "unknown")],
)
def test_what_json_cannot_say_is_said_by_the_state(value, unit, state):
    assert setting_json(Setting(value, unit=unit))["state"] == state


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (Setting(600.0, "default", source="somelib==1.2", unit="seconds"), "600 s (default of somelib==1.2)"),
        (Setting(3, unit="attempts"), "3"),
        (Setting(25, unit="turns"), "25 turns"),
        (Setting(True), "yes"),
        (absent(), "none"),
        (Setting(UNBOUNDED), "unbounded"),
        (unknown("read from a file"), "unknown (read from a file)"),
        (Setting(OneOf((Setting(1), Setting(2)), True)), "1 or 2"),
        (Setting(ABSENT, "default"), "none (default)"),
    ],
)
def test_settings_in_words(setting, text):
    assert setting_text(setting) == text


def test_documents(snapshot):
    graph = sample()
    assert to_text(graph) == snapshot(name="text")
    assert to_mermaid(graph) == snapshot(name="mermaid")
    assert to_dot(graph) == snapshot(name="dot")
    assert unknown_text(graph) == snapshot(name="unknown")


def test_what_is_not_known_says_why():
    graph = sample()
    graph.unknowns = [
        NotUnderstood("somelib", "somelib.ask", Location("app/x.py", n), why) for n, why in ((1, ""), (2, "an odd one"), (3, ""))
    ]
    lines = unknown_text(graph).splitlines()
    assert lines[1:4] == [
        "     2  somelib.ask (somelib): app/x.py:1, app/x.py:3",
        "     1  somelib.ask (somelib): app/x.py:2",
        "        an odd one",
    ]


def test_an_empty_graph_is_a_document_in_every_format():
    empty = AgentGraph()
    assert document(empty)["nodes"] == []
    for render in (to_mermaid, to_dot, to_text, unknown_text):
        assert render(empty).endswith("\n")


def hostile_graph(name: str) -> AgentGraph:
    path = f"{name}.py"
    nouns = [EntryPoint(**common("entry_point", path, 1, name), entry="http"), ModelCall(**common("model_call", path, 2, name), api=name)]
    graph = AgentGraph(nodes={noun.id: noun for noun in nouns}, root=name)
    graph.edges = [Edge(nouns[0].id, nouns[1].id, "calls", path, 1, (name,))]
    graph.unknowns = [NotUnderstood(name, name, Location(path, 1))]
    graph.problems = [Problem("syntax-error", path, 1, name)]
    return graph


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=30) | st.just(HOSTILE))
def test_names_of_the_target_never_break_out(name):
    graph = hostile_graph(name)
    document(graph)
    for line in to_mermaid(graph).splitlines()[1:]:
        assert re.fullmatch(r'  n\d+(\S{1,2}"[^"]*"\S{1,2}|( -->\|"[^"]*"\|) n\d+)', line)
    for line in to_dot(graph).splitlines():
        assert len(re.findall(r'(?<!\\)(?:\\\\)*"', line)) % 2 == 0
    for text in (to_mermaid(graph), to_dot(graph), to_text(graph), unknown_text(graph)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert len(to_dot(graph).splitlines()) == 8


def test_equal_reasons_are_told_once() -> None:
    rows = (unknown("a sum"), Setting(OneOf((unknown("a sum"), Setting(5), unknown("a file")))), Setting(5))
    assert setting_text(Setting(OneOf(rows))) == "5, unknown (a sum; a file)"
