"""Newer grammar than the interpreter's: the same facts, at the same lines."""

import pytest

from auditor.facts.python import read_python

NEWER = {
    "type X = int\nf()\n": [("f", 2)],
    "type X[T] = list[T]\nf()\n": [("f", 2)],
    "type X[T: (int, str), *Ts, **P] = (\n    dict[T, int]\n)\nf()\n": [("f", 4)],
    "if a:\n    type X = int\n    f()\n": [("f", 3)],
    "def g[T](x: T) -> T:\n    return f(x)\n": [("f", 2)],
    "async def g[T: int](x): await f(x)\n": [("f", 1)],
    "def g[\n    T,\n    U: dict[str, list[int]],\n](x):\n    f()\n": [("f", 5)],
    "class A[T]:\n    def m[U](self):\n        f()\n": [("f", 3)],
    "class A[T, *Ts](B[T], k=1):\n    x = f()\n": [("f", 2)],
    "class A[T = int]:\n    x = f()\n": [("f", 2)],
    "x = f'{d['k']}'.format('q')\nf()\n": [("f", 2)],
    "x = f'{\", \".join(f'{y}' for y in z)}'\nf()\n": [("f", 2)],
    "x = f'{'\\n'.join(a)}'\nf()\n": [("f", 2)],
    "x = f'{\n    a(1)  # note\n    + b(2)\n}'\nf()\n": [("a", 2), ("b", 3), ("f", 5)],
    "x = f'''{\n    d['k']\n}\n{'a' + f'{'b'}'}'''\nf()\n": [("f", 5)],
    "x = (f'{d['a']}'\n     f'{d['b']}')\nf()\n": [("f", 3)],
    "print(f'{d['k']!r:>10}', f())\n": [("f", 1), ("print", 1)],
    "x = rf'{d['k']}\\d'\nf()\n": [("f", 2)],
}
"""text -> (name, line) of its calls of a name, as `ast` of Python 3.13 gives them"""
NEWEST = [
    "try:\n    g()\nexcept A, B:\n    f()\n",
    "try:\n    g()\nexcept* A, B.c:\n    f()\n",
    "x = t'{a} and {f()}'\ng()\n",
    "x = t'{d['k']}'\nf()\n",
]


@pytest.mark.parametrize("text", [*NEWER, *NEWEST])
def test_read(text):
    facts, problem = read_python("a.py", text)
    assert facts is not None, problem
    line = next(n for n, row in enumerate(text.split("\n"), start=1) if "f(" in row)
    assert line in {c.line for c in facts.calls if c.last == "f"}
    assert facts.lines == text.count("\n") + 1


@pytest.mark.parametrize("text", NEWER)
def test_as_a_newer_interpreter_reads_it(text):
    facts, _ = read_python("a.py", text)
    assert facts is not None
    assert sorted((c.last, c.line) for c in facts.calls if c.func[0] == "name") == NEWER[text]


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
