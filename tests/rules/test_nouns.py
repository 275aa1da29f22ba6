"""What is told of the nouns: all of it has words, and units and reasons are those that settings have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import pytest

from auditor.core.values import Setting, Unknown, leaves
from auditor.graph.reasons import FAMILIES, OF_FIELDS, is_of, reasons_of
from auditor.graph.types import NOUNS, Noun
from auditor.graph.words import summary_of, words_of
from auditor.rules.expression import FUNCTIONS
from auditor.rules.names import STATES, fields_of
from auditor.rules.nouns import OF_FUNCTIONS, OF_STATES, docs, markdown, nouns_json
from tests.fixtures.expected import folders
from tests.fixtures.test_fixtures import graph_of

each_noun = pytest.mark.parametrize("noun", NOUNS.values(), ids=list(NOUNS))


@each_noun
def test_every_field_has_words(noun: type[Noun]) -> None:
    assert summary_of(noun)
    words = words_of(noun)
    assert [f.name for f in fields(noun) if not words[f.name].text] == []


@each_noun
def test_words_are_of_fields(noun: type[Noun]) -> None:
    own = set(fields_of(noun)) | {f.name for f in fields(noun)}
    assert set(words_of(noun)) <= own


def test_words_of_several_fields_and_a_unit() -> None:
    words = words_of(NOUNS["agent"])
    assert words["max_turns"].unit == "turns, supersteps, tokens or usd"
    assert words["attempts"].text == words["deadline"].text == words["max_output_tokens"].text
    assert (words["attempts"].unit, words["deadline"].unit, words["max_output_tokens"].unit) == ("attempts", "seconds", "tokens")


def test_what_a_noun_has_like_a_model_call_has_its_words() -> None:
    assert words_of(NOUNS["external_call"])["run_deadline"] == words_of(NOUNS["model_call"])["run_deadline"]


def test_the_language_is_told_whole() -> None:
    assert set(OF_FUNCTIONS) == set(FUNCTIONS)
    assert set(OF_STATES) == set(STATES)
    assert {name for names in OF_FIELDS.values() for name in names} | {"scope"} == set(FAMILIES)
    assert set(OF_FIELDS) <= {f.name for noun in NOUNS.values() for f in fields(noun)}


def test_markdown_and_json_tell_the_same() -> None:
    text = "\n".join(markdown())
    document = nouns_json(docs())
    assert [noun["name"] for noun in document["nouns"]] == sorted(NOUNS)
    for noun in document["nouns"]:
        assert f"### `{noun['name']}`" in text
        for field in noun["fields"]:
            assert f"| `{field['name']}` |" in text


def _settings() -> Iterator[tuple[Noun, str, Setting]]:
    for folder in folders():
        for noun in graph_of(folder).nodes.values():
            for field in fields(noun):
                value = getattr(noun, field.name)
                if isinstance(value, Setting):
                    yield from ((noun, field.name, leaf) for leaf in (value, *leaves(value)))


def test_units_are_those_of_settings() -> None:
    seen = {(NOUNS[noun.kind], name, setting.unit) for noun, name, setting in _settings() if setting.unit}
    assert seen
    assert [(cls.kind, name, unit) for cls, name, unit in seen if unit not in words_of(cls)[name].unit] == []


def test_reasons_are_those_of_settings() -> None:
    """A library's own words are those of its knowledge file."""
    seen = [(n.kind, name, s.value.why) for n, name, s in _settings() if isinstance(s.value, Unknown) and s.origin != "default"]
    assert seen
    families = {name: list(reasons_of(name)) for _, name, _ in seen}
    assert [row for row in seen if not any(is_of(f, part) for f in families[row[1]] for part in (row[2], row[2].split("; ")[0]))] == []


def test_what_a_noun_says_of_a_shared_field_goes_before_what_all_say() -> None:
    call = next(row for row in nouns_json(docs())["nouns"] if row["name"] == "call")
    told = [field["words"] for field in call["fields"] if field["name"] == "callee"]
    assert len(told) == 1
    assert told[0].startswith("its full name (`acme.llm.ask`")


def test_what_a_noun_means_by_a_common_field_is_its_own() -> None:
    (call,) = [noun for noun in docs() if noun.name == "call"]
    assert {field.name: field.words for field in call.fields}["callee"].startswith("its full name")
    document = next(noun for noun in nouns_json(docs())["nouns"] if noun["name"] == "call")
    assert [field["name"] for field in document["fields"]].count("callee") == 1
