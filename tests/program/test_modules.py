"""Files and packages: imports, re-exports, collisions and layouts."""

# ruff: noqa: E501

import pytest

from tests.program.ask import check

CASES = {
    "from": "# file: a.py\nx = 3\n# file: b.py\nfrom a import x\nprobe(x)  #= 3\n",
    "import": "# file: a.py\nx = 3\n# file: b.py\nimport a\nprobe(a.x)  #= 3\n",
    "import as": "# file: p/a.py\nx = 3\n# file: b.py\nimport p.a as q\nprobe(q.x)  #= 3\n",
    "dotted import": "# file: p/__init__.py\n# file: p/a.py\nx = 3\n# file: b.py\nimport p.a\nprobe(p.a.x)  #= 3\n",
    "dotted import of a namespace": "# file: p/a.py\nx = 3\n# file: b.py\nimport p.a\nprobe(p.a.x)  #= 3\n",
    "from as": "# file: a.py\ndef f(x):\n    probe(x)  #= 4\n# file: b.py\nfrom a import f as g\ng(4)\n",
    "submodule": "# file: p/__init__.py\n# file: p/a.py\nx = 3\n# file: b.py\nfrom p import a\nprobe(a.x)  #= 3\n",
    "binding before submodule": "# file: p/__init__.py\na = 1\n# file: p/a.py\nx = 3\n# file: b.py\nfrom p import a\nprobe(a)  #= 1\n",
    "binding before star": "# file: a.py\nx = 1\n# file: b.py\nx = 2\nfrom a import *\n# file: c.py\nfrom b import x\nprobe(x)  #= 2\n",
    "star before submodule": "# file: o.py\na = 1\n# file: p/__init__.py\nfrom o import *\n# file: p/a.py\n# file: c.py\nfrom p import a\nprobe(a)  #= 1\n",
    "star": "# file: a.py\nx = 1\n_y = 2\n# file: b.py\nfrom a import *\nprobe(x)  #= 1\nprobe(_y)  #= ?\n",
    "star with all": '# file: a.py\n__all__ = ["_y"]\nx = 1\n_y = 2\n# file: b.py\nfrom a import *\nprobe(_y)  #= 2\nprobe(x)  #= ?\n',
    "star of a star": "# file: a.py\nx = 1\n# file: b.py\nfrom a import *\n# file: c.py\nfrom b import *\nprobe(x)  #= 1\n",
    "star of something external": "from ext import *\nprobe(Client)  #= ext.Client\nprobe(print)  #= builtins.print\nprobe(_own)  #= ?\n",
    "star of something external behind a star": "# file: a.py\nfrom ext import *\n# file: b.py\nfrom a import *\nprobe(Client)  #= ext.Client\n",
    "stars of two external modules": "from ext import *\nfrom other import *\nprobe(Client)  #= ?\n",
    "stars in a circle": "# file: a.py\nfrom b import *\nx = 1\n# file: b.py\nfrom a import *\nprobe(x)  #= 1\nprobe(y)  #= ?\n",
    "re-exported": "# file: p/__init__.py\nfrom .a import x\n# file: p/a.py\nx = 3\n# file: b.py\nfrom p import x\nprobe(x)  #= 3\n",
    "re-exported twice": "# file: p/__init__.py\nfrom .q import x\n# file: p/q/__init__.py\nfrom .a import x\n# file: p/q/a.py\nx = 3\n# file: b.py\nfrom p import x\nprobe(x)  #= 3\n",
    "re-exported external": "# file: p.py\nfrom ext import Client as C\n# file: b.py\nfrom p import C\nprobe(C)  #= ext.Client\nprobe(C())  #= ext.Client()\n",
    "relative": "# file: p/__init__.py\n# file: p/a.py\nx = 3\n# file: p/b.py\nfrom .a import x\nfrom . import a\nprobe(x)  #= 3\nprobe(a.x)  #= 3\n",
    "relative, of a package from itself": "# file: p/__init__.py\nfrom . import a\nprobe(a.x)  #= 3\n# file: p/a.py\nx = 3\n# file: b.py\nimport p\nfrom p import a\nprobe(a.x)  #= 3\nprobe(p.a.x)  #= 3\n",
    "relative two up": "# file: p/__init__.py\n# file: p/a.py\nx = 3\n# file: p/q/__init__.py\n# file: p/q/b.py\nfrom ..a import x\nprobe(x)  #= 3\n",
    "relative too far": "# file: p/a.py\nfrom ....z import x\nprobe(x)  #= ?\n",
    "relative missing": "# file: p/a.py\nfrom .z import x\nprobe(x)  #= ?\n",
    "src layout": "# file: src/p/__init__.py\n# file: src/p/a.py\nx = 3\n# file: tests/t.py\nfrom p.a import x\nprobe(x)  #= 3\n",
    "two packages": "# file: one/src/p/a.py\nx = 1\n# file: two/src/p/a.py\nx = 2\n# file: two/src/p/b.py\nfrom p.a import x\nprobe(x)  #= 2\n# file: one/src/p/b.py\nfrom p.a import x\nprobe(x)  #= 1\n",
    "script beside its module": "# file: tools/util.py\nx = 3\n# file: tools/run.py\nfrom util import x\nprobe(x)  #= 3\n",
    "two utils": "# file: a/util.py\nx = 1\n# file: a/run.py\nfrom util import x\nprobe(x)  #= 1\n# file: b/util.py\nx = 2\n# file: b/run.py\nfrom util import x\nprobe(x)  #= 2\n",
    "named like a package": "# file: openai.py\nfrom openai import OpenAI\nprobe(OpenAI)  #= openai.OpenAI\n",
    "script in a folder named like a package": "# file: demos/agents.py\nfrom agents import Agent\nprobe(Agent)  #= agents.Agent\n",
    "local beside external": "# file: agents.py\nx = 1\n# file: main.py\nfrom agents import x, Agent\nprobe(x)  #= 1\nprobe(Agent)  #= agents.Agent\n",
    "a file of a package named like a library that it imports": "# file: p/__init__.py\n# file: p/lib.py\nimport lib\nclass Wrapper: pass\n# file: p/other.py\nimport lib\nprobe(lib.Client)  #= lib.Client\n",
    "a file of a package that imports what lies beside it": "# file: p/__init__.py\n# file: p/lib.py\nx = 3\n# file: p/main.py\nimport lib\nprobe(lib.x)  #= 3\n",
    "a file of a package named like a module of Python": "# file: p/__init__.py\n# file: p/logging.py\nx = 3\n# file: p/main.py\nfrom logging import getLogger\nprobe(getLogger)  #= logging.getLogger\n",
    "a name of a package deep inside": "# file: p/__init__.py\n# file: p/agents.py\nx = 1\n# file: main.py\nimport agents\nprobe(agents)  #= agents\n",
    "conditional import": "try:\n    from fast import f\nexcept ImportError:\n    f = None\nprobe(f)  #= fast.f | None\n",
    "two imports": "try:\n    import a as m\nexcept ImportError:\n    import b as m\nprobe(m)  #= a | b\n",
    "lazy import": "# file: a.py\nx = 3\n# file: b.py\ndef f():\n    from a import x\n    return x\nprobe(f())  #= 3\n",
    "type checking import": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ext import C\nprobe(C)  #= ext.C\n",
    "module alias": "# file: a.py\nx = 3\n# file: b.py\nimport a\nm = a\nprobe(m.x)  #= 3\n",
    "module kept in an object": "# file: a.py\ndef f():\n    return 3\n# file: b.py\nimport a\nclass K:\n    m = a\nprobe(K().m.f())  #= 3\n",
    "imports in a circle": "# file: a.py\nfrom b import y\nx = 1\n# file: b.py\nfrom a import x\ny = x\nprobe(y)  #= 1\n",
    "a circle without an end": "# file: a.py\nfrom b import x\n# file: b.py\nfrom a import x\nprobe(x)  #= \n",
    "missing in a module": "# file: a.py\n# file: b.py\nimport a\nprobe(a.x)  #= ?\n",
    "global set elsewhere": "# file: a.py\nx = 1\n# file: b.py\nimport a\na.x = 2\nprobe(a.x)  #= 1 | 2\n",
    "class of another file": "# file: a.py\nclass A:\n    def __init__(self, t):\n        self.t = t\n# file: b.py\nfrom a import A\nclass B(A):\n    pass\nprobe(B(3).t)  #= 3\n",
    "callers of another file": "# file: a.py\ndef f(x):\n    probe(x)  #= 1 | 2\n# file: b.py\nimport a\na.f(1)\n# file: c.py\nfrom a import f\nf(2)\n",
    "module function by attribute only": "# file: a.py\ndef get():\n    return 3\n# file: b.py\nimport ext\nprobe(ext.get())  #= ext.get()\n",
    "package before the module of its name": "# file: p/a.py\nx = 1\ny = 1\n# file: p/a/__init__.py\nfrom .b import x\n# file: p/a/b.py\nx = 2\n# file: m.py\nfrom p.a import x\nimport p.a\nprobe(x)  #= 2\nprobe(p.a.y)  #= ?\n",
    "relative, package before the module of its name": "# file: p/__init__.py\n# file: p/a.py\nx = 1\n# file: p/a/__init__.py\nx = 2\n# file: p/m.py\nfrom .a import x\nfrom . import a\nprobe(x)  #= 2\nprobe(a.x)  #= 2\n",
    "module before the folder of its name": "# file: p/a.py\nx = 1\n# file: p/a/b.py\nx = 2\n# file: m.py\nfrom p.a import x\nprobe(x)  #= 1\n",
    "notebook": "# file: n.ipynb\nfrom lib import x\nprobe(x)  #= 3\n# file: lib.py\nx = 3\n",
    "import by a call": "# file: a/b.py\nx = 3\n# file: m.py\nfrom importlib import import_module\nprobe(import_module('a.b').x)  #= 3\n",
    "import by a call, of the same package": "# file: p/__init__.py\n# file: p/a.py\nx = 3\n# file: p/b.py\nimport importlib\nm = importlib.import_module('.a', __package__)\nprobe(m.x)  #= 3\n",
    "import by a call, of the package itself": "# file: p/__init__.py\nimport importlib\nprobe(importlib.import_module('.a', package=__name__).x)  #= 3\n# file: p/a.py\nx = 3\n",
    "import by a call, of a package above": "# file: p/a.py\nx = 3\n# file: p/q/b.py\nimport importlib\nprobe(importlib.import_module('..a', 'p.q').x)  #= 3\n",
    "import by a call, of any name": "# file: a.py\nx = 1\n# file: m.py\nimport importlib\ndef f(n):\n    probe(importlib.import_module(n))  #= importlib.import_module()\n",
    "import by a call, of something external": "import importlib\nprobe(importlib.import_module('ext.a').f)  #= ext.a.f\n",
    "import by a call, of one of the names in a table": "# file: p/a.py\nclass A:\n    x = 1\n# file: p/b.py\nclass B:\n    x = 2\n# file: m.py\nimport importlib\nT = {'a': 'p.a.A', 'b': 'p.b.B'}\ndef make(key):\n    name, cls = T[key].rsplit('.', 1)\n    return getattr(importlib.import_module(name), cls)()\nprobe(make(k).x)  #= 1 | 2\n",
    "import by a call, of a name in a table that is not here": "# file: p/a.py\nx = 1\n# file: m.py\nimport importlib\nT = {'a': 'p.a', 'b': 'q.b'}\nprobe(importlib.import_module(T[k]))  #= importlib.import_module()\n",
    "__import__": "# file: a/__init__.py\nx = 1\n# file: a/b.py\nx = 2\n# file: m.py\nprobe(__import__('a.b').x)  #= 1\nprobe(__import__('a.b', fromlist=['x']).x)  #= 2\n",
    "import by a call, of one of the pairs in a table": "# file: p/a.py\nclass A:\n    x = 1\n# file: p/b.py\nclass B:\n    x = 2\n# file: m.py\nimport importlib\nT = {'a': ('p.a.A', 1), 'b': ('p.b.B', 2)}\ndef load(path):\n    name, cls = path.rsplit('.', 1)\n    return getattr(importlib.import_module(name), cls)\ndef make(key):\n    path, size = T[key]\n    return load(path)()\nprobe(make(k).x)  #= 1 | 2\n",
    "import by a call, of a package's module": "# file: p/__init__.py\n# file: p/a.py\nclass A:\n    x = 1\n# file: p/b.py\nclass B:\n    x = 2\n# file: m.py\nimport importlib\nprobe(importlib.import_module(f'p.{n}').A.x)  #= 1 | ?\n",
    "import by a call, of a package's module, by the class in it": "# file: p/__init__.py\n# file: p/a.py\nclass A:\n    x = 1\n# file: p/b.py\nclass B:\n    x = 2\n# file: m.py\nimport importlib\nT = {'a': 'A', 'b': 'B'}\nmodule = importlib.import_module('.' + n.lower(), package='p')\nprobe(getattr(module, T.get(n))().x)  #= 1 | 2\n",
    "import by a call, of a module of a name's form": "# file: p/a_tool.py\nx = 1\n# file: p/b.py\nx = 2\n# file: m.py\nimport importlib\nprobe(importlib.import_module(f'p.{n}_tool').x)  #= 1\n",
    "import by a call, of a module in each of the packages": "# file: p/a/tool.py\nx = 1\n# file: p/b/tool.py\nx = 2\n# file: p/b/c/tool.py\nx = 3\n# file: m.py\nimport importlib\nprobe(importlib.import_module('p.' + n + '.tool').x)  #= 1 | 2\n",
    "import by a call, of a package that is not known": "# file: p/__init__.py\n# file: p/a.py\nclass A:\n    x = 1\n# file: p/b.py\nclass B:\n    x = 2\n# file: m.py\nimport importlib\nprobe(importlib.import_module(f'{q}.a'))  #= importlib.import_module()\n",
    "import by a call, of a package's module that is not here": "# file: p/__init__.py\n# file: p/a.py\nclass A:\n    x = 1\n# file: p/b.py\nclass B:\n    x = 2\n# file: m.py\nimport importlib\nprobe(importlib.import_module(f'q.{n}'))  #= importlib.import_module()\n",
    "import by a call, of a package's module or another's": "# file: p/a.py\nx = 1\n# file: m.py\nimport importlib\ndef load(name):\n    probe(importlib.import_module(name))  #= importlib.import_module()\nload(f'p.{n}')\nload(f'q.{n}')\n",
    "class of an import by a call, called by a variable": "# file: p/a.py\nclass A:\n    def __init__(self, t):\n        probe(t)  #= 3\nclass B:\n    def __init__(self, t):\n        probe(t)  #= param t\n# file: m.py\nimport importlib\nT = {'a': 'A'}\nkind = getattr(importlib.import_module('p.a'), T[k])\nkind(3)\n",
    "class of an import by a call, called at once": "# file: p/a.py\nclass A:\n    def __init__(self, t):\n        probe(t)  #= 3\nclass B:\n    def __init__(self, t):\n        probe(t)  #= param t\n# file: m.py\nimport importlib\nT = {'a': 'A'}\ngetattr(importlib.import_module('p.a'), T[k])(3)\n",
    "class of an import by a call, that a function gives": "# file: p/a.py\nclass A:\n    def __init__(self, t):\n        probe(t)  #= 3\nclass B:\n    def __init__(self, t):\n        probe(t)  #= param t\n# file: m.py\nimport importlib\nT = {'a': 'A'}\ndef load(name):\n    found = getattr(importlib.import_module('p.a'), name)\n    return found\ndef make(name, t):\n    kind = load(T[name])\n    return kind(t)\nmake(k, 3)\n",
    "getattr of an import by a call": "# file: a.py\nx = 3\n# file: m.py\nimport importlib\nprobe(getattr(importlib.import_module('a'), 'x'))  #= 3\n",
    "init of the root": "# file: __init__.py\nfrom .a import x\n# file: a.py\nx = 3\nprobe(x)  #= 3\n",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_modules(text):
    found, wanted = check(text)
    assert found == wanted


def test_root_inside_a_package():
    found, wanted = check(
        "# file: a.py\nx = 3\n# file: b.py\nfrom pkg.sub.a import x\nfrom .a import x as y\nprobe(x)  #= 3\nprobe(y)  #= 3\n", "pkg.sub"
    )
    assert found == wanted


def test_an_external_package_is_not_a_folder_inside_the_root():
    found, wanted = check("# file: sub/ext.py\nx = 1\n# file: b.py\nimport ext\nprobe(ext.x)  #= ext.x\n", "pkg")
    assert found == wanted


def test_a_table_of_many_modules() -> None:
    """As many as a query holds; of more none."""
    for many, expected in ((40, {str(n) for n in range(40)}), (70, {"?"})):
        files = "".join(f"# file: p/m{n}.py\nclass C{n}:\n    x = {n}\n" for n in range(many))
        table = ", ".join(f"{n}: ('p.m{n}.C{n}', {n})" for n in range(many))
        found, _ = check(
            f"{files}# file: m.py\nimport importlib\nT = {{{table}}}\ndef make(key):\n    path, size = T[key]\n    name, cls = path.rsplit('.', 1)\n"
            f"    return getattr(importlib.import_module(name), cls)()\nprobe(make(k).x)  #= ?\n"
        )
        assert list(found.values()) == [expected]
