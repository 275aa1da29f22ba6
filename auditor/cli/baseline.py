"""`agentaudit baseline`: what a team accepts for now."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli import output, streams
from auditor.cli.asked import Config, Isolated, Packs, Source
from auditor.cli.output import Target

NOTHING = 3
FILE = Path("agentaudit-baseline.json")

app = typer.Typer(help="Write down what is found today, so that the gate fails only on what is new or worse.", no_args_is_help=True)

Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="[PATH]", help="Folders or files; else the folder you are in.", show_default=False)
]
File = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The baseline file.")]
Empty = Annotated[bool, typer.Option("--allow-empty", help="It is right that there is nothing to audit.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages on stderr, only errors.")]


@app.command("create", short_help="Accept all that is found today.")
def create(
    paths: Paths = None,
    *,
    file: File = FILE,
    config: Config = None,
    isolated: Isolated = False,
    packs: Packs = None,
    allow_empty: Empty = False,
    quiet: Quiet = False,
) -> int:
    """Accept all that is found today: `scan --baseline FILE` then fails only on what is new or worse.

    Exit codes: 0 done; 2 usage, settings or unwritable output; 3 nothing to audit, and nothing is written.
    """
    source = Source(config, isolated, tuple(packs or ()))
    old = file if file.exists() else None
    return _write(paths or [Path()], file, source, old=old, accept_new=True, fresh=True, allow_empty=allow_empty, quiet=quiet)


@app.command("update", short_help="Take out what is mended.")
def update(
    paths: Paths = None,
    *,
    file: File = FILE,
    accept_new: Annotated[bool, typer.Option("--accept-new", help="Accept what is new or worse, too.")] = False,
    config: Config = None,
    isolated: Isolated = False,
    packs: Packs = None,
    allow_empty: Empty = False,
    quiet: Quiet = False,
) -> int:
    """Take what is mended out of a baseline; it never grows, unless --accept-new says so.

    Exit codes: 0 done; 2 usage, settings or unwritable output; 3 nothing to audit, and nothing is written.
    """
    source = Source(config, isolated, tuple(packs or ()))
    return _write(paths or [Path()], file, source, old=file, accept_new=accept_new, allow_empty=allow_empty, quiet=quiet)


def _write(
    paths: Sequence[Path],
    file: Path,
    source: Source,
    *,
    old: Path | None,
    accept_new: bool,
    allow_empty: bool,
    quiet: bool,
    fresh: bool = False,
) -> int:
    from auditor import pipeline
    from auditor.cli.options import asked, scan_options, settings_of
    from auditor.judgement.baseline import render

    options = scan_options(paths, asked(allow_empty=allow_empty, packs=source.packs), settings_of(paths, source))
    with streams.Progress(quiet=quiet) as progress:
        written = pipeline.baseline(paths, options=options, old=old, accept_new=accept_new, fresh=fresh, progress=progress)
    if written.nothing:
        streams.say(f"{written.nothing}; {file} is not written")
        return NOTHING
    output.deliver([Target("baseline", file)], lambda _: render(written.baseline), inputs=paths, quiet=True)
    if not quiet:
        count = len(written.baseline.findings)
        mended = f", {written.gone} mended ones taken out" if written.gone else ""
        streams.say(f"wrote {file}: {count} {'finding' if count == 1 else 'findings'}{mended}")
        if written.added:
            streams.say(f"{written.added} new or worse {'are taken in' if accept_new else 'are left out: --accept-new takes them in'}")
    return 0
