"""The recorded exchanges of two versions, played against both: every marked line of BEHAVIOUR.md has its cause."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mockbot.cli.main import main
from mockbot.errors import UserError
from mockbot.exchange.exchange import Exchange
from mockbot.exchange.load import read
from mockbot.jsontext import JSON
from mockbot.source import Source
from mockbot.verify.diff import diff as module
from mockbot.verify.diff.diff import CAUSES, diff, pairs_of
from mockbot.verify.diff.play import Pair
from mockbot.verify.diff.report import OTHER, VersionDiff, grouped
from mockbot.verify.replay.replay import chosen, shipped
from tests.docs.pages import ROOT

OLD, NEW = "4.19.4", "4.29.3"
KNOWN = CAUSES[OLD, NEW]

NOT_SHOWN = {
    "* No open run": "more than 500 pushes were not recorded as an exchange",
    "| username | any name": "no exchange repeats `username`",
    "| images": "recorded with `POST /files`, which 4.19.4 does not have",
    "| session_id, conversation_id": "the second session is seen only by counting rows of a used server",
    "`data: <json>\\n\\n`": "exchanges have no comments, and a frozen clock no heartbeats",
    "| client leaves": "seen only in the history, which 4.19.4 does not have",
}
"""The marked lines that no recorded pair shows, by their beginnings, and why."""


@dataclass(frozen=True)
class Mark:
    """A line of BEHAVIOUR.md that is marked as different or new."""

    section: str
    line: str


def marks() -> Iterator[Mark]:
    section = ""
    text = (ROOT / "contracts" / f"astrbot-{NEW}" / "BEHAVIOUR.md").read_text("utf-8")
    for line in text.splitlines():
        if heading := re.match(r"#+ (\d+(\.\d+)?)", line):
            section = heading[1]
        if section and re.search(r"Δ|\bN\b", re.sub(r"`[^`]*`", "", line)):
            yield Mark(section, line)


def test_every_marked_line_is_covered_by_a_cause_or_not_shown_by_any_pair() -> None:
    covered = {*NOT_SHOWN, *(start for cause in KNOWN for start in cause.marks)}
    assert [mark.line for mark in marks() if not any(mark.line.startswith(start) for start in covered)] == []


def test_every_cause_names_marked_lines_and_a_section_with_a_mark() -> None:
    lines, sections = [mark.line for mark in marks()], {mark.section for mark in marks()}
    assert [each.name for each in KNOWN if each.section not in sections] == []
    starts = [*NOT_SHOWN, *(start for cause in KNOWN for start in cause.marks)]
    assert [start for start in starts if not any(line.startswith(start) for line in lines)] == []


def test_the_names_of_causes_are_unique() -> None:
    names = [cause.name for cause in KNOWN]
    assert len(names) == len({*names})


@pytest.fixture(scope="module")
def whole() -> VersionDiff:
    return diff(OLD, NEW)


@pytest.mark.slow
@pytest.mark.xdist_group("version diff")
def test_every_difference_has_a_known_cause_and_every_cause_is_shown(whole: VersionDiff) -> None:
    assert [each for each in whole.groups if each.name == OTHER] == []
    assert {cause.name for cause in KNOWN} == {each.name for each in whole.groups}
    assert whole.exchanges == len(shipped(OLD)) + len(shipped(NEW))


@pytest.mark.slow
@pytest.mark.xdist_group("version diff")
def test_most_exchanges_differ_but_not_all(whole: VersionDiff) -> None:
    """AstrBot 4.29.3 itself answered 82 of 581 recorded requests as 4.19.4 did."""
    assert 0 < whole.same < whole.exchanges / 5


@pytest.mark.slow
@pytest.mark.parametrize("version", [OLD, NEW])
def test_a_version_does_not_differ_from_itself(version: str) -> None:
    same = diff(version, version)
    assert [(each.name, each.example) for each in same.groups] == []
    assert same.same == same.exchanges == len(shipped(version))


SOME = {
    "chat-fields: no route can be stored for a username with a colon": {"reserved-colon"},
    "check-order: malformed JSON is reported without a key": {"check-order"},
    "concurrency: a push appears in the stream of a run": {"push", "run-started", "user-message-saved"},
    "concurrency: a request during a tool is captured": {"follow-up"},
    "resumed-streams: a resumed stream has a snapshot": {"resume", "run-started"},
    "session-operations: a blocking run that is stopped": {"stop", "session-operations"},
    "uploads: the last of two files is taken": {"last-file", "stored-filename"},
    "downloads: an image is downloaded with its type": {"downloads", "upload-to-files"},
    "fresh-installation": {"failures"},
    "reasoning: a blocking run saves reasoning": {"reasoning"},
}
"""Some exchanges by a text in their names, with causes of their differences."""


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    recorded = [exchange for version in (OLD, NEW) for exchange in shipped(version)]
    return pairs_of(OLD, NEW, [exchange for text in SOME for exchange in chosen(recorded, text)])


@pytest.mark.parametrize(("text", "causes"), SOME.items())
def test_the_causes_of_some_exchanges(pairs: list[Pair], text: str, causes: set[str]) -> None:
    some = [pair for pair in pairs if text in pair.exchange]
    assert causes <= {each.name for each in grouped(OLD, NEW, some, KNOWN).groups}


def exchange_of(**request: JSON) -> Exchange:
    row: JSON = {"name": "x", "recorded": "x", "request": {"method": "GET", "path": "/api/v1/im/bots", **request}}
    (exchange,) = read(Source("x.yaml", {"about": "x", "exchanges": [row]}, {"": 1}))
    return exchange


def test_a_request_that_is_not_http_is_left_out() -> None:
    """No application receives it."""
    exchanges = [exchange_of(), exchange_of(headers={"not a name": "x"})]
    assert diff(OLD, NEW, exchanges).exchanges == 1


def test_each_exchange_has_a_world_of_its_own() -> None:
    """The first makes a session; the second lists none."""
    chat = {"username": "ann", "session_id": "s", "message": "/pplain"}
    made = exchange_of(method="POST", path="/api/v1/chat", json=chat)
    listed = exchange_of(path="/api/v1/chat/sessions", query={"username": "ann"})
    (group,) = diff(OLD, NEW, [made, listed, listed]).groups[:1]
    assert group.name == "json-notation"
    assert '"total": 0' in group.example.old


def test_an_unknown_version_is_an_error() -> None:
    with pytest.raises(UserError, match=r"4\.0\.0: no such version"):
        diff(OLD, "4.0.0")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["diff", *arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "shipped", lambda version: chosen(shipped(version), "routing"))


@pytest.mark.usefixtures("few")
def test_the_command_prints_the_page_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "diff.json"
    assert run(OLD, NEW, "--json", str(file)) == 1
    assert capsys.readouterr().out.startswith("# From AstrBot 4.19.4 to 4.29.3\n")
    value = json.loads(file.read_text("utf-8"))
    assert {"unknown-path", "wrong-method"} <= {each["name"] for each in value["groups"]}


@pytest.mark.usefixtures("few")
def test_the_exit_status_is_0_without_differences(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(OLD, OLD) == 0
    assert "have the same responses." in capsys.readouterr().out


@pytest.mark.usefixtures("few")
def test_a_mistake_of_the_user_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(OLD, "4.0.0") == 2
    assert run(OLD, NEW, "--json", str(tmp_path / "none" / "x")) == 2
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == ["mockbot", "mockbot"]
