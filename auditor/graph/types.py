"""The nouns of the agent graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from auditor.core.values import Setting
from auditor.graph.called import Call
from auditor.graph.noun import NONE, Noun, Role
from auditor.graph.traces import Layer, TraceStep

__all__ = ["NONE", "Call", "Noun", "Role"]

INSIDE_RUN = "the requests inside the run decide it"
"""of one thing among several that a call may be, until the run is gone through"""
SILENT, ATTEMPT = "a server that goes silent", "one attempt may take"
UNCOUNTED = Setting(False, "inferred", why="no other counter that ends it was found")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryPoint(Noun):
    """Where a run begins. `entry`: http, websocket, worker, cron, cli, notebook, script, tool_server. `one_request`: of a server, what says
    that each process serves one request at a time; `self_test`: it only tries its own module out, which others of the program use;
    `own_loop`: a coroutine that it begins with runs in an event loop of its own; `calls_model`: whether a model call is reached from it;
    `repeated`: it only calls what another one begins with, which stands for both; `holds_spans`: its server keeps spans while it runs."""

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
    """a budget of tokens, money or calls that is checked on every unbounded or over-limit path; absent: none"""
    over_limit: Setting = NONE
    """the largest count (turns, attempts) on a path to a model call that nothing limits enough; `counted`: of what brings it"""
    counted: Setting = UNCOUNTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Noun):
    """An agent object, a compiled graph, or the `def` that loops around a model call and dispatches its tools (framework `raw`).

    `deadline`, `attempts`, `max_output_tokens`: of one model request inside; `traced`: whether something leaves a span for what its
    framework does, likewise of tools and steps; `untraced_at` as of calls. `ordered`: it runs its members in a written order."""

    kind: ClassVar[str] = "agent"
    model: str = ""
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
    """A node of a workflow graph, flow or pipeline."""

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
    """Made once, used by calls. `deadline`: seconds of one attempt; `attempts`: total tries, first included."""

    kind: ClassVar[str] = "model_client"
    provider: str = ""
    deadline: Setting = NONE
    attempts: Setting = NONE
    max_output_tokens: Setting = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalClient(Noun):
    """A session, pool, engine or client of something that is no model; made once, used by external calls."""

    kind: ClassVar[str] = "external_client"
    deadline: Setting = NONE
    attempts: Setting = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall(Noun):
    """One request to a model, or one run of an agent (`call`: llm, embedding, agent_run, flow_run, pipeline_run, token_count, ...).

    `client` holds the id of the client node(s) as its value, parallel to the alternatives of deadline, attempts and cap; `cap_client` where
    the cap can be written at the client, `deadline_client` where the call itself does not say the deadline. `held_by`: what holds it for
    ever where it has no deadline, `lasts`: for how long where it has one, in words. `endless`: a layer has no limit, as is told of itself;
    `limited_attempts`: what those with a limit make. `loop`: times of the nearest enclosing loop or framework bound, absent: in no loop;
    `loop_kind`: fixed, capped, data, model, human, event, error, framework, straight (a graph without a cycle), or empty.
    """

    kind: ClassVar[str] = "model_call"
    call: str = "llm"
    provider: str = ""
    model: str = ""
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
    """attempts (with every layer inside the enclosing scope) x deadline of one attempt"""
    budget: Setting = NONE
    """money or tokens that all calls of its package may use together: one beyond it raises; `counted`: unknown where a number that is
    compared in each cycle of its graph may end it before the framework's bound; `made_of_calls`: a run: all requests that it leads to are
    model calls of the graph themselves, which are asked in its place"""
    shared: bool = False
    """a raw request of a function of which not each caller asks a model"""
    counted: Setting = UNCOUNTED
    made_of_calls: bool = False
    streams: bool = False
    offers_tools: bool = False
    blocking_in_async: bool = False
    limit_trace: tuple[TraceStep, ...] = ()
    loop_trace: tuple[TraceStep, ...] = ()
    """paths: on which `run_deadline` was found, where it passes other deadlines than `trace`; that stays in the thread of the event loop;
    `alone`: a person starts the program, which starts no tasks and has no deadlines, so nothing else needs the loop"""
    alone: bool = False
    serial: Setting = NONE
    """only servers lead to it of which each process serves one request at a time, and what says so; `unpooled`: a coroutine runs it on the
    loop only where the program has no pool to hand it to, or no entry point is seen to lead there on a loop"""
    unpooled: Setting = NONE
    usage_recorded: Setting = NONE
    traced: Setting = NONE
    """True, False or unknown, both; `untraced_at`: switches (ids) that turn it off; `logged`: True where the program's own log has it"""
    untraced_at: tuple[str, ...] = ()
    logged: Setting = NONE
    usage_at: tuple[str, ...] = ()
    """ids of the nodes where recording is to be added for many calls at once; `unmetered`: calls whose usage nobody reads, in words;
    `passed_whole`: the raw answer goes to whoever calls, usage and all; `instead_of`: id of a call in another branch"""
    unmetered: str = ""
    passed_whole: bool = False
    instead_of: str = ""
    small_answer: Setting = NONE
    """what keeps its answer small by construction: a schema that it is filled into, a prompt that never changes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool(Noun):
    """What a model may call. `effects`: read, write, pay, message, delete, execute."""

    kind: ClassVar[str] = "tool"
    description: Setting = NONE
    effects: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    traced: Setting = NONE
    untraced_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalCall(Noun):
    """What leaves the process, or blocks it. `call`: http, db, process, queue, mcp, browser, file, sleep, mail. `detached`: it only starts
    something, and what waits for it is a call of its own."""

    kind: ClassVar[str] = "external_call"
    call: str = "http"
    client: Setting = NONE
    deadline: Setting = NONE
    run_deadline: Setting = NONE
    attempts: Setting = NONE
    total_attempts: Setting = NONE
    endless: bool = False
    limited_attempts: float = 0
    layers: tuple[Layer, ...] = ()
    needed_seconds: Setting = NONE
    effect: str = ""
    blocking_in_async: bool = False
    limit_trace: tuple[TraceStep, ...] = ()
    loop_trace: tuple[TraceStep, ...] = ()
    alone: bool = False
    serial: Setting = NONE
    unpooled: Setting = NONE
    detached: bool = False
    instant: bool = False
    """a local command that is over at once; `brief`: one of seconds, it works on files alone, with their hooks, filters and size;
    `interactive`: one that a person works with until it ends (an editor)"""
    brief: bool = False
    interactive: bool = False
    in_agent_code: bool = False
    """a tool, an agent or an entry point that calls a model reaches it, or nothing does; `by_agent`: a tool, an agent, a step or a loop
    that a model drives does; `by_tool`: a tool does, so what it returns or raises is told to a model; `blocks`: it waits in the thread that
    calls it, loop or not"""
    by_agent: bool = False
    by_tool: bool = False
    blocks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(Noun):
    """A retry layer. `mechanism`: decorator, loop, framework, sdk, call, recursion, accidental; `applied`: false where it is only built."""

    kind: ClassVar[str] = "retry"
    mechanism: str = "decorator"
    attempts: Setting = NONE
    window: Setting = NONE
    on: tuple[str, ...] = ()
    """qualified names of the exceptions it retries; empty: not known, `*`: everything"""
    backoff: Setting = NONE
    applied: bool = True
    answers: bool = False
    """it goes round on an answer that is not good enough; a failure ends it; `quiet`: where the last try fails, too, no error comes;
    `of_requests`: what it catches may come of a failed request, and is not only what the program itself raises for other reasons;
    `refused`: it catches only that a service refused the request, for good; `repeats_paid_work`: it may retry a model or external call;
    `picks`: the code looks at the failure to decide if there is another try"""
    quiet: bool = False
    picks: bool = False
    of_requests: bool = True
    refused: bool = False
    repeats_paid_work: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Noun):
    """A loop, a recursion or a cycle of a workflow graph around a model call.

    `shape`: for, while, recursion, graph_cycle, comprehension, event; `ends_on`: what ends it (fixed, model, data, human, event, error);
    `bounded`: some number limits it, though `times` does not know which."""

    kind: ClassVar[str] = "loop"
    shape: str = "while"
    times: Setting = NONE
    ends_on: str = "data"
    bounded: bool = False
    calls_model: bool = False
    drives_model: bool = False
    """a model call inside decides whether it goes on, or nothing does; `gated`: each turn waits for a human or an event, or only streams"""
    gated: bool = False
    counts: str = ""  # where what a turn uses is added up, if nothing is known to compare it with a limit
    compares: str = ""
    """of a cycle of a workflow graph: what in it compares numbers, in words, so that it may end before `times`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut(Noun):
    """Work started in parallel: how many (`width`) and what limits them (`limit`)."""

    kind: ClassVar[str] = "fan_out"
    width: Setting = NONE
    limit: Setting = NONE
    calls_model: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineScope(Noun):
    """A deadline around code; `fires`: whether it can (an asyncio deadline around blocking code cannot)."""

    kind: ClassVar[str] = "deadline_scope"
    deadline: Setting = NONE
    fires: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPoint(Noun):
    """Where the run takes a direction. `decision`: model_call, tool, router, handoff; `subject`: id of its node; `unrecorded`: in words.
    `hosted`: in a published library of a project without a program of its own, so the one that imports it traces; `served`: only agents of
    other programs lead to it, through a tool server; `held`: the server that runs it keeps its spans in memory; `steers`: it chooses what
    runs next, not only what is answered; `several`: a server leads to it, and to another one that steers and is mended there."""

    kind: ClassVar[str] = "decision_point"
    decision: str = "model_call"
    subject: str = ""
    traced: Setting = NONE
    switch: Setting = NONE
    """id of the node where its tracing is to be mended: what switches it off, the entry point where nothing traces; absent: itself"""
    unrecorded: str = ""
    hosted: bool = False
    served: bool = False
    held: bool = False
    steers: bool = True
    several: bool = False
    logged: Setting = NONE
    """True where no span records it, but a log of the program's own does; absent: not seen"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSwitch(Noun):
    """A statement that configures tracing, or switches it off (`on` false)."""

    kind: ClassVar[str] = "tracing_switch"
    on: bool = True
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression(Noun):
    """A comment or setting that silences findings; `defect` says why it suppresses nothing, empty when it is valid.

    `covers`: of a setting, the files that it silences whole.
    """

    kind: ClassVar[str] = "suppression"
    rules: tuple[str, ...] = ()
    reason: str = ""
    until: str = ""
    defect: str = ""
    covers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(Noun):
    """Exactly one."""

    kind: ClassVar[str] = "project"
    tracing: str = "none"


_RUNNING = (EntryPoint, Agent, Step, ModelClient, ExternalClient, ModelCall, Tool, ExternalCall, Retry, Loop, FanOut, DeadlineScope)
NOUNS: dict[str, type[Noun]] = {cls.kind: cls for cls in (*_RUNNING, DecisionPoint, TracingSwitch, Suppression, Call, Project)}
