"""`python -m tests.cli.forked KIND RUNS`: each run of the command line is a process of its own, without a start of its own.

KIND is what is wrong with its streams; RUNS a JSON list of arguments. Prints the exit codes, each with what was said on stderr.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from auditor.cli import streams
from auditor.cli.app import run
from auditor.reports.render import render
from auditor.reports.terminal import render_terminal
from tests.reports.sample import many

LARGE = 5_000_000


def broken(kind: str) -> None:
    """Streams as a shell would give them."""
    if kind == "pipe":
        ours, theirs = os.pipe()
        os.close(ours)
        os.dup2(theirs, 1)
    elif kind in ("full", "deaf"):
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1 if kind == "full" else 2)
    elif kind == "mute":
        os.close(0)
        os.close(1)
        os.close(2)
        sys.stdin = sys.stdout = sys.stderr = None


def head(words: list[str]) -> int:
    """A large document whose reader leaves after its first line."""
    report = many(50)
    document = render_terminal(report, everything=True) if words == ["text"] else render(words[0], report)
    ours, theirs = os.pipe()
    if os.fork() == 0:
        os.close(theirs)
        os.read(ours, 10)
        os._exit(0)
    os.close(ours)
    os.dup2(theirs, 1)
    streams.prepare()
    streams.emit(document * (LARGE // len(document) + 1))
    return 0


def child(kind: str, words: list[str], said: int) -> None:
    os.dup2(said, 2)
    if kind == "head":
        sys.exit(head(words))
    broken(kind)
    sys.exit(run(words))


def main(kind: str, runs: list[list[str]]) -> list[tuple[int, str]]:
    rows = []
    for words in runs:
        with tempfile.TemporaryFile() as said:
            pid = os.fork()
            if pid == 0:
                child(kind, words, said.fileno())
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            said.seek(0)
            rows.append((code, said.read().decode()))
    return rows


if __name__ == "__main__":
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    asked = json.loads(sys.argv[2])
    if sys.argv[1] != "head":
        # Once here, so that each of the others has all that it needs.
        run([*asked[0], "-q"])
    os.write(out, json.dumps(main(sys.argv[1], asked)).encode())
