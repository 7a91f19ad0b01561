"""Lists: filters, order and pages, as the query asks for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from mockbot.dataclass import dataclass
from mockbot.generic.stateful.schema import plain
from mockbot.jsontext import JSON
from mockbot.turns import Work, chosen
from mockbot.world.rows import Row, Value, text

PAGE = {"page", "pagenumber", "pageno", "pageindex", "currentpage"}
SIZE = {"pagesize", "perpage", "limit", "size", "count", "maxresults", "pagelimit", "top", "first", "take"}
OFFSET = {"offset", "skip", "start", "startindex"}
CURSOR = {"cursor", "after", "startingafter", "pagetoken", "nexttoken", "startcursor", "marker"}
SORT = {"sort", "sortby", "orderby", "ordering"}
ORDER = {"order", "direction", "sortorder", "sortdir", "sortdirection", "orderdirection", "dir"}
SEARCH = {"q", "search", "query"}
"""Usual names of parameters, as `plain` writes them."""
BIG = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and where it is in the list."""

    rows: Sequence[Row]
    total: int
    size: int
    """How many rows a page has at most."""
    offset: int
    number: int
    """The number of the page; the first is `first`."""
    first: int
    cursor: str | None
    """The key of the last row if there are more."""
    turn: tuple[str, str] | None
    """The query parameter that asks for the next page, and its value; None if there is no next page."""

    def facts(self) -> dict[str, JSON]:
        """Return what envelopes say about a page, by the usual names as `plain` writes them."""
        pages = -(-self.total // self.size) if self.size else 0
        more = self.turn is not None
        facts: dict[str, JSON] = dict.fromkeys(
            ("total", "totalcount", "totalitems", "totalresults", "totalelements"), self.total
        )
        facts |= dict.fromkeys(("totalrecords", "count", "recordstotal"), self.total)
        facts |= dict.fromkeys(("page", "pagenumber", "currentpage", "number"), self.number)
        facts |= dict.fromkeys(("pagesize", "perpage", "limit", "size"), min(self.size, max(self.total, 1)))
        facts |= dict.fromkeys(("pages", "totalpages", "pagecount", "lastpage"), max(pages, 1))
        facts |= dict.fromkeys(("hasmore", "hasnext", "hasnextpage", "more"), more)
        facts |= {"offset": self.offset, "skip": self.offset}
        return facts | dict.fromkeys(("nextcursor", "cursor", "nextpagetoken", "nexttoken", "endcursor"), self.cursor)


MOST_WORDS = 20
"""How many texts a list is searched for."""


def matching(
    rows: Iterable[Row], query: Sequence[tuple[str, str]], known: Mapping[str, Any], names: Iterable[str]
) -> Work[list[Row]]:
    """Return the work whose result is the rows that a query asks for.

    A parameter that is named like a property (one of `names`) filters; if it is repeated, or documented as an array
    (in `known`), any of its values will do. The documented parameters `q` and `search` find text in any property.
    """
    properties = {plain(name): name for name in names}
    wanted: dict[str, set[str]] = {}
    words: dict[str, None] = {}
    found = list(rows)
    for name, value in query:
        word = plain(name)
        if name in known and word not in properties and word.removesuffix("s") in properties:
            word = word.removesuffix("s")  # `tags` filters by `tag`
        if name in known and word in SEARCH:
            words[value.lower()] = None
        elif word in properties and not (name in known and word in PAGE | SIZE | OFFSET | CURSOR | SORT | ORDER):
            wanted.setdefault(properties[word], set()).update(_values(value, known.get(name)))
    if words:
        searched = list(words)[:MOST_WORDS]
        found = yield from chosen(lambda row: _contains(row.value, searched), found)
    for name, values in wanted.items():
        found = yield from chosen(partial(_is_wanted, name, values), found)
    return found


def _is_wanted(name: str, values: set[str], row: Row) -> bool:
    return name in row.value and _has(row.value[name], values)


def _contains(value: Value, words: list[str]) -> bool:
    whole = json.dumps(list(value.values()), ensure_ascii=False).lower()
    return all(word in whole for word in words)


def _values(value: str, schema: Any) -> set[str]:
    is_array = isinstance(schema, dict) and "array" in str(schema.get("type"))
    return {value, *value.split(",")} if is_array else {value}


def _has(value: JSON, wanted: set[str]) -> bool:
    if isinstance(value, list):
        return any(_has(each, wanted) for each in value)
    if isinstance(value, dict):
        return any(isinstance(each, str) and each in wanted for each in value.values())
    return text(value) in wanted or (isinstance(value, float) and value.is_integer() and str(int(value)) in wanted)


def ordered(
    rows: list[Row], query: Mapping[str, str], known: Mapping[str, Any], names: Iterable[str]
) -> Work[list[Row]]:
    """Return the work whose result is the rows in the order that documented parameters ask for.

    They ask as `-age`, `age:desc`, `age desc` or `order=desc`.
    """
    properties = {plain(name): name for name in names}
    direction = next((query[name] for name in query if name in known and plain(name) in ORDER), "")
    fields: dict[str, bool] = {}
    for given in [part for name in query if name in known and plain(name) in SORT for part in query[name].split(",")]:
        field = given.strip().lstrip("+-").replace(":", " ").replace("|", " ")
        head, _, tail = field.partition(" ")
        for end in ("_desc", "_asc"):
            if plain(head) not in properties and head.lower().endswith(end):
                head, tail = head[: -len(end)], end[1:]
        if (name := properties.get(plain(head))) is not None:
            down = given.strip().startswith("-") or (tail or direction).strip().lower().startswith("desc")
            fields.setdefault(name, down)  # a second order by the same property decides nothing
    for name, down in reversed(fields.items()):
        rows = yield partial(sorted, rows, key=partial(_rank, name), reverse=down)
    return rows


def _rank(name: str, row: Row) -> tuple[int, float, str]:
    """Return a key for sorting: missing values, numbers and booleans, then text."""
    found = row.value.get(name)
    if found is None:
        return 0, 0.0, ""
    return (1, found, "") if isinstance(found, int | float) else (2, 0.0, text(found))


def _count(written: Any, least: int) -> int | None:
    try:
        return min(int(written), BIG) if int(written) >= least else None
    except (TypeError, ValueError):
        return None


def paged(rows: list[Row], query: Mapping[str, str], known: Mapping[str, Any], key: str, most: int | None) -> Page:
    """Return the page that documented parameters ask for; their defaults are those of the document.

    `most` is how many rows the document allows in a list. A number that no page can have is ignored.
    """

    def number(words: set[str], least: int) -> tuple[str | None, int | None]:
        for name in known:
            if plain(name) in words:
                schema = known[name] if isinstance(known[name], dict) else {}
                given = (_count(each, least) for each in (query.get(name), schema.get("default")))
                return name, next((each for each in given if each is not None), None)
        return None, None

    page_name, page = number(PAGE, 0)
    offset_name, offset = number(OFFSET, 0)
    _, size = number(SIZE, 1)
    cursor_name = next((name for name in known if plain(name) in CURSOR), None)
    page_schema = known.get(page_name or "", {})
    first = 0 if isinstance(page_schema, dict) and 0 in (page_schema.get("default"), page_schema.get("minimum")) else 1
    limits = [each for each in (size, most) if each is not None]
    size = max(min(limits), 1) if limits else (20 if page_name else max(len(rows), 1))
    number_ = first if page is None else max(page, first)
    start = offset if offset is not None else (number_ - first) * size if page_name else 0
    if cursor_name is not None and cursor_name in query:
        after = [text(row.value.get(key)) for row in rows]
        start = after.index(query[cursor_name]) + 1 if query[cursor_name] in after else start
    shown = rows[start : start + size]
    more = start + size < len(rows)
    cursor = text(shown[-1].value.get(key)) if more and shown else None
    turn: tuple[str, str] | None = None
    if more:
        turns = ((cursor_name, cursor), (page_name, str(number_ + 1)), (offset_name, str(start + size)))
        turn = next(((name, value) for name, value in turns if name is not None and value is not None), None)
    return Page(shown, len(rows), size, start, number_, first, cursor, turn)
