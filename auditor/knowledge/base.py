"""The knowledge of one run, indexed by name: which call, type, retry or value a qualified name is."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from auditor.knowledge.agents import LinkForm, Method
from auditor.knowledge.declared import DefaultClientForm
from auditor.knowledge.forms import AddressForm, CommandsForm, RequestForm, SettingForm
from auditor.knowledge.load import lacking, roots_of
from auditor.knowledge.registrations import RegistrationForm
from auditor.knowledge.tracing import LevelForm, MediaForm, TracingForm
from auditor.knowledge.types import ApplyForm, CallForm, Knowledge, RegionForm, TypeForm, ValueForm
from auditor.knowledge.waiting import AlarmForm
from auditor.knowledge.workflows import BuilderForm

T = TypeVar("T")


@dataclass(slots=True)
class Named(Generic[T]):
    """A form with the package it stands in."""

    package: str
    form: T


@dataclass
class Table(Generic[T]):
    """Forms by qualified name and by (type, path) of a method."""

    functions: dict[str, list[Named[T]]] = field(default_factory=lambda: defaultdict(list))
    methods: dict[tuple[str, str], list[Named[T]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, base: Base, package: str, names: list[str], form: T, *, apart: bool = False) -> None:
        """`apart`: calls of these names are only asked about where a result goes."""
        for name in names:
            owner, _, path = name.partition(".")
            if not apart:
                base.segments.add(name.rsplit(".", 1)[-1])
            type_id = base.type_id(package, owner)
            if type_id is not None:
                self.methods[type_id, path].append(Named(package, form))
            if type_id is None or (path and base.roots.get(owner) == package):
                self.functions[name].append(Named(package, form))

    def function(self, name: str) -> list[Named[T]]:
        return self.functions.get(name, [])

    def method(self, base: Base, type_id: str, path: str) -> list[Named[T]]:
        """By the type, else by the types that it inherits from, nearest first."""
        for ancestor in base.ancestors(type_id):
            found = self.methods.get((ancestor, path))
            if found:
                return found
        return []


class Base:
    """Indexes over the knowledge files of one run."""

    def __init__(self, files: list[Knowledge]) -> None:
        self.files = files
        self.by_package = {k.package: k for k in files}
        self.types: dict[str, TypeForm] = {f"{k.package}:{n}": f for k in files for n, f in k.types.items()}
        self.segments: set[str] = set()
        self.new: dict[str, list[str]] = defaultdict(list)
        self.made_by: dict[tuple[str, str], list[str]] = defaultdict(list)
        self.module_types: dict[str, str] = {}
        self.decorates: dict[str, list[str]] = defaultdict(list)
        for type_id, form in self.types.items():
            for name in form.new:
                self.new[name].append(type_id)
                self.segments.add(name.rsplit(".", 1)[-1])
                owner, _, path = name.partition(".")
                maker = self.type_id(type_id.partition(":")[0], owner)
                if maker is not None:
                    self.made_by[maker, path].append(type_id)
            for name in form.decorates:
                self.decorates[name].append(type_id)
            if form.module:
                self.module_types[form.module] = type_id
        self.calls: Table[CallForm] = Table()
        self.applies: Table[ApplyForm] = Table()
        self.regions: Table[RegionForm] = Table()
        self.alarms: Table[AlarmForm] = Table()
        self.registrations: Table[RegistrationForm] = Table()
        self.links: Table[LinkForm] = Table()
        self.tracing: Table[TracingForm] = Table()
        self.default_clients: Table[DefaultClientForm] = Table()
        self.waits: Table[str] = Table()
        self.states: Table[str] = Table()
        self.resumes = {name: argument for k in files for name, argument in k.resumes.items()}
        self.started_by: dict[str, list[str]] = {name: methods for k in files for name, methods in k.started_by.items()}
        self.runs_only: dict[str, list[str]] = {name: methods for k in files for name, methods in k.runs_only.items()}
        self.step_names = frozenset(name for k in files for call in k.calls for name in call.steps if "." in name)
        """decorators that make a method a step of a run"""
        self.usage_calls: Table[str] = Table()
        self.shown: Table[str] = Table()
        self.texts: Table[str] = Table()
        self.records: Table[str] = Table()
        self.token_counts: Table[str] = Table()
        self.log_levels: Table[LevelForm] = Table()
        self.plain_streams = frozenset(name for k in files if k.usage is not None for name in k.usage.plain)
        self.refusals = frozenset(name for k in files for name in k.refusals)
        self.evaluations = frozenset(name for k in files for name in k.evaluations)
        self.commands = next((k.commands for k in files if k.commands is not None), CommandsForm())
        self.values: dict[str, ValueForm] = {}
        self.operators: dict[str, tuple[str, str]] = {}
        self.builders: dict[str, BuilderForm] = {}
        for knowledge in files:
            self._index(knowledge)

    def _index(self, k: Knowledge) -> None:
        for call in k.calls:
            self.calls.add(self, k.package, call.names, call)
        for apply in k.applies:
            self.applies.add(self, k.package, apply.names, apply)
        for region in k.regions:
            self.regions.add(self, k.package, region.names, region)
        for alarm in k.alarms:
            self.alarms.add(self, k.package, alarm.names, alarm)
        for registration in k.registrations:
            self.registrations.add(self, k.package, registration.names, registration)
        for link in k.links:
            self.links.add(self, k.package, link.names, link)
        for tracing in k.tracing:
            self.tracing.add(self, k.package, tracing.names, tracing)
        for default in k.default_clients:
            self.default_clients.add(self, k.package, default.names, default)
        for level in k.log_levels:
            self.log_levels.add(self, k.package, level.names, level, apart=True)
        for name in k.records:
            self.records.add(self, k.package, [name], name, apart=True)
        for wait in k.waits:
            self.waits.add(self, k.package, [wait], wait)
        for state in k.states:
            self.states.add(self, k.package, [state], state)
        if k.usage is not None:
            for name in k.usage.names:
                self.usage_calls.add(self, k.package, [name], name)
            for name in k.usage.counts:
                self.token_counts.add(self, k.package, [name], name, apart=True)
            for name in k.usage.shows:
                self.shown.add(self, k.package, [name], name, apart=True)
            for name in k.usage.texts:
                self.texts.add(self, k.package, [name], name, apart=True)
        self.values.update(k.values)
        for operator, meaning in k.operators.items():
            self.operators[f"{k.package}:{operator}"] = (k.package, meaning)
        for builder in k.builders:
            type_id = self.type_id(k.package, builder.type)
            if type_id:
                self.builders[type_id] = builder

    def has(self, name: str) -> bool:
        """Whether a qualified name makes something, or is a call or a registration."""
        return name in self.new or name in self.calls.functions or name in self.registrations.functions

    def owners(self) -> set[str]:
        """What the known names stand in: classes of which only a method is known (`Store.from_texts`), and modules."""
        return {name.rpartition(".")[0] for table in (self.new, self.calls.functions, self.registrations.functions) for name in table}

    def add_names(self, others: Mapping[str, list[str]]) -> None:
        """Other names of known ones, and of what is below them (`Store.from_texts`)."""
        tables: list[dict[str, list[Any]]] = [self.new, self.calls.functions, self.registrations.functions]
        for table in tables:
            for name in list(table):
                owner = next((o for o in (name, name.rpartition(".")[0]) if o in others), None)
                for other in others[owner] if owner is not None else ():
                    table[other + name[len(owner or "") :]] = table[name]

    def type_id(self, package: str, name: str) -> str | None:
        """The full id of a type as written in a file (`client`, or `package:type`)."""
        full = name if ":" in name else f"{package}:{name}"
        return full if full in self.types else None

    def ancestors(self, type_id: str) -> list[str]:
        """A type and those that it inherits from, nearest first."""
        return self._ancestors.setdefault(type_id, self._walk(type_id)) if type_id not in self._ancestors else self._ancestors[type_id]

    @cached_property
    def _ancestors(self) -> dict[str, list[str]]:
        return {}

    def _walk(self, type_id: str) -> list[str]:
        rows: list[str] = []
        todo = [type_id]
        while todo:
            current = todo.pop(0)
            if current in rows or current not in self.types:
                continue
            rows.append(current)
            package = current.partition(":")[0]
            todo.extend(t for t in (self.type_id(package, n) for n in self.types[current].is_) if t)
        return rows

    def is_a(self, type_id: str, wanted: str) -> bool:
        return wanted in self.ancestors(type_id)

    def method(self, type_id: str, path: str) -> tuple[str, Method] | None:
        """The method form of a type, inherited ones included, and the package of the file that has it."""
        star: tuple[str, Method] | None = None
        for ancestor in self.ancestors(type_id):
            methods = self.types[ancestor].methods
            package = ancestor.partition(":")[0]
            if path in methods:
                return package, methods[path]
            if star is None and "*" in methods:
                star = package, methods["*"]
        return star

    def made(self, type_id: str, path: str) -> list[str]:
        """Types of which a method of this type is a constructor (`session.client`)."""
        return next((self.made_by[a, path] for a in self.ancestors(type_id) if (a, path) in self.made_by), [])

    def attribute(self, type_id: str, name: str) -> str | None:
        """`self`, a type id, or None."""
        for ancestor in self.ancestors(type_id):
            attributes = self.types[ancestor].attributes
            found = attributes.get(name) or attributes.get("*")
            if found is not None:
                return found if found == "self" else self.type_id(ancestor.partition(":")[0], found)
        return None

    def is_bare(self, type_id: str) -> bool:
        """Whether a type says nothing of its own but what it follows: no calls, methods, attributes, settings or noun."""
        form = self.types[type_id]
        says = form.is_ or form.methods or form.attributes or form.settings or form.noun or form.agent or form.parts or form.wraps
        return not says and type_id not in self.types_with_calls

    @cached_property
    def types_with_calls(self) -> set[str]:
        return {type_id for type_id, _ in self.calls.methods}

    def type_settings(self, type_id: str) -> Mapping[str, SettingForm]:
        """Settings of a type over those that it inherits."""
        return {name: form for ancestor in reversed(self.ancestors(type_id)) for name, form in self.types[ancestor].settings.items()}

    def form(self, type_id: str, key: str) -> object:
        """The nearest value of a field of the type form that is set."""
        for ancestor in self.ancestors(type_id):
            value = getattr(self.types[ancestor], key)
            if value or (value == 0 and value is not False):
                return value
        return None

    def harmless(self, type_id: str, path: str) -> bool:
        return any(_matches(path, self.types[a].harmless) for a in self.ancestors(type_id))

    @cached_property
    def lacking(self) -> dict[str, dict[str, str]]:
        """Callable (`package.function`, `package:type.path`) -> arguments that it lacks -> the versions without them."""
        return lacking()

    @cached_property
    def roots(self) -> dict[str, str]:
        """Import root -> package."""
        return {root: k.package for k in self.files for root in roots_of(k)}

    def package_of(self, name: str) -> str | None:
        """The package that a qualified name belongs to: the longest import root wins."""
        parts = name.split(".")
        for end in range(len(parts), 0, -1):
            found = self.roots.get(".".join(parts[:end]))
            if found:
                return found
        return None

    def understood(self, package: str, name: str) -> bool:
        knowledge = self.by_package.get(package)
        return knowledge is not None and (knowledge.stdlib or _matches(name, knowledge.understood))

    @cached_property
    def endpoints(self) -> list[str]:
        return [e for k in self.files for e in k.endpoints]

    @cached_property
    def bodies(self) -> list[list[str]]:
        return [keys for k in self.files for keys in k.bodies]

    @cached_property
    def common_paths(self) -> dict[str, list[str]]:
        return {path: keys for k in self.files for path, keys in k.common_paths.items()}

    @cached_property
    def body_paths(self) -> dict[str, list[list[str]]]:
        return {path: keys for k in self.files for path, keys in k.body_paths.items()}

    @cached_property
    def requests(self) -> dict[str, RequestForm]:
        return {name: form for k in self.files for form in k.requests for name in form.names}

    @cached_property
    def addresses(self) -> dict[str, AddressForm]:
        return {name: form for k in self.files for form in k.addresses for name in form.names}

    @cached_property
    def parses(self) -> frozenset[str]:
        return frozenset(name for k in self.files for name in k.parses)

    @cached_property
    def silent_bodies(self) -> list[str]:
        return [key for k in self.files for key in k.silent_bodies]

    @cached_property
    def body_caps(self) -> list[str]:
        return [key for k in self.files for key in k.body_caps]

    @cached_property
    def media(self) -> MediaForm:
        return next((k.media for k in self.files if k.media is not None), MediaForm())

    @cached_property
    def endpoint_kinds(self) -> list[tuple[str, str]]:
        return [row for k in self.files for row in k.endpoint_kinds.items()]

    @cached_property
    def model_methods(self) -> list[tuple[str, str]]:
        """(type, name) of the methods of an object itself that ask a model."""
        rows = self.calls.methods.items()
        return [key for key, found in rows if "." not in key[1] and any(n.form.noun == "model_call" for n in found)]

    @cached_property
    def kept(self) -> frozenset[str]:
        """Attributes in which some type keeps an argument."""
        return frozenset(name for form in self.types.values() for name in form.keeps)

    @cached_property
    def holding(self) -> frozenset[str]:
        """Types whose objects hold values under keys."""
        return frozenset(t for t in self.types if self.form(t, "holds") is not None)

    def usage_attributes(self) -> Iterator[str]:
        for k in self.files:
            if k.usage is not None:
                yield from k.usage.attributes


def _matches(name: str, patterns: list[str]) -> bool:
    return any(name == p or ("*" in p and _compiled(p).fullmatch(name)) for p in patterns)


_cache: dict[str, re.Pattern[str]] = {}


def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern not in _cache:
        _cache[pattern] = re.compile(fnmatch.translate(pattern))
    return _cache[pattern]
