"""The baseline file: written, read, refused, and only ever smaller."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.core.problem import AuditError
from auditor.core.values import UNBOUNDED
from auditor.judgement.baseline import base_of, created, parse, render, updated
from auditor.judgement.compare import compare
from tests.judgement.test_compare import PATHS, finding, lists, measured

TEXT = render(created("app", "0.1.0", ["G5", "G1"], [finding(line=7, attempts=15), finding("app/b.py", attempts=UNBOUNDED), finding()]))


def test_a_finding_a_line_sorted_and_without_line_numbers():
    rows = [json.loads(line.strip().rstrip(",")) for line in TEXT.splitlines() if '"fingerprint"' in line]
    assert [(row["path"], row.get("measure", {}).get("value")) for row in rows] == [
        ("app/a.py", None),
        ("app/a.py", 15),
        ("app/b.py", "unbounded"),
    ]
    assert '"line"' not in TEXT
    assert json.loads(TEXT)["failed_gates"] == ["G1", "G5"]


def test_it_says_the_same_when_it_is_read_and_written_again():
    assert render(parse(TEXT, "b.json")) == TEXT


@given(lists)
def test_any_baseline_can_be_read_again(found):
    text = render(created(".", "0.1.0", [], found))
    assert render(parse(text, "b.json")) == text


def test_a_new_finding_adds_a_line_and_changes_none():
    first, second = finding(), finding(function="other")
    few, more = (render(created(".", "1", [], rows)).splitlines() for rows in ([first], [first, second]))
    changed = [line for line in more if line.rstrip(",") not in {old.rstrip(",") for old in few}]
    assert len(changed) == 1


def test_a_path_that_is_no_text_can_be_written():
    assert "\\udce9" in render(created(".", "1", [], [finding("app/\udce9.py")]))


@pytest.mark.parametrize(
    ("text", "said", "place"),
    [
        ("", "expecting value", "b.json:1:1"),
        ('{\n "format": 1,\n', "expecting property name", "b.json:"),
        ("[]", "no list of findings", "b.json"),
        ('{"format": 2, "findings": []}', "format is 2", "b.json"),
        ('{"format": 1, "findings": []}', "'root' is missing", "b.json"),
        ('{"format": 1, "root": ".", "catalogue": "1", "failed_gates": [1], "findings": []}', "failed_gates", "b.json"),
        ('{"format": 1, "root": ".", "catalogue": "1", "findings": [3]}', "no object", "b.json"),
        (TEXT.replace('"fingerprint": "', '"fingerprint": "x', 1), "no SHA-256", "b.json:7"),
        (TEXT.replace('"value": 15', '"value": NaN'), "a measure is", "b.json:8"),
        (TEXT.replace('"value": 15', '"value": ' + "9" * 400), "a measure is", "b.json:8"),
        (TEXT.replace('"value": 15', '"value": true'), "a measure is", "b.json:8"),
        ("[" * 100_000, "nested too deeply", "b.json"),
        ('{"format": ' + "9" * 5_000 + "}", "too long", "b.json"),
    ],
)
def test_what_is_no_baseline_is_refused_with_its_place(text, said, place):
    with pytest.raises(AuditError) as error:
        parse(text, "b.json")
    assert said in error.value.message
    assert error.value.place.startswith(place)
    assert "agentaudit baseline create" in error.value.hint


def test_a_baseline_of_another_root_is_refused_and_one_of_another_catalogue_is_said():
    baseline = parse(TEXT, "b.json")
    with pytest.raises(AuditError, match="is of 'app', the scanned root is 'web'"):
        base_of(baseline, "b.json", "web", "0.1.0")
    assert base_of(baseline, "b.json", "app", "0.1.0").remarks == ()
    assert "0.1.0" in base_of(baseline, "b.json", "app", "0.2.0").remarks[0]


def shrunk(then, now):
    base = base_of(created(".", "1", ["G1", "G5"], then), "b.json", ".", "1")
    compared = compare(now, base.known, paths=PATHS, state="baselined")
    return updated(base, created(".", "1", ["G5", "G6"], now), compared)


def test_an_update_takes_out_what_is_gone_and_takes_in_nothing():
    done = shrunk([finding(), finding(function="old")], [finding(), finding(function="fresh")])
    assert [known.symbol for known in done.findings] == ["ask"]
    assert done.gates == ("G5",)


def test_an_update_keeps_the_smaller_measure():
    assert [k.measure.value for k in shrunk([finding(attempts=15)], [finding(attempts=60)]).findings] == [15]
    assert [k.measure.value for k in shrunk([finding(attempts=60)], [finding(attempts=15)]).findings] == [15]


def test_an_update_follows_a_renamed_file():
    assert [known.at.path for known in shrunk([finding("app/old.py")], [finding("app/b.py")]).findings] == ["app/b.py"]


@given(measured, measured)
def test_an_update_never_grows_and_never_lets_anything_new_pass(then, now):
    done = shrunk(then, now)
    assert len(done.findings) <= len(created(".", "1", [], then).findings)

    def failing(base):
        found = compare(now, base, paths=PATHS, state="baselined").findings
        return Counter((f.fingerprint, f.state) for f in found if f.state in ("new", "worse"))

    assert not failing(created(".", "1", [], then).findings) - failing(done.findings)


@given(lists, st.data())
def test_the_order_of_the_file_means_nothing(then, data):
    base = created(".", "1", [], then).findings
    shuffled = data.draw(st.permutations(base))
    now = then[::2]
    first, second = (compare(now, rows, paths=PATHS, state="baselined") for rows in (base, shuffled))
    assert first.findings == second.findings
