"""Requests and responses against the effective contract, by openapi-core, whose verdict is the only one.

Its validators are built once, with what they look up again and again kept (the schemas' resolved places, one
validator for each schema). They are asked for a given operation, so that neither the servers of the document nor
the Host header play a part; and not about authentication, which the API answers for itself.

Pinned to openapi-core 0.23: the overridden names are its own inner ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.validators import extend
from jsonschema_path import SchemaPath
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.media_types.datatypes import MediaType
from openapi_core.validation.request.validators import V31RequestValidator
from openapi_core.validation.response.validators import V31ResponseValidator
from openapi_core.validation.schemas.factories import DialectSchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from openapi_schema_validator import OAS31_BASE_DIALECT_ID, OAS30ReadValidator, OAS31Validator
from starlette.datastructures import Headers
from werkzeug.datastructures import ImmutableMultiDict

from mockbot.contract.media_types import LenientMediaTypeFinder, deserializers, parse_cookies
from mockbot.contract.openapi_errors import violations
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.violation import Side, Violation

LIMIT = 100
"""How many violations of one message are told: a body of a million wrong items shall not become a million of them."""


class Validation:
    """Judges whole messages; every method returns all violations and never raises, whatever the bytes."""

    def __init__(self, document: Document) -> None:
        spec = SchemaPath.from_dict(document.effective, resolved_cache_maxsize=65536)
        settings: dict[str, Any] = {
            "schema_validators_factory": _KeptValidators(),
            "extra_media_type_deserializers": deserializers(set(_media_types(document.effective))),
        }
        self._requests = _RequestValidator(spec, **settings)
        self._responses = _ResponseValidator(spec, **settings)
        self._paths = spec / "paths"

    def request(
        self,
        operation: Operation,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        path_parameters: Mapping[str, str] | None = None,
    ) -> list[Violation]:
        """Judge a request: its parameters, media type and body. Unknown parameters are allowed."""
        request = _Request(query, headers, body, path_parameters or {})
        item = self._paths / operation.path
        return _told(self._requests._iter_errors(request, item / operation.method.lower(), item), "request")

    def response(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> list[Violation]:
        """Judge a whole answer: status, headers, media type and body."""
        fields = Headers(raw=list(headers))
        place = self._paths / operation.path / operation.method.lower()
        errors = self._responses._iter_errors(status, body, fields, fields.get("content-type", ""), place)
        return _told(errors, "response")


def _told(errors: Iterable[Exception], side: Side) -> list[Violation]:
    try:
        return list(islice((each for error in errors for each in violations(error, side)), LIMIT))
    except RecursionError:
        return [Violation(side, "body", "", "parse", "the body cannot be read: it is nested too deep")]


def _media_types(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        content = node.get("content")
        if isinstance(content, dict):
            yield from content
        for value in node.values():
            yield from _media_types(value)
    elif isinstance(node, list):
        for value in node:
            yield from _media_types(value)


class _Request:
    """What openapi-core wants to know of a request."""

    method = path = host_url = ""

    def __init__(
        self, query: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes, path_parameters: Mapping[str, str]
    ) -> None:
        fields = Headers(raw=list(headers))
        self.body = body
        self.content_type = fields.get("content-type", "")
        self.parameters = RequestParameters(
            # the first of repeated values counts, as it does for AstrBot (BEHAVIOUR.md section 6)
            query=ImmutableMultiDict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True)),
            header=fields,
            cookie=parse_cookies(fields.get("cookie", "")),
            path=path_parameters,
        )


class _LenientMediaTypes:
    def _find_media_type(self, content: SchemaPath, mimetype: str | None = None) -> MediaType:
        finder = LenientMediaTypeFinder(content)
        return finder.get_first() if mimetype is None else finder.find(mimetype)


class _RequestValidator(_LenientMediaTypes, V31RequestValidator):
    def _get_security(self, *_: Any, **__: Any) -> dict[str, str]:
        return {}


class _ResponseValidator(_LenientMediaTypes, V31ResponseValidator):
    pass


def _bounded(keyword: Any) -> Any:
    """Let a keyword that goes through a container stop after enough errors: the verdict is the same."""

    def judge(*args: Any) -> Iterator[Any]:
        return islice(keyword(*args), LIMIT)

    return judge


_extend: Any = extend  # has no types
_VALIDATOR = _extend(
    OAS31Validator,
    {
        name: _bounded(OAS31Validator.VALIDATORS[name])
        for name in ("items", "additionalProperties", "patternProperties")
    },
    # the content of a multipart part is bytes, for which OpenAPI 3.1 has no type; JSON has no bytes
    type_checker=OAS31Validator.TYPE_CHECKER.redefine("string", lambda _, value: isinstance(value, str | bytes)),
)


_FORMATS = FormatChecker()
_FORMATS.checkers = {
    **OAS30ReadValidator.FORMAT_CHECKER.checkers,  # openapi-core's choice for 3.1
    "byte": (OAS30ReadValidator.FORMAT_CHECKER.checkers["byte"][0], ValueError),  # it fails on what is not ASCII
    "time": Draft202012Validator.FORMAT_CHECKER.checkers["time"],  # and not that of draft 3, which has no zone
}


def schema_judge(document: Mapping[str, Any]) -> Callable[[Any, Any], bool]:
    """Return what tells whether a value fits a schema of an OpenAPI 3.1 document, by openapi-core's own validator."""
    whole = _VALIDATOR(document, format_checker=_FORMATS)

    def fits(schema: Any, value: Any) -> bool:
        return next(whole.evolve(schema=schema).iter_errors(value), None) is None

    return fits


class _KeptValidators(DialectSchemaValidatorsFactory):
    """openapi-core's factory, with one validator for each schema, made on first use and kept."""

    def __init__(self) -> None:
        super().__init__(OAS31Validator, OAS31_BASE_DIALECT_ID, format_checker=_FORMATS)
        self._kept: dict[tuple[Any, ...], SchemaValidator] = {}

    def get_validator_cls(self, spec: SchemaPath, schema: SchemaPath) -> Any:
        stock = super().get_validator_cls(spec, schema)
        return _VALIDATOR if stock is OAS31Validator else stock

    def create(self, spec: SchemaPath, schema: SchemaPath, *args: Any, **options: Any) -> SchemaValidator:
        kept = self._kept.get(schema.parts)
        if kept is None:
            kept = self._kept[schema.parts] = super().create(spec, schema, *args, **options)
        return kept
