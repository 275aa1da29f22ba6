"""Documents of all fixtures pass the checker, and the checker finds each planted defect."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auditor.reports.sarif import render_sarif, sarif
from tests.fixtures import expected
from tests.reports.sample import report as sample
from tests.reports.sarif.checking import TOOLS, check, compared, multitool, scanned

Defect = Callable[[Any], object]
MOST_RUNS = 20

FOLDERS = expected.folders()
SCHEMA, MULTITOOL, NEITHER = {"schema"}, {"multitool"}, set[str]()


def place(run: Any) -> Any:
    return run["results"][0]["locations"][0]["physicalLocation"]


def uri(text: str) -> Defect:
    return lambda run: place(run)["artifactLocation"].update(uri=text)


DEFECTS: dict[str, tuple[set[str], Defect]] = {
    "level that is none": (SCHEMA, lambda run: run["results"][0].update(level="critical")),
    "line 0": (SCHEMA, lambda run: place(run)["region"].update(startLine=0)),
    "unknown property": (SCHEMA, lambda run: run["results"][0].update(colour="red")),
    "version": (SCHEMA, lambda run: run["document"].update(version="2.2.0")),
    "absolute address": (MULTITOOL, uri("file:///home/me/app/agent.py")),
    "back-slashes": (MULTITOOL, uri("app\\agent.py")),
    "blank in an address": (MULTITOOL, uri("my app/agent.py")),
    "empty message": (MULTITOOL, lambda run: run["results"][0]["message"].update(text="")),
    "end before start": (MULTITOOL, lambda run: place(run)["region"].update(endLine=1)),
    "no help": (MULTITOOL, lambda run: run["tool"]["driver"]["rules"][0].pop("help")),
    "no location": (MULTITOOL, lambda run: run["results"][0].update(locations=[])),
    "no rules": (MULTITOOL, lambda run: run["tool"]["driver"].pop("rules")),
    "rule index out of range": (MULTITOOL, lambda run: run["results"][0].update(ruleIndex=99)),
    "base that is not declared": (NEITHER, lambda run: place(run)["artifactLocation"].update(uriBaseId="ELSEWHERE")),
    "no fingerprints": (NEITHER, lambda run: run["results"][0].pop("partialFingerprints")),
    "another rule's index": (NEITHER, lambda run: run["results"][0].update(ruleIndex=0)),
    "severity as a number": (NEITHER, lambda run: run["tool"]["driver"]["rules"][0]["properties"].update({"security-severity": 7.5})),
    "25 tags": (NEITHER, lambda run: run["tool"]["driver"]["rules"][0]["properties"].update(tags=[f"tag-{n}" for n in range(25)])),
}
"""the defect -> which of schema and Multitool finds it first, and what makes it"""

OURS: dict[str, Defect] = {
    "category without its end": lambda run: run["automationDetails"].update(id="agentaudit"),
    "another tool": lambda run: run["tool"]["driver"].update(name="agentaudit 2"),
    "columns of another kind": lambda run: run.update(columnKind="utf16CodeUnits"),
    "folder of this machine": lambda run: run["originalUriBaseIds"]["SRCROOT"].update(uri="file:///home/me/"),
    "region of several lines": lambda run: place(run)["region"].update(endLine=place(run)["region"]["endLine"] + 3),
    "region without columns": lambda run: place(run)["region"].pop("endColumn"),
    "outside of the repository": uri("../other/agent.py"),
    "the same finding twice": lambda run: run["results"].append(run["results"][0]),
    "error that blocks nothing": lambda run: run["results"][0]["properties"].update(role="test"),
    "another hash under GitHub's key": lambda run: run["results"][0]["partialFingerprints"].update(primaryLocationLineHash="agent.py:3"),
    "link that leads nowhere": lambda run: run["results"][0]["message"].update(text="It is [here](77)."),
    "markup": lambda run: run["results"][0]["message"].update(text="It is `here`."),
    "suppressions of some results": lambda run: run["results"][0].update(suppressions=[]),
    "suppressed in secret": lambda run: run["results"][0]["properties"].update(state="suppressed"),
    "too many results": lambda run: run.update(results=[{**run["results"][0]}] * 5001),
    "too many steps": lambda run: _flow(run).update(locations=_flow(run)["locations"] * 400),
}


def _flow(run: Any) -> Any:
    return next(r for r in run["results"] if "codeFlows" in r)["codeFlows"][0]["threadFlows"][0]


def planted(defect: Defect) -> str:
    document = sarif(sample())
    document["runs"][0]["document"] = document
    defect(document["runs"][0])
    document["runs"][0].pop("document")
    return json.dumps(document, indent=1)


def in_few(documents: list[str]) -> list[str]:
    """The same runs in as few documents as may be: the Multitool needs its time for each."""
    runs = [run for text in documents for run in json.loads(text)["runs"]]
    whole = json.loads(documents[0])
    return [json.dumps({**whole, "runs": runs[i : i + MOST_RUNS]}, indent=1) for i in range(0, len(runs), MOST_RUNS)]


def good() -> list[str]:
    reports = [scanned(folder) for folder in FOLDERS]
    documents = [render_sarif(report) for report in reports]
    documents += [render_sarif(compared(report), include_suppressed=True) for report in reports]
    return [*in_few(documents), render_sarif(sample()), render_sarif(sample(), include_suppressed=True)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good documents and those with a defect, as files."""
    folder: Path = tmp_path_factory.mktemp("sarif documents")
    for number, text in enumerate(good()):
        (folder / f"good {number}.sarif").write_text(text, "utf-8")
    for name, (_, defect) in DEFECTS.items():
        (folder / f"{name}.sarif").write_text(planted(defect), "utf-8")
    return folder


@pytest.fixture(scope="module")
def asked(folder: Path) -> dict[str, list[str]]:
    """What schema, Multitool and our asserts say of each file, in one process of the Multitool."""
    binary = multitool()
    return {file.stem: texts for file, texts in check.check(sorted(folder.iterdir()), binary).items()}


@pytest.fixture(scope="module")
def asked_without(folder: Path) -> dict[str, list[str]]:
    return {file.stem: texts for file, texts in check.check(sorted(folder.iterdir()), None).items()}


def judges(texts: list[str]) -> set[str]:
    return {text.partition(":")[0] for text in texts}


def test_documents_of_all_fixtures_fit_schema_and_asserts(asked_without: dict[str, list[str]]) -> None:
    assert len(FOLDERS) > 20
    assert [text for name, texts in asked_without.items() if name.startswith("good") for text in texts] == []


def test_documents_of_all_fixtures_pass_the_multitool(asked: dict[str, list[str]]) -> None:
    assert [text for name, texts in asked.items() if name.startswith("good") for text in texts] == []


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found(name: str, asked: dict[str, list[str]]) -> None:
    """By whom it should be, and by our own asserts where both others are blind."""
    who = DEFECTS[name][0]
    found = judges(asked[name])
    assert found >= who and found & {"schema", "multitool"} == who
    assert who or "ours" in found


@pytest.mark.parametrize("name", [name for name, (who, _) in DEFECTS.items() if who != MULTITOOL])
def test_a_planted_defect_is_found_without_the_multitool(name: str, asked_without: dict[str, list[str]]) -> None:
    assert asked_without[name] != []


@pytest.mark.parametrize("name", OURS)
def test_what_only_we_ask_for_is_missed(name: str) -> None:
    document = planted(OURS[name])
    assert list(check.by_us(json.loads(document), document.encode())) != []


def test_as_a_program(folder: Path) -> None:
    multitool()
    command = [sys.executable, str(TOOLS / "check.py")]
    bad = subprocess.run([*command, str(folder / "25 tags.sarif")], capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stdout.splitlines()[-1]) == (1, "1 file(s), 1 problem(s)")
    none = subprocess.run([*command, "--multitool", str(folder / "nothing"), "x.sarif"], capture_output=True, text=True, check=False)
    assert none.returncode == 2 and "npm ci" in none.stderr


def test_npm_is_told_no_registry() -> None:
    """A lock that names one could be installed from there only."""
    lock = json.loads((TOOLS / "package-lock.json").read_text("utf-8"))
    assert all("resolved" not in package for package in lock["packages"].values())
    assert "://" not in (TOOLS / "package-lock.json").read_text("utf-8")
    assert json.loads((TOOLS / "package.json").read_text("utf-8"))["devDependencies"] == {"@microsoft/sarif-multitool": "5.7.0"}
    versions = {name: package["version"] for name, package in lock["packages"].items() if name}
    assert set(versions.values()) == {"5.7.0"}
