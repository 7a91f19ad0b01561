"""The document that generators of clients read: `/openapi.client.json`.

It says the same of the operations in a form that generators have in common. What is left out or renamed is what at
least one of openapi-python-client, @hey-api/openapi-ts, openapi-typescript, orval and openapi-generator stumbles over.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from mockbot.jsontext import escape
from mockbot.openapi.keywords import NAMED, rewritten
from mockbot.sse import EVENT_STREAM

MARK = "x-mockbot-client"
"""`false` in a response, media type or security scheme that is left out of the document for clients."""
COMPONENTS = "#/components/"
BYTES = "application/octet-stream"


def client_document(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document for generators of clients, made from a whole OpenAPI 3 document.

    - no `links`, and no `servers` but the document's own;
    - without what is marked `x-mockbot-client: false`, references to it included; some generators send a key in every
      way that `security` has;
    - names of components without dots: `Error.Item` becomes `ErrorItem`;
    - `const: null` in place of `type: "null"`;
    - `enum` beside a `const` that is a text, and `anyOf` in place of `oneOf` without a discriminator: openapi-generator
      does not check `const`, and refuses a value that then fits two branches;
    - `format: binary` beside `contentMediaType: application/octet-stream`: openapi-python-client takes other files for
      texts;
    - the schema of an event stream is that of an event's data;
    - OpenAPI 3.1 in place of 3.2.
    """
    components = document.get("components")
    cleaning = _Cleaning(components if isinstance(components, dict) else {})
    result: dict[str, Any] = rewritten(document, cleaning)
    if "servers" in document:
        result["servers"] = document["servers"]
    if isinstance(result.get("components"), dict):
        result["components"] = cleaning.with_new_names(result["components"])
    if str(result.get("openapi")).startswith("3.2"):
        result["openapi"] = "3.1.1"
    return result


class _Cleaning:
    """Changes each object of a document, from the innermost outwards."""

    def __init__(self, components: dict[str, Any]) -> None:
        self.new_names = {section: _new_names(named) for section, named in components.items()}
        self.old_references = {
            self._renamed(f"{COMPONENTS}{section}/{escape(old)}"): old
            for section, names in self.new_names.items()
            for old in names
        }
        self.schemas = dict(_items(components.get("schemas"))).keys()
        self.left_out = {
            f"{COMPONENTS}{section}/{escape(name)}"
            for section, named in components.items()
            if isinstance(named, dict)
            for name, component in named.items()
            if _is_marked(component)
        }

    def __call__(self, found: dict[str, Any]) -> dict[str, Any]:
        """Change one object in place."""
        found.pop("links", None)
        found.pop("servers", None)
        for key in NAMED & found.keys():
            if isinstance(found[key], dict):
                found[key] = {name: item for name, item in found[key].items() if not self._is_left_out(item)}
        if found.get("type") in ("null", ["null"]):
            del found["type"]
            found["const"] = None
        if found.get("contentMediaType") == BYTES and "contentEncoding" not in found:
            found.setdefault("format", "binary")
        if isinstance(found.get("const"), str):
            found.setdefault("type", "string")
            found.setdefault("enum", [found["const"]])
        if "oneOf" in found and "anyOf" not in found and "discriminator" not in found:
            found["anyOf"] = found.pop("oneOf")
        for media_type, media in _items(found.get("content")):
            if media_type.partition(";")[0].strip().lower() == EVENT_STREAM and isinstance(media, dict):
                found["content"][media_type] = _of_event_data(media)
        if isinstance(found.get("$ref"), str):
            found["$ref"] = self._renamed(found["$ref"])
        if isinstance(found.get("discriminator"), dict):
            found["discriminator"] = self._discriminator(found["discriminator"], found)
        if isinstance(found.get("security"), list):
            names = self.new_names.get("securitySchemes", {})
            found["security"] = [
                {names.get(name, name): scopes for name, scopes in _items(each)}
                for each in found["security"]
                if not any(f"{COMPONENTS}securitySchemes/{escape(name)}" in self.left_out for name, _ in _items(each))
            ]
        return found

    def with_new_names(self, components: dict[str, Any]) -> dict[str, Any]:
        """Return the components under their new names."""
        return {
            section: {self.new_names[section].get(name, name): item for name, item in named.items()}
            if isinstance(named, dict)
            else named
            for section, named in components.items()
        }

    def _is_left_out(self, item: Any) -> bool:
        # references are compared as they were or as they are renamed: the objects inside have been changed before
        if not isinstance(item, dict):
            return False
        return _is_marked(item) or item.get("$ref") in {*self.left_out, *map(self._renamed, self.left_out)}

    def _renamed(self, reference: str) -> str:
        """Return a reference that leads to the new name of its component."""
        if not reference.startswith(COMPONENTS):
            return reference
        section, _, rest = reference.removeprefix(COMPONENTS).partition("/")
        token, slash, inside = rest.partition("/")
        name = unquote(token).replace("~1", "/").replace("~0", "~")
        new = self.new_names.get(section, {}).get(name)
        return reference if new is None else f"{COMPONENTS}{section}/{quote(new)}{slash}{inside}"

    def _discriminator(self, discriminator: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
        """Return a discriminator whose values are references to the new names."""
        mapping = {value: self._mapped(target) for value, target in _items(discriminator.get("mapping"))}
        branches = (branch for key in ("oneOf", "anyOf") for branch in _list(schema.get(key)))
        for reference in (branch.get("$ref") for branch in branches if isinstance(branch, dict)):
            if reference in self.old_references and reference not in mapping.values():
                mapping[self.old_references[reference]] = str(reference)
        return {**discriminator, "mapping": mapping} if mapping else discriminator

    def _mapped(self, target: Any) -> Any:
        if not isinstance(target, str):
            return target
        return self._renamed(f"{COMPONENTS}schemas/{target}" if target in self.schemas else target)


def _items(value: Any) -> list[tuple[str, Any]]:
    return list(value.items()) if isinstance(value, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_marked(item: Any) -> bool:
    return isinstance(item, dict) and item.get(MARK) is False


def _new_names(named: Any) -> dict[str, str]:
    """Return new names for those that have a dot, each of them free."""
    taken = {name for name, _ in _items(named)}
    result: dict[str, str] = {}
    for name in (name for name, _ in _items(named) if "." in name):
        first, *others = (part for part in re.split(r"\.+", name) if part)
        words = [word for part in others for word in part.split("_")]
        new = plain = first + "".join(word[:1].upper() + word[1:] for word in words)
        number = 2
        while new in taken:
            new, number = f"{plain}{number}", number + 1
        taken.add(new)
        result[name] = new
    return result


def _of_event_data(media: dict[str, Any]) -> dict[str, Any]:
    """Return the media type of a stream with the schema of an event's data, where the document has one."""
    media = {key: value for key, value in media.items() if key != "itemSchema"} | (
        {"schema": media["itemSchema"]} if "itemSchema" in media else {}
    )
    schema = media.get("schema")
    data = dict(_items(schema.get("properties"))).get("data") if isinstance(schema, dict) else None
    if isinstance(data, dict) and "contentSchema" in data:
        media["schema"] = data["contentSchema"]
    return media
