"""What configuration files say of a deployment."""

from __future__ import annotations

import pytest

from auditor.facts.config import read_config
from auditor.facts.deployment import Variables

COMPOSE = """
services:
  app:
    environment:
      - PLAIN=1
      - PASSED
      - OTHER=${OTHER}
"""
MERGED = """
x-common: &common {PLAIN: "1"}
services: {app: {environment: {<<: *common, OTHER: "2"}}}
"""
MANIFEST = """
env:
  - {name: PLAIN, value: "1"}
  - {name: PASSED, valueFrom: {secretKeyRef: {name: s, key: k}}}
"""


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("compose.yml", COMPOSE, {"PLAIN": "1", "PASSED": "${PASSED}", "OTHER": "${OTHER}"}),
        ("deploy/app.yaml", MANIFEST, {"PLAIN": "1", "PASSED": "${PASSED}"}),
        ("compose.yml", MERGED, {"PLAIN": "1", "OTHER": "2"}),
        ("k8s/map.yaml", "kind: ConfigMap\ndata: {PLAIN: on}\n---\nkind: Secret\ndata: {KEY: eA==}\n", {"PLAIN": "on"}),
        ("app.yaml", "env_variables:\n  PLAIN: 'true'\n", {"PLAIN": "true"}),
        (
            "render.yaml",
            "services:\n- envVars:\n  - {key: PLAIN, value: true}\n  - {key: SECRET, sync: false}\n",
            {"PLAIN": "true", "SECRET": "${SECRET}"},
        ),
        ("serverless.yml", "provider:\n  environment:\n    PLAIN: 'on'\n    TABLE: !Ref Table\n", {"PLAIN": "on", "TABLE": "Table"}),
        (".env", "A=1 # why\n# B=2\n", {"A": "1"}),
        ("Dockerfile", "ENV A=1 B='two'\n", {"A": "1", "B": "two"}),
        ("Dockerfile", "ENV A=1 \\\n    B=two\n", {"A": "1", "B": "two"}),
        (".env.production", "export A='1'\n", {"A": "1"}),
        ("deploy/prod.env", "A=1\n", {"A": "1"}),
        (".env.cloud.yaml", "A: 'true'\n", {"A": "true"}),
    ],
)
def test_variables(path: str, text: str, expected: dict[str, str]) -> None:
    found = read_config(path, text).variables
    given = dict(found.given)
    for service in found.services:
        given.update(service.given)
    assert (given, found.sure, found.defect) == (expected, True, "")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env.example", "A=1\n"),
        ("env.sample", "A=1\n"),
        ("prod.env.template", "A=1\n"),
        (".env.cloud.yaml.example", 'A: "1"\n'),
        (".env.test", "A=1\n"),
        (".env.local", "A=1\n"),
        ("docker-compose.dev.yml", "x: {env: {A: '1'}}\n"),
        (".github/workflows/test.yml", "env: {A: '1'}\n"),
        (".gitlab-ci.yml", "env: {A: '1'}\n"),
    ],
)
def test_examples_and_checks_are_no_deployment(path: str, text: str) -> None:
    found = read_config(path, text).variables
    assert (found.given, found.sure) == ({"A": "1"}, False)


@pytest.mark.parametrize("path", ["env.py", ".envoy.yaml", "environment.yml", "env_config.yaml", "notes.txt"])
def test_other_files_set_nothing(path: str) -> None:
    assert read_config(path, "AAAA: 1\n#BBBB=1\n").variables == Variables()


def test_what_is_commented_out_is_shown() -> None:
    found = read_config(".env.example", "# To trace, set this:\n# TRACE_ON=true\n#  export KEY=\n# a = b\n").variables
    assert (found.given, found.shown) == ({}, {"TRACE_ON", "KEY"})
    assert read_config("compose.yml", "a:\n  environment:\n    # - TRACE_ON=true\n    # KEY: 1\n").variables.shown == {"TRACE_ON", "KEY"}


def test_files_that_a_compose_file_names() -> None:
    text = "services:\n  a: {env_file: [../.env.example, {path: b.env}]}\n  b: {env_file: c.env}\n"
    assert read_config("deploy/compose.yml", text).variables.files == {".env.example", "deploy/b.env", "deploy/c.env"}


def test_a_template_is_not_known_before_it_is_filled_in() -> None:
    found = read_config("chart/templates/app.yaml", "env:\n{{ if .on }}\n  - name: TRACE_ON\n    value: {{ .x }}\n").variables
    assert (found.given, found.shown, found.defect) == ({}, {"TRACE_ON"}, "")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("env: [", "not valid"),
        ("env:\n  {A: 1}: 2\n", "not valid"),
        ("env: " + "[" * 100_000, "not read"),
        ("env: " + "[" * 60 + "]" * 60, "levels"),
        ("env:\n" + "".join(f"{' ' * i}a:\n" for i in range(1, 60)), "levels"),
        ("env: {A: 1}\n" + "#" * 1_000_000, "MB"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, why: str) -> None:
    found = read_config("compose.yml", text).variables
    assert why in found.defect
    assert found.given == {}


def test_references_to_references_take_no_time() -> None:
    levels = "".join(f"l{i}: &l{i} {{<<: [{', '.join([f'*l{i - 1}'] * 20)}]}}\n" for i in range(1, 30))
    text = f"l0: &l0 {{A: '1'}}\n{levels}environment: *l29\nenv: [*l29, *l29]\n"
    assert read_config("compose.yml", text).variables.given == {"A": "1"}
    assert read_config(".env", "A=" + "b " * 200_000 + "\n").variables.given.keys() == {"A"}
    assert read_config("a.yml", "env: " + "1:" * 200_000).variables.given == {}


def test_lines_of_variables() -> None:
    assert read_config("compose.yml", COMPOSE).lines == {"PLAIN": 5, "PASSED": 6, "OTHER": 7}


def test_json_as_it_is() -> None:
    assert read_config("a.json", '{"a": [1, null]}').document == {"a": [1, None]}
    assert read_config("a.json", "{").document is None
    assert read_config("a.json", "[" * 100_000).document is None


SETUP = """
from setuptools import setup
setup(name="a", entry_points={"console_scripts": ["talk=app.cli:main", "other = app.b:run [extra]"], "x": ["no=a:b"]})
"""
CFG = """
[metadata]
name = a
[options.entry_points]
console_scripts =
    talk = app.cli:main
    other = app.b:run
"""


def test_console_scripts_of_older_projects() -> None:
    wanted = {"talk": "app.cli:main", "other": "app.b:run"}
    assert read_config("setup.py", SETUP).scripts == wanted
    assert read_config("setup.cfg", CFG).scripts == wanted
    assert read_config("setup.py", "setup(").scripts == read_config("setup.cfg", "[a\n=").scripts == {}
