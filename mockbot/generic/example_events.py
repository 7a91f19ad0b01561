"""The values of an example of a stream: those of its events, or of its lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockbot.jsontext import JSON, compact
from mockbot.sample.instance import Impossible, Made
from mockbot.sse import EVENT_STREAM

TEXT = {"type": "string", "minLength": 1}
SEVERAL = 3
"""How many events or lines a stream has whose schema has no alternatives."""
MOST_BRANCHES = 10
"""How many alternatives of a stream's schema are sent, one after another."""


def events_of(
    media: Mapping[str, Any],
    name: str,
    resolved: Callable[[Any], Any],
    smallest: Callable[[Any], Made | Impossible],
) -> list[JSON] | Impossible:
    """Return the values of a stream with the media type `name`, described by `media`.

    `resolved` follows a reference of the document, `smallest` makes the smallest value that fits a schema.
    """
    events = _Events(resolved, smallest)
    return events.several(events.item(media, name))


class _Events:
    def __init__(self, resolved: Callable[[Any], Any], smallest: Callable[[Any], Made | Impossible]) -> None:
        self._resolved, self._smallest = resolved, smallest

    def item(self, media: Mapping[str, Any], name: str) -> Any:
        """Return the schema of one event or line: `itemSchema` (OpenAPI 3.2), the items of an array, or the schema."""
        if "itemSchema" in media:
            return media["itemSchema"]
        schema = media.get("schema", True)
        if name == EVENT_STREAM:
            data = schema.get("properties", {}).get("data", {}) if isinstance(schema, dict) else {}
            schema = data.get("contentSchema", TEXT)
        whole = self._resolved(schema)
        is_array = isinstance(whole, dict) and whole.get("type") in ("array", ["array"])
        return whole.get("items", True) if is_array else schema

    def several(self, item: Any) -> list[JSON] | Impossible:
        """Return one value for each alternative of a schema, or else a few equal ones."""
        whole = self._resolved(item)
        branches = [*whole.get("oneOf", ()), *whole.get("anyOf", ())] if isinstance(whole, dict) else []
        made = [self._event({"allOf": [item, each]}, each) for each in branches[:MOST_BRANCHES]]
        values = [each.value for each in made if isinstance(each, Made)]
        if values:
            return values
        one = self._event(item, item)
        return [one.value] * SEVERAL if isinstance(one, Made) else one

    def _event(self, schema: Any, shown: Any) -> Made | Impossible:
        """Return a value with `event` and `id` where the schema has them, and `data` that is JSON where it has one."""
        properties = self._properties(shown)
        names = [name for name in ("event", "id") if name in properties] if "data" in properties else []
        made = self._smallest({"allOf": [schema, {"required": [*names, "data"]}]} if names else schema)
        if names and isinstance(made, Impossible):
            made = self._smallest(schema)
        inner = self._resolved(properties.get("data", {}))
        if isinstance(made, Made) and isinstance(made.value, dict) and isinstance(inner, dict):
            data = self._smallest(inner["contentSchema"]) if "contentSchema" in inner else None
            if isinstance(data, Made):
                return Made({**made.value, "data": compact(data.value).decode().strip()})
        return made

    def _properties(self, schema: Any) -> Mapping[str, Any]:
        whole = self._resolved(schema)
        found: dict[str, Any] = {}
        for each in (whole, *whole.get("allOf", ())) if isinstance(whole, dict) else ():
            found |= self._resolved(each).get("properties", {}) if isinstance(each, dict) else {}
        return found
