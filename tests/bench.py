"""Measures what a scan costs against `ast.parse` alone: `python tests/bench.py PATH... [--dense LINES --cache FOLDER]`.

The ratio is CPU time of the whole scan, report included, over that of parsing the same files, both in one process; the start-up (imports,
and a scan of a fixture of fifty lines) is taken off. Peak memory: of a process that only scans. `--dense N` adds scans of library packages,
unpacked from their wheels: N lines of them, a tenth and a fiftieth.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MAXRSS_PER_MIB = 1024 * 1024 if sys.platform == "darwin" else 1024
FRACTIONS = (50, 10, 1)
PACKAGES = [
    "docutils==0.22.3",
    "networkx==3.6.1",
    "SQLAlchemy==2.0.44",
    "Django==5.2.8",
    "Twisted==25.5.0",
    "sphinx==8.2.3",
    "nltk==3.9.2",
    "sympy==1.14.0",
]
"""in the order in which they are unpacked"""


@dataclass(frozen=True)
class Measure:
    """CPU seconds, files, lines and peak memory (MiB) of one target."""

    name: str
    files: int
    lines: int
    parse: float
    scan: float
    peak: float

    def row(self) -> str:
        ratio = self.scan / self.parse if self.parse else 0.0
        return (
            f"{self.name[:32]:<32} {self.files:>7,} {self.lines:>9,} {self.parse:>8.2f} {self.scan:>8.2f} {ratio:>6.2f} {self.peak:>7.0f}"
        )


HEAD = f"{'target':<32} {'files':>7} {'lines':>9} {'parse s':>8} {'scan s':>8} {'ratio':>6} {'MiB':>7}"


def main() -> int:
    parser = argparse.ArgumentParser(description="What a scan costs against ast.parse alone.")
    parser.add_argument("paths", nargs="*", type=Path, help="folders to scan")
    parser.add_argument("--dense", type=int, metavar="LINES", help="also library packages, up to so many lines")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "agentaudit-bench", help="where wheels are kept")
    parser.add_argument("--child", choices=["cpu", "memory"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(cpu(arguments.paths[0]) if arguments.child == "cpu" else memory(arguments.paths[0])))
        return 0
    print(f"Python {sys.version.split()[0]}\n\n{HEAD}")
    for path in arguments.paths:
        print(measured(path, path.name).row(), flush=True)
    if arguments.dense:
        for fraction in FRACTIONS:
            with tempfile.TemporaryDirectory() as folder:
                unpack(wheels(arguments.cache), Path(folder), arguments.dense // fraction)
                print(measured(Path(folder), f"{arguments.dense // fraction:,} dense lines").row(), flush=True)
    print(f"\nempty folder {start_up('scan', '--allow-empty', '-q'):.2f} CPU s, --version {start_up('--version'):.3f} CPU s")
    return 0


def measured(path: Path, name: str) -> Measure:
    files, lines, parse, whole = json.loads(output(sys.executable, __file__, str(path), "--child", "cpu"))
    peak = json.loads(output(sys.executable, __file__, str(path), "--child", "memory"))
    return Measure(name, files, lines, parse, whole, peak)


def cpu(path: Path) -> tuple[int, int, float, float]:
    """Files, lines, CPU seconds of parsing and of scanning, in this process."""
    import ast
    import gc

    scan(ROOT / "fixtures" / "amplification")
    gc.collect()
    gc.freeze()  # what the start-up leaves must not slow the parsing down
    files = python_files(path)
    texts = [file.read_bytes() for file in files]
    start = time.process_time()
    for text in texts:
        try:
            ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    parse = time.process_time() - start
    lines = sum(text.count(b"\n") for text in texts)
    del texts
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.process_time()
    scan(path)
    own = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return len(files), lines, parse, own + after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime


def memory(path: Path) -> float:
    scan(path)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MAXRSS_PER_MIB


def scan(path: Path) -> None:
    """As on the command line, the report into a file."""
    sys.path.insert(0, str(ROOT))
    from auditor.cli.app import run

    with tempfile.TemporaryDirectory() as folder:
        code = run(["scan", str(path), "--allow-empty", "--format", "json", "-q", "-o", str(Path(folder) / "report.json")])
    if code not in (0, 1, 3):
        raise SystemExit(f"the scan of {path} ended with {code}")


def python_files(path: Path) -> list[Path]:
    """The files that a scan reads, notebooks left out."""
    from auditor.sources.discover import discover

    return [file.absolute for file in discover(path).files if file.kind == "python" and file.judged]


def start_up(*arguments: str) -> float:
    """CPU seconds of the command in a process of its own: the least of five."""
    with tempfile.TemporaryDirectory() as empty:
        rest = [empty] if arguments[0] == "scan" else []
        return min(child_seconds([sys.executable, "-m", "auditor", *arguments, *rest], Path(empty)) for _ in range(5))


def child_seconds(command: Sequence[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def wheels(cache: Path) -> list[Path]:
    """The wheels of the list, in its order; each is downloaded once."""
    cache.mkdir(parents=True, exist_ok=True)
    found = []
    for package in PACKAGES:
        name, _, version = package.lower().partition("==")
        if not (kept := _kept(cache, f"{name}-{version}-")):
            output(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", str(cache), package)
            kept = _kept(cache, f"{name}-{version}-")
        found += kept
    return found


def _kept(cache: Path, start: str) -> list[Path]:
    return sorted(file for file in cache.glob("*.whl") if file.name.lower().startswith(start))


def unpack(archives: Sequence[Path], folder: Path, most: int) -> None:
    """The Python files of wheels, one wheel after the other, until there are `most` lines."""
    lines = 0
    for archive, name, text in members(archives):
        target = folder / archive / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
        lines += text.count(b"\n")
        if lines >= most:
            return
    print(f"(the wheels hold only {lines:,} of {most:,} lines)", file=sys.stderr)


def members(archives: Sequence[Path]) -> Iterator[tuple[str, str, bytes]]:
    for archive in archives:
        with zipfile.ZipFile(archive) as opened:
            for name in sorted(opened.namelist()):
                if name.endswith(".py") and ".." not in name and not name.startswith("/"):
                    yield archive.name.partition("-")[0], name, opened.read(name)


def output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr or f"{command} ended with {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
