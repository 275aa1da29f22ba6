"""Reasons in one form, and what resolves them."""

import pytest

from auditor.judgement.reasons import kind_of, named, resolved_by


@pytest.mark.parametrize(
    ("why", "kind", "resolved"),
    [
        ("the key 'max_tokens' is not in the mapping", "a key that is not in the mapping", "write the keyword"),
        ("the parameter 'n' of f, which no caller found here sets", "a parameter that no caller found here sets", "give the parameter"),
        ("the result of .get()", "the result of a call that is not read", "write the value"),
        (
            "loop depends on the version of graphlib, which is not locked: 25, 10000 or 10007",
            "it depends on the version of graphlib, which is not locked",
            "lock the version",
        ),
        (
            "the environment variable RETRIES, which has no written default",
            "the environment variable RETRIES, which has no written default",
            "give it a default",
        ),
        ("the moon is full", "the moon is full", ""),
    ],
)
def test_kinds(why, kind, resolved):
    assert kind_of(why) == kind
    assert resolved_by(kind).startswith(resolved) and bool(resolved_by(kind)) == bool(resolved)


def test_a_name_that_is_computed_has_no_placeholder():
    assert named("the environment variable ?, which has no written default") == (
        "an environment variable whose name is computed, which has no written default"
    )
    assert named("the environment variable HOME") == "the environment variable HOME"
