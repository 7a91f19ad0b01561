"""The answers to requests under /__mockbot__."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import cache, partial
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot import resources
from mockbot.contract.amounts import MOST_VALUES, has_more
from mockbot.contract.contract import Contract
from mockbot.contract.media_types import parse_content_type, read_json
from mockbot.contract.receiving import Body, no_room
from mockbot.control import breakpoints, faults, files, journal, scripts, server, state, worlds
from mockbot.control.access import refusal
from mockbot.control.reply import problem
from mockbot.control.request import ControlRequest, Endpoint, unusable
from mockbot.control.serving import PREFIX, Serving
from mockbot.errors import UserError
from mockbot.held import Share
from mockbot.openapi.document import plain_document
from mockbot.openapi.operations import Operation
from mockbot.response import Response
from mockbot.turns import Turns
from mockbot.wording import closest, near
from mockbot.world.worlds import DEFAULT, INVALID_NAME, NAME, SECRET_NAME

LARGE = 1024 * 1024
"""Bytes of a response from which on it is not validated."""
MAX_BODY = 32 * 1024 * 1024
"""Bytes of a request body: enough for a fixture with its attachments."""
SMALL = 64 * 1024
"""Bytes up to which a response is validated at once; larger ones in a thread, so that other requests do not wait."""
ENDPOINTS = (
    *(server.health, server.versions, server.contract, server.get_format, server.reload, server.shutdown),
    *(worlds.list_worlds, worlds.get_world, worlds.put_world, worlds.delete_world, worlds.reset_world, worlds.snapshot),
    *(worlds.get_clock, worlds.advance_clock, worlds.lose_attachment),
    *(scripts.list_scripts, scripts.add_scripts, scripts.put_scripts, scripts.check_scripts, scripts.entry_as_script),
    *(scripts.remove_scripts, scripts.put_states, state.get_state),
    *(files.list_files, files.check_file, files.put_file),
    *(faults.list_faults, faults.arm_fault, faults.disarm_faults),
    *(breakpoints.list_breakpoints, breakpoints.add_breakpoint, breakpoints.remove_breakpoints),
    *(breakpoints.decide, breakpoints.check_frame),
    *(journal.list_entries, journal.get_entry, journal.clear_journal, journal.stream_entries),
    *(journal.har, journal.verify_requests, journal.get_verdict),
)
FILLING, MOST_FILLING = frozenset({"putWorld", "addScripts", "putScripts", "putStates"}), 2_000_000
"""Operations that fill a world, and how many values their bodies may have; others as many as the API's."""
LONGEST = 100
"""Characters of a name that an error repeats."""
log = logging.getLogger("mockbot")


class Answers:
    """Answers requests under /__mockbot__."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving

    async def respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        held = self.serving.held.share()
        try:
            app = await self._answer(scope, receive, held)
            await app(scope, receive, send)
        finally:
            held.release()

    async def _answer(self, scope: Scope, receive: Receive, held: Share) -> ASGIApp:
        """Check access, find the operation, validate the request, and call the endpoint."""
        refused = refusal(scope, self.serving.settings)
        if (scope["method"], scope["path"]) == ("GET", f"{PREFIX}/health"):
            return server.health_for(self.serving, trusted=refused is None)
        if refused is not None:
            return refused
        route = control_contract().operations.route(scope)
        if route.operation is None:
            return no_operation(scope, route.allow)
        world = route.parameters.get("world", DEFAULT)
        if not NAME.fullmatch(world):
            return problem(400, INVALID_NAME)
        if self.serving.worlds.secret(world):
            return problem(400, SECRET_NAME)
        body = await read_body(receive, held, self.serving.turns)
        if isinstance(body, str):
            return problem(413, body)
        work = partial(self._request, scope, route.operation, route.parameters, body)
        request = work() if len(body) <= SMALL else await self.serving.turns.in_thread(work)
        if isinstance(request, Response):
            return request
        try:
            answer = await endpoints()[route.operation.operation_id].answer(request)
        except UserError as error:
            return problem(422, str(error))
        return await _validated(route.operation, answer, self.serving.turns) if isinstance(answer, Response) else answer

    def _request(
        self, scope: Scope, operation: Operation, parameters: Mapping[str, str], body: bytes
    ) -> ControlRequest | Response:
        """Return the request, or the response to one that breaks the control contract."""
        most = MOST_FILLING if operation.operation_id in FILLING else MOST_VALUES
        if has_more(body, most):
            return problem(413, f"The body must have at most {most} values; names, brackets and commas count, too")
        validation, query_string = control_contract().validation, scope["query_string"]
        violations = validation.request(operation, query_string, scope["headers"], body, parameters)
        if query_string and (unknown := next(validation.undocumented(operation, query_string, "", b""), None)):
            name = str(unknown.path[0])[:LONGEST]
            return problem(400, f"{operation.name} has no query parameter `{name}`; {near(name, unknown.known)}")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
        if any(violation.part == "media type" for violation in violations) or not is_json(headers, body):
            return problem(415, "Send the body as application/json", violations)
        if violations:
            return problem(400, violations[0].message, violations)
        value = read_json(body) if body and operation.media_types else None
        if (reason := unusable(value)) is not None:
            return problem(422, f"The body cannot be used: {reason}")
        query = dict(reversed(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True)))
        return ControlRequest(self.serving, parameters, query, headers, value)


async def _validated(operation: Operation, response: Response, turns: Turns) -> Response:
    """Return the response, or status 500 if it breaks the control contract.

    A large one has more of the same rows, and is not validated: no thread parses it without holding up the others.
    """
    if len(response.body) > LARGE:
        return response
    validation = control_contract().validation
    validate = partial(validation.response, operation, response.status, response.raw_headers, response.body)
    defects = validate() if len(response.body) <= SMALL else await turns.in_thread(validate)
    if not defects:
        return response
    log.error("the control API's response to %s breaks its contract: %s", operation.name, defects[0])
    return problem(500, "The response would break the control contract; please report this", defects)


@cache
def control_contract() -> Contract:
    """Return the contract of the control API. It is loaded on first use, because most servers do not need it."""
    return Contract.of(plain_document(resources.formats("control.openapi.yaml")), keep_slashes=True)


@cache
def endpoints() -> dict[str, Endpoint]:
    """Return the endpoint of each operation of the control contract, by operationId."""
    known: Iterable[str] = (each.operation_id for each in control_contract().operations.by_name.values())
    found = {each.operation_id: each for each in ENDPOINTS}
    assert found.keys() == set(known), "control.openapi.yaml and the endpoints differ"
    return found


async def read_body(receive: Receive, held: Share, turns: Turns) -> bytes | str:
    """Return the request body; or why it is not read, unless the client has left."""
    body, more = Body(held), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return ""
        more = message.get("more_body", False)
        has_room = await body.add(message.get("body", b""))
        if body.size > MAX_BODY:
            held.release()
            return f"The body is larger than {MAX_BODY} bytes"
        if not has_room:
            held.release()
            return f"The body must {no_room(held)}"
    held.complete()
    return await body.join(turns)


def is_json(headers: dict[str, str], body: bytes) -> bool:
    """Return whether a body is absent or JSON, even if it is not read. A form in a page of another site is neither."""
    content_type = headers.get("content-type")
    return not body if content_type is None else parse_content_type(content_type)[0] == "application/json"


def no_operation(scope: Scope, allow: tuple[str, ...]) -> Response:
    """Return the response for a path, or a method of a path, that the control contract does not have."""
    if not allow:
        begins = f"begins at {PREFIX}/worlds, the list of worlds; the reference on the control API lists all paths"
        if scope["path"].rstrip("/") == PREFIX:
            return problem(404, f"The console is only sent to what accepts text/html. The control API {begins}")
        meant = _path_like(scope["path"])
        return problem(
            404, f"The control API has no {scope['path']}{f' (did you mean {meant}?)' if meant else ''}. It {begins}"
        )
    methods = ", ".join(allow)
    if (scope["method"], scope["path"]) == ("POST", f"{PREFIX}/worlds"):
        return problem(405, f"To make a world, use PUT {PREFIX}/worlds/NAME", headers=(("allow", methods),))
    return problem(405, f"Use {methods} here, not {scope['method']}", headers=(("allow", methods),))


def _path_like(path: str) -> str | None:
    """Return the path of the control contract that was probably meant."""
    world = (path.split("/") + [""] * 4)[3] or DEFAULT
    known = (each.path.replace("{world}", world) for each in control_contract().operations.by_name.values())
    found = closest(path.removeprefix(PREFIX), [each.removeprefix(PREFIX) for each in known])
    return f"{PREFIX}{found}" if found else None
