"""Every snippet of every knowledge file gives the nodes that the file says."""

from __future__ import annotations

import pytest

from auditor.rules.expect import mistakes
from tests.knowledge.snippets import STEMS, differences, knowledge

CASES = [(stem, number) for stem in STEMS for number in range(len(knowledge(stem).expect))]
each_snippet = pytest.mark.parametrize(("stem", "number"), CASES, ids=[f"{stem}-{number}" for stem, number in CASES])


@each_snippet
def test_snippet(stem: str, number: int) -> None:
    snippet = knowledge(stem).expect[number]
    assert list(mistakes(snippet)) == []
    assert list(differences(snippet)) == []
