from typing import Any

import pytest

from mockbot.control.state import MOST_ROWS
from tests.control.conftest import Control

pytestmark = pytest.mark.anyio


async def tables(control: Control) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in (await control.get("worlds/default/state"))["tables"]}


async def test_a_world_is_shown_as_tables(control: Control) -> None:
    await control.client.chat("hello", session_id="s1")
    await control.client.upload("a.txt", b"12345")
    found = await tables(control)
    assert {"sessions", "messages", "attachments", "bots", "configs"} <= found.keys()
    assert [row["session_id"] for row in found["sessions"]["rows"]][-1:] == ["s1"]
    assert (found["attachments"]["rows"][-1]["filename"], found["attachments"]["rows"][-1]["bytes"]) == ("a.txt", 5)


async def test_large_tables_and_long_texts_are_cut(control: Control) -> None:
    for _ in range(60):
        await control.client.chat("x" * 10_000, session_id="s")
    found = (await tables(control))["messages"]
    assert (found["count"] > MOST_ROWS, len(found["rows"])) == (True, MOST_ROWS)
    assert len(str(found)) < 100_000


async def test_there_is_no_state_of_no_world(control: Control) -> None:
    assert (await control.request("GET", "worlds/none/state")).status == 404


async def test_formats(control: Control) -> None:
    assert "$defs" in await control.get("formats/fault")
    problem = await control.json("GET", "formats/scrip", status=422)
    assert "did you mean `script`?" in problem["detail"]
