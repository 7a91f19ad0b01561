"""What is read or checked without a large library is read and checked as the library does."""

import random
import string

import pytest
from werkzeug.http import parse_options_header

from mockbot.contract.assertions import FORMATS
from mockbot.contract.compiled.formats import QUICK
from mockbot.contract.media_types import parse_content_type
from tests.fast_paths import examples

PIECES = (
    *(
        "text/plain",
        "application/json",
        "Text/HTML",
        "a/b",
        "charset=utf-8",
        " charset=utf-8",
        ";charset=x-y",
        "charset=",
    ),
    *(";", "; ", " ", "\t", "'", '"', "=", "*", "charset*=utf-8''x", "UTF-8", "\x1c", "é", "boundary=x", ""),
)
TIMES = ("2026-01-05T09:00:00Z", "2024-02-29T23:59:59.123456+00:00", "2026-11-26T18:30:00-00:00")
IDS = ("769d58b7-3aeb-40ed-9608-0915baf2227b", "00000000-0000-0000-0000-000000000000")


def test_a_content_type_is_read_as_werkzeug_reads_it(request: pytest.FixtureRequest) -> None:
    generator = random.Random(12)
    for _ in range(examples(request, 2000)):
        value = "".join(generator.choice(PIECES) for _ in range(generator.randint(0, 5)))
        media_type, parameters = parse_options_header(value)
        assert parse_content_type(value) == (media_type.strip().lower(), parameters), value


@pytest.mark.parametrize(("name", "texts"), [("date-time", TIMES), ("uuid", IDS)])
def test_a_quick_check_has_the_verdict_of_the_check_in_full(
    request: pytest.FixtureRequest, name: str, texts: tuple[str, ...]
) -> None:
    generator, full = random.Random(12), FORMATS.checkers[name][0]
    characters = string.digits + "abTtZz+-:. _é\n"
    for _ in range(examples(request, 2000)):
        text = list(generator.choice(texts))
        for _ in range(generator.randint(0, 2)):
            text[generator.randrange(len(text))] = generator.choice(characters)
        value = "".join(text)
        assert QUICK[name](value) == full(value), value


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("value", ["", "x", b"x", None, 1, [], {}])
def test_a_quick_check_leaves_other_values_to_the_check_in_full(name: str, value: object) -> None:
    assert QUICK[name](value) == FORMATS.checkers[name][0](value)
