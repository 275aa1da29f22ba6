"""What a finding at a client says holds of that client: numbers, places, libraries and remedy."""

from dataclasses import replace
from typing import Any

import pytest

from auditor.analyses.retries import own_layers, own_step
from auditor.core.values import ABSENT, OneOf, Setting
from auditor.graph.traces import ClientWay, TraceStep
from auditor.graph.types import ModelCall, ModelClient, Noun
from auditor.judgement.findings import Finding, find
from auditor.judgement.functions import Function, Functions
from auditor.rules.evaluate import ask
from auditor.rules.types import Grade, Remedies
from tests.judgement.build import call, client, nodes, rule

ASKED = rule(
    flag="deadline is absent or deadline > 100",
    at="client",
    measure="deadline",
    message="one attempt may take {deadline}",
    remedies=Remedies("deadline", "Set {argument}.", "There is nothing to set."),
)


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


def reached(*clients: ModelClient) -> ModelCall:
    """A call as the graph has it: equal values of several clients are one setting, that of the first."""

    def of(*settings: Setting) -> Setting:
        return settings[0] if len({s.value for s in settings}) == 1 else Setting(OneOf(settings, group="g"))

    subject = call(
        client=of(*(Setting(c.id) for c in clients)),
        deadline=of(*(c.deadline for c in clients)),
        attempts=of(*(c.attempts for c in clients)),
    )
    layers = own_layers(nodes(*clients), subject)
    return call(
        client=subject.client,
        deadline=subject.deadline,
        attempts=subject.attempts,
        layers=tuple(layers),
        trace=tuple(own_step(layer, subject) for layer in layers),
    )


def findings(subject: ModelCall, *clients: ModelClient, functions: Functions | None = None) -> list[Finding]:
    known: dict[str, Noun] = nodes(subject, *clients)
    verdict = ask(ASKED, subject)
    return find([verdict] if verdict else [], known, functions or Functions())[0]


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
    assert [f.message for f in found] == [f"one attempt may take {t}: all 3 clients that can reach this call" for t in texts]


def test_the_first_constructor_speaks_for_its_function_and_all_are_mended() -> None:
    clients = [one(3, 3, ABSENT, "acme", "make"), one(4, 6, ABSENT, "beta", "make")]
    [finding] = findings(reached(*clients), *clients, functions=Functions([Function("app/llm.py", 1, 40, "make")]))
    assert (finding.at.line, steps(finding)) == (3, [(3, "3")])
    assert finding.evidence[0].text == "none: default of acme; likewise beta"
    assert finding.remedy == "Set timeout= of acme() and beta()."


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
