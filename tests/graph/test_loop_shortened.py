"""Retries that shorten what they try again, until too little of it is left."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.graph.loop_help import recursion, retries, retry, shape, value

TALK = """
    class TooLong(Exception):
        pass

    class Talk:
        def shorten(self):
            {ask}
            {cut}

        def drop(self, many):
            kept = [self.rows[0]] + self.rows[many:]
            self.rows = kept

        def drop_some(self, many):
            if many:
                self.rows = self.rows[many:]

        def f(self, client):
            {body}
"""
LOOP = """while True:
                try:
                    return client.create(self.rows)
                except ValueError:
                    {do}"""
CALL = """try:
                return client.create(self.rows)
            except ValueError:
                {do}
                return self.f(client)"""
ASK = "old = self.rows[1:-2]\n            if len(old) <= 1:\n                raise TooLong()"


def tried(body: str, do: str = "self.shorten()", ask: str = ASK, cut: str = "self.drop(2)") -> object:
    return value(retry(TALK.format(body=body.format(do=do), ask=ask, cut=cut)).attempts)


@pytest.mark.parametrize("body", [LOOP, CALL])
@pytest.mark.parametrize("cut", ["self.drop(2)", "self.rows = self.rows[2:]", "self.rows.pop()"])
@pytest.mark.parametrize("ask", [ASK, "if 1 >= len(self.rows):\n                raise TooLong()"])
def test_how_often_something_can_be_shortened_is_not_known(body: str, ask: str, cut: str) -> None:
    assert tried(body, ask=ask, cut=cut) == "unknown"


def test_nor_is_it_of_the_loop() -> None:
    text = dedent(TALK.format(body=LOOP.format(do="self.shorten()"), ask=ASK, cut="self.drop(2)"))
    assert shape(text) == ("unknown", "capped", False)


@pytest.mark.parametrize("body", [LOOP, CALL])
@pytest.mark.parametrize(
    "parts",
    [
        {"ask": "pass"},
        {"ask": "if len(self.rows) <= 1:\n                return"},
        {"ask": "if len(self.rows) >= 9:\n                raise TooLong()"},
        {"ask": "if len(self.others) <= 1:\n                raise TooLong()"},
        {"cut": "pass"},
        {"cut": "self.drop_some(2)"},
        {"cut": "if self.late:\n                self.drop(2)"},
        {"cut": "self.rows = [*self.rows, 1]"},
        {"cut": "self.others = self.rows[2:]"},
        {"do": "self.shorten"},
        {"do": "log(self.rows)"},
    ],
)
def test_what_is_not_shortened_or_may_be_forever(body: str, parts: dict[str, str]) -> None:
    assert tried(body, **parts) == "unbounded"


def test_what_is_shortened_for_some_failures_alone() -> None:
    assert tried(LOOP, do="if self.late:\n                        self.shorten()") == "unbounded"


def test_too_little_that_is_caught_goes_round() -> None:
    do = "try:\n                        self.shorten()\n                    except TooLong:\n                        pass"
    assert tried(LOOP, do=do) == "unbounded"


SPLIT = """
class Engine:
    async def f(self, text, other=None):
        texts = text if isinstance(text, list) else [text]
        try:
            return await create(texts)
        except ValueError:
            if {asked}:
                {again}
            raise
"""


@pytest.mark.parametrize(
    ("asked", "again", "attempts"),
    [
        ("len(texts) > 1", "return await self.f(texts[:1]), await self.f(texts[1:])", "unknown"),
        ("texts", "a, b = texts[0][:9], texts[0][9:]; return await self.f([a]), await self.f([b])", "unknown"),
        ("other", "return await self.f(texts[:1])", "unbounded"),
        ("len(texts) > 1", "return await self.f(texts)", "unbounded"),
        ("len(texts) > 1", "return await self.f(texts[:])", "unbounded"),
        ("len(texts) > 1", "return await self.f(texts[0])", "unbounded"),
        ("texts", "more = load(); return await self.f(more[:9])", "unbounded"),
    ],
)
def test_a_recursion_with_a_part_of_what_it_was_given(asked: str, again: str, attempts: str) -> None:
    assert {value(r.attempts) for r in retries(SPLIT.format(asked=asked, again=again))} == {attempts}


WINDOW = """
def add(rows, row):
    rows.append(row)
def f(rows, half):
    if {guard}:
        return
    {first}
    answer = model(rows)
    {before}
    f({given}, half)
"""


def window(given: str, guard: str = "not rows", before: str = "pass", first: str = "pass") -> tuple[object, bool]:
    facts = recursion(WINDOW.format(given=given, guard=guard, before=before, first=first))
    return value(facts.times), facts.bounded


@pytest.mark.parametrize(
    ("given", "guard"),
    [
        ("rows[1:]", "not rows"),
        ("rows[1:]", "len(rows) < 1"),
        ("rows[:-2]", "not rows"),
        ("rows[half:]", "not rows"),
        ("rows[:half]", "len(rows) < 2"),
        ("rows[::2]", "len(rows) == 1"),
        ("rows[-20:]", "len(rows) <= 20"),
        ("rows[:1]", "2 > len(rows)"),
        ("rows[1:] + rows[:1]", "not rows"),
        ("rest", "not rows"),
    ],
)
def test_how_many_parts_there_are_is_not_known(given: str, guard: str) -> None:
    assert window(given, guard, before="rest = rows[1:]") == ("unknown", False)


@pytest.mark.parametrize(
    ("given", "guard", "before"),
    [
        # As many are kept for ever.
        ("rows[-20:]", "not rows", "pass"),
        ("rows[-20:]", "len(rows) < 20", "pass"),
        ("rows[:20]", "not rows", "pass"),
        ("rows[0:]", "not rows", "pass"),
        ("rest", "not rows", "rest = rows[-3:]"),
        # It is filled again.
        ("rows[1:]", "not rows", "rows.append(answer)"),
        ("rows[1:]", "not rows", "rows += [answer]"),
        ("rows[1:]", "not rows", "add(rows, answer)"),
        ("rows[1:] + [answer]", "not rows", "pass"),
        ("[answer] + rows[1:]", "not rows", "pass"),
    ],
)
def test_a_window_over_what_grows_ends_nothing(given: str, guard: str, before: str) -> None:
    assert window(given, guard, before) == ("unbounded", False)


@pytest.mark.parametrize(
    ("ask", "cut", "attempts"),
    [
        ("if len(self.rows) < 1:\n                raise TooLong()", "self.rows = self.rows[-10:]", "unbounded"),
        ("if len(self.rows) <= 10:\n                raise TooLong()", "self.rows = self.rows[-10:]", "unknown"),
        ("if len(self.rows) < 1:\n                raise TooLong()", "self.rows = self.rows[:-1]", "unknown"),
    ],
)
@pytest.mark.parametrize("body", [LOOP, CALL])
def test_what_is_cut_to_a_length_is_not_shortened_for_ever(body: str, ask: str, cut: str, attempts: str) -> None:
    assert tried(body, ask=ask, cut=cut) == attempts


def test_what_is_filled_after_it_was_shortened_is_not() -> None:
    assert tried(LOOP, do="self.shorten()\n                    self.rows.append('again')") == "unbounded"
