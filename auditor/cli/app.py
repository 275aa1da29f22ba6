"""The commands, and how every end of a run becomes an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from auditor import __version__
from auditor.cli import baseline, explain, graph, nouns, rules, scan, streams, why
from auditor.core.problem import AuditError

FAILED = 2
INTERRUPTED = 130

app = typer.Typer(
    name="agentaudit",
    help="Tells a team, before production does, where its AI agents will break.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("scan", short_help="Judge a codebase: findings, score and gate.")(scan.command)
app.add_typer(baseline.app, name="baseline", short_help="Accept what is found today; fail on what is new.")
app.command("graph", short_help="Show what was found, without a judgement.")(graph.command)
app.command("why", short_help="Show what was seen at a line, and what each rule says of it.")(why.command)
app.command("explain", short_help="Explain a rule.")(explain.command)
app.add_typer(rules.app, name="rules", short_help="List the rules; write, check and test your own.")
app.command("nouns", short_help="Show what a rule can ask about.")(nouns.command)


def _version(asked: bool) -> None:
    if asked:
        streams.emit(f"agentaudit {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Tells a team, before production does, where its AI agents will break."""


def run(arguments: Sequence[str]) -> int:
    streams.prepare()
    try:
        code = typer.main.get_command(app).main(list(arguments), prog_name="agentaudit", standalone_mode=False)
    except AuditError as error:
        streams.complain(error.message, hint=error.hint, place=error.place)
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        streams.say("interrupted")
        return INTERRUPTED
    except Exception as error:
        return _usage_error(error) if hasattr(error, "format_message") else _internal_error(error)
    return code if isinstance(code, int) else 0


def _usage_error(error: Exception) -> int:
    message = error.format_message()  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    if not message.strip() or type(error).__name__ == "NoArgsIsHelpError":
        streams.say(message)
        return FAILED
    command = context.command_path if context else "agentaudit"
    streams.complain(message, hint=f"`{command} --help` lists what it takes")
    return FAILED


def _internal_error(error: Exception) -> int:
    """A defect of agentaudit itself: said in one line, with what a report of it needs."""
    frame = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
    where = f" ({os.path.basename(frame.filename)}:{frame.lineno})" if frame else ""  # noqa: PTH119
    python = ".".join(map(str, sys.version_info[:3]))
    streams.complain(
        f"internal error: {type(error).__name__}: {error}{where}",
        hint=f"this is a defect of agentaudit: please report it with this message, agentaudit {__version__} and Python {python}; "
        "AGENTAUDIT_DEBUG=1 shows the traceback",
    )
    if os.environ.get("AGENTAUDIT_DEBUG") == "1":
        traceback.print_exception(error)
    return FAILED
