"""A report made by hand, with something of everything."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.core.values import UNBOUNDED, Unknown
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
from auditor.reports.report import Attempts, Before, ComparedWith, Report, Statement

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


FETCH = Location("app/fetch.py", 30, 12, 30, 44)
WORSE_FINDING = Finding(
    rule="retry-amplification",
    title="Nested retries multiply",
    pack="resilience",
    severity="high",
    confidence="high",
    status="stable",
    state="worse",
    message="requests that one call can cause: up to 60 = 3 (sdk, somelib 1.2.0) x 4 (decorator, fetch.py:28) x 5 (loop, ask.py:20)",
    at=FETCH,
    symbol="fetch",
    qualname="fetch",
    callee="client.chat",
    role="production",
    fingerprint="f" * 64,
    occurrence=1,
    remedy="Keep one retry layer: let the client try once under your own retry, or drop the outer one.",
    measure=Measure("total_attempts", 60),
    before=Measure("total_attempts", 12),
    sites=(FindingSite("call:99", "chat", FETCH, "production"),),
    trace=(
        TraceStep("POST /ask begins", Location("app/main.py", 12)),
        TraceStep("calls ask", Location("app/main.py", 14)),
        TraceStep("loop on errors", Location("app/ask.py", 20), "5"),
        TraceStep("calls fetch", Location("app/ask.py", 22)),
        TraceStep("decorator retry", Location("app/fetch.py", 28), "4"),
        TraceStep("sdk retry", Location("app/llm.py", 12), "3"),
        TraceStep("model call chat", FETCH),
    ),
    evidence=(
        EvidenceLine("attempts", "3 attempts: default of somelib 1.2.0; client made at app/llm.py:12", CLIENT),
        EvidenceLine("total_attempts", "60 attempts", FETCH),
    ),
)
KNOWN_CRITICAL = replace(
    LOOP_FINDING, at=Location("app/old.py", 9, 5, 20, 1), fingerprint="9" * 64, symbol="Old.run", qualname="Old.run", sites=(), trace=()
)


def compared() -> Report:
    """What a change does: one new finding, one worse, others known, fixed and suppressed."""
    base = report()
    return replace(
        base,
        gate=GateResult(
            False,
            1,
            (
                "1 new critical finding: unbounded-agent-loop at app/agent.py:41",
                "1 worse high finding: retry-amplification at app/fetch.py:30",
            ),
            "fail-on high",
            aside=("1 finding in notebooks, examples or tests",),
        ),
        findings=(*base.findings, WORSE_FINDING, replace(KNOWN_CRITICAL, state="open")),
        compared_with=ComparedWith("commit", "main"),
        before=Before(
            verdict="conditional",
            score=replace(base.score, value=76.9, low=70.1, high=80.0, raw=76.9, gates=()) if base.score else None,
            coverage=Coverage(53, 52),
            failed_gates=("G5",),
            attempts=(
                Attempts("summarize", Location("app/a.py", 3), 12, 3),
                Attempts("client.chat", FETCH, 12, 60),
                Attempts("client.chat", Location("app/agent.py", 43), 3, UNBOUNDED),
                Attempts("plan", Location("app/plan.py", 7), None, 3),
                Attempts("gone", Location("app/gone.py", 7), 9, None),
                Attempts("odd|name`s", Location("app/odd.py", 1), 3, Unknown("not read")),  # type: ignore[arg-type]
            ),
        ),
    )


def baselined() -> Report:
    """An old code base under a baseline: what was there is known, and the gate passes."""
    base = report()
    return replace(
        base,
        gate=GateResult(True, 0, (), "fail-on high", "no new or worse finding that is high or worse"),
        findings=tuple(replace(f, state="baselined") if f.state != "suppressed" else f for f in (*base.findings, KNOWN_CRITICAL)),
        before=Before(failed_gates=("G1",)),
    )


def hostile(text: str) -> Report:
    """A report in which all that comes from the scanned code is `text`."""
    at = replace(LOOP, path=f"{text}.py")
    base = compared()
    findings = tuple(
        replace(
            finding,
            at=replace(finding.at, path=at.path),
            title=text,
            message=text,
            symbol=text,
            qualname=text,
            remedy=text,
            fingerprint=f"{number:064x}",
            sites=tuple(replace(site, name=text, at=replace(site.at, path=at.path)) for site in finding.sites),
            trace=tuple(replace(step, what=text, at=at) for step in finding.trace),
            evidence=(EvidenceLine("times", text, at),),
            suppressed_because=text,
        )
        for number, finding in enumerate((*base.findings, replace(LOOP_FINDING, state="suppressed")))
    )
    return replace(
        base,
        root=text or ".",
        gate=replace(base.gate, reasons=(text,), aside=(text,)),
        coverage=replace(base.coverage, undecided=(Undecided(at, "model_call", text, text, ()), Undecided(at, "call", text, text, ()))),
        findings=findings,
        fixed=(Gone("retry-amplification", at, "e" * 64),),
        problems=(Problem("syntax-error", at.path, 7, text),),
        declared=(Statement(text, at),),
        assumptions=(Statement(text),),
        compared_with=ComparedWith("commit", text),
        before=replace(base.before or Before(), attempts=(Attempts(text, at, 3, 12),), failed_gates=(text,)),
        snippets={at.path: {at.row: text}},
    )


def many(number: int = 10_000) -> Report:
    """More findings than any document may hold, all new."""
    long = "a very long reason " * 60
    return replace(
        compared(),
        findings=tuple(
            replace(
                WORSE_FINDING, state="new", before=None, at=Location(f"app/{'folder/' * 20}f{n}.py", n + 1), fingerprint=f"{n:064x}",
                message=f"{n} {long}", remedy=f"{n} {long}",
            )
            for n in range(number)
        ),
        problems=tuple(Problem("syntax-error", f"app/{n}.py", n, long) for n in range(number)),
        fixed=tuple(Gone("retry-amplification", Location(f"app/{n}.py", n), f"{n:064x}") for n in range(number)),
        before=Before("ready", attempts=tuple(Attempts(long, Location(f"app/{n}.py", n), n, n + 1) for n in range(number))),
    )  # fmt: skip
