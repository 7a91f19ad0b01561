"""The parameters of a fault, read from the fields of its class: their JSON Schema, and the validation of values.

Everything about the parameters comes from here, so a new fault needs only a class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from functools import cache
from types import NoneType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from mockbot import duration
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.fault.fault import Fault, Form, Range
from mockbot.jsontext import JSON
from mockbot.wording import near, shown

F = TypeVar("F", bound=Fault)
MOST_UNKNOWN = 10
"""How many unknown parameters are named."""
KINDS: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
WORDS: Mapping[type, str] = {bool: "true or false", int: "an integer", float: "a number", str: "a text"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One field of a fault."""

    name: str
    kind: type
    """bool, int, float or str."""
    doc: str
    required: bool
    default: Any
    nullable: bool
    choices: tuple[str, ...]
    """The allowed texts; empty when any text is allowed."""
    range: Range | None
    form: Form | None

    @property
    def is_duration(self) -> bool:
        """Return whether the value can also be a text such as `150ms`."""
        return self.name == "seconds" and self.kind is float

    def schema(self) -> dict[str, JSON]:
        """Return the JSON Schema of its values."""
        kinds: list[JSON] = [KINDS[self.kind], *(["string"] if self.is_duration else []), *(["null"] * self.nullable)]
        schema: dict[str, JSON] = {"description": self.doc, "type": kinds if len(kinds) > 1 else kinds[0]}
        if self.is_duration:
            schema["pattern"] = f"^(?:{duration.PATTERN})$"
        if self.choices:
            schema["enum"] = [*self.choices, None] if self.nullable else [*self.choices]
        if self.range is not None:
            least, most = ("minLength", "maxLength") if self.kind is str else ("minimum", "maximum")
            schema |= {least: self.range.least, most: self.range.most}
        if self.form is not None:
            schema["pattern"] = f"^(?:{self.form.pattern})$"
        if not self.required:
            schema["default"] = self.default
        return schema

    def mistake(self, value: JSON) -> str | None:
        """Return what is wrong with `value`, as the end of a sentence, or None."""
        if value is None and self.nullable:
            return None
        if not self._is_kind(value):
            return f"must be {self._wanted()}, got {shown(value)}"
        if self.choices and value not in self.choices:
            return f"must be one of {', '.join(self.choices)}; got {shown(value)}"
        if self.range is not None:
            size: Any = len(value) if isinstance(value, str) else value
            if not self.range.least <= size <= self.range.most:
                unit = " characters" if self.kind is str else ""
                found = f"{size}" if self.kind is str else shown(value)
                return f"must be between {self.range.least} and {self.range.most}{unit}, got {found}"
        if self.form is not None and not re.fullmatch(self.form.pattern, str(value)):
            return f"must be {self.form.words}, got {shown(value)}"
        return None

    def _is_kind(self, value: JSON) -> bool:
        if isinstance(value, bool) or self.kind is bool:
            return isinstance(value, bool) and self.kind is bool
        if self.kind is int:
            return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return isinstance(value, int | float) if self.kind is float else isinstance(value, self.kind)

    def _wanted(self) -> str:
        if self.is_duration:
            return f"a number or {duration.EXAMPLES}"
        return WORDS[self.kind] + (" or null" if self.nullable else "")


@cache
def parameters(fault: type[Fault]) -> tuple[Parameter, ...]:
    """Return a fault's parameters in the order of its fields."""
    hints = get_type_hints(fault, include_extras=True)
    return tuple(_parameter(field, hints[field.name]) for field in fields(fault))  # type: ignore[arg-type]  # every Fault is a dataclass


def build(fault: type[F], values: Mapping[str, JSON]) -> F:
    """Build a fault from values of its parameters; raise UserError with one line for each mistake."""
    durations = {each.name for each in parameters(fault) if each.is_duration}
    values = {
        name: duration.seconds(value)
        if name in durations and isinstance(value, str) and duration.is_duration(value)
        else value
        for name, value in values.items()
    }
    if found := list(mistakes(fault, values)):
        raise UserError("\n".join(f"fault `{fault.name}`: {sentence}" for sentence in found))
    kinds = {each.name: each.kind for each in parameters(fault)}
    return fault(**{name: None if value is None else kinds[name](value) for name, value in values.items()})


def mistakes(fault: type[Fault], values: Mapping[str, JSON]) -> Iterator[str]:
    """Yield a sentence for each parameter that is missing, unknown or has an invalid value."""
    known = {each.name: each for each in parameters(fault)}
    unknown = [name for name in values if name not in known]
    for name in unknown[:MOST_UNKNOWN]:
        yield f"`{name[:60]}` is not known here; {near(name, known)}"
    if len(unknown) > MOST_UNKNOWN:
        yield f"{len(unknown) - MOST_UNKNOWN} more names are not known here"
    for name, parameter in known.items():
        if name not in values:
            if parameter.required:
                yield f"`{name}` is required"
        elif (sentence := parameter.mistake(values[name])) is not None:
            yield f"`{name}` {sentence}"


def _parameter(field: Field[Any], hint: Any) -> Parameter:
    wanted, *notes = get_args(hint)
    nullable = NoneType in get_args(wanted)
    if nullable:
        wanted = next(each for each in get_args(wanted) if each is not NoneType)
    choices = get_args(wanted) if get_origin(wanted) is Literal else ()
    return Parameter(
        name=field.name,
        kind=str if choices else wanted,
        doc=next(note for note in notes if isinstance(note, str)),
        required=field.default is MISSING,
        default=None if field.default is MISSING else field.default,
        nullable=nullable,
        choices=choices,
        range=next((note for note in notes if isinstance(note, Range)), None),
        form=next((note for note in notes if isinstance(note, Form)), None),
    )
