"""Read files of exchanges from YAML and report each mistake with its line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from mockbot.contract import formats as schemas
from mockbot.errors import UserError
from mockbot.exchange.exchange import ANY, EVERYTHING, Exchange, Expect, Meanwhile, Request, Step
from mockbot.exchange.matchers import bound, misused
from mockbot.exchange.names import FRESH, fill, mentioned
from mockbot.jsontext import JSON
from mockbot.source import Source, load

KEY = "abk_"
"""Prefix of the names of keys."""
DEFAULT_VERSION = "4.19.4"
Row = dict[str, Any]
"""A part of a file that fits its schema."""


def read_folder(folder: Path | None) -> tuple[Exchange, ...]:
    """Return the exchanges of all files in a folder, in the order of the files' names; none if the folder is None."""
    return () if folder is None else read_files(sorted(folder.glob("*.yaml")))


def read_files(paths: Iterable[Path]) -> tuple[Exchange, ...]:
    """Return the exchanges of several files. Raise UserError if a file has a mistake."""
    return tuple(exchange for path in paths for exchange in read(load(path)))


def read(source: Source) -> tuple[Exchange, ...]:
    """Return the exchanges of one file. Raise UserError, with one line for each mistake, if it has any."""
    schemas.check(source, "exchange")
    file = cast(Row, source.value)
    mistakes = list(_mistakes(file, source))
    if not mistakes:
        exchanges = tuple(_exchanges(file, source))
        names = [exchange.name for exchange in exchanges]
        mistakes = [f"{each.place}: duplicate name `{each.name}`" for each in exchanges if names.count(each.name) > 1]
    if mistakes:
        raise UserError("\n".join(mistakes[:10]))
    return exchanges


def _exchanges(file: Row, source: Source) -> Iterator[Exchange]:
    for index, written in enumerate(file["exchanges"]):
        place = f"/exchanges/{index}"
        rows = [(f"{place}/each/{number}", each) for number, each in enumerate(written.get("each", ()))]
        bare = {key: value for key, value in written.items() if key != "each"}
        for at, names in rows or [(place, {})]:
            yield _exchange(cast(Row, fill(bare, names)), source.place(at), source.name, file)


def _exchange(row: Row, place: str, name: str, file: Row) -> Exchange:
    steps = tuple(_step(step) for step in (*row.get("steps", ()), row))
    keys = {name for name, _ in mentioned(row) if name.startswith(KEY)} | {*_keys(steps)}
    return Exchange(
        name=row["name"],
        place=place,
        file=Path(name).stem,
        astrbot=file.get("astrbot", DEFAULT_VERSION),
        given=row["given"] if "given" in row else file.get("given", ANY),
        recorded=row["recorded"],
        slow=row.get("slow", False),
        steps=steps,
        keys=frozenset(key for key in keys if key),
    )


def _keys(steps: Iterable[Step]) -> Iterator[str | None]:
    for step in steps:
        yield step.request.key
        if step.meanwhile:
            yield from _keys(step.meanwhile.steps)


def _step(row: Row) -> Step:
    meanwhile = row.get("meanwhile")
    return Step(
        _request(row["request"]),
        _expect(row.get("expect", {})),
        row.get("capture", {}),
        meanwhile and Meanwhile(meanwhile["after"], tuple(_step(step) for step in meanwhile["steps"])),
    )


def _request(row: Row) -> Request:
    kind = next((name for name in ("json", "text", "base64", "form") if name in row), "none")
    return Request(
        method=row["method"],
        path=row["path"],
        query=row.get("query", {}),
        headers=row.get("headers", {}),
        key=row.get("key", EVERYTHING),
        version=row.get("version", "1.1"),
        wait=row.get("wait", 0),
        kind=cast(Any, kind),
        content=row.get(kind),
        leave=row.get("leave"),
    )


def _expect(row: Row) -> Expect:
    kind = next((name for name in ("json", "text", "base64", "frames") if name in row), "any")
    content = row.get(kind)
    return Expect(
        status=row.get("status", 200),
        reason=row.get("reason"),
        headers=row.get("headers", {}),
        absent=tuple(row.get("absent", ())),
        kind=cast(Any, kind),
        content=list(_flat(content)) if kind == "frames" else content,
    )


def _flat(frames: JSON) -> Iterator[JSON]:
    """Flatten nested lists of frames, so that a YAML anchor can stand for several frames."""
    for frame in cast(list[JSON], frames):
        if isinstance(frame, list):
            yield from _flat(frame)
        else:
            yield frame


def _mistakes(file: Row, source: Source) -> Iterator[str]:
    for index, row in enumerate(file["exchanges"]):
        for at, why in _exchange_mistakes(row):
            pointer = f"/exchanges/{index}{at}"
            yield f"{source.place(pointer)}: {pointer}: {why}"


def _exchange_mistakes(row: Row) -> Iterator[tuple[str, str]]:
    """Yield pointer and reason of each mistake that a schema cannot express: two bodies, unknown names."""
    known = {*FRESH, *(name for each in row.get("each", ()) for name in each), *bound(row)}
    for at, step in _steps(row):
        yield from _two(step["request"], ("json", "text", "base64", "form"), f"{at}/request")
        yield from _two(step.get("expect", {}), ("json", "text", "base64", "frames"), f"{at}/expect")
        yield from ((f"{at}/expect{inner}", why) for inner, why in misused(step.get("expect", {})))
        if step.get("capture") and step.get("expect", {}).keys() & {"text", "base64"}:
            yield f"{at}/capture", "parts of a text cannot be captured; use json or frames"
        for part in ("name", "request", "expect"):
            for name, inner in mentioned(step.get(part)):
                if name not in known and not name.startswith(KEY):
                    yield (
                        f"{at}/{part}{inner}",
                        f"unknown name `{name}`; known: {', '.join(sorted(known))}",
                    )
        known |= step.get("capture", {}).keys()
    for number, each in enumerate(row.get("each", ())):
        for name in {name for name, _ in mentioned(row["name"])} - each.keys():
            yield f"/each/{number}", f"`{name}` is missing; the exchange's name contains it"
        for part in ("query", "headers"):
            if not isinstance(fill(row["request"].get(part, {}), each), dict):
                yield f"/each/{number}", f"the value for the request's {part} must be an object"


def _steps(row: Row, at: str = "") -> Iterator[tuple[str, Row]]:
    """Yield the pointer and the row of each step, in the order in which their responses end."""
    for number, step in enumerate(row.get("steps", ())):
        yield from _steps(step, f"{at}/steps/{number}")
    for number, step in enumerate(row.get("meanwhile", {}).get("steps", ())):
        yield from _steps(step, f"{at}/meanwhile/steps/{number}")
    yield at, row


def _two(row: Row, kinds: tuple[str, ...], at: str) -> Iterator[tuple[str, str]]:
    given = [kind for kind in kinds if kind in row]
    if len(given) > 1:
        yield at, f"only one of {' and '.join(given)} can be the body"
