"""Commands of processes: which of them work on local files alone, and are over at once or in seconds.

Only what is constant says so: the name of each program and the words that decide what it does. Their other arguments may be anything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from auditor.facts.types import Call, Expr
from auditor.graph.build.arguments import argument
from auditor.graph.build.context import Build
from auditor.graph.build.loop_terms import walk
from auditor.graph.build.matching import Match
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Box, Const, Env, Ext, Key, New, Op, Origin, Origins, Place, Result, Text

Pace: TypeAlias = Literal["", "interactive", "brief", "instant"]
Words: TypeAlias = list[str]

SLOWEST_FIRST: Sequence[Pace] = ("", "interactive", "brief", "instant")
HOLE = "{}"
"""a part that is not constant; any brace is taken for one"""
MOST_WORDS = 16
MOST_TEXT = 10_000
MOST_PARTS = 20
MOST_ENDS = 64
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
    if form.ended_by and made is not None and _ended(build, form, made, site):
        return "brief"
    if not isinstance(made, New):
        return ""
    forms = [n.form for n in build.base.calls.function(made.name) if n.form.command is not None]
    return _slowest(p for f in forms for p in _given(build, f, made.site, made.ctx, made.partials))


def _ended(build: Build, form: CallForm, made: Origin, site: Key) -> bool:
    """Whether what a call waits for was ended before, in the same block or one around it, or a handler around says that it is over."""
    facts = build.engine.modules[site[0]]
    scope, block, _ = facts.statements[build.engine.call(site).order]
    around = set()
    while block >= 0 and facts.blocks[block].scope == scope:
        if _says_over(build, form, site[0], block):
            return True
        around.add(block)
        block = facts.blocks[block].parent
    names = (*form.ended_by, *(name.rpartition(".")[2] for name in form.killed_by))
    before = [c for name in dict.fromkeys(names) for c in _calls_in(build, site[0], scope, name) if c.order < build.engine.call(site).order]
    ends = [c for c in before if _outside_try(build, form, site[0], facts.statements[c.order][1]) in around]
    return any(_ends(build, form, made, site[0], c) for c in ends[-MOST_ENDS:])


def _ends(build: Build, form: CallForm, made: Origin, module: int, call: Call) -> bool:
    """Whether a call ends a process: a method of it, or a function that sends a signal to its `pid`."""
    place = build.engine.call_place((module, call.index))
    if call.func[0] == "attr" and call.last in form.ended_by and made in build.engine.origins(call.func[1], place):
        return True
    signals = {form.killed_by[o.name] for o in build.engine.origins(call.func, place) if isinstance(o, Ext) and o.name in form.killed_by}
    sent = {o.name for arg in call.args[1:] for o in build.engine.origins(arg, place) if isinstance(o, Ext)}
    if not signals or sent != signals:
        return False
    asked = [o.site for o in build.engine.origins(call.args[0], place) if isinstance(o, (New, Result))]
    named = [(call.args[0], place), *((a, build.engine.call_place(s)) for s in asked if s[1] >= 0 for a in build.engine.call(s).args)]
    parts = [(e, at) for arg, at in named for e in walk(build.engine.modules[at.module], arg) if e[0] == "attr" and e[2] == "pid"]
    return any(made in build.engine.origins(e[1], at) for e, at in parts)


def _says_over(build: Build, form: CallForm, module: int, block: int) -> bool:
    """Whether a block is the handler of nothing but errors which say that there is no such process any more."""
    info = build.engine.modules[module].blocks[block]
    if info.kind != "except":
        return False
    named = info.expr[2] if info.expr[0] == "seq" else (info.expr,)
    found = [o for each in named for o in build.engine.origins(each, Place(module, info.order))]
    return bool(found) and all(isinstance(o, Ext) and o.name in form.ended_by for o in found)


def _outside_try(build: Build, form: CallForm, module: int, block: int) -> int:
    """The block around the `try`s which a process that is gone already is no error in."""
    blocks = build.engine.modules[module].blocks
    while blocks[block].kind == "try" and all(_says_over(build, form, module, h) for h in blocks[block].handlers):
        block = blocks[block].parent
    return block


def _calls_in(build: Build, module: int, scope: int, last: str) -> list[Call]:
    """Of a function, the calls whose last segment is this."""
    memo: dict[str, dict[Key, list[Call]]] = build.memo.setdefault("calls by scope", {})  # type: ignore[assignment]
    if last not in memo:
        memo[last] = {}
        for number, call in build.engine.calls_by_last.get(last, ()):
            inside = build.engine.modules[number].statements[call.order][0]
            memo[last].setdefault((number, inside), []).append(call)
    return memo[last].get((module, scope), [])


def _slowest(paces: Iterator[Pace]) -> Pace:
    return min(paces, key=SLOWEST_FIRST.index, default="")


def _given(build: Build, form: CallForm, site: Key, ctx: int, partials: tuple[tuple[Key, int], ...]) -> Iterator[Pace]:
    assert form.command is not None
    if form.command == "*":
        yield _of_words(build, positional(build, site, ctx, partials))
        return
    for origin in argument(build, form.command, site, ctx, partials) or ():
        words = listed(build, origin)
        yield _of_words(build, words) if words is not None else _of_text(build, written(build, origin))


def positional(build: Build, site: Key, ctx: int, partials: tuple[tuple[Key, int], ...]) -> Words:
    """The positional arguments of a call, as words."""
    given = [argument(build, i, site, ctx, partials) for i in range(MOST_WORDS)]
    return [one(build, found) for found in given if found is not None]


def listed(build: Build, origin: Origin, depth: int = 0) -> Words | None:
    """The words of a list, as far as it is written out, or is made of a text; None: it is no list."""
    if isinstance(origin, New) and origin.name in build.base.commands.splits:
        return one(build, argument(build, 0, origin.site, origin.ctx) or ()).split()
    if isinstance(origin, Result) and origin.method == "split":
        return written(build, origin.base).split()
    if isinstance(origin, Op) and origin.op == "+":
        expr, place = build.engine.refs[origin.ref]
        left, right = (_only(build, build.engine.origins(side, place)) for side in expr[2:4])
        return None if left is None else [*left, *(right if right is not None else [HOLE])]
    if not isinstance(origin, Box):
        return None
    expr, place = build.engine.refs[origin.ref]
    items: Sequence[Expr] = expr[2] if expr[0] == "seq" else ()
    rows: Words = []
    for item in items:
        if len(rows) >= MOST_WORDS:
            break
        found = build.engine.origins(item, place)
        inner = listed(build, found[0], depth + 1) if item[0] == "star" and len(found) == 1 and depth < MOST_PARTS else None
        rows.extend(inner or [HOLE] if item[0] == "star" else [one(build, found)])
    return rows


def _only(build: Build, found: Origins) -> Words | None:
    return listed(build, found[0]) if len(found) == 1 else None


def one(build: Build, found: Origins) -> str:
    """A word of which there is only one."""
    words = {written(build, o) for o in found}
    return words.pop() if len(words) == 1 else HOLE


def written(build: Build, origin: Origin, depth: int = 0) -> str:
    """A text with its parts that are not constant as holes."""
    if isinstance(origin, Const):
        return origin.value if isinstance(origin.value, str) else HOLE
    if isinstance(origin, Text):
        return origin.pattern
    if isinstance(origin, Env):
        values = {o.value for o in origin.fallback if isinstance(o, Const) and isinstance(o.value, str)}
        known = f"${origin.name}" in build.base.commands.interactive or len(origin.fallback) != 1 or not values
        return f"${origin.name}" if known else values.pop()
    if isinstance(origin, New) and origin.name in build.base.commands.finds:
        return one(build, argument(build, 0, origin.site, origin.ctx) or ())
    if isinstance(origin, Result) and origin.method == "format":
        return written(build, origin.base, depth) if isinstance(origin.base, Const) else HOLE
    if isinstance(origin, Op) and depth < MOST_PARTS:
        expr, place = build.engine.refs[origin.ref]
        if origin.op == "+":
            return _side(build, expr[2], place, depth) + _side(build, expr[3], place, depth)
        if origin.op == "%":
            return PERCENT.sub(HOLE, _side(build, expr[2], place, depth))
    return HOLE


def _side(build: Build, expr: Expr, place: Place, depth: int) -> str:
    found = build.engine.origins(expr, place)
    return written(build, found[0], depth + 1) if len(found) == 1 else HOLE


def _of_text(build: Build, text: str) -> Pace:
    """Of what a shell is given: all its programs count, and none is over at once: what stands in the holes may start others."""
    found = _slowest(_of_words(build, words) for words in started(text) or ())
    return "brief" if found == "instant" else found


def started(text: str, *, alone: bool = True) -> list[Words]:
    """The programs that a text starts, each with its words; none: it cannot be told. `alone`: no others stand inside of their words."""
    if len(text) > MOST_TEXT or (alone and SUBSTITUTION.search(text)):
        return []
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
        return []
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
    rest = after_options(words[1:], known.options.get(name, ()))
    for tail in (rest[:2], rest[:1], words[1:2], []):
        entry = " ".join([name, *tail])
        found: Pace = "instant" if entry in known.instant else "brief" if entry in known.brief else ""
        if found or entry in known.interactive:
            return found or "interactive"
    return "instant" if f"* {' '.join(words[1:])}" in known.instant else ""


def after_options(words: Words, valued: Sequence[str]) -> Words:
    """From the first word that is no option: `git -C folder show`."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in valued and rest:
            rest.pop(0)
    return rest
