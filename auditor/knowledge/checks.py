"""Which types a knowledge file refers to, and which names it speaks of."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.knowledge.types import Knowledge


def references(k: Knowledge) -> Iterator[str]:
    """Types that a file refers to: of its own, or `package:type`."""
    for form in k.types.values():
        yield from form.is_
        yield from (name for name in form.attributes.values() if name != "self")
        yield from (method.returns for method in form.methods.values() if method.returns != "self")
        if form.agent is not None and form.agent.model_default is not None:
            yield form.agent.model_default
    for call in k.calls:
        yield from (name for name in (call.needs, call.returns) if name not in (None, "self"))
    for builder in k.builders:
        yield from (builder.type, builder.compile.returns)
    yield from (*(form.type for form in k.provides), *(form.type for form in k.shared))


def names(k: Knowledge) -> Iterator[str]:
    """Qualified names and type paths of all forms."""
    for form in k.types.values():
        yield from form.new
    for forms in (k.calls, k.applies, k.regions, k.registrations, k.tracing, k.fields, k.models, k.default_clients, k.provides, k.requests):
        for each in forms:
            yield from each.names
    for address in k.addresses:
        yield from address.names
    yield from (*k.values, *k.runners, *k.waits, *k.evaluations, *k.parses, *k.ranges)


def all_names(k: Knowledge) -> Iterator[str]:
    """Everything that a file says something of: also what decorates, connects, records or is understood."""
    yield from names(k)
    for form in k.types.values():
        yield from (*form.decorates, *([form.module] if form.module else []))
    for forms in (k.links, k.log_levels, k.validators, k.alarms):
        for each in forms:
            yield from each.names
    for one in k.default_clients:
        yield from one.attributes
    for declared in k.declared:
        yield from (*declared.parsers, *declared.parse, *declared.options)
    yield from (budget.attribute for budget in k.budgets)
    for container in k.injectors:
        yield from container.names
    for shared in k.shared:
        yield from (*shared.made, *shared.names, *shared.passed, *(name for rows in shared.ways.values() for name in rows))
    yield from (*k.records, *k.states, *k.resumes, *k.started_by, *k.runs_only, *k.refusals, *k.understood, *k.generics)
    if k.usage is not None:
        yield from (*k.usage.names, *k.usage.counts, *k.usage.shows, *k.usage.texts)
