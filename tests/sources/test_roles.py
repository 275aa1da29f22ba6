"""Roles by path."""

import pytest

from auditor.sources.roles import FileRole, role_of


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("app/agent.py", "production"),
        ("contest/agent.py", "production"),
        ("app/testing_tools.py", "production"),
        ("tests/agent.py", "test"),
        ("app/test_agent.py", "test"),
        ("app/agent_test.py", "test"),
        ("app/conftest.py", "test"),
        ("integration_tests/agent.py", "test"),
        ("examples/tests/x.py", "test"),
        ("tests/nb.ipynb", "test"),
        ("examples/agent.py", "example"),
        ("Demos/agent.py", "example"),
        ("cookbook/rag.ipynb", "example"),
        ("docs/conf.py", "example"),
        ("research/rag.ipynb", "notebook"),
        ("scripts/run.py", "script"),
        ("bin/run.py", "script"),
        ("../examples/run.py", "example"),
        ("archive/agent.py", "example"),
        ("app/archive/agent.py", "production"),
        ("python/schema_demo.py", "example"),
        ("demo.py", "example"),
        ("demo_agent.py", "example"),
        ("research/example-chat.ipynb", "notebook"),
        ("app/demography.py", "production"),
        ("fern/snippets/python/run.py", "example"),
    ],
)
def test_role(path: str, role: FileRole) -> None:
    assert role_of(path) == role


def test_a_pinned_file_is_a_script_unless_its_folder_says_otherwise() -> None:
    assert role_of("run.py", pinned=True) == "script"
    assert role_of("examples/run.py", pinned=True) == "example"
