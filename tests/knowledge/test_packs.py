"""Knowledge of packs: the same forms, about one's own libraries only."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.core.problem import AuditError
from auditor.knowledge.load import load
from auditor.knowledge.packs import load_files
from auditor.knowledge.types import Knowledge

ACME = """\
package: acme
modules: [acme_sdk]
types:
  client: {is: ["openai:client"], new: [acme_sdk.Client]}
calls:
  - {names: [client.ask, acme_sdk.ask], noun: model_call, kind: llm, returns: client}
"""


def read(folder: Path, **texts: str) -> list[Knowledge]:
    files = []
    for name, text in texts.items():
        path = folder / f"{name}.yaml"
        path.write_text(text)
        files.append((path, f"house/{name}.yaml", False))
    return [knowledge for knowledge, _ in load_files(files)]


def mistakes(folder: Path, **texts: str) -> str:
    with pytest.raises(AuditError) as caught:
        read(folder, **texts)
    return caught.value.message


def test_files_of_packs_come_after_the_tools_own_and_bring_what_they_refer_to(tmp_path: Path) -> None:
    extra = read(tmp_path, acme=ACME, zenith="package: zenith\nneeds: [acme]\nunderstood: [zenith.go]\n", other="package: other\n")
    assert [k.package for k in load({"zenith.flow"}, extra)][-2:] == ["acme", "zenith"]
    packages = [k.package for k in load({"acme_sdk"}, extra)]
    assert packages[-1] == "acme"
    assert "openai" in packages
    assert "acme" not in [k.package for k in load({"openai"}, extra)]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("package: acme", "package: acme-x", "house/acme.yaml:1:1: the package must be the file's name, 'acme'"),
        ("kind: llm", "knd: llm", "house/acme.yaml:6:59: there is no key 'knd'"),
        ("kind: llm", "knd: llm", "did you mean 'kind'?"),
        ("noun: model_call", "noun: modelcall", "house/acme.yaml:6:47: there is no noun 'modelcall'"),
        ("noun: model_call", "noun: modelcall", "did you mean 'model_call'?"),
        ("client.ask", "clent.ask", "did you mean 'client'?"),
        ("acme_sdk.ask", "acme.ask", "'acme.ask' begins with no module and no type of this file"),
        ("returns: client", "returns: clint", "there is no type 'clint'"),
        ("returns: client", "returns: clint", "did you mean 'client'?"),
        ("openai:client", "openai:clint", "did you mean 'openai:client'?"),
        ("openai:client", "opnai:client", "there is no type 'opnai:client'"),
        ("[acme_sdk]", "[openai]", "the module 'openai' is described by the tool itself"),
        ("[acme_sdk]", "[openai.acme]", "the module 'openai.acme' is described by the tool itself"),
        ("[acme_sdk]", "[subprocess]", "the module 'subprocess' is described by the tool itself"),
        ("[acme_sdk]", '["*"]', "'*' is no module"),
        ("modules:", "commands: {}\nmodules:", "house/acme.yaml:2:1: commands speaks of more than one package"),
    ],
)
def test_a_mistake_has_its_place(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert old in ACME
    assert said in mistakes(tmp_path, acme=ACME.replace(old, new))


def test_all_mistakes_of_all_files_are_told(tmp_path: Path) -> None:
    found = mistakes(tmp_path, acme=ACME.replace("noun:", "nown:").replace("new:", "nw:"), zenith="package: zenith\ncals: []\n")
    for word in ("nown", "nw", "cals"):
        assert f"there is no key '{word}'" in found


def test_a_wrong_word_does_not_hide_what_is_wrong_besides(tmp_path: Path) -> None:
    wrong = "client.ask, acme.ask], settings: {deadline: {unit: secs}}, returns: clint"
    found = mistakes(tmp_path, acme=ACME.replace("client.ask, acme_sdk.ask]", wrong).replace(", returns: client", ""))
    assert "there is no unit 'secs'" in found
    assert "'acme.ask' begins with no module and no type of this file" in found
    assert "there is no type 'clint'" in found
    assert "no module" not in mistakes(tmp_path, acme=ACME.replace('{is: ["openai:client"], new: [acme_sdk.Client]}', "3"))


def test_one_package_in_two_packs_is_an_error_that_names_both(tmp_path: Path) -> None:
    files = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "acme.yaml").write_text(ACME)
        files.append((tmp_path / name / "acme.yaml", f"{name}/acme.yaml", False))
    with pytest.raises(AuditError, match=r"the package 'acme' is in two packs: one/acme\.yaml and two/acme\.yaml"):
        load_files(files)
