"""All analyses of an agent graph, in their order."""

from __future__ import annotations

from auditor.analyses.budgets import budgets
from auditor.analyses.by_agent import by_agent
from auditor.analyses.by_client import by_client
from auditor.analyses.called import called
from auditor.analyses.coverage import coverage
from auditor.analyses.deadlines import deadlines
from auditor.analyses.effects import effects
from auditor.analyses.loops import loops
from auditor.analyses.on_loop import on_loop
from auditor.analyses.paths import make_paths
from auditor.analyses.programs import programs
from auditor.analyses.reach import reach
from auditor.analyses.recursion import recursions
from auditor.analyses.retries import faults_of, retries
from auditor.analyses.runs import runs
from auditor.analyses.scale import scale
from auditor.graph.graph import AgentGraph


def analyse(graph: AgentGraph) -> AgentGraph:
    """The graph with all that follows from its flow; the one that is given stays as it is."""
    graph = programs(recursions(graph))
    paths = make_paths(graph)
    graph = on_loop(runs(reach(graph, paths), paths), paths)
    faults = faults_of(graph)
    graph = deadlines(retries(graph, paths, faults), paths, faults)
    graph = scale(budgets(coverage(effects(by_agent(loops(graph, paths), paths), paths), paths), paths))
    return called(by_client(graph, paths))
