"""The bodies of all requests under way have a bound together; bodies that are not large are never refused."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from mockbot.astrbot.v4_19_4.answers import ENVELOPE
from mockbot.contract.contract import Contract
from mockbot.contract.layer import ContractLayer
from mockbot.contract.receiving import Limits
from mockbot.contract.transaction import Transaction, transaction_of
from mockbot.held import FREE, Held
from tests.conftest import KEY, Client, make_client
from tests.control.conftest import LOCAL

pytestmark = pytest.mark.anyio
PIECE = 2 * FREE


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Requests:
    """Requests whose bodies come in pieces of PIECE bytes, through one layer; the application answers when it may."""

    def __init__(self, contract: Contract, most: int) -> None:
        self.held, self.may_answer = Held(most, margin=0, wait=0), asyncio.Event()
        self.layer = ContractLayer(self._answer, contract, ENVELOPE.refusal, Limits(10**7, 10**7), held=self.held)
        self.seen: list[Transaction] = []
        self.arrived = asyncio.Semaphore(0)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append(transaction_of(scope))
        self.arrived.release()
        await self.may_answer.wait()

    async def send(self, pieces: int, size: int = PIECE, *, leaves: bool = False) -> None:
        """Send a body of so many pieces, each of `size` bytes; a client that `leaves` does so before its end."""
        last: Message = {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b""}
        messages = [*({"type": "http.request", "body": bytes(size), "more_body": True} for _ in range(pieces)), last]

        async def receive() -> Message:
            return messages.pop(0)

        async def ignore(_: Message) -> None:
            pass

        scope = {"type": "http", "method": "POST", "path": "/api/v1/file", "query_string": b"", "headers": []}
        await self.layer(scope, receive, ignore)


@pytest.fixture
def requests(contract: Contract) -> Requests:
    return Requests(contract, 4 * PIECE)


async def test_a_body_for_which_there_is_no_room_is_refused(requests: Requests) -> None:
    first = asyncio.create_task(requests.send(3))
    await requests.arrived.acquire()
    second = asyncio.create_task(requests.send(2))
    await requests.arrived.acquire()
    assert [(each.too_large, len(each.body)) for each in requests.seen] == [(False, 3 * PIECE), (True, 0)]
    assert requests.seen[1].bound == (
        f"be sent again later: those of all requests under way have more than {4 * PIECE} bytes together with it"
    )
    requests.may_answer.set()
    await asyncio.gather(first, second)


async def test_exactly_the_bound_has_room(requests: Requests) -> None:
    requests.may_answer.set()
    await requests.send(4)
    await requests.send(5)
    assert [each.too_large for each in requests.seen] == [False, True]


async def test_what_has_ended_makes_room(requests: Requests) -> None:
    requests.may_answer.set()
    for _ in range(3):
        await requests.send(3)
        await requests.send(3, leaves=True)
        await requests.send(9)
    assert [each.too_large for each in requests.seen] == [False, True] * 3
    assert requests.held.size == 0


async def test_a_small_body_is_not_refused(requests: Requests) -> None:
    first = asyncio.create_task(requests.send(4))
    await requests.arrived.acquire()
    for size, too_large in ((FREE, False), (FREE + 1, True)):
        requests.seen.clear()
        small = asyncio.create_task(requests.send(1, size))
        await requests.arrived.acquire()
        assert [each.too_large for each in requests.seen] == [too_large]
        small.cancel()
    first.cancel()


FORM = ("Content-Type", "multipart/form-data; boundary=X")
FILE = b'--X\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + bytes(PIECE) + b"\r\n--X--\r\n"


async def upload(client: Client, path: str) -> tuple[int, str]:
    reply = await client.request("POST", path, FILE, headers=[KEY, FORM])
    return reply.status, reply.body.decode()


async def test_all_worlds_and_the_control_api_have_one_bound() -> None:
    client = make_client(contract="enforce")
    held = client.app.serving.held
    held.most, held.margin, held.wait = len(FILE) + 1, 0, 0
    with_file = held.share()
    assert (await upload(client, "/api/v1/file"))[0] == 200
    assert with_file.take(PIECE)
    for path in ("/api/v1/file", "/w/other/api/v1/file"):
        status, text = await upload(client, path)
        assert (status, "must be sent again later" in text) == (413, True)
    world = {"fixture": {"sessions": [], "states": {"a": "b" * (PIECE - 1000)}}}
    put = ("PUT", "/__mockbot__/worlds/a", world)
    assert (await client.request(*put, headers=[LOCAL])).status == 413
    with_file.release()
    assert (await upload(client, "/w/other/api/v1/file"))[0] == 200
    assert (await client.request(*put, headers=[LOCAL])).status != 413
    assert held.size == 0


async def test_a_limit_of_a_media_type_names_it() -> None:
    client = make_client(contract="enforce", max_json=1000)
    form = ("Content-Type", "application/x-www-form-urlencoded")
    reply = await client.request("POST", "/api/v1/file", bytes(2000), headers=[KEY, form])
    sentence = 'the body must have at most 1000 bytes as "application/x-www-form-urlencoded"; --max-json allows more'
    assert (reply.status, [each.message for each in client.entries[0].violations]) == (413, [sentence])
