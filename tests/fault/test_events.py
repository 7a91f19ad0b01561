"""An event stream with more blocks, more events or a later end."""

from typing import Any

import pytest

from mockbot.fault.blocks import BOM
from mockbot.fault.catalogue import Comments, EmptyEvent, ExtraEvent, Heartbeats, Linger, MetadataBlock, RepeatEvent
from mockbot.fault.fault import Fault, abort, pause
from tests.fault.streams import Messages, bent, body, start, stream, summary, whole

A, B, C = b"data: a\n\n", b"data: b\n\n", b"data: c\n\n"
BEAT = b": heartbeat\n\n"
BOTH = stream(A, B)


@pytest.mark.parametrize(
    ("fault", "given", "left"),
    [
        (Comments(), BOTH, [200, b": ping\n\n", A, b": ping\n\n", B, "."]),
        (Comments(text="", every=2), stream(A, B, C), [200, b":\n\n", A, B, b":\n\n", C, "."]),
        (Comments(), stream(b"id: 1\n\n", A), [200, b"id: 1\n\n", b": ping\n\n", A, "."]),
        (Heartbeats(2, count=2), BOTH, [200, BEAT, 2, BEAT, 2, A, B, "."]),
        (Heartbeats(2, count=1, after=1), BOTH, [200, A, BEAT, 2, B, "."]),
        (Heartbeats(2, count=1, after=9), BOTH, [200, A, B, BEAT, 2, "."]),
        (Heartbeats(2, count=1), stream(), [200, BEAT, 2, "."]),
        (MetadataBlock(), BOTH, [200, b"id: 1\n\n", A, B, "."]),
        (MetadataBlock("retry", after=1), BOTH, [200, A, b"retry: 3000\n\n", B, "."]),
        (MetadataBlock("event", after=2), BOTH, [200, A, B, b"event: mockbot\n\n", "."]),
        (EmptyEvent(), BOTH, [200, b"data:\n\n", A, B, "."]),
        (EmptyEvent(after=1, colon=False), BOTH, [200, A, b"data\n\n", B, "."]),
        (ExtraEvent("c", after=0), BOTH, [200, C, A, B, "."]),
        (ExtraEvent("c", after=1), BOTH, [200, A, C, B, "."]),
        (ExtraEvent("c", after=1), stream(b": x\n\n", A, b": x\n\n", B), [200, b": x\n\n", A, C, b": x\n\n", B, "."]),
        (ExtraEvent("c", after=1), stream(A + B), [200, A, C, B, "."]),
        (ExtraEvent("c", after=1), stream(A[:4], A[4:], B), [200, A, C, B, "."]),
        (ExtraEvent("c", after=9), BOTH, [200, A, B, C, "."]),
        (ExtraEvent("c", after=None), BOTH, [200, A, B, C, "."]),
        (ExtraEvent("c", after=0), stream(), [200, C, "."]),
        (ExtraEvent("c", after=0), stream(BOM + A), [200, BOM, C, A, "."]),
        (ExtraEvent("c", after=0), stream(b"data: a"), [200, C, b"data: a", "."]),
        (ExtraEvent("c", after=None), stream(A, b"data: b\n"), [200, A, C, b"data: b\n", "."]),
        (ExtraEvent("c", after=1), stream(b"data: a\n"), [200, C, b"data: a\n", "."]),
        (ExtraEvent(), stream(), [200, b'data: {"type": "mockbot_unknown", "data": null}\n\n', "."]),
        (ExtraEvent("x\r\ny\rz", event="é"), stream(), [200, b"event: \xc3\xa9\ndata: x\ndata: y\ndata: z\n\n", "."]),
        (ExtraEvent("", event=""), stream(), [200, b"event: \ndata: \n\n", "."]),
        (RepeatEvent(), BOTH, [200, A, B, B, "."]),
        (RepeatEvent(2), stream(A, b": x\n\n"), [200, A, b": x\n\n", A, A, "."]),
        (RepeatEvent(), stream(b"id: 1\r\ndata: a\r\n\r\n"), [200, *[b"id: 1\r\ndata: a\r\n\r\n"] * 2, "."]),
        (RepeatEvent(), stream(A, b"data: b"), [200, A, A, b"data: b", "."]),
        (RepeatEvent(), stream(b": x\n\n"), [200, b": x\n\n", "."]),
        (Linger(2), BOTH, [200, A, B, 2, "."]),
        (Linger(2), whole(b"{}"), [200, b"{}", 2, "."]),
    ],
    ids=lambda value: str(value) if isinstance(value, Fault) else "",
)
def test_the_messages_that_are_sent(fault: Fault, given: Messages, left: list[Any]) -> None:
    assert summary(bent(fault, given)) == left


INSERTING = (Heartbeats(), MetadataBlock(), EmptyEvent(), ExtraEvent(after=0), ExtraEvent(), RepeatEvent(), Comments())


@pytest.mark.parametrize("fault", INSERTING, ids=str)
def test_other_responses_pass_unchanged(fault: Fault) -> None:
    gzipped = [start(content_type="text/event-stream", content_encoding="gzip"), body(A, more=False)]
    assert bent(fault, gzipped) == gzipped
    assert bent(fault, whole(A)) == whole(A)


@pytest.mark.parametrize("fault", INSERTING, ids=str)
def test_a_fault_in_a_script_counts_from_its_place(fault: Fault) -> None:
    assert summary(bent(fault, BOTH[1:])) == summary(bent(fault, BOTH))[1:]


@pytest.mark.parametrize("fault", [Heartbeats(after=3), ExtraEvent(), RepeatEvent(), Linger()], ids=str)
def test_nothing_is_added_after_a_cut(fault: Fault) -> None:
    assert summary(bent(fault, [*BOTH[:2], abort("cut")])) == [200, A, "cut"]


def test_a_response_without_body_lingers_without_one() -> None:
    assert bent(Linger(2), [start(), body(b"", more=False)]) == [start(), pause(2), body(b"", more=False)]
