"""The last step of a trace, the retries of the client: of several clients that of the way."""

from __future__ import annotations

from pathlib import Path

from auditor.graph.types import ModelCall
from auditor.pipeline import build_graph

FILES = {
    "lib.py": "class Chain:\n    def __init__(self, client):\n        self.client = client\n\n    def run(self):\n"
    '        for _ in range(3):\n            try:\n                return self.client.chat.completions.create(model="m", messages=[])\n'
    "            except Exception:\n                pass\n",
    "a_first.py": "from openai import OpenAI\n\nCLIENT = OpenAI(max_retries=4)\n",
    "b_second.py": "import lib\nfrom a_first import CLIENT\nfrom openai import OpenAI\n\ndef other():\n    return lib.Chain(CLIENT)\n\n\n"
    'if __name__ == "__main__":\n    lib.Chain(OpenAI(max_retries=4)).run()\n',
}


def test_the_client_of_the_way(tmp_path: Path) -> None:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    graph = build_graph([tmp_path])
    [call] = [n for n in graph.nodes.values() if isinstance(n, ModelCall)]
    assert call.total_attempts.value == 15
    assert [(s.what, s.at.path) for s in call.trace][-2:] == [("model call create", "lib.py"), ("sdk retry", "b_second.py")]
