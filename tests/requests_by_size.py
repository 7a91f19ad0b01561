"""Requests whose sizes grow, one kind for each way to make a layer work: what they cost is tested elsewhere."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Headers = list[tuple[str, str]]
CHAT, MESSAGE, FILE, BOTS = "/api/v1/chat", "/api/v1/im/message", "/api/v1/file", "/api/v1/im/bots"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


@dataclass(frozen=True)
class Sized:
    """A request of about `size` bytes."""

    target: str
    headers: Headers
    body: bytes = b""

    @property
    def method(self) -> str:
        return "POST" if self.body else "GET"

    @property
    def all_headers(self) -> Headers:
        return [*self.headers, ("Content-Length", str(len(self.body)))] if self.body else self.headers


KEY = ("X-API-Key", "abk_demo")
Make = Callable[[int], Sized]


def head(name: str, piece: str) -> Make:
    """Return a request with one header that is a piece of text again and again."""
    return lambda size: Sized(BOTS, [KEY, (name, piece * (size // len(piece)))])


def headers(name: str, value: str) -> Make:
    """Return a request with many headers; `{n}` in a name or value is the number of the header."""

    def make(size: int) -> Sized:
        many = size // (len(name) + len(value) + 4)
        return Sized(BOTS, [KEY, *((name.format(n=n), value.format(n=n)) for n in range(many))])

    return make


def path(piece: str, begin: str = "/api/v1/") -> Make:
    return lambda size: Sized(begin + piece * (size // len(piece)), [KEY])


def query(piece: str, target: str = BOTS) -> Make:
    return lambda size: Sized(f"{target}?" + "".join(piece.format(n=n) for n in range(size // len(piece))), [KEY])


def body(target: str, media_type: str, begin: str, piece: str, end: str, *, key: bool = True) -> Make:
    """Return a request whose body is a piece again and again, between a beginning and an end."""

    def make(size: int) -> Sized:
        many = size // len(piece)
        middle = "".join(piece.replace("#", str(n)) for n in range(many)) if "#" in piece else piece * many
        sent = (begin + middle + end).encode()
        return Sized(target, [*([KEY] if key else []), ("Content-Type", media_type)], sent)

    return make


def value(target: str, of: Callable[[int], Any]) -> Make:
    return lambda size: Sized(target, [KEY, ("Content-Type", JSON)], json.dumps(of(size)).encode())


DISPOSITION = 'Content-Disposition: form-data; name="file"; filename="a.txt"'
BEGIN, END = f"--x\r\n{DISPOSITION}\r\n\r\n", "\r\n--x--\r\n"
SAYS = '{"username": "a", "session_id": "s", "message": "'

HEADS: dict[str, Make] = {
    "many headers": headers("x-a{n}", "abk_demo{n}"),
    "the same header again": headers("x-a", "b"),
    "many keys": headers("x-api-key", "abk_demo_{n}"),
    "many cookies": head("Cookie", "a=abk_demo; "),
    "cookies without values": head("Cookie", ";=;"),
    "a cookie of quotes": head("Cookie", '"\\'),
    "parameters of Content-Type": head("Content-Type", 'a/b;a="b";'),
    "quotes in Content-Type": head("Content-Type", 'a/b;a="\\'),
    "continued parameters of Content-Type": head("Content-Type", "a;a*0*=%e2;"),
    "Accept": head("Accept", "text/a;q=0.5,"),
    "parameters of Accept": head("Accept", 'a/b;a="'),
    "blanks in Accept": head("Accept", " ;"),
    "Accept-Encoding": head("Accept-Encoding", "gzip;q=0,"),
    "Prefer": head("Prefer", "fault=delay;seconds=0,"),
    "parameters of a preference": head("Prefer", "fault=status;a=1;"),
    "unknown faults": head("Prefer", "fault=a,"),
    "commas in Prefer": head("Prefer", ","),
    "unknown preferences": head("Prefer", 'a="\\"";b=c,'),
    "blanks in Prefer": head("Prefer", " \t"),
    "quotes in Prefer": head("Prefer", 'a="'),
    "Authorization": head("Authorization", "Bearer "),
    "forwarding": head("X-Forwarded-For", "1.1.1.1,"),
    "a header that masks": head("X-A", "abk_demoabk_"),
    "escapes in a header": head("X-A", "%61%62k\\u0061"),
    "Range": head("Range", "bytes=0-1,"),
    "Origin": head("Origin", "http://a."),
    "slashes": path("/", "/"),
    "dots": path("../"),
    "escapes in a path": path("%2e"),
    "a long path": path("a"),
    "worlds": path("/w/a"),
    "a query": query("a{n}=b&"),
    "a parameter again": query("page=1&", "/api/v1/chat/sessions"),
    "brackets in a query": query("a[", "/api/v1/chat/sessions"),
    "brackets of many parameters": query("page[a{n}]=b&", "/api/v1/chat/sessions"),
    "escapes in a query": query("%25%32%35"),
    "keys in a query": query("key=abk_demo{n}&"),
    "ampersands": query("&"),
    "digits": query("1", "/api/v1/chat/sessions?page=1&page_size="),
}  # fmt: skip
BODIES: dict[str, Make] = {
    "a text": body(CHAT, JSON, SAYS, "a", '"}'),
    "words": body(CHAT, JSON, SAYS, "w ", '"}'),
    "blanks": body(CHAT, JSON, SAYS + "a", " ", 'b"}'),
    "wide characters": body(CHAT, JSON, SAYS, "\\u4f60", '"}'),
    "escaped quotes": body(CHAT, JSON, SAYS, '\\"', '"}'),
    "backslashes": body(CHAT, JSON, SAYS, "\\\\", '"}'),
    "escapes of escapes": body(CHAT, JSON, SAYS, "\\\\u0025\\\\u0032", '"}'),
    "keys in a text": body(CHAT, JSON, SAYS, "abk_demo#abk_x ", '"}'),
    "beginnings of a key": body(CHAT, JSON, SAYS, "abk_", '"}'),
    "beginnings of thoughts": body(CHAT, JSON, SAYS, "<think>", '"}'),
    "braces": body(CHAT, JSON, SAYS, "{message}", '"}'),
    "slashes in a message": body(CHAT, JSON, SAYS, "/", '"}'),
    "lines": body(CHAT, JSON, SAYS, "\\n", '"}'),
    "a user name": body(CHAT, JSON, '{"message": "hi", "username": "', "a ", '"}'),
    "a session": body(CHAT, JSON, '{"message": "hi", "username": "a", "session_id": "', "a!:", '"}'),
    "text that ends early": body(CHAT, JSON, SAYS, 'a\\"', ""),
    "blanks around JSON": body(CHAT, JSON, SAYS + 'hi"}', " \n", ""),
    "digits in JSON": body(CHAT, JSON, '{"username": 1', "1", "}"),
    "a list": body(MESSAGE, JSON, "[", "1,", "1]"),
    "a list without a key": body(MESSAGE, JSON, "[", "1,", "1]", key=False),
    "brackets": body(MESSAGE, JSON, "", "[", ""),
    "lists in lists": body(MESSAGE, JSON, "[", "[],", "1]"),
    "names": body(MESSAGE, JSON, "{", '"k#":#,', '"a":1}'),
    "the same name again": body(MESSAGE, JSON, "{", '"umo":1,', '"a":1}'),
    "parts of a message": value(MESSAGE, lambda n: {"umo": "webchat:FriendMessage:b", "message": parts(n)}),
    "parts of a chat": value(CHAT, lambda n: {"username": "a", "message": parts(n)}),
    "wrong parts": value(MESSAGE, lambda n: {"umo": "a:FriendMessage:b", "message": [{"type": 7}] * (n // 12)}),
    "no JSON": body(MESSAGE, JSON, "", "a", ""),
    "fields": body(CHAT, FORM, "", "a#=b&", "a=1"),
    "escapes in a form": body(CHAT, FORM, "a=", "%25", ""),
    "brackets in a form": body(CHAT, FORM, "a", "[b]", "=1"),
    "parts": body(FILE, MULTIPART, "", '--x\r\nContent-Disposition: form-data; name="a#"\r\n\r\n\r\n', "--x--\r\n"),
    "headers of a part": body(FILE, MULTIPART, f"--x\r\n{DISPOSITION}\r\n", "a:b\r\n", "\r\na\r\n--x--\r\n"),
    "a long header of a part": body(FILE, MULTIPART, f"--x\r\n{DISPOSITION}\r\nx-a: ", "a", "\r\n\r\na\r\n--x--\r\n"),
    "a continued header of a part": body(FILE, MULTIPART, f"--x\r\n{DISPOSITION}", "\r\n a", "\r\n\r\na\r\n--x--\r\n"),
    "parameters of a part": body(FILE, MULTIPART, f"--x\r\n{DISPOSITION}", ';a="b"', "\r\n\r\na\r\n--x--\r\n"),
    "a file of lines": body(FILE, MULTIPART, BEGIN, "\r\n", END),
    "a file of zeros": body(FILE, MULTIPART, BEGIN, "\0", END),
    "a file of boundaries": body(FILE, MULTIPART, BEGIN, "\r\n--xy", END),
    "a file of returns": body(FILE, MULTIPART, BEGIN, "\r", END),
    "a file of dashes": body(FILE, MULTIPART, BEGIN, "-", END),
    "lines before a form": body(FILE, MULTIPART, "", "\r\n", BEGIN + END),
    "lines after a form": body(FILE, MULTIPART, BEGIN + END, "\r\n--x--", ""),
    "a form without an end": body(FILE, MULTIPART, BEGIN, "\n", ""),
    "a body where none belongs": body(BOTS, JSON, "[", "1,", "1]"),
    "a body without a path": body("/api/v1/no", JSON, "[", "1,", "1]"),
    "an unknown media type": body(CHAT, "application/xml", "", "<a>", ""),
}  # fmt: skip


def parts(size: int) -> list[Any]:
    return [{"type": "plain", "text": "x y "}] * (size // 36)
