"""The layer that answers /__mockbot__ itself: outermost of all, so that no world, journal or CORS has a part in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from functools import cache, partial
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot import resources
from mockbot.contract.contract import Contract
from mockbot.contract.media_types import parse_content_type, read_json
from mockbot.control import faults, journal, scripts, server, worlds
from mockbot.control.access import refusal
from mockbot.control.ask import Ask, Operation, Serving, unusable
from mockbot.control.reply import problem
from mockbot.errors import UserError
from mockbot.openapi.document import plain_document
from mockbot.response import Response

PREFIX = "/__mockbot__"
MAX_BODY = 32 * 1024 * 1024
"""Bytes of a request's body: a fixture with its attachments."""
SMALL = 64 * 1024
"""Up to how many bytes a response is validated at once; a larger one in a thread, so that other requests go on."""
OPERATIONS = (
    *(server.health, server.versions, server.contract, server.reload, server.shutdown),
    *(worlds.list_worlds, worlds.get_world, worlds.put_world, worlds.delete_world, worlds.reset_world, worlds.snapshot),
    *(worlds.get_clock, worlds.advance_clock, worlds.lose_attachment),
    *(scripts.list_scripts, scripts.add_scripts, scripts.remove_scripts, scripts.put_states),
    *(faults.list_faults, faults.arm_fault, faults.disarm_faults),
    *(journal.list_entries, journal.get_entry, journal.clear_journal, journal.stream_entries),
    *(journal.har, journal.verify_requests, journal.give_verdict),
)
log = logging.getLogger("mockbot")


class Control:
    """Answers what begins with /__mockbot__ and passes everything else on."""

    def __init__(self, app: ASGIApp, serving: Serving) -> None:
        self.app, self.serving = app, serving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        app = self.app
        if scope["type"] == "http" and f"{scope['path']}/".startswith(f"{PREFIX}/"):
            app = await self._answer(scope, receive)
        await app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> ASGIApp:
        refused = refusal(scope, self.serving.settings)
        if (scope["method"], scope["path"]) == ("GET", f"{PREFIX}/health"):
            return server.health_for(self.serving, trusted=refused is None)
        if refused is not None:
            return refused
        route = control_contract().operations.find(scope["method"], scope["path"])
        if route.operation is None:
            return no_operation(scope, route.allow)
        body = await read_body(receive)
        if body is None:
            return problem(413, f"The body is larger than {MAX_BODY} bytes")
        validation = control_contract().validation
        violations = validation.request(
            route.operation, scope["query_string"], scope["headers"], body, route.parameters
        )
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        if any(violation.part == "media type" for violation in violations) or not is_json(headers, body):
            return problem(415, "Send the body as application/json", violations)
        if violations:
            return problem(400, violations[0].message, violations)
        value = read_json(body) if body and route.operation.media_types else None
        if (reason := unusable(value)) is not None:
            return problem(422, f"The body cannot be used: {reason}")
        query = dict(reversed(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)))
        ask = Ask(self.serving, route.parameters, query, headers, value)
        try:
            answer = await bound()[route.operation.operation_id].answer(ask)
        except UserError as error:
            return problem(422, str(error))
        if not isinstance(answer, Response):
            return answer
        validate = partial(validation.response, route.operation, answer.status, answer.raw_headers, answer.body)
        defects = validate() if len(answer.body) <= SMALL else await asyncio.to_thread(validate)
        if defects:
            log.error("the control API's own answer to %s breaks its contract: %s", route.operation.name, defects[0])
            return problem(500, "The response would break the control contract; please report this", defects)
        return answer


@cache
def control_contract() -> Contract:
    """Return the control API's contract; read when it is first asked for, for most servers never are."""
    return Contract.of(plain_document(resources.formats("control.openapi.yaml")))


@cache
def bound() -> dict[str, Operation]:
    """Return what answers each operation of the control contract."""
    known: Iterable[str] = (each.operation_id for each in control_contract().operations.by_name.values())
    operations = {each.name: each for each in OPERATIONS}
    assert operations.keys() == set(known), "control.openapi.yaml and the operations differ"
    return operations


async def read_body(receive: Receive) -> bytes | None:
    """Return the request's body; None when it is too large, or when its client has left meanwhile."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        more = message.get("more_body", False)
        if size > MAX_BODY:
            return None
    return b"".join(chunks)


def is_json(headers: dict[str, str], body: bytes) -> bool:
    """Tell whether a body, even an unwanted one, is JSON: what a form on another site's page sends never is."""
    content_type = headers.get("content-type")
    return not body if content_type is None else parse_content_type(content_type)[0] == "application/json"


def no_operation(scope: Scope, allow: tuple[str, ...]) -> Response:
    """Return the answer where the contract has nothing."""
    if not allow:
        return problem(
            404, f"There is nothing here; {PREFIX}/worlds lists the worlds, contracts/formats/control.openapi.yaml all"
        )
    methods = ", ".join(allow)
    return problem(405, f"This takes {methods}, not {scope['method']}", headers=(("allow", methods),))
