"""Several clients that can be behind one call: each goes with its own settings."""

from __future__ import annotations

from auditor.core.values import ABSENT, alternatives
from auditor.graph.types import ExternalCall
from auditor.knowledge.forms import Expect
from tests.knowledge.snippets import graph_of

ONE_OF_THREE = """
import os
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

kind = os.environ["KIND"]
if kind == "file":
    engine = create_engine("sqlite:///a.db")
elif kind == "mysql":
    engine = create_engine("mysql+pymysql://a")
else:
    engine = create_engine("postgresql://a")
Session = sessionmaker(bind=engine)

def store(row):
    Session().commit()
"""


def test_a_session_of_one_of_several_engines_goes_with_the_limit_of_each() -> None:
    graph = graph_of(Expect(code=ONE_OF_THREE))
    [call] = [n for n in graph.nodes.values() if isinstance(n, ExternalCall)]
    clients = [graph.nodes[str(row.value)].at.line for row in alternatives(call.client)]
    limits = [row.value for row in alternatives(call.deadline)]
    assert dict(zip(clients, limits, strict=True)) == {8: 5, 10: ABSENT, 12: ABSENT}
