"""What JSON Schema's errors mean to a person: one place, one rule, one sentence for each.

jsonschema says that a value `is not valid under any of the given schemas`; here the branch that fits best is looked
into, so that the fault inside it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

from jsonschema.exceptions import ValidationError

from mockbot.jsontext import JSON, pointer
from mockbot.wording import cut, near, shown


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fault of a value against a schema."""

    at: str
    """JSON pointer of the faulty value, or of the one that is missing."""
    rule: str
    """The broken keyword."""
    message: str
    """One sentence."""
    value: JSON
    """The faulty value, cut short."""


def evidence(errors: Iterable[ValidationError], whole: str, name: str = "") -> Iterator[Evidence]:
    """Explain `errors`; `whole` is what to call the value itself (`the body`), `name` a name it has (a parameter's)."""
    for error in errors:
        for cause in _causes(error):
            yield from _explain(cause, whole, [name] if name else [])


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """Follow oneOf and anyOf into the branch that fits best: right type, then right constants, then fewest errors."""
    branches = [
        list(branch) for _, branch in groupby(error.context or (), key=lambda inner: inner.relative_schema_path[0])
    ]
    fitting = [branch for branch in branches if not any(_misfit(inner) for inner in branch)]
    if not fitting:
        yield error
        return
    for inner in min(fitting, key=lambda branch: (sum(each.validator == "const" for each in branch), len(branch))):
        yield from _causes(inner)


def _misfit(error: ValidationError) -> bool:
    return error.validator == "type" and not error.relative_path


def _explain(error: ValidationError, whole: str, prefix: list[str | int]) -> Iterator[Evidence]:
    path = [*prefix, *error.absolute_path]
    rule, limit, value = str(error.validator), cast(Any, error.validator_value), cast(Any, error.instance)
    match rule:
        case "required":
            # jsonschema yields one error for each missing property and names it only in its message
            missing = [name for name in limit if error.message.startswith(repr(name))]
            faults = [([*path, name], "is required", None) for name in missing]
        case "additionalProperties" | "unevaluatedProperties":
            faults = [([*path, key], _unknown(key, error), value[key]) for key in _extras(error)]
        case "oneOf" | "anyOf" if types := _types(error):
            rule, faults = "type", [(path, f"must be {types}, got {_kind(value)}", value)]
        case "pattern" if examples := cast(Any, error.schema).get("examples"):
            faults = [(path, f"must be like {' or '.join(map(shown, examples))}, got {shown(value)}", value)]
        case _:
            sentence = _SENTENCES[rule](limit, value) if rule in _SENTENCES else f"breaks the rule `{rule}`"
            faults = [(path, sentence, value)]
    for place, sentence, faulty in faults or [(path, f"breaks the rule `{rule}`", value)]:
        yield Evidence(pointer(place), rule, f"{_name(place) or whole} {sentence}", cut(faulty))


def _types(error: ValidationError) -> str:
    """Return the types that the branches of a oneOf ask for, when the value has none of them."""
    wanted = [_wanted(cast(Any, inner.validator_value)) for inner in error.context or () if _misfit(inner)]
    return " or ".join(dict.fromkeys(wanted))


def _extras(error: ValidationError) -> list[str]:
    """Return the keys that a closed object has too many; jsonschema names those it found by patterns in its message."""
    schema, instance = cast(Any, error.schema), cast(Any, error.instance)
    known = schema.get("properties", {}) if error.validator == "additionalProperties" else {}
    return [key for key in instance if key not in known and repr(key) in error.message][:10]


def _unknown(key: str, error: ValidationError) -> str:
    return f"is not known here; {near(key, cast(Any, error.schema).get('properties', ()))}"


def _name(path: list[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    return f"`{text[:120]}`" if text else ""


_WORDS = {"array": "an array", "object": "an object", "integer": "an integer", "null": "null"}


def _wanted(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else types
    return " or ".join(_WORDS.get(name, f"a {name}") for name in names)


def _kind(value: object) -> str:
    match value:
        case bool():
            return "a boolean"
        case None | dict() | list():
            return shown(value)
        case int() | float():
            return f"the number {shown(value)}"
        case str():
            return f"the string {shown(value)}"
    return shown(value)


def _count(limit: int, word: str) -> str:
    return f"{limit} {word}" if limit == 1 else f"{limit} {word}s"


_SENTENCES: Mapping[str, Callable[[Any, Any], str]] = {
    "type": lambda types, value: f"must be {_wanted(types)}, got {_kind(value)}",
    "enum": lambda choices, value: f"must be one of {', '.join(map(shown, choices))}; got {shown(value)}",
    "const": lambda wanted, value: f"must be {shown(wanted)}, got {shown(value)}",
    "minimum": lambda limit, value: f"must be at least {limit}, got {shown(value)}",
    "maximum": lambda limit, value: f"must be at most {limit}, got {shown(value)}",
    "exclusiveMinimum": lambda limit, value: f"must be more than {limit}, got {shown(value)}",
    "exclusiveMaximum": lambda limit, value: f"must be less than {limit}, got {shown(value)}",
    "multipleOf": lambda step, value: f"must be a multiple of {step}, got {shown(value)}",
    "minLength": lambda limit, _: "must not be empty" if limit == 1 else f"must have at least {limit} characters",
    "maxLength": lambda limit, value: f"must have at most {_count(limit, 'character')}, has {len(value)}",
    "pattern": lambda pattern, value: f"must match {pattern}, got {shown(value)}",
    "format": lambda name, value: f"must be a {name}, got {shown(value)}",
    "minItems": lambda limit, value: f"must have at least {_count(limit, 'item')}, has {len(value)}",
    "maxItems": lambda limit, value: f"must have at most {_count(limit, 'item')}, has {len(value)}",
    "uniqueItems": lambda *_: "must not repeat an item",
    "minProperties": lambda limit, value: f"must have at least {_count(limit, 'key')}, has {len(value)}",
    "maxProperties": lambda limit, value: f"must have at most {_count(limit, 'key')}, has {len(value)}",
    "oneOf": lambda *_: "fits none, or more than one, of the forms it may have",
    "anyOf": lambda *_: "fits none of the forms it may have",
    "not": lambda *_: "has a form that is ruled out",
}
