"""Functions that read the usage of answers which they do not ask for themselves: callbacks of a layer of the program's own.

A framework, or a loop over objects that are known only when it runs, hands them the answers, so nobody can say of which runs these are.
"""

from __future__ import annotations

from collections.abc import Callable

from auditor.core.location import Location
from auditor.core.values import Setting, unknown
from auditor.facts.types import Binding, Call, Scope
from auditor.graph.build.calls import RUNS, Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, bodies, follow
from auditor.graph.types import ModelCall
from auditor.program.origins.annotations import annotation_names
from auditor.program.origins.callers import callers
from auditor.program.origins.types import Key, Place

ANYTHING = ""
"""of a reader whose answers have no type: `*args`, `**kwargs`"""
Read = Callable[[Trail], Location | None]


def handed_usage(build: Build, attributes: set[str], read: Read) -> None:
    """Marks runs of which nothing is seen to read the usage as not known, where such a function takes the answers of their framework."""
    runs = [n for n in build.graph.nodes.values() if isinstance(n, ModelCall) and n.call in RUNS and n.usage_recorded.value is False]
    known = _readers(build, attributes, read) if runs else {}
    sites = {node: site for (kind, site), node in build.by_site.items() if kind == "model_call"} if known else {}
    for run in runs if known else ():
        found = next((known[p] for p in (*_packages(build, run, sites.get(run.id)), ANYTHING) if p in known), None)
        if found is not None:
            build.change(run.id, usage_recorded=found)


def _packages(build: Build, run: ModelCall, site: Key | None) -> list[str]:
    """The package of a run, and those that what it runs is made of."""
    rows: list[Alternative] = build.memo.get("call matches", {}).get(site, [])  # type: ignore[attr-defined]
    types = [t for r in rows if r.match.thing is not None for t in build.base.ancestors(r.match.thing.type)]
    return list(dict.fromkeys((run.framework, *(t.partition(":")[0] for t in types))))


def _readers(build: Build, attributes: set[str], read: Read) -> dict[str, Setting]:
    """package -> what is said of its runs."""
    rows: dict[str, Setting] = {}
    for number, module in enumerate(build.engine.modules):
        orders = [o for a in sorted(attributes) for o in module.reads.get(a, ())] if build.role(number) != "test" else []
        for scope in sorted({module.statements[o][0] for o in orders}):
            fn = (number, scope)
            info = module.scopes[scope]
            if info.kind != "function" or module.scopes[info.parent].kind not in ("class", "function") or not _unfollowed(build, fn):
                continue
            for package, names in _answers(build, fn, info).items():
                at = read(follow(build, fn, calls=set(), names=names)) if package not in rows else None
                if at is not None:
                    where = f"{info.qualname} (line {at.line} of {at.path})"
                    rows[package] = unknown(f"{where} reads usage of what it is handed, and of which runs that is, is not known")
    return rows


def _unfollowed(build: Build, fn: Key) -> bool:
    """Whether no call of a function says what it is given: there is none, or it hands on whatever it got."""
    return all(_hands_on(build.engine.call(frame.site)) for frame in callers(build.engine, fn))


def _hands_on(call: Call) -> bool:
    return any(a[0] == "star" for a in call.args) or any(name is None for name, _, _ in call.keywords)


def _answers(build: Build, fn: Key, info: Scope) -> dict[str, set[str]]:
    """package -> the variables with what is handed to a function that have a type of it."""
    rows: dict[str, set[str]] = {}
    own = {p.name for p in info.params}
    place = Place(fn[0], info.order)
    for param in info.params:
        if param.kind in ("args", "kwargs"):
            rows.setdefault(ANYTHING, set()).add(param.name)
        elif param.annotation is not None:
            for package in _named(build, annotation_names(build.engine, param.annotation, place)):
                rows.setdefault(package, set()).add(param.name)
    for binding in bodies(build, fn).bindings:
        if binding.annotation is not None and _taken_from(binding) in own:
            for package in _named(build, annotation_names(build.engine, binding.annotation, Place(fn[0], binding.order))):
                rows.setdefault(package, set()).add(binding.name)
    return rows


def _taken_from(binding: Binding) -> str:
    """The variable that a value is taken out of."""
    expr = binding.value
    while expr[0] in ("sub", "attr"):
        expr = expr[1]
    return str(expr[1]) if expr[0] == "name" else ""


def _named(build: Build, names: list[str]) -> set[str]:
    return {package for name in names if (package := build.base.package_of(name))}
