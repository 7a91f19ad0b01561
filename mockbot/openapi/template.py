"""Templates of paths (OpenAPI 3.1, 4.8.8): matched segment by segment, in time linear in the path."""

from __future__ import annotations

import re
from dataclasses import field
from functools import lru_cache
from typing import Generic, TypeVar

from mockbot.dataclass import dataclass

PARAMETER = re.compile(r"\{([^{}/]+)\}")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Segment:
    """What is between two slashes: `texts[0] {names[0]} texts[1] ...`."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def is_text(self) -> bool:
        """Return whether it has no parameter."""
        return not self.names

    @property
    def is_parameter(self) -> bool:
        """Return whether it is one parameter and nothing else."""
        return len(self.names) == 1 and self.texts == ("", "")

    def match(self, text: str) -> list[str] | None:
        """Return the values of the parameters, each at least one character; the first ones are as long as possible."""
        first, last = self.texts[0], self.texts[-1]
        start, end = len(first), len(text) - len(last)
        if end - start < len(self.names) or not (text.startswith(first) and text.endswith(last)):
            return None
        values: list[str] = []
        for index in range(len(self.names) - 1, 0, -1):  # from the right, so that no choice is ever taken back
            between = self.texts[index]
            found = text.rfind(between, start + index, end - 1)
            if found < 0:
                return None
            values.append(text[found + len(between) : end])
            end = found
        values.append(text[start:end])
        return values[::-1] if all(values) else None


@lru_cache(maxsize=1024)
def _segment(text: str) -> Segment:
    """Read a segment of a template; most are in many paths of a document."""
    pieces = PARAMETER.split(text)
    return Segment(tuple(pieces[::2]), tuple(pieces[1::2]))


@dataclass(frozen=True, slots=True)
class Template(Generic[Value]):
    """A path of a document and what it leads to."""

    path: str
    segments: tuple[Segment, ...]
    value: Value
    rank: tuple[int, int, int]
    """What is preferred where two templates match: fewer whole segments as parameters, then more text."""

    @classmethod
    def of(cls, path: str, value: Value, after: int = 0) -> Template[Value]:
        """Read the template `path`; of two alike, the one with the smaller `after` is preferred."""
        segments = tuple(map(_segment, path.split("/")))
        text = sum(len(each) for segment in segments for each in segment.texts)
        return cls(path, segments, value, (sum(each.is_parameter for each in segments), -text, after))


@dataclass(slots=True)
class _Node(Generic[Value]):
    here: list[Template[Value]] = field(default_factory=list)
    texts: dict[str, _Node[Value]] = field(default_factory=dict)
    others: list[tuple[Segment, _Node[Value]]] = field(default_factory=list)


class Templates(Generic[Value]):
    """Finds the templates that match a path; a tree of segments, of which a path visits each node at most once."""

    def __init__(self) -> None:
        self._root: _Node[Value] = _Node()

    def add(self, template: Template[Value]) -> None:
        """Add a template."""
        node = self._root
        for segment in template.segments:
            if segment.is_text:
                node = node.texts.setdefault(segment.texts[0], _Node())
                continue
            known = next((each for kind, each in node.others if kind.texts == segment.texts), None)
            if known is None:
                known = _Node()
                node.others.append((segment, known))
            node = known
        node.here.append(template)

    def matching(self, segments: list[str]) -> list[tuple[Template[Value], dict[str, str]]]:
        """Return the templates that match the segments of a path, the preferred one first, with its parameters."""
        found: list[tuple[Template[Value], dict[str, str]]] = []
        nodes: list[tuple[_Node[Value], tuple[str, ...]]] = [(self._root, ())]
        for text in segments:
            following = [(known, values) for node, values in nodes if (known := node.texts.get(text)) is not None]
            for node, values in nodes:
                for segment, known in node.others:
                    more = segment.match(text)
                    if more is not None:
                        following.append((known, (*values, *more)))
            nodes = following
        for node, values in nodes:
            for template in node.here:
                names = [name for segment in template.segments for name in segment.names]
                found.append((template, dict(zip(names, values, strict=True))))
        return sorted(found, key=lambda each: each[0].rank)
