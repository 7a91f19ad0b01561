"""The API reference in a browser: it shows the document, and "Try it out" asks the world of the page with its key."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mockbot.testing import MockBot
from tests.browser.conftest import NewPage
from tests.browser.watch import Watch, shown_from

DOCS = "/__mockbot__/docs"
OWN_KEY = {"version": 1, "extends": "default", "keys": [{"key": "abk_own", "scopes": ["*"]}]}
RUNS = "document.body.dataset.ran = 1"
"""What hostile text tries to run."""


def execute(page: Page, path: str) -> None:
    """Try out the first operation of a path, and wait for the response."""
    page.locator(f'.opblock-summary:has([data-path="{path}"])').first.click()
    page.get_by_role("button", name="Execute").click()
    page.locator(".live-responses-table tbody .response-col_status").first.wait_for()


def status(page: Page) -> str:
    return page.locator(".live-responses-table tbody .response-col_status").first.inner_text().split()[0]


def message(page: Page) -> str:
    """Return what the page says of its key, once it does."""
    expect(page.locator("#key")).not_to_be_empty()
    return page.locator("#key").inner_text()


def own(folder: Path, **members: Any) -> str:
    """Write a document of the operation `GET /things`, and return its path."""
    operation = {"get": {"responses": {"200": {"description": "ok", "content": {"text/plain": {"example": "x"}}}}}}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/things": operation}, **members}
    (folder / "spec.json").write_text(json.dumps(document))
    return str(folder / "spec.json")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_try_it_out_sends_the_key_of_the_world(new_page: NewPage, server: MockBot, colours: str) -> None:
    page = new_page(color_scheme=colours, viewport={"width": 400, "height": 800})
    with server.world(fixture=OWN_KEY) as world:
        page.goto(f"{world.base_url}/docs")
        assert message(page) == f"“Try it out” sends the key {world.key}"
        execute(page, "/api/v1/im/bots")
        assert status(page) == "200"
        (entry,) = world.journal.entries()
        assert (entry.operation, entry.violations) == ("GET /api/v1/im/bots", ())
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == {"light": "rgb(255, 255, 255)", "dark": "rgb(28, 32, 34)"}[colours]
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


@pytest.mark.parametrize("astrbot", ["4.19.4", "4.29.3"])
def test_a_chat_is_tried_out_in_a_world_that_observes(page: Page, server: MockBot, astrbot: str) -> None:
    with server.world("seen", contract="observe", astrbot=astrbot) as world:
        page.goto(f"{server.base_url}{DOCS}?world=seen")
        message(page)
        if astrbot == "4.29.3":  # its tags are closed, because it has many operations
            page.locator('.opblock-tag[data-tag="Open API"]').click()
        page.locator('.opblock-post:has([data-path="/api/v1/chat"]) .opblock-summary').first.click()
        page.locator(".body-param__text").fill('{"username": "ada", "message": "hello"}')
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table tbody .response-col_description").first).to_contain_text(
            '"type": "end"'
        )
        (entry,) = world.journal.entries()
        assert (entry.status, entry.violations) == (200, ())


@pytest.mark.parametrize(("target", "path"), [(DOCS, "/things"), ("/w/blue/docs", "/w/blue/things")])
def test_operations_are_asked_of_mockbot_whatever_servers_the_document_names(
    page: Page, tmp_path: Path, target: str, path: str
) -> None:
    elsewhere = {"servers": [{"url": "https://api.example.com/v1"}]}
    spec = own(tmp_path, **elsewhere)
    document = json.loads(Path(spec).read_text())
    document["paths"]["/things"] |= elsewhere
    document["paths"]["/things"]["get"] |= elsewhere
    Path(spec).write_text(json.dumps(document))
    with shown_from(MockBot(spec=spec), page) as server:
        page.goto(server.base_url + target)
        assert message(page) == "This world has no keys"
        with page.expect_response(server.base_url + path) as response:
            execute(page, "/things")
        assert response.value.text() == "x"


@pytest.mark.parametrize(
    ("scheme", "sent"),
    [
        ({"type": "apiKey", "in": "header", "name": "X-Token"}, ("x-token", "a:b")),
        ({"type": "http", "scheme": "bearer"}, ("authorization", "Bearer a:b")),
        ({"type": "http", "scheme": "Basic"}, ("authorization", f"Basic {base64.b64encode(b'a:b').decode()}")),
        (
            {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://login.example.com/", "scopes": {}}},
            },
            ("authorization", "Bearer a:b"),
        ),
    ],
)
def test_the_key_is_sent_as_the_document_asks(
    page: Page, tmp_path: Path, scheme: dict[str, Any], sent: tuple[str, str]
) -> None:
    (tmp_path / "fixture.yaml").write_text("version: 1\nextends: default\nkeys: [{key: 'a:b'}]\n")
    spec = own(tmp_path, components={"securitySchemes": {"it": scheme}}, security=[{"it": []}])
    with shown_from(MockBot(spec=spec, fixture=str(tmp_path / "fixture.yaml")), page) as server:
        page.goto(server.base_url + DOCS)
        message(page)
        with page.expect_request("**/things") as request:
            execute(page, "/things")
        assert request.value.headers[sent[0]] == sent[1]
        assert status(page) == "200"


def test_the_key_needs_the_control_token_where_there_is_one(page: Page, watch: Watch) -> None:
    watch.expect("401")
    with shown_from(MockBot(control_token="secret"), page) as server:
        page.goto(f"{server.base_url}/docs")
        assert "Send the token" in message(page)
        page.get_by_label("Control token").fill("wrong")
        with page.expect_response("**/__mockbot__/worlds/default") as refused:
            page.get_by_role("button", name="Fetch the key").click()
        assert refused.value.status == 401
        page.get_by_label("Control token").fill("secret")
        page.get_by_label("Control token").press("Enter")
        expect(page.locator("#key")).to_have_text("“Try it out” sends the key abk_demo")
        expect(page.get_by_label("Control token")).to_be_hidden()
        execute(page, "/api/v1/configs")
        assert status(page) == "200"


def test_from_another_machine_the_page_is_open_and_the_key_is_not(
    new_page: NewPage, server: MockBot, watch: Watch
) -> None:
    watch.expect("403")
    page = new_page(extra_http_headers={"X-Forwarded-For": "192.0.2.7"})
    page.goto(f"{server.base_url}/docs")
    assert "Only callers on this machine" in message(page)
    expect(page.get_by_label("Control token")).to_be_hidden()
    assert page.locator(".opblock").count() > 0
    assert server.key not in page.content()


TEXT = f"""<script>{RUNS}</script> <img src="data:," onerror="{RUNS}"> <svg onload="{RUNS}"></svg>
<iframe srcdoc="<script>parent.{RUNS}</script>"></iframe> <a href="javascript:{RUNS}">one</a>
[two](javascript:{RUNS.replace(" ", "")}) ![three](https://image.example/x.png)
<b style="background: url(//b.example)">4</b> <style>@import "https://style.example/x.css";</style> <form action="https://form.example"><button>5</button></form>
<base href="https://base.example/"><meta http-equiv="refresh" content="0;url=https://meta.example/">"""


def test_the_text_of_a_document_never_runs(page: Page, watch: Watch, tmp_path: Path) -> None:
    watch.expect("Content Security Policy")
    link = f"javascript:{RUNS}"
    schema = {"type": "object", "title": TEXT, "description": TEXT, "properties": {TEXT: {"enum": [TEXT]}}}
    operation = {
        "summary": TEXT,
        "description": TEXT,
        "tags": [TEXT],
        "externalDocs": {"url": link, "description": TEXT},
        "parameters": [{"name": TEXT, "in": "query", "description": TEXT, "schema": {"default": TEXT}}],
        "responses": {
            "200": {
                "description": TEXT,
                "headers": {"X-A": {"description": TEXT, "schema": {"type": "string"}}},
                "content": {"text/html": {"schema": schema, "example": TEXT}},
            }
        },
    }
    spec = own(
        tmp_path,
        info={
            "title": TEXT,
            "version": TEXT,
            "description": TEXT,
            "termsOfService": link,
            "contact": {"name": TEXT, "url": link},
            "license": {"name": TEXT, "url": link},
        },
        tags=[{"name": TEXT, "description": TEXT, "externalDocs": {"url": link, "description": TEXT}}],
        paths={"/things": {"get": operation}},
        components={"schemas": {"A": schema}, "securitySchemes": {"it": {"type": "http", "scheme": "bearer"}}},
    )
    with shown_from(MockBot(spec=spec), page) as server:
        page.goto(server.base_url + DOCS)
        message(page)
        execute(page, "/things")
        page.get_by_role("button", name="Authorize").first.click()
        links = page.locator("a").evaluate_all("all => all.map(a => a.protocol)")
        assert len(links) > 5
        assert "javascript:" not in links
        assert page.evaluate("document.body.dataset.ran ?? ''") == ""
        assert page.url.startswith(server.base_url)
        assert page.locator("iframe, form[action]").count() == 0


@pytest.mark.parametrize(
    "markup", [f"<script>{RUNS}</script>", f"<img src='data:,' onerror='{RUNS}'>", "<img src='https://e.example/'>"]
)
def test_markup_that_a_viewer_lets_through_does_nothing(page: Page, server: MockBot, watch: Watch, markup: str) -> None:
    watch.expect("Content Security Policy")
    page.goto(server.base_url + DOCS)
    message(page)
    with page.expect_console_message(lambda said: "Content Security Policy" in said.text):
        page.evaluate("text => document.body.append(document.createRange().createContextualFragment(text))", markup)
    assert page.evaluate("document.body.dataset.ran ?? ''") == ""
