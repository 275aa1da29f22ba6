"""A report made by hand, with something of everything."""

from __future__ import annotations

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.core.values import UNBOUNDED
from auditor.graph.traces import TraceStep
from auditor.judgement.types import (
    Advice,
    AdviceStep,
    Coverage,
    EvidenceLine,
    Finding,
    FindingSite,
    GateResult,
    Gone,
    Measure,
    Row,
    RuleCoverage,
    Score,
    ScoreGate,
    Seen,
    Undecided,
)
from auditor.reports.report import ComparedWith, Report, Statement

LOOP = Location("app/agent.py", 41, 9, 48, 40)
CLIENT = Location("app/llm.py", 12, 14, 12, 37)
SITES = tuple(FindingSite(f"call:{n}", "create", Location("app/steps.py", 10 * n, 5), "production", n == 3) for n in range(1, 26))

LOOP_FINDING = Finding(
    rule="unbounded-agent-loop",
    title="Nothing ends this agent loop",
    pack="orchestration",
    severity="critical",
    confidence="high",
    status="stable",
    state="new",
    message="the model alone decides when this loop ends",
    at=LOOP,
    symbol="Researcher.run",
    qualname="Researcher.run",
    callee="while",
    role="production",
    fingerprint="a" * 64,
    occurrence=1,
    remedy="Count the turns and stop at a limit, or give the run a budget.",
    measure=Measure("times", UNBOUNDED),
    sites=(FindingSite("loop:1", "while", LOOP, "production"),),
    trace=(
        TraceStep("POST /ask", Location("app/main.py", 12)),
        TraceStep("while True", LOOP, "unbounded"),
        TraceStep("client.chat", Location("app/agent.py", 43), "3"),
    ),
    evidence=(EvidenceLine("times", "unbounded, ends on model", LOOP),),
)
CLIENT_FINDING = Finding(
    rule="model-call-no-deadline",
    title="A model call has no deadline",
    pack="resilience",
    severity="high",
    confidence="medium",
    status="stable",
    state="open",
    message="no deadline applies to 25 calls: the client was made without one and the library's default is none, "
    "so a hanging server holds the worker for ever",
    at=CLIENT,
    symbol="client",
    qualname="<module>",
    callee="Chat",
    role="production",
    fingerprint="b" * 64,
    occurrence=1,
    remedy="Pass a timeout when the client is made.",
    sites=SITES,
    evidence=(EvidenceLine("deadline", "none, default of somelib==1.2.0", CLIENT),),
)
SECOND_CLIENT = Finding(
    rule="model-call-no-deadline",
    title="A model call has no deadline",
    pack="resilience",
    severity="high",
    confidence="medium",
    status="preview",
    state="open",
    message="no deadline applies",
    at=Location("tests/run.py", 3, 1, 3, 7),
    symbol="",
    qualname="<module>",
    callee="Chat",
    role="test",
    fingerprint="c" * 64,
    occurrence=1,
    remedy="Pass a timeout when the client is made.",
)
SUPPRESSED = Finding(
    rule="retry-amplification",
    title="Nested retries multiply",
    pack="resilience",
    severity="high",
    confidence="high",
    status="stable",
    state="suppressed",
    message="9 requests can come of one call",
    at=Location("app/tools.py", 7, 5, 7, 20),
    symbol="fetch",
    qualname="fetch",
    callee="get",
    role="production",
    fingerprint="d" * 64,
    occurrence=1,
    remedy="Keep one retry layer.",
    suppressed_because="the upstream is ours",
)


def report() -> Report:
    return Report(
        root="services/ask",
        verdict="not_ready",
        gate=GateResult(False, 1, ("1 open finding of severity critical", "score gate G1 failed")),
        coverage=Coverage(
            found=55,
            decided=51,
            nouns=(Seen("model_call", 41, 38), Seen("tool", 12, 12), Seen("retry", 1, 1), Seen("fan_out", 1, 0)),
            undecided=(
                Undecided(Location("app/a.py", 3), "model_call", "create", "the timeout comes from a file that is not read", ("x",)),
                Undecided(Location("app/b.py", 9), "model_call", "create", "the timeout comes from a file that is not read", ("x",)),
                Undecided(Location("app/c.py", 1), "model_call", "create", "more than 16 values can reach it", ("x",)),
                Undecided(Location("app/d.py", 5), "fan_out", "gather", "its width is not known", ("y",)),
                Undecided(Location("app/e.py", 2), "call", "somelib.Odd.run", "not understood", ()),
                Undecided(Location("app/e.py", 8), "call", "somelib.Odd.run", "not understood", ()),
            ),
        ),
        score=Score(
            value=59,
            low=57.2,
            high=59,
            raw=64.4,
            dimensions={"resilience": 68.0, "orchestration": 86.2, "cost": 46.0},
            gates=(
                ScoreGate("G1", "unbounded spend", "failed", ("app/agent.py:41: nothing ends the loop under POST /ask",), True),
                ScoreGate("G2", "a repeatable irreversible effect", "unknown", ("app/tools.py:7: its effect is not known",)),
                ScoreGate("G5", "no deadline at all", "passed"),
            ),
            rules=(
                RuleCoverage("unbounded-agent-loop", "Nothing ends this agent loop", "orchestration", 4.0, 1, 1, 0, 0.5),
                RuleCoverage("model-call-no-deadline", "A model call has no deadline", "resilience", 3.0, 13, 25, 3, 0.3536),
                RuleCoverage("retry-amplification", "Nested retries multiply", "resilience", 1.8, 4, 0, 0, 1.0),
            ),
        ),
        advice=Advice(
            steps=(
                AdviceStep("unbounded-agent-loop", "Nothing ends this agent loop", "a" * 64 + ":1", LOOP, 1, 9.1, ("G1",)),
                AdviceStep("model-call-no-deadline", "A model call has no deadline", "b" * 64 + ":1", CLIENT, 25, 5.0),
            ),
            gain=14.1,
            after=78.5,
            raw_after=78.5,
        ),
        matrix=(
            Row(
                "model_call",
                "create",
                Location("app/agent.py", 43),
                "production",
                {"deadline": "default", "retry": "ok", "bound": "bad", "trace": "unknown"},
            ),
            Row(
                "model_call",
                "create",
                Location("app/steps.py", 10),
                "production",
                {"deadline": "bad", "retry": "ok", "bound": "n/a", "trace": "ok"},
            ),
            Row(
                "tool",
                "search",
                Location("app/tools.py", 7),
                "production",
                {"deadline": "ok", "retry": "n/a", "bound": "n/a", "trace": "ok"},
            ),
        ),
        findings=(LOOP_FINDING, CLIENT_FINDING, SUPPRESSED, SECOND_CLIENT),
        fixed=(Gone("retry-amplification", Location("app/old.py", 3), "e" * 64),),
        problems=(Problem("syntax-error", "app/broken.py", 7, "invalid syntax"),),
        declared=(Statement("the gateway limits each request to 30 s", Location("pyproject.toml", 20)),),
        assumptions=(Statement("somelib is not locked: its newest known defaults are taken"),),
        tool_version="0.1.0",
        catalogue_version="1",
        versions={"somelib": "1.2.0"},
        compared_with=ComparedWith("baseline", "audit.json"),
        files=41,
        lines=12345,
        snippets={
            "app/agent.py": {(None, 41): "        while True:", (None, 43): "            reply = client.chat(messages)"},
            "app/llm.py": {(None, 12): "    client = Chat(model='some-model-1')"},
            "tests/run.py": {(None, 3): "Chat()"},
        },
    )
