"""Compares the parameters of each path of a document with its template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mockbot.jsontext import escape, follow
from mockbot.openapi.keywords import is_method
from mockbot.openapi.shape import Problem


def declared(document: dict[str, Any]) -> list[Problem]:
    """Return the problems of parameters, and leave out, in place, those that no request can have."""
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
