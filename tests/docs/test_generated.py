"""The reference pages and the picture are up to date with `python -m docs.generate`."""

import shutil

import pytest

from docs.generate import prepared
from docs.generate.__main__ import DOCS, PAGES, PICTURE, schema_of_settings
from docs.generate.terminal import session, svg, text_of
from mockbot import resources
from tests.docs.pages import GENERATED

STALE = "run `python -m docs.generate` in the root folder and commit what it writes"


MARKS = {"astrbot-4.19.4-to-4.29.3.md": pytest.mark.slow}


@pytest.mark.parametrize("name", [pytest.param(name, marks=MARKS.get(name, ())) for name in PAGES])
def test_a_reference_page_is_up_to_date(name: str) -> None:
    assert (GENERATED / name).read_text("utf-8") == PAGES[name](), STALE


def test_the_schema_of_the_settings_is_up_to_date() -> None:
    assert resources.formats("config.schema.json").read_text("utf-8") == schema_of_settings(), STALE


def test_what_is_prepared_is_up_to_date() -> None:
    """A stale file is not used, so that nothing but the time of a start shows it."""
    texts = prepared.texts()
    assert {path.name for path in resources.prepared("").iterdir()} == texts.keys()
    assert [name for name, text in texts.items() if resources.prepared(name).read_text("utf-8") != text] == [], STALE


def test_every_reference_page_is_generated() -> None:
    assert {path.name for path in GENERATED.glob("*.md")} == PAGES.keys()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_picture_is_up_to_date() -> None:
    """Text is compared, not bytes: the layout depends on the version of rich."""
    assert text_of((DOCS / PICTURE).read_text("utf-8")) == text_of(svg(session())), STALE
