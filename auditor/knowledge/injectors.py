"""The form of containers that make objects of classes and fill their constructors."""

from __future__ import annotations

from auditor.knowledge.forms import Form, Ref


class InjectorForm(Form):
    """A container that makes objects of the classes that it is asked for, and fills their constructors by their annotations.

    `names`: its classes. `gives`: method -> its argument with a class of which it gives an object (or of a class that derives from that).
    `same`: methods that give another such container."""

    names: list[str]
    gives: dict[str, Ref]
    same: list[str] = []
