"""Of which nouns a rule is asked: those of its kinds, without those that its `where` rules out by a text alone."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from auditor.graph.called import Wanted
from auditor.graph.types import Call, Noun
from auditor.rules.expression import one_line
from auditor.rules.names import TEXT, TEXT_LIST, Kind, fields_of_nouns
from auditor.rules.types import Rule

NO_CONDITIONS: Mapping[str, Callable[[Noun], bool]] = {}
NAMES_OF_CALLS = ("callee", "names", "package", "packages")


class Subjects:
    """The nouns of a graph, sorted once; `callee == 'a.b'` and `'a' in packages` are looked up, not asked of each: a graph has many calls,
    a pack many rules."""

    def __init__(self, nouns: Iterable[Noun]) -> None:
        self.nouns = sorted(nouns, key=lambda n: (n.at.path, n.at.line, n.id))
        self.by_kinds: dict[tuple[str, ...], Sequence[Noun]] = {}
        self.by_text: dict[tuple[tuple[str, ...], str], dict[object, list[int]]] = {}
        self.by_conditions: dict[tuple[object, ...], Sequence[Noun]] = {}

    def of(self, rule: Rule, conditions: Mapping[str, Callable[[Noun], bool]] = NO_CONDITIONS) -> Sequence[Noun]:
        """In the order of the source. `conditions`: what has to hold, by its text; rules that have the same ones ask the same nouns."""
        key = rule.each, texts_wanted(rule.where, rule.each), tuple(conditions)
        if key not in self.by_conditions:
            self.by_conditions[key] = [noun for noun in self._found(rule) if all(holds(noun) for holds in conditions.values())]
        return self.by_conditions[key]

    def _found(self, rule: Rule) -> Sequence[Noun]:
        every = self._of_kinds(rule.each)
        best = every
        for name, texts in texts_wanted(rule.where, rule.each):
            index = self._index(rule.each, name)
            # None: it cannot be told, so the rule has to be asked.
            places = sorted({place for text in (*texts, None) for place in index.get(text, ())})
            if len(places) < len(best):
                best = [every[place] for place in places]
        return best

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


def calls_asked_for(rules: Iterable[Rule]) -> bool | Wanted:
    """Whether rules are asked of what the program calls, for only then that is resolved; where each of them names what it is about, by
    which texts."""
    asking = [rule for rule in rules if Call.kind in rule.each]
    wanted: dict[str, frozenset[str]] = {}
    for rule in asking:
        found = next(((n, texts) for n, texts in texts_wanted(rule.where, rule.each) if n in NAMES_OF_CALLS), None)
        if found is None:
            return True
        wanted[found[0]] = wanted.get(found[0], frozenset()) | found[1]
    return wanted if asking else False


@lru_cache(maxsize=1024)
def texts_wanted(where: str, each: tuple[str, ...]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Fields that must be, or hold, one of these texts, or the condition is false."""
    if "'" not in where and '"' not in where:
        return ()
    fields = fields_of_nouns(each)
    found = _wanted(ast.parse(one_line(where), mode="eval").body)
    return tuple((name, texts) for name, texts, kind in found if fields.get(name) == kind)


def _wanted(node: ast.expr) -> Iterator[tuple[str, frozenset[str], Kind]]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _wanted(value)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Constant):
        held = node.comparators[0]
        if isinstance(node.ops[0], ast.In) and isinstance(held, ast.Name) and isinstance(node.left.value, str):
            yield held.id, frozenset([node.left.value]), TEXT_LIST
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name):
        right = node.comparators[0]
        if isinstance(node.ops[0], ast.Eq):
            options = [right]
        elif isinstance(node.ops[0], ast.In) and isinstance(right, (ast.Tuple, ast.List)):
            options = right.elts
        else:
            return
        texts = [o.value for o in options if isinstance(o, ast.Constant) and isinstance(o.value, str)]
        if len(texts) == len(options):
            yield node.left.id, frozenset(texts), TEXT
