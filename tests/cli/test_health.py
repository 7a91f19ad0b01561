import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest

from mockbot.app import Mockbot, create_app
from mockbot.cli.control import Answer
from mockbot.cli.health import reason_in, waited
from mockbot.cli.main import main
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings


@pytest.fixture(scope="module")
def app() -> Mockbot:
    return create_app(Settings(pace_ms=0), log=lambda _: None)


@pytest.fixture(scope="module")
def server(app: Mockbot) -> Iterator[Server]:
    server = Server(app, listen("127.0.0.1", 0))
    server.start()
    yield server
    server.stop()


@contextmanager
def nothing_there() -> Iterator[str]:
    """Yield a URL at which no server answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def unhealthy(app: Mockbot, error: str) -> Iterator[None]:
    start = app.serving.start
    start.error = error
    try:
        yield
    finally:
        start.error = None


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as ended:
        main(["health", *arguments])
    out, err = capsys.readouterr()
    return ended.value.code, out + err


def test_a_healthy_server(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, server.base_url) == (0, f"{server.base_url}: ok\n")
    assert run(capsys, f"{server.base_url}/w/ci-7")[0] == 0


def test_the_url_can_be_in_the_environment(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKBOT_URL", server.base_url)
    assert run(capsys) == (0, f"{server.base_url}: ok\n")


def test_the_reason_is_printed_in_one_line(app: Mockbot, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    with unhealthy(app, "mine.yaml:1: /keys: wrong\nmine.yaml:2: /bots: wrong"):
        code, output = run(capsys, server.base_url)
    assert (code, output) == (1, f"{server.base_url}: mine.yaml:1: /keys: wrong mine.yaml:2: /bots: wrong\n")


@pytest.mark.parametrize(("given", "seen"), [("", False), ("other", False), ("secret", True)])
def test_a_server_with_a_token_gives_the_reason_to_those_who_have_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, given: str, seen: bool
) -> None:
    app = create_app(Settings(control_token="secret"), log=lambda _: None)
    monkeypatch.setenv("MOCKBOT_CONTROL_TOKEN", given)
    server = Server(app, listen("127.0.0.1", 0))
    server.start()
    try:
        with unhealthy(app, "mine.yaml:1: /keys: wrong"):
            code, output = run(capsys, server.base_url)
    finally:
        server.stop()
    assert (code, "mine.yaml" in output) == (1, seen)


def test_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    with nothing_there() as url:
        code, output = run(capsys, url)
    assert code == 3
    assert output.startswith(f"{url}: no response: ")


def test_waiting_for_a_server_that_starts_and_is_mended(app: Mockbot, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    server = Server(app, listen("127.0.0.1", port))
    starting = Thread(target=server.start)
    starting.start()
    try:
        assert run(capsys, server.base_url, "--wait", "60") == (0, f"{server.base_url}: ok\n")
    finally:
        starting.join()
        server.stop()


class Clock:
    """A clock that moves only when someone sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def test_waiting_ends_when_the_server_is_healthy() -> None:
    clock, seen = Clock(), [(3, "no response"), (1, "a mistake"), (0, "ok"), (1, "later")]
    assert waited(lambda _: seen.pop(0), 30, clock.now, clock.sleep) == (0, "ok")
    assert 0 < clock.time < 1


def test_waiting_gives_what_was_seen_last_after_its_time() -> None:
    clock, limits = Clock(), list[float]()

    def look(seconds: float) -> tuple[int, str]:
        limits.append(seconds)
        clock.sleep(0.4)
        return (3, "no response") if clock.time < 2 else (1, "a mistake")

    assert waited(look, 3, clock.now, clock.sleep) == (1, "a mistake")
    assert 2.5 < clock.time <= 3.5
    assert limits == sorted(limits, reverse=True)
    assert max(limits) <= 3


def test_without_waiting_the_server_is_asked_once() -> None:
    clock, seen = Clock(), [(3, "no response")]
    assert waited(lambda _: seen.pop(), 0, clock.now, clock.sleep) == (3, "no response")
    assert clock.time == 0


@pytest.mark.parametrize("command", ["health", "reload"])
@pytest.mark.parametrize("url", ["127.0.0.1:6185", "ftp://127.0.0.1", "http://", "http://x:port", "http://[::1"])
def test_an_invalid_url(url: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, url])
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"mockbot: {url}: not a URL such as http://127.0.0.1:6185\n"


@pytest.mark.parametrize(
    ("status", "value", "reason"),
    [
        (200, {"status": "ok"}, None),
        (200, None, "not a mockbot: it answers with status 200"),
        (200, {"status": "ok", "more": 1}, "not a mockbot: it answers with status 200"),
        (503, {"status": "ok"}, "not a mockbot: it answers with status 503"),
        (404, {"status": "error"}, "not a mockbot: it answers with status 404"),
        (503, {"detail": "a\nb"}, "a b"),
        (503, {"detail": 7}, "not a mockbot: it answers with status 503"),
    ],
)
def test_the_reason_in_a_response(status: int, value: Any, reason: str | None) -> None:
    assert reason_in(Answer(status, value)) == reason


def test_a_body_that_is_not_json(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n\xff")

        answering = Thread(target=answer)
        answering.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert run(capsys, url) == (1, f"{url}: not a mockbot: it answers with status 200\n")
        answering.join()
