"""Worlds: list, make, look at, reset, forget; their clocks and their files."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from mockbot.control.ask import Ask, operation
from mockbot.control.reply import NOTHING, problem, reply
from mockbot.errors import UserError
from mockbot.journal.credentials import mask
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.settings import Settings
from mockbot.source import Source
from mockbot.world.clock import EPOCH, LATEST, Clock, FrozenClock, RunningClock, stamp
from mockbot.world.fixture import Fixture, Fixtures
from mockbot.world.snapshot import snapshot as write_snapshot
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, Stay


@operation("listWorlds")
async def list_worlds(ask: Ask) -> Response:
    """List the worlds, keys masked."""
    worlds = ask.serving.worlds
    rows: list[JSON] = [{**shown(stay), "key": mask(stay.world.open_key)} for stay in worlds.stays()]
    return reply({"worlds": rows, "limit": worlds.limit, "evicted": worlds.evicted})


@operation("getWorld")
async def get_world(ask: Ask) -> Response:
    """Show one world."""
    return _stay(ask)


@operation("putWorld")
async def put_world(ask: Ask) -> Response:
    """Make a world, or make it anew."""
    start, name, given = ask.serving.start, ask.path["world"], ask.body
    status = 201 if ask.world is None else 200
    fixture, clock = _fixture(given.get("fixture"), start.fixture, start.fixtures), _clock(given)
    seed, settings = given.get("seed", start.seed(name)), _settings(given, start.settings)
    ask.serving.worlds.put(start.make(name, fixture, seed, clock, settings))
    return _stay(ask, status)


@operation("deleteWorld")
async def delete_world(ask: Ask) -> Response:
    """Forget a world."""
    return NOTHING if ask.serving.worlds.remove(ask.path["world"]) else ask.no_world()


@operation("resetWorld")
async def reset_world(ask: Ask) -> Response:
    """Bring a world back to its start."""
    ask.serving.worlds.put(ask.made.fresh())
    return _stay(ask)


@operation("snapshot")
async def snapshot(ask: Ask) -> Response:
    """Write a world as a fixture."""
    return ask.no_world() if ask.world is None else reply(write_snapshot(ask.world))


@operation("getClock")
async def get_clock(ask: Ask) -> Response:
    """Tell a world's time."""
    return ask.no_world() if ask.world is None else _time(ask.world)


@operation("advanceClock")
async def advance_clock(ask: Ask) -> Response:
    """Move a world's time forward."""
    world = ask.made
    world.clock.advance(ask.body["seconds"])
    return _time(world)


@operation("loseAttachment")
async def lose_attachment(ask: Ask) -> Response:
    """Remove the file behind a record."""
    world = ask.made
    record = world.attachments.find(ask.body["attachment_id"])
    if record is None:
        return problem(404, "There is no attachment of that id in this world")
    world.attachments.lose(record)
    return NOTHING


def shown(stay: Stay) -> dict[str, JSON]:
    """Return what is told about a world."""
    world, settings = stay.world, stay.world.settings
    return {
        "name": world.name,
        "base_path": "" if world.name == DEFAULT else f"/w/{world.name}",
        "key": world.open_key,
        "fixture": world.fixture.name,
        "seed": world.seed,
        "clock": world.clock.kind,
        "pace": settings.pace_ms,
        "contract": settings.contract,
        "strict_scripts": settings.strict_scripts,
        "sessions": len(world.sessions),
        "entries": len(world.journal),
        "streams": world.live.going_on,
        "created": stamp(stay.created),
        "last_used": stamp(stay.used),
        "evicted": stay.evicted,
    }


def _stay(ask: Ask, status: int = 200) -> Response:
    stay = ask.serving.worlds.stay(ask.path["world"])
    return ask.no_world() if stay is None else reply(shown(stay), status)


def _fixture(given: Any, usual: Fixture, fixtures: Fixtures) -> Fixture:
    if given is None:
        return usual
    if isinstance(given, str):
        return fixtures.shipped(given)
    return fixtures.parse(Source("fixture", given, {}), files=False)


def _clock(given: dict[str, Any]) -> Clock:
    start: float | None = None
    if "start" in given:
        try:
            moment = datetime.fromisoformat(given["start"])
        except ValueError:
            moment = None
        start = moment.timestamp() if moment is not None and moment.tzinfo else -1
        if not 0 <= start < LATEST:
            raise UserError("start: not a time with offset from 1970 on, such as 2026-01-31T12:00:00+00:00")
    if given.get("clock") == "frozen":
        return FrozenClock(EPOCH if start is None else start)
    return RunningClock(start)


def _settings(given: dict[str, Any], usual: Settings) -> Settings:
    return replace(
        usual,
        pace_ms=given.get("pace", usual.pace_ms),
        contract=given.get("contract", usual.contract),
        strict_scripts=given.get("strict_scripts", usual.strict_scripts),
    )


def _time(world: World) -> Response:
    now = world.clock.now()
    return reply({"now": stamp(now), "unix": now, "clock": world.clock.kind})
