"""Branches of a switch in the code that nothing sets anew are switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.analyses.analyse import analyse
from auditor.graph.graph import AgentGraph
from auditor.graph.noun import NONE
from auditor.pipeline import scan
from tests.graph.dispatch_help import build, nodes
from tests.graph.test_contexts import ASKS, KNOWN
from tests.graph.test_kept_values import MAIN, START
from tests.graph.test_never import PARSER

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


def off(text: str) -> str:
    """Why the call in `ask` is switched off; nothing is out of reach by that."""
    found: AgentGraph = analyse(build(ASKS + START + text + MAIN + "    other()\n", **{**KNOWN, "declared": [PARSER]}))
    [ask] = [n for n in nodes(found, "model_call") if n.qualname == "ask"]
    assert (ask.role, ask.unused) == ("production", False)
    return "" if ask.off == NONE else ask.off.why


@pytest.mark.parametrize(
    "text",
    [
        GLOBAL.format("USE = False"),
        GLOBAL.format("USE: bool = False"),
        GLOBAL.format("USE = 0"),
        GLOBAL.format("USE = 0").replace("if USE", "if USE > 1"),
        GLOBAL.format("USE = 1").replace("if USE", "if USE == 2 and input()"),
        GLOBAL.format("USE = True").replace("if USE", "if not USE"),
        GLOBAL.format("USE = True").replace("if USE:\n        ask()", "if USE:\n        other()\n    else:\n        ask()"),
        GLOBAL.format("USE = True").replace("if USE:\n        ask()", "if USE:\n        other()\n    elif input():\n        ask()"),
        GLOBAL.format("USE = False\ndef inner():\n    USE = True\n    return USE"),
        GLOBAL.format("USE = False\nimport sys, lib\nsetattr(sys, input(), True)\nlib.USE = True"),
        LOCAL.format("flag = False"),
        GLOBAL.format("USE = False").replace("if USE:\n        ask()", "if not USE:\n        return\n    ask()"),
        GLOBAL.format("TEST = True").replace("if USE:\n        ask()", "if TEST:\n        return other()\n    ask()"),
        CLASS.format("", "", "Config.USE"),
        CLASS.format("", "", "config.USE"),
        CLASS.format("", "x = Other()\n    x.USE = True", "config.USE") + "class Other:\n    pass\n",
    ],
)
def test_a_constant_decides(text: str) -> None:
    assert " is " in off(text)


@pytest.mark.parametrize(
    "text",
    [
        GLOBAL.format("USE = True"),
        GLOBAL.format("USE = False").replace("if USE", "if USE or input()"),
        # A place to fill in, or a choice.
        GLOBAL.format("USE = ''"),
        GLOBAL.format("USE = None"),
        GLOBAL.format("USE = ''").replace("if USE:\n        ask()", "if not USE:\n        raise ValueError\n    ask()"),
        GLOBAL.format("USE = 'here'").replace("if USE:\n        ask()", "if USE == 'here':\n        raise ValueError\n    ask()"),
        GLOBAL.format("USE = 'a'").replace("if USE", "if USE == 'b'"),
        GLOBAL.format("USE = False\nUSE = input()"),
        GLOBAL.format("USE = False\nUSE |= load()"),
        GLOBAL.format("USE = False\nfor USE in load():\n    pass"),
        GLOBAL.format("USE = False\nif input():\n    USE = True"),
        GLOBAL.format("if input():\n    USE = False"),
        GLOBAL.format("import os\nUSE = bool(os.environ['USE'])"),
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
    assert off(text) == ""


def test_why_it_is_off() -> None:
    assert off(GLOBAL.format("USE = False")) == "USE is False (app.py:6)"


APP = """
import openai
USE_TOOLS = False
def ask(text):
    return openai.OpenAI().chat.completions.create(model="a", messages=[text])
def loop(text):
    while True:
        answer = ask(text)
        if "done" in answer.choices[0].message.content:
            return answer
def main(text):
    ask(text)
    if USE_TOOLS:
        loop(text)
        openai.OpenAI().chat.completions.create(model="a", messages=[])
if __name__ == "__main__":
    main("a")
"""


def test_a_finding_behind_a_switch_is_told_with_the_switch(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    found = scan([tmp_path]).findings
    loop = next(f for f in found if f.rule == "unbounded-agent-loop")
    assert (loop.severity, loop.role) == ("low", "production")
    assert [(e.text, str(e.at)) for e in loop.evidence if e.setting == "switch"] == [("off: USE_TOOLS is False (app.py:3)", "app.py:13")]
    cap = next(f for f in found if f.rule == "output-cap-missing")
    assert [site.at.line for site in cap.sites] == [5, 15]
    (tmp_path / "app.py").write_text(APP.replace("USE_TOOLS = False", "USE_TOOLS = True"))
    assert next(f for f in scan([tmp_path]).findings if f.rule == "unbounded-agent-loop").severity == "high"


@pytest.mark.parametrize(
    ("imports", "test", "more", "severity"),
    [
        ("from config import USE_TOOLS", "USE_TOOLS", "", "low"),
        ("from config import USE_TOOLS as use", "use", "", "low"),
        ("import config", "config.USE_TOOLS", "", "low"),
        ("from config import settings", "settings.tools", "", "low"),
        ("from config import USE_TOOLS", "USE_TOOLS", "import config\nconfig.USE_TOOLS = True\n", "high"),
        ("import config", "config.USE_TOOLS", "import config\nfor name in input():\n    setattr(config, name, True)\n", "high"),
        ("import config", "config.USE_TOOLS", "import config\nvars(config).update(input())\n", "high"),
        ("from config import settings", "settings.tools", "import config\nconfig.settings.tools = True\n", "high"),
        ("from config import settings", "settings.tools", "import config\nconfig.settings.__init__(tools=True)\n", "high"),
        ("try:\n    from config import USE_TOOLS\nexcept ImportError:\n    USE_TOOLS = True", "USE_TOOLS", "", "high"),
    ],
)
def test_a_constant_of_another_file(tmp_path: Path, imports: str, test: str, more: str, severity: str) -> None:
    config = "USE_TOOLS = False\nclass Settings:\n    def __init__(self, tools=False):\n        self.tools = tools\nsettings = Settings()\n"
    (tmp_path / "config.py").write_text(config)
    (tmp_path / "more.py").write_text(more)
    (tmp_path / "app.py").write_text(APP.replace("USE_TOOLS = False", imports).replace("if USE_TOOLS", f"if {test}"))
    assert next(f for f in scan([tmp_path]).findings if f.rule == "unbounded-agent-loop").severity == severity
