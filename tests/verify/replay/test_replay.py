"""Recorded exchanges against mockbot, against copies of it that are broken on purpose, and from the command line."""

import json
import socket
from contextlib import ExitStack, contextmanager

import pytest
from click.testing import CliRunner

from mockbot.app import create_app
from mockbot.cli.replay import replay as verb
from mockbot.errors import UserError
from mockbot.exchange.load import read
from mockbot.server.listen import listen
from mockbot.server.server import Server
from mockbot.settings import Settings
from mockbot.source import parse
from mockbot.sse import data_frame
from mockbot.verify.client import NoAnswerError, RawClient, Sent
from mockbot.verify.replay.player import Player
from mockbot.verify.replay.replay import chosen, playing, replay, shipped

EXCHANGES = shipped()
QUICK = [exchange for exchange in EXCHANGES if not exchange.slow]


@pytest.fixture(scope="module")
def players():
    """Players by what they are given, each with a server of its own, made when the first exchange asks."""
    with ExitStack() as stack:
        known = {}

        def player(given):
            if given not in known:
                known[given] = stack.enter_context(playing(given))
            return known[given]

        yield player


@pytest.mark.parametrize("exchange", QUICK, ids=lambda exchange: exchange.id)
@pytest.mark.xdist_group("replay")
def test_mockbot_answers_as_recorded(players, exchange):
    assert players(exchange.given).play(exchange).difference is None


def test_slow_exchanges_are_few():
    assert len(EXCHANGES) - len(QUICK) <= 3


class Bent:
    """mockbot with its messages bent on their way out, but for the first look whether it takes the key."""

    base_path = ""
    server_header = "hypercorn-h11"

    def __init__(self):
        self.app = create_app(Settings(fixture="astrbot-4.19.4", contract="observe", pace_ms=0), log=lambda _: None)
        self.key, self.close, self.bend = self.app.key, self.app.close, None
        self.looked = False

    async def __call__(self, scope, receive, send):
        messages, looked = [], self.looked
        self.looked = True

        async def take(message):
            messages.append(message)

        await self.app(scope, receive, take)
        for message in self.bend(messages) if looked else messages:
            await send(message)


@pytest.fixture(scope="module")
def broken():
    """A function that bends the one server's answers from now on and returns its URL."""
    app = Bent()
    server = Server(app, listen("127.0.0.1", 0))
    server.start()

    def bend(change):
        app.bend, app.looked = change, False
        return server.base_url

    yield bend
    server.stop()


def named(*names):
    found = [exchange for exchange in EXCHANGES if exchange.id in names]
    assert len(found) == len(names)
    return found


def without_length(start, **changes):
    return {**start, "headers": [pair for pair in start["headers"] if pair[0] != b"content-length"], **changes}


def with_json(change):
    def bend(messages):
        value = json.loads(messages[1]["body"])
        change(value)
        body = json.dumps(value, separators=(",", ":")).encode() + b"\n"
        return [without_length(messages[0]), {**messages[1], "body": body}]

    return bend


def with_status(status):
    return lambda messages: [{**messages[0], "status": status}, *messages[1:]]


def swapped(messages):
    messages[2], messages[3] = messages[3], messages[2]
    return messages


def merged(messages):
    return [messages[0], {**messages[1], "body": messages[1]["body"] + messages[2]["body"]}, *messages[3:]]


def split(messages):
    half = len(messages[1]["body"]) // 2
    parts = (messages[1]["body"][:half], messages[1]["body"][half:])
    return [messages[0], *({**messages[1], "body": part} for part in parts), *messages[2:]]


def cut(messages):
    return [*messages[:-2], {"type": "http.response.body", "body": b""}]


def repeated(messages):
    return [*messages[:-1], {**messages[-2], "more_body": True}, messages[-1]]


def reworded(old, new):
    def bend(messages):
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
def test_a_changed_answer_is_caught_at_its_place(broken, name, bend, at, got):
    url = broken(bend)
    (outcome,) = replay(url, {"abk_all": "abk_all"}, installation="astrbot-4.19.4", exchanges=named(name)).differed
    assert outcome.difference is not None
    assert outcome.difference.at == at
    assert got in outcome.difference.got
    assert outcome.curl.startswith("curl -X ")
    assert "abk_all" not in outcome.curl


def test_ids_of_saved_messages_must_increase(broken):
    def still(messages):
        saved = {"type": "message_saved", "data": {"id": 5, "created_at": "2026-01-01T00:00:00+00:00"}}
        return [
            {**message, "body": data_frame(saved)} if b"message_saved" in message.get("body", b"") else message
            for message in messages
        ]

    exchanges = named(STREAM, "streams: reasoning alone is hidden")
    played = replay(broken(still), {"abk_all": "abk_all"}, installation="astrbot-4.19.4", exchanges=exchanges)
    first, second = played.outcomes
    assert first.agreed
    assert (second.difference.at, second.difference.expected) == ("/8/data/id", "more than 5")


def test_a_step_that_fails_is_told_as_such():
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
    assert (found.at, found.got) == ("step 1 /data/configs/99/id", "nothing there")


def test_a_server_has_keys_of_its_own_and_lacks_what_others_have():
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


def test_the_same_exchanges_agree_again_on_the_same_server():
    exchanges = [each for each in chosen(EXCHANGES, "session") if not each.slow]
    with playing("astrbot-4.19.4") as player:
        for _ in range(2):
            again = replay(
                player.wire.base_url, {"abk_all": "abk_all"}, installation="astrbot-4.19.4", exchanges=exchanges
            )
            assert not again.differed


@pytest.mark.parametrize("url", ["localhost:6185", "ftp://host", "http://", "http://host:port", ""])
def test_a_url_must_be_one(url):
    with pytest.raises(UserError, match="not a URL such as http://"):
        RawClient(url)


GET = Sent("GET", "/", "1.1", (), b"")


@contextmanager
def saying(answer):
    """A server that says this to whoever connects first, and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = RawClient(f"http://127.0.0.1:{listener.getsockname()[1]}")
        connect = wire._connect

        def connected(limit):
            client = connect(limit)
            server, _ = listener.accept()
            server.sendall(answer)
            if not answer.startswith(b"HTTP/1.1 200 \r\nslow"):
                server.close()
            else:
                stay.append(server)
            return client

        stay: list[socket.socket] = []
        wire._connect = connected
        yield wire
        for server in stay:
            server.close()


def test_chunks_stay_as_they_came():
    answer = b"HTTP/1.1 200 \r\nslow: no\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    with saying(answer) as wire:
        found = wire.ask(GET, 5)
    assert (found.chunks, found.body, found.reason) == ((b"ab", b"c"), b"abc", "")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "no whole answer: "),
        (b"SSH-2.0\r\n\r\n", "no whole answer: "),
        (b"HTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nab", "no whole answer: "),
        (b"HTTP/1.1 200 \r\nslow: yes\r\nContent-Length: 5\r\n\r\nab", "no whole answer within 0.05 s"),
    ],
)
def test_a_server_that_breaks_off_or_stays_silent_is_no_answer(answer, reason):
    with saying(answer) as wire, pytest.raises(NoAnswerError, match=reason):
        wire.ask(GET, 0.05 if b"slow" in answer else 5)


def test_an_answer_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr("mockbot.verify.client.MAX_ANSWER", 3)
    with saying(b"HTTP/1.1 200 \r\n\r\nabcdef") as wire, pytest.raises(NoAnswerError, match="longer than 3 bytes"):
        wire.ask(GET, 5)


def test_an_answer_that_never_comes_is_a_difference():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    outcome = Player(url, {"abk_all": "K"}, "x").play(named(BOTS)[0])
    assert outcome.difference.expected == "an answer"
    assert outcome.difference.got.startswith("no whole answer: ")


def run(*arguments):
    return CliRunner().invoke(verb, arguments)


def test_the_command_proves_mockbot_itself():
    result = run("--only", "bots-and-configs")
    assert result.exit_code == 0
    assert result.output.endswith("bots-and-configs            6 of 6\n6 of 6 agree, 0 not played\n")


def test_the_command_lists_exchanges():
    result = run("--list", "--only", "A PAGE BELOW")
    assert result.output == "sessions: a page below one is clamped, and the newest is first (any)\n"


def test_the_same_difference_is_told_in_full_once(broken):
    url = broken(reworded(b"Missing key", b"No key"))
    output = run(url, "--key", "abk_all", "--only", "sessions: ").output
    assert output.count('expected "Missing key: username"') == 1
    again = "sessions: a bad page without a username gets no list\n  as with sessions: no username gets no list\n"
    assert again in output


def test_the_command_shows_the_first_difference_and_says_what_was_not_played(broken):
    url = broken(with_status(500))
    result = run(url, "--key", "abk_all", "--only", "bots-and-configs: ", "--installation", "astrbot-4.19.4")
    assert result.exit_code == 1
    assert "bots-and-configs.yaml:" in result.output
    assert "  at       status\n  expected 200\n  got      500 " in result.output
    assert f"  repeat   curl -X GET {url}/api/v1/configs -H 'X-API-Key: '\"$MOCKBOT_KEY\"" in result.output
    assert "not played, needs --installation empty (1): bots-and-configs\n" in result.output
    assert result.output.endswith("0 of 5 agree, 1 not played\n")


def test_what_was_not_played_is_named_on_request(broken):
    url = broken(lambda whole: whole)
    result = run(url, "--key", "abk_all", "--only", "fresh installation", "--verbose")
    assert "not played, needs --installation empty (1):\n  bots-and-configs: a fresh installation" in result.output


def test_a_mistake_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    for arguments, said in [
        ([url], f"{url} does not answer: "),
        (["--only", "nowhere"], "--only nowhere: no exchange"),
    ]:
        error = run(*arguments).exception
        assert isinstance(error, UserError)
        assert str(error).startswith(said)


def test_a_key_that_the_server_does_not_take_is_told_at_once():
    with playing("empty") as player:
        error = run(player.wire.base_url, "--key", "abk_nobody").exception
    assert str(error).endswith("does not take this key; give one that may do everything")


def test_keys_are_given_by_name_and_never_shown(broken):
    url = broken(with_status(500))
    result = run(url, "--key", "abk_star=abk_star", "--key", "abk_im=abk_im", "--only", "opens the door")
    assert "not played, needs --key abk_all=…" in result.output
    replayed = replay(url, {"abk_all": "abk_all"}, exchanges=chosen(EXCHANGES, "opens the door"))
    assert [outcome.curl.removeprefix(f"curl -X GET {url}/api/v1/im/bots ") for outcome in replayed.differed[:3]] == [
        "-H 'Authorization: Bearer '\"$MOCKBOT_KEY\"",
        "-H 'Authorization: Bearer   '\"$MOCKBOT_KEY\"'  '",
        "-H 'Authorization: ApiKey '\"$MOCKBOT_KEY\"",
    ]
