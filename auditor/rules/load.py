"""Reads packs of rules and the score gates; every mistake is reported with its place, all at once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, cast, get_args

from auditor.core.problem import AuditError
from auditor.core.reader import LONGEST_NAME, MOST_MISTAKES, Reader, in_one, read_text
from auditor.core.text import VALUE, YamlPath, caret, did_you_mean, printable
from auditor.graph.types import NOUNS, Role
from auditor.rules.evaluate import names_of
from auditor.rules.expression import LARGEST, LONGEST, compile_expression, one_line
from auditor.rules.hints import of_name
from auditor.rules.message import placeholders, stray_brace
from auditor.rules.names import SETTINGS, STATES, Kind, KindName, fields_of, fields_of_nouns, kind_of_param
from auditor.rules.pages import read_page
from auditor.rules.parts import ExpressionError, Mistake
from auditor.rules.types import Confidence, Gate, Grade, Remedies, Rule, Severity, Status
from auditor.settings import Column, Control

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""the worst first"""
Params: TypeAlias = dict[str, float | str | bool]

NEEDED = ("id", "title", "severity", "confidence", "each", "flag", "message", "remedy")
OPTIONAL = (
    "since",
    "status",
    "where",
    "measure",
    "at",
    "together",
    "behind",
    "trace",
    "column",
    "control",
    "within",
    "params",
    "points",
    "references",
    "remedies",
)
GATES = "gates.yaml"
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
INDEX = re.compile(r"\{([a-z_]+)\[['\"]([A-Za-z_]+)['\"]\]\}")
"""a setting by name in a message, written as in an expression"""
PARAM = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MOST_NODES = 2_000
GATE_NEEDED = ("title", "rules")
GATE_OPTIONAL = ("condition", "roles", "only", "severity", "unknown_blocks")
REMEDIES_NEEDED, REMEDIES_OPTIONAL = ("setting", "argument"), ("none", "blocking", "mixed")
TOGETHER = ("", "runs", "layers", "package", "calls", "crossing")
TRACES = ("trace", "loop_trace", "limit_trace")
COLUMNS, CONTROLS = ("", *get_args(Column)), ("", *get_args(Control))
STATES_OF_A_SETTING = ("set", "default", "absent", "unbounded", "unknown")
EXPRESSIONS: tuple[tuple[str, KindName], ...] = (("where", "truth"), ("flag", "truth"), ("measure", "number"))


def builtin_packs() -> Path:
    """The folder of the packs that come with the tool: in the wheel, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "packs"
    return installed if installed.is_dir() else package.parent / "rules"


def load_packs(folder: Path) -> list[Rule]:
    """All rules of a folder of packs, by id."""
    from auditor.rules.packs import of_folder, rules_of

    return rules_of([of_folder(folder, "")])


def load_rule(path: Path, shown: str, pack: str, *, own: bool = False, links: bool = False) -> Rule:
    """One rule with its page. `own`: it comes with the tool; `shown`: how the file is called in mistakes."""
    reader = Reader(path, shown, links=links, most_nodes=MOST_NODES)
    rule = rule_of(reader, path.stem, pack, own=own)
    page = _page(reader, path, links=links)
    reader.finish()
    return replace(rule, page=page)


def rule_of(reader: Reader, name: str, pack: str, *, own: bool) -> Rule:
    """One rule without its page; its mistakes are in the reader. `name`: what its id must be."""
    reader.keys(reader.data, (), NEEDED, OPTIONAL)
    grades, column = _grades(reader), reader.choice("column", COLUMNS, "")
    rule = Rule(
        id=reader.text_of("id"),
        title=one_line(reader.text_of("title")),
        severity=min((g.severity for g in grades), key=SEVERITIES.index),
        grades=grades if len(grades) > 1 else (),
        confidence=cast(Confidence, reader.choice("confidence", get_args(Confidence), "low")),
        status=cast(Status, reader.choice("status", get_args(Status), "stable")),
        pack=pack,
        each=_each(reader),
        where=reader.text_of("where", most=LONGEST),
        flag=reader.text_of("flag", most=LONGEST),
        measure=reader.text_of("measure", most=LONGEST),
        at=reader.text_of("at"),
        together=reader.choice("together", TOGETHER, ""),
        behind=reader.texts(reader.data, "behind"),
        trace=reader.choice("trace", TRACES, TRACES[0]),
        column=column,
        control=reader.choice("control", CONTROLS, column),
        within=reader.text_of("within"),
        since=reader.text_of("since"),
        params=_params(reader),
        points=_points(reader, own=own),
        message=reader.text_of("message"),
        remedy=reader.text_of("remedy"),
        remedies=_remedies(reader),
        references=reader.texts(reader.data, "references"),
        own=own,
    )
    if rule.id and not (ID.fullmatch(rule.id) and len(rule.id) <= LONGEST_NAME):
        reader.wrong(("id", VALUE), f"an id is made of small letters, digits and hyphens, at most {LONGEST_NAME} of them")
    elif rule.id != name:
        reader.wrong(("id", VALUE), f"the id must be the file's name, {name!r}")
    if rule.each:
        _names_used(reader, rule)
    return rule


def _grades(reader: Reader) -> tuple[Grade, ...]:
    """One severity, or a list of `{when, is}` that ends with one for all else."""
    rows = reader.data.get("severity")
    if not isinstance(rows, list):
        return (Grade(cast(Severity, reader.choice("severity", SEVERITIES, "low"))),)
    found = [_grade(reader, ("severity", i), row, last=i == len(rows) - 1) for i, row in enumerate(rows)]
    if len(rows) == 1:
        reader.wrong(("severity", 0), "a list of severities has at least two", "one severity is written as a word")
    return tuple(found) or (Grade("low"),)


def _grade(reader: Reader, where: YamlPath, row: object, *, last: bool) -> Grade:
    if not isinstance(row, dict):
        reader.wrong(where, "a severity in a list is a mapping: {when: condition, is: severity}")
        return Grade("low")
    reader.keys(row, where, ("is",), ("when", "remedy"))
    severity, when, remedy = row.get("is"), reader.text_of("when", row, where, LONGEST), reader.text_of("remedy", row, where)
    if severity not in SEVERITIES:
        reader.unknown((*where, "is"), "severity", severity, SEVERITIES)
    if last and when:
        reader.wrong((*where, "when"), "the last severity has no condition: it is that of all else")
    elif not last and not when and isinstance(row.get("when", ""), str):
        reader.wrong(where, "a condition is missing: only the last severity has none")
    return Grade(cast(Severity, severity) if severity in SEVERITIES else "low", when, remedy)


def _each(reader: Reader) -> tuple[str, ...]:
    """In place of one that is misspelt the one that was meant: what the rule asks of it is checked, too. Empty where none was."""
    rows = reader.texts(reader.data, "each")
    if len(rows) == 1 and "," in rows[0]:
        reader.wrong(("each", VALUE), "several nouns are a list", f"in brackets: [{rows[0][:LONGEST_NAME]}]")
        return ()
    for i, noun in enumerate(rows):
        if noun not in NOUNS:
            reader.unknown(("each", i) if isinstance(reader.data["each"], list) else ("each", VALUE), "noun", noun, sorted(NOUNS))
    meant = [noun if noun in NOUNS else did_you_mean(noun, NOUNS) for noun in rows] if not reader.full else [None]
    return tuple(dict.fromkeys(noun for noun in meant if noun is not None)) if None not in meant else ()


def _params(reader: Reader) -> Params:
    rows: Params = {}
    given: dict[str, Any] = reader.of("params", (dict,), {}, "a mapping of names to values")
    for name, value in given.items():
        if not PARAM.fullmatch(name) or name in STATES:
            reader.wrong(("params", name), "a parameter needs a plain name that is no word of the language", "written as max_seconds: 30")
        elif not isinstance(value, (int, float, str, bool)) or (isinstance(value, (int, float)) and not abs(value) <= LARGEST):
            hint = "a list stands in the expression itself: provider in ('a', 'b')" if isinstance(value, list) else None
            reader.wrong(("params", name), "a parameter is a text, a truth value or a number up to 10^12", hint)
        else:
            rows[name] = value
    return rows


def _remedies(reader: Reader) -> Remedies | None:
    """A remedy for libraries that have an argument for a setting, and one for those that have none."""
    if "remedies" not in reader.data:
        return None
    rows: dict[str, Any] = reader.of("remedies", (dict,), {}, "a mapping of setting and argument")
    reader.keys(rows, ("remedies",), REMEDIES_NEEDED, REMEDIES_OPTIONAL)
    keys = (*REMEDIES_NEEDED, *REMEDIES_OPTIONAL)
    setting, argument, none, blocking, mixed = (one_line(reader.text_of(key, rows, ("remedies",))) for key in keys)
    for key, text in (("argument", argument), ("mixed", mixed)):
        if text and "{argument}" not in text:
            reader.wrong(("remedies", key), "it does not say {argument}")
    return Remedies(setting, argument, none, blocking, mixed)


def _points(reader: Reader, *, own: bool) -> float:
    value = float(reader.of("points", (int, float), 0.0, "a number"))
    if "points" in reader.data and not own:
        reader.wrong(("points",), "only the rules of the tool itself have points: they are constants of its catalogue")
    if not 0 <= value <= 100 or math.isnan(value):
        reader.wrong(("points", VALUE), "points are between 0 and 100")
    return value


def _page(reader: Reader, path: Path, *, links: bool) -> str:
    page = path.with_suffix(".md")
    if not page.exists() and not page.is_symlink():
        reader.wrong((), f"its page {page.name} is missing", "a rule is two files: the question (YAML) and the page (Markdown)")
        return ""
    shown = reader.shown.removesuffix(path.suffix) + page.suffix
    try:
        text = printable(read_text(page, shown, links=links))
    except AuditError as error:
        reader.errors.append(in_one(error))
        return ""
    reader.errors += read_page(text, shown).errors[:MOST_MISTAKES]
    return text


def _names_used(reader: Reader, rule: Rule) -> None:
    """Expressions, the place and the message speak of fields that the nouns have."""
    fields = fields_of_nouns(rule.each)
    for name in rule.params:
        if name in fields:
            reader.wrong(("params", name), f"{name!r} is a field of {' and '.join(rule.each)}")
    names = names_of(rule)
    for key, wanted in EXPRESSIONS:
        _compiles(reader, (key,), rule, getattr(rule, key), names, wanted)
    for i, grade in enumerate(rule.grades):
        _compiles(reader, ("severity", i, "when"), rule, grade.when, names, "truth")
    numbers = [name for name, value in rule.params.items() if kind_of_param(value).name == "number"]
    if rule.within and rule.within not in numbers:
        hint = f"there is {' and '.join(numbers)}" if numbers else "write one, as in `params: {limit: 120}`"
        reader.wrong(("within", VALUE), f"{rule.within!r} is no parameter that is a number", hint)
    if rule.within and not rule.control:
        reader.wrong(("within",), "a limit of declarations without a control", "write `control: deadline`, or what else answers the rule")
    if rule.at and rule.at not in fields:
        reader.wrong(("at", VALUE), f"there is no field {rule.at!r}", of_name(rule.at, fields, rule.each))
    elif rule.at and fields[rule.at].name not in ("text", "texts"):
        reader.wrong(("at", VALUE), f"{rule.at!r} names no node")
    if rule.remedies is not None and not (rule.remedies.setting in fields and fields[rule.remedies.setting].setting):
        reader.unknown(("remedies", "setting"), "setting", rule.remedies.setting, sorted(n for n, k in fields.items() if k.setting))
    if stray_brace(rule.message):
        index = INDEX.search(rule.message)
        hint = f"written as {{{index[1]}.{index[2]}}}" if index else "fields are written {field} or {field.field}"
        reader.wrong(("message", VALUE), "a brace that belongs to no field", hint)
    for name in placeholders(rule.message):
        start = reader.at(("message", VALUE))
        place = reader.place_in(start, rule.message, rule.message.find(f"{{{name}}}") + 2) or start
        if names.get(name) == SETTINGS:
            reader.add(*place, f"{name!r} holds many settings", f"one of them is written {{{name}.timeout}}")
        elif not _known(name, names):
            reader.add(*place, f"there is no field {name!r}", of_name(name, names, rule.each))


def _known(placeholder: str, names: Mapping[str, Kind]) -> bool:
    name, _, inner = placeholder.partition(".")
    kind = names.get(name)
    if kind is None:
        return False
    if kind == SETTINGS or not inner:
        return True
    if kind.setting:
        return inner == "why"
    return kind.name == "place" and kind.item is not None and inner in fields_of(kind.item)


def _compiles(reader: Reader, where: YamlPath, rule: Rule, text: str, names: Mapping[str, Kind], wanted: KindName) -> None:
    if text and not reader.full:
        try:
            compile_expression(text, names, wanted, rule.each)
        except ExpressionError as error:
            for mistake in error.mistakes:
                _expression_error(reader, where, one_line(text), mistake)


def _expression_error(reader: Reader, where: YamlPath, text: str, mistake: Mistake) -> None:
    """The caret stands in the file where the expression is written there as it is read, else under the expression alone."""
    said = f"in {where[-1]}: {mistake.message}"
    start = reader.at((*where, VALUE))
    place = reader.place_in(start, text, mistake.column)
    if place is not None:
        reader.add(*place, said, mistake.hint)
    else:
        reader.add(*start, said, mistake.hint, caret(text, 1, mistake.column))


def load_gates(folder: Path, rules: Sequence[Rule]) -> list[Gate]:
    """The gates of the score, in the order of the file."""
    return gates_of(Reader(folder / GATES, GATES, links=True), rules)


def gates_of(reader: Reader, rules: Iterable[Rule]) -> list[Gate]:
    known = sorted(rule.id for rule in rules)
    rows: list[Gate] = []
    for identity, entry in reader.data.items():
        if not isinstance(entry, dict):
            reader.wrong((identity,), "a gate is a mapping of keys")
            continue
        rows.append(_gate(reader, identity, entry, known))
    reader.finish()
    return rows


def _gate(reader: Reader, identity: str, entry: dict[str, Any], known: Sequence[str]) -> Gate:
    where: YamlPath = (identity,)
    reader.keys(entry, where, GATE_NEEDED, GATE_OPTIONAL)
    rules = reader.texts(entry, "rules", where)
    for i, rule in enumerate(rules):
        if rule not in known:
            reader.unknown((identity, "rules", i), "rule", rule, known)
    roles = reader.texts(entry, "roles", where) if "roles" in entry else ("production", "script")
    for role in roles:
        if role not in get_args(Role):
            reader.unknown((identity, "roles"), "role", role, get_args(Role))
    checks: tuple[tuple[str, Any, Callable[[Any], bool], str], ...] = (
        ("title", "", lambda x: isinstance(x, str), "a text"),
        ("condition", "any", lambda x: x in ("any", "all"), "any or all"),
        ("only", {}, _is_only, f"a mapping of fields to states ({', '.join(STATES_OF_A_SETTING)})"),
        ("severity", "info", lambda x: x in SEVERITIES, ", ".join(SEVERITIES[:-1]) + f" or {SEVERITIES[-1]}"),
        ("unknown_blocks", False, lambda x: isinstance(x, bool), "true or false"),
    )
    found: dict[str, Any] = {}
    for key, fallback, right, words in checks:
        found[key] = entry.get(key, fallback)
        if not right(found[key]):
            reader.wrong((identity, key), f"{key} must be {words}")
    return Gate(id=identity, rules=rules, roles=roles, **found)


def _is_only(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(state, str) and state in STATES_OF_A_SETTING for state in value.values())
