"""What classes of errors derive from that no file of the program defines: Python's own by themselves, others as far as it is known."""

from __future__ import annotations

import builtins
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping

from auditor.knowledge.types import Knowledge
from auditor.program.origins.engine import Engine

BASES = "bases of errors"
"""where it is kept what errors of libraries derive from"""
PREFIX = "builtins."


def bases_of_errors(knowledge: Iterable[Knowledge]) -> dict[str, tuple[str, ...]]:
    """Error -> those that it directly derives from, as knowledge says."""
    rows: dict[str, list[str]] = defaultdict(list)
    for each in knowledge:
        for base, narrower in each.errors.items():
            for name in narrower:
                rows[real_name(name)].append(real_name(base))
    return {name: tuple(dict.fromkeys(found)) for name, found in rows.items()}


def bases_of(engine: Engine, name: str) -> tuple[str, ...]:
    """What an error of Python or a library derives from; of a library this may be only some of it."""
    error = _builtin(name)
    if error is not None:
        return tuple(PREFIX + base.__name__ for base in error.__mro__[1:-1])
    known: Mapping[str, tuple[str, ...]] = engine.memo.get(BASES, {})
    return known.get(name, ())


def narrower_than(engine: Engine, names: Iterable[str]) -> tuple[str, ...]:
    """These errors with all that are known to derive from them."""
    known: Mapping[str, tuple[str, ...]] = engine.memo.get(BASES, {})
    found = dict.fromkeys(map(real_name, names))
    below: dict[str, list[str]] = defaultdict(list)
    for name, above in known.items() if found else ():
        for base in above:
            below[base].append(name)
    todo = list(found)
    for name in todo:
        fresh = [one for one in below.get(name, ()) if one not in found]
        found.update(dict.fromkeys(fresh))
        todo.extend(fresh)
    return tuple(found)


def all_known(engine: Engine, name: str) -> bool:
    """Whether all that an error derives from is known; a library's may derive from any error of Python and of other libraries."""
    if _builtin(name) is not None:
        return True
    return name.partition(".")[0] in sys.stdlib_module_names and bool(bases_of(engine, name))


def real_name(name: str) -> str:
    """An error's name; of one of Python, that of the class (`IOError` is `OSError`)."""
    error = _builtin(name)
    return name if error is None else PREFIX + error.__name__


def _builtin(name: str) -> type[BaseException] | None:
    found = getattr(builtins, name.removeprefix(PREFIX), None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None
