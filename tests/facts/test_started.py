"""Commands that files of a deployment start."""

import pytest

from auditor.facts.config import read_config
from auditor.facts.started import read_commands

IMAGE = """FROM python:3.12
RUN pip install acme
ENTRYPOINT ["acme", "run", \\
  "app.py"]
CMD --port 80
"""


@pytest.mark.parametrize(
    ("path", "text", "commands"),
    [
        ("Dockerfile", IMAGE, [("acme", "run", "app.py"), ("--port", "80")]),
        ("web/app.Dockerfile", "cmd sh -c 'acme run app.py'", [("sh", "-c", "acme", "run", "app.py")]),
        ("Procfile", "web: acme run app.py\n", [("acme", "run", "app.py")]),
        ("docker-compose.yml", "services:\n  a:\n    command: [acme, run, app.py]\n", [("acme", "run", "app.py")]),
        (
            "compose.yml",
            "services:\n  a:\n    command:\n      - acme\n      - run app.py\n    x: 1\n    y:\n      - b\n",
            [("acme", "run", "app.py")],
        ),
        ("compose/base.yml", "services:\n  a:\n    entrypoint: acme run app.py\n", [("acme", "run", "app.py")]),
        ("docker-compose.test.yml", "services:\n  a:\n    command: acme run app.py\n", []),
        ("Dockerfile.dev", IMAGE, []),
        ("values.yml", "command: acme run app.py", []),
        ("template.yaml", "Type: AWS::Serverless::Function\nProperties:\n  Handler: app.web.handler # x\n", [("app.web.handler",)]),
        ("serverless.yml", "service: a\nfunctions:\n  a:\n    handler: 'src/app.run'\n", [("src/app.run",)]),
        ("ingress.yml", "kind: Ingress\nspec:\n  handler: app.run\n", []),
    ],
)
def test_what_is_started(path: str, text: str, commands: list[tuple[str, ...]]) -> None:
    assert read_commands(path, text) == commands


def test_tasks_of_a_project() -> None:
    text = """
[tool.runner.tasks]
serve = "acme-run python app.py"
work = {cmd = "acme-run python work.py", help = "x"}
check = ["a", "b"]
[tool.poet.scripts]
app = "pkg.app:main"
"""
    assert read_config("pyproject.toml", text).commands == [("acme-run", "python", "app.py"), ("acme-run", "python", "work.py")]
