"""Which binding of a name reaches a use."""

import pytest

from tests.program.ask import check

CASES = {
    "one": "x = 1\nprobe(x)  #= 1\n",
    "nearest": "x = 1\nx = 2\nprobe(x)  #= 2\nx = 3\n",
    "own value": "x = 1\nx = x + 1\nprobe(x)  #= 2\n",
    "if": "x = 1\nif a:\n    x = 2\nprobe(x)  #= 1 | 2\n",
    "both branches hide": "x = 1\nif a:\n    x = 2\nelse:\n    x = 3\nprobe(x)  #= 2 | 3\n",
    "elif chain without else": "x = 1\nif a:\n    x = 2\nelif b:\n    x = 3\nprobe(x)  #= 1 | 2 | 3\n",
    "elif chain with else": "x = 1\nif a:\n    x = 2\nelif b:\n    x = 3\nelse:\n    x = 4\nprobe(x)  #= 2 | 3 | 4\n",
    "exclusive branches": "if a:\n    x = 1\n    probe(x)  #= 1\nelse:\n    x = 2\n    probe(x)  #= 2\n",
    "branches of two that ask the same": """
m = f()
if m != "a":
    x = 1
else:
    x = 2
if m == "a":
    probe(x)  #= 2
else:
    probe(x)  #= 1
""",
    "asked the other way round": """
def f(m):
    if not m is None:
        x = 1
    else:
        x = 2
    if m is None:
        probe(x)  #= 2
f(g())
""",
    "they ask for something else": """
m = f()
if m == "a":
    x = 1
else:
    x = 2
if m == "b":
    probe(x)  #= 2
else:
    probe(x)  #= 1 | 2
""",
    "branches of two that ask an attribute": """
def f(r):
    if r.kind == "a":
        x = 1
    elif r.kind in ("b", "c"):
        x = 2
    else:
        x = 3
    if r.kind == "a":
        probe(x)  #= 1
    elif r.kind == "c":
        probe(x)  #= 2
    elif r.kind == "d":
        probe(x)  #= 3
    if r.other == "a":
        probe(x)  #= 1 | 2 | 3
f(g())
""",
    "an attribute that is set": """
def f(r):
    if r.kind == "a":
        x = 1
    else:
        x = 2
    r.kind = g()
    if r.kind == "a":
        probe(x)  #= 1 | 2
f(g())
""",
    "asked in a function inside": """
def f(r):
    if r.kind == "a":
        x = 1
    else:
        x = 2
    def inner():
        if r.kind == "a":
            probe(x)  #= 1
        elif r.kind == "b":
            probe(x)  #= 2
        return probe(x)  #= 1 | 2
    if r.kind == "a":
        def within():
            probe(x)  #= 1
    return inner, within
f(g())
""",
    "another name in the function inside": """
def f(r):
    if r.kind == "a":
        x = 1
    else:
        x = 2
    def inner(r):
        if r.kind == "a":
            probe(x)  #= 1 | 2
    inner(g())
f(g())
""",
    "true and one are the same": """
def f(r):
    if r == 1:
        x = 1
    else:
        x = 2
    if r is True:
        probe(x)  #= 1
f(g())
""",
    "what they ask may have changed": """
m = f()
if m == "a":
    x = 1
else:
    x = 2
m = g()
if m == "a":
    probe(x)  #= 1 | 2
""",
    "what they ask changes in a loop": """
x = 0
for i in y:
    m = f(i)
    if m == "a":
        x = 1
    if m != "a":
        probe(x)  #= 0 | 1
""",
    "a function may change it": """
m = f()
def g():
    global m
    m = 3
if m == "a":
    x = 1
else:
    x = 2
g()
if m == "a":
    probe(x)  #= 1 | 2
""",
    "what is true may change": """
m = f()
if m:
    x = 1
else:
    x = 2
m.clear()
if m:
    probe(x)  #= 1 | 2
""",
    "branch sees earlier": "x = 0\nif a:\n    probe(x)  #= 0\n    x = 1\n",
    "a later item of a with": "x = 1\nwith 2 as x, open(probe(x)) as y:  #= 2\n    pass\n",
    "an item of a with that works on the name": "x = 1\nwith go(probe(x)) as x:  #= 1\n    pass\n",
    "loop carried": "x = 1\nfor i in y:\n    probe(x)  #= 1 | 2\n    x = 2\n",
    "while carried": "x = 1\nwhile x:\n    probe(x)  #= 1 | 2\n    x = 2\nprobe(x)  #= 1 | 2\n",
    "after a loop": "x = 1\nfor i in y:\n    x = 2\nprobe(x)  #= 1 | 2\n",
    "try and except": "try:\n    x = 1\nexcept E:\n    x = 2\nprobe(x)  #= 1 | 2\n",
    "except sees try": "x = 0\ntry:\n    x = 1\n    f()\nexcept E:\n    probe(x)  #= 0 | 1\n",
    "try and except hide": "x = 0\ntry:\n    x = 1\nexcept A:\n    x = 2\nexcept B:\n    x = 3\nprobe(x)  #= 1 | 2 | 3\n",
    "one handler of two": "x = 0\ntry:\n    x = 1\nexcept A:\n    x = 2\nexcept B:\n    pass\nprobe(x)  #= 0 | 1 | 2\n",
    "finally": "x = 0\ntry:\n    x = 1\nfinally:\n    x = 2\nprobe(x)  #= 2\n",
    "with": "with open(p) as x:\n    probe(x)  #= builtins.open()\n    x = 2\nprobe(x)  #= 2\n",
    "walrus": "if (x := f()) and (y := 3):\n    probe(y)  #= 3\n",
    "walrus in comprehension": "[y for _ in z if (y := 3)]\nprobe(y)  #= 3\n",
    "augmented number": "x = 1\nx += 2\nprobe(x)  #= 3\n",
    "augmented list": "x = [1]\nx += [2]\nprobe(x)  #= [1, 2]\n",
    "unpacked": "a, b = 1, 2\nprobe(b)  #= 2\n",
    "unpacked deep": "a, (b, c) = 1, (2, 3)\nprobe(c)  #= 3\n",
    "unpacked list": "[a, b] = [1, 2]\nprobe(a)  #= 1\n",
    "swapped": "a, b = 1, 2\na, b = b, a\nprobe(a)  #= 2\n",
    "unpacked result": "def f():\n    return 1, 2\na, b = f()\nprobe(b)  #= 2\n",
    "two targets": "a = b = 3\nprobe(a)  #= 3\nprobe(b)  #= 3\n",
    "annotated": "x: int = 3\nprobe(x)  #= 3\n",
    "only annotated": "x: int\nx = 3\nprobe(x)  #= 3\n",
    "function sees the end": "x = 1\ndef f():\n    probe(x)  #= 2\nx = 2\n",
    "global": "x = 1\ndef f():\n    global x\n    x = 2\ndef g():\n    probe(x)  #= 1 | 2\n",
    "global only": "def f():\n    global c\n    c = Client()\ndef g():\n    probe(c)  #= ?\n".replace("Client()", "3").replace(
        "#= ?", "#= 3"
    ),
    "global None": "c = None\ndef get():\n    global c\n    if c is None:\n        c = 3\n    return c\nprobe(get())  #= 3 | None\n",
    "nonlocal": "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    probe(x)  #= 1 | 2\n",
    "closure": "def f():\n    x = 1\n    def g():\n        probe(x)  #= 1\n    x = 1\n    return g\n",
    "closure with an argument": "def f(x):\n    def g():\n        return x\n    return g\nprobe(f(3)())  #= 3\n",
    "class body is no scope for methods": "x = 1\nclass K:\n    x = 2\n    def f(self):\n        probe(x)  #= 1\n    probe(x)  #= 2\n",
    "class body sees the module": "x = 1\nclass K:\n    y = x\nprobe(K.y)  #= 1\n",
    "shadowed": "x = 1\ndef f():\n    x = 2\n    probe(x)  #= 2\nprobe(x)  #= 1\n",
    "comprehension variable": "x = 1\ny = [x for x in [2, 3]]\nprobe(x)  #= 1\nprobe(y)  #= [2, 3]\n",
    "comprehension in a function": "def f():\n    x = 1\n    x2 = [probe(x) for _ in y]  #= 1\n",
    "comprehension in a class": "class K:\n    a = [1, 2]\n    b = [i for i in a]\nprobe(K.b)  #= [1, 2]\n",
    "lambda sees the function": "def f():\n    x = 1\n    g = lambda: x\n    probe(g())  #= 1\n",
    "lambda argument": "g = lambda x, y=2: y\nprobe(g(1))  #= 2\nprobe(g(1, 3))  #= 3\n",
    "deleted": "x = 1\ndel x\nx = 2\nprobe(x)  #= 2\n",
    "match captures": "match 3:\n    case x:\n        probe(x)  #= 3\n",
    "match branches": "match a:\n    case 1:\n        x = 1\n    case 2:\n        x = 2\n        probe(x)  #= 2\nprobe(x)  #= 1 | 2\n",
    "match with a wildcard hides": "x = 0\nmatch a:\n    case 1:\n        x = 1\n    case _:\n        x = 2\nprobe(x)  #= 1 | 2\n",
    "defined twice": "if a:\n    def f():\n        return 1\nelse:\n    def f():\n        return 2\nprobe(f())  #= 1 | 2\n",
    "redefined": "def f():\n    return 1\ndef f():\n    return 2\nprobe(f())  #= 2\n",
    "conditional": "x = 1 if a else 2\nprobe(x)  #= 1 | 2\n",
    "or default": "def f(x=None):\n    probe(x or 3)  #= 3\nf()\n",
    "or of two": "def f(x):\n    probe(x or 3)  #= 5\nf(5)\n",
    "and": "probe(a and 3)  #= 3 | ?\n",
    "not defined": "probe(nowhere)  #= ?\n",
    "builtin": "probe(len)  #= builtins.len\n",
    "for element": "for x in [1, 2]:\n    probe(x)  #= 1 | 2\n",
    "for else": "for x in [1]:\n    y = 1\nelse:\n    y = 2\nprobe(y)  #= 1 | 2\n",
    "a return ends the branch": "def f(a):\n    x = 1\n    if a:\n        x = 2\n        return x\n    probe(x)  #= 1\n",
    "a raise ends the branch": "def f(a):\n    x = 1\n    if a:\n        x = 2\n        raise E\n    probe(x)  #= 1\n",
    "text of parts": 'a = "x"\nprobe(f"{a}-y")  #= \'x-y\'\nprobe(f"{q}-y")  #= text {}-y\n',
    "arithmetic": "x = 2\nprobe(x * 30)  #= 60\nprobe(60 / x)  #= 30.0\nprobe(-x)  #= -2\n",
}

CLOSED = {
    "a default": "if x is None:\n        x = 3\n    def g():\n        probe(x)  #= 3 | 5",
    "two deep": "if x is None:\n        x = 3\n    def h():\n        def g():\n            probe(x)  #= 3 | 5",
    "a lambda": "if x is None:\n        x = 3\n    g = lambda: probe(x)  #= 3 | 5",
    "not true": "if not x:\n        x = 3\n    def g():\n        probe(x)  #= 3 | 5",
    "left": "if x is None:\n        return\n    def g():\n        probe(x)  #= 5",
    "checked around": "if x is not None:\n        def g():\n            probe(x)  #= 5",
    "made before": "def g():\n        probe(x)  #= 3 | None | 5\n    if x is None:\n        x = 3",
    "set again": "if x is None:\n        x = 3\n    def g():\n        probe(x)  #= None | 3 | 5\n    if a:\n        x = None",
    "set inside": "def h():\n        nonlocal x\n        x = None\n    if not x:\n        x = 3\n"
    "    def g():\n        probe(x)  #= 3 | None | 5",
    "its own": "if x is None:\n        x = 3\n    def g(x=None):\n        probe(x)  #= None",
    "replaced in the branch": "if a:\n        x = 3\n        def g():\n            probe(x)  #= 3",
    "replaced in another": "if a:\n        x = 3\n    def g():\n        probe(x)  #= 3 | None | 5",
}


@pytest.mark.parametrize("text", CLOSED.values(), ids=CLOSED)
def test_what_is_surely_replaced_before_a_function_is_made_is_not_found_by_it(text):
    found, wanted = check(f"def f(x=None):\n    {text}\nf()\nf(5)\n")
    assert found == wanted


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_bindings(text):
    found, wanted = check(text)
    assert found == wanted
