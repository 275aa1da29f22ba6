"""The nouns of the agent graph. `agentaudit nouns` tells their words, and those of their fields: "`field` (unit): words"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from auditor.core.values import Setting
from auditor.graph.called import Call
from auditor.graph.noun import ATTEMPT, INSIDE_RUN, NONE, SILENT, UNCOUNTED, UNNAMED, Noun, Role
from auditor.graph.traces import ClientWay, Crossing, Layer, TraceStep

# What is passed on of the imports.
__all__ = ["ATTEMPT", "INSIDE_RUN", "NONE", "SILENT", "UNCOUNTED", "UNNAMED", "Call", "Noun", "Role"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint(Noun):
    """Where a run begins.

    `entry`: http, websocket, worker, cron, cli, notebook, script, tool_server. `server`: a server runs it, for many at once. `own_loop`: a
    coroutine that it begins with runs in an event loop of its own. `calls_model`: a model call is reached from it. `one_request`: of a
    server, what says that each process serves one request at a time. `holds_spans`: its server keeps spans while it runs. `self_test`: it
    only tries its own module out, which others of the program use. `repeated`: it only calls what another one begins with, which stands for
    both. `budget`: a budget of tokens, money or calls that is checked on every unbounded or over-limit path; absent: none. `over_limit`
    (attempts or turns): the largest count on a path to a model call that nothing limits enough. `counted`: whether another counter ends
    what brings `over_limit`; `asked`: whoever sends a request sets that, and nothing limits it."""

    kind: ClassVar[str] = "entry_point"
    entry: str
    server: bool = False
    own_loop: bool = False
    calls_model: bool = False
    one_request: Setting = NONE
    holds_spans: bool = False
    self_test: bool = False
    repeated: bool = False
    budget: Setting = NONE
    over_limit: Setting = NONE
    counted: Setting = UNCOUNTED
    asked: bool = False

    @property
    def serves_tools(self) -> bool:
        """Whether agents of other programs have it run tools, or say which there are."""
        return self.entry == "tool_server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Noun):
    """An agent object, a compiled graph, or the `def` that loops around a model call and dispatches its tools (framework `raw`).

    `model`: the name of the one that it asks; unknown where none is written, or a computed one. `max_turns` (turns, supersteps, tokens
    or usd): the limit of one run. `deadline` (seconds), `attempts` (attempts), `max_output_tokens` (tokens): of one model request
    inside. `stateful`: it keeps a history between runs. `ordered`: it runs its members in a written order. `traced`: whether something
    leaves a span for it. `untraced_at`: ids of the switches that turn its tracing off."""

    kind: ClassVar[str] = "agent"
    model: Setting = UNNAMED
    max_turns: Setting = NONE
    deadline: Setting = NONE
    attempts: Setting = NONE
    max_output_tokens: Setting = NONE
    stateful: bool | None = None
    ordered: bool = False
    traced: Setting = NONE
    untraced_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Noun):
    """A node of a workflow graph, flow or pipeline.

    `agent`: id of the graph, or of the agent that it runs in."""

    kind: ClassVar[str] = "step"
    agent: str = ""
    traced: Setting = NONE
    untraced_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Team(Agent):
    """An object that only runs its members, agents or other teams: a step of a run, of which much is known as of an agent."""

    kind: ClassVar[str] = "step"
    agent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelClient(Noun):
    """Made once, used by model calls.

    `provider`: whose models it asks. `deadline` (seconds): of one attempt. `attempts` (attempts): total tries, the first included.
    `max_output_tokens` (tokens): the cap that it sets for its calls."""

    kind: ClassVar[str] = "model_client"
    provider: str = ""
    deadline: Setting = NONE
    attempts: Setting = NONE
    max_output_tokens: Setting = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalClient(Noun):
    """A session, pool, engine or client of something that is no model; made once, used by external calls.

    `deadline` (seconds): of one attempt. `attempts` (attempts): total tries, the first included."""

    kind: ClassVar[str] = "external_client"
    deadline: Setting = NONE
    attempts: Setting = NONE


ANSWERLESS = ("embedding", "token_count", "rerank", "audio", "image", "moderation", "video", "batch", "background_run")
"""Kinds of model calls that give no answer in which a model says what is to be done next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall(Noun):
    """One request to a model, or one run of an agent.

    `call`: llm, embedding, agent_run, flow_run, pipeline_run, background_run, rerank, token_count, ... `provider`: whose model it is.
    `model`: its name; unknown where none is written, or a computed one. `client`: id of the client node(s), parallel to the alternatives of
    deadline, attempts and cap; `cap_client`: id of the client at which the cap can be written; `deadline_client`: of the one that decides
    the deadline, where the call itself does not. `deadline` (seconds): of one attempt: at the call, else of the client, else the default.
    `run_deadline` (seconds): of the nearest scope around it that can fire. `attempts` (attempts): total tries of the client, the first
    included. `total_attempts` (attempts): with all retry layers around it. `layers`: the retry layers, from the inside out. `endless`: a
    layer has no limit, as is told of itself; `limited_attempts`: the attempts of the layers with a limit. `needed_seconds` (seconds):
    attempts, with every layer inside the enclosing scope, times the deadline of one attempt. `loop` (turns, supersteps, tokens, seconds or
    usd): times of the nearest enclosing loop or framework bound; absent: in no loop. `loop_kind`: fixed, capped, data, model, human, event,
    error, framework, straight (a graph without a cycle), or empty. `max_output_tokens` (tokens): the cap of one answer. `held_by`: what
    holds it for ever where it has no deadline, in words; `lasts`: what may take as long as its deadline, in words. `budget`: money or
    tokens that all calls of its package may use together: one beyond it raises. `counted`: whether a number that is compared in each cycle
    of its graph ends it before the framework's bound. `made_of_calls`: a run: all requests that it leads to are model calls of the graph
    themselves, which are asked in its place. `shared`: a raw request of a function of which not each caller asks a model. `streams`: the
    answer comes in pieces. `offers_tools`: it tells the model of tools. `blocking_in_async`: it waits in the thread of the event loop.
    `limit_trace`: the path on which `run_deadline` was found, where it passes other deadlines than `trace`; `loop_trace`: the path that
    stays in the thread of the event loop; `crossing`: the call by which that enters plain code; `client_ways`: those of clients that other
    programs make, which a person starts. `alone`: a person starts the program, which starts no tasks and has no deadlines, so nothing else
    needs the loop. `serial`: only servers lead to it of which each process serves one request at a time, and what says so. `unpooled`: a
    coroutine runs it on the loop only where the program has no pool to hand it to, or on the loop of one request, or no entry point is seen
    to lead there on a loop. `usage_recorded`: whether the tokens that it used are kept or logged. `traced`: whether a span is left for it;
    `untraced_at`: ids of the switches that turn its tracing off. `logged`: the program's own log has the answer. `usage_at`: ids of the
    nodes where recording is to be added for many calls at once. `unmetered`: calls whose usage nobody reads, in words. `passed_whole`: the
    raw answer goes to whoever calls, usage and all. `instead_of`: id of a call in another branch. `small_answer`: what keeps its answer
    small by construction: a schema that it is filled into, a prompt that never changes. `blocks`: it waits in the thread that calls it,
    loop or not. `again`: a loop of its function may go round over it."""

    kind: ClassVar[str] = "model_call"
    call: str = "llm"
    provider: str = ""
    model: Setting = UNNAMED
    client: Setting = NONE
    deadline: Setting = NONE
    run_deadline: Setting = NONE
    attempts: Setting = NONE
    total_attempts: Setting = NONE
    endless: bool = False
    limited_attempts: float = 0
    layers: tuple[Layer, ...] = ()
    loop: Setting = NONE
    loop_kind: str = ""
    max_output_tokens: Setting = NONE
    cap_client: Setting = NONE
    deadline_client: Setting = NONE
    held_by: str = SILENT
    lasts: str = ATTEMPT
    needed_seconds: Setting = NONE
    budget: Setting = NONE
    shared: bool = False
    counted: Setting = UNCOUNTED
    made_of_calls: bool = False
    streams: bool = False
    offers_tools: bool = False
    blocking_in_async: bool | Setting = False
    limit_trace: tuple[TraceStep, ...] = ()
    loop_trace: tuple[TraceStep, ...] = ()
    crossing: Crossing | None = None
    client_ways: tuple[ClientWay, ...] = ()
    alone: bool = False
    serial: Setting = NONE
    unpooled: Setting = NONE
    usage_recorded: Setting = NONE
    traced: Setting = NONE
    untraced_at: tuple[str, ...] = ()
    logged: Setting = NONE
    usage_at: tuple[str, ...] = ()
    unmetered: str = ""
    passed_whole: bool = False
    instead_of: str = ""
    small_answer: Setting = NONE
    blocks: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Noun):
    """What a model may call.

    `description`: the text that the model is told. `effects`: read, write, pay, message, delete, execute: those of the external calls that
    it leads to. `agents`: ids of those that have it. `traced`: whether something leaves a span for it; `untraced_at`: ids of the switches
    that turn its tracing off."""

    kind: ClassVar[str] = "tool"
    description: Setting = NONE
    effects: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    traced: Setting = NONE
    untraced_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCall(Noun):
    """What leaves the process, or blocks it. What a model call has, too, means the same.

    `deadline_client`: id of the client that decides the deadline: of a request to a store the embedding model that it asks first, where
    that has none. `call`: http, db, process, queue, mcp, browser, file, sleep, mail. `effect`: read, write, pay, message, delete, execute.
    `detached`: it only starts something, and what waits for it is a call of its own. `instant`: a local command that is over at once;
    `brief`: one of seconds, it works on files alone, with their hooks, filters and size; `interactive`: one that a person works with until
    it ends (an editor). `in_agent_code`: a tool, an agent or an entry point that calls a model or serves tools reaches it, or nothing does.
    `by_agent`: a tool, an agent, a step or a loop that a model drives reaches it. `by_tool`: a tool does, so what it returns or raises is
    told to a model."""

    kind: ClassVar[str] = "external_call"
    call: str = "http"
    client: Setting = NONE
    deadline_client: Setting = NONE
    deadline: Setting = NONE
    run_deadline: Setting = NONE
    attempts: Setting = NONE
    total_attempts: Setting = NONE
    endless: bool = False
    limited_attempts: float = 0
    layers: tuple[Layer, ...] = ()
    needed_seconds: Setting = NONE
    effect: str = ""
    blocking_in_async: bool | Setting = False
    limit_trace: tuple[TraceStep, ...] = ()
    loop_trace: tuple[TraceStep, ...] = ()
    crossing: Crossing | None = None
    client_ways: tuple[ClientWay, ...] = ()
    alone: bool = False
    serial: Setting = NONE
    unpooled: Setting = NONE
    detached: bool = False
    instant: bool = False
    brief: bool = False
    interactive: bool = False
    in_agent_code: bool = False
    by_agent: bool = False
    by_tool: bool = False
    blocks: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(Noun):
    """A retry layer.

    `mechanism`: decorator, loop, framework, sdk, call, recursion, accidental. `attempts` (attempts or turns): total tries, the first
    included. `window` (seconds): for how long it goes on trying. `on`: qualified names of the exceptions it retries; empty: not known, `*`:
    everything. `backoff`: how it waits between tries, in words. `applied`: false where it is only built. `answers`: it goes round on an
    answer that is not good enough; a failure ends it. `quiet`: where the last try fails, too, no error comes. `ends_in`: the error that
    comes then in place of what the tries failed with; empty: that itself. `picks`: the code looks at the failure to decide if there is
    another try. `of_requests`: what it catches may come of a failed request, and is not only what the program itself raises for other
    reasons. `refused`: it catches only that a service refused the request, for good. `repeats_paid_work`: it may retry a model or external
    call; `asks_model`: a model call is among them. `repeats`: why it cannot be told what it retries, where nothing is known of that."""

    kind: ClassVar[str] = "retry"
    mechanism: str = "decorator"
    attempts: Setting = NONE
    window: Setting = NONE
    on: tuple[str, ...] = ()
    backoff: Setting = NONE
    applied: bool = True
    answers: bool = False
    quiet: bool = False
    ends_in: str = ""
    picks: bool = False
    of_requests: bool = True
    refused: bool = False
    repeats_paid_work: bool = False
    asks_model: bool = False
    repeats: Setting = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Noun):
    """A loop, a recursion or a cycle of a workflow graph around a model call.

    `shape`: for, while, recursion, graph_cycle, comprehension, event. `times` (turns, supersteps, tokens, seconds or usd): how often it
    goes round at most. `ends_on`: what ends it: fixed, capped, model, data, human, event, error. `bounded`: some number limits it, though
    `times` does not know which. `calls_model`: a model call is inside. `drives_model`: a model call inside decides whether it goes on, or
    nothing does. `gated`: each turn waits for a human or an event, or only streams. `counts`: where what a turn uses is added up, if
    nothing is known to compare it with a limit. `compares`: of a cycle of a workflow graph: what in it compares numbers, in words, so that
    it may end before `times`."""

    kind: ClassVar[str] = "loop"
    shape: str = "while"
    times: Setting = NONE
    ends_on: str = "data"
    bounded: bool = False
    calls_model: bool = False
    drives_model: bool = False
    gated: bool = False
    counts: str = ""
    compares: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut(Noun):
    """Work started in parallel.

    `width` (tasks): how many are started. `limit`: how many of them run at once. `calls_model`: a model call is among what they do."""

    kind: ClassVar[str] = "fan_out"
    width: Setting = NONE
    limit: Setting = NONE
    calls_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineScope(Noun):
    """A deadline around code.

    `deadline` (seconds): after which it ends what runs inside. `fires`: whether it can (an asyncio deadline around blocking code
    cannot). `instead`: why it cannot, in words."""

    kind: ClassVar[str] = "deadline_scope"
    deadline: Setting = NONE
    fires: bool | None = None
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPoint(Noun):
    """Where the run takes a direction.

    `decision`: model_call, tool, router, handoff. `subject`: id of its node. `traced`: whether a span records it. `switch`: id of the node
    where its tracing is to be mended: what switches it off, the entry point where nothing traces; absent: itself. `unrecorded`: what is not
    recorded, in words. `hosted`: in a published library of a project without a program of its own, so the one that imports it traces.
    `served`: only agents of other programs lead to it, through a tool server. `held`: the server that runs it keeps its spans in memory.
    `steers`: it chooses what runs next, not only what is answered. `several`: a server leads to it, and to another one that steers and is
    mended there. `logged`: no span records it, but a log of the program's own does; absent: not seen."""

    kind: ClassVar[str] = "decision_point"
    decision: str = "model_call"
    subject: str = ""
    traced: Setting = NONE
    switch: Setting = NONE
    unrecorded: str = ""
    hosted: bool = False
    served: bool = False
    held: bool = False
    steers: bool = True
    several: bool = False
    logged: Setting = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSwitch(Noun):
    """A statement that configures tracing, or switches it off.

    `on`: whether it configures it. `covers`: ids of the nodes that it is about."""

    kind: ClassVar[str] = "tracing_switch"
    on: bool = True
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression(Noun):
    """A comment or setting that silences findings.

    `rules`: their ids. `reason`: why. `until`: the last day on which it holds. `defect`: why it suppresses nothing, empty when it is valid.
    `covers`: of a setting, the files that it silences whole."""

    kind: ClassVar[str] = "suppression"
    rules: tuple[str, ...] = ()
    reason: str = ""
    until: str = ""
    defect: str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(Noun):
    """The whole that was scanned: exactly one.

    `tracing`: what traces it."""

    kind: ClassVar[str] = "project"
    tracing: str = "none"


_RUNNING = (EntryPoint, Agent, Step, ModelClient, ExternalClient, ModelCall, Tool, ExternalCall, Retry, Loop, FanOut, DeadlineScope)
NOUNS: dict[str, type[Noun]] = {cls.kind: cls for cls in (*_RUNNING, DecisionPoint, TracingSwitch, Suppression, Call, Project)}
