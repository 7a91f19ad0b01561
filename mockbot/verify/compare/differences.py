"""Two answers to one request, side by side: what a client would notice, not what each server made up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from mockbot.contract.media_types import parse_content_type
from mockbot.jsontext import JSON, escape
from mockbot.sse import EVENT_STREAM, Parser
from mockbot.verify.client import Received


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which two answers part."""

    at: str
    """`status`, `media type`, `Allow`, `order of frames`, or a JSON pointer with `*` for an index."""
    one: str
    """What the first server answers there."""
    other: str
    """What the second answers."""


@dataclass(slots=True)
class Shape:
    """What kinds of JSON value stand in one place, and what stands inside of them."""

    kinds: set[str] = field(default_factory=set)
    keys: dict[str, Shape] = field(default_factory=dict)
    items: Shape | None = None

    def add(self, value: JSON) -> Shape:
        """Take note of one more value."""
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
    """Return how two answers differ, coarse things first; what follows from a difference is not told as well.

    None is no answer. Compared are status, media type, Allow, the envelope's status, keys and JSON types, and the order
    of a stream's frames; not texts, numbers, times and ids.
    """
    if one is None or other is None:
        return [] if one is other else [Difference("answer", _there(one), _there(other))]
    if one.status != other.status:
        return [Difference("status", str(one.status), str(other.status))]
    allows = [sorted(word.strip() for word in (each.header("allow") or "").split(",")) for each in (one, other)]
    found = [] if allows[0] == allows[1] else [Difference("Allow", *(", ".join(allow) or "none" for allow in allows))]
    types = [_media_type(each) for each in (one, other)]
    if types[0] != types[1]:
        return [*found, Difference("media type", *(each or "none" for each in types))]
    if types[0] == EVENT_STREAM:
        return [*found, *_streams(_frames(one), _frames(other))]
    if types[0].endswith("json"):
        return [*found, *_values(_value(one), _value(other))]
    sizes = ["empty" if not each.body else "a text" for each in (one, other)]
    return found if sizes[0] == sizes[1] else [*found, Difference("body", *sizes)]


def content(answer: Received) -> JSON:
    """Return what a JSON answer says, or a stream's frames as a list; a text where it is neither."""
    return [*_frames(answer)] if _media_type(answer) == EVENT_STREAM else _value(answer)


def _media_type(answer: Received) -> str:
    return parse_content_type(answer.header("content-type") or "")[0]


def _value(answer: Received) -> JSON:
    try:
        parsed: JSON = json.loads(answer.body)
    except (ValueError, RecursionError):
        return "no JSON"
    return parsed


def _frames(answer: Received) -> list[JSON]:
    found: list[JSON] = []
    try:
        for event in Parser().feed(answer.body):
            try:
                found.append(json.loads(event.data))
            except (ValueError, RecursionError):
                found.append(event.data)
    except ValueError as error:
        found.append(str(error))
    return found


def _there(answer: Received | None) -> str:
    return "none" if answer is None else str(answer.status)


def _values(one: JSON, other: JSON) -> Iterable[Difference]:
    if isinstance(one, dict) and isinstance(other, dict):
        states = one.get("status"), other.get("status")
        if isinstance(states[0], str) and isinstance(states[1], str) and states[0] != states[1]:
            return [Difference("/status", *map(json.dumps, states))]
    return _shapes(Shape().add(one), Shape().add(other), "", exact=True)


def _shapes(one: Shape, other: Shape, at: str, *, exact: bool) -> Iterator[Difference]:
    """Yield where two shapes part; unless `exact` they gather several values, which may each show only some kinds."""
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
    """Return what a frame is called in an order: its type, with its chain_type."""
    if not isinstance(frame, dict):
        return "a frame without JSON" if isinstance(frame, str) else "a frame that is no object"
    chain = frame.get("chain_type")
    return f"{frame.get('type')}/{chain}" if chain else str(frame.get("type"))
