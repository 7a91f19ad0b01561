"""The bench of speed: what it sends, what it counts, and its tables."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bench.speed.__main__ import written
from bench.speed.bare import app
from bench.speed.load import Sample, answer, asked, fault, sample
from bench.speed.operations import FRAMES, KEY, Operation, chat, operations, scripts
from bench.speed.paced import lateness
from bench.speed.table import Reading, Table, throughput
from mockbot.testing import MockBot

VERSIONS = ("4.19.4", "4.29.3")
GET = Operation("bots", "GET", "/")
PRINTED = (
    '... \n{"requests": 200, "bytes": 20000, "duration": 500000, "status": 3, "socket": 1, "p50": 1500, "p99": 4000}\n'
)


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def address(version: str, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "bench.yaml").write_text(scripts(version))
    with MockBot(astrbot=version, scripts=tmp_path / "bench.yaml") as bot:
        yield bot.base_url.removeprefix("http://")


def test_mockbot_answers_all_operations_rightly(version: str, address: str) -> None:
    answers = [(operation, asked(address, operation)) for operation in operations(version)]
    assert [fault(found, operation, FRAMES) for operation, found in answers] == [""] * 7


def test_the_bare_application_answers_all_but_the_rejected_request() -> None:
    async def texts() -> list[tuple[int, int]]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bare", headers={"X-API-Key": KEY}) as client:
            found = [
                await client.request(each.method, each.target, content=each.body, headers=each.headers)
                for each in operations("4.19.4")[:-1]
            ]
        return [(each.status_code, each.text.count("data: ")) for each in found]

    assert asyncio.run(texts()) == [(200, 0)] * 5 + [(200, FRAMES)]


def test_frames_and_chunks_of_a_response_are_counted() -> None:
    body = b"9\r\ndata: 1\n\n\r\nA;a=b\r\n\ndata: 2\n\n\r\n0\r\n\r\n"
    found = answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert (found.status, found.frames, found.chunks) == (200, 2, 2)


def test_the_size_of_a_response_is_that_without_the_line_connection() -> None:
    closed, kept = b"HTTP/1.1 200 OK\r\nConnection: close\r\nA: b\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n{}"
    assert answer(closed).size == answer(kept).size == len(kept)


@pytest.mark.parametrize(
    ("response", "operation", "wrong"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", GET, ""),
        (b"HTTP/1.1 503 No\r\n\r\n", GET, "status 503"),
        (b"HTTP/1.1 200 OK\r\n\r\n", operations("4.19.4")[-1], "status 200"),
        (b"HTTP/1.1 422 No\r\n\r\n", operations("4.19.4")[-1], ""),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", chat("bench"), "no stream"),
        (b"HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n", chat("bench"), "1 frames in 0 chunks"),
    ],
)
def test_a_fast_wrong_response_is_seen_before_the_measurement(
    response: bytes, operation: Operation, wrong: str
) -> None:
    assert fault(answer(response), operation, FRAMES) == wrong


def test_what_wrk_prints_becomes_rates_and_times() -> None:
    assert sample(PRINTED, GET, cpu=0.1, size=100) == Sample(rate=400, cpu=500, p50=1.5, p99=4, wrong=4)


@pytest.mark.parametrize(("operation", "size", "wrong"), [(operations("4.19.4")[-1], 100, 198), (GET, 120, 201)])
def test_accepted_and_short_responses_are_wrong_under_load(operation: Operation, size: int, wrong: int) -> None:
    assert sample(PRINTED, operation, cpu=0.1, size=size).wrong == wrong


def test_ratios_are_medians_over_the_rounds() -> None:
    rates = {"bare": (100.0, 200.0, 400.0), "mock": (50.0, 160.0, 80.0)}
    readings = [
        Reading("bots", 1, server, Sample(rate=rates[server][number], cpu=10, p50=1, p99=2, wrong=number))
        for number in range(3)
        for server in rates
    ]
    ratios, _, figures = throughput(readings, "bare", {("chat", "other"): "no stream"}, "")
    assert ratios.rows == (("bots", "1", "0.50"),)
    assert figures.rows[1] == ("bots", "mock", "1", "80", "10", "1.00", "2.00", "0.50", "3")
    assert (figures.rows[2][:2], figures.rows[2][-1]) == (("chat", "other"), "no stream")


def test_a_table_is_text_and_markdown() -> None:
    table = Table("Start", "Medians.", ("server", "s"), (("bare", "0.2"), ("mockbot 4", "10.0")))
    assert table.text.splitlines()[3:] == ["server        s", "bare        0.2", "mockbot 4  10.0"]
    assert "| server | s |\n| --- | ---: |\n| bare | 0.2 |" in table.markdown


def test_a_frame_is_late_by_its_gap_less_the_pace() -> None:
    assert lateness([[1.0, 1.5, 2.25], [7.0]], 0.5) == [0.0, 0.25]


def test_new_results_keep_those_of_the_soak() -> None:
    before = "# Speed\n\nold\n\n# Soak\n\nflat\n"
    page = written(before, "a machine", [Table("Start", "Once.", ("server", "s"), (("bare", "1"),))])
    assert page.startswith("# Speed\n\na machine\n\n## Start\n")
    assert page.endswith("\n# Soak\n\nflat\n")
    assert "old" not in page
