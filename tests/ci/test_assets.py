"""Every file that teams copy or include is what its platform reads; and the tools that say so would see a mistake."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from auditor.cli.app import app
from tests.ci.runner import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
GITLAB = ROOT / "ci" / "gitlab-ci.yml"
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
DOCS = ROOT / "docs" / "ci.md"
PINNED = re.compile(r"uses: (?:\./ # zizmor: ignore\[self-repository\]|[\w./-]+@[0-9a-f]{40}(?: # v\d+\.\d+\.\d+)?)$")
PLACEHOLDER = "<full commit hash>"
AZURE = ("--regex-variant", "python", "--data-transform", "azure-pipelines")


def schema(name: str, *files: Path, options: tuple[str, ...] = ()) -> tuple[int, str]:
    return python("check_jsonschema", "--builtin-schema", f"vendor.{name}", *options, *files)


def pre_commit(command: str, file: Path) -> tuple[int, str]:
    return python("pre_commit", command, file)


def zizmor(*files: Path) -> tuple[int, str]:
    return ran(Path(sysconfig.get_path("scripts")) / "zizmor", "--offline", "--no-config", "--strict-collection", *files)


def python(module: str, *arguments: object) -> tuple[int, str]:
    return ran(sys.executable, "-m", module, *arguments)


def ran(*arguments: object) -> tuple[int, str]:
    done = subprocess.run([str(a) for a in arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def planted(folder: Path, original: Path, old: str, new: str) -> Path:
    """A copy with a mistake, under the same name."""
    text = original.read_text("utf-8")
    assert old in text
    copy = folder / original.relative_to(ROOT)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text.replace(old, new, 1), "utf-8")
    return copy


def recipes() -> Iterator[tuple[str, str]]:
    """The YAML blocks of the page: the name that the first line gives the file, and the text, with a hash for the placeholder."""
    for block in re.findall(r"^```yaml\n(.*?)^```$", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        name = block.split("\n", 1)[0].removeprefix("# ")
        yield name, block.replace(PLACEHOLDER, "0123456789abcdef" * 2 + "01234567")


def written(folder: Path, wanted: str) -> list[Path]:
    files = []
    for number, (name, text) in enumerate(recipes()):
        if name == wanted:
            file = folder / str(number) / name
            file.parent.mkdir(parents=True)
            file.write_text(text, "utf-8")
            files.append(file)
    assert files
    return files


def test_the_action(tmp_path: Path) -> None:
    action = ROOT / "action.yml"
    assert schema("github-actions", action) == (0, "ok -- validation done\n")
    code, said = schema("github-actions", planted(tmp_path, action, "using: composite", "using: compost"))
    assert code == 1, said


def test_the_workflow(tmp_path: Path) -> None:
    assert schema("github-workflows", WORKFLOW) == (0, "ok -- validation done\n")
    code, said = schema("github-workflows", planted(tmp_path, WORKFLOW, "runs-on:", "run-on:"))
    assert code == 1, said


def test_the_gitlab_template(tmp_path: Path) -> None:
    assert schema("gitlab-ci", GITLAB) == (0, "ok -- validation done\n")
    code, said = schema("gitlab-ci", planted(tmp_path, GITLAB, "when: always", "when: sometimes"))
    assert code == 1, said


def test_the_hook(tmp_path: Path) -> None:
    code, said = pre_commit("validate-manifest", MANIFEST)
    assert code == 0, said
    code, said = pre_commit("validate-manifest", planted(tmp_path, MANIFEST, "types_or: [python", "types_or: [pythn"))
    assert code == 1, said


def test_no_security_finding(tmp_path: Path) -> None:
    recipes = written(tmp_path / "docs", ".github/workflows/agentaudit.yml")
    code, said = zizmor(ROOT / "action.yml", WORKFLOW, *recipes)
    assert code == 0, said
    assert "No findings to report" in said


@pytest.mark.parametrize(
    ("file", "old", "new", "finding"),
    [
        (ROOT / "action.yml", '"$AGENTAUDIT_PYTHON" -I', 'echo "${{ inputs.path }}"; "$AGENTAUDIT_PYTHON" -I', "template-injection"),
        (WORKFLOW, "@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7", "unpinned-uses"),
        (WORKFLOW, "          persist-credentials: false\n", "", "artipacked"),
        (WORKFLOW, "    permissions:\n      contents: read\n", "    permissions: write-all\n", "excessive-permissions"),
    ],
)
def test_a_security_finding_is_seen(tmp_path: Path, file: Path, old: str, new: str, finding: str) -> None:
    code, said = zizmor(planted(tmp_path, file, old, new))
    assert code != 0
    assert f"[{finding}]" in said


@pytest.mark.parametrize(
    ("name", "file", "options"),
    [
        ("github-workflows", ".github/workflows/agentaudit.yml", ()),
        ("gitlab-ci", ".gitlab-ci.yml", ()),
        ("azure-pipelines", "azure-pipelines.yml", AZURE),
    ],
)
def test_recipes_are_what_their_platform_reads(tmp_path: Path, name: str, file: str, options: tuple[str, ...]) -> None:
    files = written(tmp_path, file)
    code, said = schema(name, *files, options=options)
    assert code == 0, said
    files[0].write_text(files[0].read_text("utf-8") + "\nstages: 1\njobs: 1\n", "utf-8")
    assert schema(name, files[0], options=options)[0] == 1


def test_the_recipe_for_pre_commit(tmp_path: Path) -> None:
    (file,) = written(tmp_path, ".pre-commit-config.yaml")
    code, said = pre_commit("validate-config", file)
    assert code == 0, said


def test_every_recipe_is_checked() -> None:
    checked = {".github/workflows/agentaudit.yml", ".gitlab-ci.yml", "azure-pipelines.yml", ".pre-commit-config.yaml"}
    assert {name for name, _ in recipes()} == checked


def test_foreign_actions_are_pinned_with_their_version() -> None:
    texts = [WORKFLOW.read_text("utf-8"), *(text for name, text in recipes() if name.startswith(".github/"))]
    used = [line.strip().removeprefix("- ") for text in texts for line in text.split("\n") if "uses:" in line]
    assert used
    for line in used:
        assert PINNED.match(line), line
        assert "OWNER/" in line or "./" in line or " # v" in line, line


def test_inputs_and_outputs_of_the_action_are_on_the_page() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    cells = re.findall(r"^\| (`[^|]*) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}
    assert not (set(action["inputs"]) | set(action["outputs"])) - named


def test_links_of_the_page_lead_somewhere() -> None:
    text = DOCS.read_text("utf-8")
    titles = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^## (.+)$", text, re.MULTILINE)]
    assert re.findall(r"^- \[.*\]\(#(.+)\)$", text, re.MULTILINE) == titles


def test_options_of_the_page_exist() -> None:
    text = DOCS.read_text("utf-8")
    commands = typer.main.get_command(app).commands
    for name, line in re.findall(r"agentaudit\"? (scan|baseline create|baseline update)\b([^`\n]*)", text):
        command = commands[name.split()[0]]
        command = command.commands[name.split()[1]] if " " in name else command
        assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", line)) <= options(command), line
    alone = set(re.findall(r"`(--[a-z-]+)", text)) | set(re.findall(r'set -- "\$@" (--[a-z-]+)', text + GITLAB.read_text("utf-8")))
    assert len(alone) > 5
    assert alone <= options(commands["scan"])


def options(command: object) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts}


def test_scripts_of_the_page_are_shell(tmp_path: Path) -> None:
    scripts = re.findall(r"^```sh\n(.*?)^```$", DOCS.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for _, text in recipes():
        document = yaml.safe_load(text)
        steps = document.get("steps", []) + [step for job in document.get("jobs", {}).values() for step in job["steps"]]
        scripts += [step.get("run") or step["bash"] for step in steps if "run" in step or "bash" in step]
    assert len(scripts) > 3
    for script in scripts:
        file = tmp_path / "script.sh"
        file.write_text(script, "utf-8")
        assert ran("bash", "-n", file) == (0, ""), script
