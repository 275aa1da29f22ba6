"""Names that stand in other places too: old modules that hand on what lies elsewhere now, and the modules below a package."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.knowledge.base import Base


def add_moved(base: Base, imported: Iterable[str]) -> None:
    """What the program imports from such a place is what the knowledge says of the name where it lies."""
    rules = [
        (place, target) for k in base.files for place, found in k.moved.items() for target in ([found] if isinstance(found, str) else found)
    ]
    rules.sort(key=lambda rule: -len(rule[0]))
    wanted: dict[str, list[str]] = {}
    owners = base.owners() if rules else set()
    for name in sorted(imported) if rules else ():
        if not base.has(name) and name.rpartition(".")[2][:1].isupper():
            found = [f"{target}.{name.rpartition('.')[2]}" for place, target in rules if name.startswith(f"{place}.")]
            known = next((f for f in found if base.has(f) or f in owners), None)
            if known is not None:
                wanted.setdefault(known, []).append(name)
    if wanted:
        base.add_names(wanted)
