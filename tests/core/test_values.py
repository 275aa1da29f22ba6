"""Settings merged from several."""

from __future__ import annotations

from auditor.core.values import Setting, Unknown, alternatives, leaves, merge, unknown


def test_alternatives_inside_alternatives_become_those_of_the_whole() -> None:
    inner = merge([unknown("a sum"), Setting(5)])
    assert [s.value for s in alternatives(merge([unknown("a sum"), inner, Setting(5), Setting(6)]))] == [Unknown("a sum"), 5, 6]
    undecided = merge([Setting(1), Setting(2)], undecided=True)
    assert [s.value for s in alternatives(merge([Setting(1), undecided]))] == [1, undecided.value], (
        "one of two that holds is no two that hold"
    )
    assert [s.value for s in leaves(merge([Setting(1), undecided]))] == [1, 1, 2]
