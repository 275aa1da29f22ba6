"""Jobs of workflow files: how long they may take and what they start."""

import pytest

from auditor.facts.jobs import read_jobs

WORKFLOW = """
on: push
jobs:
  heal:
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - run: python scripts/heal.py --base "$BASE"
      - run: |
          cd tools
          uv run python -m pkg.report > out.txt
        timeout-minutes: 3
  slow:
    defaults: {run: {working-directory: ./services}}
    steps:
      - run: python ./main.py
  open:
    timeout-minutes: ${{ inputs.minutes }}
    steps:
      - run: python other.py
      - run: echo nothing
"""


def rows(text: str, path: str = ".github/workflows/ci.yml") -> list[tuple[str, float, int, list[str]]]:
    return [(job.name, job.minutes, job.line, sorted(job.files)) for job in read_jobs(path, text)]


def test_limits_and_files() -> None:
    assert rows(WORKFLOW) == [
        ("heal", 10, 5, ["scripts/heal.py"]),
        ("heal", 3, 12, ["pkg/report.py", "pkg/report/__main__.py"]),
        ("slow", 360, 13, ["services/main.py"]),
    ]
    assert rows(WORKFLOW, "deploy/ci.yml") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jobs: [",
        "jobs: 1",
        "jobs: {a: 1, b: {steps: 2}, c: {steps: [3, {run: [x.py]}]}}",
        "a: &a [*a]",
        "jobs: {a: {defaults: 3}}",
        "[" * 99,
    ],
)
def test_what_is_no_workflow_has_none(text: str) -> None:
    assert rows(text) == []
