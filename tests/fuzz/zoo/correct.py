"""Read one chat and print its events as WHATWG HTML 9.2.5 and 9.2.6 define them. Exit status 0: it is complete."""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping

from http1 import Exchange, Response, Wrong

Event = dict[str, str]
"""`data`, `event` and `id`, as in a line of the output."""


class Reader(Exchange):
    """One chat; the methods are in the order in which they are used."""

    encoding = "utf-8-sig"
    errors = "replace"
    line_end = re.compile("\r\n|\n|\r")

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self.message = environ["MOCKBOT_MESSAGE"]
        self.grace: float | None = min(1.0, self.deadline / 4)
        self.ended = self.unreadable = False
        self.data: list[str] = []
        self.type = self.id = ""

    def work(self) -> None:
        """Send the message and report the events until the response ends, or a moment after `end`."""
        response = self.answer()
        self.check(response, "text/event-stream")
        try:
            for event in self.events(response):
                self.report(event)
                if self.ends(event):
                    self.ended = True
                    self.connection.socket.settimeout(self.grace)
        except TimeoutError:
            if not self.ended:
                raise
        self.finish()

    def answer(self) -> Response:
        """Send the message, and return the head of the response."""
        body = json.dumps({"message": self.message, "username": "fuzz"}).encode()
        return self.ask("POST", f"{self.prefix}/api/v1/chat", body)

    def events(self, response: Response) -> Iterator[Event]:
        """Yield the events of the body."""
        for line in self.lines(self.text(self.content(response))):
            event = self.take(line)
            if event is not None:
                yield event

    def text(self, pieces: Iterable[bytes]) -> Iterator[str]:
        """Decode the pieces; a character may begin in one and end in the next."""
        decoder = codecs.getincrementaldecoder(self.encoding)(self.errors)
        for piece in pieces:
            yield decoder.decode(piece)

    def lines(self, texts: Iterable[str]) -> Iterator[str]:
        """Yield complete lines; CR LF is one line end also if it arrives in two pieces."""
        held: list[str] = []
        after_cr = False
        for text in texts:
            if not text:
                continue
            fresh = text[1:] if after_cr and text[0] == "\n" else text
            after_cr = text[-1] == "\r"
            *complete, rest = self.line_end.split(fresh)
            for line in complete:
                yield "".join([*held, line])
                held.clear()
            held.append(rest)

    def take(self, line: str) -> Event | None:
        """Read one line; return the event that it completes."""
        if not line:
            return self.dispatch()
        if line[0] != ":":
            name, _, value = line.partition(":")
            self.field(name, value.removeprefix(" "))
        return None

    def field(self, name: str, value: str) -> None:
        """Read one field; others than these are ignored, and `retry` has no use here."""
        if name == "data":
            self.data.append(value)
        elif name == "event":
            self.type = value
        elif name == "id" and "\0" not in value:
            self.id = value

    def dispatch(self) -> Event | None:
        """Return the event at a blank line; without data there is none."""
        event = {"data": "\n".join(self.data), "event": self.type or "message", "id": self.id} if self.data else None
        self.data, self.type = [], ""
        return event

    def report(self, event: Event) -> None:
        """Print an event."""
        sys.stdout.write(json.dumps(event) + "\n")

    def ends(self, event: Event) -> bool:
        """Return whether the event ends the reply."""
        value = self.value(event["data"])
        return isinstance(value, dict) and value.get("type") == "end"

    def value(self, data: str) -> object:
        """Return the JSON in the data of an event; remember whether it is none."""
        try:
            return json.loads(data, parse_int=str) if data else None  # a number may have any length
        except (ValueError, RecursionError):
            self.unreadable = True
            return None

    def finish(self) -> None:
        """Raise Wrong if the reply is not complete."""
        if not self.ended:
            raise Wrong("the stream ended without the event that ends the reply")
        if self.unreadable:
            raise Wrong("an event is not JSON")


if __name__ == "__main__":
    sys.exit(Reader(os.environ).run())
