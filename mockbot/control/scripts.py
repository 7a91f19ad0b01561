"""Endpoints for the scripts of a world and their named states."""

from __future__ import annotations

from collections.abc import Callable

from mockbot.contract.contract import Contract
from mockbot.contract.media_types import parse_content_type
from mockbot.control.reply import large_reply, problem, reply
from mockbot.control.request import ControlRequest, endpoint
from mockbot.errors import UserError
from mockbot.journal.entry import Entry
from mockbot.journal.reading import reading
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.script.load import read
from mockbot.script.model import Script
from mockbot.script.saved import script_of
from mockbot.script.scripts import LIMIT, Scripts
from mockbot.source import Source, parse
from mockbot.turns import Work
from mockbot.yamltext import dump

NAME = "script"
"""What errors call a text that a client sent."""


@endpoint("listScripts")
async def list_scripts(request: ControlRequest) -> Response:
    """List the scripts in the order they are tried."""
    if request.world is None:
        return request.no_world()
    return await _listed(request, request.world.scripts, texts=request.query.get("text") == "true")


@endpoint("addScripts")
async def add_scripts(request: ControlRequest) -> Response:
    """Add one script or several before all others."""
    written = request.body if isinstance(request.body, list) else [request.body]
    contract = request.serving.profile_of(request.ensure_world()).contract
    added = await request.serving.turns.in_thread(read, Source("scripts", written, {}), contract)
    scripts = request.ensure_world().scripts
    scripts.add(*added)
    return await _listed(request, scripts)


@endpoint("putScripts")
async def put_scripts(request: ControlRequest) -> Response:
    """Replace a script by those that are written in a text, or add them before all others."""
    world = request.ensure_world()
    contract = request.serving.profile_of(world).contract
    written = await request.serving.turns.in_thread(_read, request.text, contract)
    world.scripts.replace(request.body.get("replaces"), written)
    return await _listed(request, world.scripts)


@endpoint("checkScripts")
async def check_scripts(request: ControlRequest) -> Response:
    """Return the mistakes in a text with scripts."""
    world = request.world
    profile = request.serving.profile if world is None else request.serving.profile_of(world)
    text = request.text
    found = await request.serving.turns.in_thread(mistakes, lambda: _read(text, profile.contract), NAME)
    return reply({"mistakes": found})


@endpoint("entryAsScript")
async def entry_as_script(request: ControlRequest) -> Response:
    """Return a script that gives the response of an exchange again."""
    if request.world is None:
        return request.no_world()
    entry = request.world.journal.entry(request.path["entry"])
    if entry is None:
        return problem(404, "There is no entry with this id, or no longer")
    if entry.operation is None or not entry.status:
        return problem(409, "Only the response to an operation of the document can become a script")
    return reply({"text": await request.serving.turns.work(reading(_as_script, entry))})


@endpoint("removeScripts")
async def remove_scripts(request: ControlRequest) -> Response:
    """Remove the scripts of one name, or all."""
    if request.world is None:
        return request.no_world()
    return reply({"removed": request.world.scripts.remove(request.query.get("name"))})


@endpoint("putStates")
async def put_states(request: ControlRequest) -> Response:
    """Replace the named states."""
    scripts = request.ensure_world().scripts
    scripts.put_states(request.body)
    return await _listed(request, scripts)


def _read(text: str, contract: Contract | None) -> tuple[Script, ...]:
    """Return the scripts of a text; raise UserError, also if there are more than a world holds."""
    source = parse(text, NAME)
    if isinstance(source.value, list) and len(source.value) > LIMIT:
        raise UserError(f"{NAME}:1: a world holds {LIMIT} scripts at most, these are {len(source.value)}")
    return read(source, contract)


def _as_script(entry: Entry) -> str:
    content_type = next((value for name, value in entry.response_headers if name.lower() == "content-type"), "")
    media_type, body, response = parse_content_type(content_type)[0], entry.body, entry.response_body
    operation = entry.operation or ""
    return dump([script_of(f"saved-{entry.id}", operation, entry.chat, body, entry.status, media_type, response)])


def mistakes(check: Callable[[], object], name: str) -> list[JSON]:
    """Return what `check` raises about the file `name`, each mistake with its line if that is known."""
    try:
        check()
    except UserError as error:
        return [_mistake(line, name) for line in str(error).splitlines()]
    return []


def _mistake(line: str, name: str) -> JSON:
    """Return a line of an error, `name:3: /0/run: sentence`, in parts."""
    number, separator, message = line.removeprefix(f"{name}:").partition(": ")
    known = line.startswith(f"{name}:") and number.isdecimal() and bool(separator)
    return {"line": int(number) if known else None, "message": message if known else line}


async def _listed(request: ControlRequest, scripts: Scripts, *, texts: bool = False) -> Response:
    return await large_reply(_listing(scripts, texts), scripts.size, request.serving)


def _listing(scripts: Scripts, texts: bool) -> Work[JSON]:
    states: JSON = {**scripts.states}
    uses = scripts.uses()
    rows = [_row(*use) for use in uses]
    if texts:
        written: list[str] = yield lambda: [dump([script.written]) for script, _, _ in uses]
        for row, text in zip(rows, written, strict=True):
            row["text"] = text
    return {"scripts": [*rows], "states": states}


def _row(script: Script, used: int, left: int | None) -> dict[str, JSON]:
    return {"name": script.name, "place": script.place, "used": used, "left": left, "script": script.written}
