"""The form of what makes a tool, a step of an agent or an entry point of a function or class."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from auditor.knowledge.declared import RunLimitForm
from auditor.knowledge.forms import Form, Ref, Settings


class RegistrationForm(Form):
    """A decorator, call, base class or constructor argument that makes a tool, an agent's step, or an entry point.

    `as`: decorator (`@x`, `@x(...)`), call (`x(f)`), base (a local class that derives from one of `names`; `methods` run, as
    of a class with the decorator), argument.
    `function`: where the callable stands in a call. `name`: where the name is given, else the function's name. `kind`: of an entry point.
    `attach`: the receiver is the agent or server that gets it (`@agent.tool`), or the agent that is served (`agent.serve()`).
    `own_loop`: a coroutine of it has an event loop of its own.
    """

    names: list[str]
    as_: list[Literal["decorator", "call", "base", "argument"]] = Field(default=["decorator"], alias="as")
    makes: Literal["tool", "entry_point", "step", "agent"]
    kind: str = ""
    server: bool = False
    own_loop: bool = False
    function: Ref | None = None
    runs: str = ""
    """of a server: the method by which each request runs what it is given, `function` or the receiver (`ainvoke`)"""
    name: Ref | None = None
    name_attribute: str | None = None
    description: Ref | None = None
    methods: list[str] = []
    tools: Literal["", "listed", "run"] = ""
    """of a server: the function returns the tools that it tells to a model, or runs the one whose name it is given"""
    attach: bool = False
    executes: bool = False
    """the receiver only runs the tool: which agent's model calls it is said elsewhere"""
    settings: Settings = {}
    run_limit: RunLimitForm | None = None
    async_in_thread: bool = True
    """a plain `def` handler runs in a worker thread, not on the event loop"""
