"""Compare two responses to one request: what a client would notice, without ids, texts and times."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import field
from itertools import groupby

from mockbot.contract.media_types import parse_content_type
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, escape, read
from mockbot.sse import EVENT_STREAM, Parser
from mockbot.verify.client import Received, allowed


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between two responses."""

    at: str
    """`status`, `media type`, `Allow`, `order of frames`, or a JSON pointer with `*` for an index."""
    one: str
    """The first server's value."""
    other: str
    """The second server's value."""


@dataclass(slots=True)
class Shape:
    """The types of JSON values at one place, and the shapes of the values inside them."""

    kinds: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    items: Shape | None = None

    def add(self, value: JSON) -> Shape:
        """Add a value, and return self."""
        match value:
            case dict():
                self.kinds.add("object")
                for key, inner in value.items():
                    self.keys.setdefault(key, Shape()).add(inner)
            case list():
                self.kinds.add("array")
                for inner in value:
                    self.items = (self.items or Shape()).add(inner)
            case None:
                self.kinds.add("null")
            case bool():
                self.kinds.add("boolean")
            case str():
                self.kinds.add("string")
            case _:
                self.kinds.add("number")
        return self


def differences(one: Received | None, other: Received | None) -> list[Difference]:
    """Return the differences between two responses, without those that follow from another difference.

    None means no response. Compared are status, media type, Allow, the envelope's status, keys and JSON types, and the
    order of a stream's frames; not texts, numbers, times and ids.
    """
    if one is None or other is None:
        return [] if one is other else [Difference("response", _status(one), _status(other))]
    if one.status != other.status:
        return [Difference("status", str(one.status), str(other.status))]
    allows = [allowed(each.header("allow") or "") for each in (one, other)]
    found = [] if allows[0] == allows[1] else [Difference("Allow", *(allow or "none" for allow in allows))]
    types = [_media_type(each) for each in (one, other)]
    if types[0] != types[1]:
        return [*found, Difference("media type", *(each or "none" for each in types))]
    if types[0] == EVENT_STREAM:
        return [*found, *_streams(_frames(one), _frames(other))]
    if types[0].endswith("json"):
        return [*found, *_values(_value(one), _value(other))]
    sizes = ["empty" if not each.body else "a text" for each in (one, other)]
    return found if sizes[0] == sizes[1] else [*found, Difference("body", *sizes)]


def content(response: Received) -> JSON:
    """Return the value of a JSON response, a stream's frames as a list, or a text for any other response."""
    return [*_frames(response)] if _media_type(response) == EVENT_STREAM else _value(response)


def _media_type(response: Received) -> str:
    return parse_content_type(response.header("content-type") or "")[0]


def _value(response: Received) -> JSON:
    try:
        return read(response.body)
    except ValueError:
        return "no JSON"


def _frames(response: Received) -> list[JSON]:
    found: list[JSON] = []
    try:
        for event in Parser().feed(response.body):
            try:
                found.append(read(event.data))
            except ValueError:
                found.append(event.data)
    except ValueError as error:
        found.append(str(error))
    return found


def _status(response: Received | None) -> str:
    return "none" if response is None else str(response.status)


def _values(one: JSON, other: JSON) -> Iterable[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        states = one.get("status"), other.get("status")
        if isinstance(states[0], str) and isinstance(states[1], str) and states[0] != states[1]:
            return [Difference("/status", *map(json.dumps, states))]
    return _shapes(Shape().add(one), Shape().add(other), "", exact=True)


def _shapes(one: Shape, other: Shape, at: str, *, exact: bool) -> Iterator[Difference]:
    """Yield the differences of two shapes; unless `exact`, a common type is enough, as for items of a list."""
    if one.kinds != other.kinds if exact else not one.kinds & other.kinds:
        yield Difference(at or "body", _kinds(one), _kinds(other))
        return
    for key in dict.fromkeys([*one.keys, *other.keys]):
        place = f"{at}/{escape(key)}"
        if key not in one.keys or key not in other.keys:
            if "object" in one.kinds & other.kinds:
                yield Difference(place, *("there" if key in each.keys else "missing" for each in (one, other)))
        else:
            yield from _shapes(one.keys[key], other.keys[key], place, exact=exact)
    if one.items and other.items:
        yield from _shapes(one.items, other.items, f"{at}/*", exact=False)


def _kinds(shape: Shape) -> str:
    return " or ".join(sorted(shape.kinds))


def _streams(one: list[JSON], other: list[JSON]) -> Iterator[Difference]:
    orders = [[name for name, _ in groupby(map(_kind, each))] for each in (one, other)]
    if orders[0] != orders[1]:
        yield Difference("order of frames", *(" → ".join(order) or "none" for order in orders))
        return
    for kind in dict.fromkeys(orders[0]):
        shapes = [Shape(), Shape()]
        for shape, values in zip(shapes, (one, other), strict=True):
            for each in values:
                if _kind(each) == kind:
                    shape.add(each)
        yield from _shapes(shapes[0], shapes[1], f"frame {kind} ", exact=False)


def _kind(frame: JSON) -> str:
    """Return the name of a frame in an order: its type, with its chain_type."""
    if not isinstance(frame, dict):
        return "a frame without JSON" if isinstance(frame, str) else "a frame that is not an object"
    chain = frame.get("chain_type")
    return f"{frame.get('type')}/{chain}" if chain else str(frame.get("type"))
