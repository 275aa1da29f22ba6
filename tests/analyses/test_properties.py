"""What holds for all flows, recursive ones included."""

import random
from dataclasses import replace
from math import inf
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.analyses.analyse import analyse
from auditor.analyses.deadlines import rank
from auditor.core.values import UNBOUNDED, Setting, unknown
from tests.analyses.flows import FlowOf

NAMES = [f"f{i}" for i in range(7)]
ERRORS = st.sampled_from([("*",), (), ("ValueError",), ("OSError", "KeyError"), ("acme.Error",)])
TRIES = st.sampled_from([Setting(1), Setting(2), Setting(3), Setting(7)])
SECONDS = st.sampled_from([Setting(s, unit="seconds") for s in (1, 5, 30, 60)] + [unknown("read from a file")])


@st.composite
def flows(draw):
    flow = FlowOf()
    flow.entry("entry", "f0")
    flow.model(attempts=draw(TRIES), deadline=Setting(20))
    flow.external(attempts=draw(TRIES), framework="acme")
    for i in range(3):
        flow.retry(f"r{i}", draw(TRIES), on=draw(ERRORS))
        flow.deadline(f"d{i}", draw(SECONDS))
    flow.loop("loop", ends_on="model")
    flow.span("span")
    regions = st.lists(st.sampled_from(["r0", "r1", "r2", "d0", "d1", "d2", "loop", "span"]), max_size=3, unique=True)
    for name in NAMES:
        flow.function(name, *draw(regions))
    for _ in range(draw(st.integers(1, 14))):
        flow.call(draw(st.sampled_from(NAMES)), draw(st.sampled_from([*NAMES, "model", "http"])), *draw(regions))
    flow.call(draw(st.sampled_from(NAMES)), "model", *draw(regions))
    flow.call(draw(st.sampled_from(NAMES)), "http", *draw(regions))
    return flow


def least(setting):
    """What the total is at least; a total that is not known says nothing."""
    return inf if setting.value is UNBOUNDED else setting.number


def with_region(flow, where, region):
    """The same flow with one more region around a site, as its outermost, innermost or in between."""
    site, position = where
    site %= len(flow.graph.flow.sites)
    old = flow.graph.flow.sites[site]
    regions = list(old.regions)
    regions.insert(position % (len(regions) + 1), region)
    flow.graph.flow.sites[site] = replace(old, regions=tuple(regions))


WHERE = st.tuples(st.integers(0, 99), st.integers(0, 9))


@settings(max_examples=150, deadline=None)
@given(flows(), WHERE, TRIES, ERRORS)
def test_one_more_retry_never_lowers_the_attempts(flow, where, tries, on):
    before = flow.analysed()
    flow.retry("more", tries, on=on)
    with_region(flow, where, "more")
    after = flow.analysed()
    for name in ("model", "http"):
        assert least(after[name].total_attempts) >= least(before[name].total_attempts)


@settings(max_examples=150, deadline=None)
@given(flows(), WHERE, SECONDS)
def test_one_more_deadline_never_raises_the_limit(flow, where, seconds):
    before = flow.analysed()
    flow.deadline("more", seconds)
    with_region(flow, where, "more")
    after = flow.analysed()
    for name in ("model", "http"):
        assert rank(after[name].run_deadline) <= rank(before[name].run_deadline)


@settings(max_examples=100, deadline=None)
@given(flows(), st.randoms(use_true_random=False))
def test_the_order_of_the_sites_does_not_matter(flow, chance):
    before = flow.analysed()
    chance.shuffle(flow.graph.flow.sites)
    flow.graph.nodes = dict(chance.sample(sorted(flow.graph.nodes.items()), len(flow.graph.nodes)))
    flow.graph.flow.functions = dict(chance.sample(sorted(flow.graph.flow.functions.items()), len(flow.graph.flow.functions)))
    assert flow.analysed() == before


@settings(max_examples=60, deadline=None)
@given(flows())
def test_the_total_is_the_product_of_the_layers_that_count(flow):
    for name in ("model", "http"):
        call = flow.analysed()[name]
        product = 1
        for layer in call.layers:
            product *= 1 if layer.same_errors is False else layer.attempts.number
        assert call.total_attempts.number == product


@settings(max_examples=60, deadline=None)
@given(flows())
def test_analysing_leaves_the_graph_as_it_is(flow):
    nodes, sites = dict(flow.graph.nodes), list(flow.graph.flow.sites)
    analyse(flow.graph)
    assert (flow.graph.nodes, flow.graph.flow.sites) == (nodes, sites)


def layered(functions, width):
    """Layers of functions that all call three of the next layer, and one of the first again: more paths than can be counted."""
    flow = FlowOf()
    flow.entry("entry", "f0")
    chance = random.Random(1)
    for i in range(20):
        flow.retry(f"r{i}", 2)
        flow.deadline(f"d{i}", 60)
        flow.model(f"m{i}", attempts=Setting(3), deadline=Setting(20))
    for i in range(functions - width):
        following = i - i % width + width
        for _ in range(3):
            region = (f"r{i % 20}", f"d{i % 20}") if i % 50 == 0 else ()
            flow.call(f"f{i}", f"f{following + chance.randrange(width)}", *region)
        if i % 97 == 0:
            flow.call(f"f{i}", f"f{chance.randrange(width)}")
    for i in range(20):
        flow.call(f"f{functions - width + i % width}", f"m{i}")
    return flow


def test_the_cost_is_linear_in_the_flow():
    seconds = []
    for functions in (2_000, 8_000):
        flow = layered(functions, 40)
        start = process_time()
        flow.analysed()
        seconds.append(process_time() - start)
    assert seconds[1] < 12 * seconds[0]


def test_a_chain_of_calls_deeper_than_the_stack():
    flow = FlowOf()
    flow.entry("entry", "f0")
    for i in range(20_000):
        flow.call(f"f{i}", f"f{i + 1}")
    flow.model(attempts=Setting(2))
    flow.call("f20000", "model")
    call = flow.analysed()["model"]
    assert call.total_attempts.number == 2
    assert len(call.trace) < 60
