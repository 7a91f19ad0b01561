import pytest

from tests.control.conftest import Control

pytestmark = pytest.mark.anyio
TEAPOT = {"name": "status", "status": 418}


async def test_a_fault_changes_the_next_response_of_its_operation(control: Control) -> None:
    armed = await control.json(
        "POST", "worlds/default/faults", {"fault": TEAPOT, "operation": "GET /api/v1/im/bots"}, 201
    )
    assert armed["left"] == 1
    assert await control.get("worlds/default/faults") == {"faults": [armed]}
    assert (await control.client.request("GET", "/api/v1/configs")).status == 200
    assert (await control.client.request("GET", "/api/v1/im/bots")).status == 418
    assert (await control.client.request("GET", "/api/v1/im/bots")).status == 200
    assert await control.get("worlds/default/faults") == {"faults": []}


async def test_a_fault_that_answers_early_is_armed_like_any_other(control: Control) -> None:
    await control.json("POST", "worlds/default/faults", {"fault": {"name": "early", "status": 503}}, 201)
    await control.json("POST", "worlds/default/faults", {"fault": {"name": "extra", "key": "x"}}, 201)
    reply = await control.client.chat("hi")
    assert (reply.status, reply.json["x"]) == (503, True)
    assert not control.client.bot_texts()
    assert [(entry.faults, entry.body) for entry in control.client.entries] == [(("early", "extra"), b"")]


async def test_faults_are_disarmed_one_by_one_or_all_at_once(control: Control) -> None:
    ids = [(await control.json("POST", "worlds/default/faults", {"fault": TEAPOT}, 201))["id"] for _ in range(3)]
    assert await control.json("DELETE", f"worlds/default/faults?id={ids[0]}") == {"removed": 1}
    assert (await control.request("DELETE", f"worlds/default/faults?id={ids[0]}")).status == 404
    assert await control.json("DELETE", "worlds/default/faults") == {"removed": 2}


@pytest.mark.parametrize(
    ("armed", "reason"),
    [
        ({"fault": "explode"}, "there is no fault"),
        ({"fault": {"name": "status", "status": 99}}, "status"),
        (
            {"fault": TEAPOT, "operation": "GET /nowhere"},
            "there is no such operation; expected one of GET /api/v1/im/bots",
        ),
    ],
)
async def test_a_fault_that_cannot_be_used_is_refused(control: Control, armed: object, reason: str) -> None:
    assert reason in (await control.json("POST", "worlds/default/faults", armed, 422))["detail"]
    assert await control.get("worlds/default/faults") == {"faults": []}
