"""Reasons why something cannot be told: one form for all of a kind, and what resolves them at least cost."""

from __future__ import annotations

import re

COMPUTED = re.compile(r"\bthe environment variable \?")
KINDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), form)
    for pattern, form in (
        (r"the key .+ is not in the mapping", "a key that is not in the mapping"),
        (r"the key .+ may come from elsewhere", "a key that may come from elsewhere"),
        (r"the parameter .+, which no caller found here sets", "a parameter that no caller found here sets"),
        (r"the result of .+\(\)(, which is not read)?", "the result of a call that is not read"),
        (r"it may come in by .+, which is not read", "it may come in by a mapping that is not read"),
        (r"comes in by .+, which is not read", "it comes in by the result of a call that is not read"),
        (r"comes in by (\W?.*) that is not read", r"it comes in by \1 that is not read"),
        (r"the value of (?!the environment).+ is not known", "a value that is not known"),
        (r"the name .+ is not defined in the files read", "a name that is not defined in the files read"),
        (r".+ is not among the files read", "a module that is not among the files read"),
        (r"(the environment variable .+), which has no written default", r"\1, which has no written default"),
        (r"\w+ depends on (the version of .+, which is not locked): .+", r"it depends on \1"),
        (r"(\w+) is one of .+", r"\1 is one of several values"),
        (r"nothing is known about this call into .+", "nothing is known about the package that is called"),
        (r"only under a condition \(line \d+\)", "it holds only under a condition"),
    )
)
REMEDIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"has it no more since version", "call what this version has in its place, or lock an older one"),
        (r"which is not locked", "lock the version: commit a lock file, or pin it with == in the requirements"),
        (r"by version|depends on the version|depending on the version", "commit a lock file, so that the version is known"),
        (r"^the server that runs it traces if", "hand it over in a Dockerfile or compose file of the repository"),
        (r"compared in the cycle", "set the framework's bound where the run starts"),
        (r"environment variable .* where it is deployed", "set it in a Dockerfile or compose file of the repository"),
        (r"environment variable .*no written default", "give it a default in the code, or a value in a Dockerfile or compose file"),
        (r"environment variable", "give it a value in a deployment file of the repository"),
        (r"^a key that|by a mapping", "write the keyword itself in the call, not by a mapping"),
        (r"^a parameter that", "give the parameter a default"),
        (r"attribute of something that is not read", "give the attribute a default in its class, or annotate what holds it"),
        (
            r"only its type is known|where it was made is not known",
            "construct it in the code that is scanned, or annotate it with its class",
        ),
        (r"^the result of a call|^it comes in by|^a value that", "write the value at the call, or as a constant"),
        (r"arithmetic|several values|values can reach it|too much reaches", "write one value at the call"),
        (
            r"driver|session decides|depends on the store|service behind|transport of each",
            "set a deadline where it is made, or put one around the call",
        ),
        (r"usage is read elsewhere|answer is (handed on|returned|kept)|makes a text of the answer", "record the usage next to the call"),
        (r"module that is not among|name that is not defined", "scan the folder that holds it, too"),
        (r"could not be read|cannot be parsed|invalid syntax", "mend the syntax of the file, or exclude it"),
        (
            r"requests inside the run were not found",
            "make the model in the code that is scanned, with what it may take and write, and hand it to what is run",
        ),
        (r"^its class asks the model in its own", "look at the request in that method, of which the same is asked"),
        (r"whether what is deployed runs that", "give the run a limit or a budget where it begins"),
        (r"under a condition", "do it without a condition, when the process starts"),
    )
)


def named(why: str) -> str:
    """A reason without the placeholder of a name that is computed."""
    return COMPUTED.sub("an environment variable whose name is computed", why)


def kind_of(why: str) -> str:
    """A reason without the names that make it one of many."""
    for pattern, form in KINDS:
        found = pattern.fullmatch(why)
        if found:
            return found.expand(form)
    return why


def resolved_by(kind: str) -> str:
    """The cheapest way to have it told, in a few words; empty where none is known."""
    return next((text for pattern, text in REMEDIES if pattern.search(kind)), "")
