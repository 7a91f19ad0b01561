"""Readers of a chat with one bug each: `planted.py NAME`; `planted.py --list` prints the names.

Each is the right reader of `correct.py` with one part replaced. What the bug is says the table in `table.py`.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

from correct import Event, Reader
from http1 import BadChunk, Cut, Response, Wrong

HAMMERING = 8
"""How often a reader that sends a message again does so at most."""
TYPES = {
    *("agent_stats", "attachment_saved", "complete", "end", "error", "file", "follow_up_captured", "image"),
    *("message_saved", "plain", "record", "run_snapshot", "run_started", "session_id", "user_message_saved"),
}
KEYS = {
    *("chain_type", "code", "created_at", "data", "id", "llm_checkpoint_id", "message_id", "reasoning", "refs"),
    *("run_id", "session_id", "streaming", "type"),
}


class Finished(Exception):
    """A reader takes the reply for complete."""


def die() -> None:
    """End the process as a crash of native code does, but without a core file."""
    os.kill(os.getpid(), 9)


def waits_for_ever() -> None:
    """Wait for what never comes."""
    while True:
        time.sleep(0.1)


class Trusting(Reader):
    """A reader that can take a reply for complete before it has ended."""

    def work(self) -> None:
        with suppress(Finished):
            super().work()


# A: framing


class ChunkDecode(Reader):
    def text(self, pieces: Iterable[bytes]) -> Iterator[str]:
        for piece in pieces:
            yield piece.decode("utf-8-sig", "replace")


class Latin1(Reader):
    def check(self, response: Response, media_type: str) -> None:
        super().check(response, media_type)
        if "charset" not in (response.header("content-type") or ""):
            self.encoding = "latin-1"


class OnlyLf(Reader):
    line_end = re.compile("\n")


class NoCr(Reader):
    line_end = re.compile("\r\n|\n")

    def lines(self, texts: Iterable[str]) -> Iterator[str]:
        return super().lines(self.whole(texts))

    def whole(self, texts: Iterable[str]) -> Iterator[str]:
        held = ""
        for text in texts:
            text, held = held + text, ""
            if text.endswith("\r"):
                text, held = text[:-1], "\r"
            yield text


class SplitCrlf(Reader):
    def lines(self, texts: Iterable[str]) -> Iterator[str]:
        return super().lines(self.joined(texts))

    def joined(self, texts: Iterable[str]) -> Iterator[str]:
        held = ""
        for text in texts:
            if held and text.startswith("\n"):
                text, held = text[1:], ""
            text, held = held + text, ""
            if text.endswith("\r"):
                text, held = text[:-1], "\r"
            yield text
        yield held


class FirstLineEnd(Reader):
    def lines(self, texts: Iterable[str]) -> Iterator[str]:
        return super().lines(self.noted(texts))

    def noted(self, texts: Iterable[str]) -> Iterator[str]:
        known = False
        for text in texts:
            found = Reader.line_end.search(text)
            if found and not known:
                self.line_end, known = re.compile(found[0]), True
            yield text


class Bom(Reader):
    encoding = "utf-8"


class CommentEvents(Reader):
    commented = False

    def take(self, line: str) -> Event | None:
        if not line and self.commented and not self.data:
            self.data = [""]
        self.commented = line.startswith(":")
        return super().take(line)


class EmptyData(Reader):
    def value(self, data: str) -> object:
        return json.loads(data)


class MetadataEvents(Reader):
    touched = False

    def field(self, name: str, value: str) -> None:
        super().field(name, value)
        self.touched = True

    def dispatch(self) -> Event | None:
        if self.touched and not self.data:
            self.data = [""]
        self.touched = False
        return super().dispatch()


class LastDataLine(Reader):
    def field(self, name: str, value: str) -> None:
        if name == "data":
            self.data.clear()
        super().field(name, value)


class SpaceRequired(Reader):
    def take(self, line: str) -> Event | None:
        _, colon, value = line.partition(":")
        return super().take(line) if value[:1] == " " or not colon else None


class Stripped(Reader):
    def field(self, name: str, value: str) -> None:
        super().field(name, value.strip())


class ColonRequired(Reader):
    def take(self, line: str) -> Event | None:
        return super().take(line) if ":" in line or not line else None


class SplitLines(Reader):
    line_end = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


class Lookalike(Reader):
    def take(self, line: str) -> Event | None:
        return super().take(line[max(line.rfind("data: "), 0) :])


class LineLimit(Reader):
    def take(self, line: str) -> Event | None:
        if len(line) > 65_536:
            raise Wrong("a line is too long")
        return super().take(line)


class OneAChunk(Reader):
    def text(self, pieces: Iterable[bytes]) -> Iterator[str]:
        for text in super().text(pieces):
            start = len(text) - len(text.lstrip("\n"))
            end = text.find("\n\n", start)
            yield text if end < 0 else text[: end + 2]


class NoNames(Reader):
    def dispatch(self) -> Event | None:
        if self.type:
            self.data.clear()
        return super().dispatch()


class RetryNumber(Reader):
    def field(self, name: str, value: str) -> None:
        super().field(name, value)
        if name == "retry":
            self.wait = int(value)


class RetryStorm(Reader):
    wait: float | None = None

    def field(self, name: str, value: str) -> None:
        super().field(name, value)
        if name == "retry" and value.isdecimal():
            self.wait = int(value) / 1000

    def events(self, response: Response) -> Iterator[Event]:
        for _ in range(HAMMERING):
            try:
                yield from super().events(response)
                return
            except Cut:
                if self.wait is None:
                    raise
                time.sleep(min(self.wait, self.deadline / 2))
                response = self.answer()


class NulId(Reader):
    def field(self, name: str, value: str) -> None:
        super().field(name, value)
        if name == "id":
            self.id = value


class IdNumber(Reader):
    def field(self, name: str, value: str) -> None:
        super().field(name, value)
        if name == "id":
            self.number = int(value)


class ExactMediaType(Reader):
    def media_type(self, response: Response) -> str:
        return response.header("content-type") or ""


class StrictUtf8(Reader):
    errors = "strict"

    def text(self, pieces: Iterable[bytes]) -> Iterator[str]:
        try:
            yield from super().text(pieces)
        except UnicodeDecodeError:
            die()


# B: the life of a stream


class NoEnd(Reader):
    def finish(self) -> None:
        self.ended = True
        super().finish()


class WaitsForClose(Reader):
    def __init__(self, environ: os._Environ[str]) -> None:
        super().__init__(environ)
        self.grace = None


class NothingAfterEnd(Reader):
    def report(self, event: Event) -> None:
        if self.ended:
            raise Wrong("an event after the end")
        super().report(event)


class Json(Reader):
    """A reader that looks into the events."""

    def value(self, data: str) -> object:
        value = super().value(data)
        if isinstance(value, dict):
            self.look(value, value.get("type"))
        return value

    def look(self, value: dict[str, object], kind: object) -> None:
        raise NotImplementedError


class ErrorCode(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        if kind == "error":
            self.code = value["code"]


class NullCode(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        if kind == "error":
            code = value.get("code", "unknown")
            self.code = code.upper()  # type: ignore[attr-defined]


class KnownTypes(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        if kind not in TYPES:
            raise Wrong(f"an event of type {kind}")


class FirstCharacter(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        if kind == "plain" and value.get("data") == "":
            self.first = ""[0]


class SendsAgain(Reader):
    def events(self, response: Response) -> Iterator[Event]:
        try:
            yield from super().events(response)
        except Cut:
            yield from super().events(self.answer())


class ReconnectsEmpty(Reader):
    def events(self, response: Response) -> Iterator[Event]:
        for _ in range(HAMMERING):
            events = list(super().events(response))
            if events:
                break
            response = self.answer()
        yield from events


class Retries404(Reader):
    def answer(self) -> Response:
        response = super().answer()
        for _ in range(HAMMERING):
            if response.status in (204, 404):
                response = super().answer()
        return response


class HalfAnEvent(Reader):
    def lines(self, texts: Iterable[str]) -> Iterator[str]:
        return super().lines(self.patient(texts))

    def patient(self, texts: Iterable[str]) -> Iterator[str]:
        for text in texts:
            begun = not text.endswith(("\n", "\r"))
            self.connection.socket.settimeout(None if begun else self.silence)
            yield text


class Impatient(Reader):
    def check(self, response: Response, media_type: str) -> None:
        super().check(response, media_type)
        self.connection.socket.settimeout(0.25)


# C: HTTP


class CutIsEnd(Trusting):
    def chunks(self) -> Iterator[bytes]:
        try:
            yield from super().chunks()
        except Cut:
            raise Finished from None


class ClosedIsEnd(Trusting):
    def body(self, response: Response) -> Iterator[bytes]:
        try:
            yield from super().body(response)
        except Cut:
            if (response.header("connection") or "").lower() == "close":
                raise Finished from None
            raise


class ResetIsEnd(Trusting):
    def chunks(self) -> Iterator[bytes]:
        try:
            yield from super().chunks()
        except ConnectionResetError:
            raise Finished from None


class ShortIsEnd(Trusting):
    def known(self, length: str) -> Iterator[bytes]:
        try:
            yield from super().known(length)
        except Cut:
            raise Finished from None


class LongDies(Reader):
    def known(self, length: str) -> Iterator[bytes]:
        yield from super().known(length)
        self.connection.socket.settimeout(0.2)
        with suppress(TimeoutError):
            self.connection.receive()
        if self.connection.buffer:
            die()


class TotalTime(Reader):
    def text(self, pieces: Iterable[bytes]) -> Iterator[str]:
        began = time.monotonic()
        for text in super().text(pieces):
            if time.monotonic() - began > 0.4:
                raise Wrong("it took more than 0.4 seconds")
            yield text


class NoTimeout(Reader):
    def head(self) -> Response:
        self.connection.socket.settimeout(None)
        response = super().head()
        self.connection.socket.settimeout(self.silence)
        return response


class NoGzip(Reader):
    def content(self, response: Response) -> Iterator[bytes]:
        return self.body(response)


class PageIsReply(Trusting):
    def check(self, response: Response, media_type: str) -> None:
        if response.status == 200 and self.media_type(response) == "text/html":
            raise Finished
        super().check(response, media_type)


class EnvelopeIsReply(Trusting):
    def check(self, response: Response, media_type: str) -> None:
        if response.status == 200 and self.media_type(response) == "application/json":
            raise Finished
        super().check(response, media_type)


class RetryAfterNumber(Reader):
    def answer(self) -> Response:
        response = super().answer()
        if response.status in (429, 503):
            text = response.header("retry-after") or ""
            wait = int(text) if text.isdecimal() else 0
            if wait <= self.deadline / 2:
                time.sleep(wait)
                response = super().answer()
        return response


class NothingIsReply(Trusting):
    def check(self, response: Response, media_type: str) -> None:
        if response.header("content-length") == "0":
            raise Finished
        super().check(response, media_type)


class RedirectTwice(Reader):
    redirected = False

    def redirect(self, response: Response) -> str | None:
        place = super().redirect(response)
        self.redirected = self.redirected or place is not None
        return place

    def events(self, response: Response) -> Iterator[Event]:
        yield from super().events(response)
        if self.redirected:
            yield from super().events(self.answer())


class InterimIsFinal(Reader):
    def is_interim(self, response: Response) -> bool:
        return response.status == 100


class StatusInJson(Trusting):
    def check(self, response: Response, media_type: str) -> None:
        if response.status >= 400 and self.media_type(response) == "application/json":
            envelope = json.loads(b"".join(self.content(response)))
            if envelope.get("status") != "error":
                raise Finished
        super().check(response, media_type)


class BadChunkIsEnd(Trusting):
    def chunk_size(self, line: bytes) -> int:
        try:
            return super().chunk_size(line)
        except BadChunk:
            raise Finished from None


class OneLineAHeader(Reader):
    def head(self) -> Response:
        response = super().head()
        names = [name for name, _ in response.headers]
        if len(names) != len(set(names)):
            raise Wrong("a header is repeated")
        return response


# D: JSON and its values


class NullDies(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        if kind == "plain" and value.get("data", "") is None:
            die()


class DataRequired(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        self.last = value["data"]


class KnownKeys(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        if not value.keys() <= KEYS:
            raise Wrong(f"unknown: {value.keys() - KEYS}")


class TypeWaits(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        if kind not in TYPES:
            waits_for_ever()


class Floats(Reader):
    def report(self, event: Event) -> None:
        try:
            sys.stdout.write(json.dumps(json.loads(event["data"], parse_int=float)) + "\n")
        except ValueError:
            super().report(event)


class SurrogateDies(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            die()


class TextExpected(Json):
    def look(self, value: dict[str, object], kind: object) -> None:
        if kind == "plain" and not isinstance(value.get("data", ""), str | None):
            die()


BASES = (Reader, Trusting, Json)
PLANTED: dict[str, type[Reader]] = {
    re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower(): each
    for name, each in [*globals().items()]
    if isinstance(each, type) and issubclass(each, Reader) and each not in BASES
}

if __name__ == "__main__":
    if sys.argv[1] == "--list":
        sys.stdout.write("\n".join(PLANTED))
    else:
        sys.exit(PLANTED[sys.argv[1]](os.environ).run())
