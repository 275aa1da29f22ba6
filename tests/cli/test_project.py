"""A commit hook: the whole project is read, and only what lies in the files of the commit is reported."""

from __future__ import annotations

import json

import pytest

APP = """\
from fastapi import FastAPI
from llm import ask

app = FastAPI()


@app.post("/ask")
def answer(text: str):
    return ask(text)
"""
LLM = """\
import anthropic
import requests

client = anthropic.Anthropic(timeout=None)


def ask(text):
    requests.get("https://example.com")
    return client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": text}])
"""


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "main.py").write_text(APP)
    (folder / "llm.py").write_text(LLM)
    return folder


def test_the_way_from_an_entry_point_in_another_file_is_known(agentaudit, app):
    alone = json.loads(agentaudit("scan", app / "llm.py", "--format", "json").out)
    ran = agentaudit("scan", "--project", app, app / "llm.py", "--format", "json")
    whole = json.loads(ran.out)
    assert {f["role"] for f in alone["findings"]} == {"library"}
    assert {f["path"] for f in whole["findings"]} == {"llm.py"}
    assert "production" in {f["role"] for f in whole["findings"]}
    assert ran.code == 1


def test_findings_elsewhere_do_not_block_a_commit(agentaudit, app):
    ran = agentaudit("scan", "--project", app, app / "main.py", "--format", "json")
    document = json.loads(ran.out)
    assert {f["path"] for f in document["findings"]} <= {"main.py"}
    assert ran.code == 0
    assert document["coverage"]["files"] == 2


def test_a_folder_of_the_project(agentaudit, app):
    (app / "sub").mkdir()
    (app / "sub" / "x.py").write_text(LLM.replace("def ask(text):", "def ask(text=''):") + "\n\nask()\n")
    document = json.loads(agentaudit("scan", "--project", app, app / "sub", "--format", "json").out)
    assert {f["path"] for f in document["findings"]} == {"sub/x.py"}


def test_a_file_that_is_not_in_the_project_is_a_mistake(agentaudit, app, tmp_path):
    (tmp_path / "x.py").write_text("")
    ran = agentaudit("scan", "--project", app, tmp_path / "x.py")
    assert (ran.code, ran.out) == (2, "")
    assert "is not in the project" in ran.err


def test_a_project_that_is_no_folder_is_a_mistake(agentaudit, app):
    ran = agentaudit("scan", "--project", app / "main.py", app / "main.py")
    assert ran.code == 2
    assert "no folder" in ran.err


def test_a_file_of_a_package_is_read_with_what_it_imports(agentaudit, app):
    """`from app.llm import ask` in app/main.py: the root lies in the package."""
    (app / "__init__.py").write_text("")
    (app / "main.py").write_text(APP.replace("from llm", "from app.llm"))
    git = app.parent / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    ran = agentaudit("scan", app / "main.py", "--format", "json")
    assert json.loads(ran.out)["coverage"]["files"] == 3


def test_a_path_that_is_missing_is_a_mistake(agentaudit, app):
    assert agentaudit("scan", "--project", app, app / "nothing.py").code == 2
