"""Whether model calls and tools are traced, and whether that records what they use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from auditor.core.values import Setting, absent, unknown
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.defaults import in_range
from auditor.graph.build.entries import Command
from auditor.graph.build.parts import parts
from auditor.graph.build.passed_through import perhaps_in_spans
from auditor.graph.build.processes import Processes
from auditor.graph.build.things import Thing
from auditor.graph.build.tracing_callbacks import own_switches, told_by_hand
from auditor.graph.build.tracing_handlers import Handlers
from auditor.graph.build.tracing_launchers import launched
from auditor.graph.build.tracing_served import recorded_by_clients
from auditor.graph.build.tracing_switches import Switch, switches
from auditor.graph.build.tracing_wrappers import wrapped
from auditor.graph.types import Agent, EntryPoint, ModelCall, Noun, Step, Tool
from auditor.knowledge.tracing import TracesForm
from auditor.program.origins.types import Key


@dataclass(slots=True)
class Verdict:
    """What the switches say about one call or tool."""

    traced: Setting
    usage: Setting
    off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Maybe:
    """Why there may be a span, whether that records usage, and whose it would be (empty: of what encloses the call)."""

    doubt: str
    usage: bool
    package: str = ""
    switch: Switch | None = None


@dataclass(slots=True)
class _Found:
    """Sources of tracing and of recorded usage that hold for sure, and reasons why there may be one."""

    sure: list[tuple[str, bool, Switch | None]] = field(default_factory=list)
    maybe: list[_Maybe] = field(default_factory=list)
    counted: list[tuple[str, bool, Switch | None]] = field(default_factory=list)
    """those that record usage and leave no span, or may leave none"""
    doubted: list[_Maybe] = field(default_factory=list)
    """why these may not record it"""

    def add(self, doubt: str, usage: bool, package: str, switch: Switch | None) -> None:
        spans = switch.spans if switch is not None else ""
        if spans and usage and not doubt:
            self.counted.append((package, True, switch))
        if spans != "no" and (doubt or spans):
            self.maybe.append(_Maybe(doubt or spans, usage, package, switch))
        elif doubt:
            self.doubted.append(_Maybe(doubt, True))
        elif not spans:
            self.sure.append((package, usage, switch))


ELSEWHERE = "it runs on a server, which leaves the spans and records what is used"
TRACED_BY_FRAMEWORK = (Tool, Step, Agent)
BY_HAND = ("script", "cli", "notebook")


def tracing(build: Build, commands: Sequence[Command] = ()) -> None:
    """Fills `traced` and `untraced_at` of model calls, tools, steps and agents; leaves the answers for recorded usage in the memo.

    `commands`: those that a deployment starts."""
    found = [*switches(build), *launched(build, commands), *own_switches(build)]
    judge = _Judge(build, found)
    modules = {m.path: n for n, m in enumerate(build.engine.modules)}
    matches: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    sites = {node: site for (kind, site), node in build.by_site.items() if kind == "model_call"}
    recorded: dict[str, Setting] = {}
    for node in list(build.graph.nodes.values()):
        if isinstance(node, ModelCall) and node.id in sites:
            site = sites[node.id]
            verdict = judge.call(node, site, matches.get(site, []))
            recorded[node.id] = verdict.usage
        elif isinstance(node, TRACED_BY_FRAMEWORK):
            verdict = judge.part(node, modules.get(node.at.path, -1))
        else:
            continue
        build.change(node.id, traced=verdict.traced, untraced_at=verdict.off)
    recorded_by_clients(build)
    build.memo["usage by tracing"] = recorded


class _Judge:
    def __init__(self, build: Build, found: list[Switch]) -> None:
        self.build = build
        self.switches = found
        self.handlers = Handlers(build, [s for s in found if s.single])
        self.reach: dict[Switch, tuple[list[int], str]] = {}
        self.processes: Processes | None = None
        self.servers: dict[str, tuple[set[str], set[str]]] = {}
        """package of a server -> what only it runs where it is deployed, and what is run by hand"""
        self.onward: dict[str, list[str]] = {}
        self.users: dict[str, set[str]] = {}
        self.asked: dict[str, set[str]] = {}
        """run -> packages whose clients the agents ask that it runs"""
        asked: dict[str, set[str]] = build.memo.get("asked by agents", {})  # type: ignore[assignment]
        for edge in build.graph.edges:
            if edge.kind == "has_tool":
                self.users.setdefault(edge.target, set()).add(build.graph.nodes[edge.source].framework)
            elif edge.kind == "runs":
                self.asked.setdefault(edge.source, set()).update(asked.get(edge.target, ()))

    def call(self, node: ModelCall, site: Key, rows: list[Alternative]) -> Verdict:
        packages = {node.framework} | self.asked.get(node.id, set())
        for thing in (t for row in rows for t in (row.client, row.match.thing) if t is not None):
            packages |= {t.type.partition(":")[0] for t in self._asked(thing)}
        order = self.build.engine.call(site).order
        verdict = self._judged(node.id, packages, site[0], order, site, rows)
        if verdict.traced.value is False and rows and all(row.match.form.elsewhere for row in rows):
            return Verdict(absent(ELSEWHERE), absent(ELSEWHERE) if verdict.usage.value is False else verdict.usage)
        return verdict

    def _asked(self, thing: Thing) -> tuple[Thing, ...]:
        """A client, and what it is put around: what is patched in that library leaves a span there."""
        form = self.build.base.form
        return parts(self.build, thing) if form(thing.type, "follows") is not None or form(thing.type, "wraps") is not None else (thing,)

    def part(self, node: Noun, module: int) -> Verdict:
        """Tools, steps and agents: what traces their framework, or that of the agents that have the tool, or one that they tell."""
        packages = ({node.framework} | self.users.get(node.id, set())) & self.build.base.by_package.keys()
        run = (self.build.functions[target] for target in self._targets(node.id) if target in self.build.functions)
        packages |= {package for fn in run for package in told_by_hand(self.build, fn)}
        return self._judged(node.id, packages, module, -1, None, [])

    def _judged(self, node: str, packages: set[str], module: int, order: int, site: Key | None, rows: list[Alternative]) -> Verdict:
        found = _Found()
        offs: list[tuple[Switch, str]] = []
        for switch in self._heard(module):
            if not switch.concerns(packages):
                continue
            state, doubt = self._applies(switch, node, module, order, site, rows)
            if state is False:
                continue
            if switch.does == "off":
                offs.append((switch, doubt))
            else:
                found.add(doubt or self._no_end(switch, module), switch.usage, switch.package, switch)
        self._defaults(found, packages, module)
        around = wrapped(self.build, site) if site is not None else ""
        if around:
            found.maybe.append(_Maybe(around, True))
        handed = perhaps_in_spans(self.build, self.build.function_of(module, order)) if site is not None else ""
        if handed:
            found.maybe.append(_Maybe(f"{handed} may run it, in a span", False))
        return self._concluded(found, offs, packages)

    def _heard(self, module: int) -> Iterator[Switch]:
        """The switches that say anything of a module: those of tests do so of tests alone."""
        engine = self.build.engine
        heard = {False: True, True: module >= 0 and engine.is_test[module]}
        return (s for s in self.switches if heard[s.module >= 0 and engine.is_test[s.module]])

    def _applies(self, switch: Switch, node: str, module: int, order: int, site: Key | None, rows: list[Alternative]) -> tuple[bool, str]:
        """Whether a switch holds for a call, and what is in doubt."""
        if switch.served:
            return self._served(switch, node)
        if switch.module < 0:
            path = self.build.graph.nodes[node].at.path
            return not switch.folder or path.startswith(f"{switch.folder}/"), switch.doubt
        if switch.single:
            state, doubt = self.handlers.holds(switch, node, site, rows)
            if state is False:
                return False, ""
            # One run with tracing off is enough for what it reaches not to be traced.
            return True, (switch.doubt or doubt) if state or switch.does == "off" else "only some of the runs that reach it are traced"
        if switch.module == module and switch.order > order >= 0 and self._at_top(module, order) and self._at_top(module, switch.order):
            return False, ""
        shared, doubt = self._shares(switch, module)
        if shared is False and switch.doubt and self.processes is not None and not self.processes.begins(module):
            return True, switch.doubt
        return shared is not False, switch.doubt or doubt

    def _served(self, switch: Switch, node: str) -> tuple[bool, str]:
        """Whether a node is run by the server of a switch and by no other deployed process; started by hand it may be untraced."""
        if switch.package not in self.servers:
            entries: dict[str, list[str]] = self.build.memo.get("served entries", {})  # type: ignore[assignment]
            own = set(entries.get(switch.package, ()))
            nodes = self.build.graph.nodes
            others = [n for e in self.build.graph.flow.entries if e not in own and isinstance(n := nodes[e], EntryPoint)]
            deployed = [n.id for n in others if n.entry not in BY_HAND and n.role == "production"]
            by_hand = [n.id for n in others if n.entry in BY_HAND and n.role in ("production", "script")]
            self.servers[switch.package] = self._inside(own) - self._inside(deployed), self._inside(by_hand)
        inside, by_hand_too = self.servers[switch.package]
        doubt = "the server traces it, and what else runs it does not" if node in by_hand_too else ""
        return node in inside, switch.doubt or doubt

    def _inside(self, entries: Iterable[str]) -> set[str]:
        """All that is reached from entry points."""
        todo = [f for e in entries for f in self.build.graph.flow.entries[e]]
        seen = set(todo)
        while todo:
            for each in self._targets(todo.pop()):
                if each not in seen:
                    seen.add(each)
                    todo.append(each)
        return seen

    def _targets(self, place: str) -> list[str]:
        if not self.onward:
            for site in self.build.graph.flow.sites:
                self.onward.setdefault(site.caller, []).append(site.target)
        return self.onward.get(place, [])

    def _at_top(self, module: int, order: int) -> bool:
        return self.build.function_of(module, order)[1] == 0

    def _shares(self, switch: Switch, module: int) -> tuple[bool | None, str]:
        """Whether the programs with a module run a switch too."""
        if self.processes is None:
            self.processes = Processes(self.build)
        if switch not in self.reach:
            self.reach[switch] = self.processes.active(switch.module, switch.order)
        others, doubt = self.reach[switch]
        if module < 0:
            return True, doubt
        shared = self.processes.share(module, others)
        return shared, doubt or ("" if shared else f"{switch.what} runs only in some of the programs that it is part of")

    def _no_end(self, switch: Switch, module: int) -> str:
        """Instrumentors of a package whose spans need a live end are in doubt without one."""
        if switch.does != "instrument" or not self._needs_end(switch.package):
            return ""
        ends = [s for s in self._heard(module) if s.does == "on" and not s.covers]
        if any(s.module < 0 or self._shares(s, module)[0] is True for s in ends):
            return next((s.doubt for s in ends if s.doubt), "") if all(s.doubt for s in ends) else ""
        return "no provider or exporter of spans is configured in the files read"

    def _needs_end(self, package: str) -> bool:
        """Whether the package, or one that it needs, has a form for a live end that nothing replaces."""
        known = self.build.base.by_package
        files = [known[p] for p in (package, *(known[package].needs if package in known else ())) if p in known]
        return any(f.does == "on" and not f.covers and f.argument is None for k in files for f in k.tracing)

    def _defaults(self, found: _Found, packages: Iterable[str], module: int) -> None:
        """Packages that trace their own calls, in the locked version."""
        for package in sorted(packages):
            knowledge = self.build.base.by_package.get(package)
            if knowledge is None or not knowledge.traces or module < 0:
                continue
            version = self.build.known_version(self.build.path(module), package)
            rows: list[tuple[TracesForm, bool]] = in_range(self.build, knowledge.traces, version)  # type: ignore[arg-type,assignment]
            for form, certain in rows:
                end = self._end(module) if form.needs_provider else ""
                if form.by_default and end is not None:
                    found.add(
                        (end or form.doubt) if certain else f"it depends on the version of {package}", form.records_usage, package, None
                    )

    def _end(self, module: int) -> str | None:
        """What is in doubt about spans having a live end; None: they have none."""
        ends = [s for s in self._heard(module) if s.does == "on" and not s.covers]
        doubts = [s.doubt for s in ends if s.module < 0 or self._shares(s, module)[0] is True]
        return next((d for d in doubts if not d), doubts[0]) if doubts else None

    def _concluded(self, found: _Found, offs: list[tuple[Switch, str]], packages: set[str]) -> Verdict:
        """Off beats on; what only switches off spans of one library leaves those of others."""
        ids: list[str] = []
        by = ""
        for switch, doubt in offs:
            hit = [s for s in found.sure if self._silences(switch, s[0], s[2], packages)]
            if not hit and found.sure:
                continue
            if doubt:
                found.maybe.extend(_Maybe(doubt, usage) for _, usage, _ in hit)
            elif switch.node:
                ids.append(switch.node)
            found.sure = [s for s in found.sure if s not in hit]
            if not doubt and "*" not in switch.covers:
                found.maybe = [m for m in found.maybe if not m.package or not self._silences(switch, m.package, m.switch, packages)]
            if not doubt:
                by = by or f"switched off by {switch.what}"
        traced = self._setting(found.sure, found.maybe, by)
        usage = self._setting([s for s in (*found.sure, *found.counted) if s[1]], [m for m in (*found.maybe, *found.doubted) if m.usage])
        return Verdict(traced, usage, tuple(dict.fromkeys(ids)) if traced.value is not True else ())

    def _silences(self, off: Switch, package: str, on: Switch | None, packages: set[str]) -> bool:
        """Whether what leaves spans of calls into some packages (`on`; a package by itself: None) leaves none where another is off: what
        also patches a client beneath the library that is silent goes on."""
        if "*" in off.covers:
            return package == off.package or off.package in self._needs(package)
        if on is None:
            return package in off.covers
        return "*" not in on.covers and packages.intersection(on.covers) <= set(off.covers)

    def _needs(self, package: str) -> list[str]:
        knowledge = self.build.base.by_package.get(package)
        return knowledge.needs if knowledge is not None else []

    def _setting(self, sure: list[tuple[str, bool, Switch | None]], maybe: list[_Maybe], by: str = "") -> Setting:
        if sure:
            switch = next((s[2] for s in sure if s[2] is not None), None)
            if switch is None:
                return Setting(True, "default", source=sure[0][0], why=f"{sure[0][0]} traces by default")
            return Setting(True, "inferred", at=switch.at, why=f"{'recorded' if switch.spans else 'traced'} by {switch.what}")
        if maybe:
            return unknown(maybe[0].doubt)
        return Setting(False, "inferred", why=by)
