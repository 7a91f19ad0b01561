import json

import pytest

from mockbot.sse import Parser
from tests.conftest import Reply
from tests.control.conftest import Control

pytestmark = pytest.mark.anyio
HELLO = {"name": "hello", "when": {"message": "hello"}, "run": [{"say": "hi"}], "times": 2}


async def test_a_new_script_is_tried_first(control: Control) -> None:
    listed = await control.json("POST", "worlds/default/scripts", [HELLO])
    assert listed["scripts"][0] == {"name": "hello", "place": "scripts:1", "used": 0, "left": 2, "script": HELLO}
    assert "=hi" in (await control.client.chat("hello", enable_streaming=False)).types
    first = (await control.get("worlds/default/scripts"))["scripts"][0]
    assert (first["used"], first["left"]) == (1, 1)


async def test_one_script_needs_no_list(control: Control) -> None:
    listed = await control.json("POST", "worlds/default/scripts", HELLO)
    assert listed["scripts"][0]["script"] == HELLO


@pytest.mark.parametrize(
    ("scripts", "reason"),
    [
        ([{"run": [{"shout": "hi"}]}], "/0/run/0"),
        ({"run": [{"shout": "hi"}]}, "/0/run/0"),
        ([{"name": "a", "run": [], "command": []}], "exactly one of"),
        ([HELLO, HELLO], "already has the name"),
        ([{"run": [{"say": "{missing}"}]}], "missing"),
    ],
)
async def test_a_script_that_cannot_be_used_changes_nothing(control: Control, scripts: object, reason: str) -> None:
    before = await control.get("worlds/default/scripts")
    assert reason in (await control.json("POST", "worlds/default/scripts", scripts, 422))["detail"]
    assert await control.get("worlds/default/scripts") == before


async def test_a_world_holds_a_limited_number_of_scripts(control: Control) -> None:
    await control.json("POST", "worlds/a/scripts", [{"run": []}] * 900)
    refused = await control.json("POST", "worlds/a/scripts", [{"run": []}] * 200, 422)
    assert refused["detail"] == "a world holds 1000 scripts at most; remove some first"


async def test_scripts_are_removed_by_name_or_all_at_once(control: Control) -> None:
    count = len((await control.json("POST", "worlds/default/scripts", [HELLO]))["scripts"])
    assert await control.json("DELETE", "worlds/default/scripts?name=hello") == {"removed": 1}
    assert await control.json("DELETE", "worlds/default/scripts?name=hello") == {"removed": 0}
    assert await control.json("DELETE", "worlds/default/scripts") == {"removed": count - 1}
    assert (await control.get("worlds/default/scripts"))["scripts"] == []


async def test_states_are_set_and_returned(control: Control) -> None:
    script = {"requires": {"door": "open"}, "sets": {"door": "shut"}, "run": [{"say": "in"}]}
    await control.json("POST", "worlds/default/scripts", [script])
    assert (await control.json("PUT", "worlds/default/states", {"door": "open"}))["states"] == {"door": "open"}
    assert "=in" in (await control.client.chat("x", enable_streaming=False)).types
    assert (await control.get("worlds/default/scripts"))["states"] == {"door": "shut"}


NEW = "- name: new\n  when: {message: hello}\n  run: [{say: [New]}]\n"


async def test_a_text_takes_the_place_of_a_script(control: Control) -> None:
    before = [each["name"] for each in (await control.get("worlds/default/scripts"))["scripts"]]
    after = await control.json("PUT", "worlds/default/scripts", {"text": NEW, "replaces": before[2]})
    assert [each["name"] for each in after["scripts"]] == [*before[:2], "new", *before[3:]]
    again = await control.json("PUT", "worlds/default/scripts", {"text": NEW.replace("new", "first")})
    assert again["scripts"][0]["name"] == "first"
    assert b"New" in (await control.client.chat("hello")).body


async def test_a_listed_text_can_be_put_again(control: Control) -> None:
    listed = (await control.get("worlds/default/scripts?text=true"))["scripts"]
    for each in listed:
        await control.json("PUT", "worlds/default/scripts", {"text": each["text"], "replaces": each["name"]})
    again = (await control.get("worlds/default/scripts?text=true"))["scripts"]
    assert [(each["name"], each["script"]) for each in again] == [(each["name"], each["script"]) for each in listed]


@pytest.mark.parametrize(
    ("text", "line"),
    [("- name: x\n  when: {message: {regex: '('}}\n  run: []\n", 2), ("- [", 2), ("{}", 1)],
)
async def test_the_mistakes_of_a_text_have_lines(control: Control, text: str, line: int) -> None:
    found = (await control.json("POST", "worlds/default/scripts/check", {"text": text}))["mistakes"]
    assert (found[0]["line"], bool(found[0]["message"])) == (line, True)
    await control.json("PUT", "worlds/default/scripts", {"text": text}, 422)


async def test_a_text_without_mistakes(control: Control) -> None:
    assert await control.json("POST", "worlds/default/scripts/check", {"text": NEW}) == {"mistakes": []}


@pytest.mark.parametrize("message", ["hello", "think about {it}", "what is the weather in Paris?", "/help"])
async def test_a_saved_exchange_gives_the_same_response_again(control: Control, message: str) -> None:
    """Frames have ids and times of their own, so only what the reply says is compared."""
    first = await control.client.chat(message, session_id="s")
    text = (await control.get("worlds/default/journal/entries/e1/script"))["text"]
    await control.json("DELETE", "worlds/default/scripts")
    await control.json("PUT", "worlds/default/scripts", {"text": text})
    again = await control.client.chat(message, session_id="s2")
    assert control.client.entries[-1].script == "saved-e1"

    def said(reply: Reply) -> list[str]:
        frames = [json.loads(event.data) for event in Parser().feed(reply.body)]
        return [
            frame["data"] for frame in frames if frame["type"] == "plain" and frame.get("chain_type") != "tool_call"
        ]

    assert said(first)
    assert "".join(said(again)) == "".join(said(first))


async def test_the_answer_of_an_operation_is_saved(control: Control) -> None:
    first = await control.client.request("GET", "/api/v1/im/bots")
    text = (await control.get("worlds/default/journal/entries/e1/script"))["text"]
    await control.json("PUT", "worlds/default/scripts", {"text": text})
    assert json.loads((await control.client.request("GET", "/api/v1/im/bots")).body) == json.loads(first.body)
    assert control.client.entries[-1].script == "saved-e1"


async def test_what_cannot_be_saved(control: Control) -> None:
    await control.client.request("GET", "/nope")
    assert (await control.request("GET", "worlds/default/journal/entries/e1/script")).status == 409
    assert (await control.request("GET", "worlds/default/journal/entries/e2/script")).status == 404
    assert (await control.request("GET", "worlds/none/journal/entries/e1/script")).status == 404


async def test_too_many_scripts_are_refused_before_they_are_validated(control: Control) -> None:
    text = "- {name: a, run: []}\n" * 1001
    (mistake,) = (await control.json("POST", "worlds/default/scripts/check", {"text": text}))["mistakes"]
    assert mistake["message"] == "a world holds 1000 scripts at most, these are 1001"


async def test_a_lone_surrogate_is_refused(control: Control) -> None:
    for method, path in (("POST", "scripts/check"), ("PUT", "scripts")):
        await control.json(method, f"worlds/default/{path}", {"text": '[{"name": "\ud800"}]'}, 422)
