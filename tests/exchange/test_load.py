"""Files of exchanges: what they can contain, and how mistakes are reported."""

import json

import pytest

from mockbot.errors import UserError
from mockbot.exchange.exchange import Exchange
from mockbot.exchange.load import read, read_folder
from mockbot.exchange.names import fill
from mockbot.jsontext import JSON
from mockbot.resources import contracts
from mockbot.source import parse
from mockbot.verify.client import Sent
from mockbot.verify.request import write

HEAD = "about: bots\nexchanges:\n"


def of(text: str) -> tuple[Exchange, ...]:
    return read(parse(HEAD + text, "bots.yaml"))


def sent(request: JSON, **names: JSON) -> Sent:
    (exchange,) = of(f"- {{name: a, recorded: r, request: {json.dumps(request)}}}")
    return write(exchange.steps[0].request, "/base", {"abk_all": "K", **names})


def test_an_exchange_is_a_request_and_the_expected_response() -> None:
    (exchange,) = of("""
- name: bots are listed
  recorded: bots_ok
  given: empty
  request: {method: GET, path: /api/v1/im/bots, headers: {Cookie: "api_key={abk_im}"}}
  expect: {json: {status: ok}}
""")
    assert (exchange.id, exchange.place, exchange.given) == ("bots: bots are listed", "bots.yaml:4", "empty")
    assert exchange.keys == {"abk_all", "abk_im"}
    assert exchange.steps[-1].expect.status == 200
    assert exchange.steps[-1].expect.content == {"status": "ok"}


def test_each_row_makes_an_exchange() -> None:
    first, second = of("""
- name: a page of {page} is {case}
  recorded: "{recorded}"
  each:
    - {case: no page, page: 0, recorded: sessions_page_0}
    - {case: a page, page: "1", recorded: sessions_page_1}
  request: {method: GET, path: /x, query: {page: "{page}"}}
""")
    assert (first.name, first.recorded, first.place) == ("a page of 0 is no page", "sessions_page_0", "bots.yaml:7")
    assert second.steps[0].request.query == {"page": "1"}
    assert first.steps[0].request.query == {"page": 0}


def test_nested_lists_of_frames_are_flattened() -> None:
    (exchange,) = of("""
- name: a
  recorded: r
  request: {method: GET, path: /x}
  expect: {frames: [{type: a}, [{type: b}, [{type: c}]]]}
""")
    assert exchange.steps[0].expect.content == [{"type": "a"}, {"type": "b"}, {"type": "c"}]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("- {name: a, request: {method: GET, path: /x}}", "bots.yaml:3: /exchanges/0/recorded: "),
        ("- {name: a, recorded: r, request: {method: GET, path: /x}, wait: 1}", "bots.yaml:3: /exchanges/0/wait: `"),
        ("- name: a\n  recorded: r\n  request: {method: POST, path: /x, json: 1,\n    text: x}", "bots.yaml:5: "),
        (
            "- name: a\n  recorded: r\n  request: {method: GET,\n    path: '/{id}'}",
            "bots.yaml:6: /exchanges/0/request/path: unknown name `id`; known: session, user",
        ),
        (
            "- name: a\n  recorded: r\n  request: {method: GET, path: /x}\n  expect:\n    json: {$like: uid}",
            "bots.yaml:7: /exchanges/0/expect/json/$like: `uid` is not one of",
        ),
        (
            "- {name: '{case}', recorded: r, request: {method: GET, path: /x}, each: [{a: 1}]}",
            "bots.yaml:3: /exchanges/0/name: unknown name `case`; known: a, session, user",
        ),
        (
            "- name: '{b}'\n  recorded: r\n  request: {method: GET, path: /x}\n  each:\n  - {b: 1}\n  - {a: 1}",
            "bots.yaml:8: /exchanges/0/each/1: `b` is missing; the exchange's name contains it",
        ),
        (
            "- {name: a, recorded: r, request: {method: GET, path: /x, query: '{q}'}, each: [{q: 1}]}",
            "bots.yaml:3: /exchanges/0/each/0: the value for the request's query must be an object",
        ),
        (
            "- {name: a, recorded: r, request: {method: GET, path: /x}}\n" * 2,
            "bots.yaml:3: duplicate name `a`\nbots.yaml:4: duplicate name `a`",
        ),
        (
            "- {name: a, recorded: r, request: {method: GET, path: /x}, expect: {text: x},"
            " steps: [{request: {method: GET, path: /x}, expect: {text: ''}, capture: {a: /b}}]}",
            "bots.yaml:3: /exchanges/0/steps/0/capture: parts of a text cannot be captured",
        ),
    ],
)
def test_a_mistake_is_reported_with_file_line_and_pointer(text: str, mistake: str) -> None:
    with pytest.raises(UserError) as caught:
        of(text)
    assert str(caught.value).startswith(mistake)


def test_a_name_alone_becomes_the_value_itself() -> None:
    names: dict[str, JSON] = {"id": 5, "text": "x"}
    assert fill({"a": "{id}", "b": ["no {id}", "{text}"]}, names) == {"a": 5, "b": ["no 5", "x"]}
    assert fill('{"id": {unknown}} {bad', names) == '{"id": {unknown}} {bad'
    assert fill("{é*2}-{a*3}", names) == "éé-aaa"


def test_json_is_sent_as_json_with_the_key() -> None:
    request = sent({"method": "POST", "path": "/x", "json": {"username": "{user}"}}, user="é")
    assert request.headers == (("X-API-Key", "K"), ("Content-Type", "application/json"))
    assert request.body == '{"username": "é"}'.encode()
    assert request.head("host:1").decode() == (
        "POST /base/x HTTP/1.1\r\nHost: host:1\r\nX-API-Key: K\r\nContent-Type: application/json\r\n"
        "Content-Length: 18\r\n\r\n"
    )


def test_headers_can_repeat_replace_or_remove_others() -> None:
    request: JSON = {
        "method": "POST",
        "path": "/x",
        "key": None,
        "text": "{bad",
        "headers": {"X-API-Key": ["a", " b "], "content-type": None},
    }
    assert sent(request).headers == (("X-API-Key", "a"), ("X-API-Key", " b "))


def test_a_query_is_encoded_and_a_path_is_sent_unchanged() -> None:
    request = sent({"method": "GET", "path": "/x%2F?a=%20", "version": "1.0"})
    assert request.head("h").startswith(b"GET /base/x%2F?a=%20 HTTP/1.0\r\n")
    assert sent({"method": "GET", "path": "/x", "query": {"a": [1, "+ é"]}}).target == "/base/x?a=1&a=%2B+%C3%A9"


def test_a_form_is_sent_with_the_given_parts() -> None:
    part: JSON = {
        "name": "file",
        "filename": 'a"\\b',
        "filename*": "UTF-8''x",
        "content_type": "text/plain",
        "text": "{a*2}",
    }
    request = sent({"method": "POST", "path": "/x", "form": [part, {"text": ""}]})
    assert request.headers[1] == ("Content-Type", "multipart/form-data; boundary=----mockbot")
    assert request.body.decode().split("\r\n") == [
        "------mockbot",
        'Content-Disposition: form-data; name="file"; filename="a\\"\\\\b"; filename*=UTF-8\'\'x',
        "Content-Type: text/plain",
        "",
        "aa",
        "------mockbot",
        "Content-Disposition: form-data",
        "",
        "",
        "------mockbot--",
        "",
    ]


def test_bytes_and_a_wrong_content_length_are_sent_unchanged() -> None:
    request = sent({"method": "POST", "path": "/x", "base64": "//4=", "headers": {"Content-Length": "9"}})
    assert request.body == b"\xff\xfe"
    assert request.head("h").count(b"Content-Length") == 1


@pytest.mark.parametrize(("version", "least", "twice"), [("4.19.4", 350, {"bots_ok"}), ("4.29.3", 570, {"bots_ok"})])
def test_every_shipped_exchange_names_its_recording_once(version: str, least: int, twice: set[str]) -> None:
    exchanges = read_folder(contracts(f"astrbot-{version}") / "exchanges")
    recorded = [exchange.recorded for exchange in exchanges]
    assert len(recorded) >= least
    assert "{" not in "".join(recorded)
    assert {name for name in recorded if recorded.count(name) > 1} == twice
    assert {exchange.astrbot for exchange in exchanges} == {version}


def test_steps_can_run_in_the_midst_of_a_stream() -> None:
    (exchange,) = of("""
- name: a
  recorded: r
  request: {method: POST, path: /x, json: {}, leave: 7}
  meanwhile:
    after: 3
    steps:
      - {request: {method: GET, path: /y, key: abk_im}, capture: {id: /data/id}}
      - {request: {method: GET, path: "/{id}"}}
""")
    (last,) = exchange.steps
    assert last.meanwhile is not None
    assert (last.request.leave, last.meanwhile.after) == (7, 3)
    assert [step.request.path for step in last.meanwhile.steps] == ["/y", "/{id}"]
    assert exchange.keys == {"abk_all", "abk_im"}


def test_a_mistake_in_the_midst_of_a_stream_is_reported_with_its_place() -> None:
    with pytest.raises(UserError, match=r"bots.yaml:7: /exchanges/0/meanwhile/.*/path: unknown name `id`"):
        of("""
- name: a
  recorded: r
  request: {method: GET, path: /x}
  meanwhile: {after: 1, steps: [{request: {method: GET, path: "/{id}"}}]}
""")


def test_a_part_of_a_form_can_be_bytes() -> None:
    part: JSON = {"name": "file", "filename": "a.png", "base64": "iVD/"}
    assert b'filename="a.png"\r\n\r\n\x89P\xff\r\n' in sent({"method": "POST", "path": "/x", "form": [part]}).body
