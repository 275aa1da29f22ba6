"""Raw requests that go to a model: to an endpoint that is known, or with a body that only a model takes."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.core.values import Setting
from auditor.graph.build.arguments import argument, refs, texts, unencoded
from auditor.graph.build.context import Build
from auditor.graph.build.matching import Match
from auditor.graph.build.settings import completed, given
from auditor.graph.types import NONE
from auditor.knowledge.forms import Ref, RequestForm, SettingForm
from auditor.knowledge.types import CallForm
from auditor.program.origins.containers import entries, lookup
from auditor.program.origins.held import item_stores
from auditor.program.origins.types import Box, Const, Item, Key, New, Op, Origin, Origins, Result

NO_MODEL = "none"
LLM = "llm"
NO_KEY = ""
GAP = "{}"
DEEPEST = 6
MOST_TEXTS = 16


def asks_a_model(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether a raw request goes to a model, by its URL, else by its body."""
    if match.form.endpoint is None or match.form.effect == "read":
        return False
    kinds = _kinds(build, match, site)
    if kinds:
        return any(k != NO_MODEL for k in kinds)
    return any(_for_a_model(build, body) for body in _bodies(build, match, site)) and not _is_side_path(build, match, site)


def asks_others(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether a raw request that goes to a model goes elsewhere, too: some callers of its function pass no body for a model."""
    if match.form.endpoint is None or match.form.body is None:
        return False
    found = _handed_over(build, match, site)
    none = any(isinstance(o, Const) and o.value is None for o in found)
    written = [o for o in found if isinstance(o, Box) and build.engine.refs[o.ref][0][0] == "dict"]
    others = any(not _for_a_model(build, body) and not _made_up(build, body) for body in written)
    return any(_for_a_model(build, body) for body in written) and (none or others)


def _made_up(build: Build, body: Box) -> bool:
    """Whether a mapping may have keys that are not written."""
    expr = build.engine.refs[body.ref][0]
    return any(key is None for key, _ in expr[1]) or bool(list(item_stores(build.engine, body)))


def endpoint_kind(build: Build, match: Match[CallForm], site: Key) -> str:
    """What the model is asked for, by the path of the URL, whatever stands before it: of a request that several callers send to different
    paths an answer, if one of them asks for that."""
    ends = [t for t in _ends(build, match, site) if _path(t).rpartition(GAP)[2].strip("/")]
    known = [k for k in _kinds(build, match, site) if k != NO_MODEL]
    of_ends = [k for k in (_kind(build, t) for t in ends) if k != NO_MODEL]
    kinds = known if known and not (LLM in of_ends and _asks_besides(build, match, site)) else of_ends
    return LLM if LLM in kinds or not kinds else kinds[0]


def _asks_besides(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether some body is none for the known paths but one that is answered."""
    keys = {key for rows in build.base.body_paths.values() for row in rows for key in row if not any(key in b for b in build.base.bodies)}
    return any(_for_a_model(build, b) and not any(_has(build, b, key) for key in keys) for b in _bodies(build, match, site))


def _ends(build: Build, match: Match[CallForm], site: Key) -> list[str]:
    return [t for origin in urls(build, match, site) for t in texts(_end(build, origin))]


def _kinds(build: Build, match: Match[CallForm], site: Key) -> list[str]:
    """Of the URLs that are known endpoints."""
    found = _texts(build, urls(build, match, site))
    parts = [(t, [e for e in build.base.endpoints if e in t]) for t in found]
    kinds = [_kind(build, t) for t, known in parts if known and not _of_others(build, match, site, known)]
    return kinds or [_kind(build, t) for t in found if _takes_this(build, match, site, t)]


def _takes_this(build: Build, match: Match[CallForm], site: Key, url: str) -> bool:
    """Whether a URL ends with a path of model servers, whatever stands before it, and the body is what a model takes there."""
    wanted = [keys for path, rows in build.base.body_paths.items() if _path(url).endswith(path) for keys in rows]
    return any(all(_has(build, body, key) for key in keys) for keys in wanted for body in _bodies(build, match, site))


def _texts(build: Build, found: Origins, depth: int = 0) -> list[str]:
    """Texts as they are written, `{}` for what is added that is not known; of a text that is filled in, the text with its gaps."""
    rows: list[str] = []
    for origin in found:
        if isinstance(origin, Op) and origin.op == "+" and depth < DEEPEST:
            expr, place = build.engine.refs[origin.ref]
            left, right = (_texts(build, build.engine.origins(side, place), depth + 1) or [GAP] for side in expr[2:4])
            rows.extend(a + b for a in left for b in right)
        elif isinstance(origin, Op) and origin.op == "%":
            expr, place = build.engine.refs[origin.ref]
            rows.extend(texts(build.engine.origins(expr[2], place)))
        elif isinstance(origin, Result) and origin.method == "format":
            rows.extend(texts((origin.base,)))
        else:
            rows.extend(texts((origin,)))
    return rows if len(rows) <= MOST_TEXTS else []


def _is_side_path(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether all URLs end with a path of model servers where no model answers (`/tokenize`), whatever stands before it."""
    ends = tuple(part.removesuffix("$") for part, kind in build.base.endpoint_kinds if kind == NO_MODEL)
    found = [texts(_end(build, origin)) for origin in urls(build, match, site)]
    return bool(found) and all(u and all(_path(t).endswith(ends) for t in u) for u in found)


def _end(build: Build, origin: Origin) -> Origins:
    """What a URL that is added up ends with."""
    if not isinstance(origin, Op) or origin.op != "+":
        return (origin,)
    expr, place = build.engine.refs[origin.ref]
    return build.engine.origins(expr[3], place)


def _of_others(build: Build, match: Match[CallForm], site: Key, known: list[str]) -> bool:
    """Whether all that is known of a URL is a path that other services have, too, and the body is none for a model."""
    wanted = [build.base.common_paths.get(part) for part in known]
    bodies = list(_bodies(build, match, site)) if None not in wanted else []
    return bool(bodies) and not any(all(_may_have(build, b, key) for key in keys or ()) for b in bodies for keys in wanted)


def _may_have(build: Build, body: Box, key: str) -> bool:
    return _has(build, body, key) or lookup(build.engine, body, key)[1]


def _kind(build: Build, url: str) -> str:
    path = _path(url)
    rows = build.base.endpoint_kinds
    return next((kind for part, kind in rows if (path.endswith(part[:-1]) if part.endswith("$") else part in path)), LLM)


def _path(url: str) -> str:
    return url.partition("?")[0].rstrip("/")


def _bodies(build: Build, match: Match[CallForm], site: Key) -> Iterator[Box]:
    """The mappings that the request is made of, as they are or as the text, or its bytes, that a function makes of one."""
    for origin in map(unencoded, _handed_over(build, match, site)):
        if isinstance(origin, New) and origin.name in build.base.texts.functions:
            yield from (o for o in argument(build, 0, origin.site, origin.ctx) or () if isinstance(o, Box))
        elif isinstance(origin, Box):
            yield origin


def says_no_usage(build: Build, match: Match[CallForm], site: Key) -> bool:
    """Whether the answer to a raw request says nothing of usage, by its body."""
    return match.form.body is not None and any(_has(build, b, key) for b in _bodies(build, match, site) for key in build.base.silent_bodies)


def _for_a_model(build: Build, body: Box) -> bool:
    return any(all(_has(build, body, key) for key in keys) for keys in build.base.bodies)


def _has(build: Build, body: Box, key: str) -> bool:
    """Whether a mapping has a key, whatever stands under it; a dotted one in the mapping under the first part."""
    name, _, rest = key.partition(".")
    if rest:
        return any(isinstance(o, Box) and _has(build, o, rest) for o in lookup(build.engine, body, name)[0])
    expr = build.engine.refs[body.ref][0]
    if (expr[0] == "dict" and name in entries(build.engine, expr).known) or _is_stored(build, body, name):
        return True
    # What a mapping of unknown keys gives for any of them does not say that it has this one.
    anything = lookup(build.engine, body, NO_KEY)[0]
    return any(o not in anything and not _taken_over(o, name) for o in lookup(build.engine, body, name)[0])


def _taken_over(origin: Origin, name: str) -> bool:
    """Whether it is what another mapping, which is not read, may have under the same key."""
    return isinstance(origin, Item) and origin.key == name


def _is_stored(build: Build, body: Box, name: str) -> bool:
    """Whether a statement sets the key."""
    keys = (o for place, key, _ in item_stores(build.engine, body) for o in build.engine.origins(key, place))
    return any(isinstance(o, Const) and o.value == name for o in keys)


def body_cap(build: Build, match: Match[CallForm], site: Key) -> Setting:
    """The maximum of output tokens that the body of the request names."""
    made = [(r.body, o.site, o.ctx, o.partials) for o, r in _objects(build, match, site) if r.body is not None]
    ref, at, ctx, partials = made[0] if len(made) == 1 else (match.form.body or [], site, 0, match.partials)
    keys: list[int | str] = [f"{each}.{key}" for each in refs(ref) for key in build.base.body_caps]
    form = SettingForm(argument=keys, unit="tokens")
    return completed(given(build, "max_output_tokens", form, at, ctx, partials, match.package), NONE)


def urls(build: Build, match: Match[CallForm], site: Key) -> Origins:
    """What a request goes to, as it is or as the object says that describes the request."""
    assert match.form.endpoint is not None
    found = argument(build, match.form.endpoint, site, 0, match.partials) or ()
    made = _objects(build, match, site)
    rest = [o for o in found if not any(o is each for each, _ in made)]
    return (*rest, *(u for each, form in made for u in _inside(build, each, form.endpoint)))


def _handed_over(build: Build, match: Match[CallForm], site: Key) -> list[Origin]:
    """What can be the body of a request."""
    found = [o for ref in refs(match.form.body or []) for o in argument(build, ref, site, 0, match.partials) or ()]
    return [*found, *(o for made, form in _objects(build, match, site) if form.body is not None for o in _inside(build, made, form.body))]


def _objects(build: Build, match: Match[CallForm], site: Key) -> list[tuple[New, RequestForm]]:
    """The objects that describe a request, where it is made of these (`urlopen(Request(url, data))`)."""
    assert match.form.endpoint is not None
    found = argument(build, match.form.endpoint, site, 0, match.partials) or ()
    return [(o, build.base.requests[o.name]) for o in found if isinstance(o, New) and o.name in build.base.requests]


def _inside(build: Build, made: New, ref: Ref) -> Origins:
    return argument(build, ref, made.site, made.ctx, made.partials) or ()
