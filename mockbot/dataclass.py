"""`dataclass` as in the standard library, made in a quarter of the time: a server loads a hundred of them at its start.

The standard library compiles a function for each method of each class. Here all classes share their methods but
`__init__`, which is compiled once a class has more than a few objects. `frozen` is a promise that the type checker
holds; at run time nothing does, where that would make each object take twice as long to make.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import MISSING
from functools import lru_cache
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

FIRST = 8
"""Objects of a class that are made before its `__init__` is compiled."""

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(
        cls: type | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True
    ) -> type | Callable[[type], type]:
        """Make a class a dataclass; objects of a frozen one can be keys of a mapping."""

        def make(cls: type) -> type:
            own = vars(cls)
            cls.__doc__ = cls.__doc__ or cls.__name__  # the standard library takes long to write one
            made: Any = dataclasses.dataclass(cls, slots=slots, eq=False, repr=False, init=False)
            if "__init__" not in own:
                _init_later(made, slots)
            if "__repr__" not in own:
                made.__repr__ = _repr
            if eq and "__eq__" not in own:
                made.__eq__, made.__hash__ = _eq, own.get("__hash__") or (_hash if frozen else None)
            return made

        return make if cls is None else make(cls)


def _init_later(cls: Any, slots: bool) -> None:
    """Give a class an `__init__` that makes that of the standard library when it has been called a few times."""
    made: Callable[..., None] | None = None
    left = FIRST

    def compiled() -> Callable[..., None]:
        nonlocal made
        if made is None:
            made = _init(cls, slots)
            if vars(cls)["__init__"] is __init__:
                cls.__init__ = made
        return made

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0 or not _set(cls, self, args, kwargs):
            compiled()(self, *args, **kwargs)

    later: Any = __init__
    later.compiled = compiled
    cls.__init__ = __init__


def _set(cls: Any, self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Do what `__init__` does, without compiling it; return False if it has to report a mistake."""
    fields = dataclasses.fields(cls)
    given = dict(zip([each.name for each in fields if each.init and not each.kw_only], args, strict=False))
    if len(given) < len(args) or not given.keys().isdisjoint(kwargs):
        return False
    given |= kwargs
    for each in fields:
        if each.init and each.name in given:
            value = given.pop(each.name)
        elif each.default is not MISSING:
            value = each.default
        elif each.default_factory is not MISSING:
            value = each.default_factory()
        elif each.init:
            return False
        else:
            continue
        setattr(self, each.name, value)
    if not given and hasattr(cls, "__post_init__"):
        self.__post_init__()
    return not given


def complete(cls: Any) -> None:
    """Compile what a class still lacks, such as its signature, before its first object; change no other class."""
    compiled = getattr(cls.__init__, "compiled", None)
    if compiled is not None:
        compiled()


def _init(cls: Any, slots: bool) -> Callable[..., None]:
    fields = []
    for each in dataclasses.fields(cls):
        again: Any = dataclasses.field(
            default=each.default, default_factory=each.default_factory, init=each.init, kw_only=each.kw_only
        )
        fields.append((each.name, each.type, again))
    own = {name: value for name in ("__doc__", "__post_init__") if (value := getattr(cls, name, None))}
    if cls.__module__ in sys.modules:  # the standard library looks there for what annotations mean
        own["__module__"] = cls.__module__
    made: Any = dataclasses.make_dataclass(cls.__name__, fields, namespace=own, slots=slots, eq=False, repr=False)
    init: Callable[..., None] = made.__init__
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


@lru_cache(None)
def _compared(cls: type) -> Callable[[object], object]:
    """Return what returns the values that objects of a class are compared by."""
    names = [each.name for each in dataclasses.fields(cls) if each.compare]
    return attrgetter(*names) if names else lambda _: None


def _eq(self: Any, other: object) -> object:
    if type(self) is not type(other):
        return NotImplemented
    values = _compared(type(self))  # type: ignore[arg-type]  # a class can be a key
    return values(self) == values(other)


def _hash(self: Any) -> int:
    return hash(_compared(type(self))(self))  # type: ignore[arg-type]  # a class can be a key


@recursive_repr()
def _repr(self: Any) -> str:
    shown = [f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"
