"""Validation of the events of a chat stream, each against its own schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mockbot.contract.compiled.schemas import Accepts, Schemas, read
from mockbot.contract.media_types import read_json
from mockbot.jsontext import JSON
from mockbot.violation import Violation
from mockbot.wording import cut, shown

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

ANY_TEXT = {"type", "description", "title"}
"""Keywords of a property that allow each text, or none."""
ONE_BY_ONE = {"type", "description", "title", "properties", "required", "additionalProperties"}
"""Keywords of an object that look at each property by itself, or only at its name."""
ABSENT = ""
"""Stands for a missing `chain_type`; no event has an empty one."""


class Events:
    """Validates one event at a time against the schema of its `type`, and of its `chain_type` if the type has several.

    A type may have one schema without `chain_type`, for events that have none.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        """Take a `schema` that is a `oneOf` of `$defs`, each with a constant `type` and optionally `chain_type`."""
        definitions, compiled, whole = schema["$defs"], Schemas(dict(schema)), _Whole(schema)
        self._kinds: dict[str, dict[JSON, _Kind]] = {}
        for reference in schema["oneOf"]:
            definition = definitions[reference["$ref"].rpartition("/")[2]]
            properties = definition["properties"]
            chain = properties.get("chain_type", {"const": ABSENT})["const"]
            self._kinds.setdefault(properties["type"]["const"], {})[chain] = _Kind(whole, definition, compiled)
        self._only: dict[Any, _Kind] = {
            name: kind for name, kinds in self._kinds.items() if len(kinds) == 1 for kind in kinds.values()
        }
        """The kinds of the types that have one."""
        self._of: dict[Any, _Kind] = {
            (name, chain): kind for name, kinds in self._kinds.items() for chain, kind in kinds.items()
        }
        """All kinds by type and chain type; of an event without one it is ABSENT, or None if there is no such kind."""
        for name, kinds in self._kinds.items():
            if None in kinds:
                self._of.setdefault((name, ABSENT), kinds[None])

    def accepts(self, event: Any) -> bool:
        """Return whether an event is certain to be valid: compiled, it takes a hundredth of the time of `check`."""
        kind = self._kind(event)
        return kind is not None and kind.accepts(event)

    def takes_any_text(self, event: Any, key: str) -> bool:
        """Return whether a valid event stays valid with any other text at `key` that UTF-8 can write."""
        kind = self._kind(event)
        return kind is not None and kind.takes_any_text(key)

    def _kind(self, event: Any) -> _Kind | None:
        if not isinstance(event, dict):
            return None
        name = event.get("type")
        try:
            return self._only.get(name) or self._of.get((name, event.get("chain_type", ABSENT)))
        except TypeError:  # a list or an object
            return None

    def check(self, event: JSON) -> list[Violation]:
        """Return the violations of an event, given as its JSON value."""
        if not isinstance(event, dict):
            return [_violation("", "type", f"the event must be an object, got {shown(event)}", event)]
        name = event.get("type")
        kinds = self._kinds.get(name) if isinstance(name, str) else None
        if kinds is None:
            return [_unknown("type", name, self._kinds)]
        if len(kinds) == 1:
            return next(iter(kinds.values())).check(event)
        chain = event.get("chain_type", ABSENT if ABSENT in kinds else None)
        kind = kinds.get(chain) if isinstance(chain, str | None) else None
        return kind.check(event) if kind is not None else [_unknown("chain_type", chain, kinds)]


class _Whole:
    """The schema of all events; jsonschema is loaded for the first event that is not certain to be valid."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator

        return Draft202012Validator(self._schema)

    def errors(self, schema: Any, value: JSON) -> Iterable[ValidationError]:
        """Return the errors of a value against a schema in it."""
        return self._validator.evolve(schema=schema).iter_errors(value)


class _Kind:
    """One kind of event: the schema of its object and, if `data` is a JSON text, the schema of that text's value."""

    def __init__(self, whole: _Whole, definition: Mapping[str, Any], compiled: Schemas) -> None:
        self._whole, self._definition, self._compiled = whole, definition, compiled
        self._data = definition["properties"]["data"].get("contentSchema")

    @cached_property
    def _accepts(self) -> Accepts | None:
        return self._compiled.accepts(self._definition)

    @cached_property
    def _accepts_data(self) -> Accepts | None:
        return self._compiled.accepts(self._data)

    @cached_property
    def accepts(self) -> Accepts:
        """What returns whether an event is certain to be valid."""
        return self._accepts_both if self._data is not None or self._accepts is None else self._accepts

    def takes_any_text(self, key: str) -> bool:
        """Return whether the schema says of the property only that it is a text, and nothing of how it fits others."""
        own: dict[str, Any] = self._definition["properties"].get(key, {})
        return own.get("type") == "string" and own.keys() <= ANY_TEXT and self._definition.keys() <= ONE_BY_ONE

    def _accepts_both(self, event: dict[str, Any]) -> bool:
        if self._accepts is None or not self._accepts(event):
            return False
        data = event["data"]
        if not isinstance(data, str):
            return True
        try:
            return self._accepts_data is not None and self._accepts_data(read(data.encode()))
        except ValueError:
            return False

    def check(self, event: dict[str, JSON]) -> list[Violation]:
        return _violations(self._whole.errors(self._definition, event), "the event") or self._inside(event["data"])

    def _inside(self, data: JSON) -> list[Violation]:
        if self._data is None or not isinstance(data, str):
            return []
        try:
            value = read_json(data.encode())
        except ValueError as error:
            return [_violation("/data", "contentMediaType", f"`data` must be a JSON text: {error}", data)]
        return _violations(self._whole.errors(self._data, value), "`data`", "data")


def _violations(errors: Iterable[ValidationError], whole: str, name: str = "") -> list[Violation]:
    from mockbot.contract.explanation import evidence

    found = evidence(errors, whole, name)
    return [Violation("event", "body", each.at, each.rule, each.message, each.value) for each in found]


def _unknown(key: str, value: JSON, known: Mapping[Any, object]) -> Violation:
    choices = ", ".join(shown(each) for each in known if each != ABSENT)
    return _violation(f"/{key}", "enum", f"`{key}` must be one of {choices}; got {shown(value)}", value)


def _violation(at: str, rule: str, message: str, value: JSON) -> Violation:
    return Violation("event", "body", at, rule, message, cut(value))
