"""Compare the answers of two versions to one request, without ids, times and paths; pure functions."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from itertools import groupby

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON, escape
from mockbot.verify.diff.play import Answer, Pair, kind_of

HEADERS = ("allow", "vary", "content-encoding", "cache-control", "connection", "accept-ranges", "content-range")
"""Headers whose values are compared; of the others, only names and order."""
WHOLE = ("vary", "content-encoding")
"""Headers that are compared also in answers that differ as a whole, and `allow` where both have status 405."""
SHOWN = 400
"""The most characters of a value."""

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_TEXTS = (
    (re.compile(r"\d{17}_[0-9a-f]{4}"), "<stored>"),
    (re.compile(_UUID), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?"), "<time>"),
    (re.compile(r"(?<![^\s\"'])([^\s\"'/]*+)/[^\s\"']*/data(?=/|\b)"), r"\1<data>"),
)
_COMMANDS = ("AstrBot v", "UMO: 「")
"""How the texts of built-in commands begin that belong to the installation."""
_REMINDER = re.compile(r"<system_reminder>.*?(?:</system_reminder>|\Z)", re.DOTALL)
_NUMBERS = {"id", "start_time", "end_time", "time_to_first_token", "expires_in", "ts", "finished_ts"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference between two answers."""

    at: str
    """`answer`, `header allow`, `order of headers`, a JSON pointer, `frames TYPE`, or `TYPE /pointer` in a stream."""
    old: str
    """The value in the older version; empty if there is none."""
    new: str


def differences(pair: Pair) -> tuple[Difference, ...]:
    """Return the differences of a pair, without those that follow from another one.

    Answers of another status or another kind differ as a whole: then nothing else is compared.
    """
    old, new = pair.old, pair.new
    if old.status != new.status or old.kind != new.kind or _state(old) != _state(new) or _other_text(old, new):
        return (
            Difference("answer", summary(old), summary(new)),
            *_values_of(old, new, (*WHOLE, "allow") if old.status == new.status else WHOLE),
        )
    return (*_heads(old, new), *_contents(pair))


def summary(answer: Answer) -> str:
    """Return status and content in short: the types of frames, JSON, or the media type and the number of bytes."""
    if answer.kind == "stream":
        frames = answer.content if isinstance(answer.content, list) else []
        return f"{answer.status} {' → '.join(kind for kind, _ in groupby(map(kind_of, frames)))}"
    if answer.content == "":
        return f"{answer.status} without a body"
    if answer.kind == "json":
        return f"{answer.status} {shown(answer.content)}"
    return f"{answer.status} {answer.header('content-type') or 'no media type'}, {len(str(answer.content))} characters"


def shown(value: JSON) -> str:
    """Return a value as JSON without ids and times, shortened."""
    text = json.dumps(normal(value), ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def normal(value: JSON, key: str = "") -> JSON:
    """Return a value with a placeholder for each id, time and path."""
    if isinstance(value, dict):
        return {name: normal(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [normal(inner, key) for inner in value]
    if isinstance(value, str):
        if value.startswith(_COMMANDS):
            return "<text of a command>"
        for pattern, word in _TEXTS:
            value = pattern.sub(word, value)
        return _inner(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and key in _NUMBERS:
        return "<number>"
    return value


def _inner(text: str) -> JSON:
    """Return a text; if it is a JSON object, then with placeholders."""
    if not text.startswith('{"'):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    if isinstance(value, dict) and "last_user" in value:  # what the model received: its prompts are the installation's
        value.pop("tools", None)
    return _REMINDER.sub("<reminder>", json.dumps(normal(value), ensure_ascii=False))


def _other_text(old: Answer, new: Answer) -> bool:
    """Return whether two answers that are neither JSON nor streams differ."""
    return old.kind not in ("json", "stream") and normal(old.content) != normal(new.content)


def _state(answer: Answer) -> JSON:
    """Return the status in an envelope."""
    return answer.content.get("status") if answer.kind == "json" and isinstance(answer.content, dict) else None


def _heads(old: Answer, new: Answer) -> Iterator[Difference]:
    yield from _values_of(old, new, (*HEADERS, "content-type"))
    names = [[name for name, _ in each.headers if not name.startswith("x-mockbot-")] for each in (old, new)]
    common = [[name for name in each if name in names[0] and name in names[1]] for each in names]
    if common[0] != common[1]:
        yield Difference("order of headers", *(", ".join(each) for each in common))
    for name in dict.fromkeys([*names[0], *names[1]]):
        if (name in names[0]) != (name in names[1]) and name not in (*HEADERS, "content-type"):
            yield Difference(f"header {name}", *("there" if name in each else "" for each in names))


def _values_of(old: Answer, new: Answer, names: Iterable[str]) -> Iterator[Difference]:
    """Yield the differences of the values of headers."""
    for name in names:
        values = [each.header(name) or "" for each in (old, new)]
        if name == "allow":
            values = [", ".join(sorted(word.strip() for word in value.split(","))) for value in values]
        if values[0] != values[1]:
            yield Difference(f"header {name}", *values)


def _contents(pair: Pair) -> Iterator[Difference]:
    old, new = normal(pair.old.content), normal(pair.new.content)
    if pair.old.kind == "stream" and isinstance(old, list) and isinstance(new, list):
        yield from _streams(old, new, cut=pair.cut)
    elif pair.old.kind == "json":
        ends = ["a line feed" if each.text.endswith("\n") else "" for each in (pair.old, pair.new)]
        if ends[0] != ends[1]:
            yield Difference("end of the body", *ends)
        yield from values(old, new)


def values(old: JSON, new: JSON, at: str = "") -> Iterator[Difference]:
    """Yield the differences of two JSON values, each with its pointer."""
    if isinstance(old, dict) and isinstance(new, dict):
        common = [[key for key in each if key in old and key in new] for each in (old, new)]
        if common[0] != common[1]:
            yield Difference(f"{at} order of keys", *(", ".join(each) for each in common))
        for key in dict.fromkeys([*old, *new]):
            place = f"{at}/{escape(key)}"
            if key in old and key in new:
                yield from values(old[key], new[key], place)
            else:
                yield Difference(place, *(shown(each[key]) if key in each else "" for each in (old, new)))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from values(one, other, f"{at}/{index}")
    elif type(old) is not type(new) or old != new:
        yield Difference(at, shown(old), shown(new))


def _streams(old: list[JSON], new: list[JSON], *, cut: bool) -> Iterator[Difference]:
    """Yield the differences of two streams: frames that only one has, frames in another place, values in frames."""
    kinds = [[kind_of(frame) for frame in each] for each in (old, new)]
    counts = [Counter(each) for each in kinds]
    names: Mapping[str, None] = dict.fromkeys([*kinds[0], *kinds[1]])
    same = True
    for name in names:
        if counts[0][name] != counts[1][name]:
            if cut and name in kinds[0] and name in kinds[1]:
                continue
            same = same and not counts[0][name]
            if not (cut and counts[1][name] == 0):
                yield Difference(f"frames {name}", str(counts[0][name] or ""), str(counts[1][name] or ""))
    known = [[kind for kind in each if kind in kinds[0] and kind in kinds[1]] for each in kinds]
    if known[0] != known[1] and same and not cut:
        yield Difference("order of frames", *(" → ".join(kind for kind, _ in groupby(each)) for each in known))
    pairs: dict[str, dict[str, Difference]] = {}
    for one, other in _aligned(old, new):
        for found in values(one, other):
            place = re.sub(r"/\d+", "/*", found.at)
            pairs.setdefault(kind_of(one), {}).setdefault(
                place, Difference(f"{kind_of(one)} {place}", found.old, found.new)
            )
    for places in pairs.values():
        yield from places.values()


def _aligned(old: list[JSON], new: list[JSON]) -> Iterator[tuple[JSON, JSON]]:
    """Yield the frames of the same kind that stand for each other."""
    kinds = [[kind_of(frame) for frame in each] for each in (old, new)]
    for name in dict.fromkeys(kinds[0]):
        ones = [frame for frame, kind in zip(old, kinds[0], strict=True) if kind == name]
        others = [frame for frame, kind in zip(new, kinds[1], strict=True) if kind == name]
        if len(ones) == len(others):
            yield from zip(ones, others, strict=True)
            continue
        texts = [[json.dumps(frame, sort_keys=True) for frame in each] for each in (ones, others)]
        matcher = SequenceMatcher(None, texts[0], texts[1], autojunk=False)
        for op, start, end, first, last in matcher.get_opcodes():
            if op in ("equal", "replace"):
                yield from zip(ones[start:end], others[first:last], strict=False)
