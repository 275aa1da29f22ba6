"""Newer grammar than the interpreter's: the same facts, at the same lines."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from auditor.facts.python import read_python

NEWER = [
    "type X = int\nf()\n",
    "type X[T] = list[T]\nf()\n",
    "type X[T: (int, str), *Ts, **P] = (\n    dict[T, int]\n)\nf()\n",
    "if a:\n    type X = int\n    f()\n",
    "def g[T](x: T) -> T:\n    return f(x)\n",
    "async def g[T: int](x): await f(x)\n",
    "def g[\n    T,\n    U: dict[str, list[int]],\n](x):\n    f()\n",
    "class A[T]:\n    def m[U](self):\n        f()\n",
    "class A[T, *Ts](B[T], k=1):\n    x = f()\n",
    "class A[T = int]:\n    x = f()\n",
    "x = f'{d[\"k\"]}'.format('q')\nf()\n".replace('"k"', "'k'"),
    "x = f'{\", \".join(f'{y}' for y in z)}'\nf()\n",
    "x = f'{'\\n'.join(a)}'\nf()\n",
    "x = f'{\n    a(1)  # note\n    + b(2)\n}'\nf()\n",
    "x = f'''{\n    d['k']\n}\n{'a' + f'{'b'}'}'''\nf()\n",
    "x = (f'{d['a']}'\n     f'{d['b']}')\nf()\n",
    "print(f'{d['k']!r:>10}', f())\n",
    "x = rf'{d['k']}\\d'\nf()\n",
]
NEWEST = [
    "try:\n    g()\nexcept A, B:\n    f()\n",
    "try:\n    g()\nexcept* A, B.c:\n    f()\n",
    "x = t'{a} and {f()}'\ng()\n",
    "x = t'{d['k']}'\nf()\n",
]


@cache
def newer_interpreter() -> str | None:
    """An interpreter whose `ast` reads all of NEWER."""
    found = [shutil.which(name) for name in ("python3.14", "python3.13")]
    found += [str(p) for p in sorted(Path.home().glob(".pyenv/versions/3.1[34]*/bin/python"))]
    return next(
        (f for f in found if f and subprocess.run([f, "-c", "type X = int"], capture_output=True, check=False).returncode == 0), None
    )


@pytest.mark.parametrize("text", NEWER + NEWEST)
def test_read(text):
    facts, problem = read_python("a.py", text)
    assert facts is not None, problem
    line = next(n for n, row in enumerate(text.split("\n"), start=1) if "f(" in row)
    assert line in {c.line for c in facts.calls if c.last == "f"}
    assert facts.lines == text.count("\n") + 1


@pytest.mark.parametrize("text", NEWER)
def test_as_a_newer_interpreter_reads_it(text):
    newer = newer_interpreter()
    if newer is None:
        pytest.skip("no newer interpreter")
    code = (
        "import ast, sys\n"
        "tree = ast.parse(sys.stdin.read())\n"
        "print(sorted((n.func.id, n.lineno) for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)))\n"
    )
    done = subprocess.run([newer, "-c", code], input=text, capture_output=True, text=True, check=True)
    facts, _ = read_python("a.py", text)
    assert facts is not None
    rows = sorted((c.last, c.line) for c in facts.calls if c.func[0] == "name")
    assert repr(rows) == done.stdout.strip()


@pytest.mark.parametrize("text", ["x = (", "def f(:", "type = 3\nx = type (", "class A[: pass", "x = f'{'"])
def test_still_broken(text):
    facts, problem = read_python("a.py", text)
    assert facts is None
    assert problem is not None
    assert (problem.code, problem.path) == ("syntax-error", "a.py")


def test_a_string_that_looks_like_newer_grammar_is_kept():
    text = "x = f'{d['k']}'\ny = '''\ntype X = int\nexcept A, B:\n'''\n"
    facts, _ = read_python("a.py", text)
    assert facts is not None
    assert facts.scopes[0].bindings["y"][0].value == ("const", "\ntype X = int\nexcept A, B:\n")
