"""What a finding says is to be set is what the locked version has."""

from pathlib import Path

import pytest

from auditor import pipeline

CHAT = "from langchain_ollama import ChatOllama\n\nif __name__ == '__main__':\n    ChatOllama(model='m').invoke('hi')\n"


@pytest.mark.parametrize(
    ("locked", "told"),
    [
        ("0.1.1", "Set timeout in client_kwargs= of langchain-ollama 0.1.2 or later ("),
        ("0.1.3", "Set timeout in client_kwargs= of ChatOllama() ("),
        ("1.0.1", "Set timeout in client_kwargs= of ChatOllama() ("),
    ],
)
def test_an_argument_that_the_locked_version_has_not(locked: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"langchain-ollama=={locked}\n")
    (tmp_path / "main.py").write_text(CHAT)
    (found,) = [f for f in pipeline.scan([tmp_path]).findings if f.rule == "model-call-no-deadline"]
    assert found.remedy.startswith(told)
