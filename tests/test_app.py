import json
from pathlib import Path

import pytest

from mockbot.app import create_app
from mockbot.errors import UserError
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock, RunningClock
from tests.conftest import Client, make_client

pytestmark = pytest.mark.anyio


async def test_it_answers_with_nothing_told(capsys: pytest.CaptureFixture[str]) -> None:
    app = create_app()
    client = Client(app, FrozenClock(), [])
    assert (await client.get("/api/v1/im/bots")).json["status"] == "ok"
    assert "GET /api/v1/im/bots 200" in capsys.readouterr().err
    assert isinstance(client.world.clock, RunningClock)
    await app.close()


async def test_the_log_can_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    client = Client(create_app(Settings(log="json")), FrozenClock(), [])
    await client.get("/api/v1/im/bots")
    assert json.loads(capsys.readouterr().err)["status"] == 200


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (Settings(fixture="nope"), "nope: no such fixture"),
        (Settings(astrbot="1.0"), "--astrbot 1.0: no such version; use 4.19.4"),
        (Settings(scripts=Path("nowhere.yaml")), "nowhere.yaml"),
        (Settings(spec="nowhere.json"), "nowhere.json"),
    ],
)
def test_what_cannot_be_used_is_the_users_mistake(settings: Settings, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        create_app(settings)


async def test_scripts_come_before_the_fixtures_own(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("scripts: [{when: {message: hello}, run: [{say: [mine]}]}]")
    for scripts in (tmp_path, tmp_path / "a.yaml"):
        client = make_client(scripts=None)
        client = Client(create_app(Settings(scripts=scripts, pace_ms=0)), client.clock, [])
        assert "+mine" in (await client.chat("hello")).types


async def test_the_key_is_one_that_opens_everything() -> None:
    assert make_client().app.key == "abk_demo"


async def test_equal_requests_get_equal_bytes_and_another_seed_other_ids() -> None:
    first, again, other = [await make_client(seed=seed).chat("hi") for seed in (1, 1, 2)]
    assert first.body == again.body != other.body


async def test_worlds_have_seeds_of_their_own_which_are_always_the_same() -> None:
    bodies = {at: (await make_client().chat("hi", at)).body for at in ("", "/w/a", "/w/b")}
    assert len(set(bodies.values())) == 3
    assert (await make_client().chat("hi", "/w/b")).body == bodies["/w/b"]


async def test_browsers_may_call_in_enforce_and_not_in_observe() -> None:
    for mode, origin in (("enforce", "*"), ("observe", None)):
        headers = [("X-API-Key", "abk_demo"), ("Origin", "http://localhost:3000")]
        reply = await make_client(contract=mode).get("/api/v1/im/bots", headers=headers)
        assert reply.header("access-control-allow-origin") == origin


async def test_the_contract_is_served_effective_and_as_published() -> None:
    client = make_client()
    assert (await client.get("/openapi.upstream.json", headers=[])).body == client.app.profile.document.upstream_bytes
    served = (await client.get("/openapi.json", headers=[])).json
    effective = client.app.profile.document.effective
    assert served["components"] == effective["components"]
    assert {path: set(item) for path, item in served["paths"].items()} == {
        path: set(item) for path, item in effective["paths"].items()
    }


async def test_a_server_that_speaks_of_its_life_ends_the_streams_with_it() -> None:
    client, sent = make_client(), []
    stream = client.world.live.open("s", "1")
    told = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(told)}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await client.app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert stream.frames.get_nowait() is stream.STOP


async def test_a_websocket_is_refused() -> None:
    sent = []

    async def send(message: dict[str, str]) -> None:
        sent.append(message)

    await make_client().app({"type": "websocket", "path": "/api/v1/chat/ws", "headers": []}, None, send)
    assert sent == [{"type": "websocket.close"}]
