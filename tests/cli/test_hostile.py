"""A repository that attacks whoever reads its report: the terminal, the runner of CI, the web page, the assistant."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from auditor.reports.formats import FORMATS

BAD = (
    "\x1b[31mred\x1b]0;t\x07 \x9b1m \u202eright \u2066iso \u200bzero \u2028line <script>alert(1)</script> ![](http://evil.example/p.png)"
    " [x](javascript:alert(1)) `code` ``two`` a|b </details> <!-- agentaudit --> @team #1 ::set-output name=a::b ##[error]x ##vso[task]y"
    " \r\n::error::owned\n::stop-commands::x\n##[group]x\n\n# heading\n- list\n{0} %0A::warning::x"
)
NAMES = [
    "a|b.py", "`tick`.py", "<script>alert(1)<", "![](http:", "[x](y).py", "::error::x.py", "##[error]x.py", "two\nlines.py", "\x1b[31m.py",
    "\u202eyp.x.py", "--help.py", "%0A::error::.py", "{0}.py", "@team #1.py", "*bold* _x_.py", "caf\udce9.py",
    "a b \U0001f680.py", "<!--x-->.py",
]  # fmt: skip
CODE = '''
import os
from fastapi import FastAPI
from langgraph.graph import StateGraph
from openai import OpenAI
from agents import Agent, Runner, function_tool
from mystery import thing

BAD = {bad}
app = FastAPI()
client = OpenAI(base_url=BAD, max_retries=int(os.environ[{bad}]))
other = OpenAI(timeout=thing({bad}))


@function_tool(name_override={bad}, description_override={bad})
def tool(x: str) -> str:
    """{doc}"""
    import requests
    return requests.post({bad}, json=x).text


agent = Agent(name={bad}, instructions={bad}, tools=[tool], model={bad})


@app.post({bad})
def endpoint(text: str):
    messages = [text]
    while True:
        tools = [{{"type": "function", "function": {{"name": {bad}}}}}]
        reply = client.chat.completions.create(model={bad}, messages=messages, tools=tools)
        messages.append(reply.choices[0].message)
        other.responses.create(model={bad}, input=text)
        thing.run({bad})


async def run():
    return await Runner.run(agent, {bad}, max_turns=10**9)


def step(state):
    return client.responses.create(model="m", input={bad})


graph = StateGraph(dict)
graph.add_node({bad}, step)
graph.add_edge({bad}, {bad})
graph.set_entry_point({bad})
built = graph.compile()


@app.get("/x")
def invoked():
    return built.invoke({{}})


def silenced(messages):
    # agentaudit: ignore[unbounded-agent-loop] {line}
    while True:
        messages.append(client.chat.completions.create(model="m", messages=messages))


silenced([])
# agentaudit: ignore[{line}] {line}
# agentaudit: ignore[unbounded-agent-loop] until=2001-01-01 {line}
# agentaudit: ignore[infinite-retry] unused {line}
'''
SETTINGS = """
[[tool.agentaudit.suppress]]
path = "*tick*"
rule = "unbounded-agent-loop"
reason = {reason}
"""
MARKDOWN = MarkdownIt("commonmark").enable("table")
OWN_HTML = re.compile(r"<!-- agentaudit -->|<details><summary>[^<>]*</summary>|</details>")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "project"
    line = " ".join(BAD.split())
    code = CODE.format(bad=ascii(BAD), doc=line.replace("\\", "").replace('"', ""), line=line)
    for name in NAMES:
        file = folder / name / "script>.py" if name.endswith("<") else folder / name / "evil.py" if name.endswith(":") else folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8", errors="surrogateescape")
    (folder / "broken.py").write_text(f"def {line}(:\n", encoding="utf-8")
    (folder / "requirements.txt").write_text(f"openai=={line}\nfastapi @ {line}\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(SETTINGS.format(reason=json.dumps(BAD)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def documents(hostile, tmp_path_factory) -> dict[str, str]:
    from auditor.cli.app import run

    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GITHUB_STEP_SUMMARY", str(out / "summary"))
        assert (
            run(["scan", str(hostile), "-q", "--all", "--sarif-include-suppressed", *(f"-o{name}={out / name}" for name in FORMATS)]) == 1
        )
    return {name: (out / name).read_text("utf-8") for name in (*FORMATS, "summary")}


def shown(data: object) -> list[str]:
    """The texts of a document that a reader is shown: paths and rules are for programs."""
    if isinstance(data, list):
        return [text for value in data for text in shown(value)]
    if not isinstance(data, dict):
        return []
    own = [value for key, value in data.items() if key in ("text", "description", "message") and isinstance(value, str)]
    return [*own, *(text for value in data.values() for text in shown(value))]


def test_it_is_attacked_through_everything(documents):
    """Names, reasons and problems of the repository are in the report at all."""
    found = json.loads(documents["json"])
    assert len({finding["path"] for finding in found["findings"]}) >= len(NAMES)
    assert {"open", "suppressed"} <= {finding["state"] for finding in found["findings"]}
    assert found["problems"]
    assert "alert(1)" in documents["text"]
    assert "alert(1)" in documents["markdown"]
    assert "alert(1)" in documents["github"]


@pytest.mark.parametrize("name", [*FORMATS, "summary"])
def test_nothing_that_a_terminal_obeys(documents, name):
    hidden = {c for c in documents[name] if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}
    assert hidden == set()


@pytest.mark.parametrize("name", [*FORMATS, "summary"])
def test_nothing_that_a_runner_obeys(documents, name):
    """A step may print any document."""
    assert not re.search(r"##\w*\[", documents[name])
    commands = [line for line in documents[name].split("\n") if line.lstrip().startswith("::")]
    if name != "github":
        assert commands == []
        return
    assert 1 < len(commands) <= 11
    for command in commands:
        properties, _, message = command.removeprefix("::").partition("::")
        kind, _, given = properties.partition(" ")
        assert kind in ("error", "warning", "notice")
        assert {pair.partition("=")[0] for pair in given.split(",")} <= {"file", "line", "endLine", "col", "endColumn", "title"}
        assert not re.search(r"%(?!25|0A|3A|2C)", properties + message)


@pytest.mark.parametrize("name", ["markdown", "summary"])
def test_nothing_that_a_page_obeys(documents, name):
    for token in MARKDOWN.parse(documents[name]):
        if token.type == "html_block":
            assert OWN_HTML.fullmatch(token.content.strip()), token.content
        for child in token.children or ():
            assert child.type not in ("link_open", "image", "html_inline"), child
            if child.type == "text":
                assert not re.search(r"[@#]\w|https?:|www\.", child.content), child.content


def test_nothing_that_code_scanning_obeys(documents, hostile):
    [run] = json.loads(documents["sarif"])["runs"]
    for result in run["results"]:
        text = result["message"]["text"]
        assert re.sub(r"\[[a-z0-9 ]+\]\(\d+\)", "", text).count("](") == 0
        assert not re.search(r"[`{}]|<[a-z/!]", text)
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[\w.~/%-]+", uri, re.ASCII)
        # A name that is no UTF-8 is told with escapes of its own.
        assert (hostile / unquote(uri)).exists() or uri == "caf%5Cxe9.py"


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab"])
def test_data_stays_data(documents, name):
    documents[name].encode("ascii")
    texts = shown(json.loads(documents[name]))
    assert texts
    if name != "json":
        assert not [text for text in texts if {"\x1b", "\u202e", "\r"} & set(text)]


def test_what_is_said_beside_it(agentaudit, hostile):
    ran = agentaudit("scan", hostile, "--format", "json")
    assert not {"\x1b", "\u202e", "\r"} & set(ran.err)
    assert not any(line.lstrip().startswith(("::", "##[")) for line in ran.err.splitlines())
    assert not re.search(r"##\w*\[", ran.err)
