"""Goes through a document once, follows its references, and takes out what its readers would fail on.

A part that is not what OpenAPI says is a warning where the rest can be served without it: the part is left out or
replaced, in place. It is an error only where serving is impossible.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from mockbot.dataclass import dataclass
from mockbot.jsontext import escape, follow
from mockbot.openapi import mend
from mockbot.openapi.shape import DEFAULTS, FIELDS, MAPS, METHODS, REFERABLE, Field, Problem, a, fits
from mockbot.wording import closest, shown


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
        if isinstance(place.holder, dict) and place.key not in place.holder:
            return  # taken out since
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
        message = f"must be {a(place.type)}, is {shown(node)}"
        if place.type == "Operation":
            self._note(place.at, "operation", f"{message}; describe the operation, or remove it", True)
        elif node is None and place.type in ("PathItem", "Response", "MediaType", "Schema", "Callback"):
            self._note(place.at, f"empty {place.type}", f"must be {a(place.type)}, is empty")
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
                self._lost(place, reference, self._unread.get(target["$ref"]))
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
            message = f"$ref {reference!r} leads to {shown(target)}, not to {a(place.type)}"
            self._note(at, "reference", message, place.needed and place.type != "Schema")
            self._forget(place)
            return
        pointer = _pointer(node["$ref"])
        self._waiting.append(_Place([self._target(node["$ref"])], 0, place.type, pointer, place.needed))

    def _target(self, reference: str) -> Any:
        try:
            return follow(self._document, reference)
        except (LookupError, ValueError):
            return None

    def _lost(self, place: _Place, reference: str, unread: str | None) -> None:
        """Deal with a reference that leads nowhere; a schema of the document itself can be done without."""
        message = f"$ref {reference!r} leads nowhere: {unread or 'there is nothing'}"
        fatal = place.needed and (place.type != "Schema" or unread is not None)
        hint = "correct it, or add what it names" if fatal else "every value fits in its place"
        use = fatal or (place.needed and place.type == "Schema")
        self._note(f"{place.at}/$ref", "reference", f"{message}; {hint}" if use else message, fatal)
        self._forget(place)

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
            mend.parameter(node, place.at, place.type, self._note)
        elif place.type == "Schema":
            mend.schema(node, place.at, self._note)
        for name in list(node):
            field = fields.get(name)
            if field is not None:
                self._field(node, name, field, place)
            elif place.type != "Schema" and not name.startswith("x-"):
                known = closest(name, fields)
                meant = f"; did you mean {known!r}?" if known else ""
                sentence = f"{name!r} is no field of {a(place.type)}{meant}"
                self._note(f"{place.at}/{escape(name)}", f"unknown {place.type}", sentence)
                if place.type not in ("Document", "Components"):  # references may lead there
                    del node[name]
        for name, field in fields.items():
            if field.must and name not in node:
                self._missing(node, name, place)
        if place.type in ("Document", "Operation"):
            self._security(node, place)
        if place.type == "Operation":
            self._operation(node, place)

    def _security(self, node: dict[str, Any], place: _Place) -> None:
        """Note what is asked for and described nowhere."""
        components = self._document.get("components")
        schemes = components.get("securitySchemes") if isinstance(components, dict) else None
        for index, wanted in enumerate(node.get("security") or ()):
            for name in wanted if isinstance(wanted, dict) else ():
                if name not in (schemes or {}):
                    message = f"'security' names {name!r}, which is no security scheme; nothing is asked for it"
                    self._note(f"{place.at}/security/{index}/{escape(str(name))}", "security", message)

    def _missing(self, node: dict[str, Any], name: str, place: _Place) -> None:
        self._note(place.at, f"missing {place.type} {name}", f"{a(place.type)} must have {name!r}")
        if (place.type, name) in DEFAULTS:
            node[name] = DEFAULTS[place.type, name]
        elif place.type == "Discriminator" and isinstance(place.holder, dict):
            place.holder.pop(place.key, None)

    def _field(self, node: dict[str, Any], name: str, field: Field, place: _Place) -> None:
        at = f"{place.at}/{escape(name)}"
        value: Any = node[name]
        is_object = field.type in FIELDS or field.type in MAPS
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            inlinable = field.form or (is_object and field.type not in REFERABLE)
            if inlinable and (target := self._target(value["$ref"])) is not None:
                at = _pointer(value["$ref"])  # OpenAPI has no reference here, but people write them
                if isinstance(target, dict) and len(value) > 1:
                    target = {**target, **{key: each for key, each in value.items() if key != "$ref"}}
                value = node[name] = target
        if field.form:
            fitting = isinstance(value, list if field.form == "[" else dict)
            if not fitting:
                if not (value is None and field.type in ("Parameter", "any")):
                    wanted = "a list" if field.form == "[" else "an object"
                    self._note(at, f"{place.type} {name}", f"{name!r} must be {wanted}, is {shown(value)}")
                del node[name]
                return
            if name == "responses" and place.type == "Operation":
                mend.statuses(value, at, self._note)
            if not is_object:
                return
            keys: list[Any] = [*range(len(value))] if field.form == "[" else list(value)
            waiting = self._waiting if field.needed and place.needed else self._later
            for key in keys:
                needed = place.needed and field.needed
                waiting.append(_Place(value, key, field.type, f"{at}/{escape(str(key))}", needed))
        elif is_object:
            waiting = self._waiting if field.needed and place.needed else self._later
            waiting.append(_Place(node, name, field.type, at, place.needed and field.needed))
        elif not fits(field.type, value):
            mend.plain(node, name, field.type, at, place.type, self._note)

    def _methods(self, node: dict[str, Any], place: _Place) -> None:
        """Write the methods of a path in lower case, at the end those of `additionalOperations`, too."""
        if "additionalOperations" in node:
            self._more.append(node)
        for name in list(node):
            if name not in FIELDS["PathItem"] and name.lower() in METHODS and name.lower() not in node:
                self._note(f"{place.at}/{name}", "method", f"the method {name!r} must be in lower case")
                node[name.lower()] = node.pop(name)

    def _operation(self, node: dict[str, Any], place: _Place) -> None:
        node.setdefault("responses", {})
        identifier = node.get("operationId")
        if isinstance(identifier, str):
            if identifier in self._ids:
                first = self._ids[identifier]
                message = f"the operationId {identifier!r} is also that of {first}"
                self._note(f"{place.at}/operationId", "operationId", message)
            self._ids.setdefault(identifier, place.at)


def _pointer(reference: str) -> str:
    return unquote(reference.removeprefix("#"))
