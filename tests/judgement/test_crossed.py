"""What blocks behind the calls in coroutines of a file is one finding, told at these calls."""

from collections.abc import Iterable
from dataclasses import replace

from auditor.graph.traces import Crossing
from auditor.graph.types import ExternalCall, Noun
from auditor.judgement.compare import added, compare, known_of
from auditor.judgement.findings import find, fingerprint
from auditor.judgement.functions import Function, Functions
from auditor.judgement.populations import populations
from auditor.judgement.types import Finding
from auditor.rules.constants import NEWEST
from tests.judgement.build import at, comment, evidence, fails, nodes, passes, rule

ASKED = rule("blocking", together="crossing")
HERE = Crossing(at("app/api.py", 7), "answer", "ask")
THERE = Crossing(at("app/api.py", 20), "draft", "write")
AWAY = Crossing(at("app/bot.py", 4), "reply", "ask")


def blocks(line: int, crossing: Crossing | None = HERE, framework: str = "requests", path: str = "app/ask.py") -> ExternalCall:
    fields = {"name": "get", "symbol": "ask", "qualname": "ask", "callee": "requests.get", "framework": framework}
    return ExternalCall(id=f"external_call:{path}:{line}:1", at=at(path, line), role="production", crossing=crossing, **fields)


def found(*calls: ExternalCall, beside: Iterable[Noun] = (), functions: Functions | None = None, severities=None) -> list[Finding]:
    verdicts = [replace(fails(ASKED, c), severity=(severities or {}).get(c.at.line, "high")) for c in calls]
    return find(verdicts, nodes(*calls, *beside), functions or Functions())[0]


def test_what_one_call_leads_to_is_one_finding_at_that_call() -> None:
    [one] = found(blocks(3), blocks(5, framework="openai"), blocks(9, path="app/other.py"))
    assert (one.at, one.symbol, one.callee, [s.at.line for s in one.sites]) == (HERE.at, "answer", "ask", [3, 5, 9])
    assert one.message == "no deadline; `ask` here, called in a coroutine, leads to it, and to 2 other blocking calls"
    assert (one.evidence, one.remedy) == ((), "mend it")
    [single] = found(blocks(12, THERE))
    assert (single.at, [s.at.line for s in single.sites]) == (THERE.at, [12]), "a single one is mended there, too"
    assert single.message == "no deadline; `write` here, called in a coroutine, leads to it"


def test_the_calls_of_a_file_are_one_finding_and_those_of_another_file_another() -> None:
    one, two = found(blocks(3), blocks(5, THERE), blocks(9, AWAY))
    assert (one.at, [s.at.line for s in one.sites]) == (HERE.at, [3, 5])
    assert (two.at, [s.at.line for s in two.sites]) == (AWAY.at, [9])
    assert one.message == (
        "no deadline; `ask` here, called in a coroutine, leads to it, "
        "and with 1 other such call in this file to the 2 blocking calls of this finding"
    )
    assert [e.text for e in one.evidence] == ["2 calls in coroutines of this file lead there, and each is to be mended: app/api.py:7, :20"]
    assert one.remedy == "mend it Likewise the other calls in coroutines that lead there."


def test_each_site_is_told_once_with_all_calls_that_lead_there() -> None:
    [one] = found(blocks(3), blocks(5, replace(HERE, others=(THERE.at, AWAY.at))))
    assert [s.at.line for s in one.sites] == [3, 5]
    assert [e.text for e in one.evidence] == [
        "2 calls in coroutines of this file lead there, and each is to be mended: app/api.py:7, :20",
        "1 of 2: reached by calls in coroutines of other files, too, which are to be mended as well: app/bot.py:4",
    ]
    [single] = found(blocks(3, replace(HERE, others=(THERE.at,))))
    assert single.message == "no deadline; `ask` here, called in a coroutine, leads to it, as does 1 other such call in this file"


def test_calls_that_lead_only_to_what_is_less_severe_are_apart() -> None:
    for milder in ("medium", "low"):
        one, two = found(blocks(3), blocks(5), blocks(9, THERE), severities={5: milder, 9: milder})
        assert (one.severity, [s.at.line for s in one.sites]) == ("high", [3, 5])
        assert (two.severity, two.at, [s.at.line for s in two.sites]) == (milder, THERE.at, [9])


def test_it_is_as_sure_as_what_makes_it_severe() -> None:
    doubted = (evidence("deadline", None, unread=True),)
    serious = fails(ASKED, blocks(3), evidence=doubted)
    minor = replace(fails(ASKED, blocks(5)), severity="low")
    [finding] = find([serious, minor], nodes(serious.subject, minor.subject), Functions())[0]
    assert (finding.severity, finding.confidence) == ("high", "medium")
    surer = fails(ASKED, blocks(5))
    [finding] = find([serious, surer], nodes(serious.subject, surer.subject), Functions())[0]
    assert finding.confidence == "high"


def test_the_score_counts_the_blocking_calls_and_not_the_findings() -> None:
    apart, joined = [[*(fails(ASKED, blocks(n, c)) for n in (3, 5)), passes(ASKED, blocks(9, None))] for c in (None, HERE)]
    [before], [after] = populations(apart, NEWEST), populations(joined, NEWEST)
    assert (after.counts, after.total, after.bad) == (before.counts, before.total, before.bad)
    assert after.counts == {"pass": 1, "fail": 2, "unknown": 0}


def test_what_stands_in_coroutines_stays_together_by_package_and_file() -> None:
    one, two, three = found(blocks(3, None), blocks(5, None), blocks(7, None, "openai"), blocks(9))
    assert (one.at, [s.at.line for s in one.sites]) == (HERE.at, [9])
    assert [[s.at.line for s in f.sites] for f in (two, three)] == [[3, 5], [7]]
    assert "coroutine" not in two.message


def test_no_other_rule_is_told_there() -> None:
    asked = rule("blocking", together="package")
    subject = blocks(3)
    [finding] = find([fails(asked, subject)], nodes(subject), Functions())[0]
    assert finding.at == subject.at and finding.message == "no deadline"


def test_it_is_as_severe_as_the_worst_behind_it() -> None:
    [finding] = found(blocks(3), blocks(5), severities={3: "low", 5: "high"})
    assert finding.severity == "high" and [s.at.line for s in finding.sites] == [3, 5]


def test_what_is_only_to_be_mended_in_an_example_is_as_severe_as_there() -> None:
    shown = replace(HERE, role="example")
    [finding] = found(blocks(3, shown), blocks(5, shown))
    assert finding.severity == "medium" and finding.role == "production"
    [mixed] = found(blocks(3), blocks(5, shown))
    assert mixed.severity == "high"
    [mixed] = found(blocks(3, shown), blocks(5))
    assert mixed.severity == "high"


def test_the_fingerprint_is_of_the_call_and_no_line_and_no_site() -> None:
    [before] = found(blocks(3))
    assert before.fingerprint == fingerprint("blocking", "app/api.py", "answer", "ask")
    [after] = found(blocks(4, replace(HERE, at=at("app/api.py", 17))), blocks(90, replace(HERE, at=at("app/api.py", 17))))
    assert after.fingerprint == before.fingerprint
    assert [f.state for f in compare([after], known_of([before]), paths={"app/api.py", "app/ask.py"}, state="open").findings] == ["open"]


def test_what_a_base_told_at_its_sites_is_known_and_none_of_it_is_fixed() -> None:
    base = known_of(found(blocks(3, None), blocks(5, None, "openai")))
    now = found(blocks(3), blocks(5, framework="openai"))
    compared = compare(now, base, paths={"app/api.py", "app/ask.py"}, state="open")
    assert [f.state for f in compared.findings] == ["open"] and compared.gone == ()


def test_another_way_to_known_sites_is_not_new() -> None:
    base = known_of(found(blocks(3), blocks(5)))
    there = replace(HERE, at=at("app/api.py", 20), inside="draft")
    compared = compare(found(blocks(3, there), blocks(5, there)), base, paths={"app/api.py", "app/ask.py"}, state="open")
    assert [f.state for f in compared.findings] == ["open"] and compared.gone == ()
    more = compare(found(blocks(3, there), blocks(5, there), blocks(8, there)), base, paths={"app/api.py", "app/ask.py"}, state="open")
    assert [f.state for f in more.findings] == ["new"]


def test_what_a_base_does_not_have_is_new_beside_known_calls_of_the_file() -> None:
    base = known_of(found(blocks(3), blocks(5)))
    paths = {"app/api.py", "app/ask.py"}
    verdicts = [fails(ASKED, c) for c in (blocks(3), blocks(5), replace(blocks(30, THERE), qualname="write"))]
    subjects = nodes(*(v.subject for v in verdicts))
    findings, _ = find(verdicts, subjects, Functions(), added=lambda units: added(units, base, paths))
    assert [(f.at, [s.at.line for s in f.sites]) for f in findings] == [(HERE.at, [3, 5]), (THERE.at, [30])]
    assert [f.state for f in compare(findings, base, paths=paths, state="open").findings] == ["open", "new"]
    both = known_of(findings)
    again, _ = find(verdicts, subjects, Functions(), added=lambda units: added(units, both, paths))
    compared = compare(again, both, paths=paths, state="open")
    assert [f.state for f in compared.findings] == ["open"] and compared.gone == ()


def test_a_comment_at_one_of_several_calls_is_of_what_is_told_there() -> None:
    calls = blocks(3), blocks(5, THERE)
    [finding] = found(*calls, beside=[comment(19, "blocking", path="app/api.py")])
    assert (finding.state, [s.suppressed for s in finding.sites]) == ("open", [False, True])
    both = [comment(19, "blocking", path="app/api.py"), comment(6, "blocking", path="app/api.py")]
    [finding] = found(*calls, beside=both)
    assert (finding.state, finding.suppressed_because) == ("suppressed", "known")
    unused = find([fails(ASKED, c) for c in calls], nodes(*calls, *both), Functions(), ("blocking",))[1]
    assert unused == []


def test_a_comment_at_the_call_is_of_all_of_it_and_one_at_a_site_of_that() -> None:
    calls = blocks(3), blocks(5)
    [finding] = found(*calls, beside=[comment(6, "blocking", path="app/api.py")])
    assert (finding.state, finding.suppressed_because) == ("suppressed", "known")
    [finding] = found(
        *calls, beside=[comment(4, "blocking", path="app/api.py")], functions=Functions([Function("app/api.py", 4, 9, "answer")])
    )
    assert finding.state == "suppressed", "on the `def` of the coroutine"
    [finding] = found(*calls, beside=[comment(3, "blocking", path="app/ask.py")])
    assert (finding.state, [s.suppressed for s in finding.sites]) == ("open", [True, False])


def test_of_a_generator_the_remedy_says_that_reading_it_has_to_move() -> None:
    [finding] = found(blocks(3, replace(HERE, later=True)))
    assert finding.remedy == "mend it It gives a generator: what reads that has to run there, too."


def test_of_several_calls_that_one_gives_a_generator_is_said() -> None:
    [finding] = found(blocks(3), blocks(5, replace(THERE, later=True)))
    assert finding.remedy.endswith("Where one of them gives a generator, what reads that has to run there, too.")


def test_a_site_is_suppressed_by_comments_at_all_calls_that_lead_to_it() -> None:
    crossing = replace(HERE, others=(THERE.at, AWAY.at))
    at_api = [comment(6, "blocking", path="app/api.py"), comment(19, "blocking", path="app/api.py")]
    [finding] = found(blocks(3, crossing), beside=at_api)
    assert (finding.state, [s.suppressed for s in finding.sites]) == ("open", [False]), "the call in the other file leads to it, too"
    unused = find([fails(ASKED, blocks(3, crossing))], nodes(blocks(3, crossing), *at_api), Functions(), ("blocking",))[1]
    assert unused == []
    everywhere = [*at_api, comment(3, "blocking", path="app/bot.py")]
    [finding] = found(blocks(3, crossing), beside=everywhere)
    assert finding.state == "suppressed"
    [finding] = found(blocks(3, replace(crossing, more=True)), beside=everywhere)
    assert finding.state == "open", "more lead to it than are known"


def test_where_more_calls_lead_there_than_are_known_no_number_is_exact() -> None:
    [finding] = found(blocks(3, replace(HERE, others=(THERE.at,), more=True)))
    assert finding.message.endswith("as does at least 1 other such call in this file")
    assert any(line.text.startswith("at least 2 calls in coroutines") for line in finding.evidence)


def test_what_is_new_at_a_known_place_comes_last() -> None:
    base = known_of(found(blocks(9)))
    paths = {"app/api.py", "app/ask.py"}
    verdicts = [fails(ASKED, c) for c in (replace(blocks(3), qualname="other"), blocks(9))]
    findings, _ = find(verdicts, nodes(*(v.subject for v in verdicts)), Functions(), added=lambda units: added(units, base, paths))
    assert [(f.at, [s.at.line for s in f.sites], f.added, f.occurrence) for f in findings] == [
        (HERE.at, [9], False, 1),
        (HERE.at, [3], True, 2),
    ]
