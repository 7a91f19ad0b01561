"""References to `$id`, `$anchor` and `$dynamicAnchor` (JSON Schema 2020-12, section 8.2), made JSON pointers."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote, urldefrag, urljoin

from mockbot.jsontext import escape, find
from mockbot.openapi.keywords import NAMED, is_data

DEFINITIONS = ("#/$defs/", "#/definitions/")
ANCHORS = ("$anchor", "$dynamicAnchor")


def without_identifiers(document: Any, text: bytes, address: str = "") -> Any:
    """Return a document, whose text is `text`, with each reference to an identifier replaced by one to its place.

    A local reference that its `$id` does not explain is left unchanged: it is meant for the whole document, as in
    documents that are put together from several. `$dynamicRef` becomes a `$ref` to the first such anchor. `address` is
    the document's own URI.
    """
    if not any(word in text for word in (b"$id", b"$anchor", b"$dynamic", b"$self")):
        return document
    known = _Known(document, address)
    known.collect(document, "", address, False)
    return known.replaced(document, address, False)


def with_near_definitions(document: Any, text: bytes) -> Any:
    """Return a document in which `#/$defs/A` means the nearest schema around it that has it, if the document has none.

    Whole JSON Schemas that were put into a document refer to their own definitions so.
    """
    if not any(start.encode() in text for start in DEFINITIONS):
        return document
    return _near(document, document, "", (), False)


def _near(document: Any, node: Any, at: str, owners: tuple[tuple[str, Any], ...], named: bool) -> Any:
    if isinstance(node, list):
        return [_near(document, item, f"{at}/{index}", owners, False) for index, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    if not named and at and ("$defs" in node or "definitions" in node):
        owners = ((at, node), *owners)
    result = {
        key: item
        if not named and is_data(key, item) and key != "mapping"
        else _near(document, item, f"{at}/{escape(key)}", owners, not named and key in NAMED)
        for key, item in node.items()
    }
    for key, item in result.items():
        if isinstance(item, str) and item.startswith(DEFINITIONS) and (key == "$ref" or at.endswith("/mapping")):
            result[key] = _nearest(document, item, owners)
    return result


def _nearest(document: Any, reference: str, owners: tuple[tuple[str, Any], ...]) -> str:
    place = unquote(reference[1:])
    if owners and not _leads_somewhere(document, place):
        for at, owner in owners:
            if _leads_somewhere(owner, place):
                return f"#{quote(at, safe='/~$')}{reference[1:]}"
    return reference


def anchors(document: Any, text: bytes) -> dict[str, str]:
    """Return the JSON pointers of the anchors in a document, whose text is `text`, by their names."""
    if not any(name.encode() in text for name in ANCHORS):
        return {}
    known = _Known(document, "")
    known.collect(document, "", "", False)
    return known.anchors


class _Known:
    def __init__(self, document: Any, address: str) -> None:
        self._document = document
        self._places = {address: ""}
        """The JSON pointer of each identifier, absolute and with its fragment."""
        self.anchors: dict[str, str] = {}
        """The JSON pointer of the first anchor of each name."""

    def collect(self, node: Any, at: str, base: str, named: bool) -> None:
        """Note the identifiers in `node`, which is at the pointer `at` in the resource `base`."""
        if isinstance(node, list):
            for index, item in enumerate(node):
                self.collect(item, f"{at}/{index}", base, False)
            return
        if not isinstance(node, dict):
            return
        if not named:
            base = self._base(node, base)
            if isinstance(node.get("$id"), str):
                self._places.setdefault(base, at)
            for name in ANCHORS:
                if isinstance(node.get(name), str):
                    self._places.setdefault(f"{base}#{node[name]}", at)
                    self.anchors.setdefault(node[name], at)
        for key, item in node.items():
            if named or not is_data(key, item):
                self.collect(item, f"{at}/{escape(key)}", base, not named and key in NAMED)

    def replaced(self, node: Any, base: str, named: bool) -> Any:
        """Return a copy of `node` with the references in it replaced."""
        if isinstance(node, list):
            return [self.replaced(item, base, False) for item in node]
        if not isinstance(node, dict):
            return node
        if not named:
            base = self._base(node, base)
        result = {
            name: item if not named and is_data(name, item) else self.replaced(item, base, not named and name in NAMED)
            for name, item in node.items()
            if named or name not in ("$id", *ANCHORS) or not isinstance(item, str)
        }
        if not named:
            for name in ("$ref", "$dynamicRef"):
                if isinstance(result.get(name), str):
                    result["$ref"] = self._reference(result.pop(name), base)
        return result

    def _base(self, node: dict[str, Any], base: str) -> str:
        identifier = node.get("$id")
        return urldefrag(urljoin(base, identifier)).url if isinstance(identifier, str) else base

    def _reference(self, reference: str, base: str) -> str:
        url, fragment = urldefrag(urljoin(base, reference) if base else reference)
        if fragment and not fragment.startswith("/"):
            place = self._places.get(f"{url}#{fragment}")
            if place is None and reference.startswith("#"):
                place = self.anchors.get(fragment)
            return reference if place is None else f"#{quote(place, safe='/~$')}"
        if self._places.get(url):
            whole = f"{self._places[url]}{unquote(fragment)}"
            if _leads_somewhere(self._document, whole):
                return f"#{quote(whole, safe='/~$')}"
        return f"#{fragment}" if url == base or url in self._places else reference


def _leads_somewhere(document: Any, place: str) -> bool:
    try:
        find(document, place)
    except (LookupError, ValueError):
        return False
    return True
