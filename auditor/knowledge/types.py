"""The forms of a knowledge file: what a package's names mean, as filled-in data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Ref = int | str | list[int | str]
"""An argument: a position (from 0), a keyword, or several tried in order. A dotted keyword (`config.recursion_limit`) is a key or
attribute inside the argument. `"*"`: all positional arguments."""

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
    async_: bool | None = Field(default=None, alias="async")


class Default(Form):
    """What holds when the code says nothing, for a range of versions (PEP 440; none: all)."""

    versions: str | None = None
    value: Count
    when: When | None = None
    why: str | None = None
    proof: Proof | list[Proof] | None = None


class SettingForm(Form):
    """How a setting is written. Read in order: `argument` at the call, the receiver's setting of the same name, `variable`, `default`."""

    argument: Ref | None = None
    unit: Literal["seconds", "milliseconds", "minutes", "attempts", "tokens", "turns", "supersteps", "usd"] | None = None
    plus: int = 0
    """added to a number that is given or default: retries + 1 = attempts"""
    unset: Literal["absent", "unbounded", "default", "unknown"] = "default"
    """what an explicit None means"""
    zero: Literal["absent", "unbounded"] | None = None
    """what an explicit 0 (before `plus`) means, where it is no number"""
    false: Count | None = None
    """what an explicit False means"""
    scope: Literal["total", "per_read"] | None = None
    variable: str | list[str] | None = None
    """environment variables read when nothing is given"""
    element: int | None = None
    """of a tuple or list given as the argument, the item that counts (`timeout=(connect, read)`: 1)"""
    value: Count | None = None
    """a constant: nothing in the code can change it"""
    default: list[Default] = []


Settings = dict[
    Literal["deadline", "run_deadline", "attempts", "max_output_tokens", "loop", "max_turns", "window", "width", "limit", "budget"],
    SettingForm,
]


class Method(Form):
    """A method of a type that makes or changes a value.

    `returns`: `self` (the receiver, its settings kept), a type of this file, or `package:type`. `sets`: its keyword arguments override the
    settings of the receiver. `wraps`: the value it returns runs its calls under a retry, with these `settings`. `tools`: tools attached by it.
    `runs`: an argument (callable) that a call of the returned value runs.
    """

    returns: str = "self"
    sets: bool = False
    wraps: Literal["retry"] | None = None
    settings: Settings = {}
    tools: Ref | None = None
    runs: Ref | None = None
    adds: Ref | None = None
    """objects that become part of the value (fallback models): calls of the value may run them"""


class AgentForm(Form):
    """An agent object: what its constructor (or the method that makes it) says."""

    name: Ref | None = None
    tools: Ref | None = None
    tool_attributes: list[str] = []
    """attributes and methods on the object that add tools later (`tools`, `add_tool`)"""
    handoffs: Ref | None = None
    sub_agents: Ref | None = None
    """agents that it runs by itself (members of a team): edges `hands_off`"""
    model: Ref | None = None
    """a chat model object (then the run's settings are the model's), or its name"""
    model_default: str | None = None
    """type whose defaults hold for one request inside, where `model` is only a name: `package:client`"""
    instructions: Ref | None = None
    callbacks: Ref | None = None
    """functions that a run calls: guardrails, hooks, output validators"""


class TypeForm(Form):
    """A kind of object.

    `new`: qualified names whose call makes one. `is`: types whose methods, attributes, calls and settings it inherits. `module`: the
    module itself is one. `attributes`: name -> type (`self`: stays the same object). `methods`: name -> Method; `"*"`: every method that
    is not named returns the same object (fluent chains). `follows`: settings, and type where it has none, are those of the object in this
    argument. `noun`: making one is a node. `bases`: local classes that derive from one of `new` are of this type too (always so).
    `awaited`: its methods are coroutines: they never block the event loop.
    """

    is_: list[str] = Field(default=[], alias="is")
    new: list[str] = []
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
    parts: Ref | None = None
    """arguments whose objects are parts of it (steps of a chain, functions it wraps): its calls run them"""
    wraps: Ref | None = None
    """an argument with a callable: calling the value (or its run methods) calls it"""
    when: When | None = None
    """only if this holds of the constructor's arguments (`client("service")`); such a type beats one without a condition"""
    mutators: dict[str, Settings] = {}
    """method -> settings of the object that a call of it anywhere changes (`sock.settimeout(5)`, `session.mount(...)`)"""
    harmless: list[str] = []
    """methods that become no noun and do no I/O; `*` matches any rest"""


class CallForm(Form):
    """Calls that are a noun. `names`: qualified names (`litellm.completion`) or `type.path` of this file (`client.chat.completions.create`).

    `kind`: for model calls llm, embedding, agent_run, flow_run, pipeline_run, rerank, image, audio, token_count, ...; for external calls
    http, db, process, queue, mcp, browser, file, sleep, mail.
    """

    names: list[str]
    noun: Literal["model_call", "external_call", "none"] = "external_call"
    kind: str = ""
    api: str | None = None
    provider: str | None = None
    settings: Settings = {}
    streams: bool | Ref | None = None
    awaited: bool | None = None
    """true: a coroutine or non-blocking; false: it blocks; none: as the type says, else it blocks unless awaited"""
    blocking: bool = True
    """false: so short or local that it does not matter on an event loop"""
    runs: Literal["receiver"] | Ref | None = None
    """the agent, graph or callable that it runs"""
    client: Ref | None = None
    """an argument whose object brings the settings"""
    needs: str | None = None
    """only a noun if the receiver contains an object of this type (a chain with a model in it)"""
    endpoint: Ref | None = None
    """the argument with a URL: a known model endpoint makes it a model call"""
    later: list[str] = []
    """methods of the result that carry the deadline (`communicate`, `wait`); each of these is a call of its own"""
    model: Ref | None = None
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
    """One retry, span or deadline value used in several ways.

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
    backoff: Ref | None = None
    function: Ref | None = None
    result_bounds: bool = False


class ValueForm(Form):
    """A constructor whose result is a number (`httpx.Timeout`, `stop_after_attempt`, `timedelta`).

    `argument`: first given of these. `sum`: keyword -> factor, added up (timedelta). `as`: the setting that it is a value of (none: any).
    `value`: a constant (`tenacity.stop_never`).
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

    `body`: `with`, or the argument(s) whose calls or callables run inside. `callable`: the argument is a function that is called (with
    the arguments after it), not a coroutine or value. `blocking_body_ignores`: the deadline cannot interrupt code that blocks.
    """

    names: list[str]
    makes: Literal["deadline", "fan_out", "thread", "task", "span", "lock"]
    body: Literal["with", "*"] | Ref = "with"
    callable: bool = False
    settings: Settings = {}
    keeps_context: bool = True
    blocking_body_ignores: bool = True


class RegistrationForm(Form):
    """A decorator, call, base class or constructor argument that makes a tool, an agent's step, or an entry point.

    `as`: decorator (`@x`, `@x(...)`), call (`x(f)`), base (a local class that derives from one of `names`; `methods` run), argument.
    `function`: where the callable stands in a call. `name`: where the name is given, else the function's name. `kind`: of an entry point.
    `attach`: the receiver is the agent or server that gets it (`@agent.tool`).
    """

    names: list[str]
    as_: list[Literal["decorator", "call", "base", "argument"]] = Field(default=["decorator"], alias="as")
    makes: Literal["tool", "entry_point", "step", "agent"]
    kind: str = ""
    server: bool = False
    function: Ref | None = None
    name: Ref | None = None
    name_attribute: str | None = None
    description: Ref | None = None
    methods: list[str] = []
    attach: bool = False
    settings: Settings = {}
    async_in_thread: bool = True
    """a plain `def` handler runs in a worker thread, not on the event loop"""


class DeclaredForm(Form):
    """Options whose defaults are declared by calls. `parsers`: constructors; `add`: method that declares an option; `parse`: methods whose
    result has them as attributes; `options`: calls that stand for their default (`Option(10)`); `default`: where it stands."""

    parsers: list[str] = []
    add: str = "add_argument"
    parse: list[str] = []
    options: list[str] = []
    default: Ref | None = None


class DefaultClientForm(Form):
    """Calls after which objects of this package use the object in `client` where they are given none (`set_default_client(client)`)."""

    names: list[str]
    client: Ref


class ProvidesForm(Form):
    """A value that the framework hands over inside an object: `path` on a parameter annotated with one of `names` is what the function
    given as `argument` to a constructor of `type` returns or yields (`ctx.request_context.lifespan_context`)."""

    names: list[str]
    path: str
    type: str
    argument: Ref


class FieldForm(Form):
    """A class-level field declaration (`Field(default=3)`): where its default and its factory stand."""

    names: list[str]
    default: Ref = []
    factory: str = "default_factory"


class NodeForm(Form):
    method: str
    name: Ref
    runs: Ref
    settings: Settings = {}
    retry: Ref | None = None
    destinations: Ref | None = None


class EdgeForm(Form):
    method: str
    source: Ref = Field(alias="from")
    target: Ref = Field(alias="to")


class BranchForm(Form):
    method: str
    source: Ref = Field(alias="from")
    router: Ref
    map: Ref | None = None


class CompileForm(Form):
    method: str
    returns: str
    name: Ref | None = None


class BuilderForm(Form):
    """A type with methods for nodes, edges, branches and compilation.

    `start`, `end`: names of the pseudo-nodes. `goto`: class names whose `goto=`/first argument in a returned value routes (`Command`,
    `Send`), also as annotation (`Command[Literal["a"]]`). `sequence`: methods that add nodes in a row.
    """

    type: str
    nodes: list[NodeForm]
    edges: list[EdgeForm] = []
    branches: list[BranchForm] = []
    compile: CompileForm
    start: list[str] = []
    end: list[str] = []
    entry_methods: list[str] = []
    finish_methods: list[str] = []
    sequence: list[str] = []
    goto: list[str] = []
    send: list[str] = []
    interrupt: list[str] = []
    """functions that wait for a human"""


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


class EnvironmentForm(Form):
    """A variable that switches something. `values`: texts that count as set (lower case; none: any but empty, 0 and false)."""

    variable: str
    does: Literal["tracing_on", "tracing_off"]
    covers: list[str] = []
    values: list[str] = []
    records_usage: bool = False


class TracesForm(Form):
    """The package traces its own calls by default, for these versions."""

    versions: str | None = None
    by_default: bool = True
    needs_provider: bool = False
    """spans appear only when an OpenTelemetry provider is configured"""
    records_usage: bool = False
    proof: Proof | list[Proof] | None = None


class UsageForm(Form):
    """Where a result says what was used: attributes (`usage`), keys (`usage`), callbacks that record it."""

    attributes: list[str] = []
    names: list[str] = []
    """calls or constructors that record usage for the run they are given to, or enclose"""


class Expect(Form):
    """A snippet and what the tool must see in it. Each of `gives` lists fields of a node: kind, line, and settings by name
    (a number, `absent`, `unbounded`, `unknown`) or plain fields (`name`, `call`). Nodes of a listed kind that are not given fail."""

    code: str
    gives: list[dict[str, Any]] = []
    versions: dict[str, str] = {}


class Knowledge(Form):
    """One file: one package.

    `package`: the distribution's name, for lock files. `modules`: import roots (default: the name with `_`). `stdlib`: versions do not apply.
    `understood`: qualified names or prefixes (`*`) that are harmless: no noun, no I/O. `methods_harmless`: last segments.
    """

    package: str
    modules: list[str] = []
    stdlib: bool = False
    needs: list[str] = []
    """other knowledge files that are loaded with it (types in `is`, `follows` are found by themselves)"""
    types: dict[str, TypeForm] = {}
    calls: list[CallForm] = []
    applies: list[ApplyForm] = []
    values: dict[str, ValueForm] = {}
    operators: dict[Annotated[str, Field(pattern=r"^[|&+]$")], Literal["min", "max", "chain"]] = {}
    regions: list[RegionForm] = []
    registrations: list[RegistrationForm] = []
    builders: list[BuilderForm] = []
    runners: dict[str, int | str] = {}
    """functions that run one of their arguments (position or name), a callable or coroutine, and give its result; a plain value they hand on"""
    default_clients: list[DefaultClientForm] = []
    provides: list[ProvidesForm] = []
    declared: list[DeclaredForm] = []
    fields: list[FieldForm] = []
    tracing: list[TracingForm] = []
    environment: list[EnvironmentForm] = []
    traces: list[TracesForm] = []
    usage: UsageForm | None = None
    endpoints: list[str] = []
    """host names or URL parts of model endpoints"""
    waits: list[str] = []
    """calls that wait for a human or an event: a loop that calls one each turn is no runaway loop"""
    errors: dict[str, list[str]] = {}
    """exception -> the exceptions that derive from it"""
    understood: list[str] = []
    expect: list[Expect] = []
