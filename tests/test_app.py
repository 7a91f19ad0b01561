import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from mockbot.app import create_app
from mockbot.contract.receiving import LONG_HEAD
from mockbot.errors import UserError
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock, RunningClock
from tests.conftest import KEY, Client, make_client
from tests.control.conftest import LOCAL
from tests.iterations import iterations

pytestmark = pytest.mark.anyio


async def test_it_answers_with_default_settings(capsys: pytest.CaptureFixture[str]) -> None:
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
    ("settings", "mistake"),
    [
        (Settings(fixture="nope"), "nope: no such fixture"),
        (Settings(astrbot="1.0"), "--astrbot 1.0: no such version; use 4.19.4"),
        (Settings(scripts=Path("nowhere.yaml")), "nowhere.yaml"),
        (Settings(spec="nowhere.json"), "nowhere.json"),
    ],
)
def test_settings_that_cannot_be_used_are_a_user_error(settings: Settings, mistake: str) -> None:
    with pytest.raises(UserError, match=mistake):
        create_app(settings)


async def test_scripts_come_before_the_fixtures_own(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("scripts: [{when: {message: hello}, run: [{say: [mine]}]}]")
    for scripts in (tmp_path, tmp_path / "a.yaml"):
        client = make_client(scripts=None)
        client = Client(create_app(Settings(scripts=scripts, pace_ms=0)), client.clock, [])
        assert "+mine" in (await client.chat("hello")).types


async def test_the_key_allows_every_scope() -> None:
    assert make_client().app.key == "abk_demo"


async def test_equal_requests_get_equal_bytes_and_another_seed_other_ids() -> None:
    first, again, other = [await make_client(seed=seed).chat("hi") for seed in (1, 1, 2)]
    assert first.body == again.body != other.body


async def test_each_world_has_its_own_seed_which_depends_on_its_name() -> None:
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


async def test_the_end_of_the_lifespan_ends_the_streams() -> None:
    client = make_client()
    sent: list[str] = []
    stream = client.world.live.open("s", "1")
    types = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> Message:
        return {"type": next(types)}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    await client.app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert stream.frames.take() is stream.STOP


LONG = "x" * LONG_HEAD


@pytest.mark.parametrize(
    ("target", "headers", "together"),
    [
        (f"/api/v1/im/bots?a={LONG}", [KEY], False),
        (f"/{LONG}", [KEY], False),
        ("/api/v1/im/bots", [KEY, ("x-a", LONG)], False),
        (f"/__mockbot__/{LONG}", [LOCAL], False),
        ("/api/v1/im/bots", [KEY], True),
    ],
)
async def test_requests_with_long_heads_are_answered_in_different_iterations(
    target: str, headers: list[tuple[str, str]], together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, begun = make_client(), list[int]()
    app = client.app._app

    async with iterations() as now:

        async def begin(scope: Scope, receive: Receive, send: Send) -> None:
            begun.append(now())
            await app(scope, receive, send)

        monkeypatch.setattr(client.app, "_app", begin)
        await asyncio.gather(*(client.get(target, headers=headers) for _ in range(10)))
    assert len(begun) == 10
    assert (len({*begun}) < 10) == together


async def test_a_websocket_is_refused() -> None:
    sent: list[Any] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await make_client().app({"type": "websocket", "path": "/api/v1/chat/ws", "headers": []}, receive, send)
    assert sent == [{"type": "websocket.close"}]
