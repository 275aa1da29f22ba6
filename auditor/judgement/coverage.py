"""Coverage: how many of the subjects found could be decided, and why the others could not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.graph.graph import AgentGraph
from auditor.graph.traces import NotUnderstood
from auditor.graph.types import EntryPoint, Noun
from auditor.judgement.reasons import named
from auditor.judgement.roles import counts, weighs
from auditor.judgement.types import UNSEEN_AGENT, Coverage, Reach, Seen, Undecided
from auditor.knowledge.load import talks
from auditor.rules.types import Verdict

NO_SUBJECTS = frozenset({"suppression", "call"})
FILE, CALL = "file", "call"


def cover(verdicts: Iterable[Verdict], graph: AgentGraph, problems: Iterable[Problem] = ()) -> Coverage:
    """`problems` are those of reading and of the graph.

    A subject is what a stable rule was asked of: what no rule asks about says nothing for or against the reading.
    """
    found: dict[str, set[str]] = defaultdict(set)
    open_questions: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        subject = verdict.subject
        if verdict.rule.status != "stable" or not counts(subject) or subject.kind in NO_SUBJECTS:
            continue
        found[subject.kind].add(subject.id)
        if verdict.state == "unknown":
            open_questions[subject.id].append(verdict)
    undecided = [_of_subject(asked) for asked in open_questions.values()]
    undecided += [_of_call(call) for call in graph.unknowns if weighs(call.at.path, examples=graph.examples)]
    undecided += _of_files(p for p in problems if p.counts and weighs(p.path, examples=graph.examples))
    return _counted(found, sorted(undecided))


def reach(nodes: Iterable[Noun]) -> Reach:
    """The model calls that count, how many entry points reach them, and the tools and agents that count."""
    nodes = list(nodes)
    repeated = {noun.id for noun in nodes if isinstance(noun, EntryPoint) and noun.repeated}
    calls = [noun for noun in nodes if noun.kind == "model_call" and counts(noun)]
    tools, agents = (sum(noun.kind == kind and counts(noun) for noun in nodes) for kind in ("tool", "agent"))
    return Reach(len(calls), len({entry for call in calls for entry in call.reached} - repeated), tools, agents)


def _counted(found: dict[str, set[str]], undecided: list[Undecided]) -> Coverage:
    missing = [item.noun for item in undecided]
    nouns = [Seen(kind, len(ids), len(ids) - missing.count(kind)) for kind, ids in sorted(found.items())]
    nouns += [Seen(kind, missing.count(kind), 0) for kind in (UNSEEN_AGENT, CALL, FILE) if kind in missing]
    total = sum(seen.found for seen in nouns)
    return Coverage(total, total - len(undecided), tuple(nouns), tuple(undecided))


def _of_subject(verdicts: list[Verdict]) -> Undecided:
    subject = verdicts[0].subject
    whys = dict.fromkeys(named(v.why) or "it cannot be told" for v in verdicts)
    rules = tuple(sorted({v.rule.id for v in verdicts}))
    return Undecided(subject.at, subject.kind, subject.name or subject.callee, "; ".join(whys), rules)


def _of_call(call: NotUnderstood) -> Undecided:
    noun = UNSEEN_AGENT if call.agent else CALL
    return Undecided(call.at, noun, call.name, call.says, talks=call.asks or talks(call.package), asks=call.asks)


def _of_files(problems: Iterable[Problem]) -> list[Undecided]:
    """A file counts once, with its first problem."""
    first: dict[str, Problem] = {}
    for problem in sorted(problems):
        first.setdefault(problem.path, problem)
    return [Undecided(Location(p.path, p.line), FILE, p.path, p.message) for p in first.values()]
