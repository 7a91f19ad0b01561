"""Plays a whole recording in order, and finds the exchanges that are answered in another way."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from mockbot.contract.media_types import parse_content_type
from mockbot.jsontext import JSON
from mockbot.record.exchange import Exchange
from mockbot.record.frames import essence, frames_of
from mockbot.record.rehearsal import Rehearsal
from mockbot.record.texts import without_identifiers
from mockbot.script.sent import is_json
from mockbot.sse import EVENT_STREAM
from mockbot.verify.client import Sent
from mockbot.verify.compare.ids import IdPairs

MOST = 2000
"""Exchanges that are played to see whether they are answered alike; the others are not compared."""
KEY_USER = "api_key:"
"""Begins the name of the user that a key stands for (BEHAVIOUR.md of AstrBot 4.29.3, section 2)."""
EPOCH = 1_000_000_000
"""Numbers from here on are times."""
NUMBERED = ("id", "ts", "start_time", "end_time", "time_to_first_token", "token_usage")
"""Properties whose numbers change from run to run."""


async def differing(rehearsal: Rehearsal, exchanges: Sequence[Exchange], key: str) -> list[Exchange]:
    """Return the exchanges that `rehearsal` answers in another way, apart from identifiers and times.

    Identifiers that it has made take the place of the recorded ones in later requests. The first MOST exchanges are
    played.
    """
    pairs, found = IdPairs(key, key), []
    for exchange in exchanges[:MOST]:
        played = await rehearsal.play(_translated(exchange, pairs))
        if not same(exchange, played):
            found.append(exchange)
        pairs.add(_without_prefix(_content(exchange)), _without_prefix(_content(played)))
    await rehearsal.close()
    return found


def same(one: Exchange, other: Exchange) -> bool:
    """Return whether two responses are the same for a client, apart from identifiers and times."""
    if one.status != other.status or one.ended != other.ended:
        return False
    kinds = [parse_content_type(each.media_type)[0] for each in (one, other)]
    if kinds[0] != kinds[1]:
        return False
    try:
        if kinds[0] == EVENT_STREAM:
            return essence(frames_of(one)) == essence(frames_of(other))
        if is_json(kinds[0]):
            return like(_content(one), _content(other))
        bodies = [b"".join(piece.data for piece in each.decoded()) for each in (one, other)]
    except ValueError:
        return False
    return bodies[0] == bodies[1]


def like(one: JSON, other: JSON, name: str = "") -> bool:
    """Return whether two JSON values are alike, apart from identifiers and times; `name` is their key."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(like(one[key], other[key], key) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(like(*each, name) for each in zip(one, other, strict=True))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or name in NUMBERED or (one > EPOCH and other > EPOCH)
    return without_identifiers(one) == without_identifiers(other)


def _content(exchange: Exchange) -> JSON:
    """Return the value of a JSON body, or the values of the frames of a stream."""
    try:
        if exchange.media_type.startswith(EVENT_STREAM):
            return [frame.value for frame in frames_of(exchange)]
        value: JSON = json.loads(b"".join(piece.data for piece in exchange.decoded()))
    except (ValueError, RecursionError):
        return None
    return value


def _without_prefix(value: JSON) -> JSON:
    """Return a value in which the user that a key stands for is the identifier of the key."""
    match value:
        case str():
            return value.removeprefix(KEY_USER)
        case list():
            return [_without_prefix(item) for item in value]
        case dict():
            return {name: _without_prefix(item) for name, item in value.items()}
    return value


def _translated(exchange: Exchange, pairs: IdPairs) -> Exchange:
    target = exchange.path + "?" + exchange.query.decode("latin-1")
    sent = pairs.translated(Sent(exchange.method, target, "1.1", (), exchange.body))
    path, _, query = sent.target.partition("?")
    raw = exchange.raw_path if path == exchange.path else path.encode()
    return replace(exchange, path=path, raw_path=raw, query=query.encode("latin-1"), body=sent.body)
