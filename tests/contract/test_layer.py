import asyncio
import json

import pytest

from mockbot.astrbot import v4_19_4
from mockbot.astrbot.envelope import refusal
from mockbot.contract.layer import ContractLayer
from mockbot.contract.transaction import transaction_of
from mockbot.sse import data_frame
from tests.recorded import STREAMS

CHAT, BOTS = ("POST", "/api/v1/chat"), ("GET", "/api/v1/im/bots")
JSON = (b"content-type", b"application/json")
STREAM = (b"content-type", b"text/event-stream")
OK = b'{"status":"ok","message":null,"data":{"bot_ids":[]}}\n'


class Played:
    """One exchange played through the layer: what came out, and what the layer noted."""

    def __init__(self, contract, app, operation=BOTS, body=(b"",), headers=(), max_body=100, gone=False):
        self.sent = []
        self.reads = 0
        self.called = False
        method, path = operation
        self.scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": list(headers)}
        incoming = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in body]
        incoming[-1]["more_body"] = False
        if gone:
            incoming[-1] = {"type": "http.disconnect"}

        async def receive():
            self.reads += 1
            return incoming[self.reads - 1]

        async def send(message):
            self.sent.append(message)

        async def called(scope, receive, send):
            self.called = True
            await app(scope, receive, send)

        asyncio.run(ContractLayer(called, contract, refusal, max_body)(self.scope, receive, send))

    @property
    def transaction(self):
        return transaction_of(self.scope)

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent)


def answering(status, body, *headers):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body[:9], "more_body": True})
        await send({"type": "http.response.body", "body": body[9:]})

    return app


def streaming(*frames, headers=(STREAM,), verbatim=False):
    async def app(scope, receive, send):
        transaction_of(scope).verbatim = verbatim
        await send({"type": "http.response.start", "status": 200, "headers": list(headers)})
        for frame in frames:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


right = answering(200, OK, JSON)


def test_a_right_exchange_passes_unchanged(contract):
    played = Played(contract, right, body=[b"a", b"b"])
    assert [message["type"] for message in played.sent] == ["http.response.start", "http.response.body"]
    assert played.sent[0] == {"type": "http.response.start", "status": 200, "headers": [JSON]}
    assert played.body == OK
    assert played.transaction.operation.name == "GET /api/v1/im/bots"
    assert (played.transaction.body, played.transaction.violations, played.transaction.defects) == (b"ab", [], [])


def test_a_wrong_request_is_noted_and_goes_on(contract):
    played = Played(
        contract, answering(401, b'{"status":"error","message":"","data":null}', JSON), CHAT, [b"{}"], [JSON]
    )
    assert [each.at for each in played.transaction.violations] == ["/message", "/username"]
    assert played.sent[0]["status"] == 401


def test_a_path_or_a_method_that_is_not_in_the_contract_is_noted(contract):
    nowhere = Played(contract, answering(404, b"any"), ("GET", "/nope"))
    assert [(each.part, each.message) for each in nowhere.transaction.violations] == [
        ("route", 'there is nothing at "/nope"')
    ]
    delete = Played(contract, answering(405, b"any"), ("DELETE", "/api/v1/chat"))
    assert [(each.part, each.message) for each in delete.transaction.violations] == [
        ("method", "the path has POST, but no DELETE")
    ]
    assert delete.transaction.allow == ("POST",)
    assert nowhere.body == delete.body == b"any"


def test_a_body_declared_too_large_is_not_read(contract):
    played = Played(contract, right, body=[b"x"], headers=[(b"content-length", b"101")])
    assert played.reads == 0
    assert played.transaction.too_large
    assert [each.rule for each in played.transaction.violations] == ["maxLength"]


def test_a_body_that_grows_too_large_is_not_read_on(contract):
    played = Played(contract, right, body=[b"x" * 60] * 5)
    assert played.reads == 2
    assert played.transaction.too_large
    assert played.transaction.body == b""


def test_a_body_of_the_limit_is_read(contract):
    played = Played(contract, right, body=[b"x" * 100], headers=[(b"content-length", b"100")])
    assert len(played.transaction.body) == 100


@pytest.mark.parametrize("length", [b"", b"-1", b"x", b"9" * 5000, "٣".encode()])
def test_any_declared_length_does_no_harm(contract, length):
    assert Played(contract, right, headers=[(b"content-length", length)]).called


def test_a_large_body_is_judged_like_a_small_one(contract):
    body = b'{"username":"alice","message":"' + b"x" * 2**20
    played = Played(contract, right, CHAT, [body], [JSON], max_body=2**21)
    assert [each.rule for each in played.transaction.violations] == ["parse"]


def test_a_client_that_leaves_while_it_sends_is_answered_nothing(contract):
    played = Played(contract, right, body=[b"x", b"y"], gone=True)
    assert not played.called
    assert played.sent == []


def test_what_is_no_http_passes(contract):
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    asyncio.run(ContractLayer(app, contract, refusal, 1)({"type": "lifespan"}, None, None))
    assert seen == [{"type": "lifespan"}]


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [(200, b"{}", [JSON]), (200, OK, []), (418, OK, [JSON]), (200, b"no json", [JSON]), (200, b"", [JSON])],
)
def test_an_answer_that_breaks_the_contract_becomes_a_500_that_says_why(contract, status, body, headers):
    played = Played(contract, answering(status, body, *headers))
    assert [message.get("status") for message in played.sent] == [500, None]
    envelope = json.loads(played.body)
    assert envelope["message"] == f"The response would break the contract: {played.transaction.defects[0].message}"
    assert envelope["data"]["violations"] == [each.as_json() for each in played.transaction.defects]
    operation = played.transaction.operation
    assert contract.validation.response(operation, 500, played.sent[0]["headers"], played.body) == []


def test_an_app_that_is_lax_about_headers_is_understood(contract):
    assert Played(contract, answering(200, OK, (b"Content-Type", b"application/json"))).body == OK

    async def bare(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": OK})

    assert Played(contract, bare).transaction.defects[0].part == "media type"


def test_head_is_not_judged(contract):
    assert Played(contract, answering(200, b""), ("HEAD", "/api/v1/im/bots")).sent[0]["status"] == 200


def test_messages_that_are_no_answer_pass_at_once(contract):
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [JSON]})
        await send({"type": "mockbot.sleep", "seconds": 1})
        await send({"type": "http.response.body", "body": OK})

    assert [message["type"] for message in Played(contract, app).sent] == [
        "mockbot.sleep",
        "http.response.start",
        "http.response.body",
    ]


def test_an_exception_of_the_app_goes_on(contract):
    async def app(scope, receive, send):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Played(contract, app)


FRAMES = [data_frame(event) for event in STREAMS["chat_stream_tool"]]


def test_a_right_stream_passes_chunk_by_chunk(contract):
    played = Played(contract, streaming(*FRAMES), CHAT)
    assert [message.get("body") for message in played.sent] == [None, *FRAMES, b""]
    assert not played.sent[-1].get("more_body")
    assert (played.transaction.defects, played.transaction.why_cut) == ([], None)


def test_each_chunk_has_left_before_the_next_is_made(contract):
    left = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [STREAM]})
        for frame in FRAMES:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
            left.append(len(played_sent))
        await send({"type": "http.response.body", "body": b""})

    played_sent = []

    async def send(message):
        played_sent.append(message)

    async def receive():
        return {"type": "http.request"}

    scope = {"type": "http", "method": "POST", "path": "/api/v1/chat", "query_string": b"", "headers": []}
    asyncio.run(ContractLayer(app, contract, refusal, 9)(scope, receive, send))
    assert left == list(range(2, len(FRAMES) + 2))


def test_where_a_stream_is_cut_into_chunks_plays_no_part(contract):
    text = b"".join(FRAMES)
    chunks = [text[at : at + 7] for at in range(0, len(text), 7)]
    played = Played(contract, streaming(*chunks), CHAT)
    assert played.body == text
    assert played.transaction.why_cut is None


WRONG = {
    "a wrong event": (data_frame({"type": "brand_new"}), "`type` must be one of"),
    "a wrong order": (FRAMES[0], "`session_id` comes twice"),
    "not JSON": (b"data: [DONE]\n\n", "the event's data is not JSON"),
    "another event type": (b"event: x\ndata: {}\n\n", "a type other than `message`"),
}


@pytest.mark.parametrize(("frame", "why"), WRONG.values(), ids=WRONG)
def test_a_stream_is_cut_at_an_event_that_breaks_the_contract(contract, frame, why):
    played = Played(contract, streaming(*FRAMES[:2], frame, *FRAMES[2:]), CHAT)
    assert [message.get("body") for message in played.sent] == [None, *FRAMES[:2]]
    assert played.sent[-1]["more_body"]
    assert why in played.transaction.why_cut
    assert why in played.transaction.defects[0].message


@pytest.mark.parametrize(
    ("frames", "why"),
    [(FRAMES[:-1], "ended without `end`"), ([*FRAMES, b"data: {"], "ends inside an event")],
)
def test_a_stream_that_stops_too_early_is_not_ended(contract, frames, why):
    played = Played(contract, streaming(*frames), CHAT)
    assert why in played.transaction.why_cut
    assert played.sent[-1]["more_body"]


def test_verbatim_frames_are_not_judged(contract):
    played = Played(contract, streaming(b"data: what\n\n", verbatim=True), CHAT)
    assert played.body == b"data: what\n\n"
    assert not played.sent[-1].get("more_body")


def test_a_stream_where_the_contract_has_none_becomes_a_500(contract):
    played = Played(contract, streaming(*FRAMES), BOTS)
    assert [message.get("status") for message in played.sent] == [500, None]
    assert json.loads(played.body)["data"]["violations"][0]["in"] == "media type"


def test_the_cut_gets_through_a_task_group_and_lets_other_exceptions_through(contract):
    async def app(scope, receive, send):
        async with asyncio.TaskGroup() as group:
            group.create_task(streaming(b"data: 1\n\n")(scope, receive, send))

    assert Played(contract, app, CHAT).transaction.why_cut

    async def worse(scope, receive, send):
        try:
            await streaming(b"data: 1\n\n")(scope, receive, send)
        finally:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Played(contract, worse, CHAT)


def test_a_json_body_has_a_limit_of_its_own() -> None:
    limits = {}
    contract = v4_19_4.profile().contract
    for content_type in ("application/json; charset=utf-8", "application/vnd.api+json", "multipart/form-data"):

        async def app(scope, receive, send, content_type=content_type):
            limits[content_type] = transaction_of(scope).limit

        headers = [(b"content-type", content_type.encode())]
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}

        async def receive():
            return {"type": "http.request"}

        asyncio.run(ContractLayer(app, contract, refusal, 9, 3)(scope, receive, None))
    assert list(limits.values()) == [3, 3, 9]
