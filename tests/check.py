"""The one command: `python tests/check.py [--fast]`. Runs every check, prints a line a step, fails if one of them does."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

GENERATED = [
    ("auditor.knowledge.generate", "auditor/knowledge/index.json"),
    ("auditor.rules.generate", "rules/README.md"),
    ("auditor.settings.schema", "auditor/settings.schema.json"),
]
"""module with `text()`, and the file that must hold what it gives"""


@dataclass(frozen=True)
class Step:
    """`slow` steps are left out by --fast; `show`: the last lines are printed also when all is well."""

    name: str
    run: Callable[[], tuple[bool, str]]
    slow: bool = False
    show: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Every check of the project.")
    parser.add_argument("--fast", action="store_true", help="leave out mypy, and run the tests only until the first failure")
    fast = parser.parse_args().fast
    failed = [step.name for step in steps(fast=fast) if not (fast and step.slow) and not passes(step)]
    print(f"\nfailed: {', '.join(failed)}" if failed else "\nall is well")
    return 1 if failed else 0


def steps(*, fast: bool) -> list[Step]:
    python = sys.executable
    return [
        Step("ruff format", command(python, "-m", "ruff", "format", "--check", "--output-format", "concise", ".")),
        Step("ruff check", command(python, "-m", "ruff", "check", "--output-format", "concise", ".")),
        Step("mypy", command(python, "-m", "mypy"), slow=True),
        Step("import contracts", import_contracts),
        Step("generated files", generated_files),
        Step("pytest", command(python, "-m", "pytest", "-q", "-W", "error", "-n", "auto", *(["-x"] if fast else [])), show=1),
    ]


def passes(step: Step) -> bool:
    start = time.monotonic()
    good, output = step.run()
    print(f"{'ok  ' if good else 'FAIL'} {step.name:<18} {time.monotonic() - start:6.1f} s", flush=True)
    lines = output.rstrip().splitlines()
    for line in lines if not good else lines[-step.show :] if step.show else []:
        print(f"     {line}", flush=True)
    return good


def command(*arguments: str) -> Callable[[], tuple[bool, str]]:
    def run() -> tuple[bool, str]:
        done = subprocess.run(arguments, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode == 0, done.stdout

    return run


def import_contracts() -> tuple[bool, str]:
    # The program of import-linter has no module form; its console script may not be on the PATH.
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout


def generated_files() -> tuple[bool, str]:
    sys.path.insert(0, str(ROOT))
    rows = []
    for module, path in GENERATED:
        file = ROOT / path
        wanted = importlib.import_module(module).text()
        if not file.is_file() or file.read_text("utf-8") != wanted:
            rows.append(f"{path} is not what `python -m {module}` writes")
    return not rows, "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())
