"""The forms of agents, and of methods that make or change a value, in a knowledge file."""

from __future__ import annotations

from typing import Literal

from auditor.knowledge.forms import Form, Ref, RemakesForm, Settings, VersionsForm, When


class Method(Form):
    """A method of a type that makes or changes a value.

    `returns`: `self` (the receiver, its settings kept), a type of this file, or `package:type`. `sets`: its keyword arguments override the
    settings of the receiver. `wraps`: the value it returns runs its calls under a retry, with these `settings`. `tools`: tools attached
    by it. `runs`: an argument (callable) that a call of the returned value runs.
    """

    returns: str = "self"
    sets: bool = False
    wraps: Literal["retry"] | None = None
    streams: bool = True
    """false: calls that stream are not run under that retry"""
    settings: Settings = {}
    tools: Ref | None = None
    runs: Ref | None = None
    adds: Ref | None = None
    """objects that become part of the value (fallback models): calls of the value may run them"""
    bare: bool | Ref = False
    """calls of the value give no usage (structured output); or an argument that keeps the whole answer where it is true"""
    hands_on: bool | VersionsForm | None = None
    """whether the constructor of what it gives gets its keyword arguments, or in which versions; None: it is not what takes the settings"""


class WrittenForm(Form):
    """The keys of a mapping in `sub_agents` that is an agent by itself; without `tools` it has those of the agent that it is given to."""

    name: str
    tools: str


class AgentForm(Form):
    """An agent object: what its constructor (or the method that makes it) says."""

    name: Ref | None = None
    tools: Ref | None = None
    tool_name_at: list[str] = []
    """where the name stands in a tool's schema, where tools may be given as such"""
    tool_attributes: list[str] = []
    """attributes and methods on the object that add tools later (`tools`, `add_tool`)"""
    own_tools: bool = False
    """the methods of a local subclass that are tools are its own"""
    tools_give_agents: bool = False
    """a tool function that gives back an agent hands over to it"""
    handoffs: Ref | None = None
    sub_agents: Ref | None = None
    """agents that it runs by itself (members of a team): edges `hands_off`"""
    written: WrittenForm | None = None
    """how a mapping in `sub_agents` says what agent it is"""
    team: bool = False
    """it only runs these: a step, no agent"""
    ordered: bool | When = False
    """it runs them all, in an order that is written down, so it decides nothing"""
    loops_with: list[str] = []
    """arguments of which one makes it ask the model again, at its constructor (a number: by position) or at a run; without any of them a
    run is one turn (empty: always, or not known)"""
    delegates: When | None = None
    """where this holds of its constructor, it may hand work to each other member of a team that it is in"""
    each_once: bool = False
    """its run runs each of `sub_agents` once, and asks no model itself"""
    handoff_target: Ref | None = None
    """where the object in `handoffs` (`Handoff(target=...)`) has the agent or its name"""
    members: list[str] = []
    """decorators of methods of the class around it: the agents that these make are its own (`self.agents` collects them)"""
    given: dict[str, str] = {}
    """method or attribute that gives a local subclass something to do (`set_actions`) -> the method of that which a run calls"""
    model: Ref | None = None
    """a chat model object (then the run's settings are the model's), or its name"""
    model_default: str | None = None
    """type whose defaults hold for one request inside, where `model` is only a name: `package:client`"""
    remakes: RemakesForm | None = None
    silent: When | None = None
    """where this holds it has no model: it answers otherwise"""
    fills: Ref | None = None
    """the argument with the class that what it gives in the end is filled into"""
    instructions: Ref | None = None
    callbacks: Ref | None = None
    """functions that a run calls: guardrails, hooks, output validators"""


class LinkForm(Form):
    """Calls that connect what exists already: `tools` (functions, objects, lists or mappings of them) become those of `source`; runs of
    `source` may hand off to the agents in `targets`. `source`, `tools`: an argument, or the receiver. `each`: a list of mappings, in each
    of which `source` and `targets` are keys."""

    names: list[str]
    source: Literal["receiver"] | Ref = "receiver"
    tools: Literal["receiver"] | Ref | None = None
    targets: Ref | None = None
    each: Ref | None = None
    executes: bool = False
    """`source` only runs the tools: which agents' models call them is said elsewhere"""
