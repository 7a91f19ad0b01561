"""Responses with rows, in the shape that the document gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from mockbot.contract.validation import Validation
from mockbot.contract.wire.message import pairs_of
from mockbot.generic.stateful.collection import PARAMETER, Role
from mockbot.generic.stateful.fit import Fitting, enveloped
from mockbot.generic.stateful.listing import Page
from mockbot.generic.stateful.long_lists import FEW, SMALL, Written, written
from mockbot.generic.stateful.schema import Answer, plain
from mockbot.jsontext import JSON, compact
from mockbot.openapi.served import origin
from mockbot.response import Response, whole
from mockbot.turns import Work, each
from mockbot.world.call import Call
from mockbot.world.rows import Row, Value, text

SOME = 20
"""Rows with which an envelope is tried."""


class Replies:
    """Makes the responses of collections; each fits the document."""

    def __init__(self, fitting: Fitting, validation: Validation) -> None:
        self._fitting, self._schemas, self._validation = fitting, fitting.schemas, validation

    def one(self, call: Call, role: Role, answer: Answer, row: Row) -> Response | None:
        """Return a response with one row; None if the document allows no such body."""
        headers = self._headers(call, role, answer, row.value)
        if not answer.media_type:
            return Response(answer.status, headers if answer.status == 204 else [*headers, ("content-length", "0")])
        place = self._schemas.row(answer.schema, role.resource.key)
        if place is None:
            return self._whole(role, answer, self._fitting.sample(answer.schema), headers)
        value = self._shown(role, place.schema, row)
        if value is None:
            return None
        return self._whole(role, answer, enveloped(self._fitting, answer.schema, place.within, value, {}), headers)

    def many(self, call: Call, role: Role, answer: Answer, page: Page) -> Work[Response | None]:
        """Return the work whose result is a response with a page of rows; None if the document allows no such body."""
        place = self._schemas.rows(answer.schema)
        if place is None:
            return None
        made = yield from each(partial(self._shown, role, place.schema), page.rows)
        shown = [value for value in made if value is not None]
        facts = page.facts()
        more = {name: facts[plain(name)] for name in self._schemas.properties(answer.schema) if plain(name) in facts}
        more |= self._links(call, page, answer.schema)
        body: JSON = list[JSON](shown)
        if place.within is not None:
            body = self._enveloped(answer.schema, place.within, shown, self._nested(answer.schema, facts, more))
        headers = self._headers(call, role, answer, {}, page)
        if len(shown) <= FEW and call.world.rows.size <= SMALL:
            return self._whole(role, answer, body, headers)
        text = yield from written(body, place.within)
        response: Response | None = yield partial(self._long, call, role, answer, body, headers, text)
        return response

    def _enveloped(self, schema: Any, within: str, rows: list[Value], more: dict[str, JSON]) -> JSON:
        """Return a body with rows in the property `within`; what is around some of them is so around all, too."""
        some: list[JSON] = [*rows[:SOME]]
        body = enveloped(self._fitting, schema, within, some, more)
        if len(rows) <= SOME:
            return body
        if isinstance(body, dict) and body.get(within) == some:
            return {**body, within: [*rows]}
        return enveloped(self._fitting, schema, within, [*rows], more)

    def _whole(self, role: Role, answer: Answer, body: JSON, headers: list[tuple[str, str]]) -> Response | None:
        """Return a response; None if it does not fit the document."""
        response = whole(answer.status, answer.media_type, compact(body), headers)
        accepts = self._validation.accepts_response  # which takes a fraction of the time of `valid`
        fits = accepts(role.operation, answer.status, response.raw_headers, response.body)
        return response if fits or self._fitting.valid(answer.schema, body) else None

    def _long(
        self, call: Call, role: Role, answer: Answer, body: JSON, headers: list[tuple[str, str]], text: Written
    ) -> Response | None:
        """Return what `_whole` returns; the body, which is written already, is not read again to be validated."""
        response = whole(answer.status, answer.media_type, b"".join(text.pieces), headers)
        accepts = self._validation.accepts_value
        if text.is_exact and accepts(role.operation, answer.status, response.raw_headers, body):
            call.transaction.accepted = response.body
            return response
        return response if self._fitting.valid(answer.schema, body) else None

    def _shown(self, role: Role, schema: Any, row: Row) -> Value | None:
        """Return a row as the response of an operation has it."""
        if role.operation.name in row.fits:
            return self._fitting.projected(schema, row.value)
        shown = self._fitting.projected(schema, row.value)
        if self._fitting.valid(schema, shown):
            row.fits.add(role.operation.name)
            return shown
        return self._fitting.fit(schema, row.value)

    def _nested(self, schema: Any, facts: Mapping[str, JSON], more: dict[str, JSON]) -> dict[str, JSON]:
        """Add objects such as `meta` and `pagination` that contain facts about the page."""
        for name, part in self._schemas.properties(schema).items():
            inner = self._schemas.properties(part)
            found: Value = {key: facts[plain(key)] for key in inner if plain(key) in facts}
            if name not in more and found and (value := self._fitting.fit(part, found)) is not None:
                more[name] = value
        return more

    def _links(self, call: Call, page: Page, schema: Any) -> dict[str, JSON]:
        """Return the URL of the next page and of this one, where an envelope has `next`, or `links` with it."""
        links: dict[str, JSON] = {"self": _url(call, None), "next": _url(call, page.turn) if page.turn else None}
        found = {name: links[name] for name in links if name in self._schemas.properties(schema)}
        for name in ("links", "_links"):
            inner = self._schemas.properties(self._schemas.properties(schema).get(name, {}))
            given: Value = {each: links[each] for each in links if each in inner and links[each] is not None}
            if given:
                found[name] = given
        return found

    def _headers(
        self, call: Call, role: Role, answer: Answer, value: Value, page: Page | None = None
    ) -> list[tuple[str, str]]:
        """Return the documented headers that mockbot knows a value for, and samples of required ones."""
        known: dict[str, str] = {}
        if value and role.resource.key in value:
            known["location"] = self._location(call, role, value)
        if page is not None:
            known |= {"xtotalcount": str(page.total), "xtotal": str(page.total), "totalcount": str(page.total)}
            if page.turn is not None:
                url = _url(call, page.turn)
                known |= {"xnext": url, "link": f'<{url}>; rel="next"'}
        found: list[tuple[str, str]] = []
        for name, reference in answer.headers.items():
            header = self._schemas.document.resolved(reference)
            schema = header.get("schema", {})
            given = known.get(plain(name))
            if given is not None:
                found.append((name.lower(), given))
            elif header.get("required") and name.lower() not in ("content-type", "content-length"):
                found.append((name.lower(), text(header.get("example", self._fitting.sample(schema))) or "x"))
        return found

    def _location(self, call: Call, role: Role, value: Value) -> str:
        """Return the path of a row, under the prefix of the world and the base path that the call has."""
        resource = role.resource
        names = dict(resource.parents)
        names[PARAMETER.findall(resource.item)[-1]] = resource.key
        path = PARAMETER.sub(lambda found: quote(text(value.get(names[found[1]])), safe=""), resource.item)
        return call.base_path + quote(self._base(call, role)) + path

    def _base(self, call: Call, role: Role) -> str:
        """Return the base path of the document's `servers` that a call has, or the empty string."""
        parameters = call.transaction.path_parameters
        sent = re.split("[?#]", role.operation.path)[0]
        end = PARAMETER.sub(lambda found: str(parameters.get(found[1], "")), sent)
        return next((each for each in self._schemas.bases(role.operation) if each + end == call.path), "")


def _url(call: Call, turn: tuple[str, str] | None) -> str:
    """Return the URL of a call, with another value of one parameter in its query."""
    query = pairs_of(call.query_string)
    if turn is not None:
        query = [*(pair for pair in query if pair[0] != turn[0]), turn]
    path = call.base_path + quote(call.path)
    return origin(call.headers.get("host", "")) + path + (f"?{urlencode(query)}" if query else "")
