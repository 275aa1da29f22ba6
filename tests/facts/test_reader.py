"""Facts of every form of statement and expression."""

# ruff: noqa: E501

import ast
from pathlib import Path

import pytest

from auditor.facts.python import read_python
from auditor.facts.types import Binding, ModuleFacts


def read(text: str) -> ModuleFacts:
    facts, problem = read_python("a.py", text)
    assert facts is not None, problem
    return facts


def bound(text: str) -> list[tuple[str, str, object]]:
    """(name, kind, detail) of all bindings, in source order."""
    facts = read(text)
    rows: list[Binding] = [b for s in facts.scopes for found in s.bindings.values() for b in found]
    return [(b.name, b.kind, b.detail) for b in sorted(rows, key=lambda b: b.order)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1", [("x", "assign", None)]),
        ("x = y = 1", [("x", "assign", None), ("y", "assign", None)]),
        ("x: int = 1", [("x", "assign", None)]),
        ("x: int", [("x", "annotation", None)]),
        ("a, (b, *c) = q", [("a", "unpack", (0,)), ("b", "unpack", (1, 0)), ("c", "unpack", (1, 1, "*"))]),
        ("x += 1", [("x", "aug", "+")]),
        ("x @= 1", [("x", "aug", "@")]),
        ("for a, b in q: pass", [("a", "for", (0,)), ("b", "for", (1,))]),
        ("with q as x, r as (y, z): pass", [("x", "with", ()), ("y", "with", (0,)), ("z", "with", (1,))]),
        ("import a.b", [("a", "import", "a.b")]),
        ("import a.b as c", [("c", "import", None)]),
        ("from .a import b as c", [("c", "from", ("a", "b", 1))]),
        ("from . import b", [("b", "from", ("", "b", 1))]),
        ("from a import *", [("*", "star_import", ("a", "*", 0))]),
        ("try: pass\nexcept E as e: pass", [("e", "except", None)]),
        ("try: pass\nexcept* E as e: pass", [("e", "except", None)]),
        ("del x", [("x", "del", None)]),
        ("(x := 1)", [("x", "assign", None)]),
        ("match q:\n    case [a, *b]: pass\n    case {'k': c, **d}: pass\n    case K(e) as f: pass", [(n, "match", None) for n in "abcfe"]),
    ],
)
def test_bindings(text, expected):
    assert sorted(bound(text), key=repr) == sorted(expected, key=repr)


def test_parameters():
    facts = read("def f(a, /, b: int = 1, *c, d, e=2, **g): pass")
    rows = [(p.name, p.kind, p.default) for p in facts.scopes[1].params]
    assert rows == [
        ("a", "positional", None),
        ("b", "positional", ("const", 1)),
        ("c", "args", None),
        ("d", "keyword", None),
        ("e", "keyword", ("const", 2)),
        ("g", "kwargs", None),
    ]
    assert facts.scopes[1].params[1].annotation == ("name", "int")


def test_functions_and_classes():
    facts = read('@a\n@b.c(1)\nasync def f() -> int:\n    """Doc."""\nclass K(A, B[int], metaclass=M):\n    def g(self): pass\n')
    f, k, g = facts.scopes[1:]
    assert (f.name, f.is_async, f.doc, f.decorators, f.decorator_lines, f.line) == (
        "f",
        True,
        "Doc.",
        (("name", "a"), ("call", 0)),
        (1, 2),
        3,
    )
    assert f.returns_annotation == ("name", "int")
    assert k.bases == (("name", "A"), ("sub", ("name", "B"), ("name", "int")))
    assert k.keywords == (("metaclass", ("name", "M")),)
    assert (g.qualname, g.parent) == ("K.g", 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", ("const", 1)),
        ("-1", ("const", -1)),
        ("+x", ("name", "x")),
        ("-x", ("neg", ("name", "x"))),
        ("not x", ("not", ("name", "x"))),
        ("...", ("const", "...")),
        ("'a' 'b'", ("const", "ab")),
        ("b'a'", ("other",)),
        ("1j", ("other",)),
        ("~x", ("other",)),
        ("x.y", ("attr", ("name", "x"), "y")),
        ("x[1]", ("sub", ("name", "x"), ("const", 1))),
        ("x[1:]", ("sub", ("name", "x"), ("slice", ("const", 1), None, None))),
        ("x + y", ("op", "+", ("name", "x"), ("name", "y"))),
        ("x or y or z", ("bool", "or", (("name", "x"), ("name", "y"), ("name", "z")))),
        ("x < y <= z", ("cmp", ("name", "x"), (("<", ("name", "y")), ("<=", ("name", "z"))))),
        ("x if y else z", ("if", ("name", "y"), ("name", "x"), ("name", "z"))),
        ("(x, *y)", ("seq", "tuple", (("name", "x"), ("star", ("name", "y"))))),
        ("{1}", ("seq", "set", (("const", 1),))),
        ("{1: 2, **x}", ("dict", ((("const", 1), ("const", 2)), (None, ("name", "x"))), 1)),
        ("f'a{x!r:>{y}}b'", ("fstr", (("const", "a"), ("name", "x"), ("const", "b")))),
        ("await x", ("await", ("name", "x"))),
        ("(y := x)", ("walrus", "y", ("name", "x"))),
        ("f(x, *y, k=z, **w)", ("call", 0)),
    ],
)
def test_expressions(text, expected):
    facts = read(f"async def g():\n    x = (\n{text}\n)")
    value = facts.scopes[1].bindings["x"][0].value
    assert ((*value[:-1], 1) if value[0] == "dict" else value) == expected


def test_calls():
    call = read("a.b(x, *y, k=z,\n  **w)").calls[0]
    assert (call.last, call.args, call.keywords) == (
        "b",
        (("name", "x"), ("star", ("name", "y"))),
        (("k", ("name", "z"), 1), (None, ("name", "w"), 2)),
    )
    assert (call.line, call.column, call.end_line, call.end_column) == (1, 1, 2, 7)
    assert read("a[int](1)").calls[0].last == "a"
    assert read("a()()").calls[1].last == ""


@pytest.mark.parametrize("text", ["await f()", "async for x in f(): pass", "async with f(): pass", "[x async for x in f()]"])
def test_awaited(text):
    facts = read(f"async def g():\n    {text}")
    assert facts.calls[0].awaited or "for x in" in text
    assert not read("f()").calls[0].awaited


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("x = f()", 1, 5),
        ("if a:\n\tf()", 2, 2),
        ("x = 1\r\nf()\r\n", 2, 1),
        ("x = 1\rf()\r", 2, 1),
        ("'😀' + f()", 1, 7),
        ("'é' + f()", 1, 7),
        ("# 😀\nf()", 2, 1),
        ("x = '''\n😀'''; f()", 2, 7),
        ("x = 1\x0c\nf()", 2, 1),
        ("\x0cf()", 1, 2),
        ("x = '\x85'\nf()", 2, 1),
        ("x = '\u2028'; f()", 1, 10),
        ("x = 1 + \\\n  f()", 2, 3),
    ],
)
def test_positions(text, line, column):
    call = read(text).calls[0]
    assert (call.line, call.column) == (line, column)


def test_byte_order_mark():
    assert read("\ufefff()").calls[0].line == 1


def test_attributes_that_are_set_by_a_call():
    text = "setattr(x, 'a', 1)\nobject.__setattr__(self, 'b', q)\nsetattr(x, name, 2)\nsetattr(x, 'c')\nmine.setattr(x, 'd', 3)\nobject.other(x, 'e', 4)"
    assert [(s.base, s.attr, s.value) for s in read(text).stores] == [
        (("name", "x"), "a", ("const", 1)),
        (("name", "self"), "b", ("name", "q")),
    ]


def test_stores():
    facts = read("x.a = 1\nx[2] = 3\nx.b += 4\nx.c, y[5] = q\nfor x.d in q: pass\nx.e: int = 6\nx.f: int")
    rows = [(s.attr, s.key, s.value, s.operator) for s in facts.stores]
    assert rows == [
        ("a", None, ("const", 1), None),
        (None, ("const", 2), ("const", 3), None),
        ("b", None, ("const", 4), "+"),
        ("c", None, ("sub", ("name", "q"), ("const", 0)), None),
        (None, ("const", 5), ("sub", ("name", "q"), ("const", 1)), None),
        ("d", None, ("other",), None),
        ("e", None, ("const", 6), None),
        ("f", ("name", "int"), ("other",), "annotation"),
    ]


def test_exits():
    facts = read("def f():\n    for x in y:\n        if x: break\n        continue\n    if y: raise E\n    if z: return\n    return 1\n")
    assert [(e.kind, e.value, e.line) for e in facts.scopes[1].exits] == [
        ("break", ("const", None), 3),
        ("continue", ("const", None), 4),
        ("raise", ("name", "E"), 5),
        ("return", ("const", None), 6),
        ("return", ("const", 1), 7),
    ]
    kinds = {b.kind: b.leaves for b in reversed(facts.blocks)}
    assert (kinds["if"], kinds["for"], kinds["module"]) == ("break", "continue", "")


def test_blocks():
    text = "if a:\n    x\nelif b:\n    y\nelse:\n    z\ntry:\n    x\nexcept A:\n    y\nexcept B:\n    y\nelse:\n    z\nfinally:\n    w\nwhile a:\n    x\nelse:\n    y\n"
    blocks = read(text).blocks
    assert [b.kind for b in blocks[1:]] == [
        "if",
        "else",
        "if",
        "else",
        "try",
        "except",
        "except",
        "try_else",
        "finally",
        "while",
        "loop_else",
    ]
    assert blocks[1].group == blocks[2].group
    assert blocks[2].group != blocks[3].group
    assert [blocks[i].kind for i in blocks[5].handlers] == ["except", "except"]
    assert {b.group for b in blocks[5:9]} == {blocks[5].group}


def test_cases():
    text = "match q:\n    case 1 | 'a': pass\n    case None: pass\n    case K.A if g: pass\n    case [x]: pass\n    case _: pass\n"
    rows = [b.items for b in read(text).blocks if b.kind == "case"]
    assert rows == [
        (("seq", "tuple", (("const", 1), ("const", "a"))),),
        (("const", None),),
        (("attr", ("name", "K"), "A"), ("name", "g")),
        (("shape",),),
        (("other",),),
    ]


def test_scopes_of_names():
    facts = read("def f():\n    global x\n    x = 1\n    y = 1\n    def g():\n        nonlocal y\n        y = 2\n")
    assert set(facts.scopes[0].bindings) == {"f", "x"}
    assert [b.value for b in facts.scopes[1].bindings["y"]] == [("const", 1), ("const", 2)]
    facts = read("def f():\n    [z := y for y in q]\n    return z\n")
    assert "z" in facts.scopes[1].bindings
    assert set(facts.scopes[2].bindings) == {"y"}


def test_comprehensions_and_lambdas():
    facts = read("x = {k: v for k, v in q if v for w in k}\ny = lambda a, b=1: a\nz = (i async for i in q)\n")
    kinds = [s.kind for s in facts.scopes]
    assert kinds == ["module", "comp", "lambda", "comp"]
    assert facts.scopes[0].bindings["x"][0].value == ("comp", "dict", 1, ("name", "v"), ("name", "k"))
    assert facts.scopes[2].exits[0].value == ("name", "a")
    assert [b.is_async for b in facts.blocks if b.kind == "comp"] == [False, True]


def test_yields():
    facts = read("def f():\n    x = yield 1\n    yield\n    yield from g()\n")
    assert [y[0] for y in facts.scopes[1].yields] == [("const", 1), ("other",), ("star", ("call", 0))]


def test_imports_by_a_text():
    head = "from importlib import import_module as load, import_module\nother = 'no'\n"
    local = "def f():\n    other = 'a.b'\n    name = other\n    import_module(name)\ndef g():\n    x = y\n    y = x\n    import_module(x)\n"
    assert read(head + local).imports == {"importlib", "importlib.import_module", "a.b"}
    assert read("import_module('.a')\nimport_module(f())\nfor n in ['c']:\n    import_module(n)\n").imports == set()


def test_module():
    facts = read(
        '"""Doc."""\nimport a.b\nfrom c import d\nfrom .e import f\n__all__ = ["x", "y"]\nif __name__ == "__main__":\n    x.usage["total"]\n'
    )
    assert facts.scopes[0].doc == "Doc."
    assert facts.imports == {"a.b", "c", "c.d"}
    assert facts.exported == ("x", "y")
    assert facts.blocks[facts.main].kind == "if"
    assert set(facts.reads) == {"usage", "total"}
    assert facts.lines == 8
    assert read("__all__ = [x]").exported is None


def test_all_statements_have_their_line():
    for path in (Path(__file__), Path(ast.__file__)):
        text = path.read_text(encoding="utf-8")
        lines = {n.lineno for n in ast.walk(ast.parse(text)) if isinstance(n, ast.stmt)}
        assert lines <= {line for _, _, line in read(text).statements}


def test_all_calls_are_read():
    text = Path(ast.__file__).read_text(encoding="utf-8")
    wanted = sorted(
        (n.lineno, n.col_offset + 1, n.end_lineno, n.end_col_offset + 1) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)
    )
    assert sorted((c.line, c.column, c.end_line, c.end_column) for c in read(text).calls) == wanted


@pytest.mark.parametrize(
    ("body", "called"),
    [
        ("return a()\nb()", "a"),
        ("a()\nraise E\nb()", "a"),
        ("while a():\n    break\n    b()\nc()", "ac"),
        ("if a():\n    return\nb()", "ab"),
        ("if a():\n    return\nelse:\n    raise E\nb()", "a"),
        ("if a():\n    return\nelif b():\n    return\nc()", "abc"),
        ("if a():\n    return\nelif b():\n    return\nelse:\n    return\nc()", "ab"),
        ("try:\n    return a()\nfinally:\n    b()\nc()", "abc"),
        ("with a():\n    return\nb()", "ab"),
        ("def f():\n    return\na()", "a"),
        ("import sys\nsys.exit()\na()", ""),
        ("from acme import sys\nsys.exit()\na()", "a"),
        ("if a():\n    return b()\n    c()\nd()", "abd"),
    ],
)
def test_what_stands_behind_an_exit_never_runs(body, called):
    facts = read("def run():\n" + "".join(f"    {line}\n" for line in body.split("\n")))
    assert "".join(c.last for c in facts.calls if c.last != "exit") == called


def test_a_yield_that_never_runs_makes_a_generator():
    scopes = {s.name: s for s in read("def a():\n    raise E\n    yield 1\ndef b():\n    return\n    def c():\n        yield\n").scopes}
    assert (bool(scopes["a"].yields), bool(scopes["b"].yields)) == (True, False)


def test_cells_run_for_themselves():
    facts, _ = read_python("a.ipynb", "raise E\na()\nif x:\n    raise E\n    b()\n")
    assert facts is not None and [c.last for c in facts.calls] == ["a"]
