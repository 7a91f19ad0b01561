"""The faults that bend a world's next answers."""

from __future__ import annotations

from mockbot.control.ask import Ask, operation
from mockbot.control.reply import problem, reply
from mockbot.fault.parse import parse_fault
from mockbot.jsontext import JSON
from mockbot.response import Response


@operation("listFaults")
async def list_faults(ask: Ask) -> Response:
    """List what is armed."""
    if ask.world is None:
        return ask.no_world()
    rows: list[JSON] = [armed.as_json() for armed in ask.world.faults.list()]
    return reply({"faults": rows})


@operation("armFault")
async def arm_fault(ask: Ask) -> Response:
    """Bend the next answers."""
    fault, operation, faults = parse_fault(ask.body["fault"]), ask.operation, ask.made.faults
    armed = faults.arm(fault, ask.body.get("times", 1), operation, ask.body.get("skip", 0))
    return reply(next(each.as_json() for each in faults.list() if each.id == armed), 201)


@operation("disarmFaults")
async def disarm_faults(ask: Ask) -> Response:
    """Take one fault away, or all."""
    if ask.world is None:
        return ask.no_world()
    faults = ask.world.faults
    ids = [ask.query["id"]] if "id" in ask.query else [armed.id for armed in faults.list()]
    removed = sum(faults.disarm(each) for each in ids)
    return (
        problem(404, "There is no such fault, any more or ever")
        if "id" in ask.query and not removed
        else reply({"removed": removed})
    )
