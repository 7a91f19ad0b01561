"""JSON Schema 2020-12 as OpenAPI uses it: the keywords that go into a value or ask other schemas about it.

Their functions are not generators where they need not be, because each generator is a step towards Python's recursion
limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, count, islice
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.validators import create
from openapi_schema_validator import OAS31Validator

from mockbot.contract.assertions import ASSERTIONS, failed
from mockbot.contract.assertions import FORMATS as FORMATS
from mockbot.contract.discriminator import Discriminators
from mockbot.contract.unevaluated import extra, unevaluated_items, unevaluated_properties
from mockbot.contract.verdicts import LIMIT as LIMIT
from mockbot.contract.verdicts import Memory, References, remembering
from mockbot.ecmascript import patterns

Errors = Iterable[ValidationError]


def _properties(validator: Any, properties: Any, instance: Any, _: Any) -> Errors:
    if not isinstance(instance, dict):
        return ()
    return chain.from_iterable(
        validator.descend(instance[name], schema, path=name, schema_path=name)
        for name, schema in properties.items()
        if name in instance
    )


def _pattern_properties(validator: Any, schemas: Any, instance: Any, _: Any) -> Errors:
    if not isinstance(instance, dict):
        return ()
    compiled = patterns(tuple(schemas))
    return chain.from_iterable(
        validator.descend(value, schemas[text], path=key, schema_path=text)
        for key, value in instance.items()
        for text in compiled.found_in(key)
    )


def _additional(validator: Any, rest: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, dict) or rest is True:
        return ()
    compiled = patterns(tuple(schema.get("patternProperties") or ()))
    known = schema.get("properties") or {}
    keys = (key for key in instance if key not in known and not compiled.found_in(key))
    if rest is False:
        return extra("additionalProperties", rest, keys, instance, schema)
    return chain.from_iterable(validator.descend(instance[key], rest, path=key) for key in keys)


def _property_names(validator: Any, schema: Any, instance: Any, _: Any) -> Errors:
    if not isinstance(instance, dict):
        return ()
    return chain.from_iterable(validator.descend(key, schema) for key in instance)


def _items(validator: Any, items: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, list):
        return ()
    first = len(schema.get("prefixItems") or ())
    return chain.from_iterable(
        validator.descend(each, items, path=index)
        for index, each in zip(count(first), islice(instance, first, None), strict=False)
    )


def _prefix_items(validator: Any, schemas: Any, instance: Any, _: Any) -> Errors:
    if not isinstance(instance, list):
        return ()
    return chain.from_iterable(
        validator.descend(each, schema, path=index, schema_path=index)
        for index, (each, schema) in enumerate(zip(instance, schemas, strict=False))
    )


def _contains(validator: Any, wanted: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, list):
        return ()
    least, most = schema.get("minContains", 1), schema.get("maxContains")
    number = 0
    for each in instance:
        number += validator.fits(each, wanted)
    if number < least:
        return (failed("contains" if "minContains" not in schema else "minContains", least, instance, schema),)
    return (failed("maxContains", most, instance, schema),) if most is not None and number > most else ()


def _required(_: Any, names: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, dict):
        return ()
    missing = (name for name in names if name not in instance)
    # the message names the property
    return (failed("required", names, instance, schema, f"{name!r} is a required property") for name in missing)


def _dependent_required(_: Any, dependencies: Any, instance: Any, schema: Any) -> Errors:
    if not isinstance(instance, dict):
        return ()
    missing = (name for key, names in dependencies.items() if key in instance for name in names if name not in instance)
    return (failed("dependentRequired", dependencies, instance, schema) for _ in missing)


def _dependent_schemas(validator: Any, dependencies: Any, instance: Any, _: Any) -> Errors:
    if not isinstance(instance, dict):
        return ()
    return chain.from_iterable(
        validator.descend(instance, schema, schema_path=name)
        for name, schema in dependencies.items()
        if name in instance
    )


def _all_of(validator: Any, branches: Any, instance: Any, _: Any) -> Errors:
    return chain.from_iterable(
        validator.descend(instance, branch, schema_path=index) for index, branch in enumerate(branches)
    )


def _not(validator: Any, unwanted: Any, instance: Any, schema: Any) -> Errors:
    return (failed("not", unwanted, instance, schema),) if validator.fits(instance, unwanted) else ()


def _if(validator: Any, condition: Any, instance: Any, schema: Any) -> Errors:
    if "then" not in schema and "else" not in schema:
        return ()
    branch = "then" if validator.fits(instance, condition) else "else"
    errors: Errors = validator.descend(instance, schema[branch], schema_path=branch) if branch in schema else ()
    return errors


def _among(keyword: str, discriminators: Discriminators, memory: Memory, strict: bool) -> Any:
    """Return `oneOf` or `anyOf`: one branch fits, or for `anyOf` several.

    A value need fit only the branch that a discriminator names; with `strict`, no other one may fit either. What names
    no branch is valid where it fits without the discriminator, which adds no rule (OpenAPI 3.1.1, 4.8.25).
    """
    most = 1 if keyword == "oneOf" else None

    def validate(validator: Any, branches: Any, instance: Any, schema: Any) -> Errors:
        choice = discriminators.of_branches(schema, branches, instance) if "discriminator" in schema else None
        if choice is not None and choice.target is not None:
            errors = list(islice(choice.errors(validator, instance), LIMIT))
            if errors or not strict:
                return errors
        fitting = 0
        for branch in branches:
            if validator.fits(instance, branch):
                fitting += 1
                if fitting != most:
                    break
        if choice is not None and choice.target is None and fitting != 1 and (fitting == 0 or most == 1):
            return list(choice.errors(validator, instance))
        if fitting == 0:
            fields = {"validator": keyword, "validator_value": branches, "instance": instance, "schema": schema}
            return (memory.alternatives(lambda: _in_branches(validator, branches, instance), **fields),)
        return (failed(keyword, branches, instance, schema),) if fitting == 2 and most == 1 else ()

    return validate


def _in_branches(validator: Any, branches: Any, instance: Any) -> Iterator[ValidationError]:
    for index, branch in enumerate(branches):
        yield from islice(validator.descend(instance, branch, schema_path=index), LIMIT)


def _reference(references: References) -> Any:
    """Return the keyword `$ref`."""

    def validate(validator: Any, reference: Any, instance: Any, _: Any) -> Errors:
        target = references.target(reference)
        return () if target is None else validator.descend(instance, target)

    return validate


def _discriminator(discriminators: Discriminators, memory: Memory) -> Any:
    """Return the keyword for a schema that others inherit from: a value must fit the one that it names."""

    def validate(validator: Any, _: Any, instance: Any, schema: Any) -> Errors:
        if "oneOf" in schema or "anyOf" in schema or memory.verdicts is None:
            return ()
        with memory.verdicts.once(schema, instance) as first:
            choice = discriminators.of_heirs(schema, instance) if first else None
            return () if choice is None else list(islice(choice.errors(validator, instance), LIMIT))

    return validate


_KEYWORDS: Mapping[str, Any] = {
    **ASSERTIONS,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _property_names,
    "unevaluatedProperties": unevaluated_properties,
    "required": _required,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
    "items": _items,
    "prefixItems": _prefix_items,
    "contains": _contains,
    "unevaluatedItems": unevaluated_items,
    "allOf": _all_of,
    "not": _not,
    "if": _if,
}
_create: Any = create  # its types know only the drafts


def validator_class(document: dict[str, Any], strict: bool = False) -> Any:
    """Return the jsonschema class for the schemas of a document.

    Where a discriminator names the branch of a `oneOf`, a value may fit the other branches too, unless `strict`.
    """
    discriminators, memory, references = Discriminators(document), Memory(), References(document)
    keywords = {
        **_KEYWORDS,
        "$ref": _reference(references),
        "oneOf": _among("oneOf", discriminators, memory, strict),
        "anyOf": _among("anyOf", discriminators, memory, strict),
        "discriminator": _discriminator(discriminators, memory),
    }
    cls = _create(meta_schema=OAS31Validator.META_SCHEMA, validators=keywords)
    return remembering(cls, memory, references)


def schema_validator(document: dict[str, Any], strict: bool = False) -> Callable[[Any, Any], bool]:
    """Return a function that says whether a value fits a schema of an OpenAPI 3.1 document; see validator_class."""
    return fitting(document, validator_class(document, strict))


def fitting(document: dict[str, Any], cls: Any) -> Callable[[Any, Any], bool]:
    """Return a function that says whether a value fits a schema of `document`, by a class of `validator_class`."""
    whole = cls(document, format_checker=FORMATS)

    def fits(schema: Any, value: Any) -> bool:
        return bool(whole.evolve(schema=schema).is_valid(value))

    return fits
