"""What was seen at a line, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from auditor.core.location import Location
from auditor.core.values import OneOf, Setting
from auditor.graph.export import DEADLINES, place_json, setting_json
from auditor.graph.traces import Layer
from auditor.graph.types import Noun
from auditor.judgement.why import AskedRule, SeenNoun, Why
from auditor.reports.seen import facts_of, read_text, remedy_for, settings_of
from auditor.rules.inquiry import Part
from auditor.rules.types import Rule

Json: TypeAlias = dict[str, Any]

FORMAT = 1


def render_why_json(why: Why) -> str:
    document: Json = {
        "format": FORMAT,
        "root": why.root,
        **place_json(why.at),
        "text": why.text,
        "read": not why.left_out,
        "left_out": why.left_out or None,
        "problems": [{"code": p.code, "path": p.path, "line": p.line, "message": p.message} for p in why.problems],
        "nouns": [_seen(seen, why.named) for seen in why.nouns],
        "told": [{"subject": _short(row.inquiry.subject), **_rule(row, why.named)} for row in why.told],
        "around": [_short(noun) for noun in why.around],
        "calls": [
            {"callee": c.callee, "name": c.name, **place_json(c.at), "standing": c.standing, "says": c.says, "target": _at(c.target)}
            for c in why.calls
        ],
        "near": [_short(noun) for noun in why.near],
        "unknowns": [{"package": c.package, "name": c.name, **place_json(c.at)} for c in why.unknowns],
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _short(noun: Noun) -> Json:
    return {"id": noun.id, "kind": noun.kind, "name": noun.name, **place_json(noun.at), "end_line": noun.at.end_line or noun.at.line}


def _at(at: Location | None) -> Json | None:
    return place_json(at) if at is not None else None


def _seen(seen: SeenNoun, nodes: Mapping[str, Noun]) -> Json:
    noun = seen.noun
    layers: tuple[Layer, ...] = getattr(noun, "layers", ())
    return {
        **_short(noun),
        "symbol": noun.symbol,
        "qualname": noun.qualname,
        "callee": noun.callee,
        "role": noun.role,
        "framework": noun.framework,
        "api": noun.api,
        "settings": {name: _setting(setting, deadline=name in DEADLINES) for name, setting in settings_of(noun)},
        "fields": dict(facts_of(noun, nodes)),
        "layers": [
            {"mechanism": x.mechanism, "attempts": _setting(x.attempts), "same_errors": x.same_errors, "at": _at(x.at)} for x in layers
        ],
        "reached_by": list(noun.reached),
        "trace": [{"what": step.what, **place_json(step.at), "times": step.times} for step in noun.trace],
        "rules": [_rule(row, nodes) for row in seen.rules],
    }


def _setting(setting: Setting, *, deadline: bool = False) -> Json:
    """As in `graph`, with the origin and what sets it."""
    document = setting_json(setting, deadline=deadline)
    document |= {"origin": setting.origin, "argument": setting.argument}
    if isinstance(setting.value, OneOf):
        document["alternatives"] = [_setting(row, deadline=deadline) for row in setting.value.alternatives]
    return document


def _rule(row: AskedRule, nodes: Mapping[str, Noun]) -> Json:
    inquiry, verdict, finding = row.inquiry, row.inquiry.verdict, row.finding
    rule = inquiry.rule
    why = verdict.why if verdict is not None else ""
    return {
        "rule": rule.id,
        "title": rule.title,
        "verdict": inquiry.state or "not_asked",
        "severity": row.severity,
        "where": [_part(rule, inquiry.subject, part, nodes) for part in inquiry.where],
        "flag": [_part(rule, inquiry.subject, part, nodes) for part in inquiry.flag],
        "message": verdict.message or None if verdict is not None else None,
        "grade": verdict.grade or None if verdict is not None else None,
        "why": why or None,
        "resolved_by": remedy_for(why) or None,
        "finding": None
        if finding is None
        else {
            "fingerprint": finding.id,
            "state": finding.state,
            **place_json(finding.at),
            "sites": len(finding.sites),
            "suppressed_by": None if row.comment is None else {**place_json(row.comment.at), "reason": row.comment.reason},
            "remedy": finding.remedy,
        },
        "less_severe_by": None if row.cause is None else {"rule": row.cause.rule, **place_json(row.cause.at)},
        "fails_gate": finding is not None and not row.aside,
        "aside": row.aside or None,
    }


def _part(rule: Rule, noun: Noun, part: Part, nodes: Mapping[str, Noun]) -> Json:
    return {
        "text": part.text,
        "holds": {"yes": True, "no": False}.get(part.truth),
        "for": None if part.share is None else {"values": part.share[0], "of": part.share[1]},
        "why": part.why or None,
        "read": {name: read_text(rule, noun, name, nodes).partition(" = ")[2] for name in part.names},
    }
