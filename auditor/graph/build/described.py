"""Functions and classes of the program itself that the knowledge of a pack describes: they count as what it says, not as their code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from auditor.facts.types import ModuleFacts
from auditor.knowledge.checks import all_names
from auditor.knowledge.load import roots_of
from auditor.knowledge.types import Knowledge
from auditor.program.origins.engine import Engine


def roots_here(knowledge: Iterable[Knowledge], modules: Iterable[ModuleFacts]) -> set[str]:
    """The modules of packs that lie in the program, also where it imports them by relative names only."""
    roots = {root for k in knowledge for root in roots_of(k)}
    paths = [f"/{module.path}" for module in modules] if roots else []
    endings = {root: (f"/{root.replace('.', '/')}/", f"/{root.replace('.', '/')}.py") for root in roots}
    return {root for root, (folder, file) in endings.items() if any(folder in path or path.endswith(file) for path in paths)}


def described(engine: Engine, knowledge: Iterable[Knowledge]) -> Mapping[tuple[int, str], str]:
    """(module, name in it) -> qualified name."""
    rows: dict[tuple[int, str], str] = {}
    for k in knowledge:
        for name in all_names(k):
            module, dot, last = name.rpartition(".")
            if dot and module.partition(".")[0] not in k.types:
                rows.update({(index, last): name for index in engine.index.by_suffix.get(tuple(module.split(".")), ())})
    return rows
