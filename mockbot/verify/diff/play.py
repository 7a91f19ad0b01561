"""Play a recorded exchange against two versions and pair their responses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from mockbot.dataclass import dataclass
from mockbot.exchange.exchange import Exchange, Step
from mockbot.exchange.names import fresh
from mockbot.jsontext import JSON, escape, find
from mockbot.sse import EVENT_STREAM
from mockbot.verify.client import Received, Sent
from mockbot.verify.diff.stand import Stand, UnreadableError
from mockbot.verify.replay.notation import plain_body
from mockbot.verify.request import write


@dataclass(frozen=True, slots=True)
class Answer:
    """A response and what it holds."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """In their order, names in lower case."""
    kind: str
    """`json`, `stream`, or the media type of anything else."""
    content: JSON
    """The value of JSON, the frames of a stream as a list, or a text for anything else."""
    text: str = ""
    """The body of a JSON response as written."""

    def header(self, name: str) -> str | None:
        """Return the value of a header."""
        return dict(self.headers).get(name)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same request to two versions, with both responses."""

    exchange: str
    """The exchange, as `version/file: name`."""
    request: Sent
    """The request as the older version received it."""
    old: Answer
    new: Answer
    cut: bool = False
    """Whether the client left the stream, so that its end is unknown."""
    meanwhile: tuple[str, ...] = ()
    """The requests that were sent during the stream, such as `POST /api/v1/im/message`."""


@dataclass(slots=True)
class _Side:
    """One side of an exchange that is played: the names it knows and the answers to its steps."""

    stand: Stand
    names: dict[str, JSON]
    model: _Side | None = None
    """The side of the version that was recorded; None if this is that side."""
    answers: dict[str, tuple[Sent, Answer]] = field(default_factory=dict)

    async def play(self, steps: Iterable[Step], at: str = "") -> None:
        for number, step in enumerate(steps, 1):
            await self._step(step, f"{at}{number}")

    async def _step(self, step: Step, at: str) -> None:
        request, during = step.request, step.meanwhile
        self.stand.wait(request.wait)
        sent = write(request, "", self.names)

        async def meanwhile() -> None:
            if during:
                await self.play(during.steps, f"{at}.")

        received = await self.stand.send(
            sent,
            leave=request.leave,
            after=during.after if during else 0,
            meanwhile=meanwhile if during else None,
        )
        answer = answer_of(received)
        self.answers[at] = sent, answer
        model = self.model.answers.get(at) if self.model else None
        for name, pointer in {**dict(_bindings(step.expect.content)), **step.capture}.items():
            if name in step.capture or name not in self.names:
                self._capture(name, pointer, answer, model[1] if model else answer)

    def _capture(self, name: str, pointer: str, answer: Answer, model: Answer) -> None:
        try:
            self.names[name] = find(answer.content, _place(pointer, model, answer))
        except LookupError:
            if self.model and name in self.model.names:
                self.names[name] = self.model.names[name]


async def play(exchange: Exchange, old: Stand, new: Stand, mark: str) -> list[Pair]:
    """Play an exchange against both and return its pairs; none if its request is not HTTP.

    The version that was recorded is played first. A part of a response that a later request needs and the other
    version does not have, is that of the recorded version.
    """
    home, guest = (old, new) if old.version == exchange.astrbot else (new, old)
    names: Mapping[str, JSON] = {**{key: key for key in exchange.keys}, **fresh(mark)}
    first = _Side(home, dict(names))
    second = _Side(guest, dict(names), first)
    try:
        for side in (first, second):
            side.stand.begin()
            await side.play(exchange.steps)
    except UnreadableError:
        return []
    sides = (first, second) if home is old else (second, first)
    return [
        Pair(
            f"{exchange.astrbot}/{exchange.id}",
            sides[0].answers[at][0],
            sides[0].answers[at][1],
            sides[1].answers[at][1],
            cut=step.request.leave is not None,
            meanwhile=_meanwhile(step),
        )
        for at, step in _numbered(exchange.steps)
        if at in first.answers and at in second.answers
    ]


def answer_of(received: Received) -> Answer:
    """Return a response with its content read."""
    headers = tuple((name.lower(), value) for name, value in received.headers)
    media = (received.header("content-type") or "").partition(";")[0].strip()
    body = plain_body(received)
    text = body.decode(errors="replace")
    if media == EVENT_STREAM:
        return Answer(received.status, headers, "stream", list(_frames(text)))
    if media != "application/json":
        return Answer(received.status, headers, media or "nothing", text)
    try:
        value: JSON = json.loads(text)
    except ValueError:
        value = text
    return Answer(received.status, headers, "json", value, text)


def kind_of(frame: JSON) -> str:
    """Return the type of a frame, with its chain type if it has one."""
    if not isinstance(frame, dict):
        return "other"
    chain = frame.get("chain_type")
    return f"{frame.get('type')}/{chain}" if chain else str(frame.get("type"))


def _frames(text: str) -> Iterator[JSON]:
    for part in text.split("\n\n"):
        if part.startswith("data: "):
            yield json.loads(part.removeprefix("data: "))


def _meanwhile(step: Step) -> tuple[str, ...]:
    steps = step.meanwhile.steps if step.meanwhile else ()
    return tuple(f"{each.request.method} {each.request.path}" for each in steps)


def _numbered(steps: Iterable[Step], at: str = "") -> Iterator[tuple[str, Step]]:
    for number, step in enumerate(steps, 1):
        yield f"{at}{number}", step
        if step.meanwhile:
            yield from _numbered(step.meanwhile.steps, f"{at}{number}.")


def _place(pointer: str, model: Answer, answer: Answer) -> str:
    """Return where in an answer the value is that is at `pointer` in the model: in the same frame of its kind."""
    if model is answer or model.kind != "stream" or not isinstance(answer.content, list):
        return pointer
    index, _, rest = pointer.removeprefix("/").partition("/")
    frames = model.content if isinstance(model.content, list) else []
    if not index.isdigit() or int(index) >= len(frames):
        return pointer
    kind = kind_of(frames[int(index)])
    before = sum(kind_of(frame) == kind for frame in frames[: int(index)])
    places = [number for number, frame in enumerate(answer.content) if kind_of(frame) == kind]
    return f"/{places[before]}/{rest}" if before < len(places) else "/none"


def _bindings(expected: JSON, at: str = "") -> Iterator[tuple[str, str]]:
    """Yield the names that an expected value gives to parts of the response, with their pointers; the first wins."""
    if isinstance(expected, dict):
        if "$same" in expected:
            yield str(expected["$same"]), at
        for key, value in reversed(expected.items()):
            if not key.startswith("$"):
                yield from _bindings(value, f"{at}/{escape(key)}")
    elif isinstance(expected, list):
        for index in range(len(expected) - 1, -1, -1):
            yield from _bindings(expected[index], f"{at}/{index}")
