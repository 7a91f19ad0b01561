"""All regular expressions of the package, with the methods that it calls on each."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import FunctionType, ModuleType
from typing import Any

import mockbot
from mockbot.cli.values import Patterned
from mockbot.fault.fault import Form

METHODS = {
    "match": "match",
    "fullmatch": "fullmatch",
    "search": "search",
    **dict.fromkeys(("finditer", "findall", "sub", "subn", "split"), "finditer"),
}
"""The methods of expressions, and for each the one that goes through a text in the same way."""
ANY = frozenset(METHODS.values())


@dataclass
class Used:
    """An expression, its places in the package, and the methods that are called on it, of ANY."""

    pattern: re.Pattern[Any]
    places: set[str] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)


def modules() -> Iterator[ModuleType]:
    for found in walk_packages(mockbot.__path__, "mockbot."):
        if not found.name.endswith("__main__"):
            yield import_module(found.name)


class Expressions:
    """Reads modules. `kept` says for places of several expressions, or of functions, which method is called on them."""

    def __init__(self, kept: dict[str, str]) -> None:
        self.found: dict[tuple[Any, int], Used] = {}
        self.made_by: set[str] = set()
        """Modules whose functions make expressions of what they are given."""
        self._kept = kept

    def read(self, module: ModuleType) -> None:
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        imports = (node.names for node in tree.body if isinstance(node, ast.ImportFrom))
        imported = {each.asname or each.name for names in imports for each in names}
        for name, value in vars(module).items():
            if name not in imported and not name.startswith("__"):
                self._read_value(f"{module.__name__}.{name}", value)
        if "re" in vars(module) or any(isinstance(value, re.Pattern) for value in vars(module).values()):
            _Calls(module, self).visit(tree)

    def _read_value(self, place: str, value: object) -> None:
        for pattern, method in _inside(value, set()):
            used = self._used(pattern)
            used.places.add(place)
            if pattern is not value:
                used.methods |= {self._kept.get(place) or method} - {""} or ANY

    def _used(self, pattern: re.Pattern[Any]) -> Used:
        return self.found.setdefault((pattern.pattern, pattern.flags), Used(pattern))

    def calls(self, module: str, pattern: object, methods: set[str]) -> None:
        """Note that a module calls methods of an expression, or the functions of `re` with its text."""
        if isinstance(pattern, re.Pattern):
            self._used(pattern).methods |= methods
        elif isinstance(pattern, str | bytes):
            used = self._used(re.compile(pattern))
            used.places.add(module)
            used.methods |= methods
        else:
            self.made_by.add(module)


def _inside(value: Any, seen: set[int]) -> Iterator[tuple[re.Pattern[Any], str]]:
    """Yield the expressions in a value of the package, each with the method that is called on it, or ""."""
    if id(value) in seen:
        return
    seen.add(id(value))
    inner: list[Any] = []
    match value:
        case re.Pattern():
            yield value, ""
        case Form() | Patterned():
            yield re.compile(value.pattern), "fullmatch"
        case dict():
            inner = [*value, *value.values()]
        case list() | tuple() | set() | frozenset():
            inner = [*value]
        case FunctionType() if value.__closure__:
            inner = [cell.cell_contents for cell in value.__closure__]
        case type() if value.__module__.startswith("mockbot."):
            inner = [*vars(value).values(), getattr(value, "__annotations__", {})]
        case _ if type(value).__module__.startswith("mockbot."):
            inner = [getattr(value, name, None) for name in getattr(value, "__dataclass_fields__", ())]
    for each in inner:
        yield from _inside(each, seen)


class _Calls(ast.NodeVisitor):
    def __init__(self, module: ModuleType, found: Expressions) -> None:
        self._module, self._found = module, found
        self._in_function = False

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        before, self._in_function = self._in_function, True
        self.generic_visit(node)
        self._in_function = before

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Call(self, node: ast.Call) -> None:
        match node.func:
            case ast.Attribute(ast.Name("re"), name) if name in METHODS or (name == "compile" and self._in_function):
                self._found.calls(self._module.__name__, self._value(node.args[0]), {METHODS.get(name, "match")})
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        match node.value:
            case ast.Name() if isinstance(pattern := self._value(node.value), re.Pattern):
                if node.attr in METHODS:
                    self._found.calls(self._module.__name__, pattern, {METHODS[node.attr]})
            case _:
                self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load) and isinstance(pattern := self._value(node), re.Pattern):
            self._found.calls(self._module.__name__, pattern, {*ANY})

    def _value(self, node: ast.expr) -> object:
        match node:
            case ast.Constant(value):
                return value
            case ast.Name(name) if not self._in_function or name.isupper():
                return vars(self._module).get(name)
        return None
