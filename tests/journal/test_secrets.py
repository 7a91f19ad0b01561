"""Keys never leave: wherever a client puts one, nothing that is kept or shown has it."""

import asyncio
import io
import json
import string
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockbot.journal.entry import KEPT, Chunk, Entry
from mockbot.journal.har import to_har
from mockbot.journal.log import json_log, text_log
from mockbot.journal.query import parse_query
from mockbot.journal.secrets import Secrets, credentials, mask, mask_headers, mask_query
from mockbot.journal.verdict import verdict
from mockbot.journal.verify import verify
from mockbot.journal.view import curl, view
from mockbot.violation import Violation
from tests.conftest import fixture_of, make_client

KEYS = st.text(string.ascii_letters + string.digits + "_-", min_size=6, max_size=50)
WILD = st.text(st.characters(exclude_categories=("Cs", "Zs", "Cc")), min_size=6, max_size=20).filter(
    lambda key: "*" not in key
)


def shown(entries: list[Entry]) -> str:
    """Everything that mockbot shows or saves of a journal, in one text."""
    log = io.StringIO()
    for entry in entries:
        text_log(log)(entry)
        json_log(log)(entry)
    query = parse_query(
        {"where": {"/message": "?", "path": "?", "headers": {"x-api-key": "?"}, "query": {"page": "?"}}}
    )
    judged = verdict(entries)
    values: list[Any] = [
        *(view(entry) for entry in entries),
        to_har(entries),
        *(verify([entry], query).as_json() for entry in entries),
        judged.as_json(),
    ]
    texts = [json.dumps(value, ensure_ascii=False) for value in values]
    return "\n".join([log.getvalue(), judged.as_text(), *texts, *(curl(entry, "http://h") for entry in entries)])


@pytest.mark.parametrize(
    ("secret", "masked"),
    [
        ("abk_0123456789", "abk_***"),
        ("12345678", "***"),
        ("", "***"),
        ("Bearer abk_0123456789", "Bearer abk_***"),
        ("Basic short", "Basic ***"),
    ],
)
def test_what_is_left_of_a_key(secret: str, masked: str) -> None:
    assert mask(secret) == masked


@pytest.mark.parametrize(
    "name", ["X-API-Key", "x-api-key", "AUTHORIZATION", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Auth-Token"]
)
def test_headers_that_carry_secrets(name: str) -> None:
    assert mask_headers([(name.encode(), b"topsecret1"), (b"accept", b"*/*")]) == (
        (name, "tops***"),
        ("accept", "*/*"),
    )


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        (b"page=1&x=%20y", "page=1&x=%20y"),
        (b"api_key=abk_0123456789&page=1", "api_key=abk_***&page=1"),
        (b"key=short", "key=***"),
        (b"%6Bey=short", "key=***"),
        (b"KEY=short&access_token=a", "KEY=***&access_token=***"),
        (b"key=", "key=***"),
        (b"a=\xff", "a=\xff"),
    ],
)
def test_query_parameters_that_carry_secrets(query: bytes, masked: str) -> None:
    assert mask_query(query) == masked


def test_what_a_request_carries() -> None:
    headers = [(b"X-API-Key", b" one "), (b"accept", b"two"), (b"authorization", b"Bearer three")]
    assert credentials(b"key=four&page=five", headers) == ("one", "Bearer three", "four")


def test_a_known_key_is_masked_inside_texts_and_keeps_its_length() -> None:
    secrets = Secrets(["topsecret1", "sixsix"], ["Bearer hiddenkey"])
    assert secrets.text("a topsecret1, topsecret1hiddenkey sixsix") == "a tops******, tops******hidd***** ******"
    assert secrets.data(b"\xfftopsecret1\xff") == b"\xfftops******\xff"
    assert secrets.json({"topsecret1": ["topsecret1", 1, None]}) == {"tops******": ["tops******", 1, None]}


def test_a_key_as_astrbot_makes_them_is_masked_though_nobody_knows_it() -> None:
    assert Secrets([]).text("see abk_AbCd-0123_456789!") == "see abk_****************!"


def test_words_are_no_keys() -> None:
    assert Secrets(["chat"]).text("/api/v1/chat") == "/api/v1/chat"


@pytest.mark.parametrize("key", ['quo"ted\\key', "Schlüssel", "ключ-ключ", "a/b+c=d&e"])
def test_a_key_is_found_however_it_is_escaped(key: str) -> None:
    for form in (key, json.dumps(key)[1:-1], quote(key, safe=""), key.encode().decode("latin-1")):
        shown = form[:4] if len(form) > 8 else ""
        assert Secrets([key]).text(f"<{form}>") == f"<{shown}{'*' * (len(form) - len(shown))}>"
    assert Secrets([key]).query(b"x=" + quote(key, safe="").encode()).endswith("***")


def test_a_key_at_the_edge_of_what_is_kept() -> None:
    body = b"x" * (KEPT - 8) + b"topsecret1 and on"
    assert Secrets(["topsecret1"]).data(body, KEPT) == b"x" * (KEPT - 8) + b"tops****"


@given(KEYS, st.text(), st.lists(st.integers(1, 9)))
def test_a_key_is_masked_across_the_pieces_of_a_stream(key: str, around: str, sizes: list[int]) -> None:
    data = f"{around}{key}{around}".encode()
    chunks: list[Chunk] = []
    while data:
        size = sizes[len(chunks) % len(sizes)] if sizes else 1
        piece, data = data[:size], data[size:]
        chunks.append(Chunk(0, piece))
        Secrets([key]).chunks(chunks)
        assert len(chunks[-1].data) == len(piece)
    assert key.encode() not in b"".join(chunk.data for chunk in chunks)


@given(st.lists(KEYS | WILD, min_size=1), st.lists(st.integers(0, 9) | st.text("*a_ ", max_size=5)))
@example(["zzzzaaaa", "aaaaaaaa"], [1, 0])
@example(["aaaaaa", "aaaaaaaaaa"], [1, 0, 1])
def test_no_text_that_was_masked_has_a_key(keys: list[str], pieces: list[int | str]) -> None:
    text = "".join(keys[piece % len(keys)] if isinstance(piece, int) else piece for piece in pieces)
    masked = Secrets(keys).text(text)
    assert len(masked) == len(text)
    assert not [key for key in keys if key in masked]


def test_what_a_violation_quotes_is_masked() -> None:
    violation = Violation("request", "query", "/topsecret1", "type", "not topsecret1", ["topsecret1"])
    (masked,) = Secrets(["topsecret1"]).violations([violation])
    assert masked == Violation("request", "query", "/tops******", "type", "not tops******", ["tops******"])


PLACES = ["path", "query", "name", "header", "message", "username", "files", "carrier", "authorization"]


def ask(key: str, place: str) -> tuple[str, str, Any, list[tuple[str, str]]]:
    """Return a request with a key where `place` says, beside where it belongs."""
    headers = [("X-API-Key", key)]
    body = {"username": "ada", "message": "hello"}
    match place:
        case "path":
            return "GET", f"/api/v1/{key}/x", b"", headers
        case "query":
            return "GET", f"/api/v1/chat/sessions?username=ada&page={key}", b"", headers
        case "name":
            return "GET", f"/api/v1/chat/sessions?username=ada&{key}=1", b"", headers
        case "carrier":
            return "GET", f"/api/v1/configs?api_key={key}", b"", []
        case "authorization":
            return "GET", "/api/v1/configs", b"", [("Authorization", f"Bearer {key}"), ("Cookie", f"session={key}")]
        case "header":
            return (
                "GET",
                "/api/v1/configs",
                b"",
                [*headers, ("X-Note", f"it is {key}!"), ("Referer", f"http://a/?k={key}")],
            )
        case "files":
            return "POST", "/api/v1/chat", body | {"files": {key: [key]}}, headers
        case _:
            return "POST", "/api/v1/chat", body | {place: f"it is {key}!"}, headers


@pytest.mark.anyio
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("contract", ["observe", "enforce"])
@pytest.mark.parametrize("place", PLACES)
async def test_nothing_shown_has_a_key(place: str, contract: str, known: bool) -> None:
    key = "abk_topsecret0123456789" if known else "hunter2-hunter2"
    client = make_client(fixture_of(keys=[{"key": "abk_topsecret0123456789"}]), contract=contract)
    method, target, body, headers = ask(key, place)
    await client.request(method, target, body, headers=headers)
    await client.settle()
    text = shown(list(client.world.journal))
    assert "GET" in text or "POST" in text
    assert key not in text


@settings(max_examples=30)
@given(KEYS.map(lambda key: f"sk_{key}"), st.sampled_from(PLACES))
def test_no_known_key_is_shown_wherever_it_stands(key: str, place: str) -> None:
    client = make_client(fixture_of(keys=[{"key": key}]))
    method, target, body, headers = ask(key, place)
    asyncio.run(client.request(method, target, body, headers=headers))
    assert key not in shown(list(client.world.journal))
