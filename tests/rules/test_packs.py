"""Where packs come from, and that two of them never say the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.core.problem import AuditError
from auditor.pipeline import ScanOptions, catalogue, scan
from auditor.rules.distributions import installed
from auditor.rules.new import write_rule
from auditor.rules.packs import all_packs, builtin, files_of, of_folder, rules_of

CODE = "from openai import OpenAI\n\nOpenAI(timeout=90).chat.completions.create(model='m', messages=[])\n"


def ids(folder: Path) -> list[tuple[str, str]]:
    return [(rule.id, rule.pack) for rule in rules_of([of_folder(folder)])]


def test_rules_lie_in_the_folder_or_one_level_below(tmp_path: Path) -> None:
    write_rule("in-it", tmp_path / "house")
    write_rule("below", tmp_path / "house" / "cost")
    write_rule("too-deep", tmp_path / "house" / "cost" / "more")
    (tmp_path / "house" / "README.md").write_text("About it.\n")
    (tmp_path / "house" / ".hidden").mkdir()
    assert ids(tmp_path / "house") == [("below", "cost"), ("in-it", "house")]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gates.yaml", "house/gates.yaml:1:1: only the tool itself has gates.yaml"),
        ("rulesets.yaml", "only the tool itself has rulesets.yaml"),
        ("x.yml", "house/x.yml:1:1: files of a pack end in .yaml"),
        ("alone.md", "house/alone.md:1:1: its question alone.yaml is missing"),
    ],
)
def test_what_cannot_be_part_of_a_pack_is_told(name: str, said: str, tmp_path: Path) -> None:
    write_rule("some-rule", tmp_path / "house")
    (tmp_path / "house" / name).write_text("a: 1\n")
    with pytest.raises(AuditError) as caught:
        ids(tmp_path / "house")
    assert said in caught.value.message


def test_a_folder_that_is_none_or_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for name, said in (("no", "there is no pack"), ("file", "is no pack"), ("empty", "neither a rule nor knowledge")):
        with pytest.raises(AuditError, match=said):
            ids(tmp_path / name)


def test_two_packs_with_one_rule_are_an_error_that_names_both(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write_rule("some-rule", one)
    write_rule("some-rule", two)
    with pytest.raises(AuditError) as caught:
        rules_of(all_packs([one, two]))
    assert "the rule 'some-rule' is in two packs: one and two" in caught.value.message
    assert str(one / "some-rule.yaml") in caught.value.message
    assert str(two / "some-rule.yaml") in caught.value.message


def test_a_pack_cannot_replace_a_rule_of_the_tool(tmp_path: Path) -> None:
    write_rule("some-rule", tmp_path / "house")
    for end in ("yaml", "md"):
        text = (tmp_path / "house" / f"some-rule.{end}").read_text().replace("some-rule", "infinite-retry")
        (tmp_path / "house" / f"infinite-retry.{end}").write_text(text)
    with pytest.raises(AuditError, match="'infinite-retry' is in two packs: resilience and house"):
        catalogue(ScanOptions(packs=(tmp_path / "house",)))


def test_one_folder_given_twice_is_one_pack(tmp_path: Path) -> None:
    write_rule("some-rule", tmp_path / "house")
    (tmp_path / "link").symlink_to(tmp_path / "house")
    packs = all_packs([tmp_path / "house", tmp_path / "house" / ".." / "house", tmp_path / "link"])
    assert len(packs) == len(all_packs()) + 1


def test_the_packs_of_the_tool_are_its_own() -> None:
    pack = builtin()
    assert pack.own
    assert all(rule.own for rule in rules_of([pack]))
    assert files_of(pack).errors == []


def test_a_rule_of_a_pack_gives_findings_and_no_points(tmp_path: Path) -> None:
    write_rule("slow-call", tmp_path / "house")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text(CODE)
    report = scan([tmp_path / "app"], options=ScanOptions(packs=(tmp_path / "house",)))
    (found,) = [f for f in report.findings if f.rule == "slow-call"]
    assert (found.pack, found.at.line, found.message) == ("house", 3, "one attempt may take 90 s, more than 30 s")
    plain = scan([tmp_path / "app"])
    assert (report.score and report.score.value) == (plain.score and plain.score.value)


def distribution(site: Path, value: str, name: str = "acme-audit", *, editable: Path | None = None) -> None:
    info = site / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[agentaudit.packs]\nacme = {value}\n\n[console_scripts]\nx = y:z\n")
    if editable:
        (info / "direct_url.json").write_text(json.dumps({"url": editable.as_uri(), "dir_info": {"editable": True}}))


def test_packs_of_distributions_are_read_and_never_imported(tmp_path: Path) -> None:
    distribution(tmp_path, "acme_audit.packs")
    write_rule("in-it", tmp_path / "acme_audit" / "packs")
    (tmp_path / "acme_audit" / "__init__.py").write_text("raise SystemExit('imported')\n")
    (pack,) = installed([str(tmp_path)])
    assert [(rule.id, rule.pack) for rule in rules_of([pack])] == [("in-it", "acme")]
    (tmp_path / "acme_audit" / "packs" / "in-it.yaml").write_text("id: other\n")
    with pytest.raises(AuditError, match=r"acme-audit 1\.0 \(acme\)/in-it\.yaml:1:"):
        rules_of([pack])


def test_an_editable_distribution_has_its_pack_in_its_project(tmp_path: Path) -> None:
    distribution(tmp_path / "site", "acme_audit.packs", editable=tmp_path / "project")
    write_rule("in-it", tmp_path / "project" / "src" / "acme_audit" / "packs")
    (pack,) = installed([str(tmp_path / "site")])
    assert pack.folder == (tmp_path / "project" / "src" / "acme_audit" / "packs").resolve()


@pytest.mark.parametrize("value", ["acme_audit.packs", "..outside", "/etc", "acme_audit/packs", "a.b:c"])
def test_a_pack_that_is_not_there_is_told_with_its_distribution(value: str, tmp_path: Path) -> None:
    distribution(tmp_path, value)
    with pytest.raises(AuditError, match=r"the distribution acme-audit 1\.0 \(acme\) names a pack that is not there"):
        installed([str(tmp_path)])


def test_metadata_in_the_working_folder_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    distribution(tmp_path, "acme_audit.packs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert installed() == []


def test_knowledge_too_deep_in_a_pack_is_not_left_out_in_silence(tmp_path: Path) -> None:
    write_rule("in-it", tmp_path / "house")
    (tmp_path / "house" / "cost" / "frameworks").mkdir(parents=True)
    with pytest.raises(AuditError, match="house/cost/frameworks: knowledge lies in frameworks/ of the pack itself, this is not read"):
        ids(tmp_path / "house")
