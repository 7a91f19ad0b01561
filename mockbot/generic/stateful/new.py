"""A new row: what the request has, and what a server adds: the key, times, defaults, everything else required."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mockbot.generic.stateful.fit import Fitting
from mockbot.generic.stateful.schema import plain
from mockbot.jsontext import JSON, portable_text
from mockbot.world.rows import Resource, Value, text
from mockbot.world.world import World

CREATED = {
    "created",
    "createdat",
    "createdon",
    "createdtime",
    "creationtime",
    "creationdate",
    "createtime",
    "datecreated",
}
CREATED |= {"createddate", "inserteddate", "insertedat", "timestamp"}
UPDATED = {"updated", "updatedat", "updatedon", "updatedtime", "updatetime", "dateupdated", "modified", "modifiedat"}
UPDATED |= {
    "modifiedon",
    "lastmodified",
    "lastmodifiedat",
    "lastupdated",
    "lastupdatedat",
    "updateddate",
    "modifieddate",
}
"""Usual names of the times at which a row was created and last changed, as `plain` writes them."""
UUIDS = 8


class NewRows:
    """Makes rows for one document."""

    def __init__(self, fitting: Fitting) -> None:
        self._fitting, self._schemas = fitting, fitting.schemas

    def complete(self, resource: Resource, schema: Any, parameter: Any, value: Value, world: World) -> Value:
        """Return a new row with a key, times, defaults and everything else that the `schema` of a row requires.

        Properties that the schema calls readOnly come from the server, whatever the request has, and so does a key that
        cannot be in a path. `parameter` is the schema of the path parameter for the key.
        """
        properties = self._schemas.properties(schema)
        owned = {name for _, name in resource.parents}
        row = {name: each for name, each in value.items() if name in owned or not self._read_only(properties.get(name))}
        key = row.get(resource.key)
        if isinstance(key, str) and not self._schemas.typed(properties.get(resource.key, {})):
            row[resource.key] = self._fitting.cast(key, parameter)
        if not self._in_path(key, parameter):
            row[resource.key] = self._key(resource, properties.get(resource.key, {}), parameter, row, world)
        return self.filled(schema, row, world)

    def filled(self, schema: Any, value: Value, world: World) -> Value:
        """Return a row with the times, defaults and required properties that `value` does not have."""
        row, properties, required = dict(value), self._schemas.properties(schema), self._schemas.required(schema)
        for name, each in properties.items():
            if name in row:
                continue
            if plain(name) in CREATED | UPDATED and (moment := self._now(each, world)) is not None:
                row[name] = moment
            elif (default := self._schemas.keyword(each, "default")) is not None:
                row[name] = default
            elif name in required:
                row[name] = self._required(each, world)
        order = [*(name for name in properties if name in row), *(name for name in row if name not in properties)]
        return {name: row[name] for name in order}

    def changed(self, schema: Any, old: Value, value: Value, world: World) -> Value:
        """Return a changed row: readOnly properties as before, and the time of the change."""
        row = dict(value)
        for name, each in self._schemas.properties(schema).items():
            if self._read_only(each) or plain(name) in CREATED:
                row.pop(name, None)
                if name in old:
                    row[name] = old[name]
            if plain(name) in UPDATED and (moment := self._now(each, world)) is not None:
                row[name] = moment
        return row

    def _read_only(self, schema: Any) -> bool:
        return schema is not None and self._schemas.keyword(schema, "readOnly") is True

    def _in_path(self, key: JSON, parameter: Any) -> bool:
        """Return whether a key can be the value of its path parameter."""
        if not isinstance(key, str | int | float) or key == "" or (isinstance(key, str) and key != portable_text(key)):
            return False
        return self._fitting.valid(parameter, self._fitting.cast(text(key), parameter))

    def _key(self, resource: Resource, schema: Any, parameter: Any, row: Value, world: World) -> JSON:
        kinds = self._schemas.kinds(schema) or self._schemas.kinds(parameter)
        if kinds & {"integer", "number"} and "string" not in kinds:
            bounds = (self._schemas.keyword(each, "minimum") for each in (schema, parameter))
            least = [int(bound) for bound in bounds if isinstance(bound, int | float)]
            return max(world.rows.next_id(resource), *least, 1)

        def fits(each: JSON) -> bool:
            return self._fitting.valid(schema, each) and self._in_path(each, parameter)

        if plain(resource.key) == "slug" and isinstance(title := row.get("title", row.get("name")), str):
            slug = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
            if slug and fits(slug) and world.rows.find(resource.identity({**row, resource.key: slug})) is None:
                return slug
        longest = self._schemas.keyword(schema, "maxLength")
        uuid = world.ids.uuid()
        digits = uuid.replace("-", "")
        number = str(int(digits, 16))
        cut = longest if isinstance(longest, int) else 32
        tried: list[JSON] = [uuid, digits[:cut], number[:cut], digits[:24], digits[:8], number[:8]]
        return next((each for each in tried if fits(each)), self._fitting.sample(schema) or uuid)

    def _now(self, schema: Any, world: World) -> JSON:
        """Return the world's time as a property has it; None if it cannot be a time."""
        seconds, kinds = world.clock.now(), self._schemas.kinds(schema)
        moment = datetime.fromtimestamp(seconds, UTC)
        written = moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")
        tried: list[JSON] = [written, written[:10]] if "string" in kinds or not kinds else []
        tried += [int(seconds), int(seconds * 1000)] if kinds & {"integer", "number"} else []
        return next((each for each in tried if self._fitting.valid(schema, each)), None)

    def _required(self, schema: Any, world: World) -> JSON:
        form = self._schemas.keyword(schema, "format")
        if self._schemas.keyword(schema, "enum") is None and self._schemas.keyword(schema, "const") is None:
            made = world.ids.uuid() if form == "uuid" else self._now(schema, world) if form == "date-time" else None
            if made is not None and self._fitting.valid(schema, made):
                return made
        return self._fitting.sample(schema)
