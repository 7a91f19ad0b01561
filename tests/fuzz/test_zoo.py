"""Each client of the zoo with a bug fails where its class of bugs is on the wire, and the right ones do not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.fuzz.zoo.table import Language, planted, right
from tests.fuzz.zoo.wire_server import WireServer
from tests.fuzz.zoo.wires import PAGES, WIRES, Wire

pytestmark = pytest.mark.slow

DEADLINE = 3.0
PLANTED = planted(sys.executable)
LANGUAGES: tuple[Language, ...] = ("python", "node", "pager")
NODE = shutil.which("node")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a client ended; `code` is None if it hung."""

    code: int | None
    lines: tuple[object, ...]
    requests: int
    errors: str


def play(command: tuple[str, ...], wire: Wire) -> Outcome:
    """Let a client meet a wire."""
    with WireServer(wire) as server:
        given = {"MOCKBOT_URL": server.base_url, "MOCKBOT_KEY": "k", "MOCKBOT_MESSAGE": "hi", "MOCKBOT_CASE": "1"}
        process = subprocess.Popen(
            command,
            env={**os.environ, **given, "MOCKBOT_DEADLINE": f"{DEADLINE:g}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            out, errors = process.communicate(timeout=DEADLINE + 1.5)
            code: int | None = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            out, errors = process.communicate()
            code = None
    lines = [json.loads(line) for line in out.decode("utf-8", "replace").split("\n") if line]
    return Outcome(code, tuple(lines), len(server.requests), errors.decode())


def mistakes(outcome: Outcome, wire: Wire) -> Iterator[str]:
    """Yield what a client did wrong."""
    if outcome.code is None:
        yield "hangs"
    elif outcome.code < 0:
        yield f"dies of signal {-outcome.code}"
    elif wire.expects == "same" and outcome.code:
        yield f"reports an error: {outcome.errors[-200:]}"
    elif wire.expects == "error" and not outcome.code:
        yield "reports success"
    if wire.expects == "same" and not shows(outcome.lines, wire):
        yield f"shows {outcome.lines}"
    if wire.expects != "either" and wire.requests not in (None, outcome.requests):
        yield f"sends {outcome.requests} requests"


def shows(lines: tuple[object, ...], wire: Wire) -> bool:
    """Return whether the lines are the events of a wire, or what a pager shows."""
    if wire.values:
        return lines == wire.values
    return len(lines) == len(wire.shown) and all(map(is_event, lines, wire.shown))


def is_event(line: object, event: tuple[str, str, str]) -> bool:
    data, kind, last_id = event
    as_json = data.strip()[:1] == "{" and line == json.loads(data)
    return line == {"data": data, "event": kind, "id": last_id} or as_json


def wires_of(language: Language) -> dict[str, tuple[Wire, ...]]:
    return PAGES if language == "pager" else WIRES


def needs(language: Language) -> None:
    if language == "node" and NODE is None:
        pytest.skip("no node: .ci/packages installs it")


def together(tasks: Iterable[tuple[str, tuple[str, ...], Wire]]) -> dict[str, list[str]]:
    """Return the mistakes of several clients that run side by side, by the names of the tasks."""
    with ThreadPoolExecutor(4) as executor:
        running = [(name, wire, executor.submit(play, command, wire)) for name, command, wire in tasks]
        return {name: list(mistakes(each.result(), wire)) for name, wire, each in running}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_client_survives_every_wire(language: Language) -> None:
    needs(language)
    command = right(language, sys.executable)
    found = together(
        (f"{name} {wire.name}", command, wire) for name, each in wires_of(language).items() for wire in each
    )
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_planted_bug_shows_in_its_class_and_not_in_a_plain_reply(language: Language) -> None:
    needs(language)
    wires = wires_of(language)
    clients = [each for each in PLANTED if each.language == language]
    plain = together((each.name, each.argv, wires["plain"][0]) for each in clients)
    assert {name: each for name, each in plain.items() if each} == {}
    found = together(
        (f"{each.name} {wire.name}", each.argv, wire) for each in clients for wire in wires[each.bug_class]
    )
    shown = {name.split()[0] for name, each in found.items() if each}
    assert [each.name for each in clients if each.name not in shown] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_has_every_client(language: Language) -> None:
    needs(language)
    command = next(each.argv for each in PLANTED if each.language == language)[:-1]
    listed = subprocess.run((*command, "--list"), capture_output=True, text=True, check=True, timeout=20).stdout.split()
    assert sorted(listed) == sorted(each.argv[-1] for each in PLANTED if each.language == language)
