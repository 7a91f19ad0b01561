"""The server as a whole: is it well, what is it, read your files again, end."""

from __future__ import annotations

import asyncio
import hashlib

import mockbot
from mockbot.control.ask import Ask, Serving, operation
from mockbot.control.reply import problem, reply
from mockbot.jsontext import JSON, compact
from mockbot.response import Response


@operation("health")
async def health(ask: Ask) -> Response:
    """Tell whether all is well."""
    return health_for(ask.serving, trusted=True)


def health_for(serving: Serving, *, trusted: bool) -> Response:
    """Tell anybody whether all is well, and those who may know why not."""
    if serving.closing:
        return problem(503, "mockbot is closing")
    if (error := serving.start.error) is not None:
        return problem(503, error if trusted else "the last reload failed; mockbot's log and its control API say why")
    return reply({"status": "ok"})


@operation("version")
async def versions(ask: Ask) -> Response:
    """Tell the versions of all that matters."""
    digest = hashlib.sha256(compact(ask.serving.profile.document.effective)).hexdigest()
    name = ask.serving.profile.name
    product, _, version = name.partition("-")
    row: dict[str, JSON] = {"mockbot": mockbot.__version__, "profile": name}
    return reply({**row, "astrbot": version if product == "astrbot" else None, "contract": f"sha256:{digest}"})


@operation("contract")
async def contract(ask: Ask) -> Response:
    """Return the effective contract."""
    return reply(ask.serving.profile.document.effective)


@operation("reload")
async def reload(ask: Ask) -> Response:
    """Read the server's files again."""
    await ask.serving.start.reload(ask.serving.worlds)
    return reply({"status": "ok"})


@operation("shutdown")
async def shutdown(ask: Ask) -> Response:
    """End the server, once this answer has left."""
    if ask.serving.stop is None:
        return problem(409, "This mockbot was not started as a server of its own; end it where it was started")
    ask.serving.closing = True
    asyncio.get_running_loop().call_soon(ask.serving.stop)
    return reply({"status": "ok"}, 202)
