"""Explains the errors of jsonschema to people: each error becomes a pointer, a rule and one sentence.

jsonschema reports that a value `is not valid under any of the given schemas`. This module finds the branch that fits
best and reports the error inside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any, cast

from mockbot.dataclass import dataclass
from mockbot.duration import EXAMPLES, PATTERN
from mockbot.jsontext import JSON, pointer
from mockbot.wording import cut, near, shown

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST_CHOICES = 50
"""How many values of an `enum` a sentence names."""
NAMED, LONGEST = 10_000, 200
"""How many characters of jsonschema's message are searched for keys, and how many of each key are searched for."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place where a value does not fit a schema."""

    at: str
    """JSON pointer of the invalid or missing value."""
    rule: str
    """The violated keyword."""
    message: str
    """One sentence."""
    value: JSON
    """The invalid value, shortened."""


def evidence(
    errors: Iterable[ValidationError], whole: str, name: str = "", *, text: bool = False
) -> Iterator[Evidence]:
    """Explain `errors`. `whole` describes the value (`the body`); `name` is that of a parameter or header.

    With `text`, the value was text, in which everything has been cast that could be.
    """
    for error in errors:
        for cause in _causes(error):
            yield from _explain(cause, whole, [name] if name else [], text)


def _causes(error: ValidationError) -> Iterator[ValidationError]:
    """Yield the errors in the branch of a oneOf or anyOf that fits best: type, then constants, then fewest errors."""
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


def _explain(error: ValidationError, whole: str, prefix: list[str | int], text: bool) -> Iterator[Evidence]:
    path = [*prefix, *error.absolute_path]
    rule, limit, value = str(error.validator), cast(Any, error.validator_value), cast(Any, error.instance)
    found: list[tuple[list[str | int], str, Any]]
    match rule:
        case "required":
            # jsonschema yields one error for each missing property and names it only in its message
            missing = [name for name in limit if error.message.startswith(repr(name))]
            found = [([*path, name], "is required", None) for name in missing]
        case "additionalProperties" | "unevaluatedProperties":
            found = [([*path, key], _unknown(key, error), value[key]) for key in _extras(error)]
        case "type" if text and isinstance(value, str):
            found = [(path, f"must be {_wanted(limit)}, got {shown(value)}", value)]
        case "oneOf" | "anyOf" if types := _types(error):
            rule, found = "type", [(path, f"must be {types}, got {_kind(value)}", value)]
        case "pattern" if examples := cast(Any, error.schema).get("examples"):
            found = [(path, f"must be like {' or '.join(map(shown, examples))}, got {shown(value)}", value)]
        case _:
            sentence = _SENTENCES[rule](limit, value) if rule in _SENTENCES else f"violates the rule `{rule}`"
            found = [(path, sentence, value)]
    for place, sentence, invalid in found or [(path, f"violates the rule `{rule}`", value)]:
        yield Evidence(pointer(map(_short, place)), rule, f"{_name(place) or whole} {sentence}", cut(invalid))


def _short(part: str | int) -> str | int:
    return part if isinstance(part, int) else str(cut(part))


def _types(error: ValidationError) -> str:
    """Return the types that the branches of a oneOf require and the value does not have."""
    wanted = [_wanted(cast(Any, inner.validator_value)) for inner in error.context or () if _misfit(inner)]
    return " or ".join(dict.fromkeys(wanted))


def _extras(error: ValidationError) -> list[str]:
    """Return up to ten keys that a closed object must not have.

    Where other keywords allow keys, too, they are those that the beginning of jsonschema's message names.
    """
    schema, instance = cast(Any, error.schema), cast(Any, error.instance)
    is_additional = error.validator == "additionalProperties"
    known, is_plain = schema.get("properties", {}) if is_additional else {}, "patternProperties" not in schema
    named = error.message[:NAMED]
    others = (key for key in instance if key not in known)
    return [*islice((key for key in others if (is_additional and is_plain) or repr(key)[:LONGEST] in named), 10)]


def _unknown(key: str, error: ValidationError) -> str:
    return f"is not known here; {near(key, cast(Any, error.schema).get('properties', ()))}"


def _name(path: list[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")
    return f"`{text[:120]}`" if text else ""


_WORDS = {"array": "an array", "object": "an object", "integer": "an integer", "null": "null"}


def _wanted(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else types
    return " or ".join(_WORDS.get(name, f"a {name}") for name in names)


_FORMATS = {
    "email": "an email address",
    "idn-email": "an email address",
    "uuid": "a UUID",
    "uri": "a URI",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "int32": "an integer of 32 bits",
    "int64": "an integer of 64 bits",
    "byte": "Base64",
}


def _format(name: str) -> str:
    return _FORMATS.get(name, f"{'an' if name[:1] in 'aeiou' else 'a'} {name}")


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


def _listed(choices: Any) -> str:
    more = len(choices) - MOST_CHOICES
    return ", ".join(map(shown, choices[:MOST_CHOICES])) + (f" or {more} more" if more > 0 else "")


_SENTENCES: Mapping[str, Callable[[Any, Any], str]] = {
    "type": lambda types, value: f"must be {_wanted(types)}, got {_kind(value)}",
    "enum": lambda choices, value: f"must be one of {_listed(choices)}; got {shown(value)}",
    "discriminator": lambda choices, value: f"must be one of {_listed(choices)}; got {shown(value)}",
    "const": lambda wanted, value: f"must be {shown(wanted)}, got {shown(value)}",
    "minimum": lambda limit, value: f"must be at least {limit}, got {shown(value)}",
    "maximum": lambda limit, value: f"must be at most {limit}, got {shown(value)}",
    "exclusiveMinimum": lambda limit, value: f"must be more than {limit}, got {shown(value)}",
    "exclusiveMaximum": lambda limit, value: f"must be less than {limit}, got {shown(value)}",
    "multipleOf": lambda step, value: f"must be a multiple of {step}, got {shown(value)}",
    "minLength": lambda limit, _: "must not be empty" if limit == 1 else f"must have at least {limit} characters",
    "maxLength": lambda limit, value: f"must have at most {_count(limit, 'character')}, has {len(value)}",
    "pattern": lambda pattern, value: f"must {_of_pattern(pattern)}, got {shown(value)}",
    "format": lambda name, value: f"must be {_format(name)}, got {shown(value)}",
    "minItems": lambda limit, value: f"must have at least {_count(limit, 'item')}, has {len(value)}",
    "maxItems": lambda limit, value: f"must have at most {_count(limit, 'item')}, has {len(value)}",
    "uniqueItems": lambda *_: "must not repeat an item",
    "minProperties": lambda limit, value: f"must have at least {_count(limit, 'key')}, has {len(value)}",
    "maxProperties": lambda limit, value: (
        f"must have one key, has {', '.join(str(cut(key)) for key in value)[:300]}; in a list, write an item for each"
        if limit == 1
        else f"must have at most {_count(limit, 'key')}, has {len(value)}"
    ),
    "oneOf": lambda *_: "must match exactly one of its possible forms",
    "anyOf": lambda *_: "must match one of its possible forms",
    "not": lambda *_: "has a form that is not allowed",
}


def _of_pattern(pattern: Any) -> str:
    """Return what a text must do to match; a pattern of durations is not for people."""
    return f"be {EXAMPLES}" if PATTERN in str(pattern) else f"match {cut(pattern)}"
