"""What may stand in the settings: checks them, and is the JSON Schema for editors."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from auditor.settings.types import Control, FailOn, Severity, Subject

MOST = 2000
LARGEST = 10**12
"""as in the language of the rules"""
Text = Annotated[str, Field(min_length=1, max_length=1000)]
Texts = Annotated[list[Text], Field(max_length=MOST)]
Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST, allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=lambda name: name.replace("_", "-"))


class Suppress(_Table):
    """A suppression of a rule for files."""

    path: Text = Field(description="Files as in .gitignore, from the folder of this file on.")
    rule: Text = Field(description="The id of the rule.")
    reason: str = Field("", description="Why; without a reason nothing is suppressed.")
    until: str | date = Field("", description="The last day on which it holds: a date without a time, such as 2027-01-31.")


class RuleTable(_Table):
    """What is changed of a rule."""

    severity: Severity | None = Field(None, description="How severe its findings are.")
    params: dict[str, bool | Whole | Number | str] = Field({}, description="Its thresholds; `agentaudit explain RULE` names them.")


class Declare(_Table):
    """A control that something outside of the code takes care of; it is shown as declared, never as passed."""

    control: Control = Field(description="What is taken care of; `agentaudit explain RULE` says which control answers a rule.")
    reason: Text = Field(description="By what, and how one can see it.")
    value: Number | str | None = Field(
        None,
        description="How much: deadline in seconds, retry in attempts, cap in tokens, bound in turns; others a number or a text.",
    )
    paths: Texts = Field([], description="Files as in .gitignore, from the folder of this file on; none: all.")
    nouns: list[Subject] = Field([], description="What it is a control of, as rules ask of it (`agentaudit nouns`); none: all.")


class Model(_Table):
    """Settings of agentaudit."""

    model_config = ConfigDict(title="agentaudit")

    select: Texts = Field([], description="Only these rules: an id, pack:NAME, severity:S, confidence:C or status:S.")
    ignore: Texts = Field([], description="Without these rules: selectors as in `select`.")
    exclude: Texts = Field([], description="Files that are left out, as in .gitignore.")
    fail_on: FailOn | None = Field(None, description="The severity from which a finding fails the gate; high where nothing is said.")
    fail_under: Percent | None = Field(None, description="Fail if the score is under this.")
    min_coverage: Percent | None = Field(None, description="Exit 3 if a smaller share of what was found could be decided.")
    suppress: list[Suppress] = Field([], max_length=MOST, description="Suppressions for whole files.")
    packs: Texts = Field([], description="Folders with rules of one's own, from the folder of this file on.")
    ruleset: Annotated[str, Field(pattern=r"^\d{4}\.\d{2}$")] | None = Field(
        None, description="The rules and score constants of a release, e.g. 2026.12: newer ones change nothing."
    )
    rules: dict[str, RuleTable] = Field({}, max_length=MOST, description="By the id of a rule: what is changed of it.")
    declare: list[Declare] = Field([], max_length=MOST, description="Controls that something outside of the code takes care of.")
