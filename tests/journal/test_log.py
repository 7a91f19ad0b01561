import io
import json
from dataclasses import replace
from typing import Any

import pytest

from mockbot.journal.entry import Chunk, Entry
from mockbot.journal.log import json_log, text_log
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
