"""Attempts along the worst path."""

import pytest

from auditor.core.values import ABSENT, UNBOUNDED, Raises, Setting, Unknown, unknown
from tests.analyses.flows import FlowOf, one_of, shown


@pytest.fixture
def flow():
    made = FlowOf()
    made.entry("entry", "main")
    return made


def layers(call):
    return [(layer.mechanism, shown(layer.attempts), layer.same_errors) for layer in call.layers]


def steps(noun):
    return [(step.at.line, step.times) for step in noun.trace if step.times is not None]


def test_layers_multiply_from_the_inside_out(flow):
    flow.client("client")
    flow.model(attempts=Setting(6), client=Setting("client"))
    flow.retry("decorator", 5)
    flow.retry("loop", 3, mechanism="loop")
    flow.function("ask", "decorator")
    flow.call("main", "ask", "loop")
    flow.call("ask", "model")
    nodes = flow.analysed()
    call = nodes["model"]
    assert shown(call.total_attempts) == 90
    assert layers(call) == [("sdk", 6, True), ("decorator", 5, True), ("loop", 3, True)]
    assert steps(call) == [(nodes[n].at.line, t) for n, t in (("loop", "3"), ("decorator", "5"), ("client", "6"))]
    assert call.trace[0].at == nodes["entry"].at
    assert any(step.at == call.at for step in call.trace)
    assert nodes["loop"].repeats_paid_work and nodes["decorator"].repeats_paid_work


@pytest.mark.parametrize(("attempts", "told"), [(1, False), (2, True)])
def test_what_tries_once_is_no_step(flow, attempts, told):
    flow.model(attempts=Setting(3))
    flow.retry("decorator", attempts)
    flow.call("main", "model", "decorator")
    nodes = flow.analysed()
    assert (nodes["decorator"].at in [step.at for step in nodes["model"].trace]) is told


@pytest.mark.parametrize(("value", "asks"), [(Raises("it is gone"), False), (Unknown("it is not known"), True)])
def test_what_only_raises_is_tried_again_at_no_cost(flow, value, asks):
    flow.model(attempts=Setting(value))
    flow.retry("loop", UNBOUNDED, mechanism="loop")
    flow.call("main", "model", "loop")
    nodes = flow.analysed()
    call, retry, entry = nodes["model"], nodes["loop"], nodes["entry"]
    assert shown(call.total_attempts) == ("unbounded" if asks else "unknown")
    assert [layer.name for layer in call.layers] == (["model", "loop"] if asks else ["loop"])
    assert (retry.repeats_paid_work, retry.asks_model) == (asks, asks)
    assert shown(entry.over_limit) == ("unbounded" if asks else "absent")
    assert entry.calls_model


def test_a_call_that_sends_beside_one_that_only_raises(flow):
    flow.model(attempts=Setting(Raises("it is gone")))
    flow.model("other", attempts=Setting(1))
    flow.retry("loop", UNBOUNDED, mechanism="loop")
    flow.call("main", "model", "loop")
    flow.call("main", "other", "loop")
    nodes = flow.analysed()
    assert [shown(nodes[n].total_attempts) for n in ("model", "other")] == ["unknown", "unbounded"]
    assert nodes["loop"].repeats_paid_work
    assert shown(nodes["entry"].over_limit) == "unbounded"


def test_the_worst_of_two_paths(flow):
    flow.model(attempts=Setting(2))
    flow.retry("small", 2)
    flow.retry("large", 4)
    flow.call("main", "ask", "small")
    flow.call("main", "other")
    flow.call("other", "ask", "large")
    flow.call("ask", "model")
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == 8
    assert [layer.name for layer in call.layers] == ["model", "large"]


@pytest.mark.parametrize(
    ("attempts", "around", "total"),
    [
        (Setting(3), Setting(UNBOUNDED), "unbounded"),
        (Setting(3), unknown("read from a file"), "unknown"),
        (unknown("read from a file"), Setting(UNBOUNDED), "unbounded"),
        (Setting(ABSENT, "absent"), Setting(4), 4),
        (Setting(1), Setting(4), 4),
        (Setting(3), Setting(1), 3),
        (Setting(3), Setting(ABSENT, "absent"), "unknown"),
        (one_of(3, 1), Setting(2), [6, 2]),
        (one_of(3, 1, 3, group="calls"), Setting(2), [6, 2, 6]),
        (one_of(3, UNBOUNDED), Setting(2), "unbounded"),
        (Setting(10**400), Setting(2), "unbounded"),
        (Setting(10**7), Setting(10**7), "unbounded"),
    ],
)
def test_states(flow, attempts, around, total):
    flow.model(attempts=attempts)
    flow.retry("retry", around)
    flow.call("main", "model", "retry")
    assert shown(flow.analysed()["model"].total_attempts) == total


def test_a_large_number_beats_an_unknown_one_and_an_unknown_one_beats_nothing(flow):
    flow.model("one", attempts=Setting(3))
    flow.model("two", attempts=Setting(3))
    flow.retry("large", 5)
    flow.retry("unsure", unknown("read from a file"))
    flow.call("main", "one", "large")
    flow.call("main", "one", "unsure")
    flow.call("main", "two")
    flow.call("main", "two", "unsure")
    nodes = flow.analysed()
    assert shown(nodes["one"].total_attempts) == 15
    assert shown(nodes["two"].total_attempts) == "unknown"


@pytest.mark.parametrize("fields", [{"applied": False}, {"mechanism": "accidental"}])
def test_what_does_not_multiply(flow, fields):
    flow.model(attempts=Setting(3))
    flow.retry("retry", 5, **fields)
    flow.call("main", "model", "retry")
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == 3
    assert len(call.layers) == 1


@pytest.mark.parametrize(
    ("on", "same", "total"),
    [
        (("*",), True, 12),
        (("Exception",), True, 12),
        (("builtins.Exception",), True, 12),
        ((), None, 12),
        (("ValueError",), False, 3),
        (("json.JSONDecodeError", "KeyError"), False, 3),
        (("ConnectionError",), None, 12),
        (("asyncio.TimeoutError",), None, 12),
        (("acme.RateLimitError",), True, 12),
        (("other.RateLimitError",), False, 3),
        (("ParseError",), None, 12),
        (("ValueError", "acme.ApiError"), True, 12),
    ],
)
def test_errors_that_a_layer_retries(flow, on, same, total):
    flow.model(attempts=Setting(3), framework="acme-sdk", provider="acme")
    flow.model("foreign", framework="other", provider="other")
    flow.retry("retry", 4, on=on)
    flow.call("main", "model", "retry")
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == total
    assert layers(call)[1] == ("decorator", 4, same)


def test_a_retry_after_a_refusal_does_not_multiply_those_of_the_client(flow):
    flow.model(attempts=Setting(3), framework="acme-sdk", provider="acme")
    flow.retry("compacting", 4, on=("acme.BadRequestError",), refused=True)
    flow.call("main", "model", "compacting")
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == 3
    assert layers(call)[1] == ("decorator", 4, False)


def test_a_worse_path_is_not_hidden_by_one_that_retries_other_errors(flow):
    flow.model(attempts=Setting(3))
    flow.retry("parsing", 10, on=("ValueError",))
    flow.retry("anything", 3)
    flow.call("main", "ask", "parsing")
    flow.call("main", "ask", "anything")
    flow.call("ask", "model")
    assert shown(flow.analysed()["model"].total_attempts) == 9


def test_two_layers_for_different_errors_do_not_multiply(flow):
    flow.model()
    flow.retry("inner", 4, on=("KeyError",))
    flow.retry("outer", 5, on=("ConnectionError",))
    flow.call("main", "model", "inner", "outer")
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == 5
    assert layers(call) == [("decorator", 4, False), ("decorator", 5, True)]


def test_a_retry_inside_a_recursion_counts_once(flow):
    flow.model(attempts=Setting(2))
    flow.retry("retry", 3)
    flow.call("main", "walk")
    flow.call("walk", "walk")
    flow.call("walk", "deeper", "retry")
    flow.call("deeper", "walk")
    flow.call("deeper", "model")
    assert shown(flow.analysed()["model"].total_attempts) == 6


def test_recursion_is_no_retry(flow):
    flow.model(attempts=Setting(2))
    flow.retry("retry", 3)
    flow.call("main", "ask")
    flow.call("ask", "ask", "retry")
    flow.call("ask", "model")
    assert shown(flow.analysed()["model"].total_attempts) == 2


def test_tests_are_no_callers_and_unreached_code_begins_where_nobody_calls():
    flow = FlowOf()
    flow.model(attempts=Setting(2))
    flow.retry("in the test", 9, path="tests/test_ask.py")
    flow.retry("retry", 3)
    flow.function("test_ask", path="tests/test_ask.py")
    flow.call("test_ask", "ask", "in the test", path="tests/test_ask.py")
    flow.call("helper", "ask", "retry")
    flow.call("ask", "model")
    call = flow.analysed()["model"]
    assert (shown(call.total_attempts), call.role, call.reached) == (6, "library", ())


def test_paths_of_unreached_code_do_not_count_for_reached_code(flow):
    flow.model(attempts=Setting(2))
    flow.retry("retry", 3)
    flow.call("main", "ask")
    flow.call("unused", "ask", "retry")
    flow.call("ask", "model")
    assert shown(flow.analysed()["model"].total_attempts) == 2


def test_a_call_outside_of_the_flow():
    flow = FlowOf()
    flow.model(attempts=Setting(3))
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == 3
    assert layers(call) == [("sdk", 3, True)]


def test_many_kinds_of_errors_are_not_told_apart(flow):
    flow.model(attempts=Setting(2))
    for number in range(60):
        flow.retry(f"r{number}", 2, on=(f"package{number}.Error",))
        flow.call("main", "model", f"r{number}")
    assert shown(flow.analysed()["model"].total_attempts) == 4


def test_many_layers(flow):
    flow.model()
    inner = "main"
    for number in range(2_000):
        flow.retry(f"r{number}", 2)
        flow.call(inner, f"f{number}", f"r{number}")
        flow.call(f"f{number}", "model")
        inner = f"f{number}"
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == "unbounded"
    assert len(call.layers) <= 40


def test_what_production_reaches_is_not_judged_by_an_example_of_it(flow):
    flow.entry("try", "example", role="example")
    flow.model(attempts=Setting(2))
    flow.retry("around", 9)
    flow.call("main", "model")
    flow.call("example", "model", "around")
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == 2
    assert call.reached == ("entry", "try")


def test_what_only_an_example_reaches_is_judged_there():
    flow = FlowOf()
    flow.entry("try", "example", role="example")
    flow.model(attempts=Setting(2))
    flow.retry("around", 9)
    flow.call("example", "model", "around")
    assert shown(flow.analysed()["model"].total_attempts) == 18


@pytest.mark.parametrize(
    ("on", "total"), [("requests.HTTPError", 3), ("httpx.ReadError", 15), ("acme.AcmeError", 15), ("unheard.Error", 15), ("AppError", 15)]
)
def test_a_layer_on_errors_that_a_failed_request_never_comes_out_as_is_none(flow, on, total):
    flow.graph.raises = {"acme": frozenset(["httpx"]), "requests": frozenset(), "httpx": frozenset()}
    flow.model(attempts=Setting(3), framework="acme")
    flow.retry("decorator", 5, on=(on,))
    flow.call("main", "model", "decorator")
    assert shown(flow.analysed()["model"].total_attempts) == total


@pytest.mark.parametrize(
    ("on", "raised", "paid"),
    [
        (("other.Error", "other.sub.Slow"), [], False),
        (("other.Error", "acme.AcmeError"), [], True),
        (("other.Error", "TimeoutError"), [], True),
        (("other.Error",), ["other"], True),
        (("unheard.Error",), [], True),
        ((), [], True),
    ],
)
def test_a_retry_on_errors_of_another_package_repeats_nothing(flow, on, raised, paid):
    flow.graph.raises = {"acme": frozenset(["httpx", *raised]), "other": frozenset()}
    flow.model(framework="acme")
    flow.retry("decorator", UNBOUNDED, on=on)
    flow.call("main", "model", "decorator")
    nodes = flow.analysed()
    assert nodes["decorator"].repeats_paid_work is paid
    assert (shown(nodes["model"].total_attempts) == "unbounded") is paid


def test_what_has_a_limit_is_counted_apart_from_what_has_none(flow):
    flow.model(attempts=Setting(3))
    flow.retry("inner", 4)
    flow.retry("endless", UNBOUNDED)
    flow.retry("other", 7)
    flow.call("main", "ask", "endless")
    flow.call("main", "beside", "other")
    flow.call("ask", "model", "inner")
    flow.model("alone", attempts=Setting(3))
    flow.call("ask", "alone")
    flow.call("beside", "alone")
    flow.model("apart", attempts=Setting(3))
    flow.call("beside", "apart")
    nodes = flow.analysed()
    assert [shown(nodes[n].total_attempts) for n in ("model", "alone", "apart")] == ["unbounded", "unbounded", 21]
    assert [(nodes[n].endless, nodes[n].limited_attempts) for n in ("model", "alone", "apart")] == [(True, 12), (True, 21), (False, 0)]


@pytest.mark.parametrize(
    ("on", "total"),
    [
        (("httpx.ConnectError",), 5),
        (("httpx.ConnectError", "TimeoutError"), 5),
        # What may also come of the library's own error goes round again.
        (("httpx.ConnectError", "Exception"), 15),
        (("tenacity.RetryError",), 15),
        (("*",), 15),
        ((), 15),
        (("Busy",), 15),
    ],
)
def test_a_retry_that_ends_in_its_own_error_is_repeated_only_after_that(flow, on, total):
    flow.external(framework="httpx")
    flow.retry("outer", 3, on=on)
    flow.retry("inner", 5, on=("httpx.ConnectError",), ends_in="tenacity.RetryError")
    flow.call("main", "ask", "outer")
    flow.call("ask", "http", "inner")
    call = flow.analysed()["http"]
    assert shown(call.total_attempts) == total
    assert [layer.same_errors is not False for layer in call.layers] == [True, total == 15]


def test_a_retry_that_does_not_repeat_a_failure_lets_it_through_as_it_is(flow):
    flow.external(framework="httpx")
    flow.retry("outer", 8, on=("httpx.ConnectError",))
    flow.retry("inner", 5, on=("ValueError",), ends_in="tenacity.RetryError")
    flow.call("main", "ask", "outer")
    flow.call("ask", "http", "inner")
    assert shown(flow.analysed()["http"].total_attempts) == 8


@pytest.mark.parametrize(("picks", "same"), [(False, True), (True, None)])
def test_what_looks_at_the_failure_may_not_try_again_after_what_the_client_did(flow, picks, same):
    flow.model(attempts=Setting(3))
    flow.retry("outer", 4, on=("*",), picks=picks)
    flow.call("main", "model", "outer")
    call = flow.analysed()["model"]
    assert shown(call.total_attempts) == 12
    assert [layer.same_errors for layer in call.layers] == [True, same]
