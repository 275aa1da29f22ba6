"""The small forms that all others use: arguments, conditions, defaults by version, and how a setting is written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Ref = int | str | list[int | str]
"""An argument: a position (from 0), a keyword, or several tried in order. A dotted keyword (`config.recursion_limit`) is a key or
attribute inside the argument, `*` each element of a list or value of a mapping (`0.*.recipient`). `"*"`: all positional arguments."""

None_ = Literal["absent", "unbounded", "default", "unknown"]
Count = float | int | Literal["absent", "unbounded", "unknown"]


class Form(BaseModel):
    """Strict: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Proof(Form):
    """Where a fact is read: the pinned distribution, a file in its wheel and a text that stands there."""

    package: str
    file: str
    text: str


class When(Form):
    """A condition on a default. All that is given must hold; what cannot be decided makes the default undecided."""

    argument: Ref | None = None
    starts: list[str] | None = None
    """the argument is a text that starts with one of these"""
    equals: list[str | int | bool | None] | None = None
    given: bool | None = None
    """whether the argument is written at all"""
    filled: bool = False
    """the argument is written, and is neither None nor an empty container"""
    always: bool = False
    """each mapping that can be the argument has its key from the start (`options.key`): no branch leaves it out or adds it"""
    async_: bool | None = Field(default=None, alias="async")
    deployed: bool = False
    """a variable of the environment decides it, whatever its written fallback: it is not decided unless all that is known of it agrees"""
    sure: bool = False
    """what cannot be decided does not hold (a model that is not read is taken for the usual provider's)"""
    unless: list[str] = []
    """packages: where one of them is asked for, what is not read at all does not hold (a driver of a server: a URL is no local file's)"""


class Default(Form):
    """What holds when the code says nothing, for a range of versions (PEP 440; none: all)."""

    versions: str | None = None
    value: Count = "unknown"
    of: str = ""
    """instead of a value: what holds for this type (`package:type`) of another package, in the version of that"""
    when: When | None = None
    why: str | None = None
    settable: bool = True
    """false: these versions have no argument that sets it"""
    by: str = ""
    """what sets it where this holds, in words, where it is not one argument"""
    streamed: int | None = None
    """what holds in its place for a streamed answer: where a retry is around what only makes the stream, the request is sent after that"""
    proof: Proof | list[Proof] | None = None


class Elsewhere(Form):
    """What another service of the same protocol calls the argument: the client's argument `url` is given, and has none of `hosts` in it."""

    url: Ref
    hosts: list[str]
    argument: str


class Unheeded(Form):
    """In these versions (none: all) some calls ignore the setting: those that are awaited or, where `heeded_by` names methods, all but
    these. `beside`: only where this package is installed, too."""

    versions: str | None = None
    beside: str = ""
    heeded_by: list[str] = []
    why: str
    proof: Proof | list[Proof] | None = None


class VersionsForm(Form):
    """What holds in these versions (PEP 440; none: all)."""

    versions: str | None = None
    proof: Proof | list[Proof] | None = None


class GoneForm(Form):
    """Versions in which a name only raises an error."""

    versions: Annotated[str, Field(pattern=r"^>=[0-9][0-9a-z.]*$")]
    proof: Proof | list[Proof] | None = None


class RemovableForm(Form):
    """`gone`: since when it is there no more."""

    gone: GoneForm | None = None


class EndForm(VersionsForm):
    """The error that a retry ends in where the last try fails, too, in place of what the tries failed with: a class that derives from
    `Exception` alone. `but`: what must not hold for that; `opened_by`: attributes and methods by which code gets at what it stands for."""

    error: str
    but: list[When] = []
    opened_by: list[str] = []


class UnreadForm(VersionsForm):
    """In these versions a constructor takes it, and no request reads it. `instead`: a method whose keyword arguments are read. `attribute`:
    the object's attribute of this name is read."""

    instead: str = ""
    attribute: bool = False


class SettingForm(Form):
    """How a setting is written. Read in order: `argument` at the call, the receiver's setting of the same name, `variable`, `default`."""

    argument: Ref | None = None
    adds: tuple[str, str] | None = None
    """two arguments whose numbers add up where both are given, and `plus` once: the second makes other attempts than the first"""
    unit: Literal["seconds", "milliseconds", "minutes", "attempts", "tokens", "turns", "supersteps", "usd"] | None = None
    plus: int | dict[str, int] = 0
    """added to a number that is given or default: retries + 1 = attempts. By ranges of versions where they differ: then only to one that is
    given, and the defaults are what comes of it"""
    unset: None_ | dict[str, None_] = "default"
    """what an explicit None means; by ranges of versions where they differ"""
    zero: Literal["absent", "unbounded"] | None = None
    """what an explicit 0 (before `plus`) means, where it is no number"""
    false: Count | None = None
    """what an explicit False means"""
    scope: Literal["total", "per_read"] | None = None
    variable: str | list[str] | None = None
    """environment variables read when nothing is given"""
    element: int | None = None
    """of a tuple or list given as the argument, the item that counts (`timeout=(connect, read)`: 1)"""
    pattern: str | None = None
    """of a text given as the argument, the group that is the number; a text without it says nothing"""
    ways: list[SettingForm] = []
    """other ways to write it, each with a unit of its own, read after `argument`"""
    plain: bool = False
    """the argument is a plain value (a text) unless somebody writes an object that holds the setting: what is not read is plain"""
    carried: bool = False
    """the argument is a text that may carry it among other things (a URL's options), by `pattern`: of one that is not read the default
    holds, and is said to be unread"""
    value: Count | None = None
    """a constant: nothing in the code can change it"""
    written: str = ""
    """what is written in the argument, where that is no number alone (`"-c statement_timeout=..."`)"""
    instead: str | None = None
    """what can be set in place of it: the argument of another callable that does the same"""
    elsewhere: Elsewhere | None = None
    unheeded: Unheeded | None = None
    unread: UnreadForm | None = None
    default: list[Default] = []


Settings = dict[
    Literal["deadline", "run_deadline", "attempts", "max_output_tokens", "loop", "max_turns", "window", "width", "limit", "budget"],
    SettingForm,
]


class RemakesForm(Form):
    """The framework makes a client of its own (`model_default`) of a model object from another package, in these versions. `keeps`: the
    settings that it takes over."""

    versions: str | None = None
    keeps: list[str] = []
    proof: Proof | list[Proof] | None = None


class BesideForm(Form):
    """Versions, by one bound, that can only be installed beside some version in each of `needs` (package -> versions): who asks for others
    has none of them."""

    versions: Annotated[str, Field(pattern=r"^(>=|<)[0-9][0-9a-z.]*$")]
    needs: dict[str, str]
    proof: Proof | list[Proof] | None = None


class RaisesForm(VersionsForm):
    """Other packages whose errors a failed request comes out as, too; empty: none."""

    packages: list[str] = []


class AddressForm(Form):
    """Functions that make a URL of its parts. `scheme`: the argument that it begins with; `options`: the one with what follows its `?`."""

    names: list[str]
    scheme: Ref
    options: Ref


class RequestForm(Form):
    """Constructors of objects that describe a request, which something else sends: the arguments with its URL and its body."""

    names: list[str]
    endpoint: Ref
    body: Ref | None = None


class GivenForm(Form):
    """A call that runs a function which it is given: it asks a model only where that is made of a prompt.

    `argument`: where it is given, or the receiver; `name`: the argument with its name, where that is given in place of it. `asks`: types of
    this file that are made of a prompt, `asks_with`: keywords of a call that say so of what it gives. `native`: types that are functions of
    the program, `native_with`: the keyword of such a call with one. `found_by`: methods that look a function up -> the argument with its
    name. `registered`: decorators that make a function of the program one, and their argument with its name.
    """

    argument: Ref | Literal["receiver"]
    name: Ref | None = None
    asks: list[str] = []
    asks_with: list[str] = []
    native: list[str] = []
    native_with: str = ""
    found_by: dict[str, Ref] = {}
    registered: dict[str, str] = {}


class RunForm(Form):
    """Runs of agents that are processes: settings besides those of the process; `started`: of one that something else waits for."""

    settings: Settings = {}
    started: Settings = {}
    held_by: str = ""
    kept_by: str = ""


class CommandsForm(Form):
    """Programs that work on local files alone: a name, or a name with the words after it that decide (`git show`).

    `instant`: over at once, so that nothing waits for it (`* --version`: any program that is given no more); `brief`: seconds, whatever the
    files are (hooks, large trees). `options`: of a program, those in front of its first word that have a value; `shells`: programs that run
    the text after one of these options. `interactive`: a person works with it until it ends; `$EDITOR`: what this variable of the
    environment names. `splits`: functions that make a list of words of a text; `finds`: those that give the path of a program.
    `agents`: programs that run an agent until it is done -> options, or a first word, of which one says so (`claude -p`); `run`: how such
    a run is; `launches`: programs that start the one that is named after their options -> those of them that have a value.
    """

    instant: list[str] = []
    brief: list[str] = []
    interactive: list[str] = []
    splits: list[str] = []
    finds: list[str] = []
    options: dict[str, list[str]] = {}
    shells: dict[str, list[str]] = {}
    agents: dict[str, list[str]] = {}
    launches: dict[str, list[str]] = {}
    run: RunForm = RunForm()


class Expect(Form):
    """A snippet and what the tool must see in it. Each of `gives` lists fields of a node: kind, line, and settings by name
    (a number, `absent`, `unbounded`, `unknown`) or plain fields (`name`, `call`). Nodes of a listed kind that are not given fail."""

    code: str
    gives: list[dict[str, Any]] = []
    versions: dict[str, str] = {}
