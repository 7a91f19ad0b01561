"""The step that plays scripts for operations, before the handler."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.contract.item_stream import ItemStream
from mockbot.contract.media_types import parse_content_type, read_json
from mockbot.fault.fault import due
from mockbot.jsontext import JSON
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.profile import Profile
from mockbot.response import Response, whole
from mockbot.script.answers import NOT_A_VALUE
from mockbot.script.calls import PARTS, ApiRequest, Part, as_text
from mockbot.script.chosen import Chosen
from mockbot.script.model import Answer, Events, EventStep, FaultStep, WaitStep
from mockbot.script.sent import encoded, written
from mockbot.script.template import Filling, fill, fill_all
from mockbot.sse import EVENT_STREAM
from mockbot.turns import Spell, Turns
from mockbot.world.call import Call

ALONE = re.compile(r"\{(\w[\w.-]*)\}")
"""Matches a text that is one placeholder alone."""
BOOLEANS = {"true": True, "false": False}
TYPES: Mapping[str, Callable[[str], JSON]] = {"integer": int, "number": float, "boolean": BOOLEANS.__getitem__}
"""Reads a parameter of each type; raises ValueError or KeyError."""


class Scripted:
    """A step that answers with a script of the world; None if there is none for the operation."""

    def __init__(self, profile: Profile, turns: Turns) -> None:
        self._profile, self._turns = profile, turns
        self._validators: dict[str, ItemStream] = {}

    def __call__(self, call: Call) -> ASGIApp | None:
        """Play the first script that matches, with `strict_scripts` refuse if only others are there."""
        if call.operation is None or not call.world.scripts.has_replies:
            return None
        request = api_request(call, call.operation)
        chosen = call.world.scripts.reply(request)
        if chosen is not None:
            return self.play(chosen, request, call)
        if call.settings.strict_scripts and (near := call.world.scripts.nearest_reply(request)):
            call.transaction.verbatim = True
            call.note_refusal(why := f"No script matches this request; {near}")
            return self._profile.error(400, why)
        return None

    def play(self, chosen: Chosen, request: ApiRequest, call: Call) -> ASGIApp:
        """Return what a script for an operation sends."""
        reply, operation = chosen.script.reply, call.operation
        assert reply is not None
        assert operation is not None
        call.entry.script = chosen.script.name
        call.transaction.verbatim = reply.violates
        values = _Values(chosen, request, call, self._profile.document)
        if isinstance(reply.sends, Answer):
            return answer(reply.sends, values)
        if call.world.live.full(call.settings.max_streams):
            call.transaction.undocumented, call.transaction.verbatim = True, False
            return self._profile.error(
                503, f"This world allows no more streams at a time ({call.settings.max_streams})"
            )
        if operation.name != self._profile.chat:
            call.transaction.stream = self._validator(operation)
        return EventsApp(reply.sends, values, call, self._turns)

    def _validator(self, operation: Operation) -> ItemStream:
        """Return a validator for one stream; what they share is made only once."""
        known = self._validators
        if operation.name not in known:
            known[operation.name] = ItemStream.of(self._profile.document, operation)
        return known[operation.name].fresh()


class _Values(Filling):
    """The values of the placeholders in one reply."""

    def __init__(self, chosen: Chosen, request: ApiRequest, call: Call, document: Document) -> None:
        super().__init__({name: partial(str, value) for name, value in chosen.groups.items()})
        self._request, self._operation, self._document = request, call.operation, document
        self["now"] = lambda: datetime.fromtimestamp(call.world.clock.now(), UTC).isoformat()
        self["uuid"] = call.world.ids.uuid
        self._number = chosen.number
        self["n"] = lambda: str(chosen.number)

    def __missing__(self, name: str) -> Callable[[], str]:
        return lambda: as_text(self._of_request(name))

    def fill(self, value: JSON) -> JSON:
        """Return a value with its placeholders filled; a text that is one alone becomes its value."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        found = ALONE.fullmatch(value) if isinstance(value, str) else None
        if found and found[1] == "n":
            return self._number
        if found and "." in found[1]:
            typed = self._typed(found[1])
            self.spend(len(as_text(typed)))
            return typed
        return fill_all(value, self)

    def _of_request(self, name: str) -> JSON:
        part, _, rest = name.partition(".")
        known: Any = part
        values = self._request.values(known, rest.split(".")) if part in PARTS else []
        return values[0] if values else None

    def _typed(self, name: str) -> JSON:
        """Return a value of the request; a parameter has the type that the document gives it."""
        value = self._of_request(name)
        part: Any
        part, _, rest = name.partition(".")
        if isinstance(value, str) and part != "body" and (read := TYPES.get(self._type(part, rest))):
            try:
                return read(value)
            except (ValueError, KeyError):
                return value
        return value

    def _type(self, part: Part, name: str) -> str:
        parameters = self._operation.definition.get("parameters", ()) if self._operation else ()
        for each in map(self._document.resolved, parameters):
            if each.get("in") == part and str(each.get("name")).lower() == name.lower():
                schema = self._document.resolved(each.get("schema", {}))
                return str(schema.get("type", "")) if isinstance(schema, dict) else ""
        return ""


def answer(given: Answer, values: _Values) -> Response:
    """Return the response of a script."""
    headers = [(name, _header(fill(value, values))) for name, value in given.headers]
    if not given.media_type:
        return Response(given.status, headers)
    body = given.body if given.literal or isinstance(given.body, bytes) else _filled(given, values)
    return whole(given.status, given.media_type, written(given, body), headers)


def _filled(given: Answer, values: _Values) -> JSON:
    assert not isinstance(given.body, bytes)
    return fill(str(given.body), values) if given.is_text else values.fill(given.body)


def _header(value: str) -> str:
    return NOT_A_VALUE.sub("?", value).strip()


class EventsApp:
    """An ASGI application that sends the events of a script, until its end or until the client leaves."""

    def __init__(self, events: Events, values: _Values, call: Call, turns: Turns) -> None:
        self._events, self._values, self._call = events, values, call
        self._spell = Spell(turns)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream; removing or resetting the world ends it."""
        headers = [(b"content-type", EVENT_STREAM.encode()), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        playing = asyncio.create_task(self._play(send))
        leaving = asyncio.create_task(_left(receive))
        self._call.world.live.spawn(playing)
        try:
            await asyncio.wait((playing, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            playing.cancel()
        if playing.done() and not playing.cancelled():
            playing.result()

    async def _play(self, send: Send) -> None:
        self._spell.go_on()
        for step in self._events.steps:
            if self._spell.over:
                await self._spell.pause()
            match step:
                case WaitStep(seconds):
                    self._spell.wait()
                    await self._call.world.clock.sleep(seconds)
                    self._spell.go_on()
                case FaultStep(fault):
                    await send(due(fault))
                case EventStep():
                    await send({"type": "http.response.body", "body": encoded(self._filled(step)), "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _filled(self, step: EventStep) -> EventStep:
        fields = (step.event, step.id, step.comment)
        event, name, comment = (text if text is None else fill(text, self._values) for text in fields)
        data = fill(step.data, self._values) if isinstance(step.data, str) else self._values.fill(step.data)
        return EventStep(data, event or "message", name or "", step.retry, comment)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def api_request(call: Call, operation: Operation) -> ApiRequest:
    """Return a request as scripts see it."""
    query: dict[str, list[str]] = {}
    for name, value in call.pairs:
        query.setdefault(name, []).append(value)
    return ApiRequest(operation.name, call.transaction.path_parameters, query, call.headers, _body(call))


def _body(call: Call) -> JSON:
    """Return the value of a JSON body, the fields of a form, else the text; None if there is no body."""
    body = call.body
    if not body:
        return None
    media_type, parameters = parse_content_type(call.content_type)
    try:
        if media_type == "multipart/form-data":
            parts = call.transaction.parts(parameters.get("boundary", ""))
            return {part.name: part.data.decode("utf-8", "replace") for part in reversed(parts)}
        if media_type == "application/x-www-form-urlencoded":
            return dict[str, JSON](reversed(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
        return read_json(body)
    except ValueError:
        return body.decode("utf-8", "replace")
