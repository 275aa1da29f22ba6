"""Which known names can occur in a program, by what it imports."""

from __future__ import annotations

from auditor.knowledge.base import Base
from auditor.knowledge.live import Live
from auditor.knowledge.types import Knowledge

KNOWN = Knowledge.model_validate(
    {
        "package": "mail",
        "modules": ["mail", "pool"],
        "types": {
            "box": {"new": ["mail.Box"], "attributes": {"outer": "folder"}, "methods": {"open": {"returns": "letter"}}},
            "folder": {"new": ["vault.Folder"]},
            "letter": {"new": ["vault.Letter"], "is": ["paper"]},
            "paper": {"new": ["vault.Paper"]},
            "pool": {"new": ["pool.Pool"]},
        },
        "calls": [
            {"names": ["box.send", "folder.move", "paper.burn", "pool.submit", "mail.post", "pool.later"], "noun": "external_call"},
        ],
    }
)


def names(*imported: str) -> set[str]:
    base = Base([KNOWN])
    return Live(base, imported).last_names(base.calls)


def test_nothing_is_imported() -> None:
    assert names() == set()


def test_types_and_functions_of_an_imported_module_and_what_they_lead_to() -> None:
    assert names("mail.client") == {"send", "move", "burn", "post"}


def test_a_type_of_another_module() -> None:
    assert names("pool") == {"submit", "later"}


def test_builtins_need_no_import() -> None:
    known = Knowledge.model_validate({"package": "python", "modules": ["builtins"], "calls": [{"names": ["builtins.open", "open"]}]})
    base = Base([known])
    assert Live(base, ()).last_names(base.calls) == {"open"}
