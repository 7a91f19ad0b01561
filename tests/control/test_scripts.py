import pytest

from tests.control.conftest import Control

pytestmark = pytest.mark.anyio
HELLO = {"name": "hello", "when": {"message": "hello"}, "run": [{"say": "hi"}], "times": 2}


async def test_a_new_script_is_tried_first(control: Control) -> None:
    listed = await control.json("POST", "worlds/default/scripts", [HELLO])
    assert listed["scripts"][0] == {"name": "hello", "place": "scripts:1", "used": 0, "left": 2, "script": HELLO}
    assert "=hi" in (await control.client.chat("hello", enable_streaming=False)).types
    first = (await control.get("worlds/default/scripts"))["scripts"][0]
    assert (first["used"], first["left"]) == (1, 1)


@pytest.mark.parametrize(
    ("scripts", "reason"),
    [
        ([{"run": [{"shout": "hi"}]}], "/0/run/0"),
        ([{"name": "a", "run": [], "command": []}], "exactly one of"),
        ([HELLO, HELLO], "already has the name"),
        ([{"run": [{"say": "{missing}"}]}], "missing"),
    ],
)
async def test_a_script_that_cannot_be_used_changes_nothing(control: Control, scripts: object, reason: str) -> None:
    before = await control.get("worlds/default/scripts")
    assert reason in (await control.json("POST", "worlds/default/scripts", scripts, 422))["detail"]
    assert await control.get("worlds/default/scripts") == before


async def test_a_world_holds_a_limited_number_of_scripts(control: Control) -> None:
    await control.json("POST", "worlds/a/scripts", [{"run": []}] * 900)
    refused = await control.json("POST", "worlds/a/scripts", [{"run": []}] * 200, 422)
    assert refused["detail"] == "a world holds 1000 scripts at most; remove some first"


async def test_scripts_are_removed_by_name_or_all_at_once(control: Control) -> None:
    count = len((await control.json("POST", "worlds/default/scripts", [HELLO]))["scripts"])
    assert await control.json("DELETE", "worlds/default/scripts?name=hello") == {"removed": 1}
    assert await control.json("DELETE", "worlds/default/scripts?name=hello") == {"removed": 0}
    assert await control.json("DELETE", "worlds/default/scripts") == {"removed": count - 1}
    assert (await control.get("worlds/default/scripts"))["scripts"] == []


async def test_states_are_set_and_returned(control: Control) -> None:
    script = {"requires": {"door": "open"}, "sets": {"door": "shut"}, "run": [{"say": "in"}]}
    await control.json("POST", "worlds/default/scripts", [script])
    assert (await control.json("PUT", "worlds/default/states", {"door": "open"}))["states"] == {"door": "open"}
    assert "=in" in (await control.client.chat("x", enable_streaming=False)).types
    assert (await control.get("worlds/default/scripts"))["states"] == {"door": "shut"}
