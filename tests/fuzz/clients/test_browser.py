"""A page in headless Chromium as the client."""

import shutil
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from mockbot.behaviour import Behaviour
from mockbot.cli.main import main
from mockbot.errors import UserError
from mockbot.fault.catalogue import Delay
from mockbot.fault.fault import Fault
from mockbot.fuzz.clients.browser import Browser, served
from mockbot.fuzz.clients.choice import Choice
from mockbot.fuzz.clients.chromium import NAMES, Chromium, Gone, Page
from mockbot.fuzz.clients.client import Shown, Task
from mockbot.fuzz.fuzzer import Options, run
from mockbot.fuzz.stage import Stage
from mockbot.settings import Settings
from tests.docs.pages import DOCS, blocks_of

pytestmark = pytest.mark.slow

CHAT = Path(__file__).with_name("chat.html")
needs_chromium = pytest.mark.skipif(
    not any(map(shutil.which, NAMES)), reason="Chromium is not installed (Debian: apt-get install chromium)"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    with closing(Chromium()) as chromium:
        yield chromium


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with Stage(Settings()) as stage:
        yield stage


def shown(chromium: Chromium, stage: Stage, file: Path, *faults: Fault, deadline: float = 5) -> Shown:
    stage.play(Behaviour(faults=faults))
    with served(file) as url:
        return Browser(str(file), url, chromium).run(Task("1", stage.base_url, stage.key, deadline), stage)


def page(folder: Path, script: str) -> Path:
    """Return a page with a script that asks the server first."""
    file = folder / "page with blank.html"
    start = "<!doctype html><meta charset='utf-8'><script type='module'>await fetch(`${mockbot.url}/x`)"
    file.write_text(f"{start}\n{script}</script>")
    return file


@needs_chromium
def test_a_page_reports_the_events_that_it_receives(chromium: Chromium, stage: Stage) -> None:
    found = shown(chromium, stage, CHAT)
    assert found.ended == "ok"
    assert found.reported is not None
    kinds = [event["type"] for event in found.reported if isinstance(event, dict)]
    assert (kinds[0], kinds[-1], len(kinds)) == ("session_id", "end", len(found.reported))
    assert [sent.method for sent in stage.sent()] == ["POST"]


@needs_chromium
@pytest.mark.parametrize(
    ("script", "ended", "error_type", "message"),
    [
        ("mockbotDone()", "ok", "", ""),
        ("mockbotDone(new TypeError('no stream'))", "error", "TypeError", "no stream"),
        ("mockbotDone(new DOMException('late', 'TimeoutError'))", "error", "TimeoutError", "late"),
        ("mockbotDone('no')", "error", "Error", "no"),
        ("null.x", "error", "TypeError", "TypeError: Cannot read properties of null (reading 'x')"),
        ("throw 'no'", "error", "Error", "no"),
        ("Promise.reject(new RangeError('far'))", "error", "RangeError", "RangeError: far"),
        ("alert('hello'); mockbotDone()", "ok", "", ""),
        ("mockbotReceived(1)", "hang", "hang", "the page called neither mockbotDone() nor mockbotDone(error)"),
        ("for (;;) {}", "hang", "hang", "the page called neither mockbotDone() nor mockbotDone(error)"),
    ],
)
def test_a_page_shows_how_it_ended(
    chromium: Chromium, stage: Stage, tmp_path: Path, script: str, ended: str, error_type: str, message: str
) -> None:
    found = shown(chromium, stage, page(tmp_path, script), deadline=1)
    assert (found.ended, found.error_type, found.message) == (ended, error_type, message)


@needs_chromium
@pytest.mark.parametrize(
    ("value", "event"),
    [
        ("{ type: 'plain', data: '\\ud800\\u2028ä' }", {"type": "plain", "data": "\ud800\u2028ä"}),
        ("'text'", "text"),
        ("undefined", None),
        (
            "new MessageEvent('named', { data: '1', lastEventId: '2' })",
            {"event": "named", "data": "1", "id": "2"},
        ),
    ],
)
def test_events_of_all_kinds_are_reported(
    chromium: Chromium, stage: Stage, tmp_path: Path, value: str, event: object
) -> None:
    found = shown(chromium, stage, page(tmp_path, f"mockbotReceived({value}); mockbotDone()"))
    assert found.reported == (event,)


def test_the_page_is_that_of_the_documentation() -> None:
    (block,) = [each for each in blocks_of(DOCS / "how-to" / "fuzz-a-client.md") if each.name == CHAT.name]
    assert block.text == CHAT.read_text("utf-8")


@needs_chromium
def test_each_case_has_a_page_of_its_own(chromium: Chromium, stage: Stage, tmp_path: Path) -> None:
    file = page(tmp_path, "mockbotReceived(localStorage.length); localStorage.setItem('a', 1); mockbotDone()")
    assert [shown(chromium, stage, file).reported for _ in range(2)] == [(0,), (0,)]


@needs_chromium
def test_a_page_that_waits_too_long_hangs_and_the_next_is_served(chromium: Chromium, stage: Stage) -> None:
    assert shown(chromium, stage, CHAT, Delay(seconds=60), deadline=4).error_type == "TimeoutError"
    assert shown(chromium, stage, CHAT).ended == "ok"


@needs_chromium
def test_a_page_that_asks_without_end_hangs(chromium: Chromium, stage: Stage, tmp_path: Path) -> None:
    file = page(tmp_path, "for (;;) await fetch(`${mockbot.url}/api/v1/im/bots`)")
    assert shown(chromium, stage, file, deadline=1000).ended == "hang"


@needs_chromium
def test_a_browser_that_ended_is_started_again() -> None:
    with closing(Chromium()) as chromium:
        page = chromium.page()
        with pytest.raises(Gone):
            page.call("Browser.crash")
        again = chromium.page()
        assert again.call("Runtime.evaluate", expression="1 + 1")["result"]["value"] == 2


@needs_chromium
def test_a_crash_of_the_page_is_a_crash_of_the_client(stage: Stage, tmp_path: Path) -> None:
    class Crashing(Chromium):
        def page(self) -> Page:
            page = super().page()
            page.call("Inspector.enable")
            with suppress(Gone):
                page.call("Page.crash")
            return page

    with closing(Crashing()) as chromium:
        assert shown(chromium, stage, CHAT).ended == "crash"


@needs_chromium
def test_a_bug_of_a_page_is_found() -> None:
    with Choice(browser=CHAT).clients() as client:
        report = run(client, Options(max_examples=0, only=("A1", "A3", "B2"), deadline=4))
    assert [each.key for each in report.findings] == ["A3/error/SyntaxError"]
    assert (report.survived, report.tried) == (2, 3)


def test_a_page_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match=r"absent\.html: cannot be read: there is no such file"),
        served(tmp_path / "absent.html"),
    ):
        pass


def test_without_chromium_the_error_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["fuzz", "--browser", str(CHAT)])
    assert ended.value.code == 2
    assert "--browser needs Chromium; install it, with Debian: apt-get install chromium" in capsys.readouterr().err
