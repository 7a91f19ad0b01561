"""JSON Schema 2020-12 as OpenAPI uses it: bounded errors, ECMA-262 patterns, formats and discriminators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from openapi_schema_validator import OAS30ReadValidator, OAS31Validator

from mockbot.contract.discriminator import Discriminators
from mockbot.ecmascript import pattern as compiled

LIMIT = 100
"""Violations reported for one message: a body of a million wrong items must not become a million of them."""


def _bounded(keyword: Any) -> Any:
    """Stop a keyword that goes through a container after LIMIT errors; whether there are any stays the same."""

    def validate(*args: Any) -> Iterator[Any]:
        return islice(keyword(*args), LIMIT)

    return validate


def _pattern(_validator: Any, text: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not compiled(str(text)).found_in(instance):
        yield ValidationError(f"{instance!r} does not match {text!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for text, schema in patterns.items():
            for key, value in instance.items():
                if compiled(text).found_in(key):
                    yield from validator.descend(value, schema, path=key, schema_path=text)


def _additional(validator: Any, schema: Any, instance: Any, parent: Any) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    patterns = [compiled(text) for text in parent.get("patternProperties", ())]
    known = parent.get("properties", {})
    extras = [key for key in instance if key not in known and not any(each.found_in(key) for each in patterns)]
    if validator.is_type(schema, "object"):
        for key in extras:
            yield from validator.descend(instance[key], schema, path=key)
    elif schema is False and extras:
        yield ValidationError(f"unexpected: {', '.join(map(repr, islice(extras, LIMIT)))}")


def _one_of(discriminators: Discriminators, strict: bool, stock: Any) -> Any:
    """Return `oneOf` or `anyOf` that validates the branch named by a discriminator; with `strict`, the others too."""

    def validate(validator: Any, branches: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if "discriminator" in schema:
            choice = discriminators.of_branches(schema, branches, instance)
            if choice is not None:
                errors = list(islice(choice.errors(validator, instance), LIMIT))
                if errors or not strict:
                    yield from errors
                    return
        yield from stock(validator, branches, instance, schema)

    return validate


def _discriminator(discriminators: Discriminators) -> Any:
    """Return the keyword for a schema that others inherit from: a value must fit the one that it names."""

    def validate(validator: Any, _: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        if "oneOf" not in schema and "anyOf" not in schema:
            with discriminators.once(schema, instance) as first:
                choice = discriminators.of_heirs(schema, instance) if first else None
                errors = [] if choice is None else list(islice(choice.errors(validator, instance), LIMIT))
            yield from errors

    return validate


_extend: Any = extend  # has no types
_STOCK: Mapping[str, Any] = Draft202012Validator.VALIDATORS
_OPENAPI = _extend(
    OAS31Validator,
    {
        "allOf": _STOCK["allOf"],  # that of OpenAPI's class knows only discriminators whose values are names of schemas
        "items": _bounded(_STOCK["items"]),
        "additionalProperties": _bounded(_additional),
        "patternProperties": _bounded(_pattern_properties),
        "pattern": _pattern,
    },
    # the content of a multipart part is bytes, for which OpenAPI 3.1 has no type; JSON has no bytes
    type_checker=OAS31Validator.TYPE_CHECKER.redefine("string", lambda _, value: isinstance(value, str | bytes)),
)


def validator_class(document: dict[str, Any], strict: bool = False) -> Any:
    """Return the jsonschema class for the schemas of a document.

    Where a discriminator names the branch of a `oneOf`, a value may fit the other branches too, unless `strict`.
    """
    discriminators = Discriminators(document)
    return _extend(
        _OPENAPI,
        {
            "oneOf": _one_of(discriminators, strict, _STOCK["oneOf"]),
            "anyOf": _one_of(discriminators, strict, _STOCK["anyOf"]),
            "discriminator": _discriminator(discriminators),
        },
    )


def _safe(check: Any) -> tuple[Callable[[Any], bool], tuple[type[Exception], ...]]:
    """Return a check of a format that never raises; a value that it fails on does not have the format."""

    def safe(value: Any) -> bool:
        try:
            return bool(check(value))
        except Exception:
            return False

    return safe, ()


FORMATS = FormatChecker()
"""OpenAPI's formats, those of openapi-core for 3.1. Formats that it does not know are ignored."""
FORMATS.checkers = {
    name: _safe(check)
    for name, (check, _) in {
        **OAS30ReadValidator.FORMAT_CHECKER.checkers,
        "time": Draft202012Validator.FORMAT_CHECKER.checkers["time"],  # that of draft 3 has no zone
    }.items()
    if name not in ("regex", "color")
}


def schema_validator(document: dict[str, Any]) -> Callable[[Any, Any], bool]:
    """Return a function that says whether a value fits a schema of an OpenAPI 3.1 document, strictly."""
    return fitting(document, validator_class(document, strict=True))


def fitting(document: dict[str, Any], cls: Any) -> Callable[[Any, Any], bool]:
    """Return a function that says whether a value fits a schema of `document`, by a class of `validator_class`."""
    whole = cls(document, format_checker=FORMATS)

    def fits(schema: Any, value: Any) -> bool:
        return next(whole.evolve(schema=schema).iter_errors(value), None) is None

    return fits
