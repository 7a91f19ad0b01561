"""Clients in this process: a right reader of a chat, and readers with one bug each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import httpx

from mockbot.fuzz.clients.client import Shown, Task
from mockbot.fuzz.stage import Stage
from mockbot.sse import Event, Parser


class Wrong(Exception):
    """The reader noticed an error."""


def right(task: Task) -> list[object]:
    """Return the events of one chat; raise Wrong or an error of httpx."""
    return [json.loads(event.data) if event.data else event.data for event in events(chunks(task))]


def chunks(task: Task) -> Iterator[bytes]:
    """Yield the pieces of a response that is a whole stream."""
    body = {"message": task.message, "username": "fuzz"}
    url, headers = f"{task.base_url}/api/v1/chat", {"X-API-Key": task.key}
    with (
        httpx.Client(timeout=task.deadline / 2, trust_env=False, verify=False) as client,
        client.stream("POST", url, json=body, headers=headers) as response,
    ):
        if response.status_code != 200:
            raise Wrong(f"status {response.status_code}")
        if response.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/event-stream":
            raise Wrong("not a stream")
        yield from response.iter_bytes()


def events(pieces: Iterator[bytes]) -> Iterator[Event]:
    """Yield the events, and raise Wrong if the one that ends the reply does not come."""
    parser, ended = Parser(), False
    for piece in pieces:
        for event in parser.feed(piece):
            ended = ended or '"end"' in event.data
            yield event
    if not ended:
        raise Wrong("the reply has no end")


def keeps_bom(task: Task) -> list[object]:
    """Decode as UTF-8, which keeps a byte order mark."""
    text = b"".join(chunks(task)).decode("utf-8", "replace")
    blocks = text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n")
    lines = [[line for line in block.split("\n") if line.startswith("data:")] for block in blocks]
    data = ["\n".join(line[5:].removeprefix(" ") for line in block) for block in lines if block]
    return [json.loads(each) if each else each for each in data]


def only_lf(task: Task) -> list[object]:
    """Take only LF for the end of a line."""
    blocks = b"".join(chunks(task)).removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").split("\n\n")
    return [block.removeprefix("data: ") for block in blocks if block.startswith("data: ")]


def ignores_the_end(task: Task) -> list[object]:
    """Take any end of the stream for its end."""
    parser = Parser()
    found: list[object] = []
    try:
        for piece in chunks(task):
            found += [json.loads(event.data) if event.data else "" for event in parser.feed(piece)]
    except httpx.HTTPError:
        pass
    return found


def asks_again(task: Task) -> list[object]:
    """Send the message again when the stream breaks."""
    try:
        return right(task)
    except httpx.RemoteProtocolError:
        return right(task)


def impatient(task: Task) -> list[object]:
    """Give up a stream of CR or CRLF, unless there is more time than usual."""
    if b"\r" in b"".join(chunks(task)) and task.deadline < 8:
        raise httpx.ReadTimeout("busy")
    return right(task)


def dies(task: Task) -> list[object]:
    """Die of a chunk that is only the colon of a comment."""
    pieces = list(chunks(task))
    if pieces[0] == b":":
        raise MemoryError("both at once")
    return [json.loads(event.data) if event.data else "" for event in events(iter(pieces))]


def broken(task: Task) -> list[object]:
    """Fail always."""
    raise Wrong("always")


BUGS: Mapping[str, Callable[[Task], list[object]]] = {
    each.__name__: each for each in (right, keeps_bom, only_lf, ignores_the_end, asks_again, impatient, dies, broken)
}


@dataclass
class InProcess:
    """A client that is a function of this process."""

    bug: str = "right"
    ops: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.bug

    def run(self, task: Task, stage: Stage) -> Shown:
        try:
            return Shown("ok", tuple(BUGS[self.bug](task)))
        except httpx.TimeoutException:
            return Shown("error", (), "TimeoutError")
        except Exception as error:
            return Shown("error", (), type(error).__name__, str(error))

    def usage(self) -> Mapping[str, int]:
        return {}

    def close(self) -> None: ...
