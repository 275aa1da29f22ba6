"""Why a file that is there was not read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.core.files import read_head
from auditor.sources.discover import HEAD_BYTES, is_generated, is_script, kind_of
from auditor.sources.ignore import parse
from auditor.sources.listing import is_source_folder
from auditor.sources.types import Sources


def why_left_out(path: Path, sources: Sources, exclude: Sequence[str] = ()) -> str:
    """In words; `path` is the real one of a file that is not among the sources."""
    root = sources.root.resolve()
    if not path.is_relative_to(root):
        return f"it is not in {root}, which was read"
    kind = kind_of(str(path))
    try:
        head = read_head(str(path), HEAD_BYTES)
    except OSError as error:
        return f"it cannot be read: {error.strerror or error}"
    if kind is None and not is_script(head):
        return "it is neither Python nor a notebook"
    named = next((p for p in exclude if parse([p], str(root)).decides(str(path))), None)
    if named is not None:
        return f"`exclude` names it: {named!r}"
    inside = [folder for folder in path.parents if folder != root and folder.is_relative_to(root)]
    out = next((folder for folder in reversed(inside) if not is_source_folder(str(folder), folder.name)), None)
    if out is not None:
        return f"it lies in {out.relative_to(root).as_posix()}/: environments, vendored and built code are left out"
    if is_generated(str(path), head.decode("utf-8", "replace")):
        return "it is generated code, by its name or its first lines"
    return "git does not see it: a .gitignore names it, and nothing tracks it"
