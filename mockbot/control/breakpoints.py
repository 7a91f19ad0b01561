"""Endpoints for breakpoints, and for the frames that wait at them."""

from __future__ import annotations

from mockbot.breakpoints.breakpoints import Breakpoint, Breakpoints, Decision, Held
from mockbot.contract.item_stream import ItemStream
from mockbot.control.reply import NOTHING, large_reply, problem, reply
from mockbot.control.request import ControlRequest, endpoint
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.sse import Parser
from mockbot.turns import Work, each
from mockbot.violation import Violation
from mockbot.world.world import World

MOST = 100
"""How many violations of a text are listed."""
NO_EVENT = "this is no event, so clients ignore it; a line of data begins with `data: `"


@endpoint("listBreakpoints")
async def list_breakpoints(request: ControlRequest) -> Response:
    """List the breakpoints, and the frames that wait."""
    if request.world is None:
        return request.no_world()
    found = request.world.breakpoints
    return await large_reply(_listing(found), found.size, request.serving)


@endpoint("addBreakpoint")
async def add_breakpoint(request: ControlRequest) -> Response:
    """Set a breakpoint."""
    given, world = request.body, request.ensure_world()
    added = world.breakpoints.add(
        Breakpoint(
            operation=request.operation,
            entry=given.get("entry"),
            frame=given.get("frame"),
            contains=given.get("contains"),
            left=given.get("times", 1),
        )
    )
    return reply(added.as_json(), 201)


@endpoint("removeBreakpoints")
async def remove_breakpoints(request: ControlRequest) -> Response:
    """Remove one breakpoint, or all."""
    if request.world is None:
        return request.no_world()
    found = request.world.breakpoints
    ids = [request.query["id"]] if "id" in request.query else [each.id for each in found.list()]
    removed = sum(found.remove(each) for each in ids)
    if "id" in request.query and not removed:
        return problem(404, "There is no breakpoint with this id, or no longer")
    return reply({"removed": removed})


@endpoint("decide")
async def decide(request: ControlRequest) -> Response:
    """Let a frame that waits go: send it, or another in its place, drop it, or cut the stream."""
    held = _held(request)
    if isinstance(held, Response):
        return held
    given = request.body
    data = given["text"].encode("utf-8", "surrogatepass") if "text" in given else None
    decision = Decision(given["action"], data, given.get("step", False))
    return NOTHING if request.ensure_world().breakpoints.decide(held.id, decision) else _gone()


@endpoint("checkFrame")
async def check_frame(request: ControlRequest) -> Response:
    """Validate a text that is to be sent in place of a frame that waits."""
    held = _held(request)
    if isinstance(held, Response):
        return held
    text, world = request.body["text"].encode("utf-8", "surrogatepass"), request.ensure_world()
    entry = world.journal.entry(held.entry)
    before = b"" if entry is None else entry.response_body
    found = await request.serving.turns.in_thread(_violations, request, world, held.operation, before, text)
    rows: list[JSON] = [each.as_json() for each in found[:MOST]]
    return reply({"violations": rows})


def _held(request: ControlRequest) -> Held | Response:
    if request.world is None:
        return request.no_world()
    return request.world.breakpoints.find(request.path["held"]) or _gone()


def _gone() -> Response:
    return problem(404, "No frame with this id waits, or no longer")


def _violations(request: ControlRequest, world: World, name: str, before: bytes, text: bytes) -> list[Violation]:
    """Return the violations of a text in a stream of the operation with this name, after what was sent before."""
    contract = request.serving.profile_of(world).contract
    operation = contract.operations.by_name.get(name)
    if operation is None:  # a reload has taken it out of the document
        return []
    if not any(True for _ in Parser().feed(text)):
        return [Violation("event", "body", "", "parse", NO_EVENT)]
    validator = contract.stream(operation) or ItemStream.of(contract.document, operation)
    validator.validate(before, False)
    return validator.validate(text, False)


def _listing(breakpoints: Breakpoints) -> Work[JSON]:
    rows = yield from each(Breakpoint.as_json, breakpoints.list())
    held = yield from each(Held.as_json, breakpoints.held())
    return {"breakpoints": [*rows], "held": [*held]}
