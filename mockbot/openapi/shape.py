"""The objects of OpenAPI 3.1 and 3.2 and their fields (OpenAPI 3.2, section 4), as a table.

`name:type` is a field; `[type]` an array, `{type}` an object with names chosen by the author. `!` marks a field that an
object must have, `-` one that no response depends on.
"""

from __future__ import annotations

import re
from typing import Literal

from mockbot.dataclass import dataclass

_OBJECTS = {
    "Document": "openapi:string! $self:string info:Info! jsonSchemaDialect:string servers:[Server] paths:Paths "
    "webhooks:{PathItem}- components:Components- security:[any] tags:[Tag]- externalDocs:object",
    "Info": "title:string! version:string! summary:string description:string termsOfService:string contact:object "
    "license:object",
    "Server": "url:string! name:string description:string variables:{ServerVariable}",
    "ServerVariable": "enum:[any] default:any! description:string",
    "Tag": "name:string! summary:string description:string externalDocs:object parent:string kind:string",
    "Components": "schemas:{Schema} responses:{Response} parameters:{Parameter} examples:{Example} "
    "requestBodies:{RequestBody} headers:{Header} securitySchemes:{SecurityScheme} links:{Link} callbacks:{Callback} "
    "pathItems:{PathItem} mediaTypes:{MediaType}",
    "PathItem": "$ref:string summary:string description:string servers:[Server] parameters:[Parameter] get:Operation "
    "put:Operation post:Operation delete:Operation options:Operation head:Operation patch:Operation trace:Operation "
    "query:Operation additionalOperations:{Operation}",
    "Operation": "tags:[any] summary:string description:string externalDocs:object operationId:string "
    "parameters:[Parameter] requestBody:RequestBody responses:{Response} callbacks:{Callback}- deprecated:boolean "
    "security:[any] servers:[Server]",
    "Parameter": "name:string! in:string! description:string required:boolean deprecated:boolean "
    "allowEmptyValue:boolean style:string explode:boolean allowReserved:boolean schema:Schema content:{MediaType} "
    "example:any examples:{Example}-",
    "Header": "description:string required:boolean deprecated:boolean style:string explode:boolean schema:Schema "
    "content:{MediaType} example:any examples:{Example}-",
    "RequestBody": "description:string content:{MediaType}! required:boolean",
    "MediaType": "schema:Schema itemSchema:Schema example:any examples:{Example}- encoding:{Encoding} "
    "prefixEncoding:[Encoding] itemEncoding:Encoding",
    "Encoding": "contentType:string headers:{Header} style:string explode:boolean allowReserved:boolean "
    "encoding:{Encoding} prefixEncoding:[Encoding] itemEncoding:Encoding",
    "Response": "description:string! summary:string headers:{Header} content:{MediaType} links:{Link}-",
    "Example": "summary:string description:string value:any externalValue:string dataValue:any serializedValue:string",
    "Link": "operationRef:string operationId:string parameters:object requestBody:any description:string server:object",
    "SecurityScheme": "type:string! description:string name:string in:string scheme:string bearerFormat:string "
    "flows:object openIdConnectUrl:string oauth2MetadataUrl:string deprecated:boolean",
    "Discriminator": "propertyName:string! mapping:object defaultMapping:string",
    "Schema": "$ref:string properties:{Schema} patternProperties:{Schema} $defs:{Schema} definitions:{Schema} "
    "dependentSchemas:{Schema} allOf:[Schema] anyOf:[Schema] oneOf:[Schema] prefixItems:[Schema] not:Schema if:Schema "
    "then:Schema else:Schema items:Schema contains:Schema additionalProperties:Schema unevaluatedItems:Schema "
    "unevaluatedProperties:Schema propertyNames:Schema contentSchema:Schema type:type enum:array multipleOf:positive "
    "maximum:number exclusiveMaximum:number minimum:number exclusiveMinimum:number maxLength:count minLength:count "
    "pattern:string maxItems:count minItems:count uniqueItems:boolean maxContains:count minContains:count "
    "maxProperties:count minProperties:count required:strings dependentRequired:object title:string description:string "
    "format:string contentEncoding:string contentMediaType:string deprecated:boolean readOnly:boolean "
    "writeOnly:boolean discriminator:Discriminator xml:object externalDocs:object examples:array",
}
MAPS = {"Paths": "PathItem", "Callback": "PathItem"}
"""Objects that are maps of names to objects of one type."""
REFERABLE = {
    *("Schema", "Response", "Parameter", "Header", "Example", "RequestBody", "SecurityScheme", "Link", "Callback"),
    *("PathItem", "MediaType"),
}
"""Objects in whose place a reference may stand."""
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
DEFAULTS: dict[tuple[str, str], object] = {
    ("Document", "info"): {"title": "untitled", "version": ""},
    ("Info", "title"): "untitled",
    ("Info", "version"): "",
    ("Server", "url"): "/",
    ("ServerVariable", "default"): "",
    ("RequestBody", "content"): {},
    ("Response", "description"): "",
}
"""What a missing field is taken for; another object without a field that it must have is ignored."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object."""

    type: str
    """The name of an object in `FIELDS` or `MAPS`, or of a plain type."""
    form: Literal["", "[", "{"]
    """One, an array of them, or an object with them under chosen names."""
    must: bool
    needed: bool


def _field(text: str) -> Field:
    kind = text.rstrip("!-")
    form: Literal["", "[", "{"] = "[" if kind[0] == "[" else "{" if kind[0] == "{" else ""
    return Field(kind.strip("[]{}"), form, "!" in text, "-" not in text)


FIELDS: dict[str, dict[str, Field]] = {
    name: {part.partition(":")[0]: _field(part.partition(":")[2]) for part in text.split()}
    for name, text in _OBJECTS.items()
}
TYPES = frozenset(("string", "number", "integer", "boolean", "array", "object", "null"))


def fits(kind: str, value: object) -> bool:
    """Return whether a value is of a plain type."""
    match kind:
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "number" | "positive":
            if not isinstance(value, int | float) or isinstance(value, bool):
                return False
            return kind == "number" or value > 0
        case "count":
            return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value == int(value)
        case "strings":
            return isinstance(value, list) and all(isinstance(each, str) for each in value)
        case "type":
            names = value if isinstance(value, list) and value else [value]
            return all(isinstance(each, str) and each in TYPES for each in names)
    return True


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a document that is not as OpenAPI has it."""

    at: str
    """Its JSON pointer."""
    kind: str
    """What is alike in all problems of a kind."""
    message: str
    fatal: bool = False


def a(kind: str) -> str:
    """Return how a sentence names one object of a type."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    article = "the" if words == "components" else "an" if words[0] in "aeiou" else "a"
    return f"{article} {words}"
