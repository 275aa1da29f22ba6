"""What `**kwargs` passes on: a setting that one caller gives and another one leaves out, and what the function fills in itself."""

from __future__ import annotations

from textwrap import dedent

import pytest

from auditor.core.values import ABSENT, Setting, Unknown, alternatives
from tests.graph.dispatch_help import build, nodes

KNOWN = {
    "types": {"client": {"new": ["acme.Client"], "noun": "model_client"}},
    "calls": [
        {
            "names": ["client.chat"],
            "noun": "model_call",
            "kind": "llm",
            "settings": {"max_output_tokens": {"argument": "max_tokens", "unset": "absent", "default": [{"value": "absent"}]}},
        }
    ],
}


def caps(body: str, *calls: str) -> set[object]:
    """What can be the cap of the one model call in `def ask`; None: no cap."""
    text = f"from acme import Client\nclient = Client()\nOWN = {{'max_tokens': 9}}\n{dedent(body)}\n" + "\n".join(calls)
    (call,) = nodes(build(text, **KNOWN), "model_call")
    found: Setting = call.max_output_tokens
    return {None if row.value is ABSENT else row.value for row in alternatives(found)}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return client.chat(**kw)", {3, None}),
        ("params = {'model': 'm', **kw}\n    return client.chat(**params)", {3, None}),
        ("params = {}\n    params.update(kw)\n    return client.chat(**params)", {3, None}),
        ("kw.setdefault('max_tokens', 9)\n    return client.chat(**kw)", {3, 9}),
        ("if 'max_tokens' not in kw:\n        kw['max_tokens'] = 9\n    return client.chat(**kw)", {3, 9}),
        ("kw['max_tokens'] = kw.get('max_tokens', 9)\n    return client.chat(**kw)", {3, 9}),
        ("kw = {'max_tokens': 9, **kw}\n    return client.chat(**kw)", {3, 9}),
        ("return client.chat(**{**OWN, **kw})", {3, 9}),
        ("return client.chat(**(OWN | kw))", {3, 9}),
        ("params = dict(OWN)\n    params.update(kw)\n    return client.chat(**params)", {3, 9}),
        ("return client.chat(max_tokens=kw.pop('max_tokens', 9), **kw)", {3, 9}),
        ("return client.chat(**{**kw, 'max_tokens': 9})", {9}),
        ("return client.chat(**kw, max_tokens=9)", {9}),
    ],
)
def test_a_function_that_passes_keywords_on(body, expected):
    assert caps(f"def ask(**kw):\n    {body}", "ask()", "ask(max_tokens=3)") == expected


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (["ask(max_tokens=3)", "ask(max_tokens=4)"], {3, 4}),
        (["ask()", "ask(model='m')"], {None}),
        (["ask(max_tokens=3)", "fn = ask", "fn(model='m')"], {3, None}),
        (["ask(max_tokens=3)", "ask(**OWN)"], {3, 9}),
        (["def more(**kw):\n    return ask(**kw)", "more()", "more(max_tokens=3)"], {3, None}),
        (["def more(max_tokens=5, **kw):\n    return ask(max_tokens=max_tokens, **kw)", "more()", "ask(max_tokens=3)"], {3, 5}),
        (["def more(n=5):\n    return ask(**({'max_tokens': n} if n else {}))", "more()"], {5}),
    ],
)
def test_callers_of_a_function_that_passes_keywords_on(calls, expected):
    assert caps("def ask(**kw):\n    return client.chat(**kw)", *calls) == expected


def test_a_parameter_of_the_next_function_has_its_default_where_nothing_is_passed_on():
    text = "def ask(max_tokens=7):\n    return client.chat(max_tokens=max_tokens)\ndef more(**kw):\n    return ask(**kw)"
    assert caps(text, "more()", "more(max_tokens=3)") == {3, 7}


def test_an_object_keeps_the_keywords_that_it_is_made_with():
    text = """
    class Ask:
        def __init__(self, **kw):
            self.kw = kw
        def run(self):
            return client.chat(**self.kw)
    """
    assert caps(text, "Ask().run()", "Ask(max_tokens=3).run()") == {3, None}


def test_a_default_that_is_put_into_a_dict():
    assert caps("def ask():\n    kw = {}\n    kw.setdefault('max_tokens', 9)\n    return client.chat(**kw)", "ask()") == {9}
    assert caps("def ask():\n    kw = {'max_tokens': 3}\n    kw.setdefault('max_tokens', 9)\n    return client.chat(**kw)", "ask()") == {3}


@pytest.mark.parametrize(
    ("put", "told"),
    [
        ("kw['max_tokens'] = limit()", "it comes in by ** of what app.py:"),
        ("kw.setdefault('max_tokens', limit())", "it comes in by ** of what app.py:"),
        ("kw['other'] = 1", "absent"),
        ("other = load(); other['max_tokens'] = 1", "absent"),
    ],
)
def test_what_is_put_into_a_mapping_that_is_not_read_may_be_the_argument(put, told):
    head = "from acme import Client\nfrom elsewhere import load, limit\nclient = Client()\n"
    text = f"{head}\ndef ask():\n    kw = load()\n    {put}\n    return client.chat(**kw)\nask()\n"
    [call] = nodes(build(text, **KNOWN), "model_call")
    value = call.max_output_tokens.value
    assert value.why.startswith(told) if isinstance(value, Unknown) else told == "absent"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("'max_' + limits.kind", {Unknown}),
        ("limits.field", {Unknown}),
        ("NAME", {None}),
        # What is gone through is another mapping, which is not read.
        ("k", {None}),
    ],
)
def test_what_is_put_under_a_key_that_is_not_known_may_be_any(field: str, expected: set[object]) -> None:
    body = f"""
NAME = "temperature"
def ask(limits, more):
    given = {{"model": "m"}}
    for k, v in more.items():
        given[k] = v
    given[{field}] = 9
    return client.chat(**given)
"""
    found = {type(one) if isinstance(one, Unknown) else one for one in caps(body)}
    assert found == expected


SPECS = """
from acme import Client
client = Client()

class Spec:
    def __init__(self, given):
        self.given = given

def make(max_tokens=None, model="m"):
    params = {{"model": model}}
    if max_tokens is not None:
        params.update(max_tokens=max_tokens)
    return params

def arguments():
    return [{written}]

def ask(spec, more):
    {call}

ask(Spec(load()), load())
"""


@pytest.mark.parametrize(
    ("written", "call", "expected"),
    [
        ("{'max_tokens': 5}", "return client.chat(**dict(spec.given))", {Unknown}),
        ("{'max_tokens': 5}", "return client.chat(**make(**dict(spec.given)))", {Unknown}),
        # Nothing here writes such a key.
        ("{'temperature': 5}", "return client.chat(**dict(spec.given))", {None}),
        ("{'temperature': 5}", "return client.chat(**make(**dict(spec.given)))", {None}),
        ("{'max_tokens': 5}", "return client.chat(**make())", {None}),
        ("{'max_tokens': 5}", "return client.chat(**more)", {None}),
    ],
)
def test_a_mapping_that_is_not_read_may_be_one_that_the_module_writes(written: str, call: str, expected: set[object]) -> None:
    (asked,) = nodes(build(SPECS.format(written=written, call=call), **KNOWN), "model_call")
    rows = [row.value for row in alternatives(asked.max_output_tokens)]
    assert {type(one) if isinstance(one, Unknown) else None if one is ABSENT else one for one in rows} == expected
