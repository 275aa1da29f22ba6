"""What tests of several folders share."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture
def own_time() -> Iterator[None]:
    """For tests that measure processor time: what earlier tests keep in memory is not gone through by the collector meanwhile."""
    gc.freeze()
    yield
    gc.unfreeze()
