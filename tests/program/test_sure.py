"""What stands in for a name that surely is an object never comes: `client or self.client`."""

# ruff: noqa: E501

import pytest

from tests.program.ask import check

HEAD = "from one import First\nfrom two import Second\nfrom three import third\n"
CASES = {
    "of a private function, given by all its callers": "def _go(c=None):\n    x = c or Second()\n    probe(x)  #= one.First()\n_go(First())\n",
    "one caller gives none": "def _go(c=None):\n    x = c or Second()\n    probe(x)  #= one.First() | two.Second()\n_go(First())\n_go()\n",
    "others may call it": "def go(c=None):\n    x = c or Second()\n    probe(x)  #= one.First() | two.Second()\ngo(First())\n",
    "a function's result may be nothing": "def _go(c=None):\n    x = c or Second()\n    probe(x)  #= three.third() | two.Second()\n_go(third())\n",
    "a variable": "c = First()\nx = c or Second()\nprobe(x)  #= one.First()\n",
    "asked if it is none": "def _go(c=None):\n    probe(c if c is not None else Second())  #= one.First()\n_go(First())\n",
    "asked the other way": "def _go(c=None):\n    probe(Second() if not c else c)  #= one.First()\n_go(First())\n",
    "not asked of it": "def _go(c, d):\n    probe(c if d is not None else Second())  #= one.First() | two.Second()\n_go(First(), d)\n",
    "an object of the program": "class K: pass\ndef _go(c=None):\n    probe(c or Second())  #= K()\n_go(K())\n",
    "one that may be empty": "class K:\n    def __len__(self): return 0\ndef _go(c=None):\n    probe(c or Second())  #= K() | two.Second()\n_go(K())\n",
    "one that may inherit it": "class K(dict): pass\ndef _go(c=None):\n    probe(c or Second())  #= K() | two.Second()\n_go(K())\n",
}


@pytest.mark.parametrize("text", CASES.values(), ids=CASES)
def test_sure(text):
    found, wanted = check(HEAD + text)
    assert found == wanted
