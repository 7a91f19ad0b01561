"""The HTML report: what it shows, and that nothing in it can become markup."""

import shutil
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mockbot.fuzz.clients.chromium import NAMES, Chromium
from mockbot.fuzz.report import FuzzReport
from mockbot.fuzz.reports.html import html
from mockbot.fuzz.reports.markup import visible
from tests.fuzz.reports.values import ABSENT, BOM, HEAD, HOSTILE, REPORT, RIGHT, STALE, hostile, sent

VOID = {"meta", "br"}
WIDTH = """
new Promise((done) => {
  const look = () => document.readyState === 'complete' && document.querySelector('section')
    ? done(document.documentElement.scrollWidth) : setTimeout(look, 5)
  look()
})
"""
"""The width of a page that is complete, in CSS pixels."""


class Page(HTMLParser):
    """The elements of a page, their attributes and their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.texts[tag][-1] += data


def test_the_page_says_what_was_found_and_how_to_see_it_again() -> None:
    page = Page(html([REPORT]))
    assert page.open == []
    assert page.texts["title"] == ["python chat.py: survives 2 of 3 classes"]
    (body,) = page.texts["body"]
    for part in (
        "python chat.py: survives 2 of 3 classes; 1 new",
        BOM.sentence,
        BOM.rule,
        "legal, so a bug of the client",
        BOM.did,
        BOM.should,
        BOM.behaviour.as_yaml(),
        "mockbot serve --behaviour A7-events--.yaml",
        "mockbot fuzz --replay A7-events--.yaml -- python chat.py",
    ):
        assert part in body


def test_each_class_has_a_row_with_its_result() -> None:
    rows = Page(html([REPORT])).texts["tr"][1:]
    assert rows == [
        "A1 lines that end with LFlegalsurvived, met 2 times",
        "A3 lines that end with CRLFlegalsurvived, met 1 time",
        "A7 a byte order marklegalFAILS, met 1 time new",
        "B2 a clean end without the last eventviolationnot tried: the client never met it",
        "D1 a list that ends with an empty pagelegaldoes not apply to this client",
    ]


def test_links_lead_to_parts_of_the_page() -> None:
    page = Page(html([REPORT, RIGHT, ABSENT]))
    links = {attributes["href"] for tag, attributes in page.elements if tag == "a"}
    places = {f"#{attributes['id']}" for _, attributes in page.elements if "id" in attributes}
    assert links
    assert links <= places


def test_each_write_is_a_cell_with_its_time() -> None:
    page = Page(html([REPORT]))
    writes = [text for text in page.texts["li"] if " ms" in text]
    assert writes == [
        "0.0 msHTTP/1.1 200 \\r\\n\ncontent-type: text/event-stream\\r\\n\n\\r\\n\n",
        "10.0 ms\\ufeffdata: Gr\\xc3",
        "20.0 ms\\xbcße\\n\n\\n\n",
    ]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"a\rb\r\n", "a<b>\\r</b>\nb<b>\\r</b><b>\\n</b>\n"),
        (b"<i>\x00&\x85", "&lt;i&gt;<b>\\x00</b>&amp;<b>\\x85</b>"),
        ("\u202e\u2028\u00a0ä".encode(), "<b>\\u202e</b><b>\\u2028</b><b>\\xa0</b>ä"),
    ],
)
def test_what_cannot_be_seen_in_bytes_is_marked(data: bytes, shown: str) -> None:
    assert visible(data) == shown


def test_several_clients_begin_with_a_table_of_classes() -> None:
    page = Page(html([REPORT, RIGHT, ABSENT]))
    assert page.texts["title"] == ["3 clients of mockbot fuzz"]
    assert page.texts["tr"][:6] == [
        "classpython chat.pynode chat.mjsjava Chat",
        "survived2/33/3x",
        "A1 lines that end with LFokokx",
        "A3 lines that end with CRLFokokx",
        "A7 a byte order markFAILokx",
        "B2 a clean end without the last event--x",
    ]
    assert page.texts["h2"][2] == "java Chat: java: cannot be run: No such file"


def test_a_stale_entry_says_what_to_do() -> None:
    (article,) = Page(html([replace(REPORT, findings=(STALE,))])).texts["article"]
    assert "remove this one" in article
    assert "mockbot serve" not in article


def test_long_responses_are_cut_and_say_so() -> None:
    many = sent(HEAD, *[b"x"] * 400)
    large = sent(b"y" * 10_000, b"z")
    report = replace(REPORT, findings=(replace(BOM, sent=(many, large, *[sent(b"")] * 20)),))
    page = html([report])
    assert "... and 101 more writes, 101 bytes" in page
    assert " ... 2000 more bytes" in page
    assert "... and 1 more write, 1 byte" in page
    assert "... and 10 more responses" in page
    assert len(page) < 100_000


def test_no_text_becomes_markup_and_no_control_character_remains() -> None:
    harmless = Page(html([replace_texts()]))
    page = html([hostile(), hostile()])
    parsed = Page(page)
    assert {tag for tag, _ in parsed.elements} <= {tag for tag, _ in harmless.elements} | {"h2", "div", "b"}
    assert {name for _, attributes in parsed.elements for name in attributes} <= {
        *("charset", "name", "content", "http-equiv", "lang", "class", "id", "href", "scope", "title")
    }
    assert all(each.isprintable() or each == "\n" for each in page)
    assert page.encode("utf-8")


def replace_texts() -> FuzzReport:
    """Return the hostile report's harmless twin."""
    return replace(REPORT, findings=(BOM, replace(BOM, state="known", reason="slow"), STALE), unseen=("events",))


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = Page(html([REPORT, hostile()]))
    assert not [tag for tag, _ in page.elements if tag in ("script", "link", "img", "iframe", "object", "form")]
    policy = [attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert all((attributes.get("href") or "#").startswith("#") for _, attributes in page.elements)


def test_hostile_text_has_what_it_is_for() -> None:
    assert {*"<>&\"'\x00\x1b\u202e\ud800\ufffe\u2028\r\n"} <= {*HOSTILE}


@pytest.mark.skipif(
    not any(map(shutil.which, NAMES)), reason="Chromium is not installed (Debian: apt-get install chromium)"
)
def test_a_narrow_screen_shows_all_of_the_page(tmp_path: Path) -> None:
    """The table of many clients scrolls in its own box."""
    long = replace(REPORT, client="python " + "x" * 300, findings=(replace(BOM, sent=(sent(b"y" * 3000),)),))
    file = tmp_path / "report.html"
    with closing(Chromium()) as chromium:
        for reports in ([long], [REPORT, RIGHT, ABSENT] * 5):
            file.write_text(html(reports), "utf-8")
            page = chromium.page()
            page.call("Emulation.setDeviceMetricsOverride", width=400, height=800, deviceScaleFactor=1, mobile=True)
            page.call("Page.navigate", url=file.as_uri())
            found = page.call("Runtime.evaluate", expression=WIDTH, awaitPromise=True)
            assert found["result"]["value"] == 400
            page.close()
