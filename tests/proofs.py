"""Check that every proof of the knowledge files stands in the distribution that it names; needs a package registry.

Each pinned distribution is downloaded once and opened as an archive; nothing of it is imported, built or installed. An sdist counts if it
lies in the cache already: fetching one would run its build script.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FRAMEWORKS = Path(__file__).parents[1] / "auditor" / "knowledge" / "frameworks"
PIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9][A-Za-z0-9.!+_-]*")


@dataclass(frozen=True, order=True)
class Claim:
    knowledge: str
    package: str
    file: str
    text: str


def claims_in(value: Any, knowledge: str) -> Iterator[Claim]:
    if isinstance(value, list):
        for item in value:
            yield from claims_in(item, knowledge)
    elif isinstance(value, dict):
        if value.keys() == {"package", "file", "text"}:
            yield Claim(knowledge, value["package"], value["file"], value["text"])
        for item in value.values():
            yield from claims_in(item, knowledge)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def archive_of(pin: str, wheels: Path) -> Path | None:
    """The archive of a pinned distribution in the cache; a wheel before an sdist."""
    name, version = pin.split("==")
    found = []
    for path in sorted(wheels.iterdir()):
        parts = path.name.removesuffix(".tar.gz").removesuffix(".zip").split("-")
        is_wheel = path.suffix == ".whl"
        base, has = ("-".join(parts[:1]), parts[1]) if is_wheel else ("-".join(parts[:-1]), parts[-1])
        if normal(base) == normal(name) and has == version:
            found.append((not is_wheel, path))
    return min(found)[1] if found else None


def download(pin: str, wheels: Path) -> str:
    """Empty, or why it failed. A wheel for another interpreter will do: only its text counts."""
    error = ""
    for extra in ([], ["--python-version", "3.9"], ["--python-version", "3.12"], ["--python-version", "3.13"]):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
        run = subprocess.run([*command, *extra, "--dest", str(wheels), pin], capture_output=True, text=True, timeout=600, check=False)
        if run.returncode == 0:
            return ""
        error = run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "pip failed"
    return error


@cache
def text_of(archive: Path, file: str) -> str | None:
    """The text of a file in a wheel, or in an sdist below its top folder (or `src`)."""
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as opened:
            names = opened.namelist()
            name = file if file in names else next((n for n in names if n.endswith(("/purelib/" + file, "/platlib/" + file))), None)
            return opened.read(name).decode("utf-8", "replace") if name else None
    with tarfile.open(archive) as opened_tar:
        for member in opened_tar:
            inside = member.name.partition("/")[2]
            if member.isfile() and inside.removeprefix("src/") == file:
                stream = opened_tar.extractfile(member)
                return stream.read().decode("utf-8", "replace") if stream else None
    return None


def failure(claim: Claim, wheels: Path) -> str:
    """Empty if the proof holds."""
    if not PIN.fullmatch(claim.package):
        return f"{claim.package!r} pins no version"
    archive = archive_of(claim.package, wheels)
    if archive is None:
        error = download(claim.package, wheels)
        archive = archive_of(claim.package, wheels)
        if archive is None:
            return error or "the downloaded archive was not found"
    text = text_of(archive, claim.file)
    if text is None:
        return f"{claim.package} has no file {claim.file}"
    return "" if claim.text in text else f"{claim.package} {claim.file}: not there: {claim.text!r}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="PACKAGE", action="append", help="only these knowledge files (name without .yaml)")
    parser.add_argument("--wheels", metavar="DIR", type=Path, default=Path(tempfile.gettempdir()) / "agentaudit-wheels", help="cache")
    arguments = parser.parse_args()
    arguments.wheels.mkdir(parents=True, exist_ok=True)
    files = [path for path in sorted(FRAMEWORKS.glob("*.yaml")) if not arguments.only or path.stem in arguments.only]
    claims = sorted({claim for path in files for claim in claims_in(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)})
    failures = 0
    for claim in claims:
        why = failure(claim, arguments.wheels)
        if why:
            failures += 1
            print(f"{claim.knowledge}: {why}")
    print(f"{len(claims)} proofs, {failures} failed")
    return 1 if failures or not claims else 0


if __name__ == "__main__":
    raise SystemExit(main())
