import pytest

from mockbot.jsontext import JSON
from mockbot.world.chats import CREATION_GAP, History, Sessions
from mockbot.world.clock import FrozenClock


def test_sessions_are_listed_by_user_last_updated_first() -> None:
    clock = FrozenClock()
    sessions = Sessions(clock, 10, 100_000)
    first = sessions.create("1", "alice")
    sessions.create("2", "alice")
    sessions.create("3", "bob")
    assert [row.session_id for row in sessions.of("alice")] == ["2", "1"]
    clock.advance(1)
    sessions.title(first, "First")
    assert [row.display_name for row in sessions.of("alice")] == ["First", None]
    assert sessions.of("Alice") == []


def test_a_new_session_was_updated_some_microseconds_after_it_was_created() -> None:
    row = Sessions(FrozenClock(), 10, 100_000).create("1", "alice")
    assert row.updated_at - row.created_at == pytest.approx(CREATION_GAP, abs=1e-6)


def test_a_platform_filters_unless_it_is_empty() -> None:
    sessions = Sessions(FrozenClock(), 10, 100_000)
    sessions.add("1", "alice", created_at=1, updated_at=1, platform_id="qq")
    sessions.create("2", "alice")
    assert [len(sessions.of("alice", platform)) for platform in (None, "", "qq", "QQ")] == [2, 2, 1, 0]


def test_sessions_are_bounded_titles_included() -> None:
    sessions = Sessions(FrozenClock(), 2, 5000)
    for number in range(3):
        sessions.create(str(number), "alice")
    assert [row.session_id for row in sessions.all()] == ["1", "2"]
    sessions.title(sessions.all()[1], "t" * 3000)
    assert [row.session_id for row in sessions.all()] == ["2"]
    assert (len(sessions), sessions.find("1")) == (1, None)


def test_messages_are_numbered_over_all_conversations() -> None:
    history = History(FrozenClock(), 10, 100_000)
    rows = [history.add(where, "user", [{"type": "plain", "text": where}]) for where in "abab"]
    assert [row.id for row in rows] == [1, 2, 3, 4]
    assert [row.id for row in history.of("b")] == [2, 4]
    assert history.find(3) is rows[2]


@pytest.mark.parametrize(
    ("wanted", "found"), [(1, True), ("1", True), (2, False), ("x", False), (1.5, False), ([], False)]
)
def test_a_message_is_found_by_its_number_or_its_digits(wanted: object, found: bool) -> None:
    history = History(FrozenClock(), 10, 100_000)
    history.add("a", "user", [])
    assert (history.find(wanted) is not None) is found


def test_a_messages_text_is_that_of_its_plain_parts() -> None:
    parts: list[dict[str, JSON]] = [{"type": "plain", "text": "a"}, {"type": "image"}, {"type": "plain", "text": "b"}]
    assert History(FrozenClock(), 10, 100_000).add("a", "bot", parts).text == "ab"


def test_history_is_bounded_by_number_and_bytes_and_numbers_continue() -> None:
    history = History(FrozenClock(), 2, 5000)
    for _ in range(3):
        history.add("a", "user", [])
    assert [row.id for row in history.all()] == [2, 3]
    history.add("a", "user", [{"type": "plain", "text": "x" * 3500}])
    assert [row.id for row in history.all()] == [4]


def test_several_conversations_are_forgotten_together() -> None:
    history = History(FrozenClock(), 100, 100_000)
    for number in range(6):
        history.add(f"c{number % 3}", "user", [])
    assert [row.id for row in history.forget("c0", "c2", "none")] == [1, 3, 4, 6]
    assert ([row.id for row in history.all()], history.last_id) == ([2, 5], 5)
