"""The total attempts of each model call, before and after."""

from __future__ import annotations

from dataclasses import replace

from auditor.core.values import ABSENT, UNBOUNDED, OneOf, Setting, Unknown
from auditor.judgement.attempts import attempts_of, changed
from auditor.judgement.types import Attempts
from tests.judgement.build import at, call

PATHS = frozenset({"app/main.py"})


def asks(line, total, path="app/main.py", **more):
    origin = "absent" if total is ABSENT else "explicit"
    return call(line, path, total_attempts=Setting(total, origin), **more)


def between(before, after, paths=PATHS):
    return changed(attempts_of(before), attempts_of(after), paths=paths)


def test_what_did_not_change_is_not_listed():
    assert between([asks(3, 3)], [asks(90, 3)]) == ()
    assert between([asks(3, Unknown("a"))], [asks(3, Unknown("b"))]) == ()


def test_a_call_whose_attempts_grew():
    assert between([asks(3, 3)], [asks(9, 12)]) == (Attempts("ask", at("app/main.py", 9), 3, 12),)
    [row] = between([asks(3, 3)], [asks(9, UNBOUNDED)])
    assert row.after is UNBOUNDED


def test_of_several_values_the_worst_counts():
    [row] = attempts_of([asks(3, OneOf((Setting(2), Setting(7))))])
    assert row.total == 7


def test_without_a_retry_there_is_one_try():
    assert [row.total for row in attempts_of([asks(3, ABSENT)])] == [1]


def test_the_nth_call_of_a_function_is_compared_with_the_nth():
    rows = between([asks(3, 3), asks(5, 4)], [asks(3, 3), asks(5, 8), asks(7, 2)])
    assert [(row.before, row.after) for row in rows] == [(4, 8), (None, 2)]


def test_a_call_that_is_gone():
    assert [(row.before, row.after) for row in between([asks(3, 3)], [])] == [(3, None)]


def test_a_renamed_file_is_followed_and_a_copy_is_not():
    assert between([asks(3, 3, "old.py")], [asks(3, 3)]) == ()
    rows = between([asks(3, 3, "old.py")], [asks(3, 3), asks(3, 3, "old.py")], PATHS | {"old.py"})
    assert [(row.at.path, row.before, row.after) for row in rows] == [("app/main.py", None, 3)]


def test_tests_are_left_out():
    assert attempts_of([asks(3, 3, role="test")]) == []


def test_at_module_level_the_callee_names_it():
    assert attempts_of([replace(asks(3, 3), qualname="<module>")])[0].name == "client.chat.completions.create"
