"""mockbot's own checks, in addition to those of schemathesis, and the hooks that they need."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import urlsplit

import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, Severity
from schemathesis.engine.recorder import Request
from schemathesis.hooks import unregister

from mockbot.contract.contract import Contract
from mockbot.contract.media_types import parse_content_type
from mockbot.contract.wire.described import is_read
from mockbot.jsontext import read
from mockbot.sse import EVENT_STREAM
from mockbot.verify.check.deviations import ACCEPTED, Deviations, Interaction
from mockbot.verify.check.target import State, Target
from mockbot.verify.generation import shallow
from mockbot.violation import Violation

LONGEST = 300
"""Characters of a value in a finding."""
METHODS = {"allow_header_conformance", "unsupported_method"}
"""The checks of schemathesis that know the methods of one path only."""


class Broken(Failure):
    """A failure of one of mockbot's own checks."""

    code: ClassVar[str] = "ST901"
    __slots__ = ("cause",)

    def __init__(self, operation: str, title: str, message: str, cause: str) -> None:
        super().__init__(operation=operation, title=title, message=message, severity=Severity.HIGH)
        self.cause = cause

    @property
    def _unique_key(self) -> str:
        return self.cause


class BrokenStream(Broken):
    """A stream event, or an order of events, that breaks the contract."""

    checks: ClassVar[tuple[str, ...]] = ("stream_events",)


class BrokenEnvelope(Broken):
    """An error response that is not in AstrBot's envelope."""

    checks: ClassVar[tuple[str, ...]] = ("error_envelope",)


class ChangedByRefusal(Broken):
    """A refused request that changed the server's state."""

    checks: ClassVar[tuple[str, ...]] = ("refusal_changes_nothing",)


class BrokenQuery(Broken):
    """An accepted request whose query breaks the contract."""

    checks: ClassVar[tuple[str, ...]] = ("broken_query_rejection", ACCEPTED)


class Rules:
    """The checks of one run, and their hooks."""

    def __init__(
        self,
        contract: Contract,
        target: Target,
        deviations: Deviations,
        timeout: float,
        *,
        stateless: bool = False,
        bare: bool = False,
    ) -> None:
        """With `stateless`, the server answers from its document alone; with `bare`, errors have `data` {} or none."""
        self._stateless, self._bare = stateless, bare
        self._contract, self._target, self._deviations, self._timeout = contract, target, deviations, timeout
        self._before: dict[str, State] = {}

    @contextmanager
    def registered(self, schema: Any) -> Iterator[None]:
        """Register the checks with schemathesis while the context is active; its registry is global to the process."""
        load_all_checks()
        schema.hook("filter_failure")(lambda _, failure, case, response: self.unknown(failure, case, response))
        note = schemathesis.hook("before_call")(lambda _, case, __: self._note(case))
        flat = schemathesis.hook("after_call")(lambda _, __, response: _flatten(response))
        own: tuple[Callable[..., bool | None], ...] = (
            self.stream_events,
            self.error_envelope,
            self.refusal_changes_nothing,
            self.broken_query_rejection,
        )
        for rule in own:
            schemathesis.check(rule)
        try:
            yield
        finally:
            unregister(note)
            unregister(flat)
            for rule in own:
                CHECKS.unregister(rule.__name__)

    def stream_events(self, _: Any, response: Any, case: Any) -> bool | None:
        """Each event fits its schema, all of them fit the grammar, and the stream has an end."""
        label = case.operation.label
        operation = self._contract.operations.by_name.get(label)
        stream = self._contract.stream(operation) if operation and media_type(response) == EVENT_STREAM else None
        if stream is None:
            return True
        frames = [frame + b"\n\n" for frame in response.content.split(b"\n\n")]
        frames[-1:] = [last] if (last := frames[-1][:-2]) else []
        for number, frame in enumerate(frames, 1):
            if violations := stream.validate(frame, False):
                raise _broken_stream(label, violations[0], f"event {number}: ", frame)
        if response.stream_cut_short:
            message = f"it did not end within {self._timeout:g} s; {len(frames)} events so far"
            raise BrokenStream(label, "The stream does not end", message, "end")
        for violation in stream.validate(b"", True):
            raise _broken_stream(label, violation, "", b"")
        return None

    def error_envelope(self, _: Any, response: Any, case: Any) -> bool | None:
        """An error is exactly status, message and data; with status 200 its data is null, or if `bare` absent or {}."""
        value = _json(response)
        if not isinstance(value, dict) or value.get("status") != "error":
            return True
        data = value.get("data", "absent")
        listed = isinstance(data, dict) and isinstance(data.get("violations"), list) and response.status_code != 200
        mistakes = []
        empty = self._bare and data in ("absent", {})
        keys = ("status", "message") if self._bare and not listed else ("status", "message", "data")
        if set(value) - ({"data"} if empty else set()) != {*keys}:
            mistakes.append(f"its keys are {', '.join(value)}; expected {', '.join(keys)}")
        if not isinstance(value.get("message"), str):
            mistakes.append("its message is not a string")
        if "data" in value and data is not None and not listed and not empty:
            mistakes.append("its data is not null")
        if mistakes:
            raise BrokenEnvelope(case.operation.label, "Malformed error envelope", "\n".join(mistakes), mistakes[0])
        return None

    def refusal_changes_nothing(self, _: Any, response: Any, case: Any) -> bool | None:
        """The server's visible state is the same before and after a refused request."""
        before = self._before.pop(case.id, None)
        if not 400 <= response.status_code < 500:
            if case.method not in ("GET", "HEAD", "OPTIONS"):
                self._target.forget()
            return True
        if before is None:
            return True
        after = self._target.state(_usernames(case), fresh=True)
        changed = [place for place in before if before[place] != after.get(place)]
        if changed:
            lines = [f"{place}: {_short(before[place])} became {_short(after.get(place))}" for place in changed]
            title = f"Refused with {response.status_code}, but its state changed"
            raise ChangedByRefusal(case.operation.label, title, "\n".join(lines), changed[0].partition(" ")[0])
        return None

    def broken_query_rejection(self, context: Any, response: Any, case: Any) -> bool | None:
        """An invalid query is refused, also where schemathesis assumes that a framework corrects it."""
        if response.status_code >= 400:
            return True
        request = Request.from_prepared_request(response.request)
        broken = [each for each in self.violations(case.operation.label, request) if each.part == "query"]
        theirs: Any = CHECKS.get_one(ACCEPTED)
        try:
            theirs(context, response, case)
        except Failure:
            return True  # that check reports it
        if broken:
            title, message = "Schema-violating request accepted", "\n".join(each.message for each in broken)
            raise BrokenQuery(case.operation.label, title, message, f"{broken[0].at} {broken[0].rule}")
        return None

    def unknown(self, failure: Failure, case: Any, response: Any) -> bool:
        """Return whether no known deviation explains a failure.

        A server that answers from its document alone need not read bodies in XML and other notations than JSON. A path
        of it may have the methods of a template that matches the path, too. An operation of which only errors are
        documented answers with one of them.
        """
        sent = parse_content_type(response.request.headers.get("content-type", ""))[0]
        if ACCEPTED in failure.checks and self._stateless and sent and not is_read(sent):
            return False
        if self._stateless and "positive_data_acceptance" in failure.checks and self._has_only_errors(case.operation):
            return False
        if self._stateless and METHODS & {*failure.checks} and self._is_shared(case.operation, response):
            return False
        request, label = Request.from_prepared_request(response.request), case.operation.label
        headers = {name: values[0] for name, values in response.headers.items()}
        violations = self.violations(label, request)
        status, body = response.status_code, response.content or b""
        interaction = Interaction(label, request.method, violations, status, headers, body)
        return not self._deviations.explain(failure.checks, interaction)

    def _has_only_errors(self, operation: Any) -> bool:
        known = self._contract.operations.by_name.get(operation.label)
        responses = known.definition.get("responses", {}) if known else {}
        return bool(responses) and all(str(code).startswith(("4", "5")) for code in responses)

    def _is_shared(self, operation: Any, response: Any) -> bool:
        """Return whether other paths of the document match the path of a request and have other methods."""
        every = self._contract.operations.by_name.values()
        own = {each.method for each in every if each.path == operation.path}
        return not own.issuperset(self._contract.operations.find("", urlsplit(response.request.url).path).allow)

    def violations(self, label: str, request: Request) -> list[Violation]:
        """Return the violations of a request to an operation, as mockbot's contract layer finds them."""
        operation = self._contract.operations.by_name.get(label)
        if operation is None or request.method != operation.method:
            return []
        url = urlsplit(request.uri)
        headers = [(name.lower().encode(), _latin(value)) for name, (value, *_) in request.headers.items()]
        found = self._contract.operations.find(operation.method, url.path)
        validate = self._contract.validation.request
        return validate(operation, url.query.encode(), headers, request.body or b"", found.parameters)

    def _note(self, case: Any) -> None:
        """Remember the server's visible state before a request; only the last few are kept."""
        if len(self._before) > 50:
            self._before.clear()
        self._before[case.id] = self._target.state(_usernames(case), fresh=False)


def _flatten(response: Any) -> None:
    response.content = shallow(response.content)


def media_type(response: Any) -> str:
    """Return the media type of a response, without parameters."""
    return parse_content_type(response.headers.get("content-type", [""])[0])[0]


def _broken_stream(label: str, violation: Violation, place: str, frame: bytes) -> BrokenStream:
    title = "Events out of order" if violation.rule == "order" else "An event breaks the contract"
    text = frame.decode("utf-8", "replace").strip()
    message = f"{place}{violation.message}" + (f"\n{_short(text)}" if text else "")
    cause = violation.message if violation.rule == "order" else f"{violation.at} {violation.rule}"
    return BrokenStream(label, title, message, cause)


def _usernames(case: Any) -> list[str]:
    """Return the usernames in a request, as text; a lenient server converts numbers, too."""
    given = [part.get("username") for part in (case.query, case.body) if isinstance(part, dict)]
    names = (str(name).strip() for name in given if isinstance(name, str | int | float))
    return sorted({name for name in names if name and name.isprintable() and len(name) < 500})


def _json(response: Any) -> Any:
    try:
        return read(response.content) if media_type(response) == "application/json" else None
    except ValueError:
        return None


def _latin(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
