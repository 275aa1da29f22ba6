"""Retries that clients bring with them: of several clients that can reach a call one makes the request, with its own retries alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from auditor.analyses.counts import Attempts, Count, count_of, given, group_of, layers_of, multiplies, once, only, times
from auditor.core.values import OneOf, Setting, along
from auditor.graph.types import ExternalCall, ModelCall

Call: TypeAlias = ModelCall | ExternalCall
Line: TypeAlias = tuple[Call, Attempts]


def by_one_client(call: Call, found: Attempts) -> tuple[Call, Attempts, Mapping[str, Setting]]:
    """The call and the retries around it with the client that tries most often, of equals through most layers; and the attempts of the
    retries (by id) that it brings."""
    lines = _lines(call, found)
    if len(lines) == 1:
        return call, found, {}
    one, chain = max(lines, key=_badness)
    brought = {link.retry.id for link in layers_of(found) if group_of(link.retry.attempts)}
    return one, chain, {link.retry.id: given(link.retry) for link in layers_of(chain) if link.retry.id in brought}


def most_of(call: Call, found: Attempts) -> Count:
    """The most attempts that one client makes."""
    return max(_count(line) for line in _lines(call, found))


def _lines(call: Call, found: Attempts) -> list[Line]:
    """A call and the retries around it for each client, where clients bring retries of their own."""
    brought = next((link.retry.attempts.value for link in layers_of(found) if group_of(link.retry.attempts)), None)
    if not isinstance(brought, OneOf):
        return [(call, found)]
    attempts, clients = along(call.attempts, brought), along(call.client, brought)
    rows: list[Line] = []
    for number in range(len(brought.alternatives)):
        one = replace(call, attempts=attempts[number]) if attempts is not None else call
        one = replace(one, client=clients[number]) if clients is not None else one
        rows.append((one, only(found, brought.group, number)))
    return rows


def _count(line: Line) -> Count:
    call, found = line
    return times(found.tries, count_of(once(call.attempts)))


def _badness(line: Line) -> tuple[Count, int]:
    call, found = line
    return _count(line), len(layers_of(found)) + multiplies(call.attempts)
