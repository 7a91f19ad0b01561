import asyncio
import json
from collections.abc import Sequence
from typing import TypeAlias

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockbot.astrbot.v4_19_4.answers import ENVELOPE
from mockbot.contract.contract import Contract
from mockbot.contract.layer import ContractLayer
from mockbot.contract.receiving import Limits
from mockbot.contract.transaction import Transaction, transaction_of
from mockbot.sse import data_frame
from tests.recorded import STREAMS

Header: TypeAlias = tuple[bytes, bytes]
CHAT, BOTS = ("POST", "/api/v1/chat"), ("GET", "/api/v1/im/bots")
JSON = (b"content-type", b"application/json")
STREAM = (b"content-type", b"text/event-stream")
OK = b'{"status":"ok","message":null,"data":{"bot_ids":[]}}\n'


class Played:
    """One request through the layer: the messages that were sent, and the transaction."""

    def __init__(
        self,
        contract: Contract,
        app: ASGIApp,
        operation: tuple[str, str] = BOTS,
        body: Sequence[bytes] = (b"",),
        headers: Sequence[Header] = (),
        max_body: int = 100,
        gone: bool = False,
    ) -> None:
        self.sent: list[Message] = []
        self.reads = 0
        self.called = False
        method, path = operation
        self.scope: Scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": list(headers),
        }
        incoming: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in body]
        incoming[-1]["more_body"] = False
        if gone:
            incoming[-1] = {"type": "http.disconnect"}

        async def receive() -> Message:
            self.reads += 1
            return incoming[self.reads - 1]

        async def send(message: Message) -> None:
            self.sent.append(message)

        async def called(scope: Scope, receive: Receive, send: Send) -> None:
            self.called = True
            await app(scope, receive, send)

        asyncio.run(
            ContractLayer(called, contract, ENVELOPE.refusal, Limits(max_body, max_body))(self.scope, receive, send)
        )

    @property
    def transaction(self) -> Transaction:
        return transaction_of(self.scope)

    @property
    def operation(self) -> str | None:
        operation = self.transaction.operation
        return None if operation is None else operation.name

    @property
    def why_cut(self) -> str:
        return self.transaction.why_cut or ""

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def answering(status: int, body: bytes, *headers: Header) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body[:9], "more_body": True})
        await send({"type": "http.response.body", "body": body[9:]})

    return app


def streaming(*frames: bytes, headers: Sequence[Header] = (STREAM,), verbatim: bool = False) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        transaction_of(scope).verbatim = verbatim
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        for frame in frames:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


async def empty_body() -> Message:
    return {"type": "http.request"}


async def ignore(message: Message) -> None:
    """Send nothing."""


valid = answering(200, OK, JSON)


def test_a_valid_request_and_response_pass_unchanged(contract: Contract) -> None:
    played = Played(contract, valid, body=[b"a", b"b"])
    assert [message["type"] for message in played.sent] == ["http.response.start", "http.response.body"]
    assert played.sent[0] == {"type": "http.response.start", "status": 200, "headers": [JSON]}
    assert played.body == OK
    assert played.operation == "GET /api/v1/im/bots"
    assert (played.transaction.body, played.transaction.violations, played.transaction.defects) == (b"ab", [], [])


def test_the_violations_of_a_request_are_recorded_and_the_app_is_called(contract: Contract) -> None:
    played = Played(
        contract, answering(401, b'{"status":"error","message":"","data":null}', JSON), CHAT, [b"{}"], [JSON]
    )
    assert [each.at for each in played.transaction.violations] == ["/message", "/username"]
    assert played.sent[0]["status"] == 401


def test_an_unknown_path_or_method_is_a_violation(contract: Contract) -> None:
    nowhere = Played(contract, answering(404, b"any"), ("GET", "/nope"))
    assert [(each.part, each.message) for each in nowhere.transaction.violations] == [
        ("route", 'the contract has no path "/nope"')
    ]
    delete = Played(contract, answering(405, b"any"), ("DELETE", "/api/v1/chat"))
    assert [(each.part, each.message) for each in delete.transaction.violations] == [
        ("method", "the path has POST, but no DELETE")
    ]
    assert delete.transaction.allow == ("POST",)
    assert nowhere.body == delete.body == b"any"


EVENT_SOURCE = (b"accept", b"text/event-stream")


@pytest.mark.parametrize(
    ("path", "accept", "names_fetch"),
    [
        ("/api/v1/chat", EVENT_SOURCE, True),
        ("/api/v1/chat", (b"accept", b"text/event-stream, */*;q=0.1"), True),
        ("/api/v1/chat", (b"accept", b"*/*"), False),
        ("/api/v1/file", EVENT_SOURCE, False),
        ("/nope", EVENT_SOURCE, False),
    ],
)
def test_an_event_source_gets_the_same_answer_and_the_violation_says_what_works(
    contract: Contract, path: str, accept: Header, names_fetch: bool
) -> None:
    played = Played(contract, answering(405, b"any"), ("GET", path), headers=[accept])
    (violation,) = played.transaction.violations
    assert ("EventSource cannot" in violation.message) is names_fetch
    assert ("POST with fetch" in violation.message) is names_fetch
    assert (played.sent[0]["status"], played.body) == (405, b"any")


def test_a_body_declared_too_large_is_not_read(contract: Contract) -> None:
    played = Played(contract, valid, body=[b"x"], headers=[(b"content-length", b"101")])
    assert played.reads == 0
    assert played.transaction.too_large
    assert [each.rule for each in played.transaction.violations] == ["maxLength"]


def test_a_body_is_read_only_up_to_the_limit(contract: Contract) -> None:
    played = Played(contract, valid, body=[b"x" * 60] * 5)
    assert played.reads == 2
    assert played.transaction.too_large
    assert played.transaction.body == b""


def test_a_body_of_exactly_the_limit_is_read(contract: Contract) -> None:
    played = Played(contract, valid, body=[b"x" * 100], headers=[(b"content-length", b"100")])
    assert len(played.transaction.body) == 100


@pytest.mark.parametrize("length", [b"", b"-1", b"x", b"9" * 5000, "٣".encode()])
def test_an_invalid_content_length_is_ignored(contract: Contract, length: bytes) -> None:
    assert Played(contract, valid, headers=[(b"content-length", length)]).called


def test_a_large_body_is_validated_like_a_small_one(contract: Contract) -> None:
    contract.validation.load()  # while it loads, the first body that needs it is validated, too
    body = b'{"username":"alice","message":"' + b"x" * 2**20
    found = []

    async def validating(scope: Scope, receive: Receive, send: Send) -> None:
        transaction = transaction_of(scope)
        for _ in range(3):
            found.append([each.rule for each in transaction.violations])
            transaction.validate()
        await valid(scope, receive, send)

    Played(contract, validating, CHAT, [body], [JSON], max_body=2**21)
    assert found == [[], ["parse"], ["parse"]]  # an app that does not need them does not pay for them


def test_no_response_is_sent_to_a_client_that_disconnects_in_its_request(contract: Contract) -> None:
    played = Played(contract, valid, body=[b"x", b"y"], gone=True)
    assert not played.called
    assert played.sent == []


def test_scopes_that_are_not_http_pass(contract: Contract) -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    asyncio.run(ContractLayer(app, contract, ENVELOPE.refusal, Limits(1, 1))({"type": "lifespan"}, empty_body, ignore))
    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [(200, b"{}", [JSON]), (200, OK, []), (418, OK, [JSON]), (200, b"no json", [JSON]), (200, b"", [JSON])],
)
def test_a_response_that_violates_the_contract_becomes_a_500_with_the_violations(
    contract: Contract, status: int, body: bytes, headers: Sequence[Header]
) -> None:
    played = Played(contract, answering(status, body, *headers))
    assert [message.get("status") for message in played.sent] == [500, None]
    envelope = json.loads(played.body)
    assert envelope["message"] == f"The response would violate the contract: {played.transaction.defects[0].message}"
    assert envelope["data"]["violations"] == [each.as_json() for each in played.transaction.defects]
    operation = played.transaction.operation
    assert operation is not None
    assert contract.validation.response(operation, 500, played.sent[0]["headers"], played.body) == []


def test_header_names_may_have_capitals_and_headers_may_be_absent(contract: Contract) -> None:
    assert Played(contract, answering(200, OK, (b"Content-Type", b"application/json"))).body == OK

    async def bare(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": OK})

    assert Played(contract, bare).transaction.defects[0].part == "media type"


def test_a_response_to_head_is_not_validated(contract: Contract) -> None:
    assert Played(contract, answering(200, b""), ("HEAD", "/api/v1/im/bots")).sent[0]["status"] == 200


def test_messages_that_are_not_part_of_a_response_pass_at_once(contract: Contract) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [JSON]})
        await send({"type": "mockbot.sleep", "seconds": 1})
        await send({"type": "http.response.body", "body": OK})

    assert [message["type"] for message in Played(contract, app).sent] == [
        "mockbot.sleep",
        "http.response.start",
        "http.response.body",
    ]


def test_an_exception_of_the_app_is_not_caught(contract: Contract) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Played(contract, app)


FRAMES = [data_frame(event) for event in STREAMS["chat_stream_tool"]]


def test_a_valid_stream_passes_chunk_by_chunk(contract: Contract) -> None:
    played = Played(contract, streaming(*FRAMES), CHAT)
    assert [message.get("body") for message in played.sent] == [None, *FRAMES, b""]
    assert not played.sent[-1].get("more_body")
    assert (played.transaction.defects, played.transaction.why_cut) == ([], None)


def test_each_chunk_is_sent_before_the_app_makes_the_next(contract: Contract) -> None:
    counts: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [STREAM]})
        for frame in FRAMES:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
            counts.append(len(sent))
        await send({"type": "http.response.body", "body": b""})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/v1/chat", "query_string": b"", "headers": []}
    asyncio.run(ContractLayer(app, contract, ENVELOPE.refusal, Limits(9, 9))(scope, empty_body, send))
    assert counts == list(range(2, len(FRAMES) + 2))


def test_the_chunks_of_a_stream_may_have_any_size(contract: Contract) -> None:
    text = b"".join(FRAMES)
    chunks = [text[at : at + 7] for at in range(0, len(text), 7)]
    played = Played(contract, streaming(*chunks), CHAT)
    assert played.body == text
    assert played.transaction.why_cut is None


WRONG = {
    "an invalid event": (data_frame({"type": "brand_new"}), "`type` must be one of"),
    "an event out of order": (FRAMES[0], "`session_id` comes twice"),
    "not JSON": (b"data: [DONE]\n\n", "the event's data is not JSON"),
    "another event type": (b"event: x\ndata: {}\n\n", "a type other than `message`"),
}


@pytest.mark.parametrize(("frame", "why"), WRONG.values(), ids=WRONG)
def test_a_stream_is_cut_before_an_event_that_violates_the_contract(contract: Contract, frame: bytes, why: str) -> None:
    played = Played(contract, streaming(*FRAMES[:2], frame, *FRAMES[2:]), CHAT)
    assert [message.get("body") for message in played.sent] == [None, *FRAMES[:2]]
    assert played.sent[-1]["more_body"]
    assert why in played.why_cut
    assert why in played.transaction.defects[0].message


@pytest.mark.parametrize(
    ("frames", "why"),
    [(FRAMES[:-1], "ended without `end`"), ([*FRAMES, b"data: {"], "ends inside an event")],
)
def test_a_stream_that_stops_too_early_is_not_ended(contract: Contract, frames: list[bytes], why: str) -> None:
    played = Played(contract, streaming(*frames), CHAT)
    assert why in played.why_cut
    assert played.sent[-1]["more_body"]


def test_verbatim_frames_are_not_validated(contract: Contract) -> None:
    played = Played(contract, streaming(b"data: what\n\n", verbatim=True), CHAT)
    assert played.body == b"data: what\n\n"
    assert not played.sent[-1].get("more_body")


def test_a_stream_where_the_contract_has_none_becomes_a_500(contract: Contract) -> None:
    played = Played(contract, streaming(*FRAMES), BOTS)
    assert [message.get("status") for message in played.sent] == [500, None]
    assert json.loads(played.body)["data"]["violations"][0]["in"] == "media type"


def test_a_stream_is_cut_inside_a_task_group_and_other_exceptions_are_not_caught(contract: Contract) -> None:
    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        await streaming(b"data: 1\n\n")(scope, receive, send)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(respond(scope, receive, send))

    assert Played(contract, app, CHAT).transaction.why_cut

    async def worse(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await streaming(b"data: 1\n\n")(scope, receive, send)
        finally:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Played(contract, worse, CHAT)


def test_a_json_body_has_its_own_limit(contract: Contract) -> None:
    limits: dict[str, int] = {}
    for content_type in ("application/json; charset=utf-8", "application/vnd.api+json", "multipart/form-data"):

        async def app(scope: Scope, receive: Receive, send: Send, content_type: str = content_type) -> None:
            limits[content_type] = transaction_of(scope).limit

        headers = [(b"content-type", content_type.encode())]
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
        asyncio.run(ContractLayer(app, contract, ENVELOPE.refusal, Limits(9, 3))(scope, empty_body, ignore))
    assert list(limits.values()) == [3, 3, 9]


@pytest.mark.parametrize(("accepted", "status"), [(b'{"a":1}', 200), (b'{"a":2}', 500), (None, 500)])
def test_only_the_body_that_the_api_has_validated_is_not_validated_again(
    contract: Contract, accepted: bytes | None, status: int
) -> None:
    body = b'{"a":1}'

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        transaction_of(scope).accepted = body if accepted == body else accepted
        await send({"type": "http.response.start", "status": 200, "headers": [JSON]})
        await send({"type": "http.response.body", "body": body})

    assert Played(contract, app).sent[0]["status"] == status
