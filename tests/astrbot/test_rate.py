import pytest

from mockbot.astrbot.installation import RateLimit
from mockbot.astrbot.rate import RateLimits

STALL, DISCARD = RateLimit(2, 60), RateLimit(2, 60, "discard")


def test_more_messages_than_the_window_allows_wait_in_turn() -> None:
    rates = RateLimits()
    assert [rates.wait("s", STALL, now) for now in (0, 10, 20, 20)] == [0, 0, 40.3, 50.3]


def test_a_window_moves_on() -> None:
    rates = RateLimits()
    assert [rates.wait("s", STALL, now) for now in (0, 10, 61, 71)] == [0, 0, 0, 0]


def test_a_discarded_message_does_not_count() -> None:
    rates = RateLimits()
    assert [rates.wait("s", DISCARD, now) for now in (0, 10, 20, 59, 60)] == [0, 0, None, None, 0]


def test_sessions_do_not_share() -> None:
    rates = RateLimits()
    assert [rates.wait(session, DISCARD, 0) for session in "aabb"] == [0, 0, 0, 0]


def test_no_limit() -> None:
    rates = RateLimits()
    assert [rates.wait("s", RateLimit(0), 0) for _ in range(100)] == [0.0] * 100


def test_the_number_of_sessions_is_bounded_even_if_the_clock_is_frozen() -> None:
    rates = RateLimits(sessions=3, size=10_000)
    for number in range(10):
        rates.wait(f"s{number}", STALL, 0)
    assert len(rates) == 3
    rates.wait("s" * 10_000, STALL, 0)
    assert len(rates) == 3


def test_of_too_many_sessions_the_oldest_is_forgotten() -> None:
    rates = RateLimits(sessions=2)
    once = RateLimit(count=1, strategy="discard")
    assert [rates.wait(name, once, 0.0) for name in ("a", "b")] == [0.0, 0.0]
    assert [rates.wait(name, once, 0.0) for name in ("a", "b")] == [None, None]
    assert rates.wait("c", once, 0.0) == 0.0
    assert [rates.wait(name, once, 0.0) for name in ("b", "c")] == [None, None]
    assert rates.wait("a", once, 0.0) == 0.0


def test_the_messages_of_a_session_count_as_bytes() -> None:
    many = RateLimit(1000, 60)
    rates = RateLimits(size=60_000)
    for _ in range(1000):
        assert rates.wait("a", many, 0.0) == 0.0
    assert len(rates) == 1
    for number in range(30):
        rates.wait(f"b{number}", many, 0.0)
    assert len(rates) < 31
    assert rates.wait("a", RateLimit(1, 60, "discard"), 0.0) == 0.0  # the messages of `a` are forgotten


def test_sessions_have_a_limit_of_bytes_that_no_one_sets() -> None:
    rates, long = RateLimits(), "x" * 1_000_000
    for number in range(20):
        rates.wait(f"{number}{long}", STALL, 0.0)
    assert 1 <= len(rates) < 5


def test_a_message_that_waits_takes_its_place_in_the_window() -> None:
    rates = RateLimits()
    waits = [rates.wait("s", RateLimit(1, 60), now) for now in (0, 0, 0, 120.6)]
    assert waits == [0, 60.3, 120.6, pytest.approx(60.3)]
