"""What is said besides a mistake in an expression: what was probably meant, and how that is written."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from auditor.core.text import did_you_mean
from auditor.graph.types import NOUNS
from auditor.rules.names import STATES, WORDS, Kind, KindName, fields_of

CONSTANTS = {"true": "True", "false": "False"}
SELF = (*NOUNS, "self", "node")
"""names of the subject itself, which it does not have"""
NONE = ("none", "null", "nil")
NO_VALUE = "absent values are asked for with `is absent`"
JOINED = "conditions are joined with `and`, `or`, `not`"


def of_name(name: str, known: Mapping[str, Kind], each: Sequence[str] = (), *, may_be_text: bool = False) -> str:
    """For a name that is not known. `each`: the nouns that have the known ones; `may_be_text`: it is compared with one."""
    usable = sorted(field for field, kind in known.items() if kind.name != "place")
    near = did_you_mean(name, usable)
    if name in CONSTANTS:
        return f"write {CONSTANTS[name]}"
    if name in NONE:
        return NO_VALUE
    if may_be_text and (near is None or known[near].name != "text"):
        return f"a text goes between quotes: {name!r}"
    if each and (found := elsewhere(name, each)):
        return found
    if near:
        return f"did you mean {near!r}?"
    if each:
        return f"`agentaudit nouns {each[0]}` shows the fields; a threshold of the rule goes into `params`"
    return f"fields: {', '.join(usable)}"


def elsewhere(name: str, each: Sequence[str]) -> str | None:
    """Which nouns have a field that these have not, or not all of them."""
    have = [noun for noun, cls in NOUNS.items() if name in fields_of(cls)]
    some, none = ([noun for noun in each if (noun in have) is there] for there in (True, False))
    if not have:
        return None
    if not none:
        return "it is another kind of value in each of them: ask of one noun"
    if some:
        common = "both" if len(each) == 2 else "all"
        return f"{_list(some)} it, {_list(none)} not: ask of one noun, or use what {common} have"
    return f"{_list(none)} it not, {_list(have)}"


def _list(nouns: Sequence[str]) -> str:
    marked = [f"`{noun}`" for noun in nouns]
    return f"{', '.join(marked[:-1])} and {marked[-1]} have" if len(marked) > 1 else f"{marked[0]} has"


def of_owner(owner: str, known: Mapping[str, Kind], field: str) -> str:
    """For a field of what has none."""
    if owner not in known:
        return f"a field of the noun stands alone: {field}"
    hints: dict[KindName, str] = {
        "settings": f"one of the settings by name: {owner}[{field!r}]",
        "items": f"ask its elements: any(x.{field} ... for x in {owner})",
        "place": "a place is for the message only",
    }
    return hints.get(known[owner].name, f"{owner!r} is the value itself: leave out `.{field}`")


def of_syntax(text: str, column: int) -> str | None:
    """For signs of other languages."""
    signs = text[max(0, column - 2) : column]
    if set(signs) & set("&|!"):
        return JOINED
    return "equal is written ==" if signs.endswith("=") else None


def of_state(node: ast.expr) -> str | None:
    """For what stands behind `is` and is no state."""
    if (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id in NONE):
        return NO_VALUE
    near = did_you_mean(node.id, STATES) if isinstance(node, ast.Name) else None
    return f"did you mean {near!r}?" if near else "a value is compared with =="


def unfit(kind: Kind, wanted: KindName) -> tuple[str, str | None]:
    """What is said of a part of another kind, and how it becomes one that is wanted."""
    hint = "compare it, or ask `is absent`" if kind.setting else "compare it" if kind.name in ("number", "text") else None
    return f"{WORDS[wanted]} is wanted here, this is {WORDS[kind.name]}", hint if wanted == "truth" else None


def of_text(*sides: ast.expr) -> str | None:
    """For a state or a number that was written as a text."""
    text = next((n.value for n in sides if isinstance(n, ast.Constant) and isinstance(n.value, str)), "")
    if text in STATES:
        return f"a state is no text: `is {text}`"
    return f"a number has no quotes: {text}" if text.isdecimal() else None


def of_empty(kind: Kind, name: str, state: str) -> str | None:
    """How a plain value says that there is nothing."""
    empty: dict[KindName, str] = {"text": f"{name} == ''", "texts": f"len({name}) == 0", "items": f"len({name}) == 0"}
    return f"it is empty then: {empty[kind.name]}" if state == "absent" and name and kind.name in empty else None
