"""Findings are recognised again: counted, by path, without lines."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from auditor.core.location import Location
from auditor.core.values import UNBOUNDED
from auditor.judgement.compare import compare, known_of
from auditor.judgement.findings import fingerprint
from auditor.judgement.types import Finding, FindingSite, Measure

PATHS = frozenset({"app/a.py", "app/b.py"})


def finding(path="app/a.py", line=1, function="ask", rule="retry-amplification", attempts=None, state="open") -> Finding:
    return Finding(
        rule=rule,
        title=rule,
        pack="resilience",
        severity="high",
        confidence="high",
        status="stable",
        state=state,
        message="many",
        at=Location(path, line, 1, line, 9),
        symbol=function,
        qualname=function,
        callee="client.create",
        role="production",
        fingerprint=fingerprint(rule, path, function, "client.create"),
        unplaced=fingerprint(rule, function, "client.create"),
        occurrence=1,
        remedy="",
        measure=None if attempts is None else Measure("total_attempts", attempts),
    )


def states(now, then, paths=PATHS, state="open"):
    done = compare(now, known_of(then), paths=paths, state=state)
    return [f.state for f in done.findings], len(done.gone)


def test_a_line_is_no_part_of_the_identity():
    assert states([finding(line=90)], [finding(line=3)]) == (["open"], 0)
    assert states([finding(line=90)], [finding(line=3)], state="baselined") == (["baselined"], 0)


def test_a_second_copy_is_new_and_it_is_the_last_in_source_order():
    assert states([finding(line=3), finding(line=9)], [finding(line=9)]) == (["open", "new"], 0)


def test_a_copy_that_is_removed_is_fixed():
    assert states([finding()], [finding(line=3), finding(line=9)]) == (["open"], 1)


def test_another_file_is_another_finding():
    assert states([finding("app/b.py")], [finding("app/a.py")]) == (["new"], 1)


def test_a_renamed_file_is_the_same_finding():
    assert states([finding("app/b.py")], [finding("app/old.py")]) == (["open"], 0)


def test_a_copy_whose_original_stays_is_new():
    assert states([finding("app/a.py"), finding("app/b.py")], [finding("app/a.py")]) == (["open", "new"], 0)


def test_of_two_copies_of_a_file_that_is_gone_one_is_new():
    assert states([finding("app/a.py"), finding("app/b.py")], [finding("app/old.py")]) == (["open", "new"], 0)


def test_a_renamed_function_is_one_new_and_one_fixed():
    assert states([finding(function="answer")], [finding(function="ask")]) == (["new"], 1)


def test_a_larger_measure_is_worse():
    assert states([finding(attempts=60)], [finding(attempts=15)]) == (["worse"], 0)
    assert states([finding(attempts=15)], [finding(attempts=15)]) == (["open"], 0)
    assert states([finding(attempts=3)], [finding(attempts=15)]) == (["open"], 0)
    assert states([finding(attempts=UNBOUNDED)], [finding(attempts=1e9)]) == (["worse"], 0)
    assert states([finding(attempts=UNBOUNDED)], [finding(attempts=UNBOUNDED)]) == (["open"], 0)
    [worse] = compare([finding(attempts=60)], known_of([finding(attempts=15)]), paths=PATHS, state="baselined").findings
    assert worse.before == Measure("total_attempts", 15)


def test_measures_of_other_names_are_not_compared():
    then = replace(finding(), measure=Measure("failing", 1))
    assert states([finding(attempts=60)], [then]) == (["open"], 0)


def test_equal_ones_are_paired_by_falling_measure():
    now, then = [finding(line=1, attempts=60), finding(line=2, attempts=4)], [finding(line=1, attempts=4), finding(line=2, attempts=60)]
    assert states(now, then) == (["open", "open"], 0)
    assert states([finding(line=1, attempts=70), finding(line=2, attempts=4)], then) == (["worse", "open"], 0)


def test_a_renamed_file_can_get_worse():
    assert states([finding("app/b.py", attempts=60)], [finding("app/old.py", attempts=15)]) == (["worse"], 0)


def test_a_suppressed_finding_stays_suppressed_and_is_not_fixed():
    assert states([finding(state="suppressed")], [finding()]) == (["suppressed"], 0)
    assert states([finding(state="suppressed")], []) == (["suppressed"], 0)


def test_an_open_copy_is_known_before_a_suppressed_one():
    assert states([finding(line=1, state="suppressed"), finding(line=2)], [finding()]) == (["suppressed", "open"], 0)


def test_a_finding_whose_suppression_is_taken_away_is_new():
    assert states([finding()], [finding(state="suppressed")]) == (["new"], 0)


some = st.builds(
    finding,
    path=st.sampled_from(["app/a.py", "app/b.py", "app/old.py"]),
    line=st.integers(1, 50),
    function=st.sampled_from(["ask", "answer"]),
    attempts=st.one_of(st.none(), st.integers(1, 5), st.just(UNBOUNDED)),
    state=st.sampled_from(["open", "open", "suppressed"]),
)
lists = st.lists(some, max_size=8).map(lambda found: sorted(found, key=lambda f: f.at))
measured = lists.map(lambda found: [f if f.measure else replace(f, measure=Measure("total_attempts", 2)) for f in found])
"""a rule measures all that it finds, or nothing"""


@given(lists, st.frozensets(st.sampled_from(["app/a.py", "app/b.py", "app/old.py"])))
def test_nothing_is_new_worse_or_fixed_against_itself(found, paths):
    done = compare(found, known_of(found), paths=paths, state="open")
    assert {f.state for f in done.findings} <= {"open", "suppressed"}
    assert done.gone == ()


@given(lists, lists)
def test_every_finding_is_counted_once(now, then):
    done = compare(now, known_of(then), paths=PATHS, state="open")
    assert [replace(f, state="open", before=None) for f in done.findings] == [replace(f, state="open") for f in now]
    heard = [f for f in done.findings if f.state != "suppressed"]
    known, base = sum(f.state in ("open", "worse") for f in heard), known_of(then)
    quiet = sum(f.state == "suppressed" for f in now)
    assert len(base) - quiet <= known + len(done.gone) <= len(base)


@given(lists, lists, some)
def test_one_more_finding_in_the_base_never_makes_more_new(now, then, more):
    def new(base):
        return sum(f.state == "new" for f in compare(now, known_of(base), paths=PATHS, state="open").findings)

    assert new([*then, more]) <= new(then)


def grouped(function, *sites, path="app/a.py"):
    """A finding of several subjects, known by what mends them together."""
    digests = [fingerprint("retry-amplification", site, "client.create")[:16] for site in sites]
    rows = tuple(FindingSite(f"call:{n}", "ask", Location(path, n), "production", digest=d) for n, d in enumerate(digests))
    return replace(finding(path, function=function), sites=rows)


def test_sites_that_are_only_taken_together_in_another_way_are_known_and_none_is_fixed():
    assert states([grouped("run", "ask", "answer")], [finding(function="ask"), finding(function="answer")]) == (["open"], 0)
    assert states([finding(function="ask"), finding(function="answer")], [grouped("run", "ask", "answer")]) == (["open", "open"], 0)


def test_a_group_with_a_site_more_is_new_and_with_a_site_less_is_known():
    assert states([grouped("run", "ask", "answer")], [finding(function="ask")]) == (["new"], 0)
    assert states([finding(function="ask")], [grouped("run", "ask", "answer")]) == (["open"], 0)
    assert states([grouped("run", "ask", "answer", "more")], [grouped("run", "ask")]) == (["open"], 0)


def test_a_group_of_known_sites_can_get_worse():
    then = [finding(function="ask", attempts=3), finding(function="answer", attempts=9)]
    now = replace(grouped("run", "ask", "answer"), measure=Measure("total_attempts", 12))
    assert states([now], then) == (["worse"], 0)
    assert states([replace(now, measure=Measure("total_attempts", 9))], then) == (["open"], 0)


def test_what_can_no_longer_be_told_is_neither_fixed_nor_known():
    then = known_of([grouped("run", "ask", "answer"), finding(function="other")])
    site = next(site for known in then for site in known.places)
    done = compare([], then, paths=PATHS, state="open", undecided={site})
    assert [known.symbol for known in done.undecided] == ["run"]
    assert [known.symbol for known in done.gone] == ["other"]
