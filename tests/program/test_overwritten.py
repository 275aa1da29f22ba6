"""What a constructor stores and replaces again is nothing that a method reads."""

import pytest

from tests.program.ask import check

READ = "    def run(self):\n        probe(self.x)  #= {}\n"
GONE = {
    "twice": "        self.x = 1\n        self.x = 2\n",
    "a parameter": "        self.x = other\n        print('made')\n        self.x = 2\n",
    "under a condition": "        if other:\n            self.x = 1\n        self.x = 2\n",
    "something else": "        self.x = 1\n        self.y = self.z\n        self.x = 2\n        self.start()\n        keep(self)\n",
    "before the base": "        super().__init__()\n        self.x = 1\n        self.x = 2\n",
    "an error": "        self.x = 1\n        if not other:\n            raise ValueError(other)\n        self.x = 2\n",
}
SEEN = {
    "under a condition": "        self.x = 1\n        if other:\n            self.x = 2\n",
    "a method of the object": "        self.x = 1\n        self.start()\n        self.x = 2\n",
    "a method of what it keeps": "        self.x = 1\n        self.z.start()\n        self.x = 2\n",
    "a method that is handed on": "        thread(self.start)\n        self.x = 1\n        self.x = 2\n",
    "the object is handed on": "        keep(self)\n        self.x = 1\n        self.x = 2\n",
    "the object is kept": "        KEPT[0] = self\n        self.x = 1\n        self.x = 2\n",
    "in a list": "        self.x = 1\n        keep([self])\n        self.x = 2\n",
    "under another name": "        one = self\n        self.x = 1\n        keep(one)\n        self.x = 2\n",
    "the base": "        self.x = 1\n        super().__init__()\n        self.x = 2\n",
    "a property": "        self.x = 1\n        if self.now:\n            self.y = 1\n        self.x = 2\n",
    "an inner function": "        def later():\n            return self.x\n        self.x = 1\n        keep(later)\n        self.x = 2\n",
    "a return": "        self.x = 1\n        if other:\n            return\n        self.x = 2\n",
    "an error that is caught": "        self.x = 1\n        try:\n            self.x = 2\n        except ValueError:\n            pass\n",
    "in a loop": "        self.x = 1\n        for each in load():\n            self.x = 2\n",
    "in a with": "        self.x = 1\n        with load():\n            self.x = 2\n",
}
CLASS = """class A(Base):
    def start(self):
        pass
    @property
    def now(self):
        return 1
    def __init__(self, other=3):
"""
BASE = "class Base:\n    pass\n"


def same(text: str) -> None:
    found, wanted = check(text)
    assert found == wanted


@pytest.mark.parametrize("name", GONE)
def test_what_is_replaced(name: str) -> None:
    same(BASE + CLASS + GONE[name] + READ.format("2"))


@pytest.mark.parametrize("name", SEEN)
def test_what_may_be_seen(name: str) -> None:
    same(BASE + CLASS + SEEN[name] + READ.format("1 | 2"))


def test_both_branches() -> None:
    body = "        self.x = 1\n        if other:\n            self.x = 2\n        else:\n            self.x = 3\n"
    same(BASE + CLASS + body + READ.format("2 | 3"))


def test_a_setter_sees_all() -> None:
    setter = "    def take(self, value):\n        self.y = value\n    x = property(None, take)\n"
    same(BASE + CLASS + GONE["twice"] + setter + READ.format("1 | 2 | None"))


def test_another_method_stores_it_too() -> None:
    same(BASE + CLASS + GONE["twice"] + "    def off(self):\n        self.x = 5\n" + READ.format("2 | 5"))


FAMILY = """class Base:
    def __init__(self):
        BEFORE
        self.x = 1
        AFTER
    def start(self):
        pass
class A(Base):
    def __init__(self, other=3):
        FIRST
        self.x = 2
        LAST
    def run(self):
        probe(self.x)  #= {}
def main():
    A().run()
"""
PARTS = {"BEFORE": "pass", "AFTER": "pass", "FIRST": "super().__init__()", "LAST": "pass"}


def family(**parts: str) -> str:
    text = FAMILY
    for name, default in PARTS.items():
        text = text.replace(name, parts.get(name, default))
    return text


def test_what_a_base_stores_and_its_class_replaces() -> None:
    same(family().format("2"))
    same(family(LAST="self.start()", BEFORE="print(1)").format("2"))
    same(family().format("2") + "class B(A):\n    def __init__(self):\n        super().__init__()\n")


@pytest.mark.parametrize(
    "parts",
    [
        {"FIRST": "pass"},
        {"FIRST": "pass", "LAST": "super().__init__()"},
        {"LAST": "super().__init__()"},
        {"LAST": "Base.__init__(self)"},
        {"AFTER": "self.start()"},
        {"BEFORE": "keep(self)"},
        {"BEFORE": "keep(self.start)"},
        {"FIRST": "super().__init__()\n        self.start()"},
        {"FIRST": "super().__init__()\n        if other:\n            return"},
        {"FIRST": "if other:\n            super().__init__()"},
    ],
)
def test_what_a_base_stores_and_may_stay(parts: dict[str, str]) -> None:
    same(family(**parts).format("1 | 2"))


def test_under_a_condition_the_base_has_stored_it() -> None:
    same(family().replace("        self.x = 2", "        if other:\n            self.x = 2").format("1 | 2"))


def test_a_subclass_may_pass_over_the_class() -> None:
    same(family().format("1 | 2") + "class B(A):\n    def __init__(self):\n        Base.__init__(self)\n")
    same(family().format("1 | 2") + "class B(A, Other):\n    def __init__(self):\n        super().__init__()\n")
