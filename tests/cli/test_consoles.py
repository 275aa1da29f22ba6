"""Any console, and none: encodings, colours, terminals, pipes that are closed early, streams that are closed, disks that are full."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auditor.cli import streams
from auditor.reports.formats import FORMATS
from auditor.reports.render import render
from auditor.reports.terminal import render_terminal
from tests.cli.conftest import AGENT
from tests.cli.test_documents import on_terminal
from tests.reports.sample import many

EVERY = [*FORMATS, "graph"]
LOCALES = [
    {"PYTHONIOENCODING": "cp1252"},
    {"PYTHONIOENCODING": "ascii:strict"},
    {"PYTHONIOENCODING": "utf-16"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]
NAMES = [
    b"caf\xe9.py",
    "\u540d\u524d\U0001f680.py".encode(),
    "a\u202eyp.nigeb.py".encode(),
    b"two\nlines.py",
    b"::error::x.py",
    b"\x1b[31m.py",
]


def arguments(name: str, path: object) -> list[object]:
    return ["graph", path] if name == "graph" else ["scan", path, "--format", name]


def shell(command: str, *words: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """`$A` in the command is the program with these words behind it."""
    program = [sys.executable, "-m", "auditor", *map(str, words)]
    return subprocess.run(
        ["bash", "-c", command.replace("$A", '"$@"'), "bash", *program],
        env={**os.environ, **environment}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Agents in files whose names no console likes."""
    folder = tmp_path_factory.mktemp("names") / "project"
    folder.mkdir()
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text(AGENT)
    return folder


@pytest.mark.parametrize("locale", LOCALES, ids=lambda locale: next(iter(locale.values())))
def test_files_and_what_programs_read_do_not_depend_on_the_locale(agentaudit, process, folder, tmp_path, locale):
    files = [f"-o{name}={tmp_path / name}" for name in FORMATS]
    ran = process("scan", folder, "--format", "markdown", "-q", *files, environment=locale)
    assert (ran.returncode, ran.stderr) == (1, b"")
    assert ran.stdout == (tmp_path / "markdown").read_bytes()
    made = {name: (tmp_path / name).read_bytes() for name in FORMATS}
    agentaudit("scan", folder, *files, "-q")
    for name, document in made.items():
        assert document == (tmp_path / name).read_bytes()
        assert document.decode("utf-8").endswith("\n")
        assert b"\r" not in document


def test_a_text_is_in_the_encoding_of_the_console(process, folder):
    for locale in LOCALES[1:3]:
        ran = process("scan", folder, environment=locale)
        assert (ran.returncode, ran.stderr) == (1, b"")
        assert "Gate: failed" in ran.stdout.decode(locale["PYTHONIOENCODING"].partition(":")[0])


def test_every_name_of_a_file_in_every_format(agentaudit, folder):
    """No line of a document is broken by one, and what cannot be seen is left out or escaped."""
    for name in FORMATS:
        ran = agentaudit("scan", folder, "--format", name, "--all", "-q")
        assert ran.code == 1
        assert not {"\x1b", "\u202e", "\r"} & set(ran.out)
        assert not any(line.startswith(("lines.py", "::error::x")) for line in ran.out.splitlines())
        ran.out.encode("utf-8")
    findings = json.loads(agentaudit("scan", folder, "--format", "json", "-q").out)["findings"]
    assert len({finding["path"] for finding in findings}) == len(NAMES)


def test_colours_where_they_are_forced(process, project):
    assert b"\x1b[" in process("scan", project, environment={"FORCE_COLOR": "1", "NO_COLOR": "", "TERM": "dumb"}).stdout
    assert b"\x1b[" not in process("scan", project, environment={"FORCE_COLOR": "1", "NO_COLOR": "1"}).stdout


def test_no_colour_in_what_programs_read(process, project, tmp_path):
    files = [f"-o{name}={tmp_path / name}" for name in FORMATS if name != "agent"]
    ran = process("scan", project, "--format", "agent", *files, environment={"FORCE_COLOR": "1"})
    assert b"\x1b[" not in ran.stdout
    assert not any(b"\x1b[" in (tmp_path / name).read_bytes() for name in FORMATS if name != "agent")


def test_a_terminal(project):
    plain = on_terminal("stdout", "scan", project, NO_COLOR="1", FORCE_COLOR="1", COLUMNS="80")[0]
    assert b"\x1b[" not in plain
    assert max(map(len, plain.splitlines())) <= 80
    assert on_terminal("stdout", "scan", project, TERM="dumb", COLUMNS="80")[0] == plain
    assert json.loads(on_terminal("stdout", "scan", project, "--format", "json")[0])["format"] == 1


def forked(kind: str, runs: list[list[object]]) -> list[tuple[int, str]]:
    root = Path(__file__).parents[2]
    words = [[str(word) for word in run] for run in runs]
    done = subprocess.run([sys.executable, "-m", "tests.cli.forked", kind, json.dumps(words)], cwd=root, capture_output=True, check=True)
    assert done.stderr == b""
    return [(code, said) for code, said in json.loads(done.stdout)]


def test_a_pipe_that_is_closed_early(project):
    """The exit code stays that of the gate, and nobody is told."""
    rows = forked("pipe", [[*arguments(name, project), "-q"] for name in EVERY])
    assert rows == [(0 if name == "graph" else 1, "") for name in EVERY]


def test_a_large_document_in_a_pipe_that_is_closed_early():
    """`head` has its line long before all is written."""
    assert forked("head", [[name] for name in FORMATS]) == [(0, "")] * len(FORMATS)


def test_streams_that_are_closed(project, tmp_path):
    """Nobody wants the document, and nobody listens."""
    rows = forked("mute", [[*arguments(name, project), "-o", f"json={tmp_path / name}"] for name in EVERY])
    assert rows == [(0 if name == "graph" else 1, "") for name in EVERY]
    assert {json.loads((tmp_path / name).read_text())["format"] for name in EVERY} == {1}
    ran = shell("$A 0<&- 1>&- 2>&-", "scan", project, "-o", f"json={tmp_path / 'x'}")
    assert (ran.returncode, ran.stdout, ran.stderr) == (1, b"", b"")
    assert (tmp_path / "x").read_bytes() == (tmp_path / "text").read_bytes()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")  # noqa: PTH110
def test_a_full_disk(agentaudit, project):
    rows = forked("full", [[*arguments(name, project), "-q"] for name in EVERY])
    assert rows == [(2, "error: cannot write to stdout: No space left on device\n")] * len(EVERY)
    for name in EVERY:
        ran = agentaudit(*arguments(name, project), "-q", "-o", "/dev/full")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: cannot write /dev/full: No space left on device\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the system has no /dev/full")  # noqa: PTH110
def test_nobody_can_be_told(project):
    rows = forked("deaf", [["scan", project, "--format", "json"], ["scan", project / "missing"], ["scan", project, "-o", project]])
    assert [code for code, _ in rows] == [1, 2, 2]


@pytest.mark.parametrize("name", FORMATS)
def test_files_that_cannot_be_written(agentaudit, project, tmp_path, name):
    places = {tmp_path / "missing" / "x": "No such file", tmp_path: "Is a directory", project / "agent.py" / "x": "Not a directory"}
    for file, why in places.items():
        ran = agentaudit("scan", project, "--format", name, "-o", file)
        assert (ran.code, ran.out) == (2, "")
        assert f"error: cannot write {file}: {why}" in ran.err
        assert "hint: " in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_is_read_only(agentaudit, project, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    ran = agentaudit("scan", project, "-o", locked / "x")
    assert (ran.code, ran.out) == (2, "")
    assert "Permission denied" in ran.err


def test_a_pipe_that_does_not_wait():
    """Its other end reads late, and gets all."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETFL, os.O_NONBLOCK)
    code = "from auditor.cli import streams; streams.prepare(); streams.emit('x' * 300_000)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=theirs) as running:
        os.close(theirs)
        time.sleep(0.5)
        length = 0
        while part := os.read(ours, 65_536):
            length += len(part)
        os.close(ours)
        assert (running.wait(60), length) == (0, 300_000)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"FORCE_COLOR": "true"}, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "0"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
    ],
)
def test_colours_without_a_terminal(monkeypatch, environment, wanted):
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert streams.wants_color() == wanted


@pytest.mark.parametrize("name", [*FORMATS, "all"])
def test_a_document_of_many_findings_takes_time_in_proportion(name):
    """Four times the findings: about four times the time, sixteen were they compared with each other."""
    few, lots = many(40), many(160)

    def seconds(report) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            render_terminal(report, everything=name == "all") if name in ("text", "all") else render(name, report)
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(lots) < 9 * seconds(few) + 0.05
