"""Faults that are armed for a world's next responses."""

from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.fault.armed import LIMIT, Faults
from mockbot.fault.catalogue import Cut, Delay, Reset

CHAT, BOTS = "POST /api/v1/chat", "GET /api/v1/im/bots"


@pytest.fixture
def faults() -> Faults:
    return Faults(lambda: 0.0)


def test_a_fault_is_for_the_next_response(faults: Faults) -> None:
    faults.arm(Cut())
    assert faults.take(CHAT) == (Cut(),)
    assert faults.take(CHAT) == ()
    assert faults.list() == ()


def test_a_fault_is_for_the_next_few_responses(faults: Faults) -> None:
    faults.arm(Cut(), times=2)
    assert [faults.take(CHAT) for _ in range(3)] == [(Cut(),), (Cut(),), ()]


def test_a_fault_is_for_all_responses_until_it_is_disarmed(faults: Faults) -> None:
    identity = faults.arm(Cut(), times=None)
    assert [faults.take(CHAT) for _ in range(3)] == [(Cut(),)] * 3
    assert faults.disarm(identity)
    assert faults.take(CHAT) == ()


def test_a_fault_for_one_operation_ignores_the_others(faults: Faults) -> None:
    faults.arm(Cut(), operation=CHAT)
    assert faults.take(BOTS) == ()
    assert faults.take(CHAT) == (Cut(),)


def test_all_faults_that_are_due_are_for_the_same_response(faults: Faults) -> None:
    faults.arm(Delay())
    faults.arm(Cut())
    assert faults.take(CHAT) == (Delay(), Cut())


def test_the_next_faults_can_be_seen_without_using_them(faults: Faults) -> None:
    faults.arm(Delay(), skip=1)
    faults.arm(Cut(), operation=CHAT)
    assert (faults.next(CHAT), faults.next(BOTS)) == ((Cut(),), ())
    assert faults.take(CHAT) == (Cut(),)
    assert faults.next(BOTS) == (Delay(),)


def test_skip_puts_faults_one_after_another(faults: Faults) -> None:
    faults.arm(Cut(), times=2)
    faults.arm(Reset(), skip=2, operation=CHAT)
    assert [faults.take(operation) for operation in (CHAT, BOTS, CHAT, CHAT)] == [(Cut(),), (Cut(),), (), (Reset(),)]


def test_the_list_shows_what_is_left(faults: Faults) -> None:
    first = faults.arm(Cut(after=1), times=3, skip=1, operation=CHAT)
    second = faults.arm(Delay(2), times=None)
    faults.take(CHAT)
    faults.take(CHAT)
    assert [armed.as_json() for armed in faults.list()] == [
        {"id": first, "fault": {"name": "cut", "after": 1, "bytes": 0}, "left": 2, "operation": CHAT, "skip": 0},
        {"id": second, "fault": {"name": "delay", "seconds": 2}, "left": None, "operation": None, "skip": 0},
    ]


def test_a_fault_is_disarmed_once_and_ids_are_not_used_again(faults: Faults) -> None:
    first, second = faults.arm(Cut()), faults.arm(Reset())
    assert (first, second) == ("f1", "f2")
    assert faults.disarm(first)
    assert not faults.disarm(first)
    faults.clear()
    assert faults.list() == ()
    assert faults.arm(Cut()) == "f3"


@pytest.mark.parametrize(("numbers", "message"), [({"times": 0}, "`times` must"), ({"skip": -1}, "`skip` must")])
def test_invalid_numbers_are_rejected(faults: Faults, numbers: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        faults.arm(Cut(), **numbers)
    assert faults.list() == ()


def test_the_number_of_armed_faults_is_limited(faults: Faults) -> None:
    for _ in range(LIMIT):
        faults.arm(Cut())
    with pytest.raises(UserError, match=f"{LIMIT} faults are armed already"):
        faults.arm(Cut())
