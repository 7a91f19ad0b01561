"""The fixtures, marker keywords and ini options of the pytest plugin."""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest

from docs.generate.markdown import code, page, sentences, table
from mockbot.testing import plugin, pytest_fixtures
from mockbot.testing.marker import KEYWORDS

MEANINGS = {
    "fixture": "The name of a shipped fixture, the path of a fixture file, or a fixture as a mapping.",
    "scripts": "A script, a path, or a list of both. They come before the scripts of the fixture.",
    "contract": "`enforce` or `observe`. Default: as the server was started.",
    "seed": "The seed of the world's ids. Default: the name of the test.",
    "strict_scripts": "Whether a message that no script matches is an error instead of an echo.",
    "pace": "Milliseconds between two frames of a stream. Default: 0.",
    "frozen": "Whether the clock moves only when a test advances it. Default: true.",
    "allow_violations": "`True`, an operation or a list of operations: violations there do not fail the test.",
    "verdict": "The least severity of a finding that fails the test: `error`, `warning`, or `off`. "
    "`note` is as `warning`, and `pytest -rP` shows the notes, which never fail a test.",
    "spec": "An OpenAPI document, a path or URL. All tests with the same document and options share one server.",
    "astrbot": "The version of AstrBot that the world imitates, or a list: the test runs once for each. "
    "Default: as the server was started; with `spec`, none.",
    "stateful": "Whether operations on collections such as `/pets` and `/pets/{id}` keep state. Default: false.",
    "unhandled": "`example` or `problem`: the response of an operation without a handler.",
}


class IniOptions:
    """Collects what the plugin adds to pytest's ini file."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str]] = []

    def addini(self, name: str, help: str, default: Any = None, **_: Any) -> None:
        """Add one option."""
        self.rows.append((code(name), code(str(default).lower()), f"{help[:1].upper()}{help[1:]}."))


def pytest_page() -> str:
    """Return the page on the plugin."""
    options = IniOptions()
    plugin.pytest_addoption(options)  # type: ignore[arg-type]  # the part of pytest's parser that the plugin uses
    keywords = [(code(name), MEANINGS[name]) for name in KEYWORDS]
    return page(
        "pytest plugin",
        "The plugin is active wherever mockbot is installed. "
        "[Use in pytest](../how-to/use-in-pytest.md) shows it at work.",
        "## Fixtures",
        *(part for name, doc in plugin_fixtures() for part in (f"### {name}", doc)),
        "## Marker",
        "`@pytest.mark.mockbot(...)` describes the world that the fixture `mockbot` makes. Paths are relative to the "
        "folder of the test. If several markers apply, the one nearest to the test takes precedence, keyword by "
        "keyword.",
        table(("keyword", "meaning"), keywords),
        "## Ini options",
        table(("option", "default", "meaning"), options.rows),
        "## Environment",
        "With `MOCKBOT_URL` the plugin uses a server that is already running, and sends `MOCKBOT_CONTROL_TOKEN` if it "
        "is set.",
    )


def plugin_fixtures() -> Iterator[tuple[str, str]]:
    """Yield name and documentation of each pytest fixture of the plugin."""
    for name, value in vars(pytest_fixtures).items():
        if isinstance(value, pytest.FixtureDef) or type(value).__name__ == "FixtureFunctionDefinition":
            yield name, sentences(inspect.getdoc(value) or "")
