"""Names of positions: what the forms say of the signatures of calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.knowledge.forms import Form

OTHER_LISTS = frozenset(("equals",))
"""lists in forms that are no references to arguments"""


def named_positions(forms: Iterable[Form]) -> dict[str, int]:
    """Positions of which forms of the knowledge say the name (`[timeout, 1]`)."""
    rows: dict[str, int] = {}
    for form in forms:
        for ref in _references(form):
            places = [r for r in ref if isinstance(r, int)]
            names = [r for r in ref if isinstance(r, str) and r.isidentifier()]
            if len(places) == 1 and names:
                rows.update(dict.fromkeys(names, places[0]))
    return rows


def _references(form: Form) -> Iterator[list[int | str]]:
    for name in type(form).model_fields:
        yield from _inside(getattr(form, name)) if name not in OTHER_LISTS else ()


def _inside(value: object) -> Iterator[list[int | str]]:
    if isinstance(value, Form):
        yield from _references(value)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _inside(each)
    elif isinstance(value, list):
        if value and all(isinstance(v, (int, str)) and not isinstance(v, bool) for v in value):
            yield value
        else:
            for each in value:
                yield from _inside(each)
