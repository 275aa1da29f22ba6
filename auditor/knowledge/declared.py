"""Forms of what the program declares or is given: options, default clients, objects that a framework hands over, fields of classes."""

from __future__ import annotations

from typing import Literal

from auditor.knowledge.forms import Form, Proof, Ref


class DeclaredForm(Form):
    """Options whose defaults are declared by calls. `parsers`: constructors; `add`: method that declares an option; `parse`: methods whose
    result has them as attributes; `options`: calls that stand for their default (`Option(10)`); `default`: where it stands.

    `stores`: what the keyword `action` says of an option -> the value that giving it stores; `changes`: methods that set defaults anew."""

    parsers: list[str] = []
    add: str = "add_argument"
    parse: list[str] = []
    options: list[str] = []
    default: Ref | None = None
    action: str = "action"
    stores: dict[str, bool] = {}
    changes: list[str] = []


class BudgetForm(Form):
    """An attribute of a module that is assigned (`package.max_budget = 5`): a call of the package that goes beyond it raises."""

    attribute: str
    unit: Literal["usd", "tokens"]
    proof: Proof | list[Proof] | None = None


class DefaultClientForm(Form):
    """Calls after which objects of this package use the object in `client` where they are given none (`set_default_client(client)`), or
    settings that are assigned (`attributes`: `package.Settings.llm`)."""

    names: list[str] = []
    client: Ref = 0
    attributes: list[str] = []
    embeds: bool = False
    """it is the default of what asks an embedding model"""


class ProvidesForm(Form):
    """A value that the framework hands over inside an object: `path` on a parameter annotated with one of `names` is what the function
    given as `argument` to a constructor of `type` returns or yields (`ctx.request_context.lifespan_context`). `entries`: the entries of a
    dict that it yields are attributes there."""

    names: list[str]
    path: str
    type: str
    argument: Ref
    entries: bool = False


class SharedForm(Form):
    """An object of which a program has one, an application: what is put into it, or below it, is there wherever it is read again.

    `type`: its type, the same in all packages that speak of it; `made`: what makes it; `names`: what means it wherever it stands
    (`current_app`); `ways`: attribute that is it -> classes of objects that have it (`request.app`); `handed`: keyword of what makes it, or
    method of it (`on_startup.append`), that takes functions which get it as their first argument; `passed`: decorator of functions that get
    it so -> the path below it of what they get ("": itself)."""

    type: str
    made: list[str]
    names: list[str] = []
    ways: dict[str, list[str]] = {}
    handed: list[str] = []
    passed: dict[str, str] = {}


class FieldForm(Form):
    """A class-level field declaration (`Field(default=3)`): where its default and its factory stand; `most`: the largest number that it
    takes; `also`: keywords with another name under which the constructor takes the field."""

    names: list[str]
    default: Ref = []
    factory: str = "default_factory"
    most: Ref = []
    also: list[str] = []


class HoldsForm(Form):
    """Values that an object holds under constant keys, for the methods of a class that get it as a parameter.

    `set` puts one in, `get` gives it, or its `default`; `runs`: methods of the class whose keyword arguments it holds.
    """

    set: list[str] = []
    get: list[str] = []
    key: Ref = 0
    value: Ref = 1
    default: Ref | None = None
    runs: list[str] = []


class RunLimitForm(Form):
    """A deadline of each run that a registered function is started for, beside the one that its registration gives (`run_deadline`), by
    the same names: attributes of the function, and arguments of what starts it.

    `sent_by`: methods of the function that may give it; `plain`: those that cannot; `set_by`: a method of what these make that gives it.
    `everywhere`: names by which the program gives it for all functions: attributes of the object in `conf` of the registering one, or
    arguments of `update` of that; variables of the module or class that its method `read_by` reads, in capitals behind the prefix that
    the argument `prefix` gives.
    """

    sent_by: list[str] = []
    plain: list[str] = []
    set_by: str = ""
    everywhere: list[str] = []
    conf: str = ""
    update: str = "update"
    read_by: str = ""
    prefix: str = ""
