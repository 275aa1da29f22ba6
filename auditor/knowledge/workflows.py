"""Forms of types that build workflow graphs (nodes, edges, branches, compilation) and of servers that run them."""

from __future__ import annotations

from pydantic import Field

from auditor.knowledge.forms import Form, Proof, Ref, Settings


class ServerForm(Form):
    """A server that is told by a JSON file of the project what it runs.

    `file`: its name. `entries`: the key with name -> `path.py:variable` or `module:variable`, or a mapping that has it under `target`: an
    agent, or a function that makes one. `environment`: the key with variables that the server sets. `app`: the key, dotted, with an
    application of the project's own that it mounts: its module is loaded when the server starts.
    """

    file: str
    entries: str
    target: str
    environment: str
    app: str = ""
    kind: str = "http"
    proof: Proof | list[Proof] | None = None


class ServedForm(Form):
    """Agents that a server of the package finds by name: a variable of a module with such a name, one in each folder, of nested folders
    the outermost (what lies further inside belongs to that agent)."""

    variables: list[str]
    modules: list[str]
    kind: str = "http"
    holds_spans: bool = False
    """the server starts a tracer that keeps spans in the memory of its process"""
    proof: Proof | list[Proof] | None = None


class NodeForm(Form):
    method: str
    name: Ref
    runs: Ref
    settings: Settings = {}
    retry: Ref | None = None
    destinations: Ref | None = None
    asks: str = ""
    """the method by which a step that is an object, not a function, is run"""


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


class StateForm(Form):
    """The state that a workflow's steps get as their first argument: what its `runs` are given as `input`, what its steps return, and
    `update` of the commands that they return."""

    runs: list[str]
    input: Ref
    update: Ref | None = None


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
    routes: dict[str, list[str]] = {}
    """routers that the package brings: function -> names of the nodes that it leads to"""
    send: list[str] = []
    interrupt: list[str] = []
    """functions that wait for a human"""
    state: StateForm | None = None
    left: list[str] = []
    """annotations of state that say how many steps the framework's own bound leaves"""
