"""Switches of which it is decided at run time what they do: a doubt for what runs beside them, and for what nobody is seen to load."""

from __future__ import annotations

import pytest

from tests.graph.dispatch_help import ACME, build
from tests.graph.test_tracing import traced

WHY = "which handler it holds is decided when it runs"
HOOK = [*ACME["tracing"], {"names": ["acme.trace.hook"], "does": "instrument", "covers": ["acme"], "records_usage": True, "doubt": WHY}]
PLUGIN = "from acme import Client\n\ndef answer(text):\n    return Client().chat(messages=[text])\n"
MAIN = "\n\nif __name__ == '__main__':\n    answer('x')\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"app.py": "from acme import trace\n\ntrace.hook(1)\n\n" + PLUGIN}, WHY),
        ({"app.py": "from acme import trace\nfrom plugin import answer\n\ntrace.hook(1)\nanswer('x')\n", "plugin.py": PLUGIN}, WHY),
        ({"app.py": "from acme import trace\n\ntrace.hook(1)\n", "plugin.py": PLUGIN}, WHY),
        ({"app.py": "from acme import trace\n\ntrace.hook(1)\n", "plugin.py": PLUGIN + MAIN}, False),
        ({"app.py": "from acme import trace\n\ntrace.instrument()\n", "plugin.py": PLUGIN}, False),
        ({"app.py": "from acme import trace\n\ntrace.other(1)\n", "plugin.py": PLUGIN}, False),
    ],
)
def test_a_hook_that_may_hold_anything(files: dict[str, str], expected: object) -> None:
    assert traced(build(files, tracing=HOOK)) == expected
