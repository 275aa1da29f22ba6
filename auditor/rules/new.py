"""A rule to begin with: two files that pass their own test."""

from __future__ import annotations

import json
from pathlib import Path

from auditor.core.problem import AuditError
from auditor.core.reader import LONGEST_NAME
from auditor.rules.load import ID
from auditor.rules.schema import rule_schema

SCHEMA = "rule.schema.json"
QUESTION = """\
# yaml-language-server: $schema={schema}
id: {id}
title: Model call that may take too long
severity: medium              # critical, high, medium, low or info
confidence: high              # high, medium or low; low never fails the gate
since: 0.1.0
status: stable                # preview is reported and never fails the gate
each: model_call              # of what the question is asked; `agentaudit nouns` shows all nouns and their fields
where: call == 'llm'          # which of them are in question
flag: deadline is absent or deadline > limit
measure: deadline             # the number that can get worse
params: {{limit: 30}}           # what settings may change
message: "one attempt may take {{deadline}}, more than {{limit}} s"
remedy: Pass a timeout to the call or to its client.
references: []
"""
PAGE = """\
# Model call that may take too long

## Why

Say what happens in production when this is not heeded, and to whom.

## Flagged

Each line that is found has a mark. The examples are run by `agentaudit rules test`.

```python
# /// script
# dependencies = ["openai==2.0.0"]
# ///
from openai import OpenAI

client = OpenAI(timeout=120)


def ask(text: str) -> str:
    messages = [{{"role": "user", "content": text}}]
    return client.chat.completions.create(model="gpt-4.1", messages=messages).choices[0].message.content  # flag: {id}
```

## Accepted

A block without a mark must be clean.

```python
from openai import OpenAI

client = OpenAI(timeout=20)


def ask(text: str) -> str:
    messages = [{{"role": "user", "content": text}}]
    return client.chat.completions.create(model="gpt-4.1", messages=messages).choices[0].message.content
```

## Cannot tell

What the code does not say is neither a finding nor a pass.

```python
from openai import OpenAI

from settings import load

client = OpenAI(timeout=load("timeout"))


def ask(text: str) -> str:
    messages = [{{"role": "user", "content": text}}]
    return client.chat.completions.create(model="gpt-4.1", messages=messages).choices[0].message.content  # unknown: {id}
```

## Known misses

None is known. A line that should be found and is not gets the mark `miss`.

## Remedy

Say how it is mended, with the code that is right.
"""


def write_rule(name: str, folder: Path) -> list[Path]:
    """The files that were written; AuditError where one is there already."""
    from auditor.rules.packs import builtin, rules_of

    if not ID.fullmatch(name) or len(name) > LONGEST_NAME:
        hint = f"small letters, digits and hyphens, at most {LONGEST_NAME}: slow-model-call"
        raise AuditError(f"{name[:LONGEST_NAME]!r} is no id of a rule", hint=hint)
    if any(rule.id == name for rule in rules_of([builtin()])):
        raise AuditError(f"the tool itself has a rule {name!r}", hint="choose another id")
    paths = [folder / f"{name}.yaml", folder / f"{name}.md"]
    for path in paths:
        if path.exists() or path.is_symlink():
            raise AuditError(f"{path} is there already", hint="choose another id, or edit it")
    schema = folder / SCHEMA
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths[0].write_text(QUESTION.format(id=name, schema=SCHEMA), "utf-8", newline="\n")
        paths[1].write_text(PAGE.format(id=name), "utf-8", newline="\n")
        if not schema.exists() and not schema.is_symlink():
            schema.write_text(json.dumps(rule_schema(), indent=1) + "\n", "utf-8", newline="\n")
            paths.append(schema)
    except OSError as error:
        raise AuditError(f"cannot write to {folder}: {error.strerror or error}") from error
    return paths
