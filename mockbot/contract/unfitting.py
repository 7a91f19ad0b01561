"""Values that do not fit a schema of a document, among them its own defaults and examples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mockbot.contract.directions import without_required
from mockbot.contract.explanation import Evidence, evidence
from mockbot.contract.keywords import FORMATS, validator_class
from mockbot.jsontext import escape
from mockbot.openapi.keywords import NAMED, is_data
from mockbot.openapi.shape import Problem
from mockbot.wording import shown


def explaining(document: dict[str, Any], whole: str) -> Callable[[Any, Any], Iterator[Evidence]]:
    """Return a function that yields why a value does not fit a schema of `document`; `whole` describes the value."""
    validator = validator_class(document, strict=True)(document, format_checker=FORMATS)
    return lambda schema, value: evidence(validator.evolve(schema=schema).iter_errors(value), whole)


def unfitting(document: dict[str, Any], *, examples: bool = False) -> list[Problem]:
    """Return the defaults of a surveyed document that do not fit their schemas, and with `examples` its examples, too.

    Properties that are only read or only written may be absent everywhere.
    """
    found = list(_unfitting(document, examples))
    if found:  # few documents have any, and the other form of one is made slowly
        relaxed = without_required(without_required(document, "readOnly"), "writeOnly")
        found = list(_unfitting(relaxed, examples))
    return found


def _unfitting(document: dict[str, Any], examples: bool) -> Iterator[Problem]:
    whole = validator_class(document, strict=True)(document, format_checker=FORMATS)
    for at, kind, value, schema in _given(document, "", False):
        if examples or kind == "default":
            error = next(whole.evolve(schema=schema).iter_errors(value), None)
            if error is not None:
                reason = next(evidence([error], "it")).message
                message = f"the {kind}{_shown(value)} does not fit its schema: {reason}"
                yield Problem(at, f"unfitting {kind}", message)


def _given(node: Any, at: str, named: bool) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield the pointer, the kind, the value and the schema of each default and example in a part of a document."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _given(item, f"{at}/{index}", False)
        return
    if not isinstance(node, dict):
        return
    if not named:
        yield from _beside(node, at)
    for key, item in node.items():
        if named or not (is_data(key, item) or key.startswith("x-")):
            yield from _given(item, f"{at}/{escape(key)}", not named and key in NAMED)


def _beside(node: dict[str, Any], at: str) -> Iterator[tuple[str, str, Any, Any]]:
    """Yield what one object has: a schema beside itself, a parameter, header or media type beside its `schema`."""
    if "$ref" in node and len(node) == 1:
        return
    schema = node.get("schema", node)
    if "default" in node and schema is node:
        yield f"{at}/default", "default", node["default"], {key: node[key] for key in node if key != "default"}
    if "example" in node:
        yield f"{at}/example", "example", node["example"], schema
    examples = node.get("examples")
    if isinstance(examples, list):
        for index, value in enumerate(examples):
            yield f"{at}/examples/{index}", "example", value, schema
    elif isinstance(examples, dict) and "schema" in node:
        for name, example in examples.items():
            if isinstance(example, dict) and "value" in example:
                yield f"{at}/examples/{escape(name)}/value", "example", example["value"], schema


def _shown(value: Any) -> str:
    return "" if isinstance(value, dict | list) else f" {shown(value)}"
