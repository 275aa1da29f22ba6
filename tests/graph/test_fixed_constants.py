"""Branches of a constant that nothing sets anew never run."""

from __future__ import annotations

import pytest

from tests.graph.test_kept_values import MAIN, START
from tests.graph.test_never import reached

LOCAL = "def main():\n    {}\n    if flag:\n        ask()\n"
GLOBAL = "{}\ndef main():\n    if USE:\n        ask()\n"
CLASS = """{}
class Config:
    USE = False
    def get(self):
        return 1
config = Config()
def main():
    {}
    if {}:
        ask()
"""


def role(text: str) -> str:
    return reached(START + text + MAIN + "    other()\n")["ask"]


@pytest.mark.parametrize(
    "text",
    [
        GLOBAL.format("USE = False"),
        GLOBAL.format("USE: bool = False"),
        GLOBAL.format("USE = ''"),
        GLOBAL.format("USE = 0").replace("if USE", "if USE > 1"),
        GLOBAL.format("USE = 'a'").replace("if USE", "if USE == 'b' and input()"),
        GLOBAL.format("USE = True").replace("if USE", "if not USE"),
        GLOBAL.format("USE = True").replace("if USE:\n        ask()", "if USE:\n        other()\n    else:\n        ask()"),
        GLOBAL.format("USE = True").replace("if USE:\n        ask()", "if USE:\n        other()\n    elif input():\n        ask()"),
        GLOBAL.format("USE = False\ndef inner():\n    USE = True\n    return USE"),
        GLOBAL.format("USE = False\nimport sys, lib\nsetattr(sys, input(), True)\nlib.USE = True"),
        LOCAL.format("flag = False"),
        LOCAL.format("flag = None").replace("if flag", "if flag is not None"),
        CLASS.format("", "", "Config.USE"),
        CLASS.format("", "", "config.USE"),
        CLASS.format("", "x = Other()\n    x.USE = True", "config.USE") + "class Other:\n    pass\n",
    ],
)
def test_a_constant_decides(text: str) -> None:
    assert role(text) == "unused"


@pytest.mark.parametrize(
    "text",
    [
        GLOBAL.format("USE = True"),
        GLOBAL.format("USE = False").replace("if USE", "if USE or input()"),
        GLOBAL.format("USE = False\nUSE = input()"),
        GLOBAL.format("USE = False\nUSE |= load()"),
        GLOBAL.format("USE = False\nfor USE in load():\n    pass"),
        GLOBAL.format("USE = False\nif input():\n    USE = True"),
        GLOBAL.format("if input():\n    USE = False"),
        GLOBAL.format("import os\nUSE = bool(os.environ.get('USE', False))"),
        GLOBAL.format("USE = False\nfrom lib import *"),
        GLOBAL.format("USE = False\nglobals().update(load())"),
        GLOBAL.format("USE = False\nglobals()['USE'] = load()"),
        GLOBAL.format("USE = False\nexec(load())"),
        GLOBAL.format("USE = False\ndef on():\n    global USE\n    USE = True"),
        GLOBAL.format("USE = False\ndef on():\n    global USE\n    for USE in load():\n        pass"),
        GLOBAL.format("USE = False\ndef on():\n    global USE\n    import lib as USE"),
        GLOBAL.format("USE = False\ndef on():\n    global USE\n    USE, rest = load()"),
        GLOBAL.format("USE = False\ndef on():\n    global USE\n    with load() as USE:\n        pass"),
        GLOBAL.format("USE = False\ndef on():\n    global USE\n    print(USE := True)"),
        GLOBAL.format("USE = False\nimport sys\nsetattr(sys.modules[__name__], 'USE', True)"),
        GLOBAL.format("USE = False\nimport sys\nsys.modules[__name__].USE = True"),
        GLOBAL.format("USE = False\nimport sys\nmod = sys.modules[__name__]\nmod.USE = True"),
        GLOBAL.format("USE = False\nimport importlib\nmod = importlib.import_module(input())\nmod.USE = True"),
        GLOBAL.format("USE = False\nimport sys\nfor name in load():\n    setattr(sys.modules[__name__], name, True)"),
        GLOBAL.format("USE = False\nimport sys\nvars(sys.modules[__name__])['USE'] = True"),
        LOCAL.format("flag = False\n    flag = input()"),
        LOCAL.format("flag = False\n    for one in load():\n        flag = True"),
        LOCAL.format("flag = False\n    for flag in load():\n        pass"),
        LOCAL.format("flag = False\n    def on():\n        nonlocal flag\n        flag = True\n    load(on)"),
        LOCAL.format("flag = False\n    print([flag := one for one in load()])"),
        "def main():\n    run(load())\ndef run(flag=False):\n    if flag:\n        ask()\n",
        "def main():\n    flag = False\n    while input():\n        if flag:\n            ask()\n        flag = True\n",
        "def main():\n    try:\n        flag = False\n        load()\n        flag = True\n    finally:\n        if flag:\n"
        "            ask()\n",
        CLASS.format("", "Config.USE = True", "config.USE"),
        CLASS.format("", "config.USE = True", "config.USE"),
        CLASS.format("", "setattr(config, input(), True)", "config.USE"),
        CLASS.format("", "setattr(Config, 'USE', True)", "Config.USE"),
        CLASS.format("", "load().USE = True", "config.USE"),
        CLASS.format("import argparse", "argparse.ArgumentParser().parse_args(namespace=config)", "config.USE"),
        CLASS.format("import argparse", "argparse.ArgumentParser().parse_args(None, config)", "config.USE"),
        CLASS.format("from lib import Base", "", "Config.USE").replace("Config:", "Config(Base):"),
        CLASS.format("@load", "", "Config.USE"),
        CLASS.format("", "", "config.USE").replace("Config:", "Config(metaclass=load()):"),
        CLASS.format("", "", "config.USE").replace("return 1", "self.USE = True"),
        CLASS.format("", "", "Config.USE").replace("def get(self):", "def get(self):\n        type(self).USE = True"),
        CLASS.format("", "", "config.USE").replace("config = Config()", "config = load(Config())"),
        CLASS.format("", "", "config.USE").replace("config = Config()", "config = Sub()") + "class Sub(Config):\n    USE = True\n",
        CLASS.format("", "", "config.USE").replace("def main():", "def main(config):"),
        CLASS.format("", "", "config.USE").replace("    USE = False", "    USE = False\n    if input():\n        USE = True"),
    ],
)
def test_what_may_be_otherwise(text: str) -> None:
    assert role(text) == "production"
