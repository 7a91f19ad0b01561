"""Changes the JSON in a response: that of its body, or that of each event of its stream."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import field
from typing import TypeAlias

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.blocks import BOM, Blocks
from mockbot.fault.fault import ABORT, BODY, RAW, START
from mockbot.fault.head import header, media_type, with_header
from mockbot.sse import EVENT_STREAM

Change: TypeAlias = Callable[[str], str]
"""Returns a text instead of another; raises ValueError for one that is not JSON."""
LINE = re.compile(rb"(?P<text>[^\r\n]*+)(?P<end>\r\n|\n|\r|$)")


@dataclass(slots=True)
class _Rewriting:
    change: Change
    how: str = "stream"
    """What the body is: `stream`, `json` or `other`. Without a head, as in a script, it is a stream."""
    head: Message | None = None
    body: bytearray = field(default_factory=bytearray)
    blocks: Blocks = field(default_factory=Blocks)
    first: bool = True

    def begin(self, message: Message) -> Iterator[Message]:
        """Yield the head, or keep it until the body is complete."""
        kind = media_type(header(message, b"content-type"))
        self.how = "other"
        if header(message, b"content-encoding"):
            yield message
        elif kind == EVENT_STREAM:
            self.how = "stream"
            yield with_header(message, b"content-length", None)
        elif kind.endswith(("/json", "+json")):
            self.how, self.head = "json", message
        else:
            yield message

    def piece(self, message: Message) -> Iterator[Message]:
        """Yield what can be sent after a piece of the body."""
        data, more = message.get("body", b""), message.get("more_body", False)
        if self.how == "json":
            self.body += data
            if not more:
                yield from self.whole(message)
        elif self.how == "stream":
            new = b"".join(self.block(bytes(block)) for block in self.blocks.feed(data))
            new += b"" if more else bytes(self.blocks.rest())
            if new or not more:
                yield {**message, "body": new}
        else:
            yield message

    def whole(self, message: Message) -> Iterator[Message]:
        """Yield the head and the complete body."""
        new = _changed(bytes(self.body), self.change)
        head, is_same = self.head, new == self.body
        self.head, self.body = None, bytearray()  # not to be held while others change what is sent here
        if head is not None:
            yield head if is_same else with_header(head, b"content-length", b"%d" % len(new))
        yield {**message, "body": new}

    def block(self, block: bytes) -> bytes:
        """Return a block of a stream with the JSON of its event changed."""
        bom = BOM if self.first and block.startswith(BOM) else b""
        self.first = False
        return bom + _event(block[len(bom) :], self.change)

    def give_up(self) -> Iterator[Message]:
        """Yield unchanged what is kept, because what follows ends the response or is not part of it."""
        head, held = self.head, bytes(self.body) + bytes(self.blocks.rest())
        self.head = None
        self.body.clear()
        if head is not None:
            self.how = "other"
            yield head
        if held:
            yield {"type": BODY, "body": held, "more_body": True}


async def rewritten(messages: AsyncIterator[Message], change: Change) -> AsyncIterator[Message]:
    """Yield the messages with `change` applied to the JSON of the body, or of each event as soon as it is complete.

    Everything else is passed on unchanged: what is not JSON, other media types, and bodies with a content coding.
    """
    rewriting = _Rewriting(change)
    async for message in messages:
        if message["type"] == START:
            parts = rewriting.begin(message)
        elif message["type"] == BODY:
            parts = rewriting.piece(message)
        else:
            parts = rewriting.give_up() if message["type"] in (ABORT, RAW) else iter(())
            for each in parts:
                yield each
            parts = iter((message,))
        for each in parts:
            yield each


def _changed(data: bytes, change: Change) -> bytes:
    try:
        text = data.decode()
        new = change(text)
        return data if new == text else new.encode()
    except ValueError:
        return data


def _event(block: bytes, change: Change) -> bytes:
    """Return a block with its data changed; its data is then where the first line of it was."""
    lines = [(line["text"], line["end"]) for line in LINE.finditer(block) if line[0]]
    fields = [_data(text) for text, _ in lines]
    found = [each[1] for each in fields if each is not None]
    data = b"\n".join(found)
    new = _changed(data, change) if found else data
    if new == data:
        return block
    pieces: list[bytes] = []
    written = False
    for (text, end), given in zip(lines, fields, strict=True):
        if given is None:
            pieces += [text, end]
        elif not written:
            pieces += [piece for line in new.split(b"\n") for piece in (given[0], line, end)]
            written = True
    return b"".join(pieces)


def _data(line: bytes) -> tuple[bytes, bytes] | None:
    """Return the field name of a line, with its colon and space, and the value; None if the line is not data."""
    for prefix in (b"data: ", b"data:"):
        if line.startswith(prefix):
            return prefix, line[len(prefix) :]
    return (b"data: ", b"") if line == b"data" else None
