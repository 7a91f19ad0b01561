"""Endpoints for worlds, their clocks and their attachments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from mockbot.control.reply import NOTHING, large_reply, problem, reply
from mockbot.control.request import ControlRequest, endpoint
from mockbot.duration import milliseconds, seconds
from mockbot.errors import UserError
from mockbot.journal.credentials import mask
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.settings import Settings
from mockbot.source import Source
from mockbot.turns import Work, each
from mockbot.world.blueprint import Blueprint
from mockbot.world.clock import EPOCH, LATEST, Clock, FrozenClock, RunningClock, stamp
from mockbot.world.fixture import Fixture, Fixtures
from mockbot.world.snapshot import taking
from mockbot.world.start import Start
from mockbot.world.world import World
from mockbot.world.worlds import DEFAULT, SECRET_NAME, Slot, Worlds

MOST_ADVANCED = 1e9
"""Seconds that a clock can be advanced by."""
MOST_PACE = 60_000
"""Milliseconds between two frames."""


@endpoint("listWorlds")
async def list_worlds(request: ControlRequest) -> Response:
    """List the worlds, with keys masked."""
    return await large_reply(_listing(request.serving.worlds), 0, request.serving)


def _listing(worlds: Worlds) -> Work[JSON]:
    rows = yield from each(lambda slot: {**shown(slot), "key": mask(slot.world.open_key)}, worlds.slots())
    return {"worlds": [*rows], "limit": worlds.limit, "evicted": worlds.evicted}


@endpoint("getWorld")
async def get_world(request: ControlRequest) -> Response:
    """Return one world."""
    return _world_response(request)


@endpoint("putWorld")
async def put_world(request: ControlRequest) -> Response:
    """Make a world, or replace it."""
    start, name, given = request.serving.start, request.path["world"], request.body
    status = 201 if request.world is None else 200
    profile, clock = request.serving.version(given.get("astrbot")), _clock(given)
    turns = request.serving.turns
    fixture = await turns.in_thread(_fixture, given.get("fixture"), start, profile.blueprint)
    seed, settings = given.get("seed", start.seed(name)), _settings(given, start.settings)
    key = given.get("key", "")
    if request.serving.worlds.secret(name, (key, *(each.key for each in fixture.keys))):
        raise UserError(SECRET_NAME)
    make = partial(start.make, name, fixture, seed, clock, settings, profile.blueprint, own_key=key)
    request.serving.worlds.put(await turns.in_thread(_prepared, make))
    return _world_response(request, status)


def _prepared(make: Callable[[], World]) -> World:
    """Return a world that can mask its keys; with many, that takes long to prepare."""
    world = make()
    world.journal.callers.prepare()
    return world


@endpoint("deleteWorld")
async def delete_world(request: ControlRequest) -> Response:
    """Remove a world."""
    return NOTHING if request.serving.worlds.remove(request.path["world"]) else request.no_world()


@endpoint("resetWorld")
async def reset_world(request: ControlRequest) -> Response:
    """Reset a world to its start."""
    world = request.ensure_world()
    fresh = await request.serving.turns.in_thread(_prepared, world.fresh)
    if request.world is world:  # one that was made meanwhile is at its start
        request.serving.worlds.put(fresh)
    return _world_response(request)


@endpoint("snapshot")
async def snapshot(request: ControlRequest) -> Response:
    """Return a world as a fixture."""
    if request.world is None:
        return request.no_world()
    return await large_reply(taking(request.world), request.world.size, request.serving)


@endpoint("getClock")
async def get_clock(request: ControlRequest) -> Response:
    """Return the time of a world."""
    return request.no_world() if request.world is None else _time(request.world)


@endpoint("advanceClock")
async def advance_clock(request: ControlRequest) -> Response:
    """Advance the time of a world."""
    world = request.ensure_world()
    world.clock.advance(within(seconds(request.body["seconds"]), MOST_ADVANCED, "seconds"))
    return _time(world)


@endpoint("loseAttachment")
async def lose_attachment(request: ControlRequest) -> Response:
    """Remove the file of an attachment but keep its record."""
    world = request.ensure_world()
    record = world.attachments.find(request.body["attachment_id"])
    if record is None:
        return problem(404, "There is no attachment with this id in this world")
    world.attachments.lose(record)
    return NOTHING


def shown(slot: Slot) -> dict[str, JSON]:
    """Return the JSON of a world."""
    world, settings = slot.world, slot.world.settings
    return {
        "name": world.name,
        "base_path": "" if world.name == DEFAULT else f"/w/{world.name}",
        "key": world.open_key,
        "server": world.blueprint.server,
        "fixture": world.fixture.name,
        "seed": world.seed,
        "clock": world.clock.kind,
        "pace": world.pace * 1000,
        "contract": settings.contract,
        "strict_scripts": settings.strict_scripts,
        "sessions": len(world.sessions),
        "entries": len(world.journal),
        "streams": world.live.active_chats,
        "created": stamp(slot.created),
        "last_used": stamp(slot.used),
        "evicted": slot.evicted,
    }


def _world_response(request: ControlRequest, status: int = 200) -> Response:
    slot = request.serving.worlds.slot(request.path["world"])
    return request.no_world() if slot is None else reply(shown(slot), status)


def _fixture(given: Any, start: Start, blueprint: Blueprint) -> Fixture:
    """Return the fixture that is asked for; by default the server's, or that of the same name for another version."""
    is_own = blueprint.server == start.blueprint.server
    fixtures = start.fixtures if is_own else Fixtures(blueprint)
    if given is None:
        return start.fixture if is_own else fixtures.shipped("default")
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
            raise UserError("start: must be a time from 1970 with an offset, such as 2026-01-31T12:00:00+00:00")
    if given.get("clock") == "frozen":
        return FrozenClock(EPOCH if start is None else start)
    return RunningClock(start)


def _settings(given: dict[str, Any], default: Settings) -> Settings:
    return replace(
        default,
        pace_ms=within(milliseconds(given["pace"]), MOST_PACE, "pace") if "pace" in given else default.pace_ms,
        contract=given.get("contract", default.contract),
        strict_scripts=given.get("strict_scripts", default.strict_scripts),
    )


def within(value: float, most: float, field: str) -> float:
    """Return the value of a duration; raise UserError if it is above `most`, as a text with a unit can be."""
    if value > most:
        raise UserError(f"/{field}: must be at most {most:g}")
    return value


def _time(world: World) -> Response:
    now = world.clock.now()
    return reply({"now": stamp(now), "unix": now, "clock": world.clock.kind})
