"""The situations in which a scan can end, each as a folder and the arguments of a scan of it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from auditor.cli.app import run
from tests.cli.conftest import AGENT

Setup: TypeAlias = Callable[[Path], list[str]]

HEAD = "from openai import OpenAI\n\nclient = OpenAI(timeout=20)\n"
CALL = """

def {0}():
    return client.chat.completions.create(model="m", messages=[], max_tokens=9)
"""
ONE = f"{HEAD}{CALL.format('one')}\n\none()\n"
THREE = f"{HEAD}{''.join(CALL.format(name) for name in ('one', 'two', 'three'))}\n\none()\ntwo()\nthree()\n"
ENDPOINT = """
from fastapi import FastAPI

app = FastAPI()


@app.post("/work")
def work(text: str):
    messages = [text]
    while True:
        reply = client.chat.completions.create(model="m", max_tokens=9, messages=messages, tools=[])
        messages.append(reply.choices[0].message)
"""
RETRY = """
from tenacity import retry, stop_after_attempt


@retry(stop=stop_after_attempt({}))
def again():
    return client.chat.completions.create(model="m", messages=[], max_tokens=9)


again()
"""


@dataclass(frozen=True)
class Situation:
    """`said`: by the error, or among the reasons of the gate; `files`: whether the other output files are written."""

    name: str
    code: int
    setup: Setup
    said: str = ""
    files: bool = True


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=dev", "-c", "user.email=dev@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path, text: str) -> None:
    (folder / "agent.py").write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A change")


def having(text: str, *options: str, **others: str) -> Setup:
    """A folder with one file, and others by their names, in which a dot is written `_dot_`."""

    def setup(folder: Path) -> list[str]:
        (folder / "agent.py").write_text(text)
        for name, content in others.items():
            (folder / name.replace("_dot_", ".")).write_text(content)
        return [str(folder), *options]

    return setup


def empty(*options: str) -> Setup:
    return lambda folder: [str(folder), *options]


def against_baseline(before: str, now: str, *options: str) -> Setup:
    def setup(folder: Path) -> list[str]:
        (folder / "agent.py").write_text(before)
        file = folder.parent / "baseline.json"
        assert run(["baseline", "create", str(folder), "-o", str(file), "-q"]) == 0
        (folder / "agent.py").write_text(now)
        return [str(folder), "--baseline", str(file), *options]

    return setup


def against_commit(before: str, now: str, ref: str = "HEAD~1") -> Setup:
    def setup(folder: Path) -> list[str]:
        git(folder, "init", "--quiet", "--initial-branch=main")
        commit(folder, before)
        commit(folder, f"{now}\n# changed\n")
        return [str(folder), "--diff-base", ref]

    return setup


def shallow(folder: Path) -> list[str]:
    """A clone of the last commits of two branches, without the one at which they parted."""
    origin = folder.parent / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet", "--initial-branch=main")
    commit(origin, ONE)
    git(origin, "checkout", "--quiet", "-b", "topic")
    commit(origin, THREE)
    commit(origin, AGENT)
    git(origin, "checkout", "--quiet", "main")
    commit(origin, f"{ONE}# a\n")
    commit(origin, f"{ONE}# b\n")
    options = ("--quiet", "--depth=1", "--no-single-branch", "--branch=topic")
    git(folder.parent, "clone", *options, f"file://{origin}", str(folder))
    return [str(folder), "--diff-base", "origin/main"]


def baseline_file(text: str) -> Setup:
    def setup(folder: Path) -> list[str]:
        (folder / "agent.py").write_text(AGENT)
        file = folder.parent / "baseline.json"
        file.write_text(text)
        return [str(folder), "--baseline", str(file)]

    return setup


def unwritable(setup: Setup) -> Setup:
    return lambda folder: [*setup(folder), "-o", f"json={folder.parent / 'missing' / 'x.json'}"]


BROKEN = {"broken_dot_py": "def x(:\n"}
ELSEWHERE = '{"format": 1, "root": "services/a", "catalogue": "0", "failed_gates": [], "findings": []}'

SITUATIONS = (
    Situation("passed", 0, having(ONE)),
    Situation("the gate failed", 1, having(AGENT), "1 high finding: unbounded-agent-loop"),
    Situation("failed with --exit-zero", 0, having(AGENT, "--exit-zero"), "1 high finding"),
    Situation("--fail-on never", 0, having(AGENT, "--fail-on", "never")),
    Situation("no file", 3, empty(), "no source file could be read"),
    Situation("no agent", 3, having("print(1)\n"), "neither a model call nor an agent"),
    Situation("nothing, --exit-zero", 3, empty("--exit-zero"), "nothing to audit"),
    Situation("nothing, --allow-empty", 0, empty("--allow-empty")),
    Situation("no agent, --allow-empty", 0, having("print(1)\n", "--allow-empty")),
    Situation("under --min-coverage", 3, having(ONE, "--min-coverage", "100", **BROKEN), "coverage 75.0 % is under 100 %"),
    Situation("over --min-coverage", 0, having(ONE, "--min-coverage", "50", **BROKEN)),
    Situation("--fail-under without a score", 3, having(ONE, "--fail-under", "0"), "no score"),
    Situation("--fail-under over the score", 1, having(THREE, "--fail-under", "99"), "score 69.5 is under 99"),
    Situation("--fail-under at the score", 0, having(THREE, "--fail-under", "60")),
    Situation("3 beats 1", 3, having(AGENT, "--min-coverage", "100", **BROKEN), "1 high finding"),
    Situation("3 beats 1, --exit-zero", 3, having(AGENT, "--min-coverage", "100", "--exit-zero", **BROKEN), "1 high finding"),
    Situation("2 beats 3", 2, unwritable(empty()), "cannot write"),
    Situation("2 beats 1", 2, unwritable(having(AGENT)), "cannot write"),
    Situation("2 beats --exit-zero", 2, unwritable(having(AGENT, "--exit-zero")), "cannot write"),
    Situation("unwritable file", 2, unwritable(having(ONE)), "cannot write"),
    Situation("a missing path", 2, lambda folder: [str(folder / "missing")], "does not exist", files=False),
    Situation("an unknown option", 2, having(ONE, "--exit-zro"), "--exit-zro", files=False),
    Situation("an unknown rule", 2, having(ONE, "--select", "nothing"), "nothing", files=False),
    Situation("an unknown format", 2, having(ONE, "-o", "sarf=x"), "did you mean 'sarif'", files=False),
    Situation("two bases", 2, having(ONE, "--baseline", "x", "--diff-base", "y"), "--diff-base", files=False),
    Situation("a baseline of another root", 2, baseline_file(ELSEWHERE), "services/a", files=False),
    Situation("a broken baseline", 2, baseline_file("{"), "no baseline", files=False),
    Situation("a missing baseline", 2, having(ONE, "--baseline", "missing"), "cannot be read", files=False),
    Situation("an unknown REF", 2, against_commit(ONE, ONE, "mian"), "did you mean", files=False),
    Situation("a shallow clone", 2, shallow, "fetch --unshallow", files=False),
    Situation("no work tree of git", 2, having(ONE, "--diff-base", "main"), "work tree", files=False),
    Situation("broken settings", 2, having(ONE, pyproject_dot_toml="[tool.agentaudit]\nfial-on = 'low'\n"), "'fail-on'", files=False),
    Situation("settings that are no TOML", 2, having(ONE, pyproject_dot_toml="[tool.agentaudit]\nx =\n"), "TOML", files=False),
    Situation("new, baseline", 1, against_baseline(ONE, AGENT), "(new)"),
    Situation("new, commit", 1, against_commit(ONE, AGENT), "(new)"),
    Situation("known, baseline", 0, against_baseline(AGENT, AGENT)),
    Situation("known, commit", 0, against_commit(AGENT, AGENT)),
    Situation("worse, baseline", 1, against_baseline(HEAD + RETRY.format(4), HEAD + RETRY.format(9)), "(worse)"),
    Situation("worse, commit", 1, against_commit(HEAD + RETRY.format(4), HEAD + RETRY.format(9)), "(worse)"),
    Situation("better, baseline", 0, against_baseline(HEAD + RETRY.format(9), HEAD + RETRY.format(4))),
    Situation("a newly failed score gate", 1, against_baseline(THREE, THREE + ENDPOINT, "--fail-on", "never"), "score gate G1 failed"),
    Situation("a known failed score gate", 0, against_baseline(THREE + ENDPOINT, THREE + ENDPOINT, "--fail-on", "never")),
)  # fmt: skip
