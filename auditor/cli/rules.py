"""`agentaudit rules`: which rules there are, and how one writes, checks and tests one's own."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import streams
from auditor.cli.asked import Config, Isolated, Packs, Source
from auditor.core.text import printable

if TYPE_CHECKING:
    from auditor.rules.checking import Checked
    from auditor.rules.types import Rule

SEVERITIES = ("critical", "high", "medium", "low", "info")

app = typer.Typer(rich_markup_mode=None)
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A pack: a folder with rules.", show_default=False)]


@app.callback(invoke_without_command=True)
def command(context: typer.Context, config: Config = None, isolated: Isolated = False, packs: Packs = None) -> int:
    """List the rules that `scan .` can run here, worst first; `agentaudit explain RULE` tells more. Or write, check and test your own."""
    if context.invoked_subcommand is not None:
        return 0
    from auditor.cli.options import rules_here

    rules = sorted(rules_here(Source(config, isolated, tuple(packs or ()))), key=lambda rule: (SEVERITIES.index(rule.severity), rule.id))
    streams.emit(_table(rules) if streams.is_terminal(sys.stdout) else _plain(rules))
    return 0


@app.command("new", short_help="Write a rule to begin with.")
def new(
    name: Annotated[str, typer.Argument(metavar="ID", help="The id of the rule: small letters, digits, hyphens.", show_default=False)],
    pack: Annotated[Path, typer.Option("--pack", metavar="DIR", help="The folder; it is made where there is none.", show_default=False)],
    *,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No messages on stderr, only errors.")] = False,
) -> int:
    """Write a rule and its page that pass their own test, to be changed into what you want to ask."""
    from auditor.rules.new import write_rule

    for path in write_rule(name, pack):
        streams.emit(printable(f"wrote {path}\n"))
    if not quiet:
        streams.say(printable(f"hint: `agentaudit rules test {pack}` runs its examples"))
    return 0


@app.command("check", short_help="Validate a pack.")
def check(folder: Folder) -> int:
    """Validate a pack without running anything: every mistake of every file, with its place. Exit code 2 if there is one."""
    from auditor.rules.checking import check_folder

    streams.emit(printable(f"{folder}: {_count(check_folder(folder))}, no mistakes\n"))
    return 0


@app.command("test", short_help="Run the examples of a pack.")
def test(folder: Folder) -> int:
    """Run the examples of the pages and the snippets of the knowledge files. Exit codes: 1 if one fails; 2 for a pack with mistakes."""
    from auditor.pipeline.proving import differences
    from auditor.rules.checking import check_folder
    from auditor.rules.packs import all_packs, rules_of

    pack = check_folder(folder)
    wrong = list(dict.fromkeys(differences(pack, rules_of(all_packs()))))
    streams.emit("".join(f"{line}\n" for line in wrong))
    number = sum(len(page.examples) for _, _, page in pack.rules) + sum(len(knowledge.expect) for knowledge in pack.knowledge)
    said = f"{len(wrong)} difference{'s' * (len(wrong) != 1)}" if wrong else "all as they say"
    streams.emit(printable(f"{folder}: {_count(pack)}, {number} {'example' if number == 1 else 'examples'}, {said}\n"))
    return 1 if wrong else 0


@app.command("schema", short_help="Print the JSON Schema of a rule.")
def schema(
    frameworks: Annotated[bool, typer.Option("--frameworks", help="Of the knowledge files in `frameworks/`.")] = False,
) -> int:
    """Print the JSON Schema of a rule's YAML file, for editors."""
    from auditor.rules.schema import knowledge_schema, rule_schema

    streams.emit(json.dumps(knowledge_schema() if frameworks else rule_schema(), indent=1) + "\n")
    return 0


def _count(pack: Checked) -> str:
    rules, files = len(pack.rules), len(pack.files)
    return f"{rules} rule{'s' * (rules != 1)}" + (f" and {files} knowledge file{'s' * (files != 1)}" if files else "")


def _plain(rules: Sequence[Rule]) -> str:
    """A rule a line, its columns divided by tabs: for `cut`, `grep` and `sort`."""
    return "".join(f"{rule.id}\t{rule.severity}\t{rule.pack}\t{rule.status}\t{rule.title}\n" for rule in rules)


def _table(rules: Sequence[Rule]) -> str:
    from rich.console import Console
    from rich.table import Table

    table = Table("rule", "severity", "pack", "status", "title", box=None, pad_edge=False, header_style="bold")
    for rule in rules:
        table.add_row(rule.id, rule.severity, rule.pack, rule.status, rule.title)
    out = io.StringIO()
    color = streams.wants_color()
    width = shutil.get_terminal_size().columns
    Console(file=out, width=width, force_terminal=color, no_color=not color, legacy_windows=False, markup=False, highlight=False).print(
        table
    )
    return out.getvalue()
