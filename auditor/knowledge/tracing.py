"""Forms of what makes decision points traced and usage recorded."""

from __future__ import annotations

from typing import Literal

from auditor.knowledge.forms import Form, Proof, Ref, When


class TracingForm(Form):
    """What makes decision points traced.

    `names`: calls or constructors. `does`: `instrument` (spans for the libraries in `covers` from then on), `export` (a live end: provider,
    exporter, key), `off` (switches tracing off), `callback` (passed to a run: that run is traced), `span` (via `applies`).
    `covers`: packages whose calls get spans; `"*"`: all. `when_false`, `when_true`: the argument decides.
    """

    names: list[str]
    does: Literal["instrument", "off", "on", "callback"]
    covers: list[str] = []
    records_usage: bool = False
    argument: Ref | None = None
    """a truth value: false reverses `does` (`set_tracing_disabled(False)`)"""
    when: When | None = None
    """it does so only if this holds (`register(auto_instrument=True)`)"""
    doubt: str = ""
    """what decides it that is not followed"""


class HandlerForm(Form):
    """Objects that a run calls back at its events. `bases`: classes that handlers of the program derive from; `keys`: the keyword arguments
    and keys of settings under which handlers are given; `covers`: packages whose calls tell them; `identity`: arguments that name the run.
    `managers`: classes by which code tells all handlers itself, those that trace among them.
    """

    bases: list[str]
    keys: list[str]
    covers: list[str]
    identity: list[str] = []
    managers: list[str] = []


class LauncherForm(Form):
    """A command that starts a program under a tracer (`acme-run python app.py`). `package`: whose it is. What it instruments, and whether
    spans leave the process, is up to what is installed and set there."""

    command: str
    package: str
    records_usage: bool = True


class EnvironmentForm(Form):
    """A variable that switches something. `values`: texts that count as set (lower case; none: any but empty, 0 and false)."""

    variable: str
    does: Literal["tracing_on", "tracing_off"]
    covers: list[str] = []
    values: list[str] = []
    records_usage: bool = False
    served: bool = False
    """a secret that a server reads (see `servers`): it switches something only for what that server runs, and has no text in the files"""
    unless: list[str] = []
    """variables that decide it instead where they are set"""
    proof: Proof | list[Proof] | None = None


class TracesForm(Form):
    """The package traces its own calls by default, for these versions."""

    versions: str | None = None
    by_default: bool = True
    needs_provider: bool = False
    """spans appear only when an OpenTelemetry provider is configured"""
    doubt: str = ""
    """what decides it that no code says"""
    records_usage: bool = False
    proof: Proof | list[Proof] | None = None


class LoggedForm(Form):
    """What a package logs at level info: `unless`, methods of which it does not; `doubt`: why it may not do so of a call."""

    versions: str | None = None
    unless: list[str] = []
    doubt: str = ""
    proof: Proof | list[Proof] | None = None


class LevelForm(Form):
    """Calls that set from which level on loggers write (`logging.basicConfig`): the argument with it, and the levels that let info through;
    without an argument it is not known which they set (`dictConfig`)."""

    names: list[str]
    argument: Ref | None = None
    lets: list[str | int] = []


class UsageForm(Form):
    """Where a result says what was used: attributes (`usage`), keys (`usage`), callbacks that record it."""

    attributes: list[str] = []
    names: list[str] = []
    """calls or constructors that record usage for the run they are given to, or enclose"""
    shows: list[str] = []
    """calls that write out what they are given: a whole result with its usage"""
    texts: list[str] = []
    """functions that make a text of a whole result (`json.dumps`)"""
    plain: list[str] = []
    """attributes of a stream that give its text alone"""
    counts: list[str] = []
    """calls that count or make the tokens of a text"""
    logged: LoggedForm | None = None
    """the package logs the usage of each request itself"""
    kept: str = ""
    """what of the package keeps the usage of each call itself, so that no result need be read: then it is not known if anybody looks"""


class MediaForm(Form):
    """Answers of models that are an image or sound, and no text.

    `asked`: what a request may want, in capitals -> the kind of the call (`IMAGE`: image); `bodies`: keys of raw bodies that say what is
    wanted. `data`: attributes and keys of an answer with data in them; `bytes`: attributes with those of a raw answer, which say what it
    is only of `hosts`, that run models of any kind. `text`: what a text is taken from, `parsed`: what a raw answer is read with as one;
    `decoders`: calls that make a text or an object of bytes.
    """

    asked: dict[str, str] = {}
    bodies: list[str] = []
    data: list[str] = []
    bytes: list[str] = []
    text: list[str] = []
    parsed: list[str] = []
    decoders: list[str] = []
    hosts: list[str] = []


class SavesForm(Form):
    """Calls that write down what they are given (`json.dump`): `of`, its position. `written`: they only make a text of it, which one of
    these methods has to write."""

    names: list[str]
    of: int = 0
    written: list[str] = []
