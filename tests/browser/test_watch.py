"""A test fails for what its pages do wrong."""

import pytest
from playwright.sync_api import Browser

from tests.browser.watch import Watch


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        ("<script>console.error('broken')</script>", r"console: broken \(:1\)"),
        ("<script>throw Error('thrown')</script>", "uncaught: thrown"),
        ("<script>Promise.reject(Error('rejected'))</script>", "uncaught: rejected"),
        ("<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\"><script>1</script>", "violates"),
        ("<iframe srcdoc='<script>throw Error(`framed`)</script>'></iframe>", "uncaught: framed"),
    ],
)
def test_an_error_is_a_mistake_unless_it_is_expected(browser: Browser, content: str, mistake: str) -> None:
    watch = Watch()
    with browser.new_context() as context:
        watch.add(context)
        page = context.new_page()
        page.set_content(content)
        while not watch.mistakes():  # a rejection is reported after the page has loaded
            page.wait_for_timeout(10)
    assert len(watch.mistakes()) == 1
    watch.expect(mistake)
    assert watch.mistakes() == []


def test_an_expected_error_must_happen() -> None:
    watch = Watch()
    watch.expect("broken")
    assert watch.mistakes() == ["no error has 'broken' in it"]


@pytest.mark.parametrize("url", ["http://192.0.2.1/", "https://example.com/x.png"])
def test_a_request_to_another_host_is_a_mistake_and_does_not_leave(browser: Browser, url: str) -> None:
    watch = Watch()
    with browser.new_context() as context:
        watch.add(context)
        page = context.new_page()
        with page.expect_event("requestfailed") as failed:
            page.set_content(f"<script>fetch('{url}').catch(() => 0)</script>")
        assert failed.value.failure == "net::ERR_NAME_NOT_RESOLVED"
    assert f"another host: GET {url}" in watch.mistakes()


def test_a_request_that_the_policy_of_the_page_stops_is_none(browser: Browser) -> None:
    watch = Watch()
    watch.expect("Content Security Policy")
    policy = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">"
    with browser.new_context() as context:
        watch.add(context)
        context.new_page().set_content(f"{policy}<img src='https://example.com/x.png'>")
        watch.wait()
    assert watch.mistakes() == []
