import asyncio
import json

import pytest

from mockbot.control import journal
from mockbot.control.journal import MAX_STREAMS
from mockbot.journal.watch import Notice
from mockbot.sse import Parser
from tests.conftest import KEY
from tests.control.conftest import LOCAL, Control

pytestmark = pytest.mark.anyio
BOTS = "/api/v1/im/bots"


async def test_entries_are_listed_in_pages(control: Control) -> None:
    for _ in range(5):
        await control.client.request("GET", BOTS)
    page = await control.get("worlds/default/journal?since=e1&limit=2")
    assert [entry["id"] for entry in page["entries"]] == ["e2", "e3"]
    assert page["more"] is True
    rest = await control.get("worlds/default/journal?since=e3")
    assert [entry["id"] for entry in rest["entries"]] == ["e4", "e5"]
    assert rest["more"] is False


async def test_bodies_are_returned_on_request(control: Control) -> None:
    await control.client.chat("hello")
    (brief,) = (await control.get("worlds/default/journal"))["entries"]
    assert "body" not in brief["request"]
    (whole,) = (await control.get("worlds/default/journal?bodies=true"))["entries"]
    assert json.loads(whole["request"]["body"]["text"])["message"] == "hello"
    assert "session_id" in whole["response"]["chunks"][0]["text"]
    assert await control.get("worlds/default/journal/entries/e1") == whole
    assert "abk_demo" not in str(whole)


async def test_missing_entries_and_invalid_parameters(control: Control) -> None:
    assert (await control.request("GET", "worlds/default/journal/entries/e1")).status == 404
    assert (await control.request("GET", "worlds/default/journal/entries/1")).status == 400
    assert (await control.request("GET", "worlds/default/journal?limit=0")).status == 400


async def test_a_live_stream_has_what_is_sent_before_the_end(control: Control) -> None:
    stream = control.client.begin("GET", "/__mockbot__/worlds/default/journal/stream?live=true", headers=[LOCAL])
    await control.client.settle()
    await control.client.chat("word " * 200)
    while b"event: entry" not in b"".join(stream.chunks):  # noqa: ASYNC110  # of a thread
        await asyncio.sleep(0.001)
    events = [(event.event, json.loads(event.data)) for event in Parser().feed(b"".join(stream.chunks))]
    assert [(kind, each["ended"]) for kind, each in (events[0], events[-1])] == [
        ("open", "open"),
        ("entry", "complete"),
    ]
    sent = [each for kind, each in events if kind == "sent"]
    assert [piece for each in sent for piece in each["chunks"]] == (
        await control.get("worlds/default/journal/entries/e1")
    )["response"]["chunks"]
    assert [each["first"] for each in sent] == [sum(len(one["chunks"]) for one in sent[:n]) for n in range(len(sent))]
    assert {each["status"] for each in sent} == {200}
    stream.leave()
    await stream.reply()


async def test_ids_are_not_used_again_after_the_journal_was_cleared(control: Control) -> None:
    await control.client.request("GET", BOTS)
    assert await control.json("DELETE", "worlds/default/journal") == {"removed": 1}
    await control.client.request("GET", BOTS)
    assert [entry["id"] for entry in (await control.get("worlds/default/journal"))["entries"]] == ["e2"]


async def test_a_stream_has_each_entry_when_it_has_ended(control: Control) -> None:
    stream = control.client.begin("GET", "/__mockbot__/worlds/default/journal/stream", headers=[LOCAL])
    await control.client.settle()
    for _ in range(2):
        await control.client.request("GET", BOTS)
    await control.client.settle()
    events = Parser().feed(b"".join(stream.chunks))
    assert [(event.event, event.id, json.loads(event.data)["ended"]) for event in events] == [
        ("entry", "e1", "complete"),
        ("entry", "e2", "complete"),
    ]
    stream.leave()
    await stream.reply()
    assert control.client.world.journal.watched == 0


async def test_the_number_of_streams_is_limited(control: Control) -> None:
    path = "/__mockbot__/worlds/default/journal/stream"
    streams = [control.client.begin("GET", path, headers=[LOCAL]) for _ in range(MAX_STREAMS)]
    await control.client.settle()
    assert (await control.request("GET", "worlds/default/journal/stream")).status == 429
    await control.client.app.close()
    assert all([(await stream.reply()).whole for stream in streams])


async def test_the_journal_is_an_http_archive(control: Control) -> None:
    await control.client.request("GET", BOTS)
    log = (await control.get("worlds/default/journal.har"))["log"]
    assert log["version"] == "1.2"
    assert log["entries"][0]["request"]["method"] == "GET"


async def test_verify_names_the_nearest_miss(control: Control) -> None:
    await control.client.chat("hello")
    query = {"operation": "POST /api/v1/chat", "where": {"/message": "hello"}, "count": 1}
    assert (await control.json("POST", "worlds/default/verify", query))["ok"] is True
    query["where"] = {"/message": "bye"}
    missed = await control.json("POST", "worlds/default/verify", query)
    assert missed["ok"] is False
    assert missed["nearest"][0]["miss"] == {"field": "/message", "expected": {"equals": "bye"}, "actual": "hello"}


@pytest.mark.parametrize(
    "query",
    [
        {"where": {"colour": "red"}},
        {"count": {"min": 3, "max": 1}},
        {"where": {"body": {"regex": "("}}},
        {"where": {"body": {"regex": "(?=a)"}}},
        {"operation": "POST /api/v1/chatt", "count": 0},
    ],
)
async def test_an_invalid_query_is_refused_with_its_pointer(control: Control, query: object) -> None:
    assert (await control.json("POST", "worlds/default/verify", query, 422))["detail"].startswith("/")


async def test_the_verdict_as_json_and_as_text(control: Control) -> None:
    await control.client.request("GET", "/api/v1/chat/sessions?page=0&username=alice")
    verdict = await control.get("worlds/default/verdict")
    assert verdict["entries"] == 1
    assert "contract-violation" in {finding["name"] for finding in verdict["findings"]}
    text = await control.request("GET", "worlds/default/verdict", headers=[LOCAL, ("Accept", "text/plain")])
    assert text.header("content-type") == "text/plain; charset=utf-8"
    assert "contract-violation" in text.body.decode()


async def test_the_verdict_has_notes_on_unknown_fields_and_unused_faults(control: Control) -> None:
    await control.json(
        "POST", "worlds/default/faults", {"fault": {"name": "cut"}, "operation": "POST /api/v1/chat"}, 201
    )
    await control.client.request("GET", "/api/v1/chat/sessions?username=alice&pagesize=5")
    verdict = await control.get("worlds/default/verdict")
    assert (verdict["failed"], verdict["count"]) == (False, {"error": 0, "warning": 0, "note": 2})
    field, fault = verdict["findings"]
    assert (field["name"], field["entries"]) == ("unknown-field", ["e1"])
    assert field["sentence"].endswith("did you mean `page_size`?")
    assert (fault["name"], fault["operation"], fault["entries"]) == ("fault-unused", "POST /api/v1/chat", [])


@pytest.mark.parametrize(
    "query", [{"message": {"contain": "x"}}, {"where": {"status": {}}}, {"where": {"path": {"x": 1}}}]
)
async def test_a_misspelt_matcher_is_named(control: Control, query: dict[str, object]) -> None:
    assert "no such matcher" in (await control.json("POST", "worlds/default/verify", query, 422))["detail"]


async def test_a_limit_may_be_written_as_json_writes_numbers(control: Control) -> None:
    assert (await control.get("worlds/default/journal?limit=1.0"))["entries"] == []


async def test_an_entry_is_written_once_for_all_who_stream_the_journal(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred of them and ten large heads held up everything for a second."""
    written, write = list[str](), journal._written

    def noted(notice: Notice) -> bytes:
        written.append(notice.kind)
        return write(notice)

    monkeypatch.setattr(journal, "_written", noted)
    path = "/__mockbot__/worlds/default/journal/stream"
    streams = [control.client.begin("GET", path, headers=[LOCAL]) for _ in range(5)]
    await control.client.settle()
    await control.client.get("/api/v1/im/bots", headers=[KEY, ("x-long", "x" * 30_000)])
    while not all(b"event: entry" in b"".join(stream.chunks) for stream in streams):  # noqa: ASYNC110  # of a thread
        await asyncio.sleep(0.001)
    assert written == ["entry"]


async def test_a_removed_world_leaves_nothing_to_those_who_do_not_read_its_journal(control: Control) -> None:
    await control.json("PUT", "worlds/a", {}, 201)
    world = control.client.app.worlds.find("a")
    assert world is not None
    await control.client.get("/w/a/api/v1/im/bots", headers=[KEY])
    assert len(world.journal) == 1
    await control.json("DELETE", "worlds/a", status=204)
    assert len(world.journal) == 0


async def test_a_world_that_is_removed_meanwhile_has_its_verdict(
    control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    await control.json("PUT", "worlds/a", {}, 201)
    worlds = control.client.app.worlds
    world = worlds.find("a")
    assert world is not None
    assert world.blueprint.contract is not None
    validation = world.blueprint.contract.validation

    def load() -> None:
        worlds.remove("a")

    monkeypatch.setattr(type(validation), "loaded", False)
    monkeypatch.setattr(type(validation), "load", lambda _: load())
    assert (await control.get("worlds/a/verdict"))["findings"] == []
    assert worlds.find("a") is None


async def test_a_journal_that_is_cleared_goes_on_for_those_who_watch(control: Control) -> None:
    """A page that shows a stream clears the list of others."""
    gate = control.client.begin("GET", "/__mockbot__/worlds/default/journal/stream?live=true", headers=[LOCAL])
    await control.client.settle()
    chat = control.client.open("hello there")
    await chat.frame()
    await control.json("DELETE", "worlds/default/journal")
    reply = await chat.reply()
    while b"event: entry" not in b"".join(gate.chunks):  # noqa: ASYNC110  # of a thread
        await asyncio.sleep(0.001)
    events = [(event.event, json.loads(event.data)) for event in Parser().feed(b"".join(gate.chunks))]
    sent = [chunk["text"] for kind, value in events if kind == "sent" for chunk in value["chunks"]]
    assert "".join(sent).encode() == b"".join(reply.chunks)
