"""openapi-core's own classes, with what mockbot needs of them: values that were read before, and known operations.

All hooks used are public, but for one: openapi-core has none for how a media type is found (`_find_media_type`).
"""

from __future__ import annotations

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
from mockbot.contract.keywords import FORMATS
from mockbot.contract.wire.casting import Known
from mockbot.contract.wire.parameters import Unread
from mockbot.dataclass import dataclass
from mockbot.openapi.operations import Operation

NO_NAME = "\0"
"""Separates the steps of a path in the document: no name contains it, while `#` is in paths of real documents."""


def request_validator(direction: Direction) -> V31RequestValidator:
    """Return what validates requests; it asks for no credentials."""
    return _RequestValidator(**_settings(direction), security_provider_factory=_NoSecurity())


def response_validator(direction: Direction) -> V31ResponseValidator:
    """Return what validates responses."""
    return _ResponseValidator(**_settings(direction))


def _settings(direction: Direction) -> dict[str, Any]:
    """Return what a validator of openapi-core is made with."""
    return {
        "spec": SchemaPath.from_dict(direction.derived.document, separator=NO_NAME, resolved_cache_maxsize=65536),
        "path_finder_cls": _KnownOperation,
        "schema_validators_factory": _KeptValidators(direction.validator_class),
        "media_type_deserializers_factory": _Read(),
    }


class ReadRequest:
    """A request as openapi-core reads it, together with the operation that it is for."""

    host_url = ""

    def __init__(self, operation: Operation) -> None:
        self.method, self.path, self.content_type = operation.method, operation.path, ""
        self.body: Any = None
        self.parameters = RequestParameters({}, {}, {}, {})


class ReadResponse:
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
