"""Calls on classes of the program that derive from classes of a library."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.core.values import Unknown
from tests.graph.dispatch_help import ACME, build, nodes

DEADLINE: dict[str, Any] = {"deadline": {"unit": "seconds", "default": [{"value": "unknown", "why": "it stands elsewhere"}]}}
ENGINE: dict[str, Any] = {"deadline": {"argument": "timeout", "unit": "seconds", "default": [{"value": "absent"}]}}
KNOWN: dict[str, Any] = {
    "types": {
        **ACME["types"],
        "engine": {"new": ["acme.Engine"], "settings": ENGINE, "attributes": {"Model": "model"}},
        "model": {
            "new": ["acme.Model", "acme.make_base"],
            "settings": DEADLINE,
            "class_follows": "Meta.engine",
            "attributes": {"objects": "manager"},
            "harmless": ["describe"],
        },
        "manager": {"new": ["acme.Manager"], "settings": DEADLINE},
        "row": {"is": ["model"], "harmless": ["*"]},
    },
    "calls": [
        {"names": ["model.find", "manager.find"], "kind": "db", "effect": "read", "returns": "row"},
        {"names": ["model.save"], "kind": "db", "effect": "write"},
        {"names": ["acme.Model.meta.create"], "kind": "db", "effect": "write"},
    ],
}
HEAD = "from acme import Engine, Manager, Model, make_base\n"
USER = HEAD + "class User(Model):\n    pass\n"


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (USER + "User.find(1)", ["find"]),
        (USER + "User.find(1).save()", ["find", "save"]),
        (USER + "class Admin(User):\n    pass\nAdmin.find(1)", ["find"]),
        (USER + "User.objects.find(1)", ["find"]),
        (USER + "User.meta.create()", ["create"]),
        (USER + "found = User\nfound.find(1)", ["find"]),
        (HEAD + "Base = make_base()\nclass User(Base):\n    pass\nUser.find(1)", ["find"]),
        (HEAD + "db = Engine()\nclass User(db.Model):\n    pass\nUser.find(1)\nUser().save()", ["find", "save"]),
        (HEAD + "class User(Model):\n    @classmethod\n    def named(cls, name):\n        return cls.find(name)", ["find"]),
        (HEAD + "class User(Model):\n    @classmethod\n    def find(cls, name):\n        return name\nUser.find(1)", []),
        (HEAD + "class Own(Manager):\n    pass\nclass User(Model):\n    own = Own()\nUser.own.find(1)", ["find"]),
        ("import acme\nacme.Model.objects.find(1)", ["find"]),
        (HEAD + "class Other:\n    pass\nOther.find(1)", []),
    ],
)
def test_a_call_on_a_class(text: str, calls: list[str]) -> None:
    assert [n.name for n in nodes(build(text, **KNOWN), "external_call")] == calls


def test_the_deadline_is_the_types_own() -> None:
    (call,) = nodes(build(USER + "User.find(1)", **KNOWN), "external_call")
    assert call.deadline.value == Unknown("it stands elsewhere")


@pytest.mark.parametrize("use", ["User.find(1)", "User().save()", "User.find(1).save()"])
def test_what_a_class_names_in_its_body_brings_the_settings(use: str) -> None:
    text = f"""
        from acme import Engine, Model

        class Base(Model):
            class Meta:
                engine = Engine(timeout=7)

        class User(Base):
            pass

        {use}
        """
    assert {n.deadline.number for n in nodes(build(text, **KNOWN), "external_call")} == {7}


def test_what_is_not_known_of_a_class_is_listed() -> None:
    graph = build(
        """
        import acme
        from acme import Model, Strange
        from acme.types import Plain
        from json import JSONEncoder

        class User(Model):
            @classmethod
            def own(cls):
                return cls.reload()

        class Odd(Strange):
            pass

        class Easy(Plain):
            pass

        class Encoder(JSONEncoder):
            pass

        User.own()
        User.describe()
        User.reload(1)
        Odd.ask("x")
        Odd.store.ask("x")
        Easy.parse("x")
        Encoder.encode("x")
        """,
        **KNOWN,
    )
    assert [(u.name, u.at.line) for u in graph.unknowns] == [
        ("User.reload", 10),
        ("User.reload", 23),
        ("acme.Strange.ask", 24),
        ("acme.Strange.store.ask", 25),
    ]
