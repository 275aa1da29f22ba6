"""Attributes that a loop sets by the keys of a mapping."""

from __future__ import annotations

import pytest

from tests.program.ask import check

TEXT = """
class Model:
    timeout = None
    retries = 2

class Config:
    def __init__(self):
        self.timeout = 60
        self.models = []

    def fill(self):
        self.models.append(Model())
        shared = {{"timeout": self.timeout}}
        for model in self.models:
            for key, value in shared.items():
                {put}

config = Config()
config.fill()
for model in config.models:
    probe(model.timeout)  #= {timeout}
    probe(model.retries)  #= 2
"""


@pytest.mark.parametrize(
    ("put", "timeout"),
    [
        ("setattr(model, key, value)", "60"),
        ("if getattr(model, key, None) is None: setattr(model, key, value)", "60"),
        ("setattr(self, key, value)", "None"),
        ("setattr(model, value, key)", "None"),
        ("other(model, key, value)", "None"),
    ],
)
def test_the_value_under_the_key_takes_the_place_of_none(put: str, timeout: str) -> None:
    found, wanted = check(TEXT.format(put=put, timeout=timeout))
    assert found == wanted


def test_what_a_constructor_is_given_is_that_of_its_own_object() -> None:
    text = """
class Model:
    timeout = None
    def __init__(self, **given):
        for key, value in given.items():
            setattr(self, key, value)

first, second, third = Model(timeout=5), Model(timeout=60), Model()
probe(first.timeout)  #= 5
probe(second.timeout)  #= 60
probe(third.timeout)  #= None
"""
    found, wanted = check(text)
    assert found == wanted
