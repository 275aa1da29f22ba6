"""Kinds of failures, and which retries try again after them: layers for different failures do not multiply."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

EVERYTHING = ("*", "Exception", "BaseException")
PYTHON = "python"
TRANSPORT_MODULES = ("asyncio", "concurrent", "http", "socket", "ssl", "urllib")

Providers: TypeAlias = Mapping[str, frozenset[str]]
"""package -> the providers that its calls go to"""


class Fault(NamedTuple):
    """A named exception, or (without a name) what a request to this package and provider fails with: connection, overload, time.

    `never`: packages whose errors that does not come out as.
    """

    name: str = ""
    package: str = ""
    provider: str = ""
    never: tuple[str, ...] = ()


def repeats(on: Sequence[str], fault: Fault, providers: Providers) -> bool | None:
    """Whether a retry on these exceptions tries again after the fault; None: it can't be told."""
    answers = {_one(name.removeprefix("builtins."), fault, providers) for name in on} or {None}
    return True if True in answers else None if None in answers else False


def catches(on: Sequence[str], error: str) -> bool:
    """Whether a retry on these exceptions may try again after a library's own error, which derives from `Exception` alone."""
    names = [name.removeprefix("builtins.") for name in on]
    return not names or any(name in EVERYTHING or (_builtin(name) is None and _named(name, error) is not False) for name in names)


def catches_one_of(on: Sequence[str], errors: Sequence[str]) -> bool | None:
    """Whether a retry on these exceptions tries again after an error that is one of these classes, by their last names; None: it may. What
    is no name of a class may stand for any; a library's class (`?`) may derive from Python's and other libraries', none of the program."""
    names = [_real(name.removeprefix("builtins.")) for name in on]
    if any(n in EVERYTHING or _last(n) in errors for n in names):
        return True
    may = not names or any(not _last(n)[:1].isupper() or ("?" in errors and ("." in n or _builtin(n) is not None)) for n in names)
    return None if may else False


def all_caught(on: Sequence[str], caught: Sequence[str]) -> bool:
    """Whether all that a retry tries again after is one of these errors."""
    found = {(package_of(_real(name)) if "." in _real(name) else "", _last(name)) for name in caught}
    return bool(on) and all(_is_one(_real(name.removeprefix("builtins.")), found) for name in on)


def may_raise(call: Fault, fault: Fault, providers: Providers) -> bool:
    """Whether a call can end in a named fault: not in one of another provider's package, or one that its package never raises; a call of
    Python's own library in none of a package."""
    top = package_of(fault.name)
    if call.package == PYTHON and "." in fault.name and top not in sys.stdlib_module_names:
        return False
    return "." not in fault.name or _own(top, call) or not (top in call.never or _foreign(top, call, providers))


def package_of(name: str) -> str:
    return name.partition(".")[0].replace("-", "_").lower()


def _one(name: str, fault: Fault, providers: Providers) -> bool | None:
    if name in EVERYTHING:
        return True
    return _transport(name, fault, providers) if not fault.name else _named(name, fault.name.removeprefix("builtins."))


def _transport(name: str, call: Fault, providers: Providers) -> bool | None:
    error = _builtin(name)
    if error is not None:
        return None if issubclass(error, OSError) or issubclass(OSError, error) else False
    top = package_of(name)
    if "." not in name:
        return None
    if top in sys.stdlib_module_names:
        return None if top in TRANSPORT_MODULES else False
    if _own(top, call):
        return True
    return False if call.package == PYTHON or top in call.never or _foreign(top, call, providers) else None


def _named(name: str, fault: str) -> bool | None:
    if name == fault:
        return True
    error, other = _builtin(name), _builtin(fault)
    if error is not None and other is not None:
        return issubclass(other, error)
    if other is not None and "." in name and package_of(name) not in sys.stdlib_module_names and _last(name)[:1].isupper():
        # What is raised is one of Python's own: no library's class is one of its bases.
        return False
    if "." not in name or "." not in fault:
        # One is a class of the program, or a third party's exception may derive from a builtin one.
        return None
    return None if package_of(name) == package_of(fault) else False


def _own(top: str, call: Fault) -> bool:
    return top == call.package or top in call.package.split("_")


def _foreign(top: str, call: Fault, providers: Providers) -> bool:
    known = providers.get(top, frozenset())
    return bool(call.provider and known) and call.provider not in known


def _is_one(name: str, found: set[tuple[str, str]]) -> bool:
    error = _builtin(name)
    names = [name] if error is None else [base.__name__ for base in error.__mro__]
    return any((package_of(n) if "." in n else "", _last(n)) in found for n in names)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _real(name: str) -> str:
    """The name of one of Python's own classes (`IOError` is `OSError`), any other as it is."""
    error = _builtin(name.removeprefix("builtins."))
    return name if error is None else error.__name__


def _builtin(name: str) -> type[BaseException] | None:
    found = getattr(builtins, name, None) if name.isidentifier() else None
    return found if isinstance(found, type) and issubclass(found, BaseException) else None
