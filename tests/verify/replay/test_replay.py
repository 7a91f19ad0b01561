"""Recorded exchanges against mockbot, against copies of it that are broken on purpose, and from the command line."""

import json
import socket
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any, TypeAlias

import pytest
from click.testing import CliRunner, Result

from mockbot.app import create_app
from mockbot.cli.replay import replay as verb
from mockbot.errors import UserError
from mockbot.exchange.exchange import Exchange
from mockbot.exchange.load import read
from mockbot.jsontext import JSON
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.source import parse
from mockbot.sse import data_frame
from mockbot.testing import MockBot
from mockbot.verify.client import NoResponseError, RawClient, Sent
from mockbot.verify.replay.player import Player
from mockbot.verify.replay.replay import chosen, playing, replay, shipped

Message: TypeAlias = dict[str, Any]
Bend = Callable[[list[Message]], list[Message]]
EXCHANGES = shipped()
QUICK = [exchange for exchange in EXCHANGES if not exchange.slow]
NEWER = [exchange for exchange in shipped("4.29.3") if not exchange.slow]


@pytest.fixture(scope="module")
def players() -> Iterator[Callable[[Exchange], Player]]:
    """A function that returns a player for an exchange; each installation has its own server, started when needed."""
    with ExitStack() as stack:
        known: dict[tuple[str, str], Player] = {}

        def player(exchange: Exchange) -> Player:
            needed = exchange.given, exchange.astrbot
            if needed not in known:
                known[needed] = stack.enter_context(playing(*needed))
            return known[needed]

        yield player


@pytest.mark.parametrize("exchange", QUICK, ids=lambda exchange: exchange.id)
@pytest.mark.xdist_group("replay")
def test_mockbot_answers_as_recorded(players: Callable[[Exchange], Player], exchange: Exchange) -> None:
    assert players(exchange).play(exchange).difference is None


@pytest.mark.parametrize("exchange", NEWER, ids=lambda exchange: exchange.id)
@pytest.mark.xdist_group("replay-4.29.3")
def test_mockbot_answers_as_astrbot_4_29_3(players: Callable[[Exchange], Player], exchange: Exchange) -> None:
    assert players(exchange).play(exchange).difference is None


def test_slow_exchanges_are_few() -> None:
    assert len(EXCHANGES) - len(QUICK) <= 3


class Bent:
    """mockbot with the messages of every response but the first changed; the first shows that it accepts the key."""

    base_path = ""
    server_header = "hypercorn-h11"

    def __init__(self) -> None:
        self.app = create_app(Settings(fixture="astrbot-4.19.4", contract="observe", pace_ms=0), log=lambda _: None)
        self.key, self.close = self.app.key, self.app.close
        self.bend: Bend = lambda messages: messages
        self.reached = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        messages: list[Message] = []
        reached, self.reached = self.reached, True

        async def take(message: MutableMapping[str, Any]) -> None:
            messages.append(dict(message))

        await self.app(scope, receive, take)
        for message in self.bend(messages) if reached else messages:
            await send(message)


@pytest.fixture(scope="module")
def broken() -> Iterator[Callable[[Bend], str]]:
    """A function that sets how a server changes its responses, and returns the server's URL."""
    app = Bent()
    server = Server(app, listen("127.0.0.1", 0))
    server.start()

    def bend(change: Bend) -> str:
        app.bend, app.reached = change, False
        return server.base_url

    try:
        yield bend
    finally:
        server.stop()


def named(*names: str) -> list[Exchange]:
    found = [exchange for exchange in EXCHANGES if exchange.id in names]
    assert len(found) == len(names)
    return found


def without_length(start: Message, **changes: Any) -> Message:
    return {**start, "headers": [pair for pair in start["headers"] if pair[0] != b"content-length"], **changes}


def with_json(change: Callable[[Any], object]) -> Bend:
    def bend(messages: list[Message]) -> list[Message]:
        value = json.loads(messages[1]["body"])
        change(value)
        body = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        return [without_length(messages[0]), {**messages[1], "body": body}]

    return bend


def with_status(status: int) -> Bend:
    return lambda messages: [{**messages[0], "status": status}, *messages[1:]]


def swapped(messages: list[Message]) -> list[Message]:
    messages[2], messages[3] = messages[3], messages[2]
    return messages


def merged(messages: list[Message]) -> list[Message]:
    return [messages[0], {**messages[1], "body": messages[1]["body"] + messages[2]["body"]}, *messages[3:]]


def split(messages: list[Message]) -> list[Message]:
    half = len(messages[1]["body"]) // 2
    parts = (messages[1]["body"][:half], messages[1]["body"][half:])
    return [messages[0], *({**messages[1], "body": part} for part in parts), *messages[2:]]


def cut(messages: list[Message]) -> list[Message]:
    return [*messages[:-2], {"type": "http.response.body", "body": b""}]


def repeated(messages: list[Message]) -> list[Message]:
    return [*messages[:-1], {**messages[-2], "more_body": True}, messages[-1]]


def reworded(old: bytes, new: bytes) -> Bend:
    def bend(messages: list[Message]) -> list[Message]:
        rest = [{**message, "body": message["body"].replace(old, new)} for message in messages[1:]]
        return [without_length(messages[0]), *rest]

    return bend


CONFIGS = "bots-and-configs: there is one default config"
BOTS = "bots-and-configs: bots are listed in config order, once each, disabled ones too, webchat never"
STREAM = "streams: deltas, usage, the whole text, saved, end"
TOOL = "tools: a call, its result, the text, in deltas"


@pytest.mark.parametrize(
    ("name", "bend", "at", "got"),
    [
        (CONFIGS, with_json(lambda value: value["data"]["configs"][-1].pop("path")), "/data/configs", "path"),
        (BOTS, with_json(lambda value: value.pop("message")), "", "the keys status, data"),
        (BOTS, with_json(lambda value: value["data"]["bot_ids"].reverse()), "/data/bot_ids/0", '"disabled_tg"'),
        (BOTS, with_status(201), "status", "201"),
        (BOTS, reworded(b":[", b": ["), "body", "b'"),
        (BOTS, reworded(b"\n", b""), "body", "none"),
        (BOTS, reworded(b"{", b""), "", '"'),
        (STREAM, swapped, "/1/data", '","'),
        (STREAM, merged, "/0", '"data: {'),
        (STREAM, split, "/0", '"data: {'),
        (STREAM, cut, "", "9 items"),
        (STREAM, repeated, "", "11 items"),
        (STREAM, reworded(b"data: {", b"data:{"), "/0", '"data:{'),
        (STREAM, reworded(b'", "', b'","'), "/0", '"data: {'),
        (STREAM, reworded(b"\n\n", b"\n\n: beat\n\n"), "/1", '": beat'),
        (STREAM, reworded(b'": "end"', b'": "fin"'), "/9/type", '"fin"'),
        (STREAM, reworded(b'"data": {"id": ', b'"data": {"id": 0'), "/8", '"data: '),
        (TOOL, reworded(b"Sunny", b"Rainy"), "/2/data/result", '"Rainy in Paris, 21C"'),
    ],
)
def test_a_changed_response_is_found_with_its_pointer(
    broken: Callable[[Bend], str], name: str, bend: Bend, at: str, got: str
) -> None:
    url = broken(bend)
    (outcome,) = replay(url, {"abk_all": "abk_all"}, installation="astrbot-4.19.4", exchanges=named(name)).differed
    assert outcome.difference is not None
    assert outcome.difference.at == at
    assert got in outcome.difference.got
    assert outcome.curl.startswith("curl -X ")
    assert "abk_all" not in outcome.curl


def with_allow(value: bytes) -> Bend:
    def bend(messages: list[Message]) -> list[Message]:
        rest = [pair for pair in messages[0]["headers"] if pair[0] != b"allow"]
        return [{**messages[0], "headers": [*rest, (b"allow", value)]}, *messages[1:]]

    return bend


@pytest.mark.parametrize(
    ("allow", "agrees"),
    [(b"POST,HEAD, GET, OPTIONS", True), (b"POST, HEAD, GET", False), (b"OPTIONS, GET, HEAD", False)],
)
def test_the_methods_of_allow_may_have_any_order(broken: Callable[[Bend], str], allow: bytes, agrees: bool) -> None:
    exchanges = named("routing: OPTIONS lists the methods of chat")
    (outcome,) = replay(broken(with_allow(allow)), {"abk_all": "abk_all"}, exchanges=exchanges).outcomes
    assert outcome.agreed == agrees


def test_ids_of_saved_messages_must_increase(broken: Callable[[Bend], str]) -> None:
    def still(messages: list[Message]) -> list[Message]:
        saved: JSON = {"type": "message_saved", "data": {"id": 5, "created_at": "2026-01-01T00:00:00+00:00"}}
        return [
            {**message, "body": data_frame(saved)} if b"message_saved" in message.get("body", b"") else message
            for message in messages
        ]

    exchanges = named(STREAM, "streams: reasoning alone is hidden")
    played = replay(broken(still), {"abk_all": "abk_all"}, installation="astrbot-4.19.4", exchanges=exchanges)
    first, second = played.outcomes
    assert first.agreed
    assert second.difference is not None
    assert (second.difference.at, second.difference.expected) == ("/8/data/id", "more than 5")


def test_a_step_that_fails_is_reported_with_its_number() -> None:
    (exchange,) = read(
        parse(
            """
about: steps
exchanges:
  - name: two
    recorded: r
    steps: [{request: {method: GET, path: /api/v1/configs}, capture: {id: /data/configs/99/id}}]
    request: {method: GET, path: "/{id}"}
""",
            "steps.yaml",
        )
    )
    with playing("empty") as player:
        found = player.play(exchange).difference
    assert found is not None
    assert (found.at, found.got) == ("step 1 /data/configs/99/id", "nothing there")


def test_exchanges_that_need_other_keys_or_installations_are_skipped() -> None:
    with playing("astrbot-4.19.4") as player:
        replayed = replay(player.wire.base_url, {"abk_star": "abk_star"}, exchanges=chosen(EXCHANGES, "may list bots"))
        assert [(outcome.exchange.name, outcome.skipped) for outcome in replayed.outcomes] == [
            ("abk_im may list bots", "needs --key abk_im=…"),
            ("abk_star may list bots", ""),
        ]
        assert replayed.ok
        other = replay(player.wire.base_url, {"abk_all": "abk_all"}, exchanges=chosen(EXCHANGES, "streams: deltas"))
    assert [outcome.skipped for outcome in other.skipped] == ["needs --installation astrbot-4.19.4"]
    assert not other.ok


def test_the_same_exchanges_agree_again_on_the_same_server() -> None:
    exchanges = [each for each in chosen(EXCHANGES, "session") if not each.slow]
    with playing("astrbot-4.19.4") as player:
        headers = (("X-API-Key", "abk_all"), ("Content-Type", "application/json"))
        for name in ("%", "a", "ann"):  # names that a used server may know
            player.wire.send(Sent("POST", "/api/v1/chat", "1.1", headers, json.dumps({"username": name}).encode()), 10)
        for _ in range(2):
            again = replay(
                player.wire.base_url, {"abk_all": "abk_all"}, installation="astrbot-4.19.4", exchanges=exchanges
            )
            assert not again.differed


@pytest.mark.parametrize("url", ["localhost:6185", "ftp://host", "http://", "http://host:port", ""])
def test_a_url_must_be_an_http_url(url: str) -> None:
    with pytest.raises(UserError, match="not a URL such as http://"):
        RawClient(url)


GET = Sent("GET", "/", "1.1", (), b"")


@contextmanager
def responding(sent: bytes, silent: bool = False) -> Iterator[str]:
    """Yield the URL of a server that sends these bytes to its first client, then closes or stays silent."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(sent)
                if silent:
                    over.wait(20)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join(20)


def test_chunks_are_kept_as_received() -> None:
    with responding(b"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n") as url:
        found = RawClient(url).send(GET, 5)
    assert (found.chunks, found.body, found.reason) == ((b"ab", b"c"), b"abc", "")


@pytest.mark.parametrize(
    ("sent", "silent", "reason"),
    [
        (b"", False, "no complete response: "),
        (b"SSH-2.0\r\n\r\n", False, "no complete response: "),
        (b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nab", False, "no complete response: "),
        (b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nab", True, "no complete response within 0.05 s"),
    ],
)
def test_an_incomplete_response_is_an_error(sent: bytes, silent: bool, reason: str) -> None:
    with responding(sent, silent) as url, pytest.raises(NoResponseError, match=reason):
        RawClient(url).send(GET, 0.05 if silent else 5)


def test_the_size_of_a_response_is_limited() -> None:
    with (
        responding(b"HTTP/1.1 200 \r\n\r\nabcdef") as url,
        pytest.raises(NoResponseError, match="longer than 3 bytes"),
    ):
        RawClient(url, max_response=3).send(GET, 5)


def test_a_missing_response_is_a_difference() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    outcome = Player(url, {"abk_all": "K"}, "x").play(named(BOTS)[0])
    assert outcome.difference is not None
    assert outcome.difference.expected == "a response"
    assert outcome.difference.got.startswith("no complete response: ")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(verb, arguments)


def test_the_command_replays_against_mockbot_itself() -> None:
    result = run("--only", "bots-and-configs")
    assert result.exit_code == 0
    assert result.output.endswith("bots-and-configs            6 of 6\n6 of 6 agree, 0 not played\n")


def test_the_command_lists_exchanges() -> None:
    result = run("--list", "--only", "A PAGE BELOW")
    assert result.output == "sessions: a page below one is clamped, and the newest is first (any)\n"


def test_the_same_difference_is_shown_in_full_once(broken: Callable[[Bend], str]) -> None:
    url = broken(reworded(b"Missing key", b"No key"))
    output = run(url, "--key", "abk_all", "--only", "sessions: ").output
    assert output.count('expected "Missing key: username"') == 1
    again = "sessions: a bad page without a username gets no list\n  as with sessions: no username gets no list\n"
    assert again in output


def test_the_command_shows_the_first_difference_and_what_was_not_played(broken: Callable[[Bend], str]) -> None:
    url = broken(with_status(500))
    result = run(url, "--key", "abk_all", "--only", "bots-and-configs: ", "--installation", "astrbot-4.19.4")
    assert result.exit_code == 1
    assert "bots-and-configs.yaml:" in result.output
    assert "  at       status\n  expected 200\n  got      500 " in result.output
    assert f"  repeat   curl -X GET {url}/api/v1/configs -H 'X-API-Key: '\"$MOCKBOT_KEY\"" in result.output
    assert "not played, needs --installation empty (1): bots-and-configs\n" in result.output
    assert result.output.endswith("0 of 5 agree, 1 not played\n")


@pytest.mark.parametrize("contract", ["enforce", "observe"])
@pytest.mark.parametrize("world", ["", "/w/other"])
def test_a_mockbot_that_enforces_is_named(contract: str, world: str) -> None:
    with MockBot(contract=contract) as bot:
        output = run(f"{bot.base_url}{world}", "--key", "abk_demo_all", "--only", "sessions: no username").output
    hint = "start it with --contract observe --astrbot 4.19.4 --fixture astrbot-4.19.4"
    assert (hint in output) == (contract == "enforce")


def test_verbose_names_what_was_not_played(broken: Callable[[Bend], str]) -> None:
    url = broken(lambda messages: messages)
    result = run(url, "--key", "abk_all", "--only", "fresh installation", "--verbose")
    assert "not played, needs --installation empty (1):\n  bots-and-configs: a fresh installation" in result.output


def test_a_mistake_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    for arguments, message in [
        ([url], f"{url} does not answer: "),
        (["--only", "nowhere"], "--only nowhere: no exchange"),
    ]:
        error = run(*arguments).exception
        assert isinstance(error, UserError)
        assert str(error).startswith(message)


def test_a_rejected_key_ends_the_run_at_once() -> None:
    with playing("empty") as player:
        error = run(player.wire.base_url, "--key", "abk_nobody").exception
    assert str(error).endswith("rejects this key; give one with all scopes")


def test_keys_are_given_by_name_and_never_shown(broken: Callable[[Bend], str]) -> None:
    url = broken(with_status(500))
    result = run(url, "--key", "abk_star=abk_star", "--key", "abk_im=abk_im", "--only", "opens the door")
    assert "not played, needs --key abk_all=…" in result.output
    replayed = replay(url, {"abk_all": "abk_all"}, exchanges=chosen(EXCHANGES, "opens the door"))
    assert [outcome.curl.removeprefix(f"curl -X GET {url}/api/v1/im/bots ") for outcome in replayed.differed[:3]] == [
        "-H 'Authorization: Bearer '\"$MOCKBOT_KEY\"",
        "-H 'Authorization: Bearer   '\"$MOCKBOT_KEY\"'  '",
        "-H 'Authorization: ApiKey '\"$MOCKBOT_KEY\"",
    ]
