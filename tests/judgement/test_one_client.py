"""What a finding at a client says holds of that client: numbers, places, libraries and remedy."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from auditor.analyses.retries import own_layers, own_step
from auditor.core.location import Location
from auditor.core.values import ABSENT, Setting, merge
from auditor.graph.traces import ClientWay, TraceStep
from auditor.graph.types import ModelCall, ModelClient, Noun
from auditor.judgement.findings import Finding, find
from auditor.judgement.functions import Function, Functions
from auditor.pipeline import scan
from auditor.rules.evaluate import ask
from auditor.rules.types import Grade, Remedies, Rule
from tests.judgement.build import call, client, nodes, rule

ASKED = rule(
    flag="deadline is absent or deadline > 100",
    at="client",
    measure="deadline",
    message="one attempt may take {deadline}",
    remedies=Remedies("deadline", "Set {argument}.", "There is nothing to set."),
)

MAKE = Functions([Function("app/llm.py", 1, 40, "make")])


def one(line: int, attempts: int, deadline: Any, sdk: str, qualname: str = "<module>") -> ModelClient:
    base = client(line, qualname=qualname)
    own = Setting(deadline, "default", source=sdk, unit="seconds", argument=f"timeout= of {sdk}()")
    return ModelClient(
        id=base.id,
        name=sdk,
        symbol=sdk,
        at=base.at,
        role="production",
        qualname=qualname,
        deadline=own,
        attempts=Setting(attempts, "default"),
    )


def reached(*clients: ModelClient, line: int = 10, **more: Any) -> ModelCall:
    """A call as the graph has it: equal values of several clients are one setting."""

    def of(*settings: Setting) -> Setting:
        return merge(settings, group="g")

    subject = call(
        line,
        client=of(*(Setting(c.id) for c in clients)),
        deadline=of(*(c.deadline for c in clients)),
        attempts=of(*(c.attempts for c in clients)),
    )
    layers = own_layers(nodes(*clients), subject)
    return replace(subject, layers=tuple(layers), trace=tuple(own_step(layer, subject) for layer in layers), **more)


def findings(subject: ModelCall, *clients: ModelClient, functions: Functions | None = None) -> list[Finding]:
    return found([subject], *clients, functions=functions or Functions())


def found(calls: list[ModelCall], *clients: ModelClient, functions: Functions, asked: Rule = ASKED) -> list[Finding]:
    known: dict[str, Noun] = nodes(*calls, *clients)
    return find([verdict for c in calls if (verdict := ask(asked, c))], known, functions)[0]


def steps(finding: Finding) -> list[tuple[int, str | None]]:
    return [(step.at.line, step.times) for step in finding.trace if step.what == "sdk retry"]


def test_the_layer_stands_at_the_client_that_makes_the_most_attempts() -> None:
    subject = reached(one(3, 3, ABSENT, "acme"), one(4, 6, ABSENT, "beta"), one(5, 1, ABSENT, "core"))
    [layer] = subject.layers
    assert layer.at is not None
    assert (layer.at.line, subject.trace[0].times) == (4, "6")


@pytest.mark.parametrize("deadlines", [(ABSENT, ABSENT, ABSENT), (ABSENT, 600, 300)])
def test_each_finding_speaks_of_its_own_client(deadlines: tuple[Any, ...]) -> None:
    clients = [one(line, n, d, sdk) for line, n, d, sdk in zip((3, 4, 5), (3, 6, 1), deadlines, ("acme", "beta", "core"), strict=True)]
    found = findings(reached(*clients), *clients)
    assert [f.at.line for f in found] == [3, 4, 5]
    assert [steps(f) for f in found] == [[(3, "3")], [(4, "6")], []]
    texts = ["none" if d is ABSENT else f"{d} s" for d in deadlines]
    assert [f.evidence[0].text for f in found] == [f"{t}: default of {sdk}" for t, sdk in zip(texts, ("acme", "beta", "core"), strict=True)]
    assert [f.remedy for f in found] == ["Set timeout= of acme().", "Set timeout= of beta().", "Set timeout= of core()."]
    said = [f.message for f in found]
    assert said == [f"one attempt may take {t}: all 3 clients that can reach this call" for t in texts]


def test_the_first_constructor_speaks_for_its_function_and_all_are_mended() -> None:
    clients = [one(3, 3, ABSENT, "acme", "make"), one(4, 6, ABSENT, "beta", "make")]
    [finding] = findings(reached(*clients), *clients, functions=MAKE)
    assert (finding.at.line, steps(finding)) == (3, [(3, "3")])
    assert finding.evidence[0].text == "none: default of acme; likewise beta"
    assert finding.remedy == "Set timeout= of acme() and beta()."


@pytest.mark.parametrize(
    ("defaults", "text"),
    [
        (((300, "acme"), (600, "beta"), (600, "beta")), "300 s: default of acme; 600 s: default of beta (2 others)"),
        (((300, "acme"), (600, "beta"), (300, "core")), "300 s: default of acme; likewise core; 600 s: default of beta"),
        (((300, "acme"), (600, "beta"), (ABSENT, "core")), "300 s: default of acme; none: default of core; 600 s: default of beta"),
        (((600, "acme"), (600, "beta"), (600, "core")), "600 s: default of acme; likewise beta, core"),
    ],
)
def test_defaults_that_differ_are_told_each_with_its_own_library(defaults: tuple[tuple[Any, str], ...], text: str) -> None:
    clients = [one(3 + n, 3, deadline, sdk, "make") for n, (deadline, sdk) in enumerate(defaults)]
    [finding] = findings(reached(*clients), *clients, functions=MAKE)
    assert (finding.at.line, finding.evidence[0].text) == (3, text)


def test_a_client_that_only_persons_bring_is_told_with_their_way_and_as_no_more_than_that() -> None:
    served, tried = one(3, 3, 600, "openai"), one(9, 3, 500, "anthropic")
    shown = TraceStep("script begins", tried.at)
    subject = reached(served, tried)
    subject = replace(subject, client_ways=(ClientWay(tried.id, (shown, TraceStep("model call ask", subject.at))),))
    graded = replace(ASKED, grades=(Grade("low", "by_hand"), Grade("medium")))
    verdict = ask(graded, subject)
    assert verdict is not None
    found = {f.at.line: f for f in find([verdict], nodes(subject, served, tried), Functions())[0]}
    assert {line: f.severity for line, f in found.items()} == {3: "medium", 9: "low"}
    assert [step.what for step in found[9].trace] == ["script begins", "model call ask", "sdk retry"]
    assert "script begins" not in [step.what for step in found[3].trace]


def test_what_equal_clients_have_is_told_of_each_by_its_own_origin() -> None:
    """Equal attempts are written at different places, equal defaults come from different libraries."""
    clients = [one(line, 3, ABSENT, sdk) for line, sdk in ((3, "acme"), (4, "beta"))]
    subject = reached(*clients)
    assert (subject.deadline.value, subject.attempts.value) == (ABSENT, 3), "one setting each"
    found = findings(subject, *clients)
    assert [steps(f) for f in found] == [[(3, "3")], [(4, "3")]]
    assert [f.evidence[0].text for f in found] == ["none: default of acme", "none: default of beta"]
    assert [f.remedy for f in found] == ["Set timeout= of acme().", "Set timeout= of beta()."]


def test_what_the_call_itself_says_is_no_matter_of_its_clients() -> None:
    clients = [one(line, 3, ABSENT, sdk) for line, sdk in ((3, "acme"), (4, "beta"))]
    own = Setting(ABSENT, at=Location("app/main.py", 10), argument="timeout= of ask()")
    found = findings(reached(*clients, deadline=own), *clients)
    assert [f.evidence[0].text for f in found] == ["none: written at app/main.py:10"] * 2
    assert [f.remedy for f in found] == ["Set timeout= of ask()."] * 2


def test_at_a_constructor_the_site_speaks_that_it_reaches_and_the_worse_one_is_named() -> None:
    first, second = one(3, 3, ABSENT, "acme", "make"), one(4, 6, ABSENT, "beta", "make")
    calls = [reached(first, line=10, role="library"), reached(second, line=20)]
    asked = replace(ASKED, grades=(Grade("low", "role == 'library'"), Grade("high")))
    [finding] = found(calls, first, second, functions=MAKE, asked=asked)
    assert (finding.at.line, steps(finding), finding.trace[-1].at.line) == (3, [(3, "3")], 10)
    assert finding.evidence[0].text == "none: default of acme; likewise beta"
    assert finding.remedy == "Set timeout= of acme() and beta()."
    assert (finding.severity, finding.role) == ("high", "production")
    assert finding.message == "one attempt may take none; high by the site app/main.py:20, whose client is another one made here"
    [finding] = found(calls, first, second, functions=MAKE)
    assert "another one made here" not in finding.message, "both are equally severe"


def test_where_calls_are_told_together_the_remedy_at_a_client_names_no_other() -> None:
    clients = [one(line, 3, ABSENT, sdk) for line, sdk in ((3, "acme"), (4, "beta"))]
    calls = [reached(*clients, line=10), reached(clients[0], line=20)]
    rows = found(calls, *clients, functions=Functions(), asked=replace(ASKED, together="package"))
    assert [(f.at.line, len(f.sites), f.remedy) for f in rows] == [(3, 2, "Set timeout= of acme()."), (4, 1, "Set timeout= of beta().")]


CHOSEN = """
from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI


def make(kind: str):
    if kind == "first":
        return ChatOpenAI(model="gpt-5-mini")
    return ChatAnthropic(model="claude-sonnet-4-5")


def answer(kind: str, question: str) -> str:
    return make(kind).invoke(question).content
"""


def test_the_value_of_a_factory_in_code_is_that_of_the_constructor_that_is_shown(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(CHOSEN)
    [finding] = [f for f in scan([tmp_path]).findings if f.rule == "model-call-no-deadline"]
    assert (finding.at.line, finding.at.column) == (8, 16)
    [deadline] = [line.text for line in finding.evidence if line.setting == "deadline"]
    assert deadline.startswith("none: default of langchain-openai; ")
    assert deadline.endswith("; likewise langchain-anthropic")
    assert "timeout= of ChatOpenAI() and ChatAnthropic() " in finding.remedy
