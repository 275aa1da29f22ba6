"""Commands of processes: which of them work on local files alone, and are over at once or in seconds.

Only what is constant says so: the name of each program and the words that decide what it does. Their other arguments may be anything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from auditor.facts.types import Expr
from auditor.graph.build.arguments import argument
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Box, Const, Key, New, Op, Origin, Origins, Place, Result, Text

Pace: TypeAlias = Literal["", "brief", "instant"]
Words: TypeAlias = list[str]

SLOWEST_FIRST: Sequence[Pace] = ("", "brief", "instant")
HOLE = "{}"
"""a part that is not constant; any brace is taken for one"""
MOST_WORDS = 16
MOST_TEXT = 10_000
MOST_PARTS = 20
OPERATORS = "();<>|&"
SUBSTITUTION = re.compile(r"`|\$\(|[<>]\(|<<")
ASSIGNED = re.compile(r"[A-Za-z_]\w*=.*", re.DOTALL)
PERCENT = re.compile(r"%(\(\w+\))?[-#0 +]*\d*(\.\d+)?[a-zA-Z]")


def pace(build: Build, match: Match[CallForm], site: Key) -> Pace:
    """How fast the command of a process is, or of the process that a call waits for: as the slowest that can reach it."""
    form = match.form
    if form.command is not None:
        return _slowest(_given(build, match.form, site, 0, match.partials))
    made = match.thing.origin if match.thing is not None else None
    if not isinstance(made, New):
        return ""
    forms = [n.form for n in build.base.calls.function(made.name) if n.form.command is not None]
    return _slowest(p for f in forms for p in _given(build, f, made.site, made.ctx, made.partials))


def _slowest(paces: Iterator[Pace]) -> Pace:
    return min(paces, key=SLOWEST_FIRST.index, default="")


def _given(build: Build, form: CallForm, site: Key, ctx: int, partials: tuple[tuple[Key, int], ...]) -> Iterator[Pace]:
    assert form.command is not None
    if form.command == "*":
        words = [argument(build, i, site, ctx, partials) for i in range(MOST_WORDS)]
        yield _of_words(build, [_one(build, found) for found in words if found is not None])
        return
    for origin in argument(build, form.command, site, ctx, partials) or ():
        if isinstance(origin, Box):
            yield _of_words(build, _listed(build, origin))
        else:
            yield _of_text(build, _text(build, origin))


def _listed(build: Build, box: Box) -> Words:
    """The words of a list, as far as it is written out."""
    expr, place = build.engine.refs[box.ref]
    items: Sequence[Expr] = expr[2] if expr[0] == "seq" else ()
    return [HOLE if e[0] == "star" else _one(build, build.engine.origins(e, place)) for e in items[:MOST_WORDS]]


def _one(build: Build, found: Origins) -> str:
    """A word of which there is only one."""
    return _text(build, found[0]) if len(found) == 1 else HOLE


def _text(build: Build, origin: Origin, depth: int = 0) -> str:
    """A text with its parts that are not constant as holes."""
    if isinstance(origin, Const):
        return origin.value if isinstance(origin.value, str) else HOLE
    if isinstance(origin, Text):
        return origin.pattern
    if isinstance(origin, Result) and origin.method == "format":
        return _text(build, origin.base, depth) if isinstance(origin.base, Const) else HOLE
    if isinstance(origin, Op) and depth < MOST_PARTS:
        expr, place = build.engine.refs[origin.ref]
        if origin.op == "+":
            return _side(build, expr[2], place, depth) + _side(build, expr[3], place, depth)
        if origin.op == "%":
            return PERCENT.sub(HOLE, _side(build, expr[2], place, depth))
    return HOLE


def _side(build: Build, expr: Expr, place: Place, depth: int) -> str:
    found = build.engine.origins(expr, place)
    return _text(build, found[0], depth + 1) if len(found) == 1 else HOLE


def _of_text(build: Build, text: str) -> Pace:
    """Of what a shell is given: all its programs count."""
    commands = _commands(text)
    return _slowest(_of_words(build, words) for words in commands or ()) if commands is not None else ""


def _commands(text: str) -> list[Words] | None:
    """The programs that a text starts, each with its words; None: it cannot be told."""
    if len(text) > MOST_TEXT or SUBSTITUTION.search(text):
        return None
    lexer = shlex.shlex(text.replace("\\\n", " ").replace("\n", " ; "), posix=True, punctuation_chars=OPERATORS)
    lexer.whitespace_split = True
    lexer.commenters = ""
    rows: list[Words] = [[]]
    redirected = False
    try:
        for token in lexer:
            if token and all(c in OPERATORS for c in token):
                redirected = "<" in token or ">" in token
                if not redirected:
                    rows.append([])
            elif redirected:
                redirected = False
            elif rows[-1] or not ASSIGNED.fullmatch(token):
                rows[-1].append(token)
    except ValueError:
        return None
    return [words for words in rows if words]


def _of_words(build: Build, words: Words) -> Pace:
    """Of one program, by its name and the words after it that are known: the longest entry of the knowledge."""
    if not words or "{" in words[0].rsplit("/", 1)[-1]:
        return ""
    name = words[0].rsplit("/", 1)[-1]
    known = build.base.commands
    for option in known.shells.get(name, ()):
        if words[1:2] == [option] and len(words) > 2:
            return _of_text(build, words[2])
    rest = _after_options(words[1:], known.options.get(name, ()))
    for tail in (rest[:2], rest[:1], words[1:2], []):
        entry = " ".join([name, *tail])
        if entry in known.instant or entry in known.brief:
            return "instant" if entry in known.instant else "brief"
    return ""


def _after_options(words: Words, valued: Sequence[str]) -> Words:
    """From the first word that is no option: `git -C folder show`."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in valued and rest:
            rest.pop(0)
    return rest
