"""Services that speak another one's protocol, by the URL that a client is given: what they call an argument."""

from __future__ import annotations

from auditor.graph.build.arguments import argument, texts
from auditor.graph.build.context import Build
from auditor.graph.build.settings import constructor
from auditor.graph.build.things import Thing
from auditor.knowledge.forms import SettingForm
from auditor.program.origins.types import Const


def at_its_service(build: Build, form: SettingForm, client: Thing | None) -> SettingForm:
    """A form with the argument that the service of a client knows; with none that can be named where it is not known which one that is."""
    made = constructor(build, client.origin) if form.elsewhere is not None and client is not None else None
    found = argument(build, form.elsewhere.url, *made) if form.elsewhere is not None and made is not None else None
    if form.elsewhere is None or not found or all(isinstance(o, Const) and o.value is None for o in found):
        return form
    urls = texts(found)
    ours = {any(host in url for host in form.elsewhere.hosts) for url in urls}
    if ours == {True}:
        return form
    known = ours == {False} and all(isinstance(o, Const) for o in found)
    return form.model_copy(update={"argument": form.elsewhere.argument if known else 0, "ways": []})
