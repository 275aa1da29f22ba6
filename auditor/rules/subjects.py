"""Of which nouns a rule is asked: those of its kinds, without those that its `where` rules out by a text alone."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from auditor.graph.called import Wanted
from auditor.graph.types import Call, Noun
from auditor.rules.expression import one_line, parse
from auditor.rules.names import TEXT, TEXT_LIST, Kind, fields_of_nouns
from auditor.rules.types import Rule

NO_CONDITIONS: Mapping[str, Callable[[Noun], bool]] = {}
NAMES_OF_CALLS = ("callee", "names", "package", "packages")


@dataclass(frozen=True, slots=True)
class Texts:
    """A field that must be, or hold, one of these texts, or the condition is false."""

    name: str
    texts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Joined:
    """`every`: without one of them the condition is false; else without all of them."""

    parts: tuple[Needed, ...]
    every: bool


Needed: TypeAlias = Texts | Joined


class Subjects:
    """The nouns of a graph, sorted once; `callee == 'a.b'` and `'a' in packages` are looked up, not asked of each, also where `and` and
    `or` join them: a graph has many calls, a pack many rules."""

    def __init__(self, nouns: Iterable[Noun]) -> None:
        self.nouns = sorted(nouns, key=lambda n: (n.at.path, n.at.line, n.id))
        self.by_kinds: dict[tuple[str, ...], Sequence[Noun]] = {}
        self.by_text: dict[tuple[tuple[str, ...], str], dict[object, list[int]]] = {}
        self.by_conditions: dict[tuple[object, ...], Sequence[Noun]] = {}

    def of(self, rule: Rule, conditions: Mapping[str, Callable[[Noun], bool]] = NO_CONDITIONS) -> Sequence[Noun]:
        """In the order of the source. `conditions`: what has to hold, by its text; rules that have the same ones ask the same nouns."""
        key = rule.each, texts_needed(rule.where, rule.each), tuple(conditions)
        if key not in self.by_conditions:
            self.by_conditions[key] = [noun for noun in self._found(rule) if all(holds(noun) for holds in conditions.values())]
        return self.by_conditions[key]

    def _found(self, rule: Rule) -> Sequence[Noun]:
        every = self._of_kinds(rule.each)
        needed = texts_needed(rule.where, rule.each)
        rows = self._rows(rule.each, needed) if needed is not None else [range(len(every))]
        return [every[place] for place in sorted({place for row in rows for place in row})] if _size(rows) < len(every) else every

    def _rows(self, each: tuple[str, ...], needed: Needed) -> list[Sequence[int]]:
        """The places of the nouns that may have what is needed; one may be in several of the rows."""
        if isinstance(needed, Texts):
            index = self._index(each, needed.name)
            # None: it cannot be told, so the rule has to be asked.
            return [index[text] for text in (*needed.texts, None) if text in index]
        ways = [self._rows(each, part) for part in needed.parts]
        return min(ways, key=_size) if needed.every else [row for way in ways for row in way]

    def _of_kinds(self, each: tuple[str, ...]) -> Sequence[Noun]:
        if each not in self.by_kinds:
            self.by_kinds[each] = [noun for noun in self.nouns if noun.kind in each]
        return self.by_kinds[each]

    def _index(self, each: tuple[str, ...], name: str) -> dict[object, list[int]]:
        found = self.by_text.get((each, name))
        if found is None:
            found = self.by_text[each, name] = {}
            for place, noun in enumerate(self._of_kinds(each)):
                value = getattr(noun, name)
                for text in dict.fromkeys(value) if isinstance(value, tuple) else (value,):
                    found.setdefault(text, []).append(place)
        return found


def _size(rows: Iterable[Sequence[int]]) -> int:
    return sum(map(len, rows))


def calls_asked_for(rules: Iterable[Rule]) -> bool | Wanted:
    """Whether rules are asked of what the program calls, for only then that is resolved; where each of them names what it is about, by
    which texts."""
    asking = [rule for rule in rules if Call.kind in rule.each]
    wanted: dict[str, frozenset[str]] = {}
    for rule in asking:
        needed = texts_needed(rule.where, rule.each)
        found = _named(needed) if needed is not None else None
        if found is None:
            return True
        for one in found:
            wanted[one.name] = wanted.get(one.name, frozenset()) | one.texts
    return wanted if asking else False


def _named(needed: Needed) -> list[Texts] | None:
    """The texts of names of calls of which a call needs one; None: it needs none."""
    if isinstance(needed, Texts):
        return [needed] if needed.name in NAMES_OF_CALLS else None
    ways = [_named(part) for part in needed.parts]
    known = [way for way in ways if way is not None]
    if needed.every:
        return known[0] if known else None
    return [one for way in known for one in way] if len(known) == len(ways) else None


@lru_cache(maxsize=1024)
def texts_needed(where: str, each: tuple[str, ...]) -> Needed | None:
    """Of the fields whose texts are always known; None: a condition that no text alone makes false."""
    if "'" not in where and '"' not in where:
        return None
    return _needed(parse(one_line(where)), fields_of_nouns(each))


def _needed(node: ast.expr, fields: Mapping[str, Kind]) -> Needed | None:
    if isinstance(node, ast.BoolOp):
        every = isinstance(node.op, ast.And)
        parts = tuple(part for value in node.values if (part := _needed(value, fields)) is not None)
        return Joined(parts, every) if parts and (every or len(parts) == len(node.values)) else None
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _compared(node.left, node.ops[0], node.comparators[0], fields)
    return None


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, fields: Mapping[str, Kind]) -> Texts | None:
    """`name == 'a'`, `'a' == name`, `name in ('a', 'b')`, `'a' in names`."""
    field, kind, options = left, TEXT, [right]
    if isinstance(op, ast.In) and isinstance(right, (ast.Tuple, ast.List)):
        options = right.elts
    elif isinstance(op, ast.In):
        field, kind, options = right, TEXT_LIST, [left]
    elif not isinstance(op, ast.Eq):
        return None
    elif isinstance(left, ast.Constant):
        field, options = right, [left]
    texts = frozenset(o.value for o in options if isinstance(o, ast.Constant) and isinstance(o.value, str))
    if not isinstance(field, ast.Name) or fields.get(field.id) != kind or not all(isinstance(o, ast.Constant) for o in options):
        return None
    return Texts(field.id, texts)
