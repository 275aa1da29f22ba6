"""Usage that a framework logs itself at level info, where the program lets that through."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.core.location import Location
from auditor.core.values import Setting, unknown
from auditor.graph.build.arguments import argument
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import in_range
from auditor.graph.build.matching import Match, called_names, matches
from auditor.graph.types import ModelCall
from auditor.knowledge.tracing import LevelForm
from auditor.program.origins.types import Const, Ext, Key, New, Origin


@dataclass(slots=True)
class _Level:
    """A statement that sets a level which may let info through. `name`: the start of the names of the loggers it is for, all if empty."""

    at: Location
    sure: bool
    name: str = ""


class Logged:
    """What the packages of the program log, and from which level on it is written."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.forms = {k.package: k for k in build.base.files if k.usage is not None and k.usage.logged is not None}
        self.levels = list(self._levels()) if self.forms else []

    def of_call(self, node: ModelCall, site: Key) -> Setting | None:
        """Whether the usage of a call is logged; None: it is not."""
        knowledge = self.forms.get(node.framework)
        if knowledge is None or knowledge.usage is None or knowledge.usage.logged is None:
            return None
        form = knowledge.usage.logged
        rows: list[Alternative] = self.build.memo.get("call matches", {}).get(site, [])  # type: ignore[attr-defined]
        found = [level for level in self.levels if not level.name or level.name.partition(".")[0] in knowledge.modules]
        if not found or any(r.match.name.rpartition(".")[2] in form.unless for r in rows):
            return None
        version = self.build.known_version(self.build.path(site[0]), node.framework)
        held = in_range(self.build, [form], version)  # type: ignore[list-item]
        if not held:
            return None
        level = next((one for one in found if one.sure), found[0])
        where = f"line {level.at.line} of {level.at.path}"
        says = f"{node.framework} logs the usage of each request at level info, which {where}"
        if not level.sure:
            return unknown(f"{says} may let through")
        if form.doubt or not held[0][1]:
            return unknown(f"{says} lets through; {form.doubt or 'that depends on its version'}")
        return Setting(True, "inferred", at=level.at, why=f"{says} lets through")

    def _levels(self) -> list[_Level]:
        names = called_names(self.build, self.build.base.log_levels)
        rows: list[_Level] = []
        for number, call in self.build.calls():
            if call.last in names and self.build.role(number) != "test":
                site = (number, call.index)
                for match in matches(self.build, self.build.base.log_levels, site):
                    sure = self._lets(match, site)
                    if sure is not False:
                        rows.append(_Level(self.build.call_location(site), sure is True and match.thing is None, self._name(match)))
        return rows

    def _lets(self, match: Match[LevelForm], site: Key) -> bool | None:
        """Whether the level that is set lets info through; None: not known."""
        form = match.form
        if form.argument is None:
            return None
        found = argument(self.build, form.argument, site, 0, match.partials)
        if found is None:
            return False
        states = {self._is_low(form, origin) for origin in found}
        return states.pop() if len(states) == 1 else None

    def _is_low(self, form: LevelForm, origin: Origin) -> bool | None:
        if isinstance(origin, Ext):
            return origin.name in form.lets
        if isinstance(origin, Const) and isinstance(origin.value, (str, int)):
            return (origin.value.upper() if isinstance(origin.value, str) else origin.value) in form.lets
        return None

    def _name(self, match: Match[LevelForm]) -> str:
        """The name of the logger whose level it is; a name that is not written out is one of the program's own."""
        origin = match.thing.origin if match.thing is not None else None
        if not isinstance(origin, New):
            return "" if origin is None else "?"
        given = argument(self.build, [0, "name"], origin.site, origin.ctx)
        if given is None:
            return ""
        return next((o.value for o in given if isinstance(o, Const) and isinstance(o.value, str)), "?")
