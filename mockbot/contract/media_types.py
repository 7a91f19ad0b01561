"""Bodies read strictly: JSON (RFC 8259), multipart/form-data (RFC 7578), event streams, and odd media types.

Everything here raises ValueError, with a reason that people understand, where a body cannot be read. Werkzeug is loaded
for the first form, cookie, or Content-Type with other parameters than a charset.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Mapping
from dataclasses import field
from encodings import normalize_encoding
from encodings.aliases import aliases
from functools import lru_cache
from typing import NoReturn

from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.wording import shown

SHORT = 100
"""Characters of a Content-Type that is kept with its parts: the same few come again and again."""
CHARSET = re.compile(r" ?charset=([A-Za-z0-9-]+)")
"""What may follow the media type in a Content-Type that is read without Werkzeug, and as Werkzeug does."""
INTEGER = re.compile(r"[+-]?[0-9]+")
LONGEST_READ = 4096
"""Characters of a Content-Type whose parameters are read, because that takes more than linear time."""
MOST_PARTS = 1000
"""How many parts a form may have."""
LONGEST_HEAD = 8 * 1024
"""Bytes that the headers of a part may have."""


@dataclass(frozen=True, slots=True)
class BodyPart:
    """One part of a multipart/form-data body."""

    name: str
    """The field's name."""
    filename: str | None
    """As sent, `filename*` (RFC 5987) decoded and preferred; None for a field that is no file."""
    content_type: str
    """The part's own Content-Type as sent, or the empty string."""
    data: bytes
    """The part's content."""
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """All headers of the part, the first of a name, by names in lower case."""


def read_json(body: bytes) -> JSON:
    """Read a JSON text: UTF-8 without a byte order mark, no NaN or Infinity, nesting within reason."""
    try:
        value: JSON = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except json.JSONDecodeError as error:
        if body.startswith(BOM_UTF8):
            raise ValueError("it begins with a byte order mark") from None
        raise ValueError(f"{error.msg.lower()} in line {error.lineno}, column {error.colno}") from None
    except ValueError as error:
        raise ValueError("a number has too many digits" if "digits" in str(error) else str(error)) from None
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def strict_integer(text: str) -> int:
    """Return the integer that `text` is in decimal digits; raise ValueError if it is none."""
    if INTEGER.fullmatch(text) is None:
        raise ValueError(text)
    return int(text)


class FormTooLarge(ValueError):
    """A form has more parts, or longer headers, than this server reads."""

    @classmethod
    def parts(cls) -> FormTooLarge:
        """Return the error for a form with more than MOST_PARTS parts."""
        return cls(f"it has more than {MOST_PARTS} parts")

    @classmethod
    def head(cls) -> FormTooLarge:
        """Return the error for a part whose headers have more than LONGEST_HEAD bytes."""
        return cls(f"the headers of a part have more than {LONGEST_HEAD} bytes")


CHARSETS = {
    *("ascii", "utf_8", "utf_16", "utf_16_le", "utf_16_be", "latin_1", "iso8859_15", "cp1252", "cp1251", "koi8_r"),
    *("shift_jis", "cp932", "euc_jp", "euc_kr", "gb2312", "gbk", "gb18030", "big5"),
}
"""Python's codecs for the charsets that text may have; some of its others take more than linear time."""


def read_text(body: bytes, charset: str = "") -> str:
    """Read text, such as a whole event stream, in the charset of its Content-Type, or else in UTF-8."""
    name = normalize_encoding(charset or "utf-8").lower()
    codec = aliases.get(name, name)
    if codec not in CHARSETS:
        raise ValueError(f"the charset {shown(charset)} is not known; send UTF-8")
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not {charset.upper() or 'UTF-8'}") from None


def most_specific(documented: Iterable[str], content_type: str) -> str | None:
    """Return the documented media type that fits a Content-Type best; None if none does.

    A documented range (`text/*`, `application/*+json`) comes after the type itself. A parameter with another value
    does not fit, one that is not sent fits less well; `charset` does not matter.
    """
    sent, parameters = parse_content_type(content_type)
    best: tuple[tuple[int, ...], str] | None = None
    for each in documented:
        name, wanted = parse_content_type(each)
        wanted.pop("charset", None)
        if covers(name, sent) and all(parameters.get(key, value) == value for key, value in wanted.items()):
            same = sum(key in parameters for key in wanted)
            rank = (*_narrowness(name), same, same - len(wanted))
            best = max(best or (rank, each), (rank, each), key=lambda found: found[0])
    return best and best[1]


def covers(documented: str, media_type: str) -> bool:
    """Return whether a media type or range of a document, in lower case, covers a media type."""
    first, star, last = ("", "*", "") if documented == "*/*" else documented.partition("*")
    if not star:
        return documented == media_type
    long_enough = len(media_type) > len(first) + len(last)
    return long_enough and media_type.startswith(first) and media_type.endswith(last)


def _narrowness(name: str) -> tuple[int, int]:
    return ("*" not in name, len(name.replace("*", "")))


def parse_cookies(value: str) -> dict[str, str]:
    """Return the cookies of a Cookie header, the last of a name."""
    return dict(read_cookies(value))


def read_cookies(value: str) -> list[tuple[str, str]]:
    """Return the names and values of a Cookie header; linear, which the standard library's reader is not."""
    from werkzeug.sansio.http import parse_cookie

    return list(parse_cookie(value).items(multi=True))


def is_json(media_type: str) -> bool:
    """Return whether bodies of a media type, in lower case, are JSON."""
    return media_type in ("application/json", "text/json") or media_type.endswith("+json")


def parse_content_type(value: str) -> tuple[str, dict[str, str]]:
    """Split a Content-Type into the media type in lower case and its parameters; broken parameters are left out.

    The parameters of one with more than LONGEST_READ characters are left out, too.
    """
    media_type, parameters = _parse_short(value) if len(value) <= SHORT else _parse(value)
    return media_type, dict(parameters)


def _parse(value: str) -> tuple[str, Mapping[str, str]]:
    media_type, semicolon, rest = value.partition(";")
    if not semicolon or len(value) > LONGEST_READ:
        return media_type.strip().lower(), {}
    if (charset := CHARSET.fullmatch(rest)) is not None and media_type.strip(" \t"):
        return media_type.strip().lower(), {"charset": charset[1]}
    from werkzeug.http import parse_options_header

    media_type, parameters = parse_options_header(value)
    return media_type.strip().lower(), parameters


_parse_short = lru_cache(maxsize=256)(_parse)
