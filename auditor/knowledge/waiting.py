"""The forms of what waits for work that goes on beside it, in a thread, a pool or a task, and for how long."""

from __future__ import annotations

from typing import Literal

from auditor.knowledge.forms import Form, Ref, Settings, When


class EndForm(Form):
    """A method of what runs the work (`pool`), or of what its start gives (`result`), that waits until all of it is done, unless the
    argument `unless` is given (not as None or True). `entered`: the end of a `with` of it waits likewise."""

    method: str
    of: Literal["pool", "result"] = "pool"
    unless: Ref | None = None
    entered: bool = False


class WaitForm(Form):
    """A call that waits for the body of a region; `settings`: of that call.

    `method`: of what the call gives (`run(coroutine).result(timeout=3)`); with `reads` instead of an object of this type, into which what
    runs puts its answers by one of `puts`. `names`: functions that are given it, alone or among others, in the argument `of`. `raises`:
    the exceptions that end it when the time is up; where there are none it just returns.
    """

    method: str = ""
    reads: str = ""
    puts: list[str] = []
    names: list[str] = []
    of: Ref = 0
    raises: list[str] = []
    ends: list[EndForm] = []
    settings: Settings = {}


class AlarmForm(Form):
    """A function that has the process sent a signal after a time, whatever runs then, until it is called again (`zero`: then it is off).

    `when`: only if this holds. With `handler` it sends none: that argument handles the signal, or, one of `ignored`, lets nothing happen.
    """

    names: list[str]
    when: When | None = None
    settings: Settings = {}
    handler: Ref | None = None
    ignored: list[str] = []
