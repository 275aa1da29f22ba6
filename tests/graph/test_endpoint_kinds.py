"""What a request helper asks a model for that several callers give a path."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.graph.types import ModelCall
from auditor.pipeline import graph_of, read

HELPER = """
import requests

class Server:
    def __init__(self, base):
        self.base = base

    def post(self, path, body):
        return requests.post(f"{{self.base}}{{path}}", json=body, timeout=9).json()

    def chat(self, text):
        return self.post("{}", {{"model": "m", "messages": [{{"role": "user", "content": text}}]}})

    def embed(self, text):
        return self.post("{}", {{"model": "m", "{}": text}})

server = Server(input())
print(server.chat("hi"), server.embed("hi"))
"""


@pytest.mark.parametrize(
    ("paths", "given", "kind"),
    [
        (("/api/chat", "/api/embeddings"), "input", "llm"),
        (("/api/chat", "/api/embeddings"), "prompt", "llm"),
        (("/v1/chat/completions", "/v1/embeddings"), "input", "llm"),
        (("/api/embeddings", "/api/embeddings"), "input", "embedding"),
        (("/tokenize", "/api/embeddings"), "input", "embedding"),
    ],
)
def test_an_answer_goes_before_the_rest(tmp_path: Path, paths: tuple[str, str], given: str, kind: str) -> None:
    (tmp_path / "app.py").write_text(HELPER.format(*paths, given))
    calls = [n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, ModelCall)]
    assert [c.call for c in calls] == [kind]


def test_what_takes_traces_is_no_model(tmp_path: Path) -> None:
    text = 'import requests\nrequests.post("https://api.openai.com/v1/traces/ingest", json={"data": []}, timeout=9)\n'
    (tmp_path / "app.py").write_text(text)
    assert not [n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, ModelCall)]
