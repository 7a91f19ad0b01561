"""JSON with other texts: odd characters, odd forms of a date-time, large texts."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal

from starlette.types import Message

from mockbot.dataclass import dataclass
from mockbot.fault.catalogue.shape import NAMES_A_THING, Shape
from mockbot.fault.fault import Expects, Kind, Range
from mockbot.fault.rewriting import rewritten
from mockbot.fault.spans import Value

DATE_TIME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)[Tt ](?P<time>\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?"
    r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))?",
    re.ASCII,
)
MOST = 8 * 1024 * 1024
"""Bytes of the texts that `large` makes in one response, and characters of JSON that it changes."""
FORMS = {
    "separators": "\u2028\u2029\u0085\\u000b\\f\\u001c",
    "framing": "data: x\\n\\nid: 1\\n\\n",
    "emoji": "\U0001f44d\U0001f3fd \U0001f469\u200d\U0001f469\u200d\U0001f467 \u00e9e\u0301",
    "controls": "".join(f"\\u{code:04x}" for code in range(32)) + "\u007f",
}
"""What the fault `text` appends, in its JSON form."""


@dataclass(frozen=True, slots=True)
class _Appended(Shape):
    """A text that is longer; without `at`, the first text that names neither a kind, such as `type`, nor an id."""

    def _fits(self, value: Value) -> bool:
        return value.kind == "string"

    def _first_fits(self, value: Value) -> bool:
        return Shape._first_fits(self, value) and not NAMES_A_THING.fullmatch(value.name)

    def _new(self, value: Value) -> str:
        return f'{value.text[:-1]}{self._more(value)}"'

    @abstractmethod
    def _more(self, value: Value) -> str:
        """Return what to append to a text, in the form of JSON."""


@dataclass(frozen=True, slots=True)
class Surrogate(_Appended):
    r"""A text ends with half of a surrogate pair, as the escape \ud83d."""

    name: ClassVar[str] = "surrogate"
    rule: ClassVar[str] = "RFC 8259 section 8.2: the grammar allows a lone surrogate, but readers differ"

    @property
    def expects(self) -> Expects:
        """Return `either`, because RFC 8259 allows readers to fail."""
        return "either"

    def _more(self, _: Value) -> str:
        return "\\ud83d"


@dataclass(frozen=True, slots=True)
class Text(_Appended):
    """A text ends with characters that careless readers change, cut at or take for framing."""

    name: ClassVar[str] = "text"
    rule: ClassVar[str] = (
        "RFC 8259 section 7: all but quotation mark, backslash and U+0000 to U+001F may be unescaped; "
        "WHATWG HTML 9.2.5: lines of a stream end at CR, LF or CRLF only"
    )
    what: Annotated[
        Literal["separators", "framing", "emoji", "controls"],
        "`separators`: raw U+2028, U+2029 and U+0085, escaped VT, FF and FS; `framing`: lines like those of a stream; "
        "`emoji`: characters of several code points; `controls`: escaped U+0000 to U+001F, raw DEL.",
    ] = "separators"

    def _more(self, _: Value) -> str:
        return FORMS[self.what]


@dataclass(frozen=True, slots=True)
class Large(_Appended):
    """A text is large, or the first texts at `at`, up to 8 MiB; in a stream, one in the first event with a place."""

    name: ClassVar[str] = "large"
    rule: ClassVar[str] = "WHATWG HTML 9.2.6 and RFC 8259 set no limit to the size of an event or a text"
    bytes: Annotated[int, Range(1, MOST), "Bytes that the text has at least."] = 65_537

    def __call__(self, messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
        """Pass on all messages, with one text changed."""
        done: list[bool] = []

        def once(text: str) -> str:
            new = text if done else self._changed(text)
            if new != text:
                done.append(True)
            return new

        return rewritten(messages, once)

    def _changed(self, text: str) -> str:
        return text if len(text) >= MOST else Shape._changed(self, text)

    def _places(self, found: Sequence[Value]) -> list[Value]:
        return Shape._places(self, found)[: MOST // self.bytes]

    def _more(self, value: Value) -> str:
        return "x" * max(self.bytes - len(value.text.encode()) + 2, 0)


@dataclass(frozen=True, slots=True)
class DateTime(Shape):
    """A date-time has a rare form; without `at`, the first date-time."""

    name: ClassVar[str] = "datetime"
    rule: ClassVar[str] = "RFC 3339 section 5.6: any number of fractional digits, small letters; a zone with a colon"
    form: Annotated[
        Literal["nanoseconds", "lower_z", "no_colon", "no_zone"],
        "`nanoseconds`: nine fractional digits; `lower_z`: in UTC, with a small z; `no_colon`: +0000; "
        "`no_zone`: without an offset.",
    ] = "nanoseconds"

    @property
    def kind(self) -> Kind:
        """Return `legal` for the forms of RFC 3339, else `violation`."""
        return "legal" if self.form in ("nanoseconds", "lower_z") else "violation"

    @property
    def expects(self) -> Expects:
        """Return `same`, or `either` for a form that a lenient client may accept."""
        return "same" if self.kind == "legal" else "either"

    def _fits(self, value: Value) -> bool:
        return value.kind == "string" and DATE_TIME.fullmatch(value.source, value.start + 1, value.end - 1) is not None

    def _new(self, value: Value) -> str:
        return f'"{self._formed(value)}"'

    def _formed(self, value: Value) -> str:
        found = DATE_TIME.fullmatch(value.source, value.start + 1, value.end - 1)
        assert found is not None
        date, time, fraction = found["date"], found["time"], found["fraction"] or ""
        shown = f".{fraction}" if fraction else ""
        sign, hours, minutes = found["sign"] or "+", found["hours"] or "00", found["minutes"] or "00"
        match self.form:
            case "nanoseconds":
                return f"{date}T{time}.{(fraction + '123456789'[len(fraction) :])[:9]}{found['zone'] or 'Z'}"
            case "no_colon":
                return f"{date}T{time}{shown}{sign}{hours}{minutes}"
            case "no_zone":
                return f"{date}T{time}{shown}"
            case "lower_z":
                return f"{_in_utc(date, time, timedelta(hours=int(sign + hours), minutes=int(sign + minutes)))}{shown}z"


def _in_utc(date: str, time: str, offset: timedelta) -> str:
    """Return a date-time in UTC; one that does not exist in the calendar stays unchanged."""
    try:
        return (datetime.fromisoformat(f"{date}T{time}") - offset).isoformat()
    except (ValueError, OverflowError):
        return f"{date}T{time}"
