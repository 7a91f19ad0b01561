"""An event stream is split into blocks, whatever its pieces are, in time that grows with its bytes only."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.fault.blocks import BOM, Block, Blocks, Line
from mockbot.sse import Parser

STREAMS = st.lists(
    st.sampled_from([b"data: x", b"data", b"id: 1", b":c", b"\n", b"\r", b"\r\n", b"\xc3\xa9", BOM, b" "]), max_size=20
).map(b"".join)


def split(*pieces: bytes, midstream: bool = False) -> list[bytes]:
    """Return the bytes of the complete blocks, and the rest."""
    blocks = Blocks(midstream=midstream)
    return [bytes(block) for piece in pieces for block in blocks.feed(piece)] + [bytes(blocks.rest())]


@pytest.mark.parametrize(
    ("pieces", "blocks"),
    [
        ([b"data: a\n\ndata: b\n\n"], [b"data: a\n\n", b"data: b\n\n", b""]),
        ([b"data: a\r\n\r\nid: 1\r\n\r\n"], [b"data: a\r\n\r\n", b"id: 1\r\n\r\n", b""]),
        ([b"data: a\r\rdata: b\r\r"], [b"data: a\r\r", b"data: b\r\r", b""]),
        (
            [b"data: a\r\n\n", b"data: b\n\r", b"data: c\r\r\n"],
            [b"data: a\r\n\n", b"data: b\n\r", b"data: c\r\r\n", b""],
        ),
        ([b"data: a\r", b"\n\r", b"\ndata: b"], [b"data: a\r\n\r", b"\n", b"data: b"]),
        ([b"data: a\r", b"\nid: 1\n\n"], [b"data: a\r\nid: 1\n\n", b""]),
        ([b"da", b"ta: ", b"a", b"\n", b"\n"], [b"data: a\n\n", b""]),
        ([b"\n\ndata: a\n\n"], [b"\n", b"\n", b"data: a\n\n", b""]),
        ([b"data: a\n", b"data: b"], [b"data: a\ndata: b"]),
        ([b"", b"data: a\n"], [b"data: a\n"]),
    ],
)
def test_a_block_ends_with_a_blank_line(pieces: list[bytes], blocks: list[bytes]) -> None:
    assert split(*pieces) == blocks


def test_an_lf_after_the_cr_of_a_blank_line_is_a_late_block() -> None:
    blocks = Blocks()
    assert [block.late for piece in (b"data: a\r\r", b"\n\n") for block in blocks.feed(piece)] == [False, True, False]


@pytest.mark.parametrize("pieces", [[BOM + b"data: a\n\n"], [BOM[:1], BOM[1:], b"data: a\n\n"]])
def test_a_byte_order_mark_is_before_the_first_block(pieces: list[bytes]) -> None:
    blocks = Blocks()
    (block,) = (block for piece in pieces for block in blocks.feed(piece))
    assert (block.bom, block.is_event, bytes(block)) == (BOM, True, BOM + b"data: a\n\n")


def test_there_is_no_byte_order_mark_in_the_middle_of_a_stream() -> None:
    (block,) = Blocks(midstream=True).feed(BOM + b"data: a\n\n")
    assert (block.bom, block.is_event) == (b"", False)


@given(STREAMS, st.data())
def test_no_byte_is_lost_and_blocks_are_events_of_the_parser(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    pieces = [stream[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert b"".join(split(*pieces)) == stream
    blocks = Blocks()
    events = [block for piece in pieces for block in blocks.feed(piece) if block.is_event]
    assert [block.data.decode() for block in events] == [event.data for event in Parser().feed(stream)]


def test_a_line_is_added_with_a_line_end_of_the_block() -> None:
    block = Block((Line(b"data: a", b"\r\n"), Line(b"data: b", b"\r"), Line(b"", b"\n")))
    assert bytes(block.beginning(b"id: 1")) == b"id: 1\r\ndata: a\r\ndata: b\r\n"
    assert bytes(block.ending(b"id: 1")) == b"data: a\r\ndata: b\rid: 1\r\n"
    assert bytes(Block((Line(b"data: a", b""),)).ending(b"id: 1")) == b"data: a"
    assert bytes(Block((Line(b"data: a"),)).ending(b"id: 1")) == b"data: a\nid: 1\n"


def test_the_time_for_a_large_event_in_single_bytes_grows_with_its_size() -> None:
    def seconds(size: int) -> float:
        stream = b"data: " + b"x" * size + b"\n\n"
        began = time.process_time()
        assert split(*(stream[at : at + 1] for at in range(len(stream)))) == [stream, b""]
        return time.process_time() - began

    assert min(seconds(400_000) for _ in range(3)) < 40 * max(seconds(25_000), 0.01)
