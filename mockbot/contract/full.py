"""Requests and responses against the effective contract, in full: every violation with its place and its reason.

What is on the wire is read by `contract/wire`; openapi-core validates the values, and its verdict is the only one. Its
validators are built once. They are given the operation, so that neither the document's servers nor the Host header
matter, and they never ask for credentials: authentication is the API's. All hooks used are public, but for one:
openapi-core has none for how a media type is found (`_find_media_type`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from jsonschema_path import SchemaPath
from openapi_core.casting.schemas import oas31_schema_casters_factory
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.media_types.exceptions import MediaTypeDeserializeError
from openapi_core.deserializing.media_types.factories import MediaTypeDeserializersFactory
from openapi_core.deserializing.styles.factories import StyleDeserializersFactory
from openapi_core.security.factories import SecurityProviderFactory
from openapi_core.templating.datatypes import TemplateResult
from openapi_core.templating.media_types.datatypes import MediaType
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.paths.datatypes import PathOperationServer
from openapi_core.templating.paths.finders import BasePathFinder
from openapi_core.validation.request.validators import V31RequestValidator
from openapi_core.validation.response.validators import V31ResponseValidator
from openapi_core.validation.schemas.factories import DialectSchemaValidatorsFactory
from openapi_core.validation.schemas.validators import SchemaValidator
from openapi_schema_validator import OAS31_BASE_DIALECT_ID, OAS31Validator

from mockbot.contract import derived
from mockbot.contract.direction import Direction
from mockbot.contract.keywords import FORMATS, LIMIT
from mockbot.contract.media_types import most_specific, parse_content_type
from mockbot.contract.openapi_errors import free, violations
from mockbot.contract.parts import Parts
from mockbot.contract.undocumented import Undocumented, in_body, in_query
from mockbot.contract.wire.bodies import BodyReader
from mockbot.contract.wire.casting import Known
from mockbot.contract.wire.described import FORM
from mockbot.contract.wire.message import Fields, Request, header_values
from mockbot.contract.wire.parameters import ParameterReader, Unread
from mockbot.dataclass import dataclass
from mockbot.jsontext import pointer
from mockbot.openapi.operations import Operation
from mockbot.violation import Side, Violation

NO_NAME = "\0"
"""Separates the steps of a path in the document: no name contains it, while `#` is in paths of real documents."""


class Full:
    """Validates whole messages; every method returns all violations and never raises, whatever the bytes."""

    def __init__(self, asked: Direction, answered: Direction) -> None:
        """Build the validators for requests, with the plans of `asked`, and for responses, with those of `answered`."""
        self._asked, self._answered = asked, answered
        self._requests = _RequestValidator(**_settings(asked), security_provider_factory=_NoSecurity())
        self._responses = _ResponseValidator(**_settings(answered))

    def request(
        self,
        operation: Operation,
        query: bytes,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        path_parameters: Mapping[str, str] | None = None,
        parts: Parts | None = None,
    ) -> list[Violation]:
        """Validate a request: its parameters, media type and body. Unknown parameters are allowed."""
        read = Request(query, headers, path_parameters or {})
        return _listed(self._request(operation, read, headers, body, parts), "request")

    def _request(
        self,
        operation: Operation,
        read: Request,
        headers: Sequence[tuple[bytes, bytes]],
        body: bytes,
        parts: Parts | None,
    ) -> Iterator[Violation]:
        plan, caster = self._asked.plan(operation), self._asked.caster
        request, sent = _Request(operation), set[tuple[str, str]]()
        for parameter, value in ParameterReader(plan.parameters, caster).read(read):
            if value is None:
                sent.add((parameter.part, pointer([parameter.name])))
            else:
                request.parameters[parameter.part][parameter.name] = value
        content_type = next(header_values(headers, "content-type"), "")
        # a form without fields has no bytes
        if plan.content and (body or (plan.required and parse_content_type(content_type)[0] == FORM)):
            found = BodyReader(plan.content, caster, "request").read(content_type, body, parts)
            yield from found.violations
            request.body, request.content_type = found.value, found.media_type
            sent |= {("body", each.at) for each in found.violations}
            sent |= {("body", "")} if found.value is None else set()
        yield from _others(self._requests.iter_errors(request), "request", sent)

    def response(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> list[Violation]:
        """Validate a whole response: status, headers, media type and body."""
        return _listed(self._response(operation, status, headers, body), "response")

    def _response(
        self, operation: Operation, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> Iterator[Violation]:
        plan, caster = self._answered.plan(operation), self._answered.caster
        response, sent = _Response(status), set[tuple[str, str]]()
        answer = plan.answer(status)
        if answer is not None:
            request = Request(b"", headers, {})
            for header, value in ParameterReader(answer.headers, caster).read(request):
                response.headers[header.name] = value
            if body and answer.content:
                content_type = next(header_values(headers, "content-type"), "")
                found = BodyReader(answer.content, caster, "response").read(content_type, body)
                yield from found.violations
                response.data, response.content_type = found.value, found.media_type
                sent |= {("body", each.at) for each in found.violations}
                sent |= {("body", "")} if found.value is None else set()
        yield from _others(self._responses.iter_errors(_Request(operation), response), "response", sent)

    def value(self, operation: Operation, content_type: str, body: bytes, parts: Parts | None = None) -> Any:
        """Return the JSON value of a request's body, with the bytes of files in it; None where it cannot be read."""
        content = self._asked.plan(operation).content
        if not body or not content:
            return None
        read = BodyReader(content, self._asked.caster, "request").read(content_type, body, parts).value
        return read.value if isinstance(read, Known) else None

    def undocumented(
        self,
        operation: Operation,
        query: bytes,
        content_type: str,
        body: bytes,
        ignored: Collection[str] = (),
    ) -> Iterator[Undocumented]:
        """Yield the fields of a request that the contract does not describe, without `ignored` names in the query."""
        plan, shapes = self._asked.plan(operation), self._asked.caster.shapes
        yield from in_query(Fields.of_query(query), plan.parameters, shapes, operation.path, ignored)
        value = self.value(operation, content_type, body)
        name = most_specific(plan.content or (), content_type)
        if plan.content and name is not None and value is not None:
            yield from in_body(value, plan.content[name], shapes)

    def undocumented_in_response(
        self, operation: Operation, status: int, content_type: str, body: bytes
    ) -> Iterator[Undocumented]:
        """Yield the properties in the body of a response that the contract does not describe."""
        answer, caster = self._answered.plan(operation).answer(status), self._answered.caster
        name = most_specific(answer.content, content_type) if answer and answer.content and body else None
        if answer is None or name is None:
            return
        value = BodyReader(answer.content, caster, "response").read(content_type, body).value
        if isinstance(value, Known):
            yield from in_body(value.value, answer.content[name], caster.shapes)


def _settings(direction: Direction) -> dict[str, Any]:
    """Return what a validator of openapi-core is made with."""
    return {
        "spec": SchemaPath.from_dict(direction.derived.document, separator=NO_NAME, resolved_cache_maxsize=65536),
        "path_finder_cls": _KnownOperation,
        "schema_validators_factory": _KeptValidators(direction.validator_class),
        "media_type_deserializers_factory": _Read(),
    }


def _listed(found: Iterator[Violation], side: Side) -> list[Violation]:
    try:
        return list(islice(found, LIMIT))
    except RecursionError:
        return [Violation(side, "body", "", "parse", "the body cannot be read: it is nested too deep")]


def _others(errors: Iterable[Exception], side: Side, known: set[tuple[str, str]]) -> Iterator[Violation]:
    """Yield the violations that errors of openapi-core stand for, without those of places that are known."""
    for error in errors:
        yield from (each for each in violations(error, side) if (each.part, each.at) not in known)
        free(error)


class _Request:
    """A request as openapi-core reads it, together with the operation that it is for."""

    host_url = ""

    def __init__(self, operation: Operation) -> None:
        self.method, self.path, self.content_type = operation.method, operation.path, ""
        self.body: Any = None
        self.parameters = RequestParameters({}, {}, {}, {})


class _Response:
    """A response as openapi-core reads it."""

    def __init__(self, status: int) -> None:
        self.status_code, self.content_type = status, ""
        self.data: Any = None
        self.headers: dict[str, Any] = {}


class _Read(MediaTypeDeserializersFactory):
    """Takes values that were read before."""

    def __init__(self) -> None:
        super().__init__(StyleDeserializersFactory(oas31_schema_casters_factory))

    def create(self, spec: SchemaPath, mimetype: str, *_: Any, **__: Any) -> Any:  # noqa: ARG002  # whatever the schema
        return _Taken(mimetype)


@dataclass(frozen=True, slots=True)
class _Taken:
    mimetype: str

    def deserialize(self, value: Known | Unread) -> Any:
        """Return the value, or raise the error that openapi-core knows."""
        if isinstance(value, Unread):
            raise MediaTypeDeserializeError(self.mimetype, b"") from ValueError(value.reason)
        return value.value


class _KnownOperation(BasePathFinder):
    """Finds an operation among the derived ones, by its method and its path as the document writes it."""

    def find(self, method: str, name: str) -> PathOperationServer:
        item = self.spec / derived.KEY / name
        return PathOperationServer(item, item / method.lower(), None, TemplateResult(name, {}), None)


class _NoSecurity(SecurityProviderFactory):
    """Accepts every request."""

    def create(self, scheme: SchemaPath) -> Any:  # noqa: ARG002  # whatever the scheme
        return lambda _: ""


class _DocumentedMediaTypes:
    def _find_media_type(self, content: SchemaPath, mimetype: str | None = None) -> MediaType:
        """Find a media type by its name in the document; that of a parameter is the only one."""
        names = list(content.str_keys())
        if mimetype is not None and mimetype not in names:
            raise MediaTypeNotFound(mimetype, names)
        name = names[0] if mimetype is None else mimetype
        return MediaType(name, {}, content / name)


class _RequestValidator(_DocumentedMediaTypes, V31RequestValidator):
    pass


class _ResponseValidator(_DocumentedMediaTypes, V31ResponseValidator):
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
