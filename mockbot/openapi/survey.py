"""Goes through a document once, follows its references, and takes out what its readers would fail on.

A part that is not what OpenAPI says is a warning where the rest can be served without it: the part is left out or
replaced, in place. It is an error only where serving is impossible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from mockbot.jsontext import escape, follow
from mockbot.openapi.shape import DEFAULTS, FIELDS, MAPS, METHODS, REFERABLE, Field, fits, is_method
from mockbot.wording import shown

STATUS = re.compile(r"[1-5](\d\d|XX)|default")
SWAGGER = ("type", "format", "items", "enum", "default", "minimum", "maximum", "minLength", "maxLength", "pattern")
"""Keywords that Swagger 2.0 has in a parameter itself."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a document that is not as OpenAPI has it."""

    at: str
    """Its JSON pointer."""
    kind: str
    """What is alike in all problems of a kind."""
    message: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class _Place:
    """A node to go through: the container that holds it, under which key, and what it must be."""

    holder: Any
    key: Any
    type: str
    at: str
    needed: bool


def survey(document: dict[str, Any], unread: dict[str, str] | None = None) -> list[Problem]:
    """Return the problems of a document, and leave out what cannot be used; `unread` are references and why not."""
    return _Survey(document, unread or {}).problems


class _Survey:
    def __init__(self, document: dict[str, Any], unread: dict[str, str]) -> None:
        self.problems: list[Problem] = []
        self._document, self._unread = document, unread
        self._seen: dict[tuple[int, str], Any] = {}
        self._more: list[dict[str, Any]] = []
        self._ids: dict[str, str] = {}
        self._later: list[_Place] = []
        self._waiting = [_Place([document], 0, "Document", "", True)]
        while self._waiting or self._later:
            place = self._waiting.pop() if self._waiting else self._later.pop()
            waiting, later = len(self._waiting), len(self._later)
            self._visit(place)
            self._waiting[waiting:] = self._waiting[waiting:][::-1]  # so that the document's order is kept
            self._later[later:] = self._later[later:][::-1]
        for item in self._more:
            for method, operation in item.pop("additionalOperations", {}).items():
                item.setdefault(method.lower(), operation)

    def _note(self, at: str, kind: str, message: str, fatal: bool = False) -> None:
        self.problems.append(Problem(at, kind, message, fatal))

    def _visit(self, place: _Place) -> None:
        node = place.holder[place.key]
        if not isinstance(node, dict):
            if place.type != "Schema" or not isinstance(node, bool):
                self._replace(place, node)
            return
        if (id(node), place.type) in self._seen:
            return
        self._seen[id(node), place.type] = node
        if isinstance(node.get("$ref"), str) and place.type in REFERABLE:
            self._refer(place, node)
            if place.type not in ("Schema", "PathItem") or "$ref" not in node:
                return
        if place.type in MAPS:
            self._map(node, place)
        elif place.type in FIELDS:
            self._object(node, place)

    def _replace(self, place: _Place, node: object) -> None:
        """Deal with something that is not an object where one must be."""
        message = f"must be {_a(place.type)}, is {shown(node)}"
        if place.type == "Operation":
            self._note(place.at, "operation", f"{message}; describe the operation, or remove it", True)
        elif node is None and place.type in ("PathItem", "Response", "MediaType", "Schema", "Callback"):
            self._note(place.at, f"empty {place.type}", f"must be {_a(place.type)}, is empty")
            place.holder[place.key] = {"description": ""} if place.type == "Response" else {}
        elif place.type in ("Paths", "PathItem") and place.needed:
            self._note(place.at, "path", message, True)
        else:
            self._note(place.at, f"no {place.type}", f"{message}; it is ignored")
            place.holder[place.key] = {}

    def _refer(self, place: _Place, node: dict[str, Any]) -> None:
        """Follow the reference of an object."""
        reference, at = node["$ref"], f"{place.at}/$ref"
        chain = {id(node)}
        target: Any = node
        while isinstance(target, dict) and isinstance(target.get("$ref"), str):
            found = self._target(target["$ref"])
            if found is None:
                why = self._unread.get(target["$ref"], "there is nothing")
                message = f"$ref {reference!r} leads nowhere: {why}"
                hint = "; correct it, or add what it names"
                self._note(at, "reference", message + hint if place.needed else message, place.needed)
                self._forget(place)
                return
            target = found
            if id(target) in chain:
                self._note(at, "circular reference", f"$ref {reference!r} leads to itself; it is ignored")
                node.pop("$ref")
                return
            chain.add(id(target))
            if place.type == "Schema" and isinstance(target, dict) and len(target) > 1:
                break  # what stands beside the next reference means something
        if not isinstance(target, dict) and not (place.type == "Schema" and isinstance(target, bool)):
            message = f"$ref {reference!r} leads to {shown(target)}, not to {_a(place.type)}"
            self._note(at, "reference", message, place.needed)
            self._forget(place)
            return
        pointer = _pointer(node["$ref"])
        self._waiting.append(_Place([self._target(node["$ref"])], 0, place.type, pointer, place.needed))

    def _target(self, reference: str) -> Any:
        try:
            return follow(self._document, reference)
        except (LookupError, ValueError):
            return None

    def _forget(self, place: _Place) -> None:
        """Take out a reference that leads nowhere."""
        if place.type == "Schema" or not isinstance(place.holder, dict):
            place.holder[place.key] = {}
        else:
            place.holder.pop(place.key, None)

    def _map(self, node: dict[str, Any], place: _Place) -> None:
        for key in list(node):
            if key.startswith("x-"):
                del node[key]  # an extension, not a path
                continue
            if place.type == "Paths" and not key.startswith("/"):
                self._note(f"{place.at}/{escape(key)}", "path", f"the path {key!r} must begin with a slash")
            self._waiting.append(_Place(node, key, MAPS[place.type], f"{place.at}/{escape(key)}", place.needed))

    def _object(self, node: dict[str, Any], place: _Place) -> None:
        fields = FIELDS[place.type]
        if place.type == "PathItem":
            self._methods(node, place)
        elif place.type in ("Parameter", "Header"):
            self._parameter(node, place)
        elif place.type == "Schema":
            self._schema(node, place)
        for name in list(node):
            field = fields.get(name)
            if field is not None:
                self._field(node, name, field, place)
            elif place.type != "Schema" and not name.startswith("x-"):
                self._note(f"{place.at}/{escape(name)}", f"unknown {place.type}", f"{_a(place.type)} has no {name!r}")
                del node[name]
        for name, field in fields.items():
            if field.must and name not in node:
                self._missing(node, name, place)
        if place.type == "Operation":
            self._operation(node, place)

    def _missing(self, node: dict[str, Any], name: str, place: _Place) -> None:
        self._note(place.at, f"missing {place.type} {name}", f"{_a(place.type)} must have {name!r}")
        if (place.type, name) in DEFAULTS:
            node[name] = DEFAULTS[place.type, name]
        elif place.type == "Discriminator" and isinstance(place.holder, dict):
            place.holder.pop(place.key, None)

    def _field(self, node: dict[str, Any], name: str, field: Field, place: _Place) -> None:
        at, value = f"{place.at}/{escape(name)}", node[name]
        is_object = field.type in FIELDS or field.type in MAPS
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            inlinable = field.form or (is_object and field.type not in REFERABLE)
            if inlinable and (target := self._target(value["$ref"])) is not None:
                at = _pointer(value["$ref"])  # OpenAPI has no reference here, but people write them
                if isinstance(target, dict) and len(value) > 1:
                    target = {**target, **{key: each for key, each in value.items() if key != "$ref"}}
                value = node[name] = target
        if field.form:
            container: type = list if field.form == "[" else dict
            if not isinstance(value, container):
                if not (value is None and field.type in ("Parameter", "any")):
                    wanted = "a list" if field.form == "[" else "an object"
                    self._note(at, f"{place.type} {name}", f"{name!r} must be {wanted}, is {shown(value)}")
                del node[name]
                return
            if name == "responses" and place.type == "Operation":
                self._statuses(value, at)
            if not is_object:
                return
            inner = [(each, str(each)) for each in (range(len(value)) if field.form == "[" else list(value))]
            waiting = self._waiting if field.needed and place.needed else self._later
            for key, step in inner:
                needed = place.needed and field.needed
                waiting.append(_Place(value, key, field.type, f"{at}/{escape(step)}", needed))
        elif is_object:
            waiting = self._waiting if field.needed and place.needed else self._later
            waiting.append(_Place(node, name, field.type, at, place.needed and field.needed))
        elif not fits(field.type, value):
            self._mend(node, name, field.type, at, place.type)

    def _mend(self, node: dict[str, Any], name: str, kind: str, at: str, owner: str) -> None:
        """Replace a plain value of the wrong type by what it must have meant, or leave it out."""
        value = node.pop(name)
        mended: object = None
        if isinstance(value, str) and kind in ("number", "positive", "count"):
            mended = _number(value)
        elif isinstance(value, str) and kind == "boolean" and value.lower() in ("true", "false"):
            mended = value.lower() == "true"
        elif kind == "string" and isinstance(value, int | float):
            mended = str(value).lower() if isinstance(value, bool) else str(value)
        elif kind == "type" and value is None:
            mended = "null"
        elif kind == "type" and isinstance(value, list):
            mended = [each for each in value if fits("type", each)] or None
        elif kind == "strings" and isinstance(value, list):
            mended = [each for each in value if isinstance(each, str)]
        wanted = {"strings": "a list of names", "type": "a type of JSON", "count": "a count", "positive": "above 0"}
        message = f"{name!r} must be {wanted.get(kind, _a(kind))}, is {shown(value)}"
        if mended is not None and fits(kind, mended):
            node[name] = mended
            self._note(at, f"{owner} {name}", message)
        else:
            self._note(at, f"{owner} {name}", f"{message}; it is ignored")

    def _methods(self, node: dict[str, Any], place: _Place) -> None:
        """Write the methods of a path in lower case, at the end those of `additionalOperations`, too."""
        if "additionalOperations" in node:
            self._more.append(node)
        for name in list(node):
            if name not in FIELDS["PathItem"] and name.lower() in METHODS and name.lower() not in node:
                self._note(f"{place.at}/{name}", "method", f"the method {name!r} must be in lower case")
                node[name.lower()] = node.pop(name)

    def _schema(self, node: dict[str, Any], place: _Place) -> None:
        required = node.get("required")
        if isinstance(required, list) and fits("strings", required) and len(set(required)) < len(required):
            twice = next(each for index, each in enumerate(required) if each in required[:index])
            self._note(f"{place.at}/required", "repeated required", f"'required' has {twice!r} more than once")
            node["required"] = list(dict.fromkeys(required))
        if isinstance(node.get("items"), list):
            self._note(f"{place.at}/items", "items", "'items' must be a schema, is a list; it is read as 'prefixItems'")
            node.setdefault("prefixItems", node.pop("items"))
        for bound in ("minimum", "maximum"):
            exclusive = f"exclusive{bound.capitalize()}"
            if isinstance(node.get(exclusive), bool):
                self._note(f"{place.at}/{exclusive}", exclusive, f"{exclusive!r} must be a number since OpenAPI 3.1")
                if node.pop(exclusive) and bound in node:
                    node[exclusive] = node.pop(bound)
        if "nullable" in node:
            self._note(f"{place.at}/nullable", "nullable", "'nullable' means nothing since OpenAPI 3.1; use 'type'")
            del node["nullable"]
        for name in ("$schema", "$id", "$anchor", "$dynamicAnchor"):
            if isinstance(node.get(name), str):
                del node[name]  # references no longer need them

    def _parameter(self, node: dict[str, Any], place: _Place) -> None:
        """Give a parameter a schema where it has none."""
        if "schema" not in node and not node.get("content"):
            node.pop("content", None)
            old = {name: node.pop(name) for name in SWAGGER if name in node}
            message = f"{_a(place.type)} must have 'schema' or 'content'" + (
                ", not the keywords themselves" if old else ""
            )
            self._note(place.at, f"schema of {place.type}", message)
            node["schema"] = old
        elif "schema" in node and "content" in node:
            self._note(place.at, "schema and content", "must have 'schema' or 'content', not both; 'schema' counts")
            del node["content"]
        if place.type == "Parameter" and node.get("in") == "path" and node.get("required") is not True:
            self._note(place.at, "required path parameter", "a parameter in the path must be 'required: true'")
            node["required"] = True

    def _statuses(self, responses: dict[str, Any], at: str) -> None:
        for code in list(responses):
            wanted = code if code == "default" else code.upper()
            if not STATUS.fullmatch(wanted):
                if not code.startswith("x-"):
                    self._note(f"{at}/{escape(code)}", "status", f"{code!r} is no status, no range and not 'default'")
                del responses[code]
            elif wanted != code:
                self._note(f"{at}/{escape(code)}", "range", f"a range of statuses is written {wanted!r}")
                responses[wanted] = responses.pop(code)

    def _operation(self, node: dict[str, Any], place: _Place) -> None:
        node.setdefault("responses", {})
        identifier = node.get("operationId")
        if isinstance(identifier, str):
            if identifier in self._ids:
                first = self._ids[identifier]
                message = f"the operationId {identifier!r} is also that of {first}"
                self._note(f"{place.at}/operationId", "operationId", message)
            self._ids.setdefault(identifier, place.at)


def declared(document: dict[str, Any]) -> list[Problem]:
    """Compare the parameters of each path with its template, and leave out those that it does not have."""
    problems: list[Problem] = []
    for path, item in (document.get("paths") or {}).items():
        if not isinstance(item, dict):
            continue
        names = set(re.findall(r"\{([^{}]+)\}", path))
        at = f"/paths/{escape(path)}"
        common = list(_kept(document, item, names, at, problems))
        for method in filter(is_method, item):
            if isinstance(item[method], dict):
                own = list(_kept(document, item[method], names, f"{at}/{method}", problems))
                missing = names - {name for name in (*common, *own) if name}
                if missing:
                    message = f"the path's parameter {sorted(missing)[0]!r} is not described; any text is accepted"
                    problems.append(Problem(f"{at}/{method}", "undeclared parameter", message))
    return problems


def _kept(
    document: dict[str, Any], node: dict[str, Any], names: set[str], at: str, problems: list[Problem]
) -> Iterator[str]:
    """Return the names of the path parameters of a path or an operation, and leave out those that cannot be sent."""
    seen: set[tuple[str, str]] = set()
    found: list[str] = []
    kept: list[Any] = []
    for index, reference in enumerate(node.get("parameters") or ()):
        parameter = reference
        for _ in range(100):
            if not (isinstance(parameter, dict) and isinstance(parameter.get("$ref"), str)):
                break
            parameter = follow(document, parameter["$ref"])
        place = f"{at}/parameters/{index}"
        name, where = parameter.get("name"), parameter.get("in")
        if not isinstance(name, str) or where not in ("path", "query", "header", "cookie", "querystring"):
            problems.append(Problem(place, "parameter", "a parameter without 'name' and 'in' is ignored"))
        elif (name, where) in seen:
            problems.append(Problem(place, "repeated parameter", f"the parameter {name!r} is there twice"))
        elif where == "path" and name not in names:
            message = f"the path has no {{{name}}}; the parameter is ignored"
            problems.append(Problem(place, "parameter of no path", message))
        else:
            seen.add((name, where))
            kept.append(reference)
            found += [name] if where == "path" else []
    if "parameters" in node:
        node["parameters"] = kept
    return iter(found)


def _number(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return None


def _pointer(reference: str) -> str:
    return unquote(reference.removeprefix("#"))


def _a(kind: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
