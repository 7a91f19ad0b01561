"""Requests and responses against the effective contract, by openapi-core, whose verdict is the only one.

Its validators are built once. They are given the operation, so that neither the document's servers nor the Host header
matter, and they never ask for credentials: authentication is the API's. All hooks used are public, but for one:
openapi-core has none for how a Content-Type is read (`_find_media_type`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from jsonschema_path import SchemaPath
from openapi_core.datatypes import RequestParameters
from openapi_core.security.factories import SecurityProviderFactory
from openapi_core.templating.datatypes import TemplateResult
from openapi_core.templating.media_types.datatypes import MediaType
from openapi_core.templating.paths.datatypes import PathOperationServer
from openapi_core.templating.paths.finders import BasePathFinder
from openapi_core.validation.request.validators import V31RequestValidator
from openapi_core.validation.response.validators import V31ResponseValidator
from openapi_core.validation.schemas.factories import DialectSchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from openapi_schema_validator import OAS31_BASE_DIALECT_ID, OAS31Validator
from starlette.datastructures import Headers
from werkzeug.datastructures import ImmutableMultiDict

from mockbot.contract.directions import without_required
from mockbot.contract.keywords import FORMATS, LIMIT, validator_class
from mockbot.contract.media_types import Foreign, LenientMediaTypeFinder, deserializers, parse_cookies
from mockbot.contract.openapi_errors import violations
from mockbot.openapi.document import Document
from mockbot.openapi.operations import Operation
from mockbot.violation import Side, Violation

NO_NAME = "\0"
"""Separates the steps of a path in the document: no name contains it, while `#` is in paths of real documents."""


class Validation:
    """Validates whole messages; every method returns all violations and never raises, whatever the bytes."""

    def __init__(self, document: Document) -> None:
        requests = without_required(document.effective, "readOnly")
        responses = without_required(document.effective, "writeOnly")
        same = requests is responses
        asked = self._settings(requests)
        answered = asked if same else self._settings(responses)
        self._requests = _RequestValidator(**asked, security_provider_factory=_NoSecurity())
        self._responses = _ResponseValidator(**answered)

    def _settings(self, document: dict[str, Any]) -> dict[str, Any]:
        return {
            "spec": SchemaPath.from_dict(document, separator=NO_NAME, resolved_cache_maxsize=65536),
            "path_finder_cls": _KnownOperation,
            "schema_validators_factory": _KeptValidators(validator_class(document)),
            "extra_media_type_deserializers": deserializers(set(_media_types(document))),
        }

    def request(
        self,
        operation: Operation,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        path_parameters: Mapping[str, str] | None = None,
    ) -> list[Violation]:
        """Validate a request: its parameters, media type and body. Unknown parameters are allowed."""
        request = _Request(operation, query, headers, body, path_parameters or {})
        return _listed(self._requests.iter_errors(request), "request")

    def response(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> list[Violation]:
        """Validate a whole response: status, headers, media type and body."""
        request, response = _Request(operation, b"", (), b"", {}), _Response(status, headers, body)
        return _listed(self._responses.iter_errors(request, response), "response")


def _listed(errors: Iterable[Exception], side: Side) -> list[Violation]:
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
    """A request as openapi-core reads it, together with the operation that it is for."""

    host_url = ""

    def __init__(
        self,
        operation: Operation,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        path_parameters: Mapping[str, str],
    ) -> None:
        fields = Headers(raw=list(headers))
        self.method, self.path, self.body = operation.method, operation.path, body
        self.content_type = fields.get("content-type", "")
        self.parameters = RequestParameters(
            # the first of repeated values counts
            query=ImmutableMultiDict(parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True)),
            header=fields,
            cookie=parse_cookies(fields.get("cookie", "")),
            path=path_parameters,
        )


class _Response:
    """A response as openapi-core reads it."""

    def __init__(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        fields = Headers(raw=list(headers))
        self.status_code, self.data, self.headers = status, body, fields
        self.content_type = fields.get("content-type", "")


class _KnownOperation(BasePathFinder):
    """Finds an operation by its method and its path as the document writes it."""

    def find(self, method: str, name: str) -> PathOperationServer:
        item = self.spec / "paths" / name
        return PathOperationServer(item, item / method.lower(), None, TemplateResult(name, {}), None)


class _NoSecurity(SecurityProviderFactory):
    """Accepts every request."""

    def create(self, scheme: SchemaPath) -> Any:  # noqa: ARG002  # whatever the scheme
        return lambda _: ""


def _types(schema: SchemaPath) -> Any:
    return (schema / "type").read_value() if "type" in schema else ()


class _LenientMediaTypes:
    def _find_media_type(self, content: SchemaPath, mimetype: str | None = None) -> MediaType:
        finder = LenientMediaTypeFinder(content)
        return finder.get_first() if mimetype is None else finder.find(mimetype)

    def _validate_schema(self, schema: SchemaPath, value: Any) -> None:
        """Validate a value; what was not read (XML, files) is validated only by a schema for strings."""
        if not isinstance(value, bytes | Foreign) or "string" in _types(schema):
            super()._validate_schema(schema, value)  # type: ignore[misc]  # that of openapi-core's validators


class _RequestValidator(_LenientMediaTypes, V31RequestValidator):
    pass


class _ResponseValidator(_LenientMediaTypes, V31ResponseValidator):
    pass


class _KeptValidators(DialectSchemaValidatorsFactory):
    """openapi-core's factory, with one validator for each schema, made on first use and kept."""

    def __init__(self, cls: Any) -> None:
        super().__init__(OAS31Validator, OAS31_BASE_DIALECT_ID, format_checker=FORMATS)
        self._cls = cls
        self._kept: dict[tuple[Any, ...], SchemaValidator] = {}

    def get_validator_cls(self, spec: SchemaPath, schema: SchemaPath) -> Any:  # noqa: ARG002  # whatever the dialect
        return self._cls

    def create(self, spec: SchemaPath, schema: SchemaPath, *args: Any, **options: Any) -> SchemaValidator:
        kept = self._kept.get(schema.parts)
        if kept is None:
            kept = self._kept[schema.parts] = super().create(spec, schema, *args, **options)
        return kept
