"""A world's scripts and the named states they go by."""

from __future__ import annotations

from mockbot.control.ask import Ask, operation
from mockbot.control.reply import reply
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.script.load import read
from mockbot.script.scripts import Scripts
from mockbot.source import Source


@operation("listScripts")
async def list_scripts(ask: Ask) -> Response:
    """List the scripts in the order they are tried."""
    return ask.no_world() if ask.world is None else _listed(ask.world.scripts)


@operation("addScripts")
async def add_scripts(ask: Ask) -> Response:
    """Put scripts in front."""
    added = read(Source("scripts", ask.body, {}))
    scripts = ask.made.scripts
    scripts.add(*added)
    return _listed(scripts)


@operation("removeScripts")
async def remove_scripts(ask: Ask) -> Response:
    """Remove the scripts of one name, or all."""
    if ask.world is None:
        return ask.no_world()
    scripts = ask.world.scripts
    names = {ask.query["name"]} if "name" in ask.query else {script.name for script in scripts}
    return reply({"removed": sum(scripts.remove(name) for name in names)})


@operation("putStates")
async def put_states(ask: Ask) -> Response:
    """Replace the named states."""
    scripts = ask.made.scripts
    scripts.states = dict(ask.body)
    return _listed(scripts)


def _listed(scripts: Scripts) -> Response:
    rows: list[JSON] = [
        {"name": script.name, "place": script.place, "used": used, "left": left, "script": script.written}
        for script, used, left in scripts.uses()
    ]
    return reply({"scripts": rows, "states": {**scripts.states}})
