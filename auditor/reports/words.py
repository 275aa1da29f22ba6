"""Words that every report uses: numbers, the verdict and why, the answer of the gate, what has changed since the base."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from auditor.core.values import ABSENT, UNBOUNDED, Special, Unknown
from auditor.judgement.declared import PREFIX
from auditor.judgement.types import Coverage, Finding, Measure, Score, VerdictName
from auditor.reports.report import Report

VERDICTS = {
    "ready": "READY",
    "conditional": "CONDITIONAL",
    "not_ready": "NOT READY",
    "incomplete": "INCOMPLETE",
    "not_an_agent_codebase": "NOT AN AGENT CODEBASE",
}
SEVERITIES = ("critical", "high", "medium", "low", "info")
SHORT_OF_READY = ("not_ready", "incomplete", "conditional")
MOST_NAMED = 3
USUAL = "fail-on high"
UPDATE = "agentaudit baseline update"
BASELINE = "agentaudit-baseline.json"


def count(n: int, noun: str) -> str:
    """`1 file`, `2 entries`, `1,200 lines`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{n:,} {noun if n == 1 else plural}"


def noun_text(kind: str) -> str:
    return {"fan_out": "fan-out", "call": "call", "file": "file"}.get(kind, kind.replace("_", " "))


def amount(value: float | Special | Unknown | None) -> str:
    """A measure or a number of attempts; None: what it is of is not there."""
    if value is None:
        return "not there"
    if isinstance(value, Unknown):
        return "unknown"
    if value is ABSENT:
        return "none"
    if isinstance(value, Special) or not math.isfinite(value):
        return "no limit"
    return f"{int(value):,}" if value == int(value) else f"{value:,g}"


def size(value: float | Special | Unknown | None) -> float:
    """For the order of amounts: without a limit is the largest, what is not known more than what is not there."""
    if value is UNBOUNDED:
        return math.inf
    return float(value) if isinstance(value, (int, float)) else -1.0 if value is None else 0.0


def times_text(times: str) -> str:
    """The factor of a step of a trace."""
    return "no limit" if times == "unbounded" else times


def measure_name(measure: Measure) -> str:
    return "failing clients" if measure.name == "failing" else measure.name.removeprefix("total_").replace("_", " ")


def grown(finding: Finding) -> tuple[str, str, str] | None:
    """Of what has become worse: the name of the measure, what it was and what it is."""
    if finding.state != "worse" or finding.measure is None or finding.before is None:
        return None
    return measure_name(finding.measure), amount(finding.before.value), amount(finding.measure.value)


def read(finding: Finding, most: int | None = None) -> list[str]:
    """What the rule has read: the value, and where it comes from. One without an origin says what the message says; so does one with the
    same reason."""
    rows = []
    for line in finding.evidence:
        if line.at or line.text.partition(": ")[2] not in finding.message:
            place = f" ({line.at})" if line.at and str(line.at) not in line.text else ""
            rows.append(f"{line.label}: {line.text.replace(': ', ', ', 1)}{place}")
    return rows[:most]


def verdict(report: Report, name: VerdictName | None = None) -> str:
    """Where something was found, the reader is told that it is too little, not that it is nothing. `name`: of the base."""
    if (name or report.verdict) == "not_an_agent_codebase" and (report.reach.model_calls or report.reach.tools):
        return "NO SCORE"
    return VERDICTS[name or report.verdict]


def why(report: Report) -> str:
    score = report.score
    failed = [gate.id for gate in score.gates if gate.state == "failed"] if score else []
    match report.verdict:
        case "not_an_agent_codebase":
            return _too_few(report)
        case "incomplete" if report.score is None and any(item.talks for item in report.coverage.undecided):
            return _not_told(report)
        case "incomplete" if report.reach.agents and not (report.coverage.found or report.reach.model_calls):
            return f"{count(report.reach.agents, 'agent')} found, but no model call or loop in it, nor anything else that a rule judges"
        case "incomplete" if report.coverage.asking > report.reach.model_calls:
            seen = count(report.reach.model_calls, "model call")
            told = f"{count(report.coverage.asking, 'call')} not understood that may ask a model"
            return f"{told}, against {seen} found: most of what asks models is not seen"
        case "incomplete" if not report.reach.agents and 2 * report.coverage.agentless > report.reach.model_calls:
            given = f"{report.coverage.agentless} of {count(report.reach.model_calls, 'model call')}"
            return f"{given} are given tools, and no agent was found that picks and runs them: what it does is not seen"
        case "incomplete":
            return f"only {math.floor(report.coverage.percent)} % of the subjects could be decided"
        case "not_ready":
            return f"{count(len(failed), 'gate')} failed" if failed else "the score is under 60"
        case "conditional":
            return _conditions(score)
        case _:
            return "no gate failed and no dimension is under 50"


def _too_few(report: Report) -> str:
    """The verdict is about the score alone: what was found is judged all the same."""
    calls, entries = report.reach.model_calls, report.reach.entry_points
    holds = "; the findings below hold all the same" if report.findings else ""
    if not calls and report.reach.tools:
        return f"{count(report.reach.tools, 'tool')} for agents, but neither a model call nor an agent was found{holds}"
    if not calls:
        return "neither a model call nor an agent was found: there is no score"
    judged = f"{holds}, and the gate counts them" if holds else ""
    reached = f"reached by {count(entries, 'entry point')}" if entries else "which no entry point is seen to reach"
    return f"{count(calls, 'model call')} {reached}, and no agent: too few for a score (it takes 3, or an agent){judged}"


def _not_told(report: Report) -> str:
    """What is not understood may be the agent: its calls are named."""
    calls = [f"{item.name} ({item.at})" for item in sorted(report.coverage.undecided) if item.talks]
    more = f" and {len(calls) - MOST_NAMED} more" if len(calls) > MOST_NAMED else ""
    named = ", ".join(calls[:MOST_NAMED])
    return f"fewer than 3 model calls and no agent were found, but calls into libraries for them that are not understood: {named}{more}"


def _conditions(score: Score | None) -> str:
    if score is None:
        return "there is no score"
    reasons = ["the score is under 80"] if score.value < 80 else []
    reasons += [f"{name} is under 50" for name, value in score.dimensions.items() if value < 50]
    if score.unknown_share > 0.4:
        reasons.append(f"{100 * score.unknown_share:.0f} % of the weight is unknown")
    reasons += [f"{gate.id} cannot be told" for gate in score.gates if gate.state == "unknown"]
    return "; ".join(reasons) or "something that a gate asks for cannot be told"


def score_text(score: Score) -> str:
    """Rounded down: 79.6 is under the 80 that a verdict asks for, and must look it."""
    failed = ", ".join(gate.id for gate in score.gates if gate.state == "failed")
    capped = f" (raw {math.floor(score.raw)}, capped by {failed})" if failed and score.raw > score.value else ""
    return f"{math.floor(score.value)} [{math.floor(score.low)}-{math.floor(score.high)}] of 100{capped}"


def score_number(score: Score | None) -> str:
    return str(math.floor(score.value)) if score else "none"


def coverage_text(coverage: Coverage) -> str:
    return f"{math.floor(coverage.percent)} % of {count(coverage.found, 'subject')}"


def coverage_fell(report: Report) -> str:
    """A drop is never a pass by itself; empty where there is none."""
    before = report.before.coverage if report.before else None
    if before is None or not before.found or report.coverage.percent >= before.percent:
        return ""
    return f"coverage fell: {coverage_text(before)} -> {coverage_text(report.coverage)}"


def remarks(report: Report) -> list[str]:
    """What a comparison must say beside its numbers: none of it fails the gate by itself."""
    risen = [f for f in report.findings if f.was and f.state in ("open", "baselined")]
    lines = [f"known, and counts for more now: {f.severity} {f.rule} at {f.at} (was {f.was})" for f in risen[:MOST_NAMED]]
    if len(risen) > MOST_NAMED:
        lines.append(f"{len(risen) - MOST_NAMED:,} more known findings count for more now")
    return [*lines, *report.remarks]


COVERAGE_FELL = "it fell, and what cannot be decided is not judged"


def offer(report: Report, path: str) -> list[str]:
    """How a team begins that cannot mend all that is old: said where a gate fails that is compared with nothing."""
    if report.gate.exit_code != 1 or report.compared_with or all(finding.state != "open" for finding in report.findings):
        return []
    return [
        f"`agentaudit baseline create {path} -o {BASELINE}` accepts what there is today,",
        f"`agentaudit scan {path} --baseline {BASELINE}` then fails only on what is new or worse",
    ]


def failed_gates(report: Report) -> list[str]:
    return [f"{gate.id} {gate.title}" for gate in (report.score.gates if report.score else ()) if gate.state == "failed"]


def newly_failed(report: Report) -> list[str]:
    """Score gates that the base had not failed."""
    if report.before is None:
        return []
    return [gate for gate in failed_gates(report) if gate.partition(" ")[0] not in report.before.failed_gates]


def gate_answer(report: Report, *, asked: bool = True) -> str:
    """`passed`, `failed`, `cannot be passed`, and how the run ends where it does not pass; `asked`: with the thresholds that are not the
    usual ones."""
    gate = report.gate
    usual = not asked or gate.asked in ("", USUAL)
    if gate.passed:
        return "passed" if usual else f"passed ({gate.asked})"
    ends = "failed" if gate.exit_code in (0, 1) else "cannot be passed"
    text = f"{ends}, exit {gate.exit_code}{' by --exit-zero' if gate.exit_code == 0 else ''}"
    return text if usual else f"{text} ({gate.asked})"


def compared(report: Report) -> str:
    """How many findings are new, worse, known and fixed."""
    states = Counter(finding.state for finding in report.findings)
    known = states["open"] + states["baselined"]
    text = f"{states['new']:,} new, {states['worse']:,} worse, {known:,} known, {len(report.fixed):,} fixed"
    text += f", {len(report.undecided):,} no longer decided" if report.undecided else ""
    return text + (f", {states['suppressed']:,} suppressed" if states["suppressed"] else "")


def severities(found: Iterable[Finding]) -> str:
    counts = Counter(finding.severity for finding in found)
    return ", ".join(f"{counts[severity]:,} {severity}" for severity in SEVERITIES if counts[severity])


def known_criticals(report: Report) -> list[str]:
    """What every report begins with: neither a baseline nor a suppression nor a setting takes out of sight what is critical."""
    lines = []
    critical = sorted((f for f in report.findings if f.severity == "critical"), key=lambda f: (f.at, f.rule, f.id))
    for state in ("baselined", "suppressed", "declared"):
        found = [finding for finding in critical if standing(finding) == state]
        if found:
            named = "; ".join(_known(finding) for finding in found[:MOST_NAMED])
            more = f" and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
            lines.append(f"{state.capitalize()} critical, which the gate does not count: {named}{more}")
    return [*lines, *(statement.text for statement in report.silenced)]


def standing(finding: Finding) -> str:
    """The state, `declared` for what a declaration keeps from the gate."""
    return "declared" if finding.state == "suppressed" and finding.suppressed_because.startswith(PREFIX) else finding.state


def _known(finding: Finding) -> str:
    because = f" ({finding.suppressed_because.removeprefix(PREFIX)})" if finding.suppressed_because else ""
    return f"{finding.rule} at {finding.at}{because}"
