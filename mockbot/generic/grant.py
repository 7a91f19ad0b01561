"""The step that grants the wishes of a request, or refuses them with what could be had."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from starlette.types import ASGIApp

from mockbot.errors import UserError
from mockbot.fault.catalogue import CATALOGUE
from mockbot.fault.fault import Fault
from mockbot.fault.parameters import parameters
from mockbot.fault.parse import parse_fault
from mockbot.generic.examples import Example, Examples
from mockbot.generic.scripted import Scripted, api_request
from mockbot.jsontext import JSON
from mockbot.openapi.examples import NamedExample, code_for, codes, named_examples, status_of
from mockbot.openapi.operations import Operation
from mockbot.profile import Profile
from mockbot.response import Response, phrase, whole
from mockbot.sample.dynamic import Dynamic
from mockbot.sample.instance import Impossible
from mockbot.script.reply_mistakes import documented_media_types
from mockbot.script.sent import is_json
from mockbot.wording import closest
from mockbot.world.call import Call
from mockbot.world.wish import Preference, Wish

LISTED = 20
"""How many names a refusal lists."""


class Grant:
    """Answers a request with the response that it wishes for, without the handler. Wishes need valid requests."""

    def __init__(self, profile: Profile, scripted: Scripted) -> None:
        self._profile, self._scripted = profile, scripted
        self._examples: Examples | None = None

    def __call__(self, call: Call) -> ASGIApp | None:
        """Return the response; None if the handler answers, with the faults or the script that are wished for."""
        wish, operation = call.wish, call.operation
        if wish is None or operation is None:
            return None
        try:
            faults = [wished_fault(each) for each in wish.faults]
            response = self._response(call, operation, wish)
        except UserError as error:
            call.transaction.verbatim = True  # this is about mockbot, and not a response of the API
            call.note_refusal(str(error))
            return self._profile.error(400, str(error))
        wish.due.extend(faults)
        wish.granted = True
        return response

    def _response(self, call: Call, operation: Operation, wish: Wish) -> ASGIApp | None:
        script, example, code, dynamic = map(wish.get, ("script", "example", "code", "dynamic"))
        if script is not None:
            if others := [each.name for each in (example, code, dynamic) if each]:
                raise UserError(f"Prefer: script cannot be combined with {' and '.join(others)}")
            return self._script(script.value, call, operation)
        status = None if code is None else _status(code.value, operation)
        if example is not None:
            if dynamic is not None:
                raise UserError("Prefer: example cannot be combined with dynamic")
            return self._named(example.value, status, operation)
        if dynamic is not None:
            return self._dynamic(dynamic, status, operation, call)
        return None if status is None else self._documented(status, operation, call)

    def _script(self, name: str, call: Call, operation: Operation) -> ASGIApp | None:
        known = call.world.scripts.named(operation.name, operation.name == self._profile.chat)
        if name not in known:
            raise UserError(f"This world has no script {name!r} for {operation.name}; {_choices(known, name)}")
        if known[name].reply is None:
            return None  # the chat operation plays it
        request = api_request(call, operation)
        chosen = call.world.scripts.play(name, request)
        assert chosen is not None
        return self._scripted.play(chosen, request, call)

    def _documented(self, status: int, operation: Operation, call: Call) -> Response:
        code = code_for(operation, status)
        assert code is not None
        if status >= 400 and not self._has_example(operation, code):
            allow = [("allow", ", ".join(call.transaction.allow))] if status == 405 else []
            refusal = _example(self._profile.error(status, phrase(status), headers=allow))
            documented = documented_media_types(self._profile.contract, operation, status)
            if refusal.media_type in documented and isinstance(self._made.checked(operation, refusal), Example):
                return _response(refusal)
        accept = call.headers.get("accept", "")
        return self._sent(operation, status, self._made.response(operation, status, code, accept))

    def _named(self, name: str, status: int | None, operation: Operation) -> Response:
        wanted = None if status is None else code_for(operation, status)
        known = list(named_examples(self._profile.document, operation))
        found = next((each for each in known if each.name == name and wanted in (None, each.code)), None)
        if found is None:
            meant = closest(name, [each.name for each in known])
            choices = f"did you mean {meant!r}?" if meant else _choices(f"{each.name} ({each.code})" for each in known)
            raise UserError(f"The document has no example {name!r} for {operation.name}; {choices}")
        status = status_of(found.code) if status is None else status
        return self._sent(operation, status, self._from_value(operation, status, found))

    def _from_value(self, operation: Operation, status: int, given: NamedExample) -> Example | Impossible:
        document = self._profile.document
        response = document.resolved(operation.definition["responses"][given.code])
        headers = self._made.headers(response, status)
        if isinstance(headers, Impossible):
            return headers
        schema = document.resolved(response["content"][given.media_type]).get("schema", {})
        body = self._made.written(given.value, given.media_type, schema)
        if body is None:
            return Impossible(f"it cannot be written as {given.media_type}")
        return self._made.checked(operation, Example(status, given.media_type, headers, body))

    def _dynamic(self, wished: Preference, status: int | None, operation: Operation, call: Call) -> Response:
        """Return a value chosen by the seed, in the first JSON media type; a response without one is as documented."""
        seed = wished.parameters.get("seed", "0")
        code = codes(operation)[0] if status is None else code_for(operation, status)
        assert code is not None
        status = status_of(code) if status is None else status
        document = self._profile.document
        plain = self._made.response(operation, status, code, call.headers.get("accept", ""))
        content = document.resolved(operation.definition["responses"][code]).get("content") or {}
        if not isinstance(plain, Example) or plain.media_type not in content:
            return self._sent(operation, status, plain)
        schema = document.resolved(content[plain.media_type]).get("schema", True)
        if not is_json(plain.media_type):
            return self._sent(operation, status, plain)
        made = Dynamic(document.effective, self._made.instances).value(schema, f"{operation.name}/{status}/{seed}")
        if isinstance(made, Impossible):
            return self._sent(operation, status, made)
        body = self._made.written(made.value, plain.media_type, schema) or b""
        return self._sent(operation, status, self._made.checked(operation, replace(plain, body=body)))

    def _has_example(self, operation: Operation, code: str) -> bool:
        content = self._profile.document.resolved(operation.definition["responses"][code]).get("content") or {}
        media = map(self._profile.document.resolved, content.values())
        return any({"example", "examples"} & each.keys() for each in media if isinstance(each, dict))

    def _sent(self, operation: Operation, status: int, example: Example | Impossible) -> Response:
        if isinstance(example, Impossible):
            raise UserError(f"mockbot cannot make this {status} response of {operation.name}: {example.reason}")
        return _response(example)

    @property
    def _made(self) -> Examples:
        if self._examples is None:
            self._examples = Examples(self._profile.document, self._profile.contract.validation)
        return self._examples


def wished_fault(wished: Preference) -> Fault:
    """Return the fault of a preference such as `fault=delay;seconds=2`; raise UserError if there is none."""
    if wished.value not in CATALOGUE:
        raise UserError(f"There is no fault {wished.value!r}; {_choices(CATALOGUE, wished.value)}")
    kinds = {each.name: each.kind for each in parameters(CATALOGUE[wished.value])}
    given = {name: value if kinds.get(name) is str else _value(value) for name, value in wished.parameters.items()}
    return parse_fault({"name": wished.value, **given})


def _value(text: str) -> JSON:
    try:
        value: JSON = json.loads(text)
    except ValueError:
        return text
    return value


def _status(text: str, operation: Operation) -> int:
    status = int(text) if text.isascii() and text.isdecimal() and len(text) == 3 else 0
    if not 200 <= status <= 599 or code_for(operation, status) is None:
        known = sorted(map(str, operation.definition.get("responses", {})))
        raise UserError(f"{operation.name} has no response {text!r}; {_choices(known)}")
    return status


def _choices(names: Iterable[str], name: str = "") -> str:
    """Return a clause with what a misspelled name may mean, or that lists what could be had."""
    known = list(dict.fromkeys(names))
    if meant := closest(name, known):
        return f"did you mean {meant!r}?"
    if not known:
        return "it has none"
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return f"use {'one of ' if len(known) > 1 else ''}{', '.join(known[:LISTED])}{more}"


def _example(response: Response) -> Example:
    headers = dict(response.headers)
    media_type = headers.pop("content-type", "")
    headers.pop("content-length", None)
    return Example(response.status, media_type, tuple(headers.items()), response.body)


def _response(example: Example) -> Response:
    if not example.media_type:
        return Response(example.status, example.headers)
    return whole(example.status, example.media_type, example.body, example.headers)
