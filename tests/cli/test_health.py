import socket
from collections.abc import Iterator

import pytest

from mockbot.app import Mockbot, create_app
from mockbot.cli.health import reason_in, unhealthy
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


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str]:
    with pytest.raises(SystemExit) as ended:
        main(["health", *arguments])
    return ended.value.code, capsys.readouterr().out


def test_a_healthy_server(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, server.base_url) == (0, f"{server.base_url}: ok\n")
    assert run(capsys, f"{server.base_url}/w/ci-7")[0] == 0


def test_the_url_can_be_in_the_environment(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKBOT_URL", server.base_url)
    assert run(capsys) == (0, f"{server.base_url}: ok\n")


def test_the_reason_is_printed_in_one_line(app: Mockbot, server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    start = app.serving.start
    start.error = "mine.yaml:1: /keys: wrong\nmine.yaml:2: /bots: wrong"
    try:
        code, output = run(capsys, server.base_url)
    finally:
        start.error = None
    assert (code, output) == (1, f"{server.base_url}: mine.yaml:1: /keys: wrong mine.yaml:2: /bots: wrong\n")


def test_no_server(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        code, output = run(capsys, f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert code == 1
    assert "no response: " in output


@pytest.mark.parametrize("url", ["127.0.0.1:6185", "ftp://127.0.0.1", "http://", "http://x:port", "http://[::1"])
def test_an_invalid_url(url: str) -> None:
    assert unhealthy(url) == "not a URL such as http://127.0.0.1:6185"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, b'{"status":"ok"}', None),
        (200, b"<html>", "not a mockbot: it answers with status 200"),
        (404, b'{"status":"error"}', "not a mockbot: it answers with status 404"),
        (503, b'{"detail":"a\\nb"}', "a b"),
        (503, b'{"detail":7}', "not a mockbot: it answers with status 503"),
        (200, b"\xff", "not a mockbot: it answers with status 200"),
    ],
)
def test_the_reason_in_a_response(status: int, body: bytes, reason: str | None) -> None:
    assert reason_in(status, body) == reason
