"""What findings of one rule have in common: a site that fails through several anchors is one of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from auditor.core.location import places
from auditor.judgement.types import EvidenceLine, Finding

MOST_NAMED = 3


def with_shared(found: Sequence[Finding]) -> list[Finding]:
    """Each finding with a line on how many of its sites are those of others, and where these stand; suppressed ones are not named."""
    told: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in found:
        for site in finding.sites if finding.state != "suppressed" else ():
            told[finding.rule, site.subject].append(finding)
    return [replace(f, evidence=(*f.evidence, *_beside(f, [told[f.rule, site.subject] for site in f.sites]))) for f in found]


def _beside(finding: Finding, told: Sequence[Sequence[Finding]]) -> list[EvidenceLine]:
    """`told`: of each site the findings that it is one of."""
    others = [[f.at for f in one if f is not finding] for one in told]
    shared = sum(bool(one) for one in others)
    if not shared:
        return []
    where = places(sorted({at for one in others for at in one}), MOST_NAMED)
    return [EvidenceLine("shared_sites", f"{shared} of {len(told)}: also told at {where}")]
