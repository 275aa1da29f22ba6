"""Packs are hostile input: whatever is in them, the answer is an error with a place, soon."""

from __future__ import annotations

import os
import string
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditor.cli.app import run
from auditor.core.problem import AuditError
from auditor.core.text import load_yaml
from auditor.core.values import ABSENT, UNBOUNDED, Setting, Unknown
from auditor.rules.expression import compile_expression
from auditor.rules.load import OPTIONAL
from auditor.rules.names import fields_of_nouns
from auditor.rules.packs import of_folder, rules_of
from auditor.rules.pages import SECTIONS, read_page
from auditor.rules.parts import ExpressionError
from tests.rules.build import call, rule, verdicts

pytestmark = pytest.mark.usefixtures("own_time")

SECONDS = 1.0
RULE = """\
id: some-rule
title: Some
severity: high
confidence: high
each: model_call
flag: deadline > limit
params: {limit: 3}
message: "{deadline}"
remedy: Mend it.
"""
PAGE = "# Some\n\n" + "\n\n".join(f"## {section}\n\nText." for section in SECTIONS) + "\n"
NAMES = fields_of_nouns(["model_call"])


@pytest.fixture(autouse=True, scope="module")
def everything_is_imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is measured is the pack, not the start of the program."""
    assert run(["rules", "check", str(write(tmp_path_factory.mktemp("packs") / "pack", RULE))]) == 0


def write(folder: Path, text: str | bytes, page: str | bytes = PAGE) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in (("some-rule.yaml", text), ("some-rule.md", page)):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return folder


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What `rules check` says of a pack that is wrong; it is over soon, stdout stays empty, and nothing reaches a terminal raw."""
    start = time.process_time()
    code = run(["rules", "check", str(folder)])
    assert time.process_time() - start < SECONDS
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert "internal error" not in err
    assert "\x1b" not in err
    return err


BOMB = "a: &a [x, x]\n" + "\n".join(f"k{i}: &k{i} [*a, *a, *a]" for i in range(60))
YAML = {
    "empty": "",
    "no mapping": "- 1\n- 2\n",
    "duplicate key": RULE + "flag: deadline > 4\n",
    "duplicate key inside": RULE.replace("{limit: 3}", "{limit: 3, limit: 4}"),
    "python tag": RULE.replace("Mend it.", "!!python/object/apply:os.system ['true']"),
    "own tag": RULE.replace("Mend it.", "!thing x"),
    "anchor": RULE.replace("Mend it.", "&a x"),
    "alias bomb": RULE + BOMB,
    "merge key": RULE + "<<: {flag: 1}\n",
    "second document": RULE + "---\na: 1\n",
    "deep flow": RULE + "x: " + "[" * 100_000,
    "deep mappings": RULE + "x: " + "{a: " * 100_000,
    "deep block": RULE + "x:\n" + "\n".join(" " * i + "a:" for i in range(1, 900)),
    "dashes": RULE + "x:\n " + "- " * 200_000,
    "many items": RULE + "x: [" + "1," * 400_000 + "]",
    "many keys": RULE + "".join(f"k{i}: 1\n" for i in range(90_000)),
    "many pairs": RULE + "x: [" + "a: 1, " * 100_000 + "]",
    "large": "#" * 10_000_000,
    "large text": RULE.replace("Mend it.", "x" * 900_000),
    "large message": RULE.replace('"{deadline}"', '"' + "{layers}" * 100_000 + '"'),
    "large title": RULE.replace("title: Some", "title: " + "x" * 900_000),
    "large id": RULE.replace("id: some-rule", "id: " + "x" * 900_000),
    "large severity": RULE.replace("severity: high", "severity: " + "x" * 900_000),
    "many severities": RULE.replace("severity: high", "severity: [" + "{is: hihg}," * 600 + "]"),
    "many nouns": RULE.replace("each: model_call", "each: [" + "modelcall," * 1_900 + "]"),
    "many mistakes": RULE + "".join(f"flg{i}: 1\n" for i in range(900)),
    "huge number": RULE.replace("{limit: 3}", "{limit: " + "9" * 100_000 + "}"),
    "huge float": RULE.replace("{limit: 3}", "{limit: 1e999999999}"),
    "infinite": RULE.replace("{limit: 3}", "{limit: .inf}"),
    "no number": RULE.replace("{limit: 3}", "{limit: .nan}"),
    "sexagesimal": RULE.replace("{limit: 3}", "{limit: 190:20:30:20:30:20:30:20:30}"),
    "date": RULE.replace("severity: high", "severity: 2026-01-01"),
    "null": RULE.replace("flag: deadline > limit", "flag: ~"),
    "list as text": RULE.replace("remedy: Mend it.", "remedy: [[[[a]]]]"),
    "mapping as noun": RULE.replace("each: model_call", "each: {a: {b: c}}"),
    "complex key": RULE + "? [a, b]\n: 1\n",
    "control characters": RULE.replace("severity: high", 'severity: "\\e[31mred\\a"'),
    "bidirectional": RULE.replace("severity: high", "severity: \u202ehigh"),
    "nul": RULE + "x: \0\n",
    "no text": b"\xff\xfe\x00",
    "surrogate": RULE.replace("Some", "\ud800"),
    "name with a path": RULE.replace("id: some-rule", "id: ../../etc/passwd"),
    "no id": RULE.replace("id: some-rule\n", ""),
    "points": RULE + "points: 3\n",
    "brace": RULE.replace('"{deadline}"', '"{deadline.__class__}"'),
    "format": RULE.replace('"{deadline}"', '"{deadline!r:>1000000000}"'),
}


@pytest.mark.parametrize("name", YAML)
def test_hostile_yaml_is_refused_with_its_place(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(write(tmp_path / "pack", YAML[name]), capsys)
    assert "pack/some-rule.yaml:" in said
    assert len(said) < 60_000


EXPRESSIONS = [
    "9**9**9",
    "9**9**9 > 1",
    "10**1000000",
    "1 << 100000000",
    "2 // 0 > 1",
    "1 / 0 > 1",
    "10 % 0 > 1",
    "'a' * 1000000000 == 'b'",
    "9" * 990 + " > 1",
    "1e999 > 1",
    "1j > 1",
    "b'x' == b'y'",
    "f'{deadline}' == 'x'",
    "__import__('os').system('true')",
    "().__class__.__bases__[0].__subclasses__()",
    "deadline.__class__",
    "open('/etc/passwd')",
    "len.__globals__",
    "(lambda: 1)()",
    "[x for x in layers for y in layers]",
    "any(any(y for y in layers) for x in layers)",
    "any(x.attempts > 1 async for x in layers)",
    "(yield)",
    "await x",
    "(deadline := 3) > 1",
    "deadline if deadline else 3",
    "{**deadline}",
    "layers[0:10]",
    "layers[10**9]",
    "len(*layers)",
    "max(layers, key=len)",
    "exec('x')",
    "eval('1')",
    "globals()",
    "print(1)",
    "True + True > 1",
    "deadline > 'a'",
    "deadline is deadline",
    "deadline is None",
    "absent",
    "(" * 300 + "1" + ")" * 300,
    "-" * 900 + "1 > 0",
    "not " * 240 + "streams",
    "1 " + "+ 1 " * 240 + "> 0",
    "deadline > " + "+".join(["limit"] * 140),
    " or ".join(["deadline > 1"] * 70),
    "deadline < " * 89 + "1",
    "[" * 500,
    "'" + "x" * 998,
    "x" * 999,
    "deadline > 1" + " " * 100_000,
    "deadline > 1 #" + "x" * 500,
    "deadline\\\n > 1",
    "\ud800 > 1",
    "\0",
    "ｄｅａｄｌｉｎｅ > 1",
    "",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_hostile_expressions_are_compiled_or_refused(text: str) -> None:
    start = time.process_time()
    try:
        found = compile_expression(text, {**NAMES, "limit": NAMES["total_attempts"]}, "truth")
    except ExpressionError as error:
        assert all(mistake.column >= 1 and mistake.message for mistake in error.mistakes)
    else:
        assert found.kind.name == "truth"
    assert time.process_time() - start < SECONDS


def test_numbers_stay_small_enough_to_be_written() -> None:
    asked = rule("total_attempts > 1", measure="*".join(["a"] * 35), params={"a": 10**12}, message="{a}")
    (found,) = verdicts(asked, call(total_attempts=Setting(3)))
    assert found.state == "fail"
    assert found.measure is None


ALPHABET = st.one_of(
    st.sampled_from([*NAMES, "and", "or", "not", "in", "is", "for", "any(", "len(", "max(", "absent", "unknown"]), st.text(max_size=4)
)
TOKENS = st.one_of(
    ALPHABET, st.sampled_from("()[]{}.,:+-*/%<>=!'\"\\ \n9 "), st.sampled_from(["**", "==", "1e308", "10**9", "x.y", "limit"])
)
VALUES = st.sampled_from([3, 0, -1, 1e300, ABSENT, UNBOUNDED, Unknown("why"), "text", True])


@given(st.lists(TOKENS, max_size=30).map(" ".join), VALUES)
@example("untraced_at < 1e308", 3)
@settings(max_examples=400, deadline=1000, suppress_health_check=[HealthCheck.too_slow])
def test_any_expression_is_compiled_or_refused_and_gives_a_verdict(text: str, value: object) -> None:
    try:
        compile_expression(text, NAMES, "truth")
    except ExpressionError:
        return
    for found in verdicts(rule(text), call(deadline=Setting(value), total_attempts=Setting(value))):  # type: ignore[arg-type]
        assert found.state in ("pass", "fail", "unknown")


MARKS = "a: |- |? |: |{|}|[|]|, |&a |*a |!!python/name:os |!t |  |'|\"|#|%YAML 1.1\n|<<: |1e9|0x1F|0o7|.inf|~|yes|2026-01-01|1:2:3|é"
PIECES = st.sampled_from([*MARKS.split("|"), "|\n", ">\n", "\n", "---\n", "...\n", "\t", "\0", "\x85", "\ufeff"])


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join)))
@settings(max_examples=400, deadline=1000)
def test_any_yaml_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        load_yaml(text, "x.yaml")
    except AuditError as error:
        assert error.place is not None
        assert error.place.startswith("x.yaml:")


VALUE = st.recursive(
    st.one_of(st.text(string.printable, max_size=20), st.integers(), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(string.ascii_letters, max_size=5), inner, max_size=3)),
    max_leaves=6,
)


@given(st.sampled_from([*OPTIONAL, "id", "title", "severity", "confidence", "each", "flag", "message", "remedy", "other"]), VALUE)
@settings(max_examples=300, deadline=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_key_of_any_type_is_read_or_refused(tmp_path: Path, key: str, value: object) -> None:
    import yaml

    data = {**yaml.safe_load(RULE), key: value}
    pack = write(tmp_path / "pack", yaml.safe_dump(data))
    try:
        rules_of([of_folder(pack)])
    except AuditError as error:
        assert "some-rule.yaml:" in error.message


@pytest.mark.parametrize(
    "page",
    [
        "",
        "## " + " " * 300_000 + "x",
        "## " + "x " * 300_000 + "\t",
        "```" + "a" * 300_000 + " x y",
        "```" + " " * 300_000 + "x y",
        "```python\n" * 100_000,
        "# " * 400_000,
        PAGE + "```python " + "x" * 900 + "\n```\n",
        PAGE + "```python ../../x.py\n```\n",
        PAGE + "```python .git/config\n```\n",
        PAGE + "```python a/.GIT/hooks/x\n```\n",
        PAGE + "```python a\n```\n\n```python a/b\n```\n",
        PAGE + "```python C:\\x\n```\n",
        b"\xff",
        "x" * 2_000_000,
    ],
)
def test_hostile_pages_are_refused(page: str | bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "pack/some-rule.md:" in refused(write(tmp_path / "pack", RULE, page), capsys)


@given(st.text(st.sampled_from("#` flag:unknown,-\t\n/xa."), max_size=400))
@settings(max_examples=200, deadline=1000)
def test_any_page_is_read(text: str) -> None:
    read_page(PAGE + text, "p.md")


def test_links_are_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = write(tmp_path / "elsewhere", RULE)
    pack = tmp_path / "pack"
    pack.mkdir()
    for name in ("some-rule.yaml", "some-rule.md"):
        (pack / name).symlink_to(secret / name)
    assert "pack/some-rule.yaml:1:1: cannot be read" in refused(pack, capsys)
    (pack / "some-rule.yaml").unlink()
    (pack / "some-rule.yaml").write_text(RULE)
    assert "pack/some-rule.md:1:1: cannot be read" in refused(pack, capsys)
    (pack / "some-rule.md").unlink()
    (pack / "some-rule.md").write_text(PAGE)
    (pack / "sub").symlink_to(secret)
    assert "pack/sub: a link, which is not followed" in refused(pack, capsys)
    (pack / "sub").unlink()
    (pack / "frameworks").mkdir()
    (pack / "frameworks" / "acme.yaml").symlink_to("/etc/passwd")
    said = refused(pack, capsys)
    assert "pack/frameworks/acme.yaml:1:1: cannot be read" in said
    assert "root:" not in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_are_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = write(tmp_path / "pack", RULE)
    (pack / "some-rule.yaml").unlink()
    os.mkfifo(pack / "some-rule.yaml")
    assert "cannot be read" in refused(pack, capsys)


def test_folders_with_too_many_files_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = write(tmp_path / "pack", RULE)
    for number in range(5_001):
        (pack / f"x{number}.txt").touch()
    assert "more than 5,000 files" in refused(pack, capsys)


KNOWLEDGE = "package: acme\ncalls:\n  - {names: [acme.ask], noun: model_call}\n"
FRAMEWORKS = {
    "tag": KNOWLEDGE + "expect: !!python/name:os.system []\n",
    "alias bomb": KNOWLEDGE + BOMB,
    "many names": "package: acme\nunderstood: [" + "acme.x," * 400_000 + "]\n",
    "deep": KNOWLEDGE + "types: " + "{a: " * 10_000,
    "wrong types": "package: [acme]\ncalls: 3\ntypes: []\nexpect: {a: 1}\n",
    "large": "#" * 10_000_000,
    "slow pattern": KNOWLEDGE.replace("model_call}", "model_call, settings: {deadline: {argument: t, pattern: '(a+)+$'}}}"),
    "another's package": "package: openai\ncalls:\n  - {names: [openai.OpenAI], noun: none}\n",
    "another's module": "package: acme\nmodules: [requests]\ncalls:\n  - {names: [requests.get], noun: none}\n",
    "above another's module": "package: acme\nmodules: [google]\ncalls:\n  - {names: [google.genai.Client], noun: none}\n",
    "another's names": KNOWLEDGE.replace("acme.ask", "openai.OpenAI"),
    "all names": KNOWLEDGE + 'understood: ["*"]\n',
    "commands": KNOWLEDGE + "commands: {instant: [curl]}\n",
    "path as type": "package: acme\ntypes:\n  client: {is: ['../../../etc/passwd:x']}\n",
    "snippet without a kind": KNOWLEDGE + "expect:\n  - {code: x, gives: [{line: 3}]}\n",
}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_hostile_knowledge_is_refused_with_its_place(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pack" / "frameworks").mkdir(parents=True)
    (tmp_path / "pack" / "frameworks" / "acme.yaml").write_text(FRAMEWORKS[name])
    assert "pack/frameworks/acme.yaml:" in refused(tmp_path / "pack", capsys)
