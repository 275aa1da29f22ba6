"""A later release in which everything that judges is another one: what is pinned is told as by the release before."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import auditor
from auditor.rules.load import builtin_packs
from auditor.rules.new import write_rule

PACKAGE = Path(auditor.__file__).parent
FIXTURES = Path(__file__).parents[2] / "fixtures"
GONE, NEW = "retry-amplification", "call-too-slow"


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tool as it lies in a wheel, with other rules: one is gone, one is new, the others ask, weigh and tell otherwise."""
    site = tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE, site / "auditor", ignore=shutil.ignore_patterns("__pycache__", "packs"))
    packs = shutil.copytree(builtin_packs(), site / "auditor" / "packs")
    for end in ("yaml", "md"):
        (packs / "resilience" / f"{GONE}.{end}").unlink()
    write_rule(NEW, packs / "cost")
    for path in packs.glob("*/*.yaml"):
        text = re.sub(r"^severity:.*?(?=^confidence)", "severity: critical\n", path.read_text(), flags=re.MULTILINE | re.DOTALL)
        text = re.sub(
            r"^flag: .*", "flag: role != 'test'", re.sub(r"^points: .*", "points: 5", text, flags=re.MULTILINE), flags=re.MULTILINE
        )
        path.write_text(re.sub(r"^remedy: .*", "remedy: Mend it.", text, flags=re.MULTILINE))
    (packs / "gates.yaml").write_text(f"G9: {{title: Slow, rules: [{NEW}]}}\n")
    constants = site / "auditor" / "rules" / "constants.py"
    constants.write_text(re.sub(r"float = [\d.]+", "float = 1.0", constants.read_text()).replace('"library": 0.5', '"library": 0.9'))
    return site


def scanned(site: Path, root: Path, *more: object) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "auditor", "scan", root, "--format", "json", *more]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run([*map(str, command)], env=environment, cwd=root, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout, done.stderr


def settings(folder: Path, more: str = "") -> Path:
    path = folder / "agentaudit.toml"
    path.write_text(f'ruleset = "2026.12"\n{more}')
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shutil.copytree(FIXTURES / "amplification", tmp_path / "app", ignore=shutil.ignore_patterns("expected.yaml"))


def test_a_pinned_setup_is_told_the_same(later: Path, root: Path, tmp_path: Path) -> None:
    plain, pinned = scanned(later, root), scanned(later, root, "--config", settings(tmp_path))
    assert pinned == scanned(PACKAGE.parent, root, "--config", settings(tmp_path))
    told, today = ({finding["rule"] for finding in json.loads(out)["findings"]} for _, out, _ in (pinned, plain))
    assert (GONE in told, NEW in told) == (True, False)
    assert (GONE in today, NEW in today) == (False, True)


def test_what_a_repository_pins_away_is_told_and_does_not_count(later: Path, root: Path) -> None:
    settings(root)
    before, now = (scanned(site, root) for site in (PACKAGE.parent, later))
    assert before[0] == now[0]
    told, today = json.loads(before[1]), json.loads(now[1])
    assert (told["findings"], told["gate"], told["score"]) == (today["findings"], today["gate"], today["score"])
    assert f"Ignored critical, by agentaudit.toml, which the gate does not count: {NEW}" in today["declared"][0]["text"]


def test_a_rule_that_is_newer_than_the_pin_can_be_ignored_and_not_selected(later: Path, root: Path, tmp_path: Path) -> None:
    said = f"[rules.{NEW}]\nseverity = 'low'\n[[suppress]]\npath = 'x'\nrule = '{NEW}'\nreason = 'x'\n"
    code, out, _ = scanned(later, root, "--config", settings(tmp_path, said), "--ignore", NEW, "--exit-zero")
    assert (code, bool(out)) == (0, True)
    code, _, said = scanned(later, root, "--config", settings(tmp_path), "--select", NEW)
    assert (code, f"the rule '{NEW}' is newer than the rule set that is pinned" in said) == (2, True)


def test_a_rule_of_a_pack_may_have_the_name_of_one_that_is_newer_than_the_pin(later: Path, root: Path, tmp_path: Path) -> None:
    write_rule(NEW, tmp_path / "house")
    code, out, _ = scanned(later, root, "--config", settings(tmp_path), "--pack", tmp_path / "house", "--exit-zero")
    assert (code, bool(out)) == (0, True)
