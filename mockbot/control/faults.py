"""Endpoints for the faults that wait for the next responses of a world."""

from __future__ import annotations

from mockbot.control.reply import large_reply, problem, reply
from mockbot.control.request import ControlRequest, endpoint
from mockbot.fault.armed import Armed, Faults
from mockbot.fault.parse import parse_fault
from mockbot.jsontext import JSON
from mockbot.response import Response
from mockbot.turns import Work, each


@endpoint("listFaults")
async def list_faults(request: ControlRequest) -> Response:
    """List the armed faults."""
    if request.world is None:
        return request.no_world()
    return await large_reply(_listing(request.world.faults), request.world.faults.size, request.serving)


def _listing(faults: Faults) -> Work[JSON]:
    rows = yield from each(Armed.as_json, faults.list())
    return {"faults": [*rows]}


@endpoint("armFault")
async def arm_fault(request: ControlRequest) -> Response:
    """Arm a fault for the next responses."""
    fault, operation, faults = parse_fault(request.body["fault"]), request.operation, request.ensure_world().faults
    armed = faults.arm(fault, request.body.get("times", 1), operation, request.body.get("skip", 0))
    return reply(next(each.as_json() for each in faults.list() if each.id == armed), 201)


@endpoint("disarmFaults")
async def disarm_faults(request: ControlRequest) -> Response:
    """Disarm one fault, or all."""
    if request.world is None:
        return request.no_world()
    faults = request.world.faults
    ids = [request.query["id"]] if "id" in request.query else [armed.id for armed in faults.list()]
    removed = sum(faults.disarm(each) for each in ids)
    if "id" in request.query and not removed:
        return problem(404, "There is no fault with this id, or no longer")
    return reply({"removed": removed})
