"""The server as a whole: is it well, what is it, read your files again, end."""

from __future__ import annotations

import asyncio
import hashlib

import mockbot
from mockbot.control.ask import Ask, Serving, operation
from mockbot.control.reply import Reply, problem, reply
from mockbot.jsontext import compact

ASTRBOT = "4.19.4"
"""The AstrBot whose answers were recorded (BEHAVIOUR.md)."""


@operation("health")
async def health(ask: Ask) -> Reply:
    """Tell whether all is well."""
    return health_for(ask.serving, trusted=True)


def health_for(serving: Serving, *, trusted: bool) -> Reply:
    """Tell anybody whether all is well, and those who may know why not."""
    if serving.closing:
        return problem(503, "mockbot is closing")
    if (fault := serving.start.fault) is not None:
        return problem(503, fault if trusted else "the last reload failed; mockbot's log and its control API say why")
    return reply({"status": "ok"})


@operation("version")
async def version(ask: Ask) -> Reply:
    """Tell the versions of all that matters."""
    digest = hashlib.sha256(compact(ask.serving.contract.document.effective)).hexdigest()
    return reply({"mockbot": mockbot.__version__, "astrbot": ASTRBOT, "contract": f"sha256:{digest}"})


@operation("contract")
async def contract(ask: Ask) -> Reply:
    """Return the effective contract."""
    return reply(ask.serving.contract.document.effective)


@operation("reload")
async def reload(ask: Ask) -> Reply:
    """Read the server's files again."""
    await ask.serving.start.reload(ask.serving.worlds)
    return reply({"status": "ok"})


@operation("shutdown")
async def shutdown(ask: Ask) -> Reply:
    """End the server, once this answer has left."""
    if ask.serving.stop is None:
        return problem(409, "This mockbot was not started as a server of its own; end it where it was started")
    ask.serving.closing = True
    asyncio.get_running_loop().call_soon(ask.serving.stop)
    return reply({"status": "ok"}, 202)
