"""The same report gives the same bytes in every format, whatever the order of hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DOCUMENTS = """
import hashlib
from auditor.reports.agent import render_agent
from auditor.reports.github import render_github, step_summary
from auditor.reports.gitlab import render_gitlab
from auditor.reports.json import render_json
from auditor.reports.markdown import render_markdown
from auditor.reports.terminal import render_terminal
from tests.reports import sample

for made in (sample.report(), sample.compared(), sample.baselined(), sample.many(50)):
    for render in (render_agent, render_github, step_summary, render_gitlab, render_json, render_markdown, render_terminal):
        print(render.__name__, hashlib.sha256(render(made).encode()).hexdigest())
"""


def test_every_format_is_deterministic():
    root = Path(__file__).parents[2]
    made = {
        subprocess.run(
            [sys.executable, "-c", DOCUMENTS], cwd=root, env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }  # fmt: skip
    assert len(made) == 1
    assert len(made.pop().splitlines()) == 28
