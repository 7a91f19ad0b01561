"""What each operation of a collection does and sends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from starlette.types import ASGIApp

from mockbot.contract.validation import Validation
from mockbot.contract.wire.message import pairs_of
from mockbot.generic.refusal import Refusals
from mockbot.generic.stateful.body import Bodies, Unkept
from mockbot.generic.stateful.collection import PARAMETER, Collections, Role
from mockbot.generic.stateful.fit import Fitting
from mockbot.generic.stateful.keeping import Keeping
from mockbot.generic.stateful.listing import matching, ordered, paged
from mockbot.generic.stateful.long_lists import FEW, SMALL
from mockbot.generic.stateful.new import NewRows
from mockbot.generic.stateful.replies import Replies
from mockbot.generic.stateful.schema import Answer, Schemas
from mockbot.jsontext import JSON
from mockbot.response import ErrorForm, Response
from mockbot.turns import Work, at_once
from mockbot.world.call import Call
from mockbot.world.long import Long
from mockbot.world.rows import Resource, Row, Value, text

STATUS = {"create": 201, "delete": 204}
"""The usual status of an action; of all others it is 200."""


class Actions:
    """Responds to the operations of collections."""

    def __init__(
        self,
        collections: Collections,
        fitting: Fitting,
        keeping: Keeping,
        validation: Validation,
        replies: Replies,
        refusals: Refusals,
        error: ErrorForm,
    ) -> None:
        """Refuse as the document describes it, else in the form `error`."""
        self._collections, self._refusals, self._error = collections, refusals, error
        self._fitting, self._bodies = fitting, Bodies(fitting, validation)
        self._schemas: Schemas = collections.schemas
        self._new, self._replies, self._keeping = NewRows(fitting), replies, keeping
        self._rows: dict[Resource, Any] = {}

    def response(self, call: Call, role: Role, known: Sequence[Resource], other: Callable[[], ASGIApp]) -> ASGIApp:
        """Return the response to a call, or that of `other` if it cannot be answered from rows.

        `known` are the collections of the call's world.
        """
        work = _or(self._respond(call, role, known), other)
        if role.act == "list" and (len(call.world.rows) > FEW or call.world.rows.size > SMALL):
            return Long(work)
        return at_once(work)

    def _respond(self, call: Call, role: Role, known: Sequence[Resource]) -> Work[Response | None]:
        """Return the work whose result is the response to a call; None if it cannot be answered from rows."""
        answer = self._schemas.answer(role.operation, STATUS.get(role.act, 200))
        if answer is None and self._schemas.silent(role.operation):
            call.transaction.undocumented = True
            answer = self._usual(role)
        if answer is None:
            return None
        if (missing := self._missing_parent(call, role, known)) is not None:
            return self._refused(call, 404, missing)
        try:
            match role.act:
                case "list":
                    return (yield from self._list(call, role, answer))
                case "create":
                    return self._create(call, role, answer)
                case "read" | "delete":
                    return self._one(call, role, answer, known)
                case "replace" | "merge":
                    return self._change(call, role, answer)
        except Unkept as error:
            return self._refused(call, 400, str(error))

    def _usual(self, role: Role) -> Answer:
        """Return the response that an operation usually has, for a document that describes only its errors."""
        if role.act == "delete":
            return Answer(204, "", None, {})
        row = self._schema(role.resource)
        schema = {"type": "array", "items": row} if role.act == "list" else row
        return Answer(STATUS.get(role.act, 200), "application/json", schema, {})

    def _refused(self, call: Call, status: int, message: str) -> Response:
        call.note_refusal(message)
        return self._refusals.error(call, status, message, plain=self._error(status, message))

    def _schema(self, resource: Resource) -> Any:
        """Return the schema of a row."""
        if resource not in self._rows:
            if len(self._rows) > 1000:
                self._rows.clear()
            self._rows[resource] = self._collections.schema(resource)
        return self._rows[resource]

    def _owners(self, call: Call, role: Role) -> Value:
        """Return the properties of a row that the path has values for, its key not among them."""
        return {name: self._cast(call, role, role.resource, name, each) for each, name in role.owners}

    def _path(self, call: Call, parameter: str) -> str:
        return str(call.transaction.path_parameters.get(parameter, ""))

    def _cast(self, call: Call, role: Role, resource: Resource, name: str, parameter: str) -> JSON:
        """Return a property that is in the path, by its own schema or, if that has no type, by the parameter's."""
        own = self._schemas.properties(self._schema(resource)).get(name, {})
        if not self._schemas.typed(own):
            own = self._schemas.parameters(role.operation, "path").get(parameter, {})
        return self._fitting.cast(self._path(call, parameter), own)

    def _missing_parent(self, call: Call, role: Role, known: Sequence[Resource]) -> str | None:
        """Return a sentence if the path names a row of another collection of this world that does not exist."""
        for resource in known:
            place = f"{role.operation.path.rstrip('/')}/"
            head = f"{resource.item.rstrip('/')}/"
            if resource == role.resource or not _template(place).startswith(_template(head)) or len(place) <= len(head):
                continue
            names = PARAMETER.findall(role.operation.path)[: len(PARAMETER.findall(resource.item))]
            properties = [*(name for _, name in resource.parents), resource.key]
            wanted: Value = {
                name: self._cast(call, role, resource, name, each) for name, each in zip(properties, names, strict=True)
            }
            if call.world.rows.find(resource.identity(wanted)) is None:
                return f"There is no {_one(resource)} with the {resource.key} {self._path(call, names[-1])}"
        return None

    def _find(self, call: Call, role: Role, body: Value | None = None) -> tuple[Value, Row | None]:
        """Return the owners and the key that a call names, in its path or else in its body, and the row."""
        resource = role.resource
        key: JSON = (body or {}).get(resource.key)
        if role.parameter is not None:
            key = self._cast(call, role, resource, resource.key, role.parameter)
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
            response = self._replies.one(call, role, answer, Row({**row.value, **self._deleted(answer)}))
            if response is not None:
                self._remove(call, role.resource, row, known)
            return response
        return self._replies.one(call, role, answer, row)

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
        found = self._bodies.read(call, self._schema(role.resource))
        if found is None:
            return None
        (value, asked), resource, owners = found, role.resource, self._owners(call, role)
        row = self._made(call, resource, {**value, **owners}, asked, value.keys() - owners.keys())
        if call.world.rows.find(resource.identity(row)) is not None and "409" in role.operation.definition.get(
            "responses", ()
        ):
            return self._refused(
                call, 409, f"There is already a {_one(resource)} with the {resource.key} {text(row[resource.key])}"
            )
        return self._stored(call, role, answer, row)

    def _made(self, call: Call, resource: Resource, value: Value, asked: Any, sent: Collection[str]) -> Value:
        """Return a new row; raise Unkept if one of the properties in `sent` does not fit the schema of a row."""
        schema, parameter = self._schema(resource), self._collections.parameter(resource)
        row = self._new.complete(resource, schema, parameter, value, call.world)
        same = [name for name in sent if row.get(name) == value.get(name)]
        kept = self._new.filled(schema, self._keeping.kept(schema, asked, row, same), call.world)
        path = (resource.key, *(name for _, name in resource.parents))
        return {**kept, **{name: row[name] for name in path if name in row}}

    def _change(self, call: Call, role: Role, answer: Answer) -> Response | None:
        found = self._bodies.read(call, self._schema(role.resource))
        if found is None and role.operation.method == "POST":
            found = self._bodies.queried(call, self._schema(role.resource))
        if found is None:
            return None
        body, asked = found
        named, row = self._find(call, role, body)
        resource, schema = role.resource, self._schema(role.resource)
        if row is None:
            if role.act == "merge" or "201" not in role.operation.definition.get("responses", ()):
                return self._none(call, role, named)
            answer = self._schemas.answer(role.operation, 201) or answer
            made = self._made(call, resource, {**body, **named}, asked, {*body, resource.key})
            return self._stored(call, role, answer, {**made, **named})
        if role.act == "merge":
            value = self._bodies.merged(schema, row.value, body)
        else:
            value = self._new.filled(schema, body, call.world)
        changed = self._new.changed(schema, row.value, {**value, **named}, call.world)
        sent, merges = body.keys() - named.keys(), role.act == "merge"
        changed = self._keeping.kept(schema, asked, changed, sent, row.value, merges=merges)
        order = [*(name for name in row.value if name in changed), *(name for name in changed if name not in row.value)]
        return self._stored(call, role, answer, {**{name: changed[name] for name in order}, **named})

    def _stored(self, call: Call, role: Role, answer: Answer, value: Value) -> Response | None:
        resource, rows = role.resource, call.world.rows
        response = self._replies.one(call, role, answer, Row(value))
        if response is not None and rows.put(resource, value) is None:
            call.transaction.undocumented = True
            return self._error(507, "The row is larger than all rows of a world may be (max_row_bytes)")
        return response

    def _list(self, call: Call, role: Role, answer: Answer) -> Work[Response | None]:
        place = self._schemas.rows(answer.schema)
        if place is None:
            return None
        resource, known = role.resource, self._schemas.query(role.operation)
        query = pairs_of(call.query_string)
        names = self._schemas.properties(self._schema(resource))
        owners, rows = self._owners(call, role), call.world.rows.of(resource)
        if owners:
            rows = [row for row in rows if all(text(row.value.get(n)) == text(v) for n, v in owners.items())]
        rows = yield from matching(rows, query, known, names)
        rows = yield from ordered(rows, call.query, known, names)
        arrays = answer.schema if place.within is None else self._schemas.properties(answer.schema)[place.within]
        page = paged(rows, call.query, known, resource.key, self._schemas.keyword(arrays, "maxItems"))
        return (yield from self._replies.many(call, role, answer, page))


def _or(work: Work[Response | None], other: Callable[[], ASGIApp]) -> Work[ASGIApp]:
    """Return the work whose result is that of other work, or of `other` if that is None."""
    response = yield from work
    return other() if response is None else response


def _template(path: str) -> str:
    return PARAMETER.sub("{}", path.rstrip("/"))


def _one(resource: Resource) -> str:
    """Return a word for one row, from the name of its collection."""
    name = resource.path.rstrip("/").rpartition("/")[2]
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("s") if not name.endswith("ss") else name
