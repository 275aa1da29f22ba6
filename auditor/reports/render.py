"""What makes each document of a report; a renderer is imported only once it is asked for."""

from __future__ import annotations

from auditor.reports.report import Report


def render(format: str, report: Report, *, include_suppressed: bool = False) -> str:
    """A document of any format but `text`, which depends on the terminal. `include_suppressed`: in SARIF, which leaves them out."""
    match format:
        case "json":
            from auditor.reports.json import render_json

            return render_json(report)
        case "sarif":
            from auditor.reports.sarif import render_sarif

            return render_sarif(report, include_suppressed=include_suppressed)
        case "github":
            from auditor.reports.github import render_github

            return render_github(report)
        case "gitlab":
            from auditor.reports.gitlab import render_gitlab

            return render_gitlab(report)
        case "markdown":
            from auditor.reports.markdown import render_markdown

            return render_markdown(report)
        case "agent":
            from auditor.reports.agent import render_agent

            return render_agent(report)
    raise ValueError(format)
