"""What is put into an object of which a program has one, and read where another function gets at it: an application."""

# ruff: noqa: E501

import pytest

from tests.program.ask import check, files_of, probes, program, shown

CASES = {
    "below it": "import web\napp = web.App()\napp.state.a = 1\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= 1\ndef g(r: 'web.Request'):\n    probe(app.state.a)  #= 1\n",
    "on itself": "import web\napp = web.App()\napp.a = 1\ndef f(r: web.Request):\n    probe(r.app.a)  #= 1\n",
    "by a quoted or optional annotation": "import web\nfrom web import Request\nfrom typing import Optional\napp = web.App()\napp.state.a = 1\ndef f(r: 'Request', s: Optional[Request], t: Request | None):\n    probe(r.app.state.a)  #= 1\n    probe(s.app.state.a)  #= 1\n    probe(t.app.state.a)  #= 1\n",
    "by another name for what lies below": "import web\napp = web.App()\nkept = app.state\nkept.a = 1\ndef f(r: web.Request):\n    there = r.app.state\n    probe(there.a)  #= 1\n",
    "by getattr": "import web\napp = web.App()\napp.state.a = 1\ndef f(r: web.Request):\n    probe(getattr(r.app.state, 'a', None))  #= 1\n    probe(getattr(r.app.state, 'b', None))  #= param r.app.state.b\n",
    "by a function that is handed the request": "import web\napp = web.App()\napp.state.a = 1\ndef get(r: web.Request):\n    return r.app.state.a\ndef f(r: web.Request):\n    probe(get(r))  #= 1\n",
    "handed to the function that it starts with": "import web\ndef start(it):\n    it.state.a = 1\ndef later(it):\n    it.state.a = 2\ndef never(it):\n    it.state.a = 3\ndef other(it, x):\n    x.state.a = 4\napp = web.App(lifespan=start)\napp.on_start.append(later)\napp.others.append(never)\napp.on_start.append(other)\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= 1 | 2\n",
    "handed on": "import web\ndef fill(it):\n    it.state.a = 1\ndef start(app: web.App):\n    fill(app)\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= 1\n",
    "a name that means it": "import web\nfrom web import current\napp = web.App()\napp.state.a = 1\napp.config['b'] = 2\ndef f():\n    probe(current.state.a)  #= 1\n    probe(current.config['b'])  #= 2\n    probe(current.config.get('b'))  #= 2\n",
    "items below it": "import web\napp = web.App()\napp.config['a'] = 1\napp.config.update(b=2)\napp.config.update({'c': 3})\napp.other['a'] = 4\ndef f(r: web.Request):\n    probe(r.app.config['a'])  #= 1\n    probe(r.app.config['b'])  #= 2\n    probe(r.app.config['c'])  #= 3\n    probe(r.app.config['d'])  #= param r.app.config['d']\n",
    "items of itself": "import web\nKEY = web.Key()\nNAME = 'n'\nOTHER = web.Key()\napp = web.App()\napp[KEY] = 1\napp[NAME] = 2\nbox = {}\nbox[OTHER] = 3\ndef f(r: web.Request):\n    probe(r.app[KEY])  #= 1\n    probe(r.app[NAME])  #= 2\n    probe(r.app[OTHER])  #= param r.app[None]\n",
    "an object of the program": "import web\nclass K:\n    n = 3\n    def go(self):\n        return self.n\napp = web.App()\napp.state.k = K()\ndef f(r: web.Request):\n    probe(r.app.state.k.go())  #= 3\n",
    "a class that derives from it": "import web\nclass App(web.App):\n    pass\napp = App()\napp.state.a = 1\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= 1\n",
    "another attribute, another object": "import web\napp = web.App()\napp.state.a = 1\nthing = web.Thing()\nthing.state.b = 2\nclass K:\n    pass\ndef f(r: web.Request, s, t: web.Other):\n    probe(r.app.other.a)  #= param r.app.other.a\n    probe(r.app.state.b)  #= param r.app.state.b\n    probe(r.state.a)  #= param r.state.a\n    probe(s.app.state.a)  #= param s.app.state.a\n    probe(t.app.state.a)  #= param t.app.state.a\n",
    "two of them": "import web\none = web.App()\ntwo = web.App()\none.state.a = 1\ntwo.state.a = 2\ndef f(r: web.Request):\n    probe(one.state.a)  #= 1\n    probe(two.state.a)  #= 2\n    probe(r.app.state.a)  #= 1 | 2\n",
    "in another module": "# file: main.py\nimport web\nimport pages\nfrom start import start\napp = web.App(lifespan=start)\n# file: start.py\ndef start(app):\n    app.state.a = 1\n# file: pages.py\nimport web\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= 1\n",
    "of another program beside it": "# file: one/main.py\nimport web\nimport common\nimport one.pages\napp = web.App()\napp.state.a = 1\n# file: one/pages.py\nimport web\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= 1\n# file: two/main.py\nimport web\nimport common\nimport two.pages\napp = web.App()\napp.state.a = 2\napp.state.b = 3\n# file: two/pages.py\nimport web\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= 2\n# file: common.py\nimport web\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= 1 | 2\n# file: three/pages.py\nimport web\ndef f(r: web.Request):\n    probe(r.app.state.a)  #= param r.app.state.a\n",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_shared(text):
    found, wanted = check(text)
    assert found == wanted


def test_what_a_test_puts_there_says_nothing_of_the_program():
    text = "# file: main.py\nimport web\napp = web.App()\ndef f(r: web.Request):\n    probe(r.app.state.a)\n# file: test_main.py\nfrom main import app\napp.state.a = 1\n"
    engine = program(files_of(text), tests=("test_main.py",))
    (path, _, place, index) = next(iter(probes(engine)))
    expr = engine.modules[place.module].calls[index].args[0]
    assert path == "main.py" and [shown(engine, o) for o in engine.origins(expr, place)] == ["param r.app.state.a"]
