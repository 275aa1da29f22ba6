"""Hand-made nouns, settings, rules and verdicts."""

from auditor.core.location import Location
from auditor.core.values import OneOf, Setting
from auditor.graph.types import ModelCall, ModelClient, Suppression
from auditor.rules.types import Evidence, Rule, Verdict


def at(path="app/llm.py", line=1, end_line=0):
    return Location(path, line, 1, end_line or line, 20)


def rule(id="model-call-no-deadline", **more):
    fields = {"title": id, "severity": "high", "confidence": "high", "status": "stable", "pack": "resilience", "points": 2.0}
    return Rule(**{"id": id, "each": ("model_call",), "remedy": "mend it", **fields, **more})


def client(line=3, path="app/llm.py", qualname="<module>", callee="OpenAI"):
    return ModelClient(
        id=f"model_client:{path}:{line}:1",
        name="client",
        symbol="client",
        at=at(path, line),
        role="production",
        qualname=qualname,
        callee=callee,
    )


def call(line=10, path="app/main.py", role="production", clients=(), **more):
    several = tuple(Setting(c.id, at=c.at) for c in clients)
    value = several[0] if len(several) == 1 else Setting(OneOf(several)) if several else None
    given = {"client": value} if value else {}
    fields = {"name": "ask", "symbol": "ask", "qualname": "ask", "callee": "client.chat.completions.create"}
    return ModelCall(**{"id": f"model_call:{path}:{line}:1", "at": at(path, line), "role": role, **fields, **given, **more})


def fails(asked, subject, anchors=(), **more):
    return Verdict(
        **{"rule": asked, "subject": subject, "state": "fail", "anchors": tuple(a.id for a in anchors), "message": "no deadline", **more}
    )


def passes(asked, subject, **more):
    return Verdict(rule=asked, subject=subject, state="pass", **more)


def unsure(asked, subject, why="it comes from a file"):
    return Verdict(rule=asked, subject=subject, state="unknown", why=why)


def evidence(field, value, **more):
    return Evidence(field, Setting(value, **more))


def comment(line, *rules, path="app/main.py", reason="known", defect=""):
    return Suppression(
        id=f"suppression:{path}:{line}:1",
        name="",
        symbol="",
        at=at(path, line),
        role="production",
        rules=rules,
        reason=reason,
        defect=defect,
    )


def nodes(*nouns):
    return {noun.id: noun for noun in nouns}
