"""The chunks of a response: as messages, and as they are on the wire."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.fault.blocks import BOM
from mockbot.fault.catalogue import Comments, ExtraEvent, JoinChunks, LineEnds, SplitChunks
from mockbot.fault.catalogue.chunks import MOST
from mockbot.fault.fault import BODY, Fault, abort, pause
from tests.fault.streams import Messages, bent, stream, summary, whole
from tests.fault.test_socket import Served, chunks

A, B, C = b"data: a\n\n", b"data: b\n\n", b"data: c\n\n"
TEXT = "é€🙂".encode()


@pytest.mark.parametrize(
    ("fault", "given", "left"),
    [
        (SplitChunks(), stream(b"ab", b"c"), [200, b"a", b"b", b"c", "."]),
        (SplitChunks(size=2), stream(b"abcde", b"f"), [200, b"ab", b"cd", b"e", b"f", "."]),
        (SplitChunks(size=9), stream(b"abc"), [200, b"abc", "."]),
        (SplitChunks(size=2), whole(b"{json}"), [200, b"{j", b"so", b"n}", "."]),
        (
            SplitChunks("utf8"),
            stream(b"a" + TEXT + b"b", b"c"),
            [200, b"a\xc3", b"\xa9\xe2", b"\x82", b"\xac\xf0", b"\x9f", b"\x99", b"\x82b", b"c", "."],
        ),
        (SplitChunks("utf8"), stream(b"\xc3", b"\xa9"), [200, b"\xc3", b"\xa9", "."]),
        (SplitChunks("crlf"), stream(b"a\r\n\r\nb\rc\n", b"\n"), [200, b"a\r", b"\n\r", b"\nb\rc\n", b"\n", "."]),
        (JoinChunks(), stream(A, b": x\n\n", B), [200, A + b": x\n\n" + B, "."]),
        (JoinChunks(), stream(A, b"data: b"), [200, A + b"data: b", "."]),
        (JoinChunks(2), stream(A, B, C), [200, A + B, C, "."]),
        (JoinChunks(2), stream(b": x\n\n", A, b": y\n\n", B, C), [200, b": x\n\n" + A + b": y\n\n" + B, C, "."]),
        (JoinChunks(2), stream(A[:3], A[3:], B[:1], B[1:]), [200, A + B, "."]),
        (JoinChunks(1), stream(A + B), [200, A, B, "."]),
        (JoinChunks(1), stream(BOM + A, B), [200, BOM + A, B, "."]),
        (JoinChunks(), [*stream(A, b"data: b")[:3], abort("cut")], [200, A + b"data: b", "cut"]),
        (JoinChunks(), [*stream(A)[:2], pause(2), *stream(B)[1:]], [200, 2, A + B, "."]),
        (JoinChunks(2), stream(A, B, C)[1:], [A + B, C, "."]),
        (JoinChunks(), stream(), [200, "."]),
        (JoinChunks(), whole(b"{}"), [200, b"{}", "."]),
    ],
    ids=lambda value: str(value) if isinstance(value, Fault) else "",
)
def test_the_messages_that_are_sent(fault: Fault, given: Messages, left: list[object]) -> None:
    assert summary(bent(fault, given)) == left


def test_the_length_of_a_split_response_stays() -> None:
    assert bent(SplitChunks(), whole(b"{}"))[0] == whole(b"{}")[0]


def test_other_requests_have_a_turn_while_many_chunks_are_sent() -> None:
    left = summary(bent(SplitChunks(), stream(b"x" * 2500)))
    assert [at for at, each in enumerate(left) if each == 0] == [1001, 2002]


@pytest.mark.parametrize("at", ["bytes", "utf8"])
def test_a_response_is_split_into_so_many_chunks_at_most(at: Any) -> None:
    given = stream(TEXT * MOST, TEXT, TEXT)
    left = [each["body"] for each in bent(SplitChunks(at), given) if each["type"] == BODY]
    assert b"".join(left) == b"".join(each["body"] for each in given[1:])
    assert len(left) == len(given) - 1 + MOST


@given(
    st.lists(st.sampled_from([A, TEXT, b"\r\n", b"\r", b"x"]), max_size=8),
    st.one_of(st.builds(SplitChunks), st.builds(JoinChunks)),
)
def test_the_bytes_stay_the_same(frames: list[bytes], fault: Fault) -> None:
    left = bent(fault, stream(*frames))
    assert b"".join(message["body"] for message in left if message["type"] == "http.response.body") == b"".join(frames)
    assert [message.get("more_body") for message in left if message["type"] == "http.response.body"][-1] is False


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    running = Served()
    running.server.start()
    yield running
    running.server.stop()


def bodies(served: Served, *faults: Fault) -> list[bytes]:
    """Return the chunks of a chat's stream on the wire, without the last one."""
    for fault in faults[:-1]:
        served.client.world.faults.arm(fault)
    head, received, error = served.get(faults[-1])
    assert (b"text/event-stream" in head, error) == (True, 0)
    *parts, last = chunks(received)
    assert last == b""
    return parts


def test_bytes_are_chunks_on_the_wire(served: Served) -> None:
    parts = bodies(served, SplitChunks(size=3))
    assert {len(part) for part in parts} <= {1, 2, 3}
    assert all(part.endswith(b"\n") for part in parts if len(part) < 3)
    assert len(parts) > 50


def test_a_chunk_ends_within_each_character_on_the_wire(served: Served) -> None:
    parts = bodies(served, ExtraEvent("é🙂", after=0), SplitChunks("utf8"))
    assert parts[:5] == [b"data: \xc3", b"\xa9\xf0", b"\x9f", b"\x99", b"\x82\n\n"]
    assert all(part.endswith(b"\n\n") for part in parts[5:])


def test_a_chunk_ends_within_each_crlf_on_the_wire(served: Served) -> None:
    parts = bodies(served, LineEnds(), SplitChunks("crlf"))
    assert {part[-1:] for part in parts} == {b"\r", b"\n"}
    assert {part for part in parts if part.endswith(b"\n")} == {b"\n"}
    assert not [part for part in parts if b"\r\n" in part]


def test_all_events_are_one_chunk_on_the_wire(served: Served) -> None:
    (part,) = bodies(served, JoinChunks())
    types = [json.loads(block.removeprefix(b"data: "))["type"] for block in part.split(b"\n\n")[:-1]]
    assert (types[0], types[-1], len(types) > 3) == ("session_id", "end", True)
    assert [part.count(b"data: ") for part in bodies(served, JoinChunks(2))][:2] == [2, 2]


def test_a_comment_is_a_chunk_of_its_own_on_the_wire(served: Served) -> None:
    parts = bodies(served, Comments())
    assert set(parts[::2]) == {b": ping\n\n"}
    assert all(part.startswith(b"data: ") for part in parts[1::2])


def test_a_json_document_in_pieces_keeps_its_length(served: Served) -> None:
    head, received, error = served.get(SplitChunks(), chat=False)
    assert (b"content-length: %d" % len(received) in head, json.loads(received)["status"], error) == (True, "ok", 0)
