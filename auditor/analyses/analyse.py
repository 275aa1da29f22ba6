"""All analyses of an agent graph, in their order."""

from __future__ import annotations

from auditor.analyses.budgets import budgets
from auditor.analyses.coverage import coverage
from auditor.analyses.deadlines import deadlines
from auditor.analyses.loops import loops
from auditor.analyses.paths import make_paths
from auditor.analyses.reach import reach
from auditor.analyses.retries import faults_of, retries
from auditor.analyses.runs import runs
from auditor.graph.types import AgentGraph


def analyse(graph: AgentGraph) -> AgentGraph:
    """The graph with all that follows from its flow; the one that is given stays as it is."""
    graph = runs(graph, make_paths(graph))
    paths = make_paths(graph)
    graph = reach(graph, paths)
    faults = faults_of(graph)
    for analysis in (retries, deadlines):
        graph = analysis(graph, paths, faults)
    for further in (loops, coverage, budgets):
        graph = further(graph, paths)
    return graph
