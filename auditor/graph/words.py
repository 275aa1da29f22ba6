"""What the nouns and their fields mean, from the words that stand with them."""

from __future__ import annotations

import inspect
import re

from auditor.graph.types import Noun


def summary_of(noun: type[Noun]) -> str:
    """What it is, in a sentence or two."""
    text = inspect.cleandoc(noun.__doc__ or "")
    return re.split(r"\n\n|(?<=\.) (?=`)", text, maxsplit=1)[0].replace("\n", " ")
