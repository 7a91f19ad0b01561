"""The public names of `mockbot` and `mockbot.testing`, with signatures and docstrings."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import mockbot
import mockbot.testing
from docs.generate.command_line import attribute_docs
from docs.generate.markdown import code, page, sentences, table

PARTS = ("faults", "journal", "scripts", "clock")
"""The attributes of a world that have methods of their own."""
DESCRIPTOR = re.compile(r"(?:Masked|_OfStream)\[(.*)\]")
"""Matches the types of attributes that are masked when they are read; what is read has the type inside."""


def python_api() -> str:
    """Return the page on the Python API."""
    names = [*mockbot.__all__, *mockbot.testing.__all__]
    lists = [
        (code("mockbot"), ", ".join(code(name) for name in mockbot.__all__)),
        (code("mockbot.testing"), ", ".join(code(name) for name in mockbot.testing.__all__)),
    ]
    parts = ["Everything else is internal and may change in any version.", table(("module", "names"), lists)]
    for name in sorted(set(names) - {"__version__"}, key=str.lower):
        value = getattr(mockbot.testing, name, None) if name in mockbot.testing.__all__ else getattr(mockbot, name)
        parts += _class(name, value) if inspect.isclass(value) else _function("##", name, value)
    for attribute in PARTS:
        kind = type(getattr(_a_world(), attribute))
        parts += [f"## World.{attribute}", _doc(kind), *_methods(kind)]
    return page("Python API", *parts)


def _a_world() -> Any:
    from mockbot.testing.control import Control

    return mockbot.testing.World(Control("http://127.0.0.1:6185"), "w", "key", "/w/w")


def _class(name: str, kind: Any) -> Iterator[str]:
    yield f"## {name}"
    if not is_dataclass(kind):
        yield _block(name, kind)
    yield _doc(kind)
    documented = attribute_docs(kind)
    if is_dataclass(kind):
        public = [each for each in fields(kind) if each.repr]
        rows = ([code(each.name), code(_type(each.type)), documented.get(each.name, "")] for each in public)
        yield table(("field", "type", "meaning"), rows)
    yield from _methods(kind)


def _methods(kind: Any) -> Iterator[str]:
    for name in sorted(name for name in dir(kind) if not name.startswith("_")):
        method = inspect.getattr_static(kind, name)
        if inspect.isfunction(method):
            yield from _function("###", f"{_owner(kind)}{name}", method)
        elif isinstance(method, property) or hasattr(method, "func"):
            getter = method.fget if isinstance(method, property) else method.func
            yield f"### {_owner(kind)}{name}"
            yield _doc(getter)


def _owner(kind: Any) -> str:
    return f"{kind.__name__}."


def _function(level: str, name: str, function: Any) -> Iterator[str]:
    yield f"{level} {name}"
    yield _block(name, function)
    yield _doc(function)


def _block(name: str, function: Any) -> str:
    signature = inspect.signature(function)
    given = [each for each in signature.parameters.values() if each.name != "self"]
    shown = [_parameter(each) for each in given]
    keywords = [index for index, each in enumerate(given) if each.kind is inspect.Parameter.KEYWORD_ONLY]
    if keywords and not any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in given):
        shown.insert(keywords[0], "*")
    returns = signature.return_annotation
    end = "" if returns is inspect.Signature.empty or inspect.isclass(function) else f" -> {_type(returns)}"
    line = f"{name}({', '.join(shown)}){end}"
    if len(line) > 100:
        line = f"{name}(\n" + "".join(f"    {each},\n" for each in shown) + f"){end}"
    return f"```text\n{line}\n```"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(parameter.kind.name, "")
    text = f"{stars}{parameter.name}: {_type(parameter.annotation)}"
    if parameter.default is inspect.Parameter.empty:
        return text
    return f"{text} = {'...' if callable(parameter.default) else repr(parameter.default)}"


def _type(annotation: Any) -> str:
    if annotation is inspect.Parameter.empty:
        return "Any"
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    attribute = DESCRIPTOR.fullmatch(text)
    return attribute[1] if attribute else text


def _doc(value: Any) -> str:
    return sentences(inspect.getdoc(value) or "")
