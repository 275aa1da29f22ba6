"""Commands that files of a deployment start."""

import pytest

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
        ("docker-compose.test.yml", "services:\n  a:\n    command: acme run app.py\n", []),
        ("Dockerfile.dev", IMAGE, []),
        ("values.yml", "command: acme run app.py", []),
    ],
)
def test_what_is_started(path: str, text: str, commands: list[tuple[str, ...]]) -> None:
    assert read_commands(path, text) == commands
