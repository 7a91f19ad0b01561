"""What each operation of a collection does and sends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from mockbot.generic.stateful.body import cast, read_row
from mockbot.generic.stateful.collection import PARAMETER, Collections, Role
from mockbot.generic.stateful.fit import Fitting, enveloped
from mockbot.generic.stateful.listing import Page, matching, ordered, paged
from mockbot.generic.stateful.new import NewRows
from mockbot.generic.stateful.refusal import refused
from mockbot.generic.stateful.schema import Answer, Schemas, plain
from mockbot.jsontext import JSON, compact
from mockbot.response import ErrorForm, Response, whole
from mockbot.world.call import Call
from mockbot.world.rows import Resource, Row, Value, text

STATUS = {"create": 201, "delete": 204}
"""The usual status of an action; of all others it is 200."""


class Actions:
    """Responds to the operations of collections."""

    def __init__(self, collections: Collections, fitting: Fitting, error: ErrorForm) -> None:
        self._collections, self._fitting, self._error = collections, fitting, error
        self._schemas: Schemas = collections.schemas
        self._new = NewRows(fitting)
        self._rows: dict[Resource, Any] = {}

    def respond(self, call: Call, role: Role, known: Sequence[Resource]) -> Response | None:
        """Return the response to a call, or None if the operation cannot be answered from rows.

        `known` are the collections of the call's world.
        """
        answer = self._schemas.answer(role.operation, STATUS.get(role.act, 200))
        if answer is None:
            return None
        if (missing := self._missing_parent(call, role, known)) is not None:
            return self._refused(call, 404, missing)
        match role.act:
            case "list":
                return self._list(call, role, answer)
            case "create":
                return self._create(call, role, answer)
            case "read" | "delete":
                return self._one(call, role, answer, known)
            case "replace" | "merge":
                return self._change(call, role, answer)

    def _refused(self, call: Call, status: int, message: str) -> Response:
        return refused(call, self._fitting, self._error, status, message)

    def _schema(self, resource: Resource) -> Any:
        """Return the schema of a row."""
        if resource not in self._rows:
            if len(self._rows) > 1000:
                self._rows.clear()
            self._rows[resource] = self._collections.schema(resource)
        return self._rows[resource]

    def _owners(self, call: Call, role: Role) -> Value:
        """Return the properties of a row that the path has values for, its key not among them."""
        return {name: self._cast(role.resource, name, self._path(call, each)) for each, name in role.owners}

    def _path(self, call: Call, parameter: str) -> str:
        return str(call.transaction.path_parameters.get(parameter, ""))

    def _cast(self, resource: Resource, name: str, written: str) -> JSON:
        properties = self._schemas.properties(self._schema(resource))
        return cast(written, self._schemas.kinds(properties.get(name, {})))

    def _missing_parent(self, call: Call, role: Role, known: Sequence[Resource]) -> str | None:
        """Return a sentence if the path names a row of another collection of this world that does not exist."""
        for resource in known:
            place = f"{role.operation.path.rstrip('/')}/"
            head = f"{resource.item.rstrip('/')}/"
            if resource == role.resource or not _template(place).startswith(_template(head)) or len(place) <= len(head):
                continue
            names = PARAMETER.findall(role.operation.path)[: len(PARAMETER.findall(resource.item))]
            values = [self._path(call, name) for name in names]
            owners = {name: value for (_, name), value in zip(resource.parents, values, strict=False)}
            wanted: Value = {**owners, resource.key: self._cast(resource, resource.key, values[-1])}
            if call.world.rows.find(resource.identity(wanted)) is None:
                return f"There is no {_one(resource)} with the {resource.key} {values[-1]}"
        return None

    def _find(self, call: Call, role: Role, body: Value | None = None) -> tuple[Value, Row | None]:
        """Return the owners and the key that a call names, in its path or else in its body, and the row."""
        resource = role.resource
        key: JSON = (body or {}).get(resource.key)
        if role.parameter is not None:
            key = self._cast(resource, resource.key, self._path(call, role.parameter))
        named: Value = {**self._owners(call, role), resource.key: key}
        return named, call.world.rows.find(resource.identity(named))

    def _none(self, call: Call, role: Role, named: Value) -> Response:
        key = role.resource.key
        return self._refused(call, 404, f"There is no {_one(role.resource)} with the {key} {text(named[key])}")

    def _one(self, call: Call, role: Role, answer: Answer, known: Sequence[Resource]) -> Response | None:
        """Send a row; delete it if that is asked for."""
        named, row = self._find(call, role)
        if row is None:
            return self._none(call, role, named)
        if role.act == "delete":
            response = self._sent(call, role, answer, Row({**row.value, **self._deleted(answer)}))
            if response is not None:
                self._remove(call, role.resource, row, known)
            return response
        return self._sent(call, role, answer, row)

    def _deleted(self, answer: Answer) -> Value:
        return {name: True for name in self._schemas.properties(answer.schema) if name in ("deleted", "success", "ok")}

    def _remove(self, call: Call, resource: Resource, row: Row, known: Sequence[Resource]) -> None:
        """Remove a row, and the rows of nested collections under it."""
        rows = call.world.rows
        rows.remove(resource.identity(row.value))
        keys = [*(text(row.value.get(name)) for _, name in resource.parents), text(row.value.get(resource.key))]
        for nested in known:
            if _template(nested.path).startswith(f"{_template(resource.item)}/"):
                for each in rows.of(nested):
                    if [*nested.identity(each.value)][1 : len(keys) + 1] == keys:
                        rows.remove(nested.identity(each.value))

    def _create(self, call: Call, role: Role, answer: Answer) -> Response | None:
        value = read_row(call, self._schemas)
        if value is None:
            return None
        resource = role.resource
        row = self._new.complete(resource, self._schema(resource), {**value, **self._owners(call, role)}, call.world)
        if call.world.rows.find(resource.identity(row)) is not None and "409" in role.operation.definition.get(
            "responses", ()
        ):
            return self._refused(
                call, 409, f"There is already a {_one(resource)} with the {resource.key} {text(row[resource.key])}"
            )
        return self._stored(call, role, answer, row)

    def _change(self, call: Call, role: Role, answer: Answer) -> Response | None:
        body = read_row(call, self._schemas)
        if body is None and role.operation.method == "POST":
            body = self._queried(call, role)
        if body is None:
            return None
        named, row = self._find(call, role, body)
        resource, schema = role.resource, self._schema(role.resource)
        if row is None:
            if role.act == "merge" or "201" not in role.operation.definition.get("responses", ()):
                return self._none(call, role, named)
            answer = self._schemas.answer(role.operation, 201) or answer
            made = self._new.complete(resource, schema, {**body, **named}, call.world)
            return self._stored(call, role, answer, {**made, **named})
        value = merged(row.value, body) if role.act == "merge" else body
        assert isinstance(value, dict)
        changed = self._new.changed(schema, row.value, {**value, **named}, call.world)
        order = [*(name for name in row.value if name in changed), *(name for name in changed if name not in row.value)]
        return self._stored(call, role, answer, {**{name: changed[name] for name in order}, **named})

    def _queried(self, call: Call, role: Role) -> Value:
        """Return the properties in the query: some documents change a row with parameters instead of a body."""
        properties = self._schemas.properties(self._schema(role.resource))
        known = self._schemas.query(role.operation)
        return {
            name: cast(value, self._schemas.kinds(properties[name]))
            for name, value in call.query.items()
            if name in known and name in properties
        }

    def _stored(self, call: Call, role: Role, answer: Answer, value: Value) -> Response | None:
        resource, rows = role.resource, call.world.rows
        response = self._sent(call, role, answer, Row(value))
        if response is not None and rows.put(resource, value) is None:
            call.transaction.undocumented = True
            return self._error(507, "The row is larger than all rows of a world may be (max_row_bytes)")
        return response

    def _sent(self, call: Call, role: Role, answer: Answer, row: Row) -> Response | None:
        """Return a response with one row; None if the document allows no such body."""
        headers = self._headers(call, role, answer, row.value)
        if not answer.media_type:
            return Response(answer.status, headers if answer.status == 204 else [*headers, ("content-length", "0")])
        place = self._schemas.row(answer.schema, role.resource.key)
        if place is None:
            return self._whole(answer, self._fitting.sample(answer.schema), headers)
        value = self._shown(role, place.schema, row)
        if value is None:
            return None
        return self._whole(answer, enveloped(self._fitting, answer.schema, place.within, value, {}), headers)

    def _whole(self, answer: Answer, body: JSON, headers: list[tuple[str, str]]) -> Response | None:
        if not self._fitting.valid(answer.schema, body):
            return None
        return whole(answer.status, answer.media_type, compact(body), headers)

    def _shown(self, role: Role, schema: Any, row: Row) -> Value | None:
        """Return a row as the response of an operation has it."""
        if role.operation.name in row.fits:
            return self._fitting.projected(schema, row.value)
        shown = self._fitting.projected(schema, row.value)
        if self._fitting.valid(schema, shown):
            row.fits.add(role.operation.name)
            return shown
        return self._fitting.fit(schema, row.value)

    def _list(self, call: Call, role: Role, answer: Answer) -> Response | None:
        place = self._schemas.rows(answer.schema)
        if place is None:
            return None
        resource, known = role.resource, self._schemas.query(role.operation)
        query = parse_qsl(call.query_string, keep_blank_values=True)
        names = self._schemas.properties(self._schema(resource))
        owners = self._owners(call, role)
        rows = [
            row
            for row in call.world.rows.of(resource)
            if all(text(row.value.get(n)) == text(v) for n, v in owners.items())
        ]
        rows = ordered(matching(rows, query, known, names), call.query, known, names)
        arrays = answer.schema if place.within is None else self._schemas.properties(answer.schema)[place.within]
        page = paged(rows, call.query, known, resource.key, self._schemas.keyword(arrays, "maxItems"))
        shown = [value for row in page.rows if (value := self._shown(role, place.schema, row)) is not None]
        facts = page.facts()
        more = {name: facts[plain(name)] for name in self._schemas.properties(answer.schema) if plain(name) in facts}
        more |= self._links(call, page, answer.schema)
        body: JSON = list[JSON](shown)
        if place.within is not None:
            body = enveloped(self._fitting, answer.schema, place.within, body, self._nested(answer.schema, facts, more))
        return self._whole(answer, body, self._headers(call, role, answer, {}, page))

    def _nested(self, schema: Any, facts: Mapping[str, JSON], more: dict[str, JSON]) -> dict[str, JSON]:
        """Add objects such as `meta` and `pagination` that contain facts about the page."""
        for name, each in self._schemas.properties(schema).items():
            inner = self._schemas.properties(each)
            found: Value = {key: facts[plain(key)] for key in inner if plain(key) in facts}
            if name not in more and found and (value := self._fitting.fit(each, found)) is not None:
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
        """Return the path of a row, under the prefix of the call's world."""
        resource = role.resource
        names = {each: name for each, name in resource.parents}
        names[PARAMETER.findall(resource.item)[-1]] = resource.key
        path = PARAMETER.sub(lambda found: quote(text(value.get(names[found[1]])), safe=""), resource.item)
        return call.base_path + path


def merged(old: JSON, patch: JSON) -> JSON:
    """Return `old` after a JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(old) if isinstance(old, dict) else {}
    for name, each in patch.items():
        if each is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), each)
    return result


def _url(call: Call, turn: tuple[str, str] | None) -> str:
    """Return the URL of a call, with another value of one parameter in its query."""
    query = parse_qsl(call.query_string, keep_blank_values=True)
    if turn is not None:
        query = [*(pair for pair in query if pair[0] != turn[0]), turn]
    path = call.base_path + quote(call.path)
    host = call.headers.get("host", "")
    return (f"http://{host}" if host else "") + path + (f"?{urlencode(query)}" if query else "")


def _template(path: str) -> str:
    return PARAMETER.sub("{}", path.rstrip("/"))


def _one(resource: Resource) -> str:
    """Return a word for one row, from the name of its collection."""
    name = resource.path.rstrip("/").rpartition("/")[2]
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("s") if not name.endswith("ss") else name
