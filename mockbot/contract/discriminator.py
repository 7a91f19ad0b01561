"""Discriminators (OpenAPI 3.1, section 4.8.25): the schema that a value names by one of its properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from mockbot.dataclass import dataclass
from mockbot.jsontext import follow

DEEPEST = 10
"""How many references to references are followed."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The schema that a value names, or, if it names none, the names that it could have."""

    label: str
    """The name of the property that decides."""
    value: Any
    target: Any
    """The schema; None if there is none of that name."""
    known: tuple[str, ...]

    def errors(self, validator: Any, instance: Any) -> Iterator[ValidationError]:
        """Yield what is wrong with `instance`."""
        if self.target is not None:
            yield from validator.descend(instance, self.target)
            return
        yield ValidationError(
            f"{self.value!r} is not one of {', '.join(self.known)}",
            validator="discriminator",
            validator_value=list(self.known),
            path=[self.label],
            instance=self.value,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """The schemas that a discriminator names: by its mapping, and by the names of the branches beside it."""

    schema: Any
    mapping: Mapping[str, Any]
    named: Mapping[str, Any]
    known: tuple[str, ...]


class Discriminators:
    """Finds the schemas that the discriminators of one document name."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        components = document.get("components")
        found = components.get("schemas") if isinstance(components, dict) else None
        self._schemas: Mapping[str, Any] = found if isinstance(found, dict) else {}
        self._heirs: dict[int, dict[str, Any]] | None = None
        self._kept: dict[tuple[int, int], _Found] = {}

    def of_branches(self, schema: Any, branches: Any, instance: Any) -> Choice | None:
        """Return the choice of a value among the branches of a `oneOf` or `anyOf`; None if all must be tried."""
        label, value = _label(schema), _value(schema, instance)
        if not isinstance(value, str) or not isinstance(branches, list):
            return None
        found = self._found(schema, branches)
        target = found.mapping.get(value, found.named.get(value))
        if target is None:
            if len(found.named) < len(branches) or any(self._admits(branch, label, value) for branch in branches):
                return None
            target = self._default(schema)
        return Choice(label, value, target, found.known)

    def of_heirs(self, schema: Any, instance: Any) -> Choice | None:
        """Return the choice of a value among the schemas that inherit from `schema`; None if there are none."""
        label, value = _label(schema), _value(schema, instance)
        if not isinstance(value, str):
            return None
        heirs, mapping = self._inherit().get(id(schema), {}), self._found(schema).mapping
        others = {name: each for name, each in heirs.items() if each is not schema}
        if not others and not mapping:
            return None
        if value in heirs and heirs[value] is schema and value not in mapping:
            return None  # the value is of the base itself
        target = mapping.get(value, others.get(value))
        if target is None:
            if self._listed(schema, label, value) or any(self._admits(each, label, value) for each in others.values()):
                return None
            target = self._default(schema)
        elif target is schema or self._resolved(target) is schema:
            return None
        return Choice(label, value, target, tuple(dict.fromkeys((*mapping, *others))))

    def _inherit(self) -> dict[int, dict[str, Any]]:
        """Return the named schemas that contain each schema with a discriminator in their `allOf`, by its id()."""
        if self._heirs is None:
            heirs: dict[int, dict[str, Any]] = {}
            for name, schema in self._schemas.items():
                for base in self._bases(schema, set()):
                    heirs.setdefault(id(base), {})[name] = schema
            self._heirs = heirs
        return self._heirs

    def _bases(self, schema: Any, seen: set[int]) -> Iterator[Any]:
        schema = self._resolved(schema)
        if isinstance(schema, dict) and id(schema) not in seen:
            seen.add(id(schema))
            if "discriminator" in schema:
                yield schema
            for branch in schema.get("allOf") or ():
                yield from self._bases(branch, seen)

    def _found(self, schema: Any, branches: Any = ()) -> _Found:
        """Return what the discriminator of a schema names; it is found once for a schema, which is kept with it."""
        key = id(schema), id(branches) if branches else 0
        kept = self._kept.get(key)
        if kept is None or kept.schema is not schema:
            mapping = self._read_mapping(schema)
            named = {_name(each["$ref"]): each for each in branches if isinstance(each, dict) and _is_ref(each)}
            # an implicit name is known only for a branch that the mapping does not name otherwise
            renamed = [_name(str(each)) for each in (schema["discriminator"].get("mapping") or {}).values()]
            known = (*mapping, *(name for name in named if name not in renamed))
            kept = self._kept[key] = _Found(schema, mapping, named, known)
        return kept

    def _read_mapping(self, schema: Any) -> Mapping[str, Any]:
        mapping = schema["discriminator"].get("mapping") if isinstance(schema["discriminator"], dict) else None
        if not isinstance(mapping, dict):
            return {}
        found = {str(value): self._target(target) for value, target in mapping.items()}
        return {value: target for value, target in found.items() if target is not None}

    def _default(self, schema: Any) -> Any:
        return self._target(schema["discriminator"].get("defaultMapping"))  # OpenAPI 3.2

    def _target(self, target: Any) -> Any:
        """Return the schema of a mapping's value: a bare name, or a reference, which may name a file that is here."""
        if not isinstance(target, str):
            return None
        if target in self._schemas:
            return self._schemas[target]
        try:
            return follow(self._document, target)
        except (LookupError, ValueError):
            return self._schemas.get(_name(target))

    def _admits(self, schema: Any, label: str, value: str, seen: set[int] | None = None) -> bool:
        """Return whether a schema lists `value` for its property `label`, whatever the discriminator says."""
        schema, seen = self._resolved(schema), set() if seen is None else seen
        if not isinstance(schema, dict) or id(schema) in seen:
            return False
        seen.add(id(schema))
        if self._listed(schema, label, value):
            return True
        inner = (each for key in ("allOf", "oneOf", "anyOf") for each in schema.get(key) or ())
        return any(self._admits(each, label, value, seen) for each in inner)

    def _listed(self, schema: Any, label: str, value: str) -> bool:
        properties = schema.get("properties")
        each = self._resolved(properties.get(label)) if isinstance(properties, dict) else None
        return isinstance(each, dict) and (each.get("const") == value or value in (each.get("enum") or ()))

    def _resolved(self, schema: Any) -> Any:
        for _ in range(DEEPEST):
            if not _is_ref(schema):
                return schema
            try:
                schema = follow(self._document, schema["$ref"])
            except (LookupError, ValueError):
                return None
        return None


def _is_ref(schema: Any) -> bool:
    return isinstance(schema, dict) and isinstance(schema.get("$ref"), str)


def _label(schema: Any) -> str:
    found = schema["discriminator"]
    return str(found.get("propertyName", "")) if isinstance(found, dict) else ""


def _value(schema: Any, instance: Any) -> Any:
    return instance.get(_label(schema)) if isinstance(instance, dict) else None


def _name(reference: str) -> str:
    """Return the last segment of a reference, without the ending of a file."""
    last = reference.rpartition("/")[2].rpartition("#")[2]
    return last.removesuffix(".json").removesuffix(".yaml").removesuffix(".yml").replace("~1", "/").replace("~0", "~")
