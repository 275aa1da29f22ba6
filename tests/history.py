"""How stable findings are on real history: `python tests/history.py REPOSITORY [--commits N]`, each commit compared with the one before.

Counts findings that appear or vanish although neither the function that they stand in nor that of a site changed. A work tree of its own is
made in a temporary folder; the repository is not touched but for git's list of work trees.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from auditor import pipeline
from auditor.judgement.types import Finding


@dataclass
class Count:
    commits: int = 0
    findings: int = 0
    moved: int = 0
    unexplained: int = 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--commits", type=int, default=20, help="how many commits that touch Python files")
    parser.add_argument("--path", default=".", help="the folder that is scanned")
    asked = parser.parse_args()
    commits = git(asked.repository, "rev-list", "--first-parent", f"-{asked.commits + 1}", "HEAD", "--", "*.py").split()[::-1]
    count = Count()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, asked.repository.resolve().name)
        git(asked.repository, "worktree", "add", "--detach", "--quiet", str(tree), commits[0])
        try:
            known = findings_of(tree, asked.path, None)
            for before, after in pairwise(commits):
                git(tree, "checkout", "--quiet", after)
                known = compare(tree, asked.path, before, after, known, count)
        finally:
            git(asked.repository, "worktree", "remove", "--force", str(tree))
    share = 100 * count.unexplained / max(count.findings, 1)
    print(f"{count.commits} commits, {count.findings} findings compared, {count.moved} new or fixed,", end=" ")
    print(f"{count.unexplained} of them without a change of their code ({share:.2f} %)")
    return 0


def compare(tree: Path, path: str, before: str, after: str, known: list[Finding], count: Count) -> list[Finding]:
    report = pipeline.scan([tree / path], options=pipeline.ScanOptions(diff_base=before))
    count.commits += 1
    count.findings += len(report.findings)
    new = [f for f in report.findings if f.state in ("new", "worse")]
    gone = {(row.rule, row.fingerprint) for row in report.fixed}
    fixed = [f for f in known if (f.rule, f.fingerprint) in gone]
    count.moved += len(new) + len(report.fixed)
    for word, found in (("new", new), ("fixed", fixed)):
        for finding in found:
            if not any(changed(tree, path, before, after, place) for place in places(finding)):
                count.unexplained += 1
                print(f"{after[:10]} {word if finding.state != 'worse' else 'worse'}: {finding.rule} at {finding.at} in {finding.qualname}")
    return list(report.findings)


def findings_of(tree: Path, path: str, base: str | None) -> list[Finding]:
    return list(pipeline.scan([tree / path], options=pipeline.ScanOptions(diff_base=base)).findings)


def places(finding: Finding) -> Iterable[tuple[str, int]]:
    yield from {(at.path, at.line) for at in (finding.at, *(site.at for site in finding.sites))}


def changed(tree: Path, path: str, before: str, after: str, place: tuple[str, int]) -> bool:
    """Whether the function around a place, by its name, reads otherwise on the two sides; without one, the file."""
    file = Path(path, place[0]).as_posix()
    texts = [show(tree, commit, file) for commit in (before, after)]
    if texts[0] == texts[1]:
        return False
    bodies = [functions(text) for text in texts]
    names = {name for body in bodies for name, (first, last, _) in body.items() if first <= place[1] <= last}
    return not names or any(bodies[0].get(name, (0, 0, ""))[2] != bodies[1].get(name, (0, 0, ""))[2] for name in names)


def functions(text: str) -> dict[str, tuple[int, int, str]]:
    """Name -> first line, last line, and text without its place."""
    try:
        nodes = ast.walk(ast.parse(text))
    except SyntaxError:
        return {}
    rows = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            rows[node.name] = (node.lineno, node.end_lineno or node.lineno, ast.dump(node))
    return rows


def show(tree: Path, commit: str, file: str) -> str:
    done = subprocess.run(["git", "show", f"{commit}:{file}"], cwd=tree, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
