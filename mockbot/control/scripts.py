"""Endpoints for the scripts of a world and their named states."""

from __future__ import annotations

from mockbot.control.reply import reply
from mockbot.control.request import ControlRequest, endpoint
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.script.load import read
from mockbot.script.scripts import Scripts
from mockbot.source import Source


@endpoint("listScripts")
async def list_scripts(request: ControlRequest) -> Response:
    """List the scripts in the order they are tried."""
    return request.no_world() if request.world is None else _listed(request.world.scripts)


@endpoint("addScripts")
async def add_scripts(request: ControlRequest) -> Response:
    """Add scripts before all others."""
    added = read(Source("scripts", request.body, {}), request.serving.profile_of(request.ensure_world()).contract)
    scripts = request.ensure_world().scripts
    scripts.add(*added)
    return _listed(scripts)


@endpoint("removeScripts")
async def remove_scripts(request: ControlRequest) -> Response:
    """Remove the scripts of one name, or all."""
    if request.world is None:
        return request.no_world()
    scripts = request.world.scripts
    names = {request.query["name"]} if "name" in request.query else {script.name for script in scripts}
    return reply({"removed": sum(scripts.remove(name) for name in names)})


@endpoint("putStates")
async def put_states(request: ControlRequest) -> Response:
    """Replace the named states."""
    scripts = request.ensure_world().scripts
    scripts.states = dict(request.body)
    return _listed(scripts)


def _listed(scripts: Scripts) -> Response:
    rows: list[JSON] = [
        {"name": script.name, "place": script.place, "used": used, "left": left, "script": script.written}
        for script, used, left in scripts.uses()
    ]
    return reply({"scripts": rows, "states": {**scripts.states}})
