"""Play the steps of one exchange and compare each response with the expected one."""

from __future__ import annotations

import base64
import time

from mockbot import jsontext
from mockbot.exchange.exchange import Expect, Meanwhile, Step
from mockbot.exchange.matchers import Mismatch, differ, shown
from mockbot.jsontext import JSON, find
from mockbot.verify.client import NoResponseError, RawClient, Received, Sent, allowed
from mockbot.verify.replay.notation import FrameCount, Notation, plain_body
from mockbot.verify.request import write


class Steps:
    """Plays steps with one set of names."""

    def __init__(self, wire: RawClient, notation: Notation, names: dict[str, JSON], limit: float, saved: int) -> None:
        """Take the values of names, the limit for a response in seconds, and the last id of a saved message."""
        self._wire, self._notation, self._names, self._limit = wire, notation, names, limit
        self.saved = saved
        self.sent: Sent | None = None
        """The request whose response was compared last."""
        self.unanswered = False
        """Whether that request has no complete response."""

    def play(self, step: Step) -> Mismatch | None:
        """Play one step, and those that it has meanwhile; return the first difference."""
        time.sleep(step.request.wait)
        sent = write(step.request, self._wire.path, self._names)
        pause = _Pause(self, step.meanwhile, step.request.leave)
        try:
            response = self._wire.send(sent, self._limit, pause if step.meanwhile or step.request.leave else None)
        except NoResponseError as error:
            self.unanswered = True
            found: Mismatch | None = Mismatch("", "a response", str(error))
        else:
            self.unanswered = False
            found = self._head(step.expect, response) or self._body(step, response)
        if pause.difference:
            return pause.difference
        self.sent = sent
        return found

    def _head(self, expect: Expect, response: Received) -> Mismatch | None:
        if response.status != expect.status:
            return Mismatch(
                "status", str(expect.status), f"{response.status} {shown(response.body.decode(errors='replace'))}"
            )
        if expect.reason is not None and response.reason != expect.reason:
            return Mismatch("reason", shown(expect.reason), shown(response.reason))
        wanted = dict(expect.headers or {})
        if expect.kind in ("json", "frames"):
            wanted["content-type"] = "application/json" if expect.kind == "json" else self._notation.content_type
        for name, value in wanted.items():
            got = response.header(name)
            if name.lower() == "allow" and isinstance(value, str) and got is not None:
                value, got = allowed(value), allowed(got)
            if found := differ(value, got, self._names):
                return Mismatch(f"header {name}", found.expected, found.got)
        present = next((name for name in expect.absent if response.header(name) is not None), None)
        return Mismatch(f"header {present}", "none", shown(response.header(present))) if present else None

    def _body(self, step: Step, response: Received) -> Mismatch | None:
        kind = step.expect.kind
        if kind == "any" and not step.capture:
            return None
        if kind == "frames" or (kind == "any" and response.header("content-type") == self._notation.content_type):
            return self._frames(step, response)
        try:
            body = plain_body(response)
        except ValueError as error:
            return Mismatch("body", "a gzipped body", str(error))
        match kind:
            case "text":
                return differ(step.expect.content, body.decode(errors="replace"), self._names)
            case "base64":
                return differ(step.expect.content, base64.b64encode(body).decode("ascii"), self._names)
        try:
            whole = jsontext.read(body)
        except ValueError:
            return Mismatch("", "JSON", shown(body.decode(errors="replace")))
        found = differ(step.expect.content, whole, self._names) if kind == "json" else None
        return found or self._notation.body_difference(body, whole) or self._capture(step, whole)

    def _frames(self, step: Step, response: Received) -> Mismatch | None:
        frames = self._notation.frames(response, step.request.leave)
        if isinstance(frames, Mismatch):
            return frames
        if step.expect.kind == "frames":
            if found := differ(step.expect.content, frames, self._names):
                return found
            saved = self._notation.id_difference(frames, self.saved)
            if isinstance(saved, Mismatch):
                return saved
            self.saved = saved
        return self._capture(step, frames)

    def _capture(self, step: Step, value: JSON) -> Mismatch | None:
        for name, pointer in step.capture.items():
            try:
                self._names[name] = find(value, pointer)
            except LookupError:
                return Mismatch(pointer, f"a value to call `{name}`", "nothing there")
        return None


class _Pause:
    """Plays steps in the middle of a stream, and says when the client leaves it."""

    def __init__(self, steps: Steps, meanwhile: Meanwhile | None, leave: int | None) -> None:
        self._steps, self._meanwhile, self._leave = steps, meanwhile, leave
        self._frames = FrameCount()
        self.difference: Mismatch | None = None

    def __call__(self, part: bytes) -> bool:
        count = self._frames.add(part)
        if self._meanwhile and count >= self._meanwhile.after:
            steps, self._meanwhile = self._meanwhile.steps, None
            for number, step in enumerate(steps, 1):
                if found := self._steps.play(step):
                    where = f"meanwhile step {number} {found.at}".rstrip()
                    self.difference = Mismatch(where, found.expected, found.got)
                    return True
        return self._leave is not None and count >= self._leave
