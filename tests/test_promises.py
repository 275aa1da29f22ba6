"""What the architecture promises of a run: nothing of the target runs, no network, and always the same answer."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import auditor
from auditor import pipeline
from auditor.graph.export import to_json

TESTS = Path(__file__).parent
FIXTURES = TESTS.parent / "fixtures"
IMPORTABLE = str(Path(auditor.__file__).parents[1])
SCAN = "from auditor.cli.app import run; assert run(['scan', target, '--format', 'json', '-q']) in (0, 1)"
GRAPH = "from auditor.cli.app import run; assert run(['graph', target, '--format', 'json', '-q']) == 0"

HOSTILE = {
    "app.py": "open(__file__ + '.ran', 'w').close()\nfrom openai import OpenAI\nOpenAI().responses.create(model='m', input='x')\n",
    "json.py": "raise SystemExit('the target was imported')\n",
    "yaml.py": "raise SystemExit('the target was imported')\n",
    "conftest.py": "raise SystemExit('the target was imported')\n",
    "sitecustomize.py": "raise SystemExit('the target was imported')\n",
    "setup.py": "import os\nos.system('touch ran')\n",
    "requirements.txt": "openai==2.54.0\n--index-url http://127.0.0.1:9/simple\n",
}


def python(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, "PYTHONPATH": IMPORTABLE, **environment}
    return subprocess.run([sys.executable, "-P", *arguments], cwd=cwd, env=variables, capture_output=True, text=True, check=False)


def watched(target: Path, statement: str) -> list[str]:
    """What the guard has seen; the document that the statement writes to stdout is not asked for."""
    code = f"import io, sys\nsys.stdout = io.StringIO()\ntry:\n    {statement}\nfinally:\n    sys.stdout = sys.__stdout__"
    done = python(str(TESTS / "guard.py"), str(target), code, cwd=target)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1] if done.stdout.strip() else []


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    folder = tmp_path / "hostile"
    folder.mkdir()
    for name, text in HOSTILE.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import socket; socket.socket().close()", "socket.__new__"),
        ("import socket; socket.getaddrinfo('127.0.0.1', 9)", "socket.getaddrinfo"),
        ("import subprocess; subprocess.run([sys.executable, '-V'], stdout=subprocess.DEVNULL)", "subprocess.Popen"),
        ("import os; os.system('true')", "os.system"),
        ("import runpy; runpy.run_path(target + '/quiet.py')", "exec"),
        ("sys.path.insert(0, target); import quiet", "import quiet"),
        ("open(target + '/new.txt', 'w').close()", "write"),
    ],
)
def test_the_guard_sees(tmp_path: Path, statement: str, said: str) -> None:
    (tmp_path / "quiet.py").write_text("answer = 42\n")
    assert any(row.startswith(said) for row in watched(tmp_path, statement))


@pytest.mark.parametrize("statement", [SCAN, GRAPH], ids=["scan", "graph"])
def test_nothing_of_the_target_runs_and_no_socket_is_opened(hostile: Path, statement: str) -> None:
    assert watched(hostile, statement) == []
    assert sorted(path.name for path in hostile.iterdir()) == sorted(HOSTILE)


@pytest.mark.parametrize("fixture", ["support-api", "research-graph"])
def test_a_realistic_target_is_only_read(tmp_path: Path, fixture: str) -> None:
    target = Path(shutil.copytree(FIXTURES / fixture, tmp_path / fixture))
    subprocess.run(["git", "init", "-q", str(target)], check=True)
    assert watched(target, SCAN) == []


@pytest.mark.parametrize("fixture", ["support-api", "research-graph", "support-desk", "well-kept"])
@pytest.mark.parametrize("command", ["scan", "graph"])
def test_two_runs_are_byte_equal(tmp_path: Path, fixture: str, command: str) -> None:
    """Other hash seed, other working folder, other place of the checkout, other environment."""
    first = Path(shutil.copytree(FIXTURES / fixture, tmp_path / "one" / fixture))
    second = Path(shutil.copytree(FIXTURES / fixture, tmp_path / "two" / "deeper" / fixture))
    options = ("--format", "json", "-q")
    a = python("-m", "auditor", command, str(first), *options, cwd=tmp_path, PYTHONHASHSEED="1", TZ="UTC", LC_ALL="C.UTF-8")
    b = python("-m", "auditor", command, ".", *options, cwd=second, PYTHONHASHSEED="4711", TZ="Asia/Tokyo", COLUMNS="40", LC_ALL="C")
    assert a.returncode in (0, 1), a.stderr
    assert (b.returncode, b.stdout) == (a.returncode, a.stdout)


@pytest.mark.parametrize("fixture", ["support-api", "research-graph", "support-desk", "idioms/class-chosen-by-a-string"])
def test_any_order_of_the_files_gives_the_same_graph(fixture: str) -> None:
    expected = to_json(pipeline.build_graph([FIXTURES / fixture]))
    for seed in range(4):
        found = pipeline.read([FIXTURES / fixture])
        random.Random(seed).shuffle(found.modules)
        assert to_json(pipeline.graph_of(found)) == expected
