"""The variables of all files of a deployment together."""

from __future__ import annotations

from auditor.facts.config import read_config
from auditor.facts.environment import Environment


def of(files: dict[str, str], unsure: tuple[str, ...] = ()) -> Environment:
    found = Environment()
    for path, text in files.items():
        facts = read_config(path, text)
        found.add(path, facts.variables, facts.lines, sure=path not in unsure)
    found.finish()
    return found


def test_the_file_that_decides_is_named() -> None:
    found = of({".env": "A=\n", "Dockerfile": "FROM x\nENV A=${A}\n", "compose.yml": "x:\n  environment:\n    A: 'true'\n"})
    assert (found.given, str(found.at["A"])) == ({"A": "true"}, "compose.yml:3")


def test_files_that_do_not_agree_decide_nothing() -> None:
    found = of({"Dockerfile": "ENV A=true B=1\n", "compose.yml": "environment: [A=False, B=1]\n"})
    assert (found.given, found.mentioned) == ({"A": "${A}", "B": "1"}, {"A": "Dockerfile:1 and compose.yml:1 do not agree"})


def test_an_example_says_what_may_be_set() -> None:
    found = of({".env.example": "A=true\nB=\n# C_ON=true\n", "env.sample": "B=1\n", "ex/compose.yml": "env: {D: 1}\n"}, ("ex/compose.yml",))
    assert found.given == {}
    assert found.mentioned == {
        "A": ".env.example:1 sets it",
        "B": "env.sample:1 sets it",
        "C_ON": ".env.example:3 shows it, commented out",
        "D": "ex/compose.yml:1 sets it",
    }


def test_an_example_that_the_deployment_uses_is_part_of_it() -> None:
    assert of({".env.example": "A=true\n", "compose.yml": "a: {env_file: .env.example}\n"}).given == {"A": "true"}
    assert of({".env.example": "A=true\n", "ex/compose.yml": "a: {env_file: ../.env.example}\n"}, ("ex/compose.yml",)).given == {}


def parts(found: Environment) -> dict[str, list[tuple[str, str]]]:
    return {name: [(part.folder, part.text) for part in rows] for name, rows in found.given.parts.items()}


SERVICE = """
services:
  api:
    build: {context: ./api}
    environment: {A: "true", SAME: "1"}
  worker:
    build: worker
    environment: [A=false, SAME=1]
  store:
    image: store:7
    environment: {B: "true"}
"""


def test_variables_of_a_service_hold_for_the_code_that_it_is_built_from() -> None:
    found = of({"compose.yml": SERVICE})
    assert found.given == {}
    assert parts(found) == {"A": [("api", "true"), ("worker", "false")], "SAME": [("api", "1"), ("worker", "1")]}
    assert found.mentioned["B"] == "compose.yml:11 sets it"
    assert found.suggested["A"] == {"true", "false"}


def test_a_service_of_the_whole_project() -> None:
    text = "services: {api: {build: {context: ..}, environment: {A: '1'}}, b: {build: ., environment: {B: '2'}}}\n"
    found = of({"deploy/compose.yml": text})
    assert (found.given, parts(found)) == ({"A": "1"}, {"B": [("deploy", "2")]})


def test_a_service_that_another_file_builds() -> None:
    found = of(
        {
            "compose.yml": "services: {api: {build: api, image: acme/api}, x: {image: other}}\n",
            "compose.prod.yml": "services: {api: {image: there/api, environment: {A: '1'}}, w: {image: acme/api, environment: {B: '2'}}}\n",
        }
    )
    assert parts(found) == {"A": [("api", "1")], "B": [("api", "2")]}


def test_what_a_service_takes_over() -> None:
    text = """
x-base: &base
  build: api
  environment: {A: "1", B: "1"}
services:
  api:
    <<: *base
  worker:
    extends: api
    environment: {B: "2"}
  far:
    build: https://acme.dev/far.git
    environment: {C: "1"}
"""
    found = of({"compose.yml": text})
    assert parts(found) == {"A": [("api", "1")], "B": [("api", "${B}")]}
    assert found.mentioned["C"] == "compose.yml:13 sets it"


def test_a_service_and_the_whole_that_do_not_agree() -> None:
    found = of({"Dockerfile": "ENV A=1\n", "compose.yml": "services: {api: {build: api, environment: {A: '2'}}}\n"})
    assert (found.given, parts(found)) == ({"A": "${A}"}, {"A": [("api", "${A}")]})


def test_a_service_of_which_it_is_not_said_what_it_is_built_from() -> None:
    more = "services: {api: {environment: {A: '1'}}, far: {environment: {B: '2'}}}\n"
    found = of({"compose.yml": "services: {api: {build: api}}\n", "deploy/compose/more.yml": more})
    assert (found.given, parts(found)) == ({}, {"A": [("api", "1")]})
    assert found.mentioned["B"] == "deploy/compose/more.yml:1 sets it"
