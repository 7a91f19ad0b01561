"""Makes any OpenAPI document usable: bundled, upgraded to 3.1, surveyed, and its problems reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from dataclasses import field
from types import NoneType
from typing import Any, TypeAlias

from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.openapi.bundle import Bundle, bundled
from mockbot.openapi.fetch import Text
from mockbot.openapi.path_parameters import declared
from mockbot.openapi.readable import inlined
from mockbot.openapi.shape import Problem
from mockbot.openapi.survey import survey
from mockbot.openapi.upgrade import upgraded
from mockbot.wording import shown

Check: TypeAlias = "Callable[[dict[str, Any]], Iterable[Problem]]"
MOST_SHOWN = 10
"""Problems that one message lists."""


@dataclass(frozen=True, slots=True)
class Usable:
    """A document that can be served, whatever was wrong in it."""

    text: Text
    bundle: Bundle
    """As its author wrote it; in one document where it is several files."""
    document: dict[str, Any] = field(repr=False)
    """OpenAPI 3.1 with only local references, all of which lead somewhere."""
    warnings: tuple[str, ...]
    """A line for each kind of problem in it: `file:line: pointer: sentence`."""


def usable(text: Text, *, strict: bool = False, check: Check | None = None) -> Usable:
    """Make a document of OpenAPI 3.0, 3.1 or 3.2 usable; `check` finds more problems in it.

    Raise UserError if it cannot be served, and if `strict` for each kind of problem in it.
    """
    try:
        return _usable(text, strict, check)
    except RecursionError:
        raise UserError(f"{text.name}: it is nested too deep") from None


def _usable(text: Text, strict: bool, check: Check | None) -> Usable:
    version = _version(text)
    bundle = bundled(text)
    if version.startswith("3.0"):
        document = upgraded(bundle.document)
    else:
        document = bundle.document if bundle.is_one_file else deepcopy(bundle.document)
    document["openapi"] = "3.1.0"
    for name in ("jsonSchemaDialect", "$self"):
        document.pop(name, None)
    problems = survey(document, dict(bundle.unread))
    _refuse([each for each in problems if each.fatal], bundle)
    inlined(document)
    problems += declared(document)
    if check is not None:
        problems += check(document)
    warnings = tuple(_lines(problems, bundle))
    if strict and warnings:
        raise UserError("\n".join(warnings))
    return Usable(text, bundle, document, warnings)


def _version(text: Text) -> str:
    """Return the version of a document that can be served; raise UserError for any other."""
    document, name = text.value, text.name
    if not isinstance(document, dict):
        raise UserError(f"{name}:1: not an OpenAPI document: it is not an object")
    place = text.source.place("/swagger")
    if "swagger" in document:
        raise UserError(
            f"{place}: not an OpenAPI 3 document: it is Swagger {document['swagger']}; convert it first, for example "
            f"with `npx swagger2openapi {name} -o openapi.json` or in https://editor.swagger.io"
        )
    version = str(document.get("openapi", ""))
    if not version.startswith(("3.0", "3.1", "3.2")):
        given = f"its `openapi` is {version!r}" if version else "it has no `openapi`"
        raise UserError(f"{text.source.place('/openapi')}: not an OpenAPI 3.0, 3.1 or 3.2 document: {given}")
    if not isinstance(document.get("paths", {}), dict | NoneType):
        place = text.source.place("/paths")
        raise UserError(f"{place}: /paths: must be an object with a path as each key, is {shown(document['paths'])}")
    if not any(isinstance(document.get(key), dict) for key in ("paths", "webhooks", "components")):
        raise UserError(f"{name}:1: has no `paths`, no `webhooks` and no `components`: there is nothing to serve")
    return version


def _refuse(problems: list[Problem], bundle: Bundle) -> None:
    if problems:
        lines = [f"{bundle.place(each.at)}: {each.message}" for each in problems[:MOST_SHOWN]]
        if len(problems) > MOST_SHOWN:
            lines.append(f"{bundle.sources[''].name}: there are {len(problems) - MOST_SHOWN} more mistakes")
        raise UserError("\n".join(lines))


def _lines(problems: list[Problem], bundle: Bundle) -> Iterator[str]:
    """Yield a line for each kind of problem, with its first place and how many more there are."""
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.kind, []).append(problem)
    for alike in kinds.values():
        more = f" (and {len(alike) - 1} more of this kind)" if len(alike) > 1 else ""
        yield f"{bundle.place(alike[0].at)}: {alike[0].message}{more}"
