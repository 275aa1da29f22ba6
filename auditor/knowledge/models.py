"""The forms of classes whose annotated names are fields."""

from __future__ import annotations

from typing import Literal

from auditor.knowledge.forms import Form


class ModelsForm(Form):
    """Classes that make models of what derives from them: its annotated names are fields, which the constructor takes by keyword.

    `dumps`: methods that give a mapping of the fields; `plain`: keywords of theirs after which it has the same entries, `leaves_out`: the
    keyword with the names of fields that it has not. `opened_by`: names in the body of a class that may allow keys that it does not name.
    `fills`: class methods that make a model of the mapping, text or object that they are given first.
    `environment`: what the constructor is not given comes from the environment, where that has it, before the default.
    """

    names: list[str]
    dumps: list[str]
    plain: list[str] = []
    leaves_out: str | None = None
    opened_by: list[str] = []
    fills: list[str] = []
    environment: bool = False


class ValidatorsForm(Form):
    """Decorators that make functions of a class validators of its fields.

    `gets`: what the function is given and gives back: a mapping of all fields, or the value of each field that the decorator names.
    `early`: keyword -> its values with which it runs on what is given, before there are defaults; `only_early`: without them it gets the
    object instead. `always`: the keyword with which one of values runs on defaults, too. `last_first`: of several early ones the last one
    runs first.
    """

    names: list[str]
    gets: Literal["mapping", "value"]
    early: dict[str, list[bool | str]] = {}
    only_early: bool = False
    always: str = ""
    last_first: bool = False
