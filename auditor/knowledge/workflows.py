"""Forms of types that build workflow graphs: their nodes, edges, branches and compilation."""

from __future__ import annotations

from pydantic import Field

from auditor.knowledge.forms import Form, Ref, Settings


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
    routes: dict[str, list[str]] = {}
    """routers that the package brings: function -> names of the nodes that it leads to"""
    send: list[str] = []
    interrupt: list[str] = []
    """functions that wait for a human"""
