"""The forms of a knowledge file: what a package's names mean, as filled-in data."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from auditor.knowledge.agents import AgentForm, LinkForm, Method
from auditor.knowledge.declared import (
    BudgetForm,
    DeclaredForm,
    DefaultClientForm,
    FieldForm,
    HoldsForm,
    ProvidesForm,
    SharedForm,
)
from auditor.knowledge.forms import (
    AddressForm,
    BesideForm,
    CommandsForm,
    Count,
    Default,
    EndForm,
    Expect,
    Form,
    GivenForm,
    Proof,
    RaisesForm,
    Ref,
    RemovableForm,
    RequestForm,
    Settings,
    VersionsForm,
    When,
)
from auditor.knowledge.injectors import InjectorForm
from auditor.knowledge.models import ModelsForm, ValidatorsForm
from auditor.knowledge.registrations import RegistrationForm
from auditor.knowledge.tracing import (
    EnvironmentForm,
    HandlerForm,
    LauncherForm,
    LevelForm,
    MediaForm,
    SavesForm,
    TracesForm,
    TracingForm,
    UsageForm,
)
from auditor.knowledge.waiting import AlarmForm, WaitForm
from auditor.knowledge.workflows import BuilderForm, ServedForm, ServerForm


class TypeForm(Form):
    """A kind of object.

    `new`: qualified names whose call makes one. `is`: types whose methods, attributes, calls and settings it inherits. `module`: the
    module itself is one. `attributes`: name -> type (`self`: stays the same object). `methods`: name -> Method; `"*"`: every method
    that is not named returns the same object (fluent chains). `follows`: settings, and type where it has none, are those of the object
    in this argument (`parts`: of what is inside; `receiver`: of what is inside that whose method made it; `maker`: of that itself).
    `noun`: making one is a node. `bases`: local classes that derive from one of `new` are of this type too (always so). `awaited`: its
    methods are coroutines: they never block the event loop.
    """

    is_: list[str] = Field(default=[], alias="is")
    new: list[str] = []
    decorates: list[str] = []
    """decorators that make one of a function: its settings stand at the decorator, and a call of the function is one of `__call__`"""
    module: str | None = None
    noun: Literal["model_client", "agent", "retry", "tool", "deadline_scope", "fan_out"] | None = None
    agent: AgentForm | None = None
    api: str | None = None
    provider: str | None = None
    awaited: bool = False
    settings: Settings = {}
    attributes: dict[str, str] = {}
    methods: dict[str, Method] = {}
    follows: Ref | None = None
    steps: list[str] = []
    """methods that a run calls if the local class, or with `members` the class around it, has them: names or decorators' qualified names"""
    asks_by: list[str] = []
    """its own methods that make its requests: a local subclass that replaces one makes them its own way"""
    keeps: list[str] = []
    """arguments of its constructor that it keeps in attributes of the same names (`self.llm_config`)"""
    fields: bool = False
    """what a local subclass declares with a value (`timeout = 20`) is what its constructor takes where it is given nothing"""
    holds: HoldsForm | None = None
    class_follows: str = ""
    """likewise of the object in this attribute of a local class (`Meta.database`)"""
    parts: Ref | None = None
    """arguments whose objects are parts of it (steps of a chain, functions it wraps): its calls run them"""
    model: Ref | None = None
    """the argument with the name of the model that its requests ask for, where they do not say"""
    embeds: Ref | None = None
    """arguments of which one is the embedding model that its requests ask first"""
    parts_by: dict[str, Ref] = {}
    """methods that add a part later -> the argument with it (`pipeline.add(part)`)"""
    wraps: Ref | None = None
    """an argument with a callable: calling the value (or its run methods) calls it"""
    gathers: dict[str, Ref] = {}
    """method -> its arguments with agents or tools that become part of the object, and of the agent that is given or made of it"""
    when: When | None = None
    """only if this holds of the constructor's arguments (`client("service")`); such a type beats one without a condition"""
    mutators: dict[str, Settings] = {}
    """method -> settings of the object that a call of it anywhere changes (`sock.settimeout(5)`, `session.mount(...)`)"""
    each: Ref | None = None
    """of tools that are made by their names: the argument with the list of these"""
    hands_to: Ref | None = None
    """of a tool that hands over to an agent: the argument with the agent's name"""
    harmless: list[str] = []
    """methods that become no noun and do no I/O; `*` matches any rest"""
    bare: bool = False
    """its result, and that of a chain that ends with it, says nothing of usage (a parser of the answer)"""


class CallForm(RemovableForm):
    """Calls that are a noun. `names`: qualified names (`package.function`) or `type.path` of this file (`client.chat.create`).
    `kind`: for model calls llm, embedding, agent_run, flow_run, pipeline_run, background_run (queued: nothing waits for it), batch, rerank,
    image, audio, token_count, ...; for external calls http, db, process, queue, mcp, browser, file, sleep, mail.
    """

    names: list[str]
    when: When | None = None
    """only a call of which this holds does anything (a constructor that connects where it is given no connection)"""
    noun: Literal["model_call", "external_call", "none"] = "external_call"
    kind: str = ""
    api: str | None = None
    provider: str | None = None
    settings: Settings = {}
    streams: bool | Ref | None = None
    streams_unsaid: bool = False
    """it streams where the argument in `streams` is not given"""
    lazy: list[str] = []
    """methods among its names whose request begins when what they give is entered or gone through"""
    awaited: bool | None = None
    """true: a coroutine or non-blocking; false: it blocks; none: as the type says, else it blocks unless awaited"""
    blocking: bool | Literal["unknown"] = True
    """false: so short or local that it does not matter on an event loop; unknown: it runs code of which that is not known"""
    embeds: bool = False
    """all that leaves the process is a request to the embedding model of the store that it is called on"""
    runs: Literal["receiver"] | Ref | None = None
    """the agent, graph or callable that it runs"""
    given: GivenForm | None = None
    answers_back: bool = False
    """the receiver is an agent that takes part: what it asks its model belongs to the run"""
    steps: list[str] = []
    """of a local subclass: methods that the call runs, by name (`forward`) or by a decorator's qualified name (`workflow.step`)"""
    elsewhere: bool = False
    """what it runs is a program on a server, which leaves spans and records usage there"""
    answers: str = ""
    """attribute of what it gives that holds what the model asks for, in a run that goes on by itself; others tell how the run stands"""
    held_by: str = ""
    """what it waits for by requests that have timeouts of their own (`a prediction that never ends`): without a deadline that holds it"""
    client: Ref | None = None
    """an argument whose object brings the settings"""
    needs: str | None = None
    """only a noun if the receiver contains an object of this type (a chain with a model in it)"""
    endpoint: Ref | None = None
    """the argument with a URL: a known model endpoint makes it a model call"""
    body: Ref | None = None
    """the argument with the body of the request: one that only a model takes makes it a model call, where the URL is not known"""
    kinds: dict[str, str] = {}
    """a text in the model's name -> the kind of the call (`titan-embed`: embedding); else `kind`"""
    modalities: Ref | None = None
    """what the answer is to be (`IMAGE`), which tells the kind of the call where it is no text"""
    command: Ref | None = None
    """the argument with the command of a process, as a list of words or a text; `"*"`: each positional argument is a word of it"""
    ended_by: list[str] = []
    """methods of the receiver that end what it waits for, and errors that say it is over: there is little to wait for after these"""
    killed_by: dict[str, str] = {}
    """functions that end it by the `pid` of the receiver, with the signal that cannot be refused (`os.kill` -> `signal.SIGKILL`)"""
    later: list[str] = []
    """methods of the result that carry the deadline (`communicate`, `wait`); each of these is a call of its own"""
    usage: Literal["result", "none"] = "result"
    """none: what it gives says nothing of usage, so nobody can read it there"""
    kept_by: str = ""
    """what keeps the usage, where the result need not say it"""
    model: Ref | None = None
    fills: Ref | None = None
    """the argument with the schema that the answer is filled into; `picks`: with the tool that the model has to call"""
    picks: Ref | None = None
    tools: Ref | None = None
    """tool schemas or functions given to the model"""
    tool_name_at: list[str] = ["function.name", "name"]
    """where the name stands in a tool schema"""
    effect: str = ""
    effect_argument: Ref | None = None
    """text whose first word decides (SQL): select/show/explain read, else write"""
    returns: str | None = None
    """type of the result"""
    callbacks: Ref | None = None


class ApplyForm(Form):
    """One retry, span or deadline value used in several ways. A deadline ends what it decorates from outside.

    `as`: decorator (`@x`, `@x(...)`), iterator (`for a in x(...)`), call (`x(...)(f, *args)`, or `x(f)`), context (`with x(...)`),
    method (`obj.call(f)`). `function`: position or name of the callable where the names are functions that run it.
    """

    names: list[str]
    as_: list[Literal["decorator", "iterator", "call", "context", "method"]] = Field(default=["decorator"], alias="as")
    makes: Literal["retry", "span", "deadline", "fan_out", "thread", "lock", "cache", "pass"]
    mechanism: str = "decorator"
    settings: Settings = {}
    on: Ref | None = None
    on_default: list[str] = ["*"]
    on_others: list[str] = []
    """predicates that name what is not retried (`retry_if_not_exception_type`), or ask something else: then anything may be retried"""
    when: When | None = None
    """it only applies if this holds (`@app.task(autoretry_for=...)`)"""
    again: str | None = None
    """it only applies where the function calls this method on its first parameter, or on itself, to be run again (`self.retry()`)"""
    backoff: Ref | None = None
    gives_up: Ref | None = None
    """a function that may end it before the attempts are used up"""
    ends_in: EndForm | None = None
    function: Ref | None = None
    result_bounds: bool = False
    sync_only: bool = False
    """it never awaits what it decorates: around an `async def` it does nothing"""
    holds_in: VersionsForm | None = None
    """of a thread: in these versions each awaited run of a coroutine function that it decorates has one, and an event loop of its own;
    without it, a thread runs the plain function that it decorates, and who awaits it keeps the loop free"""
    makes_generators: VersionsForm | None = None
    """it only makes the generator of a function that yields, and never reads it: around one it does nothing"""


class ValueForm(Form):
    """A constructor whose result is a number (`Timeout`, `stop_after_attempt`, `timedelta`).

    `argument`: first given of these. `sum`: keyword -> factor, added up. `as`: the setting of this value (none: any). `value`: a constant.
    """

    argument: Ref | None = None
    sum: dict[str, float] | None = None
    as_: str | None = Field(default=None, alias="as")
    unset: Literal["absent", "unbounded", "default"] = "absent"
    value: Count | None = None
    default: list[Default] = []
    parts: Ref | Literal["*"] | None = None
    """the arguments are values of the same kind (`stop_any(a, b)`), combined by `combine`"""
    combine: Literal["min", "max"] = "min"


class RegionForm(Form):
    """An argument or a body that runs under a deadline, in parallel, in a thread, in a span or under a lock.

    `body`: `with`, or the argument(s) whose calls or callables run inside. `callable`: the argument is a function that is called (with what
    follows it), not a coroutine or value. `outlives`: its task goes on after the wait. `blocking_body_ignores`: code that blocks does, too.
    """

    names: list[str]
    makes: Literal["deadline", "fan_out", "thread", "task", "span", "lock"]
    body: Literal["with", "*"] | Ref = "with"
    callable: bool = False
    outlives: bool = False
    failures_end: Literal["", "always", "dropped"] = ""
    """a failure of what it runs never comes to who starts it; or not where nobody keeps what the call gives"""
    delayed: bool = False
    """what it starts begins after a time: a function that starts itself so is run again and again, and calls nothing deeper"""
    process: bool = False
    """another process runs it; `pool`: the argument with what runs it, threads or processes"""
    pool: Ref | None = None
    passes: tuple[str, str] | None = None
    """keywords of a list and a mapping with what the callable is called with (`args`, `kwargs`)"""
    hands: Literal["", "rest", "each"] = ""
    """what stands behind the callable is what it is called with (rest), or each element of it is (each)"""
    settings: Settings = {}
    keeps_context: bool = True
    blocking_body_ignores: bool = True
    waits: list[WaitForm] = []
    proof: Proof | list[Proof] | None = None


class Knowledge(Form):
    """One file: one package.

    `package`: the distribution's name, for lock files. `modules`: import roots (default: the name with `_`). `stdlib`: versions do not
    apply.
    `understood`: qualified names or prefixes (`*`) that are harmless: no noun, no I/O. `methods_harmless`: last segments.
    """

    package: str
    also: list[str] = []
    """other distributions of the same modules, with the same numbers of versions (`psycopg2-binary`)"""
    modules: list[str] = []
    stdlib: bool = False
    beside: list[BesideForm] = []
    needs: list[str] = []
    """other knowledge files that are loaded with it (types in `is`, `follows` are found by themselves)"""
    types: dict[str, TypeForm] = {}
    calls: list[CallForm] = []
    applies: list[ApplyForm] = []
    commands: CommandsForm | None = None
    values: dict[str, ValueForm] = {}
    operators: dict[Annotated[str, Field(pattern=r"^[|&+]$")], Literal["min", "max", "chain"]] = {}
    regions: list[RegionForm] = []
    alarms: list[AlarmForm] = []
    registrations: list[RegistrationForm] = []
    links: list[LinkForm] = []
    builders: list[BuilderForm] = []
    servers: list[ServerForm] = []
    served: list[ServedForm] = []
    starts: list[str] = []
    """commands that start a server of the package with the file that is named after them (`acme run app.py`)"""
    runners: dict[str, int | str] = {}
    """functions that run one of their arguments (position or name), a callable or coroutine, and give its result; a value they hand on"""
    started_by: dict[str, list[str]] = {}
    """class -> its methods that run what a subclass overrides; its others (to stop it, to wait for it) do not"""
    runs_only: dict[str, list[str]] = {}
    """class that others derive from -> the methods of theirs that it runs by itself, without those that decorators hand to it"""
    one_request: list[str] = []
    """beginnings or parts of images, kinds of resources, and calls around an application: what runs there serves one request at a time"""
    budgets: list[BudgetForm] = []
    default_clients: list[DefaultClientForm] = []
    provides: list[ProvidesForm] = []
    shared: list[SharedForm] = []
    injectors: list[InjectorForm] = []
    moved: dict[str, str | list[str]] = {}
    """package -> the one or more in which its classes lie, or are found without the modules between (`old.stores`: `new.stores`)"""
    signatures: dict[str, list[str]] = {}
    """full name of a function, class or method -> the parameters that can be given by position, in order; all others have to be named"""
    generics: dict[str, str] = {}
    """generic class -> its attribute that is an object of the type argument (`Context[Deps]`: `deps`)"""
    declared: list[DeclaredForm] = []
    fields: list[FieldForm] = []
    models: list[ModelsForm] = []
    validators: list[ValidatorsForm] = []
    tracing: list[TracingForm] = []
    handlers: list[HandlerForm] = []
    environment: list[EnvironmentForm] = []
    launchers: list[LauncherForm] = []
    traces: list[TracesForm] = []
    usage: UsageForm | None = None
    media: MediaForm | None = None
    saves: list[SavesForm] = []
    log_levels: list[LevelForm] = []
    records: list[str] = []
    """calls that write down what they are given in any argument, in normal operation (log lines of level info, new rows)"""
    addresses: list[AddressForm] = []
    parses: list[str] = []
    """functions that make data of a text or stream that is data (`json.loads`): what they give is what they were given"""
    ranges: list[str] = []
    """functions that count as `range` does (`trange(9)`)"""
    evaluations: list[str] = []
    """functions that run an evaluation: a file that calls one measures the agent"""
    endpoints: list[str] = []
    """host names or URL parts of model endpoints"""
    common_paths: dict[str, list[str]] = {}
    """those of these URL parts that other services have, too -> keys that the body has where it is read and the host is not known"""
    bodies: list[list[str]] = []
    """keys that together only the body of a request to a model has; dotted ones lie in a mapping inside"""
    body_paths: dict[str, list[list[str]]] = {}
    """ends of URLs where models answer, which others may have, too -> keys that the body has there: all of one list"""
    requests: list[RequestForm] = []
    silent_bodies: list[str] = []
    """keys of bodies whose answers say nothing of usage"""
    body_caps: list[str] = []
    """keys of such a body with the maximum of output tokens"""
    endpoint_kinds: dict[str, str] = {}
    """a part of such a URL, first match wins, or its end (`/models$`) -> the kind of the call; `none`: no model call"""
    waits: list[str] = []
    """calls that wait for a human or an event: a loop that calls one each turn is no runaway loop"""
    states: list[str] = []
    """calls that say how work of the service stands (a run, a job), which ends without whoever asks: a loop that goes by it only polls"""
    resumes: dict[str, str] = {}
    """what makes the input that resumes a run -> its argument with the answers that the run has stopped for"""
    errors: dict[str, list[str]] = {}
    """exception -> the exceptions that derive from it"""
    raises: list[RaisesForm] | None = None
    """whose errors a failed request of the package ends in, besides its own; None: not known"""
    refusals: list[str] = []
    """exceptions that say that the service refused the request as it is: no client tries again after them by itself"""
    understood: list[str] = []
    expect: list[Expect] = []
