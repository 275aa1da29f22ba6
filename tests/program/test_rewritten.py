"""Decorators whose wrapper hands other keywords on than it is given."""

import pytest

from tests.program.ask import check

CONFIG = """import functools, inspect, os
class Config:
    def __init__(self):
        self._known = {"limit": float(os.getenv("LIMIT", "30"))}
    def get(self, key, default=None):
        return self._known.get(key, default)
    def fills(self, **names):
        def decorate(func):
            @functools.wraps(func)
            def wrapper(*args, **kwargs):
                bound = inspect.signature(func).bind_partial(*args, **kwargs)
                bound.apply_defaults()
                for name, key in names.items():
                    if name in bound.arguments and bound.arguments[name] is None:
                        kwargs[name] = self.get(key)
                return func(*args, **kwargs)
            return wrapper
        return decorate
config = Config()
class Client:
    @config.fills(limit="limit", other="other")
    def send(self, text, limit=None, tries=None, other=5):
        probe(text)  #= 'a' | None
        probe(limit)  #= ? | 7
        probe(tries)  #= None
        probe(other)  #= 5
Client().send("a")
Client().send(None, limit=7)
Client().send(None, limit=None)
"""
AROUND = """import functools
def filled(func):
    @functools.wraps(func)
    def wrapper(*args, **kwargs):
        {}
    return wrapper
@filled
def send(limit=None, tries=2, mode=None):
    probe(limit)  #= {}
    probe(tries)  #= {}
    probe(mode)  #= {}
send()
send(limit=9)
send(tries=None)
"""
CASES = {
    "from a configuration": CONFIG,
    "a key that is always written": AROUND.format('kwargs["limit"] = 3; return func(*args, **kwargs)', "3", "2 | None", "None"),
    "a key that is written under a condition": AROUND.format(
        "if FAST: kwargs['limit'] = 3\n        return func(*args, **kwargs)", "? | 9", "2 | None", "None"
    ),
    "where nothing is given": AROUND.format(
        'kwargs.setdefault("limit", 4); kwargs.setdefault("tries", 5); return func(*args, **kwargs)', "4 | 9", "5 | None", "None"
    ),
    "where no such key is there": AROUND.format(
        'if "limit" not in kwargs:\n            kwargs["limit"] = 4\n        return func(*args, **kwargs)', "4 | 9", "2 | None", "None"
    ),
    "where None is given": AROUND.format(
        'if kwargs.get("tries") is None:\n            kwargs["tries"] = 6\n        return func(*args, **kwargs)', "None | 9", "6", "None"
    ),
    "a changed copy": AROUND.format('return func(*args, **{**kwargs, "limit": 8})', "8", "2 | None", "None"),
    "a copy with defaults": AROUND.format('return func(*args, **{"limit": 8, **kwargs})', "8 | 9", "2 | None", "None"),
    "a copy under a name": AROUND.format(
        "given = dict(kwargs)\n        given.update(limit=8)\n        return func(*args, **given)", "8", "2 | None", "None"
    ),
    "a copy that is made elsewhere": AROUND.format("return func(*args, **prepared(kwargs))", "? | 9", "?", "?"),
    "a keyword of its own": AROUND.format("return func(*args, limit=8, **kwargs)", "8", "2 | None", "None"),
    "bound arguments": AROUND.format(
        'bound = signature.bind(*args, **kwargs); bound.arguments["limit"] = 8; return func(*bound.args, **bound.kwargs)',
        "8",
        "2 | None",
        "None",
    ),
    "a partial": AROUND.format("return functools.partial(func, limit=8)(*args, **kwargs)", "8", "2 | None", "None"),
    "passed on as it is": AROUND.format("return func(*args, **kwargs)", "None | 9", "2 | None", "None"),
    "passed on without what is not known": AROUND.format(
        "return func(*args, **{k: v for k, v in kwargs.items() if k in KNOWN})", "None | 9", "2 | None", "None"
    ),
    "another mapping is written": AROUND.format(
        'seen = {}\n        seen["limit"] = 3\n        return func(*args, **kwargs)', "None | 9", "2 | None", "None"
    ),
    "values at the decorator": """def defaults(**values):
    def decorate(func):
        def wrapper(*args, **kwargs):
            for name, value in values.items():
                kwargs.setdefault(name, value)
            return func(*args, **kwargs)
        return wrapper
    return decorate
@defaults(limit=4, tries=6)
def send(limit=None, tries=2, mode=None):
    probe(limit)  #= 4
    probe(tries)  #= 6 | 1
    probe(mode)  #= None
send()
send(tries=1)
def other(limit=None):
    probe(limit)  #= None
other()
""",
    "the whole mapping at the decorator": """def defaults(**values):
    def decorate(func):
        def wrapper(*args, **kwargs):
            return func(*args, **{**values, **kwargs})
        return wrapper
    return decorate
@defaults(limit=4)
def send(limit=None, mode=None):
    probe(limit)  #= 4
    probe(mode)  #= None
""",
}


@pytest.mark.parametrize("name", CASES)
def test_what_reaches_a_parameter(name: str) -> None:
    found, wanted = check(CASES[name])
    assert found == wanted
