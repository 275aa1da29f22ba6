"""Processes that run an agent, which asks its models itself (`opencode run ...`): by the name of the program and the words that decide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditor.graph.build.arguments import argument
from auditor.graph.build.commands import Words, after_options, listed, one, positional, started, written
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match
from auditor.knowledge.types import CallForm
from auditor.program.origins.containers import added
from auditor.program.origins.types import Box, Key

DEEPEST = 3
ENDINGS = (".exe", ".cmd")
OTHER_WORK = re.compile(r"[a-z][a-z-]*")
"""a word right after the name of a program: what else it is to do (`claude mcp add ...`)"""


def with_runs(build: Build, found: list[Match[CallForm]], site: Key) -> list[Match[CallForm]]:
    """What a call is; the run of an agent where one of its commands is known to be one."""
    return [replace(m, form=_run(build, m.form)) if m.form.command is not None and _runs_agent(build, m, site) else m for m in found]


def _run(build: Build, form: CallForm) -> CallForm:
    """The form of a call that starts a process, where the process is an agent."""
    memo: dict[int, CallForm] = build.memo.setdefault("forms of agents' processes", {})  # type: ignore[assignment]
    if id(form) not in memo:
        run = build.base.commands.run
        settings = {**form.settings, **run.settings, **(run.started if form.later else {})}
        given = {"noun": "model_call", "kind": "agent_run", "settings": settings, "held_by": run.held_by, "kept_by": run.kept_by}
        memo[id(form)] = form.model_copy(update=given)
    return memo[id(form)]


def _runs_agent(build: Build, match: Match[CallForm], site: Key) -> bool:
    form = match.form
    if not build.base.commands.agents or form.command is None:
        return False
    if form.command == "*":
        return _is_agent(build, positional(build, site, 0, match.partials))
    found = argument(build, form.command, site, 0, match.partials) or ()
    lists = [[*words, *_more(build, o)] for o in found if (words := listed(build, o)) is not None]
    # What is added to a list is no command of its own (`command += ["-p", prompt]`).
    rest = [word for words in lists if words and words[0].startswith("-") for word in words]
    texts = [written(build, o) for o in found if listed(build, o) is None]
    return any(_is_agent(build, [*words, *rest]) for words in lists) or any(_starts_agent(build, text) for text in texts)


def _more(build: Build, origin: object) -> Iterator[str]:
    """What other statements add to a list."""
    for word in added(build.engine, origin) if isinstance(origin, Box) else ():
        yield one(build, (word,))


def _starts_agent(build: Build, text: str, depth: int = 0) -> bool:
    return any(_is_agent(build, words, depth) for words in started(text, alone=False))


def _is_agent(build: Build, words: Words, depth: int = 0) -> bool:
    """Whether a command runs an agent until it is done: with one of the options, or the word, that the knowledge names."""
    if not words or depth > DEEPEST:
        return False
    known = build.base.commands
    name = _name(words[0])
    if any(words[1:2] == [option] and len(words) > 2 for option in known.shells.get(name, ())):
        return _starts_agent(build, words[2], depth + 1)
    if name in known.launches:
        return _is_agent(build, after_options(words[1:], known.launches[name]), depth + 1)
    wanted = known.agents.get(name, ())
    if any(OTHER_WORK.fullmatch(word) and word not in wanted for word in words[1:2]):
        return False
    first = after_options(words[1:], known.options.get(name, ()))[:1]
    return any(first == [word] for word in wanted) or bool(_options(words).intersection(wanted))


def _name(word: str) -> str:
    """The name of a program, without its folder or scope, ending and version (`npx @acme/agent@latest`)."""
    name = word.replace("\\", "/").rsplit("/", 1)[-1].partition("@")[0]
    return next((name.removesuffix(end) for end in ENDINGS if name.endswith(end)), name)


def _options(words: Iterable[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if word.startswith("-")}
