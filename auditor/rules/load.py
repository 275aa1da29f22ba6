"""Reads packs of rules and the score gates; every mistake is reported with its place, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast, get_args

from auditor.core.problem import AuditError
from auditor.core.text import Position, caret, did_you_mean, load_yaml
from auditor.graph.types import NOUNS
from auditor.rules.evaluate import names_of
from auditor.rules.expression import ExpressionError, compile_expression
from auditor.rules.message import placeholders
from auditor.rules.pages import read_page
from auditor.rules.types import Confidence, Gate, Rule, Severity, Status

KEYS = "id title severity confidence since status each where flag measure at column params points message remedy references".split()
NEEDED = ("id", "title", "severity", "confidence", "each", "flag", "message", "remedy")
GATES = "gates.yaml"


def builtin_packs() -> Path:
    """The folder of the packs that come with the tool: in the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "packs"
    return installed if installed.is_dir() else package.parent / "rules"


def load_packs(folder: Path) -> list[Rule]:
    """All rules of a folder of packs, by id."""
    rules: list[Rule] = []
    errors: list[str] = []
    for path in sorted(folder.glob("*/*.yaml")):
        try:
            rules.append(load_rule(path))
        except AuditError as error:
            errors.append(f"{error.place}: {error.message}" if error.place else error.message)
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in seen:
            errors.append(f"the rule {rule.id!r} is in two packs: {seen[rule.id].pack} and {rule.pack}")
        seen[rule.id] = rule
    if errors:
        raise AuditError("\n".join(errors))
    return sorted(rules, key=lambda r: r.id)


class Reader:
    """Checks one YAML file and collects its mistakes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = f"{path.parent.name}/{path.name}"
        try:
            self.text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise AuditError(f"cannot be read: {error}", place=self.shown) from None
        data, self.positions = load_yaml(self.text, self.shown)
        self.errors: list[str] = []
        self.data: dict[str, Any] = data if isinstance(data, dict) else {}
        if not isinstance(data, dict):
            self.wrong((), "a mapping of keys is wanted here")

    def at(self, key: tuple[str | int, ...]) -> Position:
        return self.positions.get(key) or self.positions.get(key[:1]) or (1, 1)

    def wrong(self, key: tuple[str | int, ...], message: str, hint: str | None = None) -> None:
        line, column = self.at(key)
        rows = [f"{self.shown}:{line}:{column}: {message}", caret(self.text, line, column)]
        self.errors.append("\n".join([*rows, f"  {hint}"] if hint else rows))

    def keys(self, known: Sequence[str], needed: Sequence[str]) -> None:
        for key in self.data:
            if key not in known:
                near = did_you_mean(str(key), known)
                self.wrong((key,), f"there is no key {key!r}", f"did you mean {near!r}?" if near else None)
        for key in needed:
            if key not in self.data:
                self.wrong((), f"the key {key!r} is missing")

    def of(self, key: str, kind: type | tuple[type, ...], fallback: Any) -> Any:
        value = self.data.get(key, fallback)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            names = kind.__name__ if isinstance(kind, type) else " or ".join(k.__name__ for k in kind)
            self.wrong((key,), f"{key} must be a {names}")
            return fallback
        return value

    def choice(self, key: str, options: Sequence[str], fallback: str) -> str:
        value = self.of(key, str, fallback)
        if value not in options:
            near = did_you_mean(value, options)
            self.wrong((key,), f"{key} must be one of {', '.join(options)}", f"did you mean {near!r}?" if near else None)
            return fallback
        return str(value)

    def finish(self) -> None:
        if self.errors:
            raise AuditError("\n".join(self.errors))


def load_rule(path: Path) -> Rule:
    """One rule with its page."""
    reader = Reader(path)
    reader.keys(KEYS, NEEDED)
    identity = reader.of("id", str, path.stem)
    if identity != path.stem:
        reader.wrong(("id",), f"the id must be the file's name, {path.stem!r}")
    rule = Rule(
        id=identity,
        title=reader.of("title", str, ""),
        severity=cast(Severity, reader.choice("severity", get_args(Severity), "low")),
        confidence=cast(Confidence, reader.choice("confidence", get_args(Confidence), "low")),
        status=cast(Status, reader.choice("status", get_args(Status), "stable")),
        pack=path.parent.name,
        each=_each(reader),
        where=str(reader.of("where", str, "")),
        flag=str(reader.of("flag", str, "")),
        measure=str(reader.of("measure", str, "")),
        at=str(reader.of("at", str, "")),
        column=str(reader.of("column", str, "")),
        since=str(reader.of("since", (str, int, float), "")),
        params=_params(reader),
        points=float(reader.of("points", (int, float), 0.0)),
        message=reader.of("message", str, ""),
        remedy=reader.of("remedy", str, "").strip(),
        references=tuple(str(r) for r in reader.of("references", list, [])),
        page=_page(reader, path),
    )
    if rule.each:
        _expressions(reader, rule)
    reader.finish()
    return rule


def _each(reader: Reader) -> tuple[str, ...]:
    value = reader.of("each", (str, list), [])
    nouns = [value] if isinstance(value, str) else value
    rows = []
    for i, noun in enumerate(nouns):
        if noun in NOUNS:
            rows.append(noun)
            continue
        near = did_you_mean(str(noun), NOUNS)
        reader.wrong(
            ("each", i) if isinstance(value, list) else ("each",), f"there is no noun {noun!r}", f"did you mean {near!r}?" if near else None
        )
    return tuple(rows)


def _params(reader: Reader) -> dict[str, float | str | bool]:
    rows: dict[str, float | str | bool] = {}
    for name, value in reader.of("params", dict, {}).items():
        if isinstance(value, (int, float, str, bool)) and str(name).isidentifier():
            rows[str(name)] = value
        else:
            reader.wrong(("params", name), "a parameter is a number, a text or a truth value with a plain name")
    return rows


def _expressions(reader: Reader, rule: Rule) -> None:
    names = names_of(rule)
    for key, wanted in (("where", "truth"), ("flag", "truth"), ("measure", "number")):
        text = getattr(rule, key)
        if not text:
            continue
        try:
            compile_expression(text, names, wanted)
        except ExpressionError as error:
            line, _ = reader.at((key,))
            reader.errors.append(f"{reader.shown}:{line}: in {key}: {error.shown(' '.join(text.split()))}")
    if rule.at and rule.at not in names:
        near = did_you_mean(rule.at, names)
        reader.wrong(("at",), f"there is no field {rule.at!r}", f"did you mean {near!r}?" if near else None)
    for name in placeholders(rule.message):
        head = name.partition(".")[0]
        if head not in names and not any(head in NOUNS[n].__dataclass_fields__ for n in rule.each):
            reader.wrong(("message",), f"the message names {head!r}, which is no field", did_you_mean(head, names))


def _page(reader: Reader, path: Path) -> str:
    page = path.with_suffix(".md")
    if not page.is_file():
        reader.wrong((), f"its page {page.name} is missing", "a rule is two files: the question (YAML) and the page (Markdown)")
        return ""
    text = page.read_text("utf-8", "replace")
    for error in read_page(text, page.name).errors:
        reader.errors.append(f"{path.parent.name}/{error}")
    return text


def load_gates(folder: Path, rules: Sequence[Rule]) -> list[Gate]:
    """The gates of the score; rules that are not loaded are left out of them."""
    path = folder / GATES
    reader = Reader(path)
    known = {r.id for r in rules}
    rows: list[Gate] = []
    for identity, entry in reader.data.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("rules"), list) or not isinstance(entry.get("title"), str):
            reader.wrong((identity,), "a gate has a title and a list of rules")
            continue
        for key in entry:
            if key not in ("title", "rules", "condition", "roles", "only", "unknown_blocks"):
                reader.wrong((identity, key), f"there is no key {key!r}")
        rows.append(
            Gate(
                id=str(identity),
                title=entry["title"],
                rules=tuple(r for r in entry["rules"] if r in known),
                condition="all" if entry.get("condition") == "all" else "any",
                roles=tuple(entry.get("roles", ("production", "script"))),
                only=dict(entry.get("only", {})),
                unknown_blocks=entry.get("unknown_blocks") is True,
            )
        )
    reader.finish()
    return [g for g in rows if g.rules]
