"""Suppressions: what a comment covers, and which comments cover nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from auditor.core.location import Location
from auditor.core.problem import Problem
from auditor.core.text import LONGEST_WORD, did_you_mean
from auditor.graph.types import Noun, Suppression
from auditor.judgement.crossed import crossing_of
from auditor.judgement.declared import Declared
from auditor.judgement.functions import Functions
from auditor.rules.types import Verdict

MOST_SUGGESTED = 50
"""names: a suggestion costs time"""
COMPOUND = frozenset({"for", "async for", "while", "def", "async def", "class"})


class Suppressions:
    """Asked for each anchor and site; remembers which comments were of use."""

    def __init__(self, nodes: Mapping[str, Noun], functions: Functions, declared: Declared | None = None) -> None:
        self._declared = declared or Declared()
        self._lines: dict[tuple[str, str], dict[int, Suppression]] = defaultdict(dict)
        self._whole: dict[tuple[str, str], list[tuple[int, int, Suppression]]] = defaultdict(list)
        self._files: dict[tuple[str, str], Suppression] = {}
        self._used: set[tuple[str, str]] = set()
        self._valid = [noun for noun in nodes.values() if isinstance(noun, Suppression) and not noun.defect]
        for comment in self._valid:
            path, line = comment.at.path, comment.at.line
            function = functions.starting(path, line)
            for rule in comment.rules:
                self._lines[path, rule].setdefault(line, comment)
                for covered in comment.covers:
                    self._files.setdefault((covered, rule), comment)
                if function:
                    self._whole[path, rule].append((function.line, function.end_line, comment))

    def reason(self, rule: str, at: Location, *, callee: str = "") -> str:
        """Why the rule is suppressed at a place, or nothing. Of a compound statement only the first line counts, not its body."""
        found = self.found(rule, at, callee=callee)
        if found is None:
            return ""
        self._used.add((found.id, rule))
        return found.reason

    def of(self, verdict: Verdict) -> str:
        """Why the gate does not count a failing subject: a suppression there or at all calls that it is told at, else a declaration."""
        subject, crossing = verdict.subject, crossing_of(verdict)
        own = self.reason(verdict.rule.id, subject.at, callee=subject.as_written)
        calls = [] if crossing is None else [self.reason(verdict.rule.id, at) for at in (crossing.at, *crossing.others)]
        quiet = calls[0] if crossing is not None and all(calls) and not crossing.more else ""
        return own or quiet or self._declared.reason(verdict)

    def found(self, rule: str, at: Location, *, callee: str = "") -> Suppression | None:
        """The comment or setting that suppresses a rule at a place; only asked about, it is not in use by that."""
        return self._comment(rule, at, callee) or self._files.get((at.path, rule))

    def _comment(self, rule: str, at: Location, callee: str) -> Suppression | None:
        lines = self._lines.get((at.path, rule))
        if not lines:
            return None
        end = at.line if callee in COMPOUND else max(at.line, at.end_line)
        # A long expression is asked through the comments, a short one through its lines.
        span = range(at.line - 1, end + 1)
        near = span if len(span) <= len(lines) else sorted(line for line in lines if line in span)
        found = next((lines[line] for line in near if line in lines), None)
        if found is None:
            found = next((s for first, last, s in self._whole[at.path, rule] if first <= at.line <= last), None)
        return found

    def unused(self, ran: Collection[str]) -> Iterable[Problem]:
        """One problem for each rule of a comment that suppressed nothing; only of rules that ran."""
        for comment in self._valid:
            for rule in comment.rules:
                if rule in ran and (comment.id, rule) not in self._used:
                    message = f"nothing is found here for {rule}: the suppression can be removed"
                    yield Problem("suppression-unused", comment.at.path, comment.at.line, message, counts=False)


def not_run(nodes: Iterable[Noun], ran: Collection[str]) -> list[tuple[str, Suppression]]:
    """What comments name that did not run, each with its comment."""
    comments = (noun for noun in nodes if isinstance(noun, Suppression) and not noun.defect)
    return [(rule, comment) for comment in comments for rule in comment.rules if rule not in ran]


def unknown(named: Iterable[tuple[str, Suppression]], known: Collection[str]) -> Iterable[Problem]:
    """One problem for each rule of a comment that there is not: it may be one of a pack that this run was not given."""
    near: dict[str, str | None] = {}
    for rule, comment in named:
        if rule in known:
            continue
        if rule not in near:
            near[rule] = did_you_mean(rule, known) if len(near) < MOST_SUGGESTED else None
        hint = f"did you mean {near[rule]}?" if near[rule] else "if it is one of a pack, this run was not given that"
        message = f"no rule is called {rule[:LONGEST_WORD]!r}, so that suppresses nothing: {hint}"
        yield Problem("suppression-unknown", comment.at.path, comment.at.line, message, counts=False)
