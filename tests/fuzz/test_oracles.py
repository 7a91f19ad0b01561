"""What a client did wrong, decided from what was sent, asked and shown."""

from dataclasses import replace

import pytest

from mockbot.behaviour import Behaviour
from mockbot.fault.catalogue import Cut, Delay, Redirect, Status
from mockbot.fault.fault import Fault
from mockbot.fuzz.clients.client import Shown
from mockbot.fuzz.expected import Habits
from mockbot.fuzz.oracles import failures
from mockbot.journal.finding import Finding as Mistake
from tests.fuzz.test_expected import END, HABITS, A, stream

LEGAL, VIOLATION = Delay(), Cut()
GOOD = stream(A, END)
CUT = replace(GOOD, complete=False, ended="closed")
REFUSED = replace(stream(), status=503)


def found(
    fault: Fault | None, sent: object, shown: Shown, habits: Habits = HABITS, times: int | None = None
) -> list[str]:
    behaviour = Behaviour(faults=(fault,) if fault else (), times=times)
    responses = sent if isinstance(sent, tuple) else (sent,)
    return [each.oracle for each in failures(behaviour, responses, shown, (), habits)]


@pytest.mark.parametrize("fault", [None, LEGAL])
def test_a_legal_response_gives_exactly_its_events(fault: Fault | None) -> None:
    assert found(fault, GOOD, Shown("ok", (A, END))) == []
    assert found(fault, GOOD, Shown("ok", (A,))) == ["events"]
    assert found(fault, GOOD, Shown("error", (A,), "ValueError")) == ["error"]


def test_without_reported_events_only_the_exit_status_counts() -> None:
    silent = replace(HABITS, reports=False)
    assert found(LEGAL, GOOD, Shown("ok", None), silent) == []
    assert found(LEGAL, GOOD, Shown("error", None, "exit 1"), silent) == ["error"]


def test_a_violation_is_an_error_and_never_success() -> None:
    assert found(VIOLATION, CUT, Shown("error", (A,), "ReadError")) == []
    assert found(VIOLATION, CUT, Shown("ok", (A,))) == ["silence"]


@pytest.mark.parametrize("fault", [LEGAL, VIOLATION])
@pytest.mark.parametrize("ended", ["crash", "hang"])
def test_a_client_neither_dies_nor_waits_for_ever(fault: Fault, ended: str) -> None:
    assert found(fault, GOOD, Shown(ended, (A, END), "SIGSEGV")) == [ended]  # type: ignore[arg-type]


def test_a_client_may_try_a_refused_request_again() -> None:
    refused = Status(503)
    assert found(refused, (REFUSED, GOOD), Shown("ok", (A, END)), times=1) == []
    assert found(refused, (REFUSED, GOOD), Shown("ok", ()), times=1) == ["events"]
    assert found(refused, REFUSED, Shown("error", (), "HTTPError"), times=1) == []
    assert found(refused, REFUSED, Shown("ok", ()), times=1) == ["silence"]


def test_a_client_that_gives_up_a_response_without_end_has_had_it_all() -> None:
    lingering = replace(GOOD, complete=False, ended="left")
    assert found(LEGAL, lingering, Shown("error", (A, END), "ReadTimeout")) == []
    assert found(LEGAL, lingering, Shown("error", (A,), "ReadTimeout")) == ["error"]


def test_a_request_that_must_not_be_repeated_is_a_failure_of_its_own() -> None:
    again = Mistake("chat-resent", "error", "the same message was sent again", ("e1", "e2"), "POST /api/v1/chat")
    shown = Shown("error", (), "ReadError")
    assert [each.oracle for each in failures(Behaviour(faults=(VIOLATION,)), (CUT,), shown, (again,), HABITS)] == [
        "repeat"
    ]
    warning = replace(again, severity="warning")
    assert failures(Behaviour(faults=(VIOLATION,)), (CUT,), shown, (warning,), HABITS) == ()


def test_an_error_without_a_report_of_events_is_not_excused() -> None:
    assert found(LEGAL, GOOD, Shown("error", None, "ValueError")) == ["error"]


def test_a_redirect_that_was_not_followed_is_not_success() -> None:
    redirected = replace(stream(), status=307)
    assert found(Redirect(), redirected, Shown("ok", ()), times=1) == ["silence"]
    assert found(Redirect(), redirected, Shown("error", (), "HTTPError"), times=1) == []
    assert found(Redirect(), (redirected, GOOD), Shown("ok", (A, END)), times=1) == []
    assert found(Redirect(), (redirected, GOOD), Shown("ok", (A, A, END)), times=1) == ["events"]
