"""How many attempts a chain of retries makes: a running product with the worst kept, and the settings it is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from math import isnan
from typing import NamedTuple

from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, alternatives, merge, product, unknown
from auditor.graph.types import Retry

MOST = 10**12
"""a product beyond this is as good as unbounded"""
MOST_KEPT = 8
MOST_LAYERS = 40
"""2 to the power of 40 exceeds MOST: further layers change nothing"""


class Count(NamedTuple):
    """A count for comparing: unbounded, else at least `least`, exactly that unless `unsure`."""

    unbounded: bool
    least: float
    unsure: bool


ONE = Count(False, 1, False)


class Chain(NamedTuple):
    """The retries of a path from the inside out, with whether they multiply. `settled`: that holds whatever fails further inside, which
    comes out as another error on its way to the retry."""

    retry: Retry
    multiplies: bool
    outer: Chain | None
    length: int
    settled: bool = False


class Attempts(NamedTuple):
    """`most`: the tries if something further inside makes an answer or another error of a failure, so that more retries go round. `kept`:
    the attempts of who raises again what ends in these regions further inside."""

    tries: Count = ONE
    chain: Chain | None = None
    most: Count = ONE
    kept: tuple[tuple[tuple[str, ...], Attempts], ...] = ()


def count_of(setting: Setting) -> Count:
    """The worst of the alternatives; what is not given counts once."""
    return max(_count(s) for s in alternatives(setting))


def _count(setting: Setting) -> Count:
    if isinstance(setting.value, OneOf):
        return count_of(setting)
    if setting.value is UNBOUNDED:
        return Count(True, 1, False)
    if setting.value is ABSENT:
        return ONE
    number = setting.number
    if number is None or is_nan(number):
        return Count(False, 1, True)
    return Count(number > MOST, max(1, min(number, MOST)), False)


def is_nan(number: float) -> bool:
    return isinstance(number, float) and isnan(number)


def times(one: Count, other: Count) -> Count:
    least = one.least * other.least
    unbounded = one.unbounded or other.unbounded or least > MOST
    return Count(unbounded, min(least, MOST), one.unsure or other.unsure)


def inside(outer: Attempts, retry: Retry, tries: Count, multiplies: bool, *, settled: bool = False, more: bool = False) -> Attempts:
    """The attempts of what stands inside one more retry. One by recursion that is inside itself only goes on: it has its one count."""
    if retry.mechanism == "recursion" and any(link.retry.id == retry.id for link in layers_of(outer)):
        return outer
    length = outer.chain.length + 1 if outer.chain is not None else 1
    chain = outer.chain if length > MOST_LAYERS else Chain(retry, multiplies, outer.chain, length, settled)
    most = times(outer.most, tries) if multiplies or more or retry.answers else outer.most
    return Attempts(times(outer.tries, tries) if multiplies else outer.tries, chain, most, outer.kept)


def raised_again(outer: Attempts, ends: tuple[str, ...], tried: Attempts) -> Attempts:
    """The attempts of what stands where that which fails and ends in these regions further inside is raised again; `tried`: as what it is
    raised."""
    return outer._replace(kept=(*outer.kept[1 - MOST_KEPT :], (ends, tried._replace(kept=()))))


def beneath(outer: Attempts, left: frozenset[str] = frozenset(), region: str = "") -> Attempts:
    """The attempts of what stands where no failure comes out: only retries on a result go on around it, without those that it ends, and
    those around who raises again what ends in the region."""
    found = [_beneath(outer, left, Attempts(), frozenset())]
    for ends, tried in outer.kept:
        if region in ends:
            found.append(_beneath(outer, left, tried, frozenset(link.retry.id for link in layers_of(tried))))
    return max(found, key=lambda a: a.tries)._replace(kept=outer.kept)


def _beneath(outer: Attempts, left: frozenset[str], start: Attempts, around: frozenset[str]) -> Attempts:
    found = start
    for link in reversed(layers_of(outer)):
        if not link.retry.on and link.retry.id not in left and link.retry.id not in around:
            found = _again(found, link, link.multiplies or link.retry.answers)
    return found


def unanswered(outer: Attempts) -> Attempts:
    """The attempts of what stands in a retry that ends without an error: loops on bad answers go on around it."""
    if not any(link.retry.answers and not link.multiplies for link in layers_of(outer)):
        return outer
    found = Attempts(kept=outer.kept)
    for link in reversed(layers_of(outer)):
        found = _again(found, link, link.multiplies or link.retry.answers)
    return found


def changed(outer: Attempts, tried: Callable[[Retry, bool], bool], *, settled: bool = True) -> Attempts:
    """The attempts of what stands where a failure comes out as another one: whether a retry around it tries that again, from whether it
    would otherwise. `settled`: all failures come out so; else only those after which retries do not try again now."""
    links = layers_of(outer)
    answers = [link.multiplies if link.settled else tried(link.retry, link.multiplies) for link in links]
    if all(link.multiplies is answer and link.settled >= settled for link, answer in zip(links, answers, strict=True)):
        return outer
    found = Attempts(kept=outer.kept)
    for link, answer in zip(reversed(links), reversed(answers), strict=True):
        found = _again(found, link, answer, settled=settled or (link.multiplies and not answer))
    return found


def _again(outer: Attempts, link: Chain, multiplies: bool, *, settled: bool = False, more: bool = False) -> Attempts:
    return inside(outer, link.retry, count_of(given(link.retry)), multiplies, settled=link.settled or settled)


def layers_of(attempts: Attempts) -> list[Chain]:
    """From the inside out."""
    rows: list[Chain] = []
    chain = attempts.chain
    while chain is not None:
        rows.append(chain)
        chain = chain.outer
    return rows


def total(own: Sequence[Setting], attempts: Attempts, *, unit: str) -> Setting:
    """The product of a call's own settings and of the retries around it.

    Settings whose alternatives belong together (one client brings them, own ones and those of retries around it) are multiplied row by row.
    """
    around = [given(link.retry) for link in layers_of(attempts) if link.multiplies]
    brought = [s for s in around if group_of(s)]
    rows = _rows([*own, *brought])
    if rows is not None:
        own, around = [*own, *brought], [s for s in around if not group_of(s)]
    else:
        rows = _rows(own)
    if rows is None:
        return _product([*own, *around], unit)
    group, lines = rows
    undecided = any(isinstance(s.value, OneOf) and s.value.undecided for s in own)
    return merge([_product([*line, *around], unit) for line in lines], undecided=undecided, group=group)


def group_of(setting: Setting) -> str:
    """What the alternatives of a setting are parallel to."""
    return setting.value.group if isinstance(setting.value, OneOf) else ""


def only(attempts: Attempts, group: str, number: int) -> Attempts:
    """The attempts with one of parallel alternatives; a retry that the client of that one does not bring is none."""
    found = Attempts()
    for link in reversed(layers_of(attempts)):
        own = alternatives(link.retry.attempts)[number] if group_of(link.retry.attempts) == group else link.retry.attempts
        retry = replace(link.retry, attempts=own)
        if multiplies(given(retry)):
            found = inside(found, retry, count_of(given(retry)), link.multiplies)
    return found


def _rows(settings: Sequence[Setting]) -> tuple[str, list[list[Setting]]] | None:
    """Parallel alternatives line by line; a setting without alternatives holds in every line."""
    found = [s.value for s in settings if isinstance(s.value, OneOf)]
    group, width = (found[0].group, len(found[0].alternatives)) if found else ("", 0)
    if not group or any(f.group != group or len(f.alternatives) != width for f in found):
        return None
    return group, [[alternatives(s)[i] if isinstance(s.value, OneOf) else s for s in settings] for i in range(width)]


def _product(settings: Iterable[Setting], unit: str) -> Setting:
    """`core.values.product` kept within bounds, with the place of the factor that decides."""
    factors = list(settings)
    count = ONE
    for factor in factors:
        own = count_of(factor)
        if own.unbounded:
            return Setting(UNBOUNDED, "inferred", at=factor.at, why=factor.why, unit=unit)
        count = times(count, own)
    if count.unbounded:
        return Setting(UNBOUNDED, "inferred", why=f"more than {MOST:,}", unit=unit)
    return product(factors, unit=unit)


def once(setting: Setting) -> Setting:
    """Attempts as a factor: where nothing is written there is one."""
    if isinstance(setting.value, OneOf):
        return replace(setting, value=replace(setting.value, alternatives=tuple(once(s) for s in setting.value.alternatives)))
    return replace(setting, value=1) if setting.value is ABSENT else setting


def given(retry: Retry) -> Setting:
    """The attempts of a retry: that nothing is written does not say how many."""
    if retry.attempts.value is ABSENT:
        return unknown("the number of attempts is not given", unit="attempts", at=retry.at)
    return retry.attempts


def multiplies(setting: Setting) -> bool:
    """Whether attempts are a layer at all: more than one, or not known."""
    count = count_of(setting)
    return count.unbounded or count.unsure or count.least > 1


def text(setting: Setting) -> str:
    """A count in a trace; the largest, where it is not decided which one holds."""
    count = count_of(setting)
    if count.unbounded:
        return "unbounded"
    if count.unsure and count.least == 1:
        return "unknown"
    undecided = isinstance(setting.value, OneOf) and setting.value.undecided and len({_count(s) for s in alternatives(setting)}) > 1
    return f"up to {plain(count.least)}" if undecided else plain(count.least)


def plain(number: float) -> str:
    return f"{number:g}" if abs(number) <= MOST else f"more than {MOST:,}"
