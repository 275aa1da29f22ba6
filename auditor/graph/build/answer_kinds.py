"""Model calls that are asked for an image or for sound, or whose answers are only taken as such: no text, so no tokens to limit."""

from __future__ import annotations

from auditor.facts.types import Call, Expr
from auditor.graph.build.arguments import argument, refs, texts
from auditor.graph.build.calls import Alternative
from auditor.graph.build.context import Build
from auditor.graph.build.dispatch_answers import Trail, follow
from auditor.graph.build.endpoints import urls
from auditor.graph.build.loop_terms import arguments, walk
from auditor.graph.build.matching import Match
from auditor.graph.types import ModelCall
from auditor.knowledge.forms import Ref
from auditor.knowledge.types import CallForm
from auditor.program.origins.types import Ext, Key

MEDIA = "image"
"""what an answer is that is taken as bytes, or as data inside it, which a picture, sound and a film are alike"""


def answer_kinds(build: Build) -> None:
    """Corrects `call` of requests that look like those for a text."""
    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    for site, found in rows.items():
        node = build.graph.nodes.get(build.by_site.get(("model_call", site), ""))
        if isinstance(node, ModelCall) and node.call == "llm" and found:
            kind = _asked_for(build, found[0].match, site) or _taken_as(build, found[0].match, site)
            if kind:
                build.change(node.id, call=kind)


def _asked_for(build: Build, match: Match[CallForm], site: Key) -> str:
    """What the request says that the answer is to be."""
    form = match.form
    wanted: Ref | None = form.modalities
    if form.body is not None:
        wanted = [f"{ref}.{key}.*" for ref in refs(form.body) for key in build.base.media.bodies]
    found = argument(build, wanted, site, 0, match.partials) if wanted is not None else None
    said = [text.upper() for text in (*texts(found), *(o.name.rpartition(".")[2] for o in found or () if isinstance(o, Ext)))]
    return next((build.base.media.asked[text] for text in said if text in build.base.media.asked), "")


def _taken_as(build: Build, match: Match[CallForm], site: Key) -> str:
    """Whether what the function that asks takes from the answer is data, and nothing of it a text.

    The bytes of a raw answer say so only of a service that runs models of any kind: elsewhere they may hold a text.
    """
    known = build.base.media
    call = build.engine.call(site)
    trail = follow(build, build.function_of(site[0], call.order), calls={call.index}, names=set())
    taken = {name for expr, _ in trail.body.expressions for name in _names(trail, expr)}
    if taken.intersection(known.text):
        return ""
    if taken.intersection(known.data):
        return MEDIA
    is_raw = match.form.endpoint is not None and taken.intersection(known.bytes) and not taken.intersection(known.parsed)
    if not is_raw or not _is_of_any_kind(build, match, site):
        return ""
    return "" if any(_decodes(trail, c) for c in trail.body.calls if c.last in known.decoders) else MEDIA


def _is_of_any_kind(build: Build, match: Match[CallForm], site: Key) -> bool:
    found = texts(urls(build, match, site))
    return any(host in url for url in found for host in build.base.media.hosts)


def _names(trail: Trail, expr: Expr) -> set[str]:
    """Attributes and keys that are taken from the answer, or from a part of it."""
    rows: set[str] = set()
    for part in walk(trail.body.module, expr):
        if part[0] == "attr" and trail.part(part[1]):
            rows.add(part[2])
        elif part[0] == "sub" and part[2][0] == "const" and isinstance(part[2][1], str) and trail.part(part[1]):
            rows.add(part[2][1])
        elif part[0] == "call":
            call = trail.body.module.calls[part[1]]
            if call.last == "get" and call.func[0] == "attr" and call.args and call.args[0][0] == "const" and trail.part(call.func[1]):
                rows.add(str(call.args[0][1]))
    return rows


def _decodes(trail: Trail, call: Call) -> bool:
    """`json.loads(answer.content)`, `answer.content.decode()`: the data is a text."""
    given = [*arguments(call), *([call.func[1]] if call.func[0] == "attr" else [])]
    return any(e[0] in ("attr", "name") and trail.part(e) for e in given)
