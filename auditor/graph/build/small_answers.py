"""Requests whose answers are small by construction: filled into a schema, the arguments of one tool, or to a prompt that never changes."""

from __future__ import annotations

from auditor.core.values import Setting
from auditor.graph.build.answer_forms import answers_in_form, picks_one_tool
from auditor.graph.build.calls import Alternative
from auditor.graph.build.constant_prompts import constant_prompt
from auditor.graph.build.context import Build
from auditor.graph.types import ModelCall
from auditor.program.origins.types import Key

FILLED = "its answer is filled into a schema"
PICKED = "its answer is the arguments of the one tool that it has to call"
FIXED = "nothing goes into its prompt, which is always the same"


def small_answers(build: Build) -> None:
    """Fills `small_answer` of the model calls of which each form says so."""
    rows: dict[Key, list[Alternative]] = build.memo.get("call matches", {})  # type: ignore[assignment]
    for site, found in rows.items():
        node = build.graph.nodes.get(build.by_site.get(("model_call", site), ""))
        if not isinstance(node, ModelCall) or not found:
            continue
        if all(answers_in_form(build, row.match, site) for row in found):
            why = FILLED
        elif all(picks_one_tool(build, row.match, site) for row in found):
            why = PICKED
        elif node.call == "llm" and not node.offers_tools and all(constant_prompt(build, row.match, site) for row in found):
            why = FIXED
        else:
            continue
        build.change(node.id, small_answer=Setting(True, "inferred", at=node.at, why=why))
