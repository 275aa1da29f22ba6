"""Settings in words."""

import pytest

from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, unknown
from auditor.judgement.evidence import evidence_of, value_text
from auditor.rules.types import Evidence
from tests.judgement.build import at, call, fails, rule


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (Setting(600, unit="seconds"), "600 s"),
        (Setting(2.5, unit="seconds"), "2.5 s"),
        (Setting(3, unit="attempts"), "3 attempts"),
        (Setting(10, unit="times"), "10"),
        (Setting(ABSENT), "none"),
        (Setting(UNBOUNDED), "unbounded"),
        (Setting(False), "no"),
        (Setting("gpt"), "gpt"),
        (unknown("read from a file"), "unknown (read from a file)"),
        (Setting(OneOf((Setting(1), Setting(2)), undecided=True)), "1 or 2"),
        (Setting(OneOf((Setting(1), Setting(1), Setting(2)))), "1, 2"),
    ],
)
def test_values(setting, text):
    assert value_text(setting) == text


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (Setting(20, at=at(line=4)), "20: written at app/llm.py:4"),
        (Setting(20, "inherited", at=at(line=4)), "20: set at app/llm.py:4"),
        (Setting(20, "default"), "20: the library's default"),
        (Setting(20, "declared"), "20: declared in the settings"),
        (Setting(20, at=at(line=4), why="fallback of MAX"), "20: written at app/llm.py:4; fallback of MAX"),
        (Setting(ABSENT, "absent"), "none"),
        (unknown("read from a file"), "unknown (read from a file)"),
    ],
)
def test_sentences(setting, text):
    [line] = evidence_of(fails(rule(), call(), evidence=(Evidence("x", setting),)), {})
    assert line.text == text


def test_of_numbers_of_which_one_holds_all_are_said() -> None:
    rows = (Setting(10007, "default", source="graphs >=1.1.4"), Setting(25, "default", source="graphs <=1.0.5"))
    setting = Setting(OneOf(rows, undecided=True), unit="turns")
    verdict = fails(rule(), call(), evidence=(Evidence("loop", setting),))
    assert [line.text for line in evidence_of(verdict, {})] == ["25 turns or 10007 turns: default of graphs"]


def test_what_lowers_a_severity_is_told_as_that() -> None:
    setting = Setting(True, "inferred", why="no entry point is seen to lead there on a loop")
    [line] = evidence_of(fails(rule(), call(), evidence=(Evidence("unpooled", setting),)), {})
    assert (line.setting, line.label, line.text) == ("unpooled", "severity", "lowered: no entry point is seen to lead there on a loop")
