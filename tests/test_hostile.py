"""The tools end with a message, within their limits, whatever a server sends.

`tests/hostile.py` has the cases. Deadlines are short, so that a case that never ends takes a moment.
"""

import asyncio
import json
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

import pytest

from mockbot import jsontext
from mockbot.app import profile_for
from mockbot.cli.main import main
from mockbot.errors import UserError
from mockbot.openapi import fetch
from mockbot.record.exchange import Tape
from mockbot.record.proxy import Proxy
from mockbot.record.recording import recording
from mockbot.record.upstream import Upstream
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.testing import control
from mockbot.testing.control import Control
from mockbot.testing.journal import Journal
from mockbot.verify.client import NoResponseError, RawClient, Received, Sent
from mockbot.verify.replay.notation import FrameCount, plain_body
from tests.hostile import CASES, ENDLESS, JSON, REDIRECTS, SLOW, hostile, whole
from tests.test_terminals import unsafe

MEGABYTE = 1024 * 1024
GET = Sent("GET", "/", "1.1", (), b"")
SECONDS = "0.3"
DEADLINE = "no complete response within 0.3 s"
COSTLY = ["a million [", "900 levels", "a chunk size that is none", "a body that is cut", "a flood", "a gzip bomb"]
COSTLY += ["a flood of chunks", "endless interim responses", "endless headers", "a drip", "a stream of comments"]
COSTLY += ["closed at once", "escape sequences", *REDIRECTS]
DOCUMENT = """
openapi: 3.1.0
info: {title: t, version: "1"}
paths: {/x: {get: {responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}}}}
"""


@pytest.fixture
def document(tmp_path: Path) -> str:
    file = tmp_path / "api.yaml"
    file.write_text(DOCUMENT)
    return str(file)


def run(capsys: pytest.CaptureFixture[str], url: str, *arguments: str) -> tuple[object, str]:
    """Run a command; return its exit status and output, after a look at what is never in an output."""
    with pytest.raises(SystemExit) as ended:
        main([each.replace("URL", url) for each in arguments])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    assert not unsafe(out + err)
    return ended.value.code, out + err


@contextmanager
def bounded(megabytes: float) -> Iterator[None]:
    """Fail if what is run meanwhile holds more memory at one time."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < megabytes * MEGABYTE


@pytest.mark.parametrize("case", CASES)
def test_health_gives_the_reason_in_one_line(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    with hostile(case) as url, bounded(8):
        code, output = run(capsys, url, "health", "URL", "--timeout", SECONDS)
    assert code in (1, 3)
    assert output.startswith(f"{url}: ")
    assert output.count("\n") == 1
    if case in SLOW:
        assert (code, output) == (3, f"{url}: {DEADLINE}; --timeout changes that\n")


@pytest.mark.parametrize("case", ["a million [", "a flood", "a drip", "a body that is cut"])
def test_reload_gives_the_reason_in_one_line(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    with hostile(case) as url, bounded(8):
        code, output = run(capsys, url, "reload", "URL", "--timeout", SECONDS)
    assert code in (1, 3)
    assert output.count("\n") == 1


@pytest.mark.parametrize("case", CASES)
def test_a_document_is_refused_in_one_line(
    case: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "MOST_BYTES", MEGABYTE)
    with hostile(case) as url, bounded(100):
        code, output = run(capsys, url, "serve", "--port", "0", "--spec", "URL/openapi.json", "--timeout", SECONDS)
    assert code == 2
    assert f"{url}/openapi.json" in output
    assert output.count("\n") == 1
    if case in SLOW:
        assert output.endswith(f"cannot be fetched: {DEADLINE}{fetch.LATE}\n")


@pytest.mark.parametrize("case", CASES)
def test_the_client_of_replay_and_compare_returns_or_gives_a_reason(case: str) -> None:
    with hostile(case) as url, bounded(8):
        try:
            found: object = RawClient(url, max_response=MEGABYTE + 500).send(GET, float(SECONDS))
        except NoResponseError as error:
            found = str(error)
    assert isinstance(found, Received | str)
    if case in ENDLESS or case in SLOW:
        assert isinstance(found, str)
    if case in SLOW:
        assert found == DEADLINE


def test_what_is_decompressed_is_bounded_too() -> None:
    with hostile("a gzip bomb") as url:
        received = RawClient(url).send(GET, 20)
    with bounded(180), pytest.raises(ValueError, match="longer than 67108864 bytes"):
        plain_body(received)


@pytest.mark.parametrize("case", COSTLY)
def test_replay_ends_with_a_reason(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    with hostile(case) as url:
        command = ("replay", "URL", "--key", "k", "--timeout", SECONDS, "--only", "sessions: a session")
        code, output = run(capsys, url, *command)
    assert code in (1, 3)
    if code == 3:
        assert f"mockbot: {url} does not answer: " in output
    if case in SLOW:
        assert f"{DEADLINE}; --timeout changes that" in output


def test_replay_gives_up_on_a_server_that_stops_responding(capsys: pytest.CaptureFixture[str]) -> None:
    with hostile("closed at once", {"/api/v1/configs": whole(JSON, b"{}")}) as url:
        code, output = run(capsys, url, "replay", "URL", "--key", "k", "--only", "sessions")
    assert code == 3
    assert output.endswith(f"mockbot: {url} gave no complete response in 5 exchanges in a row\n")


@pytest.mark.slow
@pytest.mark.xdist_group("schemathesis")
@pytest.mark.parametrize("case", COSTLY)
def test_check_ends_with_findings(
    case: str, document: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the package has a function of the same name, which hides its modules from `import ... as`
    monkeypatch.setattr(import_module("mockbot.verify.check.limits"), "MAX_RESPONSE", 2 * MEGABYTE)
    command = ("check", "URL", "--spec", document, "--max-examples", "1", "--timeout", SECONDS)
    with hostile(case, {"/": whole(JSON, b"{}")}) as url, bounded(250):
        code, output = run(capsys, url, *command)
    assert code == 1
    assert "finding" in output.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.xdist_group("schemathesis")
@pytest.mark.parametrize("case", ["a flood", "a drip", "a body that is cut", "endless headers"])
def test_check_does_not_begin_with_a_server_that_does_not_answer(
    case: str, document: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with hostile(case) as url, bounded(200):
        code, output = run(capsys, url, "check", "URL", "--spec", document, "--timeout", SECONDS)
    assert (code, output.count("\n")) == (3, 1)
    assert output.startswith(f"mockbot: {url} does not answer: ")


@pytest.mark.slow
@pytest.mark.xdist_group("schemathesis")
@pytest.mark.parametrize("case", COSTLY)
def test_compare_ends_with_a_result(case: str, document: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ("compare", "URL", "URL", "--spec", document, "--max-examples", "1", "--timeout", SECONDS)
    with hostile(case) as url, bounded(250):
        code, output = run(capsys, url, *command)
    assert code in (0, 3)
    if case in SLOW or case in ENDLESS:
        assert code == 3
        assert f"{url} does not answer 5 requests in a row: " in output


@pytest.mark.parametrize("case", CASES)
def test_the_control_api_of_tests_gives_a_reason(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MOST_BYTES", MEGABYTE)
    found = ""
    with hostile(case) as url, bounded(16):
        try:
            Control(url, seconds=float(SECONDS)).ask("GET", "worlds/default")
        except UserError as error:
            found = str(error)
    assert not unsafe(found)
    if case in SLOW:
        assert found == f"no mockbot answers at {url}: {DEADLINE}"
    if case in ENDLESS or case in REDIRECTS:
        assert found


@pytest.mark.parametrize("case", COSTLY)
def test_waiting_for_the_journal_ends(case: str) -> None:
    with hostile(case) as url:
        journal = Journal(Control(url, seconds=float(SECONDS)), "worlds/default")
        with pytest.raises((UserError, AssertionError)) as ended:
            journal.wait_for(timeout=float(SECONDS))
    assert not unsafe(str(ended.value))


@pytest.mark.parametrize("case", ["a million [", "a flood", "endless interim responses", "NUL in a header", "a drip"])
def test_what_a_proxy_has_seen_of_it_is_written(case: str) -> None:
    profile = profile_for(Settings())
    tape = Tape(MEGABYTE, 10)
    with hostile(case) as url:
        proxy = Proxy(Upstream(url, float(SECONDS)), tape, profile.blueprint.carriers, MEGABYTE)
        server = Server(proxy, listen("127.0.0.1", 0))
        server.start()
        try:
            with suppress(NoResponseError):
                RawClient(server.base_url, 4 * MEGABYTE).send(GET, 20)
        finally:
            server.stop()
    found = asyncio.run(recording(profile, tape))
    assert (tape.seen, found.fixture["version"]) == (1, 1)
    assert tape.size <= MEGABYTE


def cost(*sizes: int) -> list[float]:
    """Return the CPU seconds of this thread for each byte of streams of these sizes, in one-line pieces."""
    found = []
    for size in sizes:
        part = b"data: x\n"
        count, begin = FrameCount(), time.thread_time()
        for _ in range(size // len(part)):
            count.add(part)
        found.append((time.thread_time() - begin) / size)
    return found


def test_frames_are_counted_at_the_same_cost_for_each_byte() -> None:
    small, large = cost(80_000, 800_000)
    assert large < 5 * small


def test_pieces_of_a_chunk_are_joined_at_the_same_cost_for_each_byte() -> None:
    def seconds(size: int) -> float:
        body = whole(JSON, b"x" * size)
        with hostile("", {"/": body}) as url:
            begin = time.thread_time()
            RawClient(url).send(GET, 20, lambda _: False)
            return time.thread_time() - begin

    seconds(MEGABYTE)
    small, large = (min(seconds(size * MEGABYTE) for _ in range(3)) for size in (4, 60))
    assert large < 15 * 6 * small


@pytest.mark.parametrize("parts", [(b"data: 1\n\ndata: 2\n\n",), (b":c\n", b"\n:", b"d\n\n", b"x", b"\n\n\n\n", b"y")])
def test_frames_are_counted_wherever_the_parts_end(parts: tuple[bytes, ...]) -> None:
    count = FrameCount()
    for part in parts:
        count.add(part)
    whole_count = FrameCount().add(b"".join(parts))
    assert count.count == whole_count == 2


def test_a_json_text_has_a_bounded_number_of_levels() -> None:
    most = jsontext.DEEPEST
    assert jsontext.read("[" * most + "]" * most)
    assert jsontext.read(json.dumps("[" * 2 * most)) == "[" * 2 * most
    for text in ("[" * (most + 1) + "]" * (most + 1), b'{"a":' * 1_000_000, "[" * 900 + "]" * 900):
        with pytest.raises(jsontext.TooDeep, match="nested too deep"):
            jsontext.read(text)
