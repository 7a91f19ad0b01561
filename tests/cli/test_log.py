"""When the log is in colour, and what it shows with --verbose."""

import io
import logging
from collections.abc import Mapping

import pytest

from mockbot.cli.log import coloured, configure_log
from mockbot.journal.log import text_log
from tests.conftest import KEY, make_client


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "on_a_terminal", "piped"),
    [
        ({}, True, False),
        ({"TERM": "xterm"}, True, False),
        ({"TERM": "dumb"}, False, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ({"FORCE_COLOR": ""}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
    ],
)
def test_colour_is_for_terminals_or_as_the_variables_say(
    variables: Mapping[str, str], on_a_terminal: bool, piped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.name", "posix")
    assert coloured(Terminal(), variables) is on_a_terminal
    assert coloured(io.StringIO(), variables) is piped
    assert coloured(None, variables) is piped


def test_a_terminal_of_windows_that_understands_no_styles_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.name", "nt")
    assert not coloured(Terminal(), {})
    assert coloured(Terminal(), {"WT_SESSION": "1"})


def test_levels_have_a_colour() -> None:
    for colour in (True, False):
        stream = io.StringIO()
        configure_log(stream, "text", colour=colour)
        log = logging.getLogger("mockbot")
        log.info("an INFO")
        log.warning("a WARNING")
        log.error("bad")
        first, second, third = stream.getvalue().splitlines()
        assert "\x1b" not in first
        assert ("\x1b[33mWARNING\x1b[0m a WARNING" in second) is colour
        assert ("\x1b[31mERROR\x1b[0m" in third) is colour


@pytest.mark.anyio
async def test_bodies_are_shown_without_keys() -> None:
    client = make_client()
    await client.chat(f"my key is {KEY[1]}secretsecret")
    stream = io.StringIO()
    text_log(stream, bodies=True)(client.entries[0])
    assert "  > " in stream.getvalue()
    assert '  < data: {"type": "end"' in stream.getvalue()
    assert "secretsecret" not in stream.getvalue()
