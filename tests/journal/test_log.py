import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from mockbot.journal.entry import Chunk, Entry
from mockbot.journal.log import MAX_BODY, json_log, text_log
from mockbot.violation import Violation
from mockbot.wording import printable

VIOLATION = Violation("request", "query", "/page", "minimum", "`page` must be at least 1, got 0", 0)


def entry(**fields: Any) -> Entry:
    made = Entry("e1", "w", 0.0, "GET", "/api/v1/chat", "page=0", ())
    for name, value in ({"status": 200, "ended": "complete", "seconds": 0.0125} | fields).items():
        setattr(made, name, value)
    return made


def text(made: Entry) -> str:
    stream = io.StringIO()
    text_log(stream)(made)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "GET /api/v1/chat?page=0 200 0.013 s\n"),
        ({"query": "", "chunks": [Chunk(0, b"")] * 3}, "GET /api/v1/chat 200 3 chunks 0.013 s\n"),
        ({"status": 0, "ended": "client left"}, "GET /api/v1/chat?page=0 - 0.013 s [client left]\n"),
        ({"ended": "cut", "why": "a fault"}, "GET /api/v1/chat?page=0 200 0.013 s [cut: a fault]\n"),
        (
            {"violations": (VIOLATION,), "defects": (VIOLATION,)},
            "GET /api/v1/chat?page=0 200 0.013 s\n"
            "  request breaks the contract: query /page: `page` must be at least 1, got 0\n"
            "  response breaks the contract: query /page: `page` must be at least 1, got 0\n",
        ),
        (
            {"violations": (replace(VIOLATION, at=""),)},
            "GET /api/v1/chat?page=0 200 0.013 s\n"
            "  request breaks the contract: query: `page` must be at least 1, got 0\n",
        ),
        ({"script": "weather"}, "GET /api/v1/chat?page=0 200 0.013 s, script weather\n"),
        ({"faults": ("cut",), "ended": "cut"}, "GET /api/v1/chat?page=0 200 0.013 s, fault cut [cut]\n"),
        (
            {"script": "a\nb", "faults": ("split", "bom")},
            "GET /api/v1/chat?page=0 200 0.013 s, script a\\nb, faults split, bom\n",
        ),
        (
            {"status": 401, "refused": "unknown key abk_***"},
            "GET /api/v1/chat?page=0 401 0.013 s\n  refused: unknown key abk_***\n",
        ),
        ({"path": "/\x1b[2J\n\ud800é"}, "GET /\\x1b[2J\\n\\ud800é?page=0 200 0.013 s\n"),
    ],
)
def test_text_is_a_line_for_each_exchange_and_violation(fields: dict[str, Any], line: str) -> None:
    assert text(entry(**fields)) == line


def test_colour_marks_method_status_script_and_mistakes() -> None:
    made = entry(script="greet\x1b[0m", status=404, refused="no key", violations=(VIOLATION,), defects=(VIOLATION,))
    stream = io.StringIO()
    text_log(stream, colour=True)(made)
    head, refused, violation, defect = stream.getvalue().splitlines()
    assert head == (
        "\x1b[1mGET\x1b[0m /api/v1/chat?page=0 \x1b[33m404\x1b[0m 0.013 s\x1b[36m, script greet\\x1b[0m\x1b[0m"
    )
    assert refused == "\x1b[33m  refused: no key\x1b[0m"
    assert violation.startswith("\x1b[33m  request breaks")
    assert defect.startswith("\x1b[31m  response breaks")
    plain = io.StringIO()
    text_log(plain)(made)
    assert re.sub(r"\x1b\[\d+m", "", stream.getvalue()) == plain.getvalue()


@pytest.mark.parametrize(("status", "style"), [(200, 32), (302, 36), (404, 33), (500, 31), (0, 31)])
def test_each_class_of_status_has_a_colour(status: int, style: int) -> None:
    stream = io.StringIO()
    text_log(stream, colour=True)(entry(status=status))
    assert f"\x1b[{style}m{status or '-'}\x1b[0m" in stream.getvalue()


def with_bodies(**fields: Any) -> list[str]:
    stream = io.StringIO()
    text_log(stream, bodies=True)(entry(**fields))
    return stream.getvalue().splitlines()[1:]


def test_verbose_shows_the_bodies() -> None:
    chunks = [Chunk(0, b'data: {"a": 1}\n\n'), Chunk(1, 'data: "é\x1b[2J"\n\n'.encode())]
    sizes = {"body_size": 9, "response_size": sum(len(chunk.data) for chunk in chunks)}
    assert with_bodies(body=b'{"a": 1}\n', chunks=chunks, **sizes) == [
        '  > {"a": 1}',
        '  < data: {"a": 1}',
        '  < data: "é\\x1b[2J"',
    ]
    assert with_bodies() == []


def test_a_long_body_is_cut_and_what_is_no_text_is_counted() -> None:
    assert with_bodies(body=b"x" * 5000, body_size=5000) == [f"  > {'x' * MAX_BODY}… (5000 bytes)"]
    assert with_bodies(body=b"\xff\x00", body_size=2) == ["  > (2 bytes that are no text)"]
    assert with_bodies(body="é".encode()[:1], body_size=9) == ["  > \ufffd… (9 bytes)"]


def test_json_has_the_bodies_if_they_are_wanted() -> None:
    stream = io.StringIO()
    json_log(stream, bodies=True)(entry(body=b"{}", body_size=2, chunks=[Chunk(0, b"hi")], response_size=2))
    line = json.loads(stream.getvalue())
    assert (line["request_body"], line["response_body"]) == ("{}", "hi")


def test_json_is_one_object_per_line() -> None:
    stream = io.StringIO()
    write = json_log(stream)
    write(entry(violations=(VIOLATION,), why="line\nend \ud800"))
    write(entry())
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first["violations"] == [VIOLATION.as_json()]
    assert first["why"] == "line\nend \ud800"
    assert (second["status"], second["seconds"], second["entry"], second["world"]) == (200, 0.0125, "e1", "w")


def test_printable_escapes_control_characters() -> None:
    assert printable("a\x07\u202eb\u2028") == "a\\x07\\u202eb\\u2028"
