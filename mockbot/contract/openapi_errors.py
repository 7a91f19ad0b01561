"""Converts openapi-core's errors to violations.

It reads the attributes and causes of an error and never calls `str()` on it: that decodes the body and fails on bytes
that are not UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from jsonschema.exceptions import ValidationError as SchemaError
from openapi_core.deserializing.media_types.exceptions import MediaTypeDeserializeError
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.request.exceptions import (
    MissingRequestBodyError,
    MissingRequiredParameter,
    ParameterValidationError,
)
from openapi_core.validation.response.exceptions import HeaderValidationError, MissingData, MissingRequiredHeader
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue

from mockbot.contract.explanation import evidence
from mockbot.jsontext import pointer
from mockbot.violation import Location, Side, Violation
from mockbot.wording import cut, shown


def free(error: BaseException | None) -> None:
    """Take the frames from an error and its causes: they have the error, and so only garbage collection frees them."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def violations(error: Exception, side: Side) -> Iterator[Violation]:
    """Yield the violations that an error of openapi-core in a request or a response stands for."""
    match error:
        case ParameterValidationError(name=name, location=location):
            yield from _value(error, side, cast(Location, location), name)
        case HeaderValidationError(name=name):
            yield from _value(error, side, "header", name)
        case MissingRequestBodyError() | MissingData():
            yield Violation(side, "body", "", "required", "a body is required")
        case ResponseNotFound(http_status=status, availableresponses=known):
            message = f"the status {status} is not in the contract, which has {', '.join(known)}"
            yield Violation(side, "status", "", "responses", message, int(status))
        case _:
            yield from _value(error, side, "body", "")


def _value(error: Exception, side: Side, part: Location, name: str) -> Iterator[Violation]:
    at, called = pointer([name] if name else []), f"`{name}`" if name else "the body"
    match error.__cause__ or error:
        case InvalidSchemaValue(schema_errors=errors):
            for each in evidence(cast(Iterable[SchemaError], errors), called, name, text=bool(name)):
                yield Violation(side, part, each.at, each.rule, each.message, each.value)
        case MissingRequiredParameter() | MissingRequiredHeader():
            yield Violation(side, part, at, "required", f"{called} is required")
        case MediaTypeNotFound(mimetype=given, availableMimetypes=known):
            got = f"got {shown(given)}" if given else "but there is no Content-Type"
            message = f"the body must be {' or '.join(known)}, {got}"
            yield Violation(side, "media type", "", "content", message, cut(given))
        case MediaTypeDeserializeError(mimetype=media_type) as cause:
            yield Violation(side, part, at, "parse", f"{called} cannot be read as {media_type}: {cause.__cause__}")
        case cause:
            yield Violation(side, part, at, "schema", f"{called} does not fit the contract ({type(cause).__name__})")
