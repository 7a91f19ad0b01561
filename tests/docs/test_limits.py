"""The page on limits names each with its value."""

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from mockbot.settings import Settings

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "limits.md"
ROWS = [
    (bound, place)
    for what, bound, place in re.findall(
        r"^\| ([^|]+) \| ([^|]+) \| `([^`|]+)` \|", PAGE.read_text("utf-8"), re.MULTILINE
    )
    if what
]


def value_of(place: str) -> Any:
    """Return a setting's default, or a constant of a module."""
    module, _, name = place.rpartition(".")
    return getattr(import_module(f"mockbot.{module}"), name) if module else getattr(Settings(), name)


@pytest.mark.parametrize(("bound", "place"), ROWS)
def test_a_limit_is_as_the_page_says(bound: str, place: str) -> None:
    assert f"{value_of(place):,.0f}" == re.split(r"[ ](?=[a-z])|, or", bound)[0]


def test_each_setting_that_bounds_something_is_on_the_page() -> None:
    named = {place for _, place in ROWS}
    assert {each for each in (each.name for each in fields(Settings)) if each.startswith("max_")} <= named
    assert len(ROWS) > 30
