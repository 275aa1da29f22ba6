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
