"""Validates each pair of a schema and a value once, so that a validation costs its size and not 2 to its depth.

Schemas that refer to themselves in the branches of `oneOf`, `allOf`, `if` and the like ask the same question of the
same value again and again. Whether a pair fits is remembered until the validation ends. Errors are not: an error is
about one place, and those in the branches of a `oneOf` or `anyOf` are found when they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from threading import local
from typing import Any

from jsonschema.exceptions import ValidationError

from mockbot.jsontext import follow

LIMIT = 100
"""Violations reported for one message: a body of a million wrong items must not become a million of them."""
MOST = 1000
"""Errors that are looked at for them: schemas may find the same error on several ways."""
BRANCHING = ("$ref", "allOf", "anyOf", "oneOf", "not", "if")
"""Keywords that apply other schemas to the same value."""
LONGEST_CHAIN = 100
"""How many references to references are followed."""


class References:
    """Finds the schemas that the references of one document lead to.

    Without the resolver of jsonschema, whose library ends the process's stack in a panic where Python's is used up.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._known: dict[str, Any] = {}

    def target(self, reference: Any) -> Any:
        """Return the schema of a reference into the document; None for any other reference."""
        if not isinstance(reference, str):
            return None
        if reference not in self._known:
            try:
                self._known[reference] = follow(self._document, reference)
            except (LookupError, ValueError):
                self._known[reference] = None
        return self._known[reference]


class Verdicts:
    """What is known within one validation. Schemas and values are known by their id(): both live as long as it."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._inherited: dict[int, tuple[int, ...]] = {}
        self.fitting: set[Any] = set()
        self.failing: set[Any] = set()
        self.open: set[Any] = set()
        """Pairs whose validation has begun. A schema that leads back to itself says nothing more of the same value."""

    def key(self, schema: Any, instance: Any, in_place: bool = True) -> Any:
        """Return the key of a pair; None if it costs nothing to validate it again.

        With `in_place`, the schema is a branch of another one for the same value.
        """
        small = not instance or not isinstance(instance, dict | list)
        if small and not (in_place and any(keyword in schema for keyword in BRANCHING)):
            return None
        pair = id(schema) << 64 | id(instance)
        bases = self._inherited.get(id(instance))
        return (pair, bases) if bases else pair

    @contextmanager
    def once(self, base: Any, instance: Any) -> Iterator[bool]:
        """Yield whether this value is not already being validated by the heirs of `base`, which contain it."""
        bases = self._inherited.get(id(instance), ())
        if id(base) in bases:
            yield False
            return
        self._inherited[id(instance)] = (*bases, id(base))
        try:
            yield True
        finally:
            self._inherited[id(instance)] = bases


class Alternatives(ValidationError):
    """The error of a value that fits no branch; its context, the errors in the branches, is found when it is read."""

    def __init__(self, find: Callable[[], list[ValidationError]], **fields: Any) -> None:
        self._find: Callable[[], list[ValidationError]] | None = find
        self._context: list[ValidationError] = []
        super().__init__("fits none of the branches", **fields)

    @property
    def context(self) -> list[ValidationError]:
        """Return the errors in the branches."""
        if self._find is not None:
            find, self._find = self._find, None
            self._context = find()
            for each in self._context:
                each.parent = self
        return self._context

    @context.setter
    def context(self, _: Any) -> None:
        """Ignore what the constructor of the class above sets."""


class Memory:
    """The verdicts of the validation that runs in each thread, for one class of validators."""

    def __init__(self) -> None:
        self._local = local()

    @property
    def verdicts(self) -> Verdicts | None:
        """Return those of the validation that runs; None if there is none."""
        found: Verdicts | None = getattr(self._local, "verdicts", None)
        return found

    @contextmanager
    def of(self, verdicts: Verdicts) -> Iterator[Verdicts]:
        """Make `verdicts` those of the validation that runs."""
        before = self.verdicts
        self._local.verdicts = verdicts
        try:
            yield verdicts
        finally:
            self._local.verdicts = before

    def alternatives(self, find: Callable[[], Iterable[ValidationError]], **fields: Any) -> Alternatives:
        """Return the error of a value that fits no branch; `find` returns the errors in them."""
        verdicts = self.verdicts
        assert verdicts is not None  # keywords are called within a validation

        def again() -> list[ValidationError]:
            with self.of(verdicts):
                return list(find())

        return Alternatives(again, **fields)


def remembering(cls: Any, memory: Memory, references: References) -> Any:
    """Let a class of jsonschema validate each pair once, and add `fits` and `target` for its keywords.

    Every keyword must give its errors all their fields. `iter_errors` returns at most LIMIT errors.
    """
    keywords = cls.VALIDATORS

    def target(_: Any, schema: Any) -> Any:
        """Return the schema that `schema` stands for, if it is a reference and nothing else."""
        for _ in range(LONGEST_CHAIN):
            if not isinstance(schema, dict) or "$ref" not in schema:
                break
            if len(schema) > 1 and any(name in keywords for name in schema if name != "$ref"):
                break
            found = references.target(schema["$ref"])
            if found is None:
                break
            schema = found
        return schema

    def descend(
        self: Any, instance: Any, schema: Any, path: Any = None, schema_path: Any = None
    ) -> Iterator[ValidationError]:
        schema, verdicts = self.target(schema), memory.verdicts
        if not isinstance(schema, dict):
            if not schema:
                yield _placed(_never(instance), path, schema_path)
            return
        key = None if verdicts is None else verdicts.key(schema, instance, path is None)
        if verdicts is None or key in verdicts.fitting or (key is not None and key in verdicts.open):
            return
        fitting = True
        verdicts.open.add(key)  # also None, which is never looked for
        try:
            for keyword, value in schema.items():
                validate = keywords.get(keyword)
                for error in () if validate is None else validate(self, value, instance, schema):
                    if fitting and key is not None:
                        verdicts.failing.add(key)
                    fitting = False
                    if keyword not in ("if", "$ref"):
                        error.schema_path.appendleft(keyword)
                    yield _placed(error, path, schema_path)
        finally:
            verdicts.open.discard(key)
        if fitting and key is not None:
            verdicts.fitting.add(key)

    def fits(self: Any, instance: Any, schema: Any) -> bool:
        schema, verdicts = self.target(schema), memory.verdicts
        if verdicts is not None and isinstance(schema, dict):
            key = verdicts.key(schema, instance)
            if key is not None and key in verdicts.failing:
                return False
        return next(self.descend(instance, schema), None) is None

    def iter_errors(self: Any, instance: Any, _schema: Any = None) -> Iterator[ValidationError]:
        if memory.verdicts is not None:
            return iter(self.descend(instance, self.schema))
        with memory.of(Verdicts(instance)):
            return iter(list(islice(_different(islice(self.descend(instance, self.schema), MOST)), LIMIT)))

    cls.target, cls.descend, cls.fits, cls.iter_errors = target, descend, fits, iter_errors
    return cls


def _different(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    seen: set[Any] = set()
    for error in errors:
        key = (tuple(error.path), id(error.schema), error.validator, error.message)
        if key not in seen:
            seen.add(key)
            yield error


def _placed(error: ValidationError, path: Any, schema_path: Any) -> ValidationError:
    if path is not None:
        error.path.appendleft(path)
    if schema_path is not None:
        error.schema_path.appendleft(schema_path)
    return error


def _never(instance: Any) -> ValidationError:
    return ValidationError("nothing fits", validator="not", validator_value={}, instance=instance, schema=False)
