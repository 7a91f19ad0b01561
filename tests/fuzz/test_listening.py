"""A run without a client: the next class is played when a request was made and its response has ended."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from mockbot.cli.main import main
from mockbot.fuzz.clients.client import Task
from mockbot.fuzz.fuzzer import Options
from mockbot.fuzz.listening import listen
from mockbot.fuzz.report import FuzzReport
from mockbot.fuzz.reports.phrases import summary
from mockbot.fuzz.reports.text import text
from mockbot.settings import Settings
from tests.fuzz.readers import asks_again, right

pytestmark = pytest.mark.slow


class Person:
    """Reads the lines, and sends a chat message after each that asks for one."""

    def __init__(self, chat: Callable[[Task], object] = right, most: int = 99) -> None:
        self.chat, self.most = chat, most
        self.lines: list[str] = []
        self.threads: list[threading.Thread] = []
        self.server, self.key = "", ""

    def say(self, line: str) -> None:
        self.lines.append(line)
        if line.startswith("server: "):
            _, self.server, _, self.key = line.split()
        elif "open the client" in line or "reload the page" in line:
            if len(self.threads) >= self.most:
                raise KeyboardInterrupt
            self.threads.append(threading.Thread(target=self._chats))
            self.threads[-1].start()

    def _chats(self) -> None:
        with suppress(Exception):
            self.chat(Task("1", self.server, self.key, 4))

    @property
    def asked(self) -> list[str]:
        return [line.partition(";")[0] for line in self.lines if "reload the page" in line]


@contextmanager
def played(person: Person, *only: str, known: dict[str, str] | None = None) -> Iterator[FuzzReport]:
    yield listen(Options(only=only, deadline=2, known=known or {}), Settings(), person.say)
    for thread in person.threads:
        thread.join()


def test_each_class_is_played_and_counted_as_met() -> None:
    person = Person()
    with played(person, "A3", "B2", "D9") as report:
        assert person.asked == [
            "1 of 2: A3 CRLF line ends",
            "2 of 2: B2 a clean end without the event that ends the reply",
        ]
        assert [(each.id, each.applies, each.met, each.survived) for each in report.classes] == [
            ("A3", True, 1, None),
            ("B2", True, 1, None),
            ("D9", False, 0, None),
        ]
        assert report.cases == 3
        assert report.findings == ()
        assert summary(report) == "met 2 of 3 classes; no findings"
        assert "A3   CRLF line ends" in text(report)
        assert "only a person could see the result, met 1 time" in text(report)


def test_a_repeated_request_is_seen() -> None:
    person = Person(asks_again)
    with played(person, "B9") as report:
        assert [each.key for each in report.findings] == ["B9/repeat/chat-resent"]
        assert report.failed
        assert any("found: " in line for line in person.lines)


def test_a_known_failure_is_shown_as_such_and_no_entry_is_stale() -> None:
    with played(Person(asks_again), "B9", known={"B9/repeat/chat-resent": "slow", "B9/hang/-": "x"}) as report:
        assert [(each.key, each.state) for each in report.findings] == [("B9/repeat/chat-resent", "known")]
        assert not report.failed


def test_an_interrupt_ends_with_the_report_of_what_was_met() -> None:
    person = Person(most=2)
    with played(person, "A3", "A4", "A7") as report:
        assert [(each.id, each.met) for each in report.classes] == [("A3", 1), ("A4", 0), ("A7", 0)]


def test_a_response_that_never_ends_is_waited_for_no_longer_than_the_deadline() -> None:
    with played(Person(), "C9") as report:
        assert report.classes[0].met == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--listen", "--replay", "a.yaml"], "mockbot serve --behaviour FILE"),
        (["--listen", "--", "a"], "give one client"),
    ],
)
def test_options_that_do_not_go_together_are_an_error(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["fuzz", *arguments])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
