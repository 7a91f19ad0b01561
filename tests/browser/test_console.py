"""The console in a browser: it shows what happens, and what a person changes there is what the next client gets."""

import http.client
import json
import re
import shlex
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from mockbot.server.listen import listen
from mockbot.testing import MockBot, World
from tests.browser.conftest import NewPage
from tests.browser.watch import Watch, shown_from

HOSTILE = "<img src=x onerror=document.body.dataset.ran=1><script>document.body.dataset.ran=1</script>\u202e\u0000ﷺ"
"""Markup, a bidi control and a NUL, as a client may send them."""


@pytest.fixture
def world(server: MockBot, watch: Watch) -> Iterator[World]:
    with server.world(contract="observe", pace=0) as made:
        yield made
        watch.leave()


@pytest.fixture
def console(page: Page, server: MockBot, world: World) -> Page:
    """Return the console of the world, once it is live."""
    opened(page, server, world)
    return page


def opened(page: Page, server: MockBot, world: World) -> None:
    page.goto(f"{server.base_url}/__mockbot__/?world={world.name}")
    expect(page.locator(".connection")).to_have_text("live")


def panel(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("button", name=name).click()


def ask(world: World, method: str, path: str, value: Any = None) -> tuple[int, bytes]:
    """Send a request to the server of a world, and return status and body."""
    body = None if value is None else json.dumps(value)
    with closing(http.client.HTTPConnection(urlsplit(world.base_url).netloc, timeout=20)) as connection:
        headers = {"X-API-Key": world.key, "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()


def request(world: World, method: str, path: str, value: Any = None) -> tuple[int, bytes]:
    """Send a request to the API of a world."""
    return ask(world, method, f"/w/{world.name}{path}", value)


def control(world: World, method: str, path: str, value: Any = None) -> None:
    """Send a request to the control API of a world; it must succeed."""
    status, body = ask(world, method, f"/__mockbot__/worlds/{world.name}/{path}", value)
    assert status < 300, body


def chat(world: World, message: str = "hello") -> tuple[int, bytes]:
    """Send a chat as a client."""
    return request(world, "POST", "/api/v1/chat", {"message": message, "username": "ada"})


class Chatting:
    """A chat that goes on in a thread while the test looks at the page."""

    def __init__(self, world: World) -> None:
        self._world, self._body = world, b""
        self._thread = Thread(target=self._chat)
        self._thread.start()

    def _chat(self) -> None:
        try:
            _, self._body = chat(self._world)
        except http.client.IncompleteRead as error:  # the stream was cut
            self._body = error.partial

    def end(self) -> bytes:
        """Wait for the end, and return what was received."""
        self._thread.join(30)
        return self._body


def test_an_exchange_appears_with_its_frames_and_the_reply(console: Page, world: World) -> None:
    chat(world)
    entry = console.locator(".entry")
    expect(entry).to_contain_text("/api/v1/chat")
    expect(entry).to_contain_text("200")
    entry.click()
    expect(console.locator(".reply")).to_contain_text("Hello ada!")
    types = console.locator(".timeline .type").all_inner_texts()
    assert (types[0], types[-1]) == ("session_id", "end")
    console.get_by_label("Raw bytes").check()
    expect(console.locator(".chunks code").first).to_contain_text('data: {"type": "session_id"')
    expect(console.locator(".chunks code").first).to_contain_text("\\n\\n")


def test_a_frame_waits_is_edited_and_goes(console: Page, world: World) -> None:
    panel(console, "Breakpoints")
    console.get_by_label("Contains").fill('"complete"')
    console.get_by_role("button", name="Set breakpoint").click()
    expect(console.locator(".rows li")).to_contain_text('containing "complete"')
    chatting = Chatting(world)
    frame = console.locator(".held textarea")
    expect(frame).to_have_value(re.compile('^data: {"type": "complete"'))
    console.locator(".entry").click()
    expect(console.locator(".timeline .type").last).to_have_text("agent_stats")  # the frames before it are shown
    text = frame.input_value()
    frame.fill('data: {"type": "completed"}')
    expect(console.locator(".held .violations")).to_contain_text('must be one of "session_id"')
    frame.fill(text.replace("Hello", "Goodbye"))
    expect(console.locator(".held")).to_contain_text("it keeps the contract")
    console.get_by_role("button", name="Send edited").click()
    assert b'"data": "Goodbye ada!' in chatting.end()
    expect(console.locator(".held")).to_have_count(0)
    expect(console.locator(".entry")).to_contain_text("breakpoint")


def test_a_frame_is_dropped_and_a_stream_cut(console: Page, world: World) -> None:
    control(world, "POST", "breakpoints", {"frame": 2})
    chatting = Chatting(world)
    console.get_by_role("button", name="Drop").click()
    assert b'"data": "Hello "' not in chatting.end()
    control(world, "POST", "breakpoints", {"frame": 2})
    chatting = Chatting(world)
    console.get_by_role("button", name="Cut the stream").click()
    assert b'"end"' not in chatting.end()
    expect(console.locator(".entry").first).to_contain_text("cut")


def test_an_edited_script_answers_the_next_request(console: Page, world: World) -> None:
    panel(console, "Scripts")
    console.get_by_role("button", name="Edit greeting", exact=True).click()
    editor = console.get_by_label("Script in YAML")
    expect(editor).to_have_value(re.compile("^- name: greeting"))
    editor.fill("- name: greeting\n  whn: {}\n")
    expect(console.locator(".editor .violations")).to_contain_text("Line 2")
    expect(console.locator(".editor .violations")).to_contain_text("did you mean `when`?")
    editor.fill("- name: greeting\n  when: {message: hello}\n  run: [{say: [Good day]}]\n")
    expect(console.locator(".editor")).to_contain_text("Valid.")
    console.get_by_role("button", name="Save to the world").click()
    expect(console.locator(".message")).to_contain_text("Saved")
    assert b"Good day" in chat(world)[1]


def test_an_armed_fault_changes_the_next_response(console: Page, world: World) -> None:
    panel(console, "Faults")
    console.locator("select[name=name]").select_option("status")
    console.locator("input[name='p:status']").fill("503")
    console.get_by_label("Operation").select_option("POST /api/v1/chat")
    console.get_by_role("button", name="Arm").click()
    expect(console.locator(".rows li")).to_contain_text("status")
    assert chat(world)[0] == 503
    expect(console.locator(".entry")).to_contain_text("503")
    console.locator(".entry").click()
    expect(console.locator(".facts")).to_contain_text("status")


def test_the_chat_of_the_page_gets_what_a_client_gets(console: Page, world: World) -> None:
    panel(console, "Chat")
    console.get_by_label("Message", exact=True).fill("hello")
    console.get_by_label("Message", exact=True).press("Enter")
    expect(console.locator(".talk .bot")).to_contain_text("Hello ada!")
    console.get_by_label("File").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"12345"})
    console.get_by_label("Message", exact=True).fill("look")
    console.get_by_role("button", name="Send", exact=True).click()
    expect(console.locator(".talk .you").last).to_contain_text("with a.txt")
    expect(console.locator(".talk .bot")).to_have_count(2)
    expect(console.get_by_role("button", name="Stop")).to_be_disabled()
    assert [entry.status for entry in world.journal.entries()] == [200, 200, 200]


def test_the_chat_of_the_page_stops(console: Page, world: World) -> None:
    control(world, "POST", "breakpoints", {"frame": 3})
    panel(console, "Chat")
    console.get_by_label("Message", exact=True).fill("hello")
    console.get_by_role("button", name="Send", exact=True).click()
    console.locator(".held").wait_for()
    console.get_by_role("button", name="Stop").click()
    expect(console.locator(".talk .bot")).to_contain_text("stopped")
    expect(console.locator(".held")).to_have_count(0)  # a frame does not wait for a client that has left
    expect(console.locator(".entry")).to_contain_text("client left")


def test_a_violation_is_explained(console: Page, world: World) -> None:
    request(world, "GET", "/api/v1/chat/sessions?page=0&username=ada")
    console.locator(".entry.violating").click()
    expect(console.locator(".violations")).to_contain_text("page")
    expect(console.locator(".violations")).to_contain_text("query")


def test_a_request_is_copied_and_sent_again(new_page: NewPage, server: MockBot, world: World) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    opened(page, server, world)
    chat(world, "it's\nme")
    page.locator(".entry").click()
    for name, expected in (
        ("curl", '\'{"message": "it\'"\'"\'s\\nme", "username": "ada"}\''),
        ("fetch", 'body: JSON.stringify({"message":"it\'s\\nme","username":"ada"})'),
        ("httpx", "httpx.stream("),
    ):
        page.get_by_role("button", name=f"Copy as {name}").click()
        expect(page.locator(".message")).to_contain_text(f"Copied as {name}.")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert expected in copied
        assert world.key in copied
    page.get_by_role("button", name="Send again").click()
    expect(page.locator(".entry")).to_have_count(2)
    first, second = world.journal.entries()
    assert (first.body, first.path) == (second.body, second.path)


def test_a_copied_command_runs_nothing_that_a_client_wrote(new_page: NewPage, server: MockBot, world: World) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    opened(page, server, world)
    request(world, "A&id|cat&B", "/api/v1/configs", "\x1b[31m'$(id)")
    page.locator(".entry").click()
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.locator(".message")).to_contain_text("Copied as curl.")
    words = shlex.split(page.evaluate("navigator.clipboard.readText()").replace("$'", "'"))
    assert words[:4] == ["curl", "-N", "-X", "A&id|cat&B"]
    assert "\x1b" not in " ".join(words)


def test_a_world_is_reset_and_another_made(console: Page, world: World) -> None:
    chat(world)
    expect(console.locator(".entry")).to_have_count(1)
    panel(console, "World")
    console.get_by_role("button", name=f"Reset {world.name}").click()
    expect(console.locator(".entry")).to_have_count(0)
    console.get_by_label("Name").fill(f"{world.name}-b")
    console.get_by_label("Clock").select_option("frozen")
    console.get_by_role("button", name="Make it").click()
    expect(console.locator("header select")).to_have_value(f"{world.name}-b")
    expect(console.locator(".connection")).to_have_text("live")
    panel(console, "Clock")
    before = console.locator(".now").inner_text()
    console.get_by_role("button", name="1 day on").click()
    expect(console.locator(".now")).not_to_have_text(before)


def test_the_state_and_the_findings_are_shown(console: Page, world: World) -> None:
    chat(world)
    panel(console, "State")
    expect(console.get_by_role("region", name="sessions")).to_contain_text("ada")
    request(world, "GET", "/api/v1/chat/sessions?page=0&username=ada")
    panel(console, "Document")
    expect(console.locator(".panel .violations")).to_contain_text("contract-violation")


def test_the_list_is_searched_and_filtered(console: Page, world: World) -> None:
    chat(world)
    request(world, "GET", "/api/v1/im/bots")
    expect(console.locator(".entry")).to_have_count(2)
    console.get_by_label("Search").fill("bots 200")
    expect(console.locator(".entry")).to_have_count(1)
    console.get_by_label("Search").fill("")
    console.get_by_label("Show").select_option("marked")
    expect(console.locator(".empty").first).to_contain_text("No exchange matches")


def test_the_page_is_used_by_keyboard(console: Page, world: World) -> None:
    chat(world)
    request(world, "GET", "/api/v1/im/bots")
    expect(console.locator(".entry")).to_have_count(2)
    console.locator(".entry").first.focus()
    console.keyboard.press("ArrowDown")
    console.keyboard.press("Enter")
    expect(console.locator(".panel h2")).to_contain_text("POST /api/v1/chat")
    console.get_by_role("button", name="Scripts").focus()
    console.keyboard.press("Enter")
    expect(console.get_by_role("button", name="New script")).to_be_visible()


@pytest.mark.parametrize("name", ["Exchange", "Chat", "Scripts", "Faults", "Breakpoints", "State", "Document", "World"])
def test_what_a_client_sends_is_text_in_every_panel(console: Page, world: World, name: str) -> None:
    control(world, "PUT", "scripts", {"text": json.dumps([{"name": HOSTILE, "run": [{"say": [HOSTILE]}]}])})
    chat(world, HOSTILE)
    request(world, "GET", "/api/v1/chat/sessions?page=0&username=%3Cscript%3Edocument.body.dataset.ran=1%3C/script%3E")
    console.locator(".entry").last.click()
    expect(console.locator(".panel pre").first).to_contain_text("onerror")
    panel(console, name)
    console.wait_for_timeout(200)  # for what could run late
    assert console.evaluate("document.body.dataset.ran") is None
    assert console.locator("img").count() == 0


def test_the_console_comes_back_with_the_server(page: Page, watch: Watch) -> None:
    with MockBot() as first:
        port = int(first.base_url.rpartition(":")[2])
        page.goto(f"{first.base_url}/")
        expect(page.locator(".connection")).to_have_text("live")
    expect(page.locator(".connection")).to_contain_text("not connected")
    watch.expect("ERR_CONNECTION_REFUSED")
    with MockBot(listener=listen("127.0.0.1", port)):
        expect(page.locator(".connection")).to_have_text("live")


def test_from_another_machine_the_page_asks_for_the_token(page: Page, watch: Watch) -> None:
    watch.expect("401")
    with shown_from(MockBot(control_token="s3cret"), page) as server:
        page.goto(f"{server.base_url}/")
        page.get_by_label("Control token").fill("s3cret")
        page.get_by_role("button", name="Use it").click()
        expect(page.locator(".connection")).to_have_text("live")


@pytest.mark.parametrize("accept", ["*/*", "application/json"])
def test_only_a_browser_gets_the_page(server: MockBot, accept: str) -> None:
    with closing(http.client.HTTPConnection(server.base_url.split("/")[2], timeout=20)) as connection:
        connection.request("GET", "/", headers={"Accept": accept})
        response = connection.getresponse()
        response.read()
        assert response.status == 404


def test_a_document_with_an_operation_at_the_root_keeps_it(page: Page, tmp_path: Path) -> None:
    mine = '<link rel="icon" href="data:,"><p>mine'
    operation = {"get": {"responses": {"200": {"description": "ok", "content": {"text/html": {"example": mine}}}}}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/": operation}}
    (tmp_path / "spec.json").write_text(json.dumps(document))
    with shown_from(MockBot(spec=str(tmp_path / "spec.json")), page) as server:
        page.goto(server.base_url)
        expect(page.locator("p")).to_have_text("mine")
        page.goto(f"{server.base_url}/__mockbot__/#chat")
        expect(page.locator(".panel")).to_contain_text("This document has no chat")


def test_a_failed_reload_is_shown_until_it_is_mended(page: Page, watch: Watch, tmp_path: Path) -> None:
    watch.expect("503")
    file = tmp_path / "a.yaml"
    file.write_text("- name: greeting\n  when: {message: hello}\n  run: [{say: [Hi]}]\n")
    with shown_from(MockBot(scripts=file), page) as server:
        page.goto(f"{server.base_url}/#scripts")
        page.get_by_role("button", name="Edit greeting", exact=True).first.click()
        editor = page.get_by_label("Script in YAML")
        expect(editor).to_have_value(file.read_text())
        file.write_text("- whn: 1\n")
        reload(server)
        expect(page.get_by_role("alert")).to_contain_text("did you mean `when`?")
        editor.fill("# mended\n- name: greeting\n  when: {message: hello}\n  run: [{say: [Good day]}]\n")
        page.get_by_role("button", name="Save the file").click()
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.locator(".editor")).to_have_count(0)
        assert file.read_text().startswith("# mended")
        page.goto("about:blank")


def reload(server: MockBot) -> None:
    with closing(http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=20)) as connection:
        connection.request("POST", "/__mockbot__/reload")
        connection.getresponse().read()


def test_a_new_script_and_a_saved_exchange_are_valid(console: Page, world: World) -> None:
    panel(console, "Scripts")
    console.get_by_role("button", name="New script").click()
    console.get_by_role("button", name="Save to the world").click()
    expect(console.locator(".message")).to_contain_text("Saved")
    assert b"sunny." in chat(world, "what is the weather?")[1]
    console.locator(".entry").first.click()
    console.get_by_role("button", name="Save as script").click()
    expect(console.get_by_label("Script in YAML")).to_have_value(re.compile("sunny"))
    console.get_by_role("button", name="Save to the world").click()
    expect(console.locator(".message")).to_contain_text("Saved")
    chat(world, "what is the weather?")
    expect(console.locator(".entry").first).to_contain_text("saved-e1")
