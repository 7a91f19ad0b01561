"""Masked keys: wherever a client puts one, nothing that is stored or shown contains it."""

import asyncio
import io
import json
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from time import process_time
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mockbot.astrbot.keys import KEY_PATTERN
from mockbot.journal.credentials import COMMON, credentials, mask, mask_headers, mask_query, parts
from mockbot.journal.entry import KEPT, TAIL, Chunk, Entry
from mockbot.journal.har import to_har
from mockbot.journal.key_forms import SHORTEST
from mockbot.journal.log import json_log, text_log
from mockbot.journal.masked_stream import MaskedStream, masked_pieces
from mockbot.journal.query import parse_query
from mockbot.journal.secrets import MAX_FORMS, Secrets
from mockbot.journal.verdict import verdict
from mockbot.journal.verify import verify
from mockbot.journal.view import curl, view
from mockbot.turns import at_once
from mockbot.violation import Violation
from tests.conftest import fixture_of, make_client

KEYS = st.text(string.ascii_letters + string.digits + "_-", min_size=6, max_size=50)
WILD = st.text(st.characters(exclude_categories=("Cs", "Zs", "Cc")), min_size=6, max_size=20).filter(
    lambda key: "*" not in key
)


PLACES = ["path", "query", "name", "header", "message", "username", "files", "carrier", "authorization"]


def request_with(key: str, place: str) -> tuple[str, str, Any, list[tuple[str, str]]]:
    """Return a request with a key at `place`."""
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


def shown(entries: list[Entry]) -> str:
    """Return everything that mockbot shows or saves of a journal, as one text."""
    log = io.StringIO()
    for entry in entries:
        text_log(log)(entry)
        json_log(log)(entry)
    query = parse_query(
        {"where": {"/message": "?", "path": "?", "headers": {"x-api-key": "?"}, "query": {"page": "?"}}}
    )
    found = verdict(entries)
    values: list[Any] = [
        *(view(entry) for entry in entries),
        at_once(to_har(entries)),
        *(verify([entry], query).as_json() for entry in entries),
        found.as_json(),
    ]
    texts = [json.dumps(value, ensure_ascii=False) for value in values]
    return "\n".join([log.getvalue(), found.as_text(), *texts, *(curl(entry, "http://h") for entry in entries)])


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
def test_mask_shows_at_most_four_characters(secret: str, masked: str) -> None:
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


def test_the_names_of_a_document_carry_secrets_too() -> None:
    carriers = COMMON.with_names(["X-Sig", "X-ключ"], ["Sig"])
    headers = [(b"x-sig", b"topsecret1"), (b"X-API-Key", b"topsecret2"), (b"accept", b"topsecret3")]
    assert mask_headers(headers, carriers) == (("x-sig", "tops***"), ("X-API-Key", "tops***"), ("accept", "topsecret3"))
    assert credentials(b"SIG=one&key=two&x=three", headers[:1], carriers) == ("topsecret1", "one", "two")
    assert mask_query(b"SIG=topsecret1&key=topsecret2&x=topsecret3", carriers) == "SIG=tops***&key=tops***&x=topsecret3"
    assert mask_query(b"SIG=topsecret1") == "SIG=topsecret1"


def test_credentials_are_the_secrets_of_a_request() -> None:
    headers = [(b"X-API-Key", b" one "), (b"accept", b"two"), (b"authorization", b"Bearer three")]
    assert credentials(b"key=four&page=five", headers) == ("one", "Bearer three", "four")


def test_a_known_key_is_masked_inside_texts_and_keeps_its_length() -> None:
    secrets = Secrets(["topsecret1", "sixsix"], ["Bearer hiddenkey"])
    assert secrets.text("a topsecret1, topsecret1hiddenkey sixsix") == "a tops******, tops*************** ******"
    assert secrets.data(b"\xfftopsecret1\xff") == b"\xfftops******\xff"
    assert secrets.json({"topsecret1": ["topsecret1", 1, None]}) == {"tops******": ["tops******", 1, None]}


@pytest.mark.parametrize("more", [0, 100])
def test_a_key_with_which_another_begins_leaves_none_of_it(more: int) -> None:
    """However many keys there are: few are one expression, many an index."""
    others = [f"other{number:03}" for number in range(more)]
    for keys in (["topsec", "topsecret1"], ["topsecret1", "topsec"]):
        assert (
            Secrets([*others, *keys]).text("topsecret1 topsec topsecret topsecr")
            == "tops****** ****** ******ret ******r"
        )
        assert Secrets(others, keys).text("<topsecret1>") == "<tops******>"


def test_an_unknown_key_that_matches_the_pattern_is_masked() -> None:
    assert Secrets([], key_pattern=KEY_PATTERN).text("see abk_AbCd-0123_456789!") == "see abk_****************!"


def test_short_keys_are_not_masked_inside_texts() -> None:
    assert Secrets(["chat"]).text("/api/v1/chat") == "/api/v1/chat"


@pytest.mark.parametrize("key", ['quo"ted\\key', "Schlüssel", "ключ-ключ", "a/b+c=d&e"])
def test_a_key_is_found_however_it_is_escaped(key: str) -> None:
    lower = re.sub("%..", lambda found: found[0].lower(), quote(key, safe=""))
    for form in (*plain_forms(key), lower, json.dumps(key, ensure_ascii=False)[1:-1]):
        shown = form[:4] if len(form) > 8 else ""
        assert Secrets([key]).text(f"<{form}>") == f"<{shown}{'*' * (len(form) - len(shown))}>"
    assert Secrets([key]).query(b"x=" + quote(key, safe="").encode()).endswith("***")


def test_a_key_across_the_end_of_a_kept_body() -> None:
    body = b"x" * (KEPT - 8) + b"topsecret1 and on"
    assert Secrets(["topsecret1"]).data(body, KEPT) == b"x" * (KEPT - 8) + b"tops****"


@dataclass(frozen=True)
class Known:
    """Secrets that are known from the beginning."""

    secrets: Secrets


def stream_of(
    secrets: Secrets, data: bytes, sizes: list[int], kept: int = KEPT, *, live: bool = False
) -> tuple[Sequence[Chunk], Chunk | None]:
    """Send data in pieces of those sizes, repeated as often as needed; `live`, read each piece as it is sent."""
    stream = MaskedStream(Known(secrets), kept)
    for size in cycle(sizes or [1]):
        if not data:
            break
        stream.add(0.0, data[:size])
        data = data[size:]
        if live:
            assert stream.chunks
    stream.end()
    return stream.chunks, stream.tail


def pieces_of(data: bytes, chunks: Sequence[Chunk]) -> Iterator[bytes]:
    """Yield what was sent in each of the chunks."""
    for chunk in chunks:
        yield data[: len(chunk.data)]
        data = data[len(chunk.data) :]


@given(KEYS, st.text(), st.lists(st.integers(1, 9)), st.booleans())
def test_a_key_is_masked_across_the_pieces_of_a_stream(key: str, around: str, sizes: list[int], known: bool) -> None:
    data = f"{around}{key}{around}".encode()
    secrets = Secrets([key]) if known else Secrets([], [key])
    chunks, tail = stream_of(secrets, data, sizes)
    sent = [(each.at, piece) for each, piece in zip(chunks, pieces_of(data, chunks), strict=True)]
    assert masked_pieces(secrets, sent) == chunks
    assert [len(chunk.data) for chunk in chunks[:-1]] == [size for size, _ in zip(cycle(sizes or [1]), chunks[:-1])]
    masked = b"".join(chunk.data for chunk in chunks)
    assert (len(masked), tail) == (len(data), None)
    assert key.encode() not in masked
    assert masked == secrets.data(data)
    assert stream_of(secrets, data, sizes, live=True) == (chunks, tail)


@given(st.integers(0, 60), st.lists(st.integers(1, 80)), st.sampled_from([b"topsecret1", b"\xc3\xbc-topsecret"]))
def test_a_key_across_the_ends_of_a_kept_stream(before: int, sizes: list[int], key: bytes) -> None:
    data = b"x" * before + key + b"y" * 2000 + key + b"z" * (before + TAIL - 60)
    secrets = Secrets([key.decode()])
    chunks, tail = stream_of(secrets, data, sizes, kept=64)
    masked = secrets.data(data)
    assert stream_of(secrets, data, sizes, kept=64, live=True) == (chunks, tail)
    assert b"".join(chunk.data for chunk in chunks) == masked[:64]
    assert tail is not None
    assert tail.data == masked[-TAIL:]


@pytest.mark.parametrize("size", [1, 100, 3000])
def test_a_very_long_key_is_masked_in_a_stream(size: int) -> None:
    key = "".join(str(number) for number in range(1500))
    for secrets in (Secrets([key]), Secrets([], [key])):
        chunks, _ = stream_of(secrets, f"<{key}>".encode(), [size])
        assert b"".join(chunk.data for chunk in chunks) == f"<{key[:4]}{'*' * (len(key) - 4)}>".encode()


def plain_forms(word: str) -> set[str]:
    """Return the forms of a word that are searched for, in the simplest way."""
    return {word, word.encode().decode("latin-1"), json.dumps(word)[1:-1], quote(word, safe="")}


def masked_one_by_one(words: list[str], text: str) -> str:
    """Mask a text one form after the other, longest first; `Secrets` must give the same result."""
    longest = [0] * len(text)
    hidden = [False] * len(text)
    forms = {form for word in words for form in plain_forms(word)}
    for form in sorted(forms, key=lambda form: (-len(form), form)):
        at = text.find(form)
        while at >= 0:
            end = at + len(form)
            if all(hidden[at:end]):
                at = text.find(form, at + 1)
                continue
            longest[at] = max(longest[at], len(form))
            hidden[at:end] = [True] * len(form)
            at = text.find(form, end)
    shown = list(text)
    for at, hide in enumerate(hidden):
        if hide:
            first = at
            while first and hidden[first - 1]:
                first -= 1
            shown[at] = text[at] if at - first < 4 and longest[first] > 8 else "*"
    return "".join(shown)


PIECES = st.lists(st.integers(0, 9) | st.text("*a_ ", max_size=5))


@given(st.lists(KEYS | WILD, min_size=1, max_size=5), PIECES, st.integers(0, 5))
@example(["zzzzaaaa", "aaaaaaaa"], [1, 0], 0)
@example(["aaaaaa", "aaaaaaaaaa"], [1, 0, 1], 0)
@example(["abcdefghi", "ghijklmno"], ["abcdefghijklmno"], 0)
@example(["abk_12345678.secret"], [0], 0)
def test_credentials_are_masked_as_by_a_simple_search(words: list[str], pieces: list[int | str], form: int) -> None:
    forms = [sorted(plain_forms(word))[form % len(plain_forms(word))] for word in words]
    text = "".join(forms[piece % len(forms)] if isinstance(piece, int) else piece for piece in pieces)
    if not re.search(r"abk_|[%\\]", text):
        within = {part for word in words for part in parts(word) if len(part) >= SHORTEST}
        assert Secrets([], words).text(text) == masked_one_by_one([*words, *within], text)
    for secrets in (Secrets(words), Secrets([], words), Secrets(words[::2], words[1::2])):
        masked = secrets.text(text)
        assert len(masked) == len(text)
        assert not [key for word in words for key in plain_forms(word) if key in masked]
        assert secrets.texts([text, "", text]) == [masked, "", masked]


def test_a_credential_that_begins_like_a_key_is_masked_completely() -> None:
    assert (
        Secrets([], ["abk_12345678.topsecret"], KEY_PATTERN).text("abk_12345678.topsecret") == "abk_******************"
    )


@given(st.integers(0, 300), st.sampled_from(PLACES), st.integers(0, 299))
@settings(max_examples=30)
def test_no_secret_is_shown_however_many_a_request_carries(number: int, place: str, which: int) -> None:
    words = [f"carried{index:03d}-" for index in range(max(number, which + 1))]
    client = make_client()
    method, target, body, headers = request_with(words[which], place)
    target += ("&" if "?" in target else "?") + "&".join(f"key={word}" for word in words)
    asyncio.run(client.request(method, target, body, headers=headers))
    text = shown(list(client.world.journal))
    assert not [word for word in words if word in text]


def test_with_too_many_credentials_every_longer_text_is_masked() -> None:
    secrets = Secrets([], [f"carried{index}" for index in range(MAX_FORMS + 1)])
    assert secrets.text("short") == "short"
    assert secrets.text("longer") == "******"
    assert secrets.headers([(b"host", b"localhost")]) == (("host", "*********"),)
    assert secrets.query(b"a=b&message=c") == "a=b&*******=c"
    assert secrets.json({"a": ["message", 1]}) == {"a": ["*******", 1]}
    chunks, tail = stream_of(secrets, b"x" * 2000, [3], kept=100)
    assert {chunk.data for chunk in chunks} == {b"***", b"*"}
    assert tail is not None
    assert tail.data == b"*" * TAIL


def cost(work: Callable[[], object]) -> float:
    """Return the CPU seconds of some work, the least of three runs."""
    spent = []
    for _ in range(3):
        begin = process_time()
        work()
        spent.append(process_time() - begin)
    return min(spent)


def many(length: int) -> Callable[[], object]:
    return lambda: masks(b"&".join(b"key=w%06d" % number for number in range(length // 11)))


def few(length: int) -> Callable[[], object]:
    return lambda: masks(b"&".join(b"key=w%06d" % (number % 30) for number in range(length // 11)))


def nested(length: int) -> Callable[[], object]:
    return lambda: masks(b"key=" + b"a" * length + b"".join(b"&key=" + b"a" * size for size in range(6, 130)))


def cookie(length: int) -> Callable[[], object]:
    return lambda: masks(b"", [(b"cookie", b"a" * length + b"b"), (b"x-note", b"a" * length)])


def fields(length: int) -> Callable[[], object]:
    return lambda: masks(b"key=topsecret", [(b"x-%d" % number, b"topsecret") for number in range(length // 16)])


def pieces(length: int) -> Callable[[], object]:
    secrets = Secrets(["abk_0123456789"], ["a" * 8000 + "b"])
    return lambda: stream_of(secrets, b"a" * length, [3])


def body(length: int) -> Callable[[], object]:
    secrets = Secrets([f"{number * 7919:06d}-{number}" for number in range(2000)], ["topsecret"])
    text = "".join(f"{number * 104729 % 1000000:06d}" for number in range(length // 6)).encode()
    return lambda: secrets.data(text)


def masks(query: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    secrets = Secrets(["abk_0123456789"], credentials(query, headers or []))
    secrets.query(query)
    secrets.headers(headers or [])


def many_keys(length: int) -> Callable[[], object]:
    secrets = Secrets([f"abk_{number * 7919:06d}-{number}" for number in range(20_000)], ["topsecret"])
    text = "".join(f"abk_{number * 104729 % 1000000:06d}" for number in range(length // 10)).encode()
    return lambda: secrets.data(text)


def periodic(length: int) -> Callable[[], object]:
    secrets = Secrets([], ["a" * size + "b" for size in range(6, 126)])
    return lambda: stream_of(secrets, b"a" * length, [10])


def escapes(length: int) -> Callable[[], object]:
    secrets = Secrets(["abk_0123456789"], ["topsecret"], KEY_PATTERN)
    return lambda: secrets.data(b"%61\\u0062" * (length // 9))


def long_key(length: int) -> Callable[[], object]:
    secrets = Secrets([], ["topsecret"], KEY_PATTERN)
    return lambda: stream_of(secrets, b"abk_" + b"Q" * length, [10])


@pytest.mark.parametrize(
    "make", [many, few, nested, cookie, fields, pieces, body, many_keys, periodic, escapes, long_key]
)
def test_masking_takes_linear_time(make: Callable[[int], Callable[[], object]]) -> None:
    make(1000)()
    assert cost(make(60_000)) < 25 * max(cost(make(6000)), 0.001)


def test_many_keys_take_little_longer_than_few() -> None:
    text = b"abk_live_ and so on " * 13_000
    few_keys = Secrets([f"abk_live_{number:06d}" for number in range(200)])
    many_keys = Secrets([f"abk_live_{number:06d}" for number in range(20_000)])
    many_keys.data(text)
    assert cost(lambda: many_keys.data(text)) < 5 * max(cost(lambda: few_keys.data(text)), 0.01)


def test_many_credentials_in_a_stream_take_little_longer_than_its_bytes() -> None:
    data = b"a" * 20_000
    periodic = Secrets([], ["a" * size + "b" for size in range(6, 126)])
    in_pieces, at_once = (
        cost(lambda: stream_of(periodic, data, [10])),
        cost(lambda: stream_of(periodic, data, [20_000])),
    )
    assert in_pieces < 10 * max(at_once, 0.01)


@pytest.mark.parametrize("sizes", [[10], [100], [3], [1, 90], [404]])
@pytest.mark.parametrize("escaped", [False, True])
def test_a_key_that_only_the_pattern_knows_is_masked_to_its_end(sizes: list[int], escaped: bool) -> None:
    secrets = Secrets([], [], KEY_PATTERN)
    key = (b"%61bk_" if escaped else b"abk_") + b"Q" * 4000
    data = b"<" + key + b"> and QQQQ"
    chunks, tail = stream_of(secrets, data, sizes)
    assert tail is None
    assert b"".join(chunk.data for chunk in chunks) == b"<" + key[:-4000] + b"*" * 4000 + b"> and QQQQ"
    _, tail = stream_of(secrets, data, sizes, kept=64)
    assert tail is not None
    assert tail.data.strip(b"*") == b"> and QQQQ"


def test_the_end_of_a_key_far_beyond_the_kept_bytes_is_masked() -> None:
    secrets = Secrets([], [], KEY_PATTERN)
    _, tail = stream_of(secrets, b"abk_" + b"Q" * 200_000 + b"!", [200_005], kept=64)
    assert tail is not None
    assert tail.data == b"*" * (TAIL - 1) + b"!"


def test_while_many_credentials_are_searched_for_the_last_pieces_are_masked() -> None:
    stream = MaskedStream(Known(Secrets([], [f"carried{index}" for index in range(20)])))
    stream.add(0.0, b"carried1 and")
    assert [chunk.data for chunk in stream.chunks] == [b"*" * 12]
    stream.end()
    assert [chunk.data for chunk in stream.chunks] == [b"******** and"]


@pytest.mark.anyio
async def test_many_credentials_take_less_than_half_a_second_of_cpu() -> None:
    client = make_client()
    target = "/x?" + "&".join(f"key=w{number:06d}" for number in range(5000))
    begin = process_time()
    await client.request("GET", target)
    assert process_time() - begin < 0.5


@given(st.lists(KEYS | WILD, min_size=1), st.lists(st.integers(0, 9) | st.text("*a_ ", max_size=5)))
@example(["zzzzaaaa", "aaaaaaaa"], [1, 0])
@example(["aaaaaa", "aaaaaaaaaa"], [1, 0, 1])
@example(["0" * 6, "0" * 10, *(f"00000{index:02}" for index in range(64))], [0])
def test_no_masked_text_contains_a_key(keys: list[str], pieces: list[int | str]) -> None:
    text = "".join(keys[piece % len(keys)] if isinstance(piece, int) else piece for piece in pieces)
    masked = Secrets(keys).text(text)
    assert len(masked) == len(text)
    assert not [key for key in keys if key in masked]


def test_violations_are_masked() -> None:
    violation = Violation("request", "query", "/topsecret1", "type", "not topsecret1", ["topsecret1"])
    (masked,) = Secrets(["topsecret1"]).violations([violation])
    assert masked == Violation("request", "query", "/tops******", "type", "not tops******", ["tops******"])


@pytest.mark.anyio
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("contract", ["observe", "enforce"])
@pytest.mark.parametrize("place", PLACES)
async def test_nothing_shown_contains_a_key(place: str, contract: str, known: bool) -> None:
    key = "abk_topsecret0123456789" if known else "hunter2-hunter2"
    client = make_client(fixture_of(keys=[{"key": "abk_topsecret0123456789"}]), contract=contract)
    method, target, body, headers = request_with(key, place)
    await client.request(method, target, body, headers=headers)
    await client.settle()
    text = shown(list(client.world.journal))
    assert "GET" in text or "POST" in text
    assert key not in text


@settings(max_examples=30)
@given(KEYS.map(lambda key: f"sk_{key}"), st.sampled_from(PLACES))
def test_no_known_key_is_shown_wherever_it_is(key: str, place: str) -> None:
    client = make_client(fixture_of(keys=[{"key": key}]))
    method, target, body, headers = request_with(key, place)
    asyncio.run(client.request(method, target, body, headers=headers))
    assert key not in shown(list(client.world.journal))


@pytest.mark.parametrize(
    ("credential", "found"),
    [
        ("Bearer token", ["token"]),
        ("token", ["token"]),
        ("Digest username=\"ada\", response='a=b='", ["ada", "a=b="]),
        ("a=first; b=second", ["first", "second"]),
        ("X=xX", ["xX"]),
        ("dG9rZW4==", ["dG9rZW4=="]),
        ("\"quoted\" 'X'", ["quoted", "X"]),
    ],
)
def test_the_parts_of_a_credential_are_tokens_and_values_without_quotes(credential: str, found: list[str]) -> None:
    assert list(parts(credential)) == found
