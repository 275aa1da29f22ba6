"""A loop that goes round only because an answer asks for more, and gets it, tries nothing again."""

from __future__ import annotations

import pytest

from tests.graph.loop_help import retries

WORK = """
def f(c, known):
    for attempt in range(6):
        out = c.create(known.all())
        log.info(out)
        {turn}
    return None
"""
MORE = "if out['status'] == 'more':\n            {got}\n            {kept}\n            continue\n        return out"


@pytest.mark.parametrize(
    "turn",
    [
        MORE.format(got="rows = search(out['wanted'])", kept="known.add(rows)"),
        MORE.format(got="rows = wait(search, out)", kept="known.rows = rows"),
        MORE.replace("== 'more'", "in ('more', 'reading')").format(got="rows = search(out)", kept="known.add(made(out, rows))"),
        MORE.replace("== 'more'", "== 'more' and out['wanted']").format(got="rows = search(out)", kept="known.add(rows)"),
        MORE.format(got="rows = search(out)", kept="if not rows: return None\n            known.add(rows)"),
    ],
)
def test_a_loop_that_gets_what_an_answer_asks_for_is_no_retry(turn):
    assert retries(WORK.format(turn=turn)) == []


@pytest.mark.parametrize(
    "turn",
    [
        # nothing is got, or it is not used
        MORE.format(got="rows = search(out)", kept="log.info(rows)"),
        MORE.format(got="sleep(1)", kept="pass"),
        MORE.format(got="rows = out['rows']", kept="known.add(rows)"),
        # a failure may go round as well
        MORE.replace("== 'more'", "!= 'done'").format(got="rows = search(out)", kept="known.add(rows)"),
        MORE.replace("out['status'] == 'more'", "not good(out)").format(got="rows = search(out)", kept="known.add(rows)"),
        MORE.replace("== 'more'", "== ''").format(got="rows = search(out)", kept="known.add(rows)"),
        MORE.format(got="rows = search(out)", kept="known.add(rows)").replace("return out", "if out.good: return out"),
        MORE.format(got="if out.hard: continue", kept="rows = search(out)\n            known.add(rows)"),
    ],
)
def test_what_may_go_round_without_is_a_retry(turn):
    assert len(retries(WORK.format(turn=turn))) == 1
