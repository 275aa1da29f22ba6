"""Functions that nothing in the program mentions, and what keeps one from being called so."""

from __future__ import annotations

from textwrap import dedent

import pytest

from auditor.facts.python import read_python
from auditor.program.program import make_program
from auditor.program.unused import unused

MAIN = "import helpers\nhelpers.used()\n"
HELPERS = "def used():\n    pass\n\ndef old():\n    pass\n"


def names(files: dict[str, str], *, words: tuple[str, ...] = (), plain: tuple[str, ...] = (), kept: tuple[str, ...] = ()) -> set[str]:
    """The qualified names of all unused functions."""
    modules = []
    for path, text in files.items():
        facts, problem = read_python(path, dedent(text))
        assert facts is not None, problem
        modules.append(facts)
    engine = make_program(modules, tests={path for path in files if path.startswith("tests/")})
    functions = [(n, i) for n, m in enumerate(engine.modules) for i, s in enumerate(m.scopes) if s.kind == "function"]
    outside = {f for f in functions if engine.scope(f).name in kept}
    return {engine.scope(f).qualname for f in unused(engine, functions, outside, lambda name: name in plain, words)}


def test_what_nothing_mentions_is_unused() -> None:
    assert names({"main.py": MAIN, "helpers.py": HELPERS}) == {"old"}


def test_a_name_that_is_given_out_is_used_where_it_is_imported() -> None:
    text = HELPERS + "__all__ = ['old', 'used']\n__all__ += ['more']\n"
    assert names({"main.py": MAIN, "helpers.py": text}) == {"old"}
    assert names({"main.py": MAIN, "helpers.py": text, "more.py": "from helpers import old\n"}) == set()
    assert names({"main.py": MAIN, "helpers.py": text, "more.py": "from helpers import *\nprint(old)\n"}) == set()


def test_what_only_unused_code_calls_is_unused_and_recursion_is_no_use() -> None:
    text = "def used():\n    pass\ndef a():\n    return b()\ndef b():\n    return b()\n"
    assert names({"main.py": MAIN, "helpers.py": text}) == {"a", "b"}


def test_the_methods_of_a_class_that_nothing_mentions() -> None:
    text = """
        class Base:
            def ask(self): ...
        class New(Base):
            def ask(self): ...
        class Old(Base):
            def ask(self): return self._more()
            def _more(self): ...
    """
    main = "from handlers import New\ndef run(h):\n    return h.ask()\nrun(New())\n"
    assert names({"main.py": main, "handlers.py": text}) == {"Old.ask", "Old._more"}


@pytest.mark.parametrize(
    "main",
    [
        "from helpers import old",
        "import helpers\nTABLE = {'x': helpers.old}",
        "import helpers\ngetattr(helpers, 'old')()",
        "import helpers\nrun('helpers:old')",
        "import helpers\ngetattr(helpers, name)()",
        "import helpers\nfor m in [helpers]:\n    getattr(m, kind)()",
        "import helpers, inspect\ninspect.getmembers(helpers)",
        "import helpers\nimport importlib\nimportlib.import_module(name)",
        "import helpers\nimport importlib\nimportlib.import_module('helpers')",
        "import helpers\nimport importlib.util\nimportlib.util.spec_from_file_location('x', path)",
        "import helpers\nassert helpers.old",
        "import helpers\n[x for x in xs if x is not helpers.old]",
        "from helpers import *\nglobals()[name]()",
    ],
)
def test_what_is_meant_somehow_is_used(main: str) -> None:
    assert names({"main.py": main, "helpers.py": HELPERS}) <= {"used"}


def test_configuration_and_those_outside_use_functions() -> None:
    files = {"main.py": MAIN, "helpers.py": HELPERS}
    assert names(files, words=("old",)) == set()
    assert names(files, kept=("old",)) == set()
    assert names({**files, "tests/test_it.py": "from helpers import old\n"}) == set()


def test_a_decorator_may_register() -> None:
    head = "import acme\nfrom functools import cache\ndef used(): ...\n"
    text = head + "@acme.retry(3)\ndef a(): ...\n@acme.route('/b')\ndef b(): ...\n@cache\ndef c(): ...\n"
    assert names({"main.py": MAIN, "helpers.py": text}, plain=("acme.retry",)) == {"a", "c"}


def test_a_class_that_is_found_by_its_base_is_used() -> None:
    text = "from acme import Tool\nfrom abc import ABC\nclass A(Tool):\n    def run(self): ...\nclass B(ABC):\n    def go(self): ...\n"
    assert names({"main.py": MAIN, "helpers.py": text}) == {"B.go"}
    own = "class Base:\n    def __init_subclass__(cls): ...\nclass A(Base):\n    def run(self): ...\n"
    assert names({"main.py": "import helpers\nhelpers.Base\n", "helpers.py": own}) == set()


def test_any_method_may_be_called_by_a_computed_name() -> None:
    text = "class A:\n    def ask(self): ...\n"
    assert names({"main.py": "from helpers import A\nA()", "helpers.py": text}) == {"A.ask"}
    assert names({"main.py": "from helpers import A\ngetattr(A(), kind)()", "helpers.py": text}) == set()


def test_code_that_a_model_writes_knows_only_what_the_project_tells_it() -> None:
    files = {"main.py": "from helpers import *\nused()\nexec(written, globals())\n", "helpers.py": HELPERS}
    assert names(files) == {"old"}
    assert names({**files, "prompts.py": "TEXT = 'You can use old(prompt).'\n"}) == set()


def test_a_function_in_a_file_that_nothing_imports_may_be_run_by_convention() -> None:
    assert names({"handler.py": "def lambda_handler(event, context):\n    return ask()\ndef ask(): ...\n"}) == set()


def test_files_are_imported_by_a_written_beginning() -> None:
    files = {"main.py": "import importlib\nimport lib.helpers\nimportlib.import_module(f'plugins.{name}')\n", "lib/helpers.py": HELPERS}
    assert names({**files, "plugins/a.py": "def run(): ...\n"}) == {"used", "old"}


def test_a_walk_over_one_package_says_nothing_of_the_others() -> None:
    text = MAIN + "import pkgutil\nfor found in pkgutil.walk_packages({}):\n    __import__(found.name)\n"
    files = {"main.py": text.format("path, prefix='models.'"), "helpers.py": HELPERS, "models/a.py": "def hook():\n    pass\n"}
    assert names(files) == {"old"}
    assert names({**files, "main.py": text.format("path")}) == set()
