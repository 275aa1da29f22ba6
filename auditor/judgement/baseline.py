"""The baseline file: what a team has accepted for now, counted, without line numbers, a finding a line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from auditor.core.location import Location
from auditor.core.problem import AuditError
from auditor.core.values import UNBOUNDED
from auditor.judgement.compare import Base, Compared, Known, grew, known_of
from auditor.judgement.types import Finding, Measure, Site

FORMAT = 1
MOST = 1e15
"""of a measure"""
DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Baseline:
    """`root`: that of the scan, relative to the git root; `gates`: those that failed."""

    root: str
    catalogue: str
    gates: tuple[str, ...] = ()
    findings: tuple[Known, ...] = ()


def created(root: str, catalogue: str, gates: Iterable[str], findings: Iterable[Finding]) -> Baseline:
    return Baseline(root, catalogue, tuple(sorted(gates)), tuple(known_of(findings)))


def updated(old: Base, new: Baseline, compared: Compared, *, aside: Collection[int] = (), accept_new: bool = False) -> Baseline:
    """What is still there, with the smaller measure of the two; what is new or worse only if it is accepted.

    `aside`: `id`s of findings of the old one that this scan did not look for: they stay as they are, like what can no longer be decided.
    """
    gone = {id(known) for known in compared.gone}
    now = {id(known): _still(finding, known, sites, accept_new) for known, finding, sites in compared.links}
    still = [now.get(id(known), known) for known in old.known if id(known) not in gone]
    rows = [known for known in still if known] + known_of(f for f in compared.findings if accept_new and f.state == "new")
    gates = set(new.gates) & set(old.gates) if not accept_new else set(new.gates)
    return Baseline(new.root, new.catalogue, tuple(sorted(gates | set(old.gates) if aside else gates)), tuple(rows))


def _still(finding: Finding, known: Known, sites: tuple[Site, ...], accept_worse: bool) -> Known | None:
    """None for what a comment silences now. A site that is added is not taken in, one that moved with its file is."""
    if finding.state == "new":
        return known  # now told together with what is new
    for now in known_of([finding]):
        kept = now if accept_worse else replace(now, severity=known.severity, role=known.role)
        if not accept_worse and not grew(now.measure, known.measure):
            kept = replace(kept, measure=known.measure)
        return replace(
            kept, sites=() if tuple(sorted(sites)) in ((), (kept.own,)) and not now.anchored else tuple(sorted(sites)) or now.sites
        )
    return None


def render(baseline: Baseline) -> str:
    """JSON with a finding a line, sorted: two branches that mend different findings merge."""
    findings = sorted(baseline.findings, key=lambda k: (k.at.path, k.rule, k.symbol, k.fingerprint, _measure_key(k.measure)))
    rows = ",\n".join(f"    {json.dumps(_row(known), ensure_ascii=False)}" for known in findings)
    lines = [
        "{",
        f'  "format": {FORMAT},',
        f'  "root": {json.dumps(baseline.root, ensure_ascii=False)},',
        f'  "catalogue": {json.dumps(baseline.catalogue)},',
        f'  "failed_gates": {json.dumps(list(baseline.gates))},',
        f'  "findings": [\n{rows}\n  ]' if rows else '  "findings": []',
        "}",
    ]
    return "\n".join(lines).encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def parse(text: str, name: str) -> Baseline:
    """The opposite of `render`; `name`: the file, for messages. AuditError where it is no baseline."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refused(f"{error.msg[:1].lower()}{error.msg[1:]}", f"{name}:{error.lineno}:{error.colno}") from error
    except (RecursionError, ValueError) as error:
        raise _refused("it is nested too deeply, or has a number that is too long", name) from error
    lines = [n for n, line in enumerate(text.split("\n"), 1) if '"fingerprint"' in line]
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise _refused("it has no list of findings", name)
    if type(document.get("format")) is not int or document["format"] != FORMAT:
        raise _refused(f"its format is {document.get('format')!r}, known is {FORMAT}", name)
    rows = document["findings"]
    place = [f"{name}:{line}" for line in lines] if len(lines) == len(rows) else [name] * len(rows)
    gates = document.get("failed_gates", [])
    if not isinstance(gates, list) or not all(isinstance(gate, str) for gate in gates):
        raise _refused("'failed_gates' is no list of names", name)
    return Baseline(
        _text(document, "root", name),
        _text(document, "catalogue", name),
        tuple(gates),
        tuple(_known(row, where) for row, where in zip(rows, place, strict=True)),
    )


def _row(known: Known) -> dict[str, Any]:
    row: dict[str, Any] = {"rule": known.rule, "path": known.at.path, "symbol": known.symbol}
    if known.measure:
        value = known.measure.value
        row["measure"] = {
            "name": known.measure.name,
            "value": value if isinstance(value, (int, float)) and math.isfinite(value) else "unbounded",
        }
    row |= {"severity": known.severity, "role": known.role} if known.role else {}
    row |= {"fingerprint": known.fingerprint, "unplaced": known.unplaced}
    return row | ({"sites": [_site_text(site, known) for site in known.sites]} if known.sites else {})


def _site_text(site: Site, known: Known) -> str:
    """Its digest, and behind it its path where that is not the finding's."""
    path, digest = site
    return digest if path == known.at.path else f"{digest} {path}"


def _site(text: str, path: str) -> Site:
    digest, _, elsewhere = text.partition(" ")
    return elsewhere or path, digest


def _known(row: object, place: str) -> Known:
    if not isinstance(row, dict):
        raise _refused("a finding is no object", place)
    digests = [_text(row, key, place) for key in ("fingerprint", "unplaced")]
    if not all(DIGEST.fullmatch(digest) for digest in digests):
        raise _refused("a fingerprint is no SHA-256 in hexadecimal", place)
    path, symbol = _text(row, "path", place), row.get("symbol", "")
    sites = row.get("sites", [])
    if not isinstance(sites, list) or not all(isinstance(site, str) for site in sites):
        raise _refused("'sites' is no list of digests", place)
    measure = _measure(row.get("measure"), place)
    held = tuple(_site(site, path) for site in sites)
    words = (str(row.get("severity", "")), str(row.get("role", "")))
    return Known(_text(row, "rule", place), str(symbol), Location(path, 0), digests[0], digests[1], measure, held, *words)


def _measure(found: object, place: str) -> Measure | None:
    if found is None:
        return None
    name, value = (found.get("name"), found.get("value")) if isinstance(found, dict) else (None, None)
    if isinstance(name, str) and value == "unbounded":
        return Measure(name, UNBOUNDED)
    if not isinstance(name, str) or isinstance(value, bool) or not isinstance(value, (int, float)) or not -MOST < value < MOST:
        raise _refused("a measure is a name and a number, or 'unbounded'", place)
    return Measure(name, value)


def _measure_key(measure: Measure | None) -> tuple[float, str]:
    value = measure.value if measure else None
    return (float(value) if isinstance(value, (int, float)) else math.inf if value is UNBOUNDED else -1.0, measure.name if measure else "")


def _text(row: dict[str, Any], key: str, place: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise _refused(f"{key!r} is missing, or no text", place)
    return value


def _refused(why: str, place: str) -> AuditError:
    return AuditError(f"this is no baseline: {why}", hint="`agentaudit baseline create -o FILE` writes one", place=place)


def base_of(baseline: Baseline, name: str, root: str, catalogue: str) -> Base:
    """The baseline as what a scan of `root` is compared with; AuditError where it is of another root."""
    if baseline.root != root:
        message = f"this baseline is of {baseline.root!r}, the scanned root is {root!r}"
        raise AuditError(message, hint="scan the folder that it was made for, or create another one", place=name)
    remark = f"the baseline was made by the catalogue of {baseline.catalogue}, this is {catalogue}: a difference may be one of the rules"
    return Base("baseline", name, baseline.findings, baseline.gates, remarks=() if baseline.catalogue == catalogue else (remark,))
