"""The role of a file, by its path inside the root."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

FileRole: TypeAlias = Literal["production", "script", "notebook", "example", "test"]

_TEST_FOLDER = re.compile(r"tests?|__tests__|test_?data|fixtures|e2e|.*[_-]tests?")
_EXAMPLE_FOLDER = re.compile(r"(.*[_-])?(example|demo|sample|cookbook|tutorial|quickstart|snippet)s?|playgrounds?|docs?|docs_src")
_EXAMPLE_FILE = re.compile(r"((.*[_-])?(demo|example)s?|(demo|example)[_-].*)\.py")
_KEPT_FOLDER = re.compile(r"_?archived?|attic|deprecated")
"""at the top of a repository: what is only kept to be looked at"""
_SCRIPT_FOLDER = re.compile(r"scripts?|bin")
_TEST_FILE = re.compile(r"test_.*\.(py|ipynb)|.*_test\.(py|ipynb)|conftest\.py|tests?\.py")
PEP_723 = re.compile(r"^# /// script[ \t]*\r?$", re.MULTILINE)


def role_of(path: str, *, pinned: bool = False) -> FileRole:
    """`path` is relative to the root, with `/`; `pinned`: the file has a PEP 723 header."""
    *folders, name = path.lower().split("/")
    if _TEST_FILE.fullmatch(name) or any(map(_TEST_FOLDER.fullmatch, folders)):
        return "test"
    if _EXAMPLE_FILE.fullmatch(name) or any(map(_EXAMPLE_FOLDER.fullmatch, folders)) or (folders and _KEPT_FOLDER.fullmatch(folders[0])):
        return "example"
    if name.endswith(".ipynb"):
        return "notebook"
    if pinned or any(map(_SCRIPT_FOLDER.fullmatch, folders)):
        return "script"
    return "production"
