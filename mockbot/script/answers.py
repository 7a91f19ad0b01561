"""Read what a script for an operation sends and for which requests."""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, TypeAlias

from mockbot.contract.contract import Contract
from mockbot.errors import UserError
from mockbot.fault.catalogue import Delay
from mockbot.fault.parse import parse_fault
from mockbot.jsontext import JSON, escape
from mockbot.matching import Matcher
from mockbot.openapi.examples import code_for, codes, named_examples, status_of
from mockbot.openapi.operations import Operation
from mockbot.reads import note
from mockbot.script.calls import PARTS, CallWhen, Condition, Equals, Part
from mockbot.script.model import Answer, Events, EventStep, FaultStep, Reply, WaitStep
from mockbot.script.reply_mistakes import answer_mistakes, documented_media_types, event_mistakes
from mockbot.script.sent import is_json
from mockbot.script.template import mistakes
from mockbot.wording import near

BODIES = ("json", "text", "file", "base64", "example")
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
NOT_A_VALUE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
"""Matches what a header's value must not contain."""
WITHOUT_BODY = (204, 205, 304)
OWN = ("content-length", "transfer-encoding", "connection", "date", "server")
"""Headers that the server sets."""
MATCHERS = ("equals", "contains", "regex")
ReportMistake: TypeAlias = Callable[[str, str], None]


class Placeholders(Collection[str]):
    """The names of the placeholders in a script for an operation: `path.id`, `body.user.name`, `uuid` ..."""

    def __init__(self, groups: Collection[str], parameters: Collection[str] | None) -> None:
        """Take the named groups of its regexes, and the operation's path parameters (None if they are not known)."""
        self._plain = {"now", "uuid", "n", *groups}
        self._parameters = parameters

    def __contains__(self, name: object) -> bool:
        part, _, rest = str(name).partition(".")
        if part == "path" and rest and self._parameters is not None:
            return rest in self._parameters
        return name in self._plain or (bool(rest) and part in PARTS)

    def __iter__(self) -> Iterator[str]:
        paths = ["path.NAME"] if self._parameters is None else [f"path.{name}" for name in self._parameters]
        return iter([*self._plain, *paths, "query.NAME", "header.NAME", "body.NAME"])

    def __len__(self) -> int:
        return len(list(iter(self)))


class ReplyReader:
    """Reads scripts for operations that their schema accepts, of any type; `report` is called for each mistake.

    `contract` is None where no contract is known, and then nothing is validated against it. `folder` is that of the
    script file; None if files cannot be named.
    """

    def __init__(
        self,
        contract: Contract | None,
        folder: Path | None,
        report: ReportMistake,
        matcher: Callable[[Any, str], Matcher],
        seconds: Callable[[str | float], float],
    ) -> None:
        self._contract, self._folder = contract, folder
        self._report, self._matcher, self._seconds = report, matcher, seconds

    def reply(self, item: Any, kind: str, at: str) -> Reply | None:
        """Return the reply of a script, or None if there is no such operation."""
        name = item.get("when", {}).get("operation")
        if name is None:
            self._report(at, f"a script with {kind} names its operation: when: {{operation: GET /things}}")
            return None
        operation = self._operation(name, f"{at}/when/operation")
        when = CallWhen(name, tuple(self._conditions(item["when"], f"{at}/when")))
        if self._contract is not None and operation is None:
            return None
        parameters = None if operation is None else re.findall(r"\{([^{}/]+)\}", operation.path)
        names = Placeholders(when.names, parameters)
        for pointer, sentence in mistakes(_filled(item[kind]), names, f"{at}/{kind}"):
            self._report(pointer, sentence)
        violates = item.get("violates", False)
        if kind == "events":
            events = Events(tuple(self._event(step, f"{at}/events/{index}") for index, step in enumerate(item[kind])))
            if self._contract is not None and operation is not None and not violates:
                for inside, sentence in event_mistakes(self._contract, operation, events):
                    self._report(f"{at}/events{inside}", sentence)
            return Reply(when, events, violates)
        answer = self._answer(item["answer"], operation, f"{at}/answer")
        if self._contract is not None and operation is not None and answer is not None and not violates:
            for inside, sentence in answer_mistakes(self._contract, operation, answer):
                self._report(f"{at}/answer{inside}", sentence)
        return Reply(when, answer or Answer(200), violates)

    def _operation(self, name: str, at: str) -> Operation | None:
        if self._contract is None:
            return None
        known = self._contract.operations.by_name
        if name not in known:
            self._report(at, f"there is no operation {name!r}; {near(name, known)}")
        return known.get(name)

    def _conditions(self, when: Any, at: str) -> Iterator[Condition]:
        for part in PARTS:
            if part not in when:
                continue
            value = when[part]
            if part == "body" and not (isinstance(value, dict) and not _is_matcher(value)):
                yield Condition(part, (), self._wanted(value, f"{at}/{part}"))
                continue
            for name, wanted in value.items():
                yield from self._inside(part, (name,), wanted, f"{at}/{part}/{escape(name)}")

    def _inside(self, part: Part, keys: tuple[str, ...], wanted: Any, at: str) -> Iterator[Condition]:
        """Yield the conditions of a value; an object in the body that is no matcher has conditions of its own."""
        if part == "body" and isinstance(wanted, dict) and wanted and not _is_matcher(wanted):
            for name, inner in wanted.items():
                yield from self._inside(part, (*keys, name), inner, f"{at}/{escape(name)}")
        else:
            yield Condition(part, keys, self._wanted(wanted, at))

    def _wanted(self, wanted: Any, at: str) -> Matcher | Equals:
        if not _is_matcher(wanted):
            return Equals(wanted)
        ((how, text),) = wanted.items()
        if how == "equals":
            return Equals(text)
        if not isinstance(text, str):
            self._report(f"{at}/{how}", f"{how} takes a text")
            return Equals(text)
        return self._matcher(wanted, at)

    def _answer(self, item: Any, operation: Operation | None, at: str) -> Answer | None:
        kinds = [kind for kind in BODIES if kind in item]
        if len(kinds) > 1:
            self._report(at, f"an answer has one body, not {' and '.join(kinds)}")
        kind = kinds[0] if kinds else ""
        headers = {str(name).lower(): str(value) for name, value in item.get("headers", {}).items()}
        for name in headers:
            if name in OWN:
                self._report(f"{at}/headers", f"{name} is set by the server; leave it out")
            elif not NAME.fullmatch(name):
                self._report(f"{at}/headers", f"{name!r} is no name of a header")
            elif NOT_A_VALUE.search(headers[name]):
                self._report(f"{at}/headers/{escape(name)}", "a header's value is one line of Latin-1 characters")
        status: int = item.get("status", _first_status(operation))
        if kind and status in WITHOUT_BODY:
            self._report(f"{at}/{kind}", f"a response with status {status} has no body; leave it out")
        media_type = headers.pop("content-type", "")
        fields = tuple(headers.items())
        match kind:
            case "example":
                return self._example(item, operation, fields, at)
            case "json":
                return Answer(status, fields, media_type or self._media_type(operation, status, "json"), item["json"])
            case "text":
                chosen = media_type or self._media_type(operation, status, "text")
                return Answer(status, fields, chosen, item["text"], is_text=True)
            case "file" | "base64":
                data = self._data(item, kind, f"{at}/{kind}")
                suffix = item["file"] if kind == "file" else ""
                chosen = media_type or self._media_type(operation, status, "file", suffix)
                return Answer(status, fields, chosen, data, literal=True)
        return Answer(status, fields)

    def _data(self, item: Any, kind: str, at: str) -> bytes:
        """Return the bytes of a file, and replace its name in the script, which is then complete without the file."""
        if kind == "base64":
            try:
                return base64.b64decode(str(item["base64"]), validate=True)
            except ValueError as error:
                self._report(at, f"not Base64: {error}")
                return b""
        if self._folder is None:
            self._report(at, "a script sent over HTTP cannot name files; use base64, text or json")
            return b""
        try:
            path = self._folder / str(item["file"])
            note(path, None)
            content = path.read_bytes()
            note(path, content)
            return content
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            self._report(at, f"{item['file']}: cannot be read: {reason}")
            return b""

    def _example(
        self, item: Any, operation: Operation | None, headers: tuple[tuple[str, str], ...], at: str
    ) -> Answer | None:
        if operation is None or self._contract is None:
            return None
        wanted = code_for(operation, item["status"]) if "status" in item else None
        known = [each for each in named_examples(self._contract.document, operation) if wanted in (None, each.code)]
        found = next((each for each in known if each.name == item["example"]), None)
        if found is None:
            names = near(item["example"], [each.name for each in known]) if known else "the document names none"
            self._report(f"{at}/example", f"{operation.name} has no example {item['example']!r}; {names}")
            return None
        status = item.get("status", status_of(found.code))
        is_text = isinstance(found.value, str) and not is_json(found.media_type)
        return Answer(status, headers, found.media_type, found.value, is_text=is_text, literal=True)

    def _media_type(self, operation: Operation | None, status: int, kind: str, name: str = "") -> str:
        """Return the documented media type for a kind of body, or else the usual one."""
        guessed = mimetypes.guess_type(name)[0] or ""
        documented = [] if self._contract is None else documented_media_types(self._contract, operation, status)
        if kind == "json":
            return next((each for each in documented if is_json(each)), "application/json")
        if guessed and (guessed in documented or not documented):
            return guessed
        others = [each for each in documented if not is_json(each)]
        usual = "text/plain; charset=utf-8" if kind == "text" else guessed or "application/octet-stream"
        return next(iter([*others, *documented]), usual)

    def _event(self, item: Any, at: str) -> EventStep | WaitStep | FaultStep:
        alone = [key for key in ("wait", "fault", "comment") if key in item]
        if alone and len(item) > 1:
            self._report(at, f"{alone[0]} is a step of its own")
        if "wait" in item:
            return WaitStep(self._seconds(item["wait"]))
        if "fault" in item:
            try:
                return FaultStep(parse_fault(item["fault"], midstream=True))
            except UserError as error:
                for sentence in str(error).splitlines():
                    self._report(f"{at}/fault", sentence)
                return FaultStep(Delay())
        return EventStep(**item)


def _filled(item: Any) -> JSON:
    """Return the parts of an answer or of events that can have placeholders."""
    if isinstance(item, list):
        return [{key: each for key, each in step.items() if key != "fault"} for step in item]
    return {key: item[key] for key in ("headers", "json", "text") if key in item}


def _first_status(operation: Operation | None) -> int:
    known = [] if operation is None else codes(operation)
    return status_of(known[0]) if known and known[0][0] in "2d" else 200


def _is_matcher(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)) in MATCHERS
