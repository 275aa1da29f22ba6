"""The hash of a line is GitHub's, unit for unit."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.core.line_hash import line_hashes
from tests.reports.sarif.checking import multitool

PIECES = ["\n", "\r", "\r\n", " ", "\t", "a", "b = 1", "é", "😀", "\ufeff", "\ud800", "x" * 99, "y" * 101, "\n" * 3, "😀" * 60]


def by_definition(text: str) -> list[str]:
    """One unit after the other through a window of 100, as it is defined."""
    data = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-16-le", "surrogatepass")
    units = [data[i] | data[i + 1] << 8 for i in range(0, len(data), 2)]
    units = [unit for unit in units if unit not in (32, 9)]
    starts = [0, *(i + 1 for i, unit in enumerate(units) if unit == 10)]
    units += [65535] + [0] * 100
    rows: list[str] = []
    for start in starts:
        value = 0
        for unit in units[start : start + 100]:
            value = (value * 37 + unit) % 2**64
        text = f"{value:x}"
        rows.append(f"{text}:{1 + sum(row.partition(':')[0] == text for row in rows)}")
    return rows


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        ("x = 1\ny = 2\n", ["5ceeb771b3aff0bd:1", "ab1f8ed3e7dc41c1:1", "c129715d7a2bc9a3:1"]),
    ],
)
def test_known_values(text: str, hashes: list[str]) -> None:
    assert line_hashes(text) == hashes
    assert line_hashes(text.encode()) == hashes


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_each_unit_counts_as_it_is_defined(text: str) -> None:
    assert line_hashes(text) == by_definition(text)


def test_line_ends_and_blanks_make_no_difference() -> None:
    text = "def f():\n\treturn 1\n\n"
    assert line_hashes(text) == line_hashes(text.replace("\n", "\r\n")) == line_hashes(text.replace("\n", "\r"))
    assert line_hashes(text) == line_hashes(text.replace("\t", "        "))


def test_equal_lines_are_counted() -> None:
    rows = line_hashes("x = 1\n" * 60)
    same = [row for row in rows if row.startswith(rows[0].partition(":")[0] + ":")]
    assert [row.rpartition(":")[2] for row in same] == [str(n) for n in range(1, len(same) + 1)]
    assert len(same) > 30


def test_bytes_that_are_no_text_are_read_as_github_reads_them() -> None:
    assert line_hashes(b"a\xff\n") == line_hashes("a\ufffd\n")
    assert line_hashes(b"\xef\xbb\xbfa\n") == line_hashes("\ufeffa\n") != line_hashes("a\n")


@pytest.mark.parametrize("text", ["x" * 20_000_000, "\n" * 200_000, "total = total + 1\n" * 20_000], ids=["one line", "empty", "code"])
def test_large_files_take_no_time(text: str) -> None:
    start = time.process_time()
    line_hashes(text)
    assert time.process_time() - start < 5


FILES = {
    "plain.py": "import os\n\n\ndef main() -> None:\n    print(os.name)\n\n\nmain()\n",
    "crlf.py": "import os\r\n\r\ndef main():\r\n\tprint(os.name)\r\n",
    "tabs and blanks.py": "if x:\n\t\ty\t=  1\n\t\t\n  \n\ty = 2\n",
    "emoji é.py": 'title = "😀 and 👩‍👩‍👧"\nfor c in title:\n    print(c, "😀" * 3)\n' + '"😀"\n' * 60,
    "no end.py": "x = 1\ny = 2",
    "long.py": "data = '" + "ab😀" * 500 + "'\nx = 1\n" + "\n" * 150 + "y = 2\n" * 9,
}


def test_the_multitool_computes_the_same(tmp_path: Path) -> None:
    binary = multitool()
    results = []
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode())
        uri = name.replace(" ", "%20").replace("é", "%C3%A9")
        for line in range(1, text.count("\n") + 1 + (not text.endswith("\n"))):
            place = {"artifactLocation": {"uri": uri, "uriBaseId": "SRCROOT"}, "region": {"startLine": line}}
            results.append({"message": {"text": f"{name}:{line}"}, "locations": [{"physicalLocation": place}]})
    run = {"tool": {"driver": {"name": "agentaudit"}}, "columnKind": "unicodeCodePoints", "results": results}
    document = {"version": "2.1.0", "runs": [run]}
    source, target = tmp_path / "in.sarif", tmp_path / "out.sarif"
    source.write_text(json.dumps(document))
    bases = f"SRCROOT={tmp_path.as_uri()}/"
    options = ["-o", str(target), "--insert", "RollingHashPartialFingerprints", "-u", bases, "--log", "ForceOverwrite"]
    done = subprocess.run([str(binary), "rewrite", str(source), *options], capture_output=True, text=True, timeout=120, check=False)
    assert target.is_file(), done.stdout + done.stderr
    theirs = {}
    for result in json.loads(target.read_text("utf-8-sig"))["runs"][0]["results"]:
        theirs[result["message"]["text"]] = result["partialFingerprints"]["primaryLocationLineHash"]
    hashes = {name: line_hashes(text.encode()) for name, text in FILES.items()}
    ours = {
        row["message"]["text"]: hashes[name][int(line) - 1] for row in results for name, _, line in [row["message"]["text"].rpartition(":")]
    }
    assert theirs == ours
    assert len(ours) > 200
