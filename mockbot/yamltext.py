"""YAML 1.2 text as JSON values, by the core schema (YAML 1.2.2, section 10.3), on PyYAML's C parser.

Keys are the strings that are written. Beside the core schema, anchors and the merge key `<<` work. A tag that JSON has
no value for is an error, except `!!binary` and `!!timestamp`, whose values remain text.
"""

from __future__ import annotations

import re
from math import inf, isfinite
from typing import Any

import yaml

from mockbot.errors import Malformed
from mockbot.jsontext import JSON

ALIASED = 100_000
"""How many more values than characters a text may have. Only nested aliases exceed this."""
MOST_DIGITS = 4000
"""Digits of an integer. Python does not write longer ones in decimal."""
TAG = "tag:yaml.org,2002:"
STR, SEQ, MAP = (f"{TAG}{name}" for name in ("str", "seq", "map"))
TEXTS = {f"{TAG}{name}" for name in ("str", "binary", "timestamp")} | {"!"}
CORE = {
    "null": re.compile(r"null|Null|NULL|~|"),
    "bool": re.compile(r"true|True|TRUE|false|False|FALSE"),
    "int": re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"),
    "float": re.compile(
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
    ),
}
"""The table of section 10.3.2: what a plain scalar must match to be of a type; the first that fits."""
ANCHOR = re.compile(r"(?<![^\s\[{,:-])&[^\s,\[\]{}]")
"""What a text with an anchor has; without one there are no aliases to count."""
FIRST = frozenset(["", *"-+.0123456789nNtTfF~<"])
"""How a plain scalar begins that may be something other than a string."""


def twice(key: str, first: int, second: int) -> str:
    """Return the sentence about a key that a mapping has twice."""
    return f"the key {key!r} is here twice, in line {first} and in line {second}; keep one of them"


def tag_of(text: str) -> str:
    """Return the tag of a plain scalar by the core schema."""
    if text[:1] in FIRST:
        if text == "<<":
            return f"{TAG}merge"
        for name, pattern in CORE.items():
            if pattern.fullmatch(text):
                return f"{TAG}{name}"
    return STR


class _CoreTags:
    """What PyYAML asks for the tag of a node that has none."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return tag_of(value) if implicit[0] else STR
        return SEQ if kind is yaml.SequenceNode else MAP

    def descend_resolver(self, *_: Any) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


if hasattr(yaml, "CSafeLoader"):
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class _Loader(_CoreTags, CParser):
        def __init__(self, text: str) -> None:
            super().__init__(text.encode("utf-8", "surrogatepass"))
else:  # pragma: no cover  # PyYAML without its C parser is the same, but slower
    from yaml.composer import Composer
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Loader(_CoreTags, Reader, Scanner, Parser, Composer):  # type: ignore[no-redef]
        def __init__(self, text: str) -> None:
            for base in (Scanner, Parser, Composer):
                base.__init__(self)
            Reader.__init__(self, text)


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key, and texts so that `compose` reads them as texts."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def represent_text(self, text: str) -> yaml.Node:
        """Quote texts with characters that cannot be seen, so that they are written as escapes."""
        return self.represent_scalar(f"{TAG}str", text, style=None if text.isprintable() else '"')

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


_Dumper.add_representer(str, _Dumper.represent_text)


def dump(value: JSON, *, compact: bool = False) -> str:
    """Return a value as YAML that `compose` reads as the same value; if `compact`, innermost values take one line."""
    style = None if compact else False
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=style)


def compose(text: str) -> yaml.Node | None:
    """Return the nodes of the only document in `text`; None when it is empty. Raise Malformed."""
    try:
        loader: Any = _Loader(text)
        if not loader.check_node():
            return None
        node: yaml.Node = loader.get_node()
        if loader.check_node():
            line = loader.get_node().start_mark.line + 1
            raise Malformed("a second document begins here; a file has one, so put the other into its own file", line)
    except yaml.MarkedYAMLError as error:
        if "nesting" in str(error.problem) or "nesting" in str(error.context):
            raise Malformed("it is nested too deep") from None
        raise Malformed(_problem(error), error.problem_mark.line + 1 if error.problem_mark else 0) from None
    except yaml.YAMLError as error:
        raise Malformed(" ".join(str(error).split())) from None
    if ANCHOR.search(text) and _size(node, {}) > ALIASED + len(text):
        raise Malformed("its aliases expand to too many values")
    return node


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem)
    if "cannot start any token" in problem and "tab" not in problem:
        return f"{problem} (indent with spaces, not with tabs; quote a text that begins with such a character)"
    return problem


def value_of(node: yaml.Node | None) -> JSON:
    """Return the JSON value of a node; raise Malformed for what JSON does not have."""
    return None if node is None else _value(node)


def _value(node: yaml.Node) -> JSON:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        if node.tag != SEQ:
            raise _unknown_tag(node)
        return [_value(item) for item in node.value]
    if not isinstance(node, yaml.MappingNode) or node.tag != MAP:
        raise _unknown_tag(node)
    return {key: _value(item) for key, item in members(node).items()}


def members(node: yaml.MappingNode) -> dict[str, yaml.Node]:
    """Return the members of a mapping, first those merged by `<<`; raise Malformed for a key that is there twice."""
    own: dict[str, yaml.Node] = {}
    lines: dict[str, int] = {}
    merged: dict[str, yaml.Node] = {}
    for key, item in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Malformed("a key must be a text, not a list or a mapping", line)
        if key.value in lines:
            raise Malformed(twice(key.value, lines[key.value], line), line)
        lines[key.value] = line
        if key.tag == f"{TAG}merge":
            for source in reversed(item.value if isinstance(item, yaml.SequenceNode) else [item]):
                if not isinstance(source, yaml.MappingNode):
                    raise Malformed("`<<` merges a mapping or a list of mappings", line)
                merged |= members(source)
        else:
            own[key.value] = item
    return {**merged, **own}


def _scalar(node: yaml.ScalarNode) -> JSON:
    tag, text = node.tag, node.value
    if tag in TEXTS or tag == f"{TAG}merge":
        return str(text)
    name = tag.removeprefix(TAG)
    pattern = CORE.get("float" if name == "float" and CORE["int"].fullmatch(text) else name)
    if pattern is None:
        raise _unknown_tag(node)
    line = node.start_mark.line + 1
    if not (pattern.fullmatch(text) or (name == "float" and CORE["int"].fullmatch(text))):
        raise Malformed(f"{text!r} is no {name}", line)
    if name == "null":
        return None
    if name == "bool":
        return text[0] in "tT"
    if name == "int":
        if len(text) > MOST_DIGITS:
            raise Malformed("a number has too many digits", line)
        return int(text.lstrip("+"), {"0o": 8, "0x": 16}.get(text[:2], 10))
    number = float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if not isfinite(number):
        raise Malformed(f"{text} is not a number that JSON knows", line)
    return number


def _unknown_tag(node: yaml.Node) -> Malformed:
    return Malformed(f"JSON has nothing for the tag {node.tag!r}; write the value without it", node.start_mark.line + 1)


def line_at(node: yaml.Node, place: str) -> int | None:
    """Return the line of the value at the JSON pointer `place`, counted from 1; None when there is none."""
    for step in place.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, yaml.MappingNode):
            found = members(node).get(key)
        elif isinstance(node, yaml.SequenceNode) and key.isdecimal() and int(key) < len(node.value):
            found = node.value[int(key)]
        else:
            found = None
        if found is None:
            return None
        node = found
    line: int = node.start_mark.line + 1
    return line


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Return the number of nodes after all aliases are expanded."""
    if id(node) not in known:
        known[id(node)] = inf  # an alias inside the node that it names
        items = node.value if isinstance(node, yaml.SequenceNode) else ()
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        known[id(node)] = 1 + sum(_size(each, known) for each in (*items, *(part for pair in pairs for part in pair)))
    return known[id(node)]
