"""The files that the server was started with are read, checked and written, and no others."""

import asyncio
import errno
import os
from pathlib import Path
from typing import Any

import pytest

from mockbot.app import create_app
from mockbot.control.serving import Serving
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock
from tests.conftest import Client, make_client
from tests.control.conftest import Control

pytestmark = pytest.mark.anyio
GREETING = "- name: greeting\n  when: {message: hello}\n  run: [{say: [Hi]}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "a.yaml").write_text(GREETING)
    (tmp_path / "fixture.yaml").write_text("version: 1\nextends: default\n")
    return tmp_path


@pytest.fixture
def control(folder: Path) -> Control:
    settings = Settings(scripts=folder / "scripts", fixture=str(folder / "fixture.yaml"), pace_ms=0.0)
    clock = FrozenClock()
    return Control(Client(create_app(settings, clock=clock), clock, []))


async def files(control: Control) -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in (await control.get("files"))["files"]}


async def test_the_files_are_listed_with_their_texts(control: Control, folder: Path) -> None:
    found = await files(control)
    assert {kind: (each["name"], each["text"]) for kind, each in found.items()} == {
        "scripts": (str(folder / "scripts" / "a.yaml"), GREETING),
        "fixture": (str(folder / "fixture.yaml"), "version: 1\nextends: default\n"),
    }


async def test_shipped_files_are_not_listed() -> None:
    assert await Control(make_client(contract="enforce")).get("files") == {"files": []}


async def test_a_written_file_answers_the_next_request(control: Control, folder: Path) -> None:
    file = folder / "scripts" / "a.yaml"
    file.chmod(0o640)
    text = "# mine\n" + GREETING.replace("Hi", "Good day")
    identity = (await files(control))["scripts"]["id"]
    assert await control.json("PUT", f"files/{identity}", {"text": text}) == {"status": "ok"}
    assert (file.read_text(), file.stat().st_mode & 0o777) == (text, 0o640)
    assert b"Good day" in (await control.client.chat("hello")).body
    assert [path.name for path in (folder / "scripts").iterdir()] == ["a.yaml"]


async def test_a_mistake_is_named_with_its_line_and_nothing_is_written(control: Control, folder: Path) -> None:
    identity = (await files(control))["scripts"]["id"]
    text = "- name: greeting\n  runs: []\n"
    (mistake, *_) = (await control.json("POST", f"files/{identity}/check", {"text": text}))["mistakes"]
    assert (mistake["line"], "runs" in mistake["message"]) == (2, True)
    await control.json("PUT", f"files/{identity}", {"text": text}, 422)
    assert (folder / "scripts" / "a.yaml").read_text() == GREETING
    assert await control.json("POST", f"files/{identity}/check", {"text": GREETING}) == {"mistakes": []}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("fixture", "version: 1\nextends: /etc/passwd\n"),
        ("fixture", "version: 1\nattachments: [{file: /etc/passwd}]\n"),
        ("scripts", "- when: {operation: GET /api/v1/im/bots}\n  answer: {file: /etc/passwd}\n"),
    ],
)
async def test_a_text_cannot_name_other_files(control: Control, kind: str, text: str) -> None:
    identity = (await files(control))[kind]["id"]
    assert (await control.json("POST", f"files/{identity}/check", {"text": text}))["mistakes"]
    reply = await control.request("PUT", f"files/{identity}", {"text": text})
    assert (reply.status, b"root:" in reply.body) == (422, False)


async def test_what_is_no_regular_file_is_not_written(control: Control, folder: Path) -> None:
    file = folder / "scripts" / "a.yaml"
    identity = (await files(control))["scripts"]["id"]
    file.rename(folder / "elsewhere.yaml")
    file.symlink_to(folder / "elsewhere.yaml")
    await control.json("PUT", f"files/{identity}", {"text": "[]"}, 422)
    assert (folder / "elsewhere.yaml").read_text() == GREETING


@pytest.mark.parametrize("name", ["chmod", "replace"])
async def test_a_file_that_cannot_be_written_stays_and_leaves_no_draft(
    control: Control, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    identity = (await files(control))["scripts"]["id"]
    monkeypatch.setattr(os, name, full)
    reply = await control.request("PUT", f"files/{identity}", {"text": "[]"})
    assert (reply.status, "cannot be written: No space left on device" in reply.json["detail"]) == (422, True)
    assert os.listdir(folder / "scripts") == ["a.yaml"]
    assert (folder / "scripts" / "a.yaml").read_text() == GREETING


async def test_only_known_ids_lead_to_a_file(control: Control) -> None:
    assert (await control.request("PUT", "files/scripts-000000000000", {"text": ""})).status == 404
    assert (await control.request("PUT", "files/..%2F..%2Fetc%2Fpasswd", {"text": ""})).status == 400


async def test_a_lone_surrogate_is_refused(control: Control, folder: Path) -> None:
    identity = (await files(control))["scripts"]["id"]
    await control.json("PUT", f"files/{identity}", {"text": "# \ud800"}, 422)
    assert [path.name for path in (folder / "scripts").iterdir()] == ["a.yaml"]


async def test_nothing_is_written_while_another_file_has_a_mistake(control: Control, folder: Path) -> None:
    identity = (await files(control))["scripts"]["id"]
    (folder / "scripts" / "b.yaml").write_text("- whn: 1\n")
    assert "b.yaml" in (await control.json("PUT", f"files/{identity}", {"text": "# x\n" + GREETING}, 422))["detail"]
    assert (folder / "scripts" / "a.yaml").read_text() == GREETING


async def test_two_files_are_written_one_after_the_other(
    control: Control, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the one whose text cannot be loaded would restore what was there before the other one."""
    reading, most = 0, 0

    async def read_again(serving: Serving) -> None:
        nonlocal reading, most
        assert serving.writing.locked()
        reading, most = reading + 1, max(most, reading + 1)
        for _ in range(5):
            await asyncio.sleep(0)
        reading -= 1

    monkeypatch.setattr("mockbot.control.files.read_again", read_again)
    ids = [each["id"] for each in (await files(control)).values()]
    texts = {each["id"]: each["text"] for each in (await files(control)).values()}
    await asyncio.gather(*(control.json("PUT", f"files/{each}", {"text": texts[each]}) for each in ids * 3))
    assert (len(ids), most) == (2, 1)
