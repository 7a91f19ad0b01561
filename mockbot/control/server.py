"""Endpoints for the server: health, versions, contract, reload and shutdown."""

from __future__ import annotations

import asyncio
import hashlib

import mockbot
from mockbot.contract.formats import schema
from mockbot.control.reload import read_again
from mockbot.control.reply import large_reply, problem, reply
from mockbot.control.request import ControlRequest, endpoint
from mockbot.control.serving import Serving
from mockbot.jsontext import JSON, compact
from mockbot.response import Response
from mockbot.turns import constant


@endpoint("health")
async def health(request: ControlRequest) -> Response:
    """Return whether the server is healthy."""
    return health_for(request.serving, trusted=True)


def health_for(serving: Serving, *, trusted: bool) -> Response:
    """Return whether the server is healthy, with the reason if it is not and the caller is trusted."""
    if serving.closing:
        return problem(503, "mockbot is closing")
    if (error := serving.start.error) is not None:
        hint = "the last reload failed; ask from the same machine, or with the control token, for the reason"
        return problem(503, error if trusted else hint)
    return reply({"status": "ok"})


@endpoint("version")
async def versions(request: ControlRequest) -> Response:
    """Return the versions of mockbot, of the imitated server and of the contract."""
    digest = hashlib.sha256(compact(request.serving.profile.document.effective)).hexdigest()
    name = request.serving.profile.name
    product, _, version = name.partition("-")
    row: dict[str, JSON] = {"mockbot": mockbot.__version__, "profile": name}
    return reply({**row, "astrbot": version if product == "astrbot" else None, "contract": f"sha256:{digest}"})


@endpoint("contract")
async def contract(request: ControlRequest) -> Response:
    """Return the effective contract."""
    return await large_reply(constant(request.serving.profile.document.effective), 0, request.serving)


@endpoint("getFormat")
async def get_format(request: ControlRequest) -> Response:
    """Return the JSON Schema of a format of mockbot's own files."""
    return reply(schema(request.path["format"]))


@endpoint("reload")
async def reload(request: ControlRequest) -> Response:
    """Read the document, the fixture, the scripts and the behaviour again."""
    changes = await read_again(request.serving)
    return reply(changes.as_json())


@endpoint("shutdown")
async def shutdown(request: ControlRequest) -> Response:
    """Stop the server after this response."""
    if request.serving.stop is None:
        return problem(409, "This mockbot runs in another program's server; stop that instead")
    request.serving.closing = True
    asyncio.get_running_loop().call_soon(request.serving.stop)
    return reply({"status": "ok"}, 202)
