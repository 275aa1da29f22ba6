"""Budgets that a program gives a package for all its calls."""

from __future__ import annotations

from auditor.core.values import Setting, unknown
from auditor.graph.build.context import Build
from auditor.graph.types import NONE, ModelCall
from auditor.knowledge.declared import BudgetForm
from auditor.program.origins.types import Const, Ext, Place


def spending(build: Build) -> None:
    """Fills `budget` of the calls of packages that are given one."""
    given = {k.package: setting for k in build.base.files for form in k.budgets if (setting := _given(build, form)) != NONE}
    for node in [n for n in build.graph.nodes.values() if isinstance(n, ModelCall) and n.framework in given]:
        build.change(node.id, budget=given[node.framework])


def _given(build: Build, form: BudgetForm) -> Setting:
    """What is assigned, outside tests: a number where a module is loaded, or something that is not known (a setting that nobody has to
    give, a function that not each run calls)."""
    module, _, name = form.attribute.rpartition(".")
    for number, store in build.engine.outside_stores.get(name, ()):
        place = Place(number, store.order)
        owners = build.engine.origins(store.base, place) if build.role(number) != "test" else ()
        values = build.engine.origins(store.value, place)
        if Ext(module) not in owners or (values and all(isinstance(o, Const) and not o.value for o in values)):
            continue
        at = build.location(number, build.engine.line(place))
        one = values[0] if len(values) == 1 else None
        loaded = build.engine.modules[number].statements[store.order][0] == 0
        if loaded and isinstance(one, Const) and isinstance(one.value, (int, float)):
            return Setting(one.value, "explicit", at=at, unit=form.unit)
        return unknown(f"{form.attribute} is set, but to what, or in which runs, is not known", unit=form.unit, at=at)
    return NONE
