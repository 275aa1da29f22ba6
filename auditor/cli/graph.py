"""`agentaudit graph`: what was found, without a judgement."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from auditor.cli import output, streams
from auditor.cli.asked import Config, Isolated, Packs, Source
from auditor.core.problem import AuditError

if TYPE_CHECKING:
    from auditor.graph.graph import AgentGraph

FORMATS = ("text", "json", "mermaid", "dot")
NOTHING = 3


def command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Folders or files.", show_default=False)],
    *,
    format: Annotated[str, typer.Option("--format", metavar="|".join(FORMATS), help="The document on stdout.")] = "text",
    outputs: Annotated[
        list[str] | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead, or FORMAT=FILE as well; repeatable.")
    ] = None,
    unknown: Annotated[bool, typer.Option("--unknown", help="List what is not understood, as text.")] = False,
    config: Config = None,
    isolated: Isolated = False,
    packs: Packs = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no messages on stderr, only errors.")] = False,
) -> int:
    """Show the agent graph: agents, tools, model calls and their limits.

    Exit codes: 0 done; 2 usage, settings or unwritable output; 3 no file could be read, or nothing was found.
    """
    from auditor.cli.options import settings_of

    targets = output.targets(format, outputs or (), FORMATS)
    if unknown and any(target.format != "text" for target in targets):
        raise AuditError("--unknown is a text", hint="leave out --format")
    settings = settings_of(paths, Source(config, isolated, tuple(packs or ())))
    settings = replace(settings, packs=(*(packs or ()), *settings.packs))
    from auditor import pipeline
    from auditor.judgement.roles import AUDITED

    with streams.Progress(quiet=quiet) as progress:
        graph = pipeline.build_graph(paths, settings=settings, packs=settings.packs, calls=unknown, progress=progress)
    output.deliver(targets, lambda target: _render(target.format, graph, unknown=unknown), inputs=paths, quiet=quiet)
    if any(noun.kind in AUDITED and noun.role != "test" for noun in graph.nodes.values()):
        return 0
    if not quiet:
        streams.say(
            f"nothing to audit: {'neither a model call nor an agent was found outside tests' if graph.files else 'no file could be read'}"
        )
    return NOTHING


def _render(format: str, graph: AgentGraph, *, unknown: bool) -> str:
    from auditor.graph import export

    if unknown:
        return export.unknown_text(graph)
    return {"text": export.to_text, "json": export.to_json, "mermaid": export.to_mermaid, "dot": export.to_dot}[format](graph)
