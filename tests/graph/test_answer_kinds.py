"""Requests for an image or sound, calls in branches that exclude each other, and usage that is estimated, logged or passed on."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from auditor.graph.types import DecisionPoint, ModelCall
from auditor.pipeline import graph_of, read, scan

RAW = "import base64\nimport json\nimport requests\n\n"
HOST = "https://api-inference.huggingface.co/models/acme/any"
GENAI = "from google import genai\n\nclient = genai.Client()\n"
OPENAI = "import os\nfrom openai import OpenAI\n\nclient = OpenAI()\n"


def calls(folder: Path, text: str) -> list[ModelCall]:
    (folder / "app.py").write_text(dedent(text))
    found = graph_of(read([folder])).nodes.values()
    return sorted((n for n in found if isinstance(n, ModelCall)), key=lambda n: n.at)


def raw(url: str, body: str, use: str) -> str:
    return RAW + f"def ask(text, base):\n    answer = requests.post({url}, json={body})\n    {use}\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (raw(f'"{HOST}"', '{"inputs": text}', "return base64.b64encode(answer.content)"), "image"),
        (raw(f'"{HOST}"', '{"inputs": text}', "return answer.json()[0]"), "llm"),
        (raw(f'"{HOST}"', '{"inputs": text}', "return json.loads(answer.content)"), "llm"),
        (raw('"https://api.openai.com/v1/chat/completions"', '{"model": "a", "messages": []}', "return answer.content"), "llm"),
        (raw('base + "/images/generations"', '{"model": "a", "prompt": text}', "return answer.json()"), "image"),
        (raw('f"{base}/v1/images/generations"', '{"model": "a", "prompt": text}', "return answer.json()"), "image"),
        (
            raw("base", '{"contents": text, "generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}', "return answer.json()"),
            "image",
        ),
        (GENAI + 'for part in client.models.generate_content(model="m", contents="a").parts:\n    part.as_image().save("a")\n', "image"),
        (
            GENAI + 'for p in client.models.generate_content(model="m", contents="a").parts:\n    print(p.text or p.inline_data.data)\n',
            "llm",
        ),
        (GENAI + 'print(client.models.generate_content(model="gemini-9-flash-image", contents="a"))\n', "image"),
    ],
)
def test_what_is_asked_for(text: str, kind: str, tmp_path: Path) -> None:
    assert [c.call for c in calls(tmp_path, text)] == [kind]


ASK = 'client.chat.completions.create(model="a", messages=[{"role": "user", "content": text}]).choices[0].message.content'
COUNT = 'import tiktoken\nENCODING = tiktoken.get_encoding("a")\ndef count(text):\n    return len(ENCODING.encode(text))\n'
OLD = "from anthropic import Anthropic\nold = Anthropic()\n"


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        (f"{COUNT}def run(text, book):\n    answer = {ASK}\n    book(count(text), count(answer))\n    return answer\n", None),
        (f"def run(text, book):\n    answer = {ASK}\n    book(len(text) // 4, len(answer) // 4)\n    return answer\n", None),
        (f"{COUNT}used = 0\ndef run(text):\n    global used\n    answer = {ASK}\n    used += count(answer)\n    return answer\n", None),
        (f"{OLD}def run(text, book):\n    answer = {ASK}\n    book(old.count_tokens(text), old.count_tokens(answer))\n", None),
        (f"{OLD}def run(text, book):\n    answer = {ASK}\n    book(old.count_tokens(text), answer)\n", False),
        # The length of an answer alone is no usage, nor is one that is only compared.
        (f"def run(text, book):\n    answer = {ASK}\n    book(len(answer) // 4)\n    return answer\n", False),
        (
            f"{COUNT}def run(text):\n    answer = {ASK}\n    if count(text) + count(answer) > 9:\n        text = ''\n    print(answer)\n",
            False,
        ),
        # What may be a call of it counts, where nobody knows what the receiver is.
        (
            f"{COUNT}class Provider:\n    def infer(self, text):\n        return {ASK}\n"
            "def run(provider, text, book):\n    answer = provider.infer(text)\n    book(count(text), count(answer))\n",
            None,
        ),
        (
            f"class Provider:\n    def infer(self, text):\n        return {ASK}\ndef run(p, text):\n    print(p.infer(text))\n",
            False,
        ),
    ],
)
def test_tokens_that_the_program_counts_itself(text: str, recorded: object, tmp_path: Path) -> None:
    (call,) = calls(tmp_path, OPENAI + text)
    found = call.usage_recorded
    assert found.value is recorded if recorded is not None else (found.state == "unknown" and "tokens" in (found.why or ""))


KERNEL = """
import logging
import logging.config
import os
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion

kernel = Kernel(services=[OpenAIChatCompletion(ai_model_id="a")])

async def run(text):
    answer = await kernel.{method}(text)
    print(answer.value)
"""


@pytest.mark.parametrize(
    ("setting", "method", "logged"),
    [
        ("", "invoke_prompt", False),
        ("logging.basicConfig()", "invoke_prompt", False),
        ("logging.basicConfig(level=logging.WARNING)", "invoke_prompt", False),
        ("logging.basicConfig(level=logging.INFO)", "invoke_prompt", True),
        ('logging.basicConfig(level="DEBUG")', "invoke_prompt", True),
        ('logging.basicConfig(level=os.environ["LEVEL"])', "invoke_prompt", True),
        ("logging.config.dictConfig({})", "invoke_prompt", True),
        ('logging.getLogger("semantic_kernel").setLevel(logging.DEBUG)', "invoke_prompt", True),
        ("logging.getLogger(__name__).setLevel(logging.DEBUG)", "invoke_prompt", False),
        ("logging.basicConfig(level=logging.INFO)", "invoke_prompt_stream", False),
    ],
)
def test_usage_that_a_framework_logs_itself(setting: str, method: str, logged: bool, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("semantic-kernel==1.45.0\n")
    (call,) = calls(tmp_path, KERNEL.format(method=method) + setting + "\n")
    assert (call.usage_recorded.state == "unknown") if logged else (call.usage_recorded.value is False)


def test_a_raw_answer_that_goes_on_with_all_that_it_says(tmp_path: Path) -> None:
    url = '"https://api.openai.com/v1/chat/completions"'
    body = '{"model": "a", "messages": [{"role": "user", "content": text}]}'
    head = "from fastapi import FastAPI\n\napp = FastAPI()\n\n@app.post('/ask')\n"
    made = {"whole": "return answer.json()", "part": 'return answer.json()["choices"]'}
    found: dict[str, Any] = {}
    for name, use in made.items():
        (tmp_path / name).mkdir()
        text = raw(url, body, use).replace("def ask(text, base)", "def ask(text: str)").replace("def ask", head + "def ask", 1)
        (call,) = calls(tmp_path / name, text)
        found[name] = call.passed_whole, call.usage_recorded.value
    assert found == {"whole": (True, False), "part": (False, False)}


SERVER = """
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()

@app.post("/ask")
def ask(text: str, fast: bool):
    {body}
"""
TOOL = 'client.chat.completions.create(model="a", messages=[], tools=[{"type": "function", "function": {"name": "look"}}])'


@pytest.mark.parametrize(
    ("body", "severity", "words"),
    [
        (f"return [{TOOL}, {TOOL}]", "high", "any of the 2 decisions of /ask"),
        (f"return {TOOL}", "medium", "this decision"),
        (
            f"if fast:\n        return {TOOL}\n    else:\n        return {TOOL}",
            "medium",
            "the decision of /ask, which stands in 2 branches",
        ),
        ('return [client.chat.completions.create(model="a", messages=[]) for _ in "ab"]', "low", "this decision"),
    ],
)
def test_decisions_that_a_run_takes(body: str, severity: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SERVER.replace("{body}", body))
    found = [f for f in scan([tmp_path]).findings if f.rule == "decision-point-untraced"]
    assert [(f.severity, words in f.message) for f in found] == [(severity, True)]


def test_a_tool_of_which_nothing_runs_is_no_decision(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(SERVER.replace("{body}", f"return {TOOL}"))
    points = [n for n in graph_of(read([tmp_path])).nodes.values() if isinstance(n, DecisionPoint)]
    assert [p.decision for p in points] == ["model_call"]


def test_a_decision_that_a_person_starts_and_an_example_serves(tmp_path: Path) -> None:
    (tmp_path / "core.py").write_text(f"from openai import OpenAI\n\nclient = OpenAI()\n\ndef ask():\n    return [{TOOL}, {TOOL}]\n")
    (tmp_path / "main.py").write_text("from core import ask\n\nif __name__ == '__main__':\n    print(ask())\n")
    (tmp_path / "examples").mkdir()
    served = "from fastapi import FastAPI\nfrom core import ask\n\napp = FastAPI()\n\n@app.get('/')\ndef root():\n    return ask()\n"
    (tmp_path / "examples" / "serve.py").write_text(served)
    found = [f for f in scan([tmp_path]).findings if f.rule == "decision-point-untraced"]
    assert [f.severity for f in found] == ["low"]
