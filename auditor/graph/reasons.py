"""Why a setting can be unknown: families of reasons, `...` for what differs, and which of them each setting can have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Family:
    """Reasons of one kind: `words` say what they have in common."""

    words: str
    forms: tuple[str, ...]


FAMILIES: Mapping[str, Family] = {
    "value": Family(
        "a value is written, and the code that was read does not say which",
        (
            "the result of ...",
            "the parameter ..., which no caller found here sets",
            "an attribute of something that is not read",
            "the value of ... is not known",
            "the key ... is not in the mapping",
            "the key ... may come from elsewhere",
            "comes in by ...",
            "it comes in by ...",
            "it may come in by ...",
            "could come in by ... that is not read",
            "the name ... is not defined in the files read",
            "... is not among the files read",
            "the environment variable ..., which has no written default",
            "an environment variable whose name is computed, which has no written default",
            "its value is no number",
            "None is no number",
            "a truth value where a number is meant",
            "arithmetic on several values",
            "arithmetic",
            "a counter",
            "an exception",
            "an expression that is not followed",
            "more than ... can reach it",
            "too much reaches it to be followed",
            "too many values can reach it",
            "too many combinations",
            "what is written there says nothing of such a number",
        ),
    ),
    "client": Family(
        "the client or model is made where nobody can look",
        (
            "only its type is known: it comes in from outside",
            "where it was made is not known",
            "its class asks the model in its own ...",
            "one client has ... here",
            "the requests inside the run were not found",
            "it is not known what runs the agent",
        ),
    ),
    "given": Family(
        "something is given for it that is no value that the code shows, or nothing is written",
        (
            "no name of a model is written for it",
            "a run asks the models of its agents",
            "what is given for it is no text",
            "a text with parts that are not known",
            "an object, or a value that is not followed",
            "a list, mapping or other container",
            "None is passed on to it, unless something replaces that",
            "the environment variable ...",
            "could be one of the arguments that are given by position, whose names are not known",
            "a decorator of the function may give or change it",
        ),
    ),
    "library": Family(
        "no value stands in the code, and what its library does then is not settled; in the words of its knowledge file",
        (
            "no default is known",
            "no default is known for ...",
            "... depends on the version of ..., which is not locked: ...",
            "... is one of ...",
            "one of several values holds, and which one cannot be told",
            "what the knowledge file of the library says (it differs between the versions; the service behind it decides; ...)",
        ),
    ),
    "layers": Family(
        "it is worked out from others, and one of them is not known",
        (
            "one attempt has no deadline",
            "a factor is not a number",
            "limited in time, not in number",
            "whether an attempt that timed out is tried again is decided by the failure in ...",
        ),
    ),
    "scope": Family(
        "it depends on which way leads there", ("it depends on which of several objects runs it", "it is not known what runs it")
    ),
    "limit": Family(
        "a limit may exist, but cannot be read",
        (
            "it may be limited by ..., compared in ...",
            "the cycle ...: it may be limited by ...",
            "only the deadline around it ends it: ...",
            "line ... counts each of several things, of which a turn may have none",
            "it ends when ...",
            "until ...",
            "how many delays there are can't be told",
            "whoever calls ... sets it, without a maximum: ...",
            "its limit can't be read",
            "it stands in what ... only hands over, and whether something runs that later is not known",
            "it stands in an example, a notebook or a test (...), and whether what is deployed runs that is not known",
        ),
    ),
    "width": Family("how many run at once is not written", ("the number of CPUs", "how many run at once cannot be read")),
    "traced": Family(
        "whether a tracer runs is decided outside of the code, or for some of the runs only",
        (
            "it depends on the environment variable ... where it is deployed ...",
            "it depends on the environment variable ... where it is deployed",
            "the callbacks that it is given cannot be read",
            "only under a condition ...",
            "only some of the runs that reach it are traced",
            "it is not known which runs it is part of, and callbacks are given to some",
            "the server traces it, and what else runs it does not",
            "the server that the jobs come from says whether sessions are recorded",
        ),
    ),
    "followed": Family(
        "whether something runs it there cannot be told: too much would have to be followed",
        ("too much reaches ... to be followed: it may run this on an event loop",),
    ),
    "usage": Family(
        "the answer leaves what is read before anybody looks at its usage",
        (
            "the answer is returned to code that is not read",
            "the answer is handed on to ..., which is not read",
            "... makes a text of the answer, and where that goes is not followed",
            "the answer is kept in an object that is not followed",
            "the answer is kept by a framework, and usage is read elsewhere in the program",
            "the usage is kept by ..., and it is not known whether anybody reads it there",
            "... reads usage of what it is handed, and of which runs that is, is not known",
            "line ... may run it, and line ... reads its usage",
        ),
    ),
}
WRITTEN = ("value", "client", "library")
OF_FIELDS: Mapping[str, tuple[str, ...]] = {
    "deadline": (*WRITTEN, "scope"),
    "attempts": (*WRITTEN, "layers", "limit"),
    "max_output_tokens": WRITTEN,
    "max_turns": (*WRITTEN, "limit"),
    "window": ("value", "library"),
    "run_deadline": ("value", "scope"),
    "total_attempts": (*WRITTEN, "layers", "limit"),
    "needed_seconds": (*WRITTEN, "layers", "limit"),
    "loop": (*WRITTEN, "limit"),
    "times": ("value", "library", "limit"),
    "over_limit": (*WRITTEN, "limit"),
    "counted": ("limit",),
    "budget": ("value", "limit"),
    "model": ("value", "given"),
    "arguments": ("value", "given"),
    "description": ("value",),
    "width": ("value", "library"),
    "limit": ("value", "library", "width"),
    "traced": ("traced",),
    "blocking_in_async": ("followed",),
    "usage_recorded": ("traced", "usage"),
    "logged": ("usage",),
}


def reasons_of(field: str) -> Iterator[Family]:
    """The families of a setting; none: it is never unknown."""
    yield from (FAMILIES[name] for name in OF_FIELDS.get(field, ()))


def is_of(family: Family, why: str) -> bool:
    """Whether a reason has one of the forms of a family."""
    return any(pattern.fullmatch(why) for pattern in _patterns(family.forms))


@cache
def _patterns(forms: tuple[str, ...]) -> list[re.Pattern[str]]:
    return [re.compile(".+".join(re.escape(part) for part in form.split("..."))) for form in forms]
