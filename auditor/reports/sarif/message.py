"""What a result says: one short sentence, then its places, linked, what is known of it, and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED
from auditor.judgement.types import Finding, Measure
from auditor.reports.sarif.places import Json, Places
from auditor.reports.sarif.words import capital, clean, count, factor, link, listed, quoted, sentence

MOST_RELATED = 100
MOST_FACTORS = 8
MOST_SITES = 5
MOST_EVIDENCE = 8
LONGEST_FIRST = 160
SDK = "sdk retry"


@dataclass(slots=True)
class _Related:
    """Related locations; each line once, by the first that is said of it."""

    places: Places
    at: Location
    rows: list[Json] = field(default_factory=list)
    numbers: dict[tuple[str, int], int] = field(default_factory=dict)

    def add(self, at: Location, text: str) -> int | None:
        """The id of a place; None for the result's own line, and for what lies outside the repository."""
        line = at.path, at.line
        if line == (self.at.path, self.at.line):
            return None
        if line not in self.numbers:
            row = self.places.location(at, text, len(self.rows) + 1)
            if row is None:
                return None
            self.rows.append(row)
            self.numbers[line] = len(self.rows)
        return self.numbers[line]


def message(finding: Finding, places: Places, at: Location) -> tuple[str, list[Json]]:
    """The text and the related locations that it links to; `at`: where the result stands."""
    related = _Related(places, at)
    parts = [_first(finding), *_state(finding), *_way(finding, related), *_evidence(finding, related), *_sites(finding, related)]
    if finding.remedy:
        parts.append(f"Fix: {sentence(clean(finding.remedy))}")
    return " ".join(parts), related.rows


def _first(finding: Finding) -> str:
    """The title that code scanning shows: what the finding says, or where that is long, what its rule says."""
    said = clean(finding.message)
    word, _, rest = said.partition(" ")
    names = {finding.callee, finding.callee.rpartition(".")[2], *(site.name for site in finding.sites)}
    said = f"'{word}' {rest}" if not word.rstrip(",:").isalpha() or word in names else capital(said)
    if len(said) <= LONGEST_FIRST:
        return sentence(said)
    where = f" in {quoted(finding.qualname)}" if finding.qualname not in ("", "<module>") else ""
    return f"{clean(finding.title).rstrip('.')}{where}. {sentence(said)}"


def _state(finding: Finding) -> Iterator[str]:
    if finding.state == "baselined":
        yield "The baseline knows it."
    if finding.state == "worse" and finding.before is not None and finding.measure is not None:
        yield f"It is worse than before: {_value(finding.before)} -> {_value(finding.measure)} ({finding.measure.name.replace('_', ' ')})."


def _value(measure: Measure) -> str:
    return "no limit" if measure.value is UNBOUNDED else f"{measure.value:,g}"


def _way(finding: Finding, related: _Related) -> Iterator[str]:
    """What multiplies on the way, and the client whose own retries come last."""
    steps = [step for step in finding.trace if step.times or step.what == SDK]
    shown = steps if len(steps) <= MOST_FACTORS else [*steps[: MOST_FACTORS - 1], steps[-1]]
    links = []
    for step in shown:
        name = "client built here" if step.what == SDK else "retried here" if step.what.endswith(" retry") else "repeated here"
        times = factor(step.times)
        number = related.add(step.at, f"{name}, {times}" if times else name)
        if number is not None:
            links.append(link(name, number) + (f" ({times})" if times else ""))
    if links:
        more = [f"{len(steps) - len(shown):,} more"] if len(steps) > len(shown) else []
        yield f"On the way: {listed([*links, *more])}."


def _evidence(finding: Finding, related: _Related) -> Iterator[str]:
    """The settings that the rule has read; of a value without an origin the message has told."""
    for line in finding.evidence[:MOST_EVIDENCE]:
        if line.at is None and line.text.partition(": ")[2] in finding.message:
            continue
        name = clean(line.label)
        text = clean(line.text.replace(": ", ", ", 1))
        number = related.add(line.at, f"{name}: {text}") if line.at else None
        place = "" if number is None else f" ({link('here', number)})"
        yield sentence(f"{capital(name)}: {text}{place}")


def _sites(finding: Finding, related: _Related) -> Iterator[str]:
    """What it is about, where that stands elsewhere. More places are related than the text links to."""
    shown = [site for site in finding.sites if finding.state == "suppressed" or not site.suppressed]
    found = dict.fromkeys(n for site in shown if (n := related.add(site.at, f"place: {quoted(site.name)}")) is not None)
    if not found:
        return
    links = [link(f"place {i}", number) for i, number in enumerate(list(found)[:MOST_SITES], 1)]
    more = f" and {len(found) - len(links)} more" if len(found) > len(links) else ""
    here = any((site.at.path, site.at.line) == (related.at.path, related.at.line) for site in shown)
    silenced = f" ({finding.suppressed_sites} suppressed)" if finding.suppressed_sites else ""
    client = any(step.what == SDK and (step.at.path, step.at.line) == (related.at.path, related.at.line) for step in finding.trace)
    what = "The client built here serves" if client and not here else "It concerns"
    yield f"{what} {count(len(found), 'other place' if here else 'place')}{silenced}: {', '.join(links)}{more}."
