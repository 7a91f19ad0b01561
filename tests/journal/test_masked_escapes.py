"""Masked keys however a client writes them: escaped, inside a credential, or where a document says that keys are."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mockbot.journal.credentials import credentials
from mockbot.journal.entry import Entry
from mockbot.journal.query import parse_query
from mockbot.journal.secrets import Secrets
from mockbot.journal.verify import verify
from tests.conftest import fixture_of, make_client
from tests.journal.test_secrets import shown

KEY = "abk_demo secret"


def percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def unicode(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in text)


WRITTEN = {
    "in JSON": f'"{unicode(KEY)}"',
    "in JSON, one character": f'"\\u0061{KEY[1:]}"',
    "in JSON in JSON": json.dumps(f'"{unicode(KEY)}"'),
    "in a form": percent(KEY),
    "in a form, one character": f"%61{quote(KEY[1:])}",
    "in a form, with a plus": f"%61{KEY[1:].replace(' ', '+')}",
    "in a form, twice": quote(percent(KEY), safe=""),
    "in a form, three times": quote(quote(percent(KEY), safe=""), safe=""),
    "in a form in JSON": f'"{percent(KEY)}"',
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("known", [True, False])
def test_an_escaped_key_is_masked(written: str, known: bool) -> None:
    secrets = Secrets([KEY] if known else [], [] if known else [KEY])
    masked = secrets.data(f"<{written}>".encode()).decode()
    assert len(masked) == len(written) + 2
    assert masked.rstrip('>"\\').endswith("*" * (len(KEY) - 4))
    if written[0] == '"':
        assert isinstance(json.loads(masked[1:-1]), str)


def test_other_escapes_stay() -> None:
    text = '{"a": "\\u00fc\\n\\"50%25 %zz"} abk_other'
    assert Secrets(["topsecret1"], [KEY]).text(text) == text


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body",
    [
        b'{"username": "ada", "message": "\\u0061bk_demo secret"}',
        b'{"username": "ada", "message": "\\u0061\\u0062\\u006b_demo secret", "\\u0061bk_demo": 1}',
        b"message=%61%62%6b%5fdemo",
    ],
)
async def test_verify_shows_no_decoded_key(body: bytes) -> None:
    client = make_client(fixture_of(keys=[{"key": "abk_demo"}]))
    await client.request("POST", "/api/v1/chat", body, headers=[("X-API-Key", "abk_demo")])
    await client.settle()
    entries: list[Entry] = list(client.world.journal)
    query = parse_query({"where": {"/message": "zzz"}})
    seen = json.dumps(verify(entries, query).as_json()) + shown(entries)
    assert "abk_demo" not in seen
    assert "%61%62" not in seen


@pytest.mark.anyio
@pytest.mark.parametrize("value", [percent("wrong-key-0123"), quote(percent("wrong-key-0123"), safe="")])
async def test_an_escaped_wrong_key_is_masked_in_queries_and_forms(value: str) -> None:
    client = make_client()
    headers = [("X-API-Key", "wrong-key-0123"), ("Content-Type", "application/x-www-form-urlencoded")]
    await client.request("POST", f"/api/v1/chat?page={value}", f"a={value}".encode(), headers=headers)
    seen = shown(list(client.world.journal))
    assert percent("0123") not in seen
    assert quote(percent("0123"), safe="") not in seen


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        (("Cookie", "sess=cookieSECRETone; b=two"), "cookieSECRETone"),
        (("Cookie", 'a=1; sess="cookieSECRETtwo"'), "cookieSECRETtwo"),
        (("Authorization", "Bearer\ttabTOKENsecret"), "tabTOKENsecret"),
        (("Authorization", "Bearer  twoTOKENsecret"), "twoTOKENsecret"),
        (("Authorization", 'Digest username="ada", response="dupTOKENsecret", qop=auth'), "dupTOKENsecret"),
        (("Authorization", "Basic YWRhOnNlY3JldA=="), "YWRhOnNlY3JldA=="),
        (("X-API-Key", "one,commaSECRET"), "commaSECRET"),
    ],
)
def test_each_secret_in_a_header_is_masked_elsewhere(header: tuple[str, str], secret: str) -> None:
    name, value = header
    secrets = Secrets([], credentials(b"", [(name.lower().encode(), value.encode())]))
    assert secret not in secrets.text(f"it is {secret}!")


def test_names_in_a_header_are_not_secret() -> None:
    value = b'Digest realm="my-realm", uri="/api/v1/chat", response="dupTOKENsecret"'
    text = "Digest my-realm /api/v1/chat session_id"
    sent = credentials(b"", [(b"authorization", value), (b"cookie", b"session_id=123456")])
    assert Secrets([], sent).text(text) == text


def document(folder: Path) -> str:
    """Write a document whose keys are in places of its own."""
    keys: dict[str, Any] = {
        "a": {"type": "apiKey", "in": "header", "name": "X-Acme-Token"},
        "b": {"type": "apiKey", "in": "query", "name": "acme_Sig"},
        "c": {"type": "apiKey", "in": "cookie", "name": "acme_session"},
    }
    path = folder / "acme.json"
    answer = {"responses": {"200": {"description": "x"}}}
    described = {
        "openapi": "3.1.0",
        "info": {"title": "Acme", "version": "1"},
        "paths": {"/things": {"post": answer}},
        "components": {"securitySchemes": keys},
    }
    path.write_text(json.dumps(described))
    return str(path)


@pytest.mark.anyio
@pytest.mark.parametrize("astrbot", [None, "4.19.4"])
async def test_keys_are_where_the_document_says(tmp_path: Path, astrbot: str | None) -> None:
    client = make_client(spec=document(tmp_path), astrbot=astrbot)
    headers = [("X-Acme-Token", "headerSECRET"), ("Cookie", "acme_session=cookieSECRET; theme=dark")]
    target = "/things?ACME_SIG=querySECRET&x=headerSECRET"
    await client.request("POST", target, b"cookieSECRET headerSECRET querySECRET", headers=headers)
    (entry,) = client.world.journal
    seen = shown([entry])
    assert "SECRET" not in seen
    assert entry.header("x-acme-token") == "head***"
