"""The SDK against a mockbot: each test has a world of its own, and fails when the SDK breaks AstrBot's contract."""

import pytest
from astrbot_sdk import AstrBot, BotError

CHAT = "POST /api/v1/chat"


@pytest.fixture
def bot(mockbot):
    """The SDK, pointed at the test's world; it waits by the world's clock."""
    return AstrBot(mockbot.base_url, mockbot.key, sleep=mockbot.clock.advance)


@pytest.mark.mockbot(scripts=[{"when": {"message": {"contains": "weather"}}, "run": [{"say": ["It is ", "sunny."]}]}])
def test_chat_arrives_piece_by_piece(bot, mockbot):
    assert list(bot.chat("ada", "the weather?")) == ["It is ", "sunny."]
    mockbot.verify(CHAT, {"username": "ada", "/message": "the weather?"}, count=1)


@pytest.mark.mockbot(frozen=False, pace=100)
def test_chat_is_read_to_its_end(bot):
    """At a pace, who leaves before the end is seen leaving, and the verdict fails the test."""
    assert "".join(bot.chat("ada", "hello")).startswith("Hello ada!")


@pytest.mark.parametrize("fault", ["truncate", "cut"])
def test_a_reply_that_breaks_off_is_an_error(bot, mockbot, fault):
    mockbot.faults.arm(fault, after=3)
    with pytest.raises(BotError, match="broke off"):
        list(bot.chat("ada", "hello"))
    mockbot.verify(CHAT, count=1)  # it was not sent again: the bot has heard it


def test_a_busy_bot_is_asked_again_when_it_says(bot, mockbot):
    mockbot.faults.arm("status", status=429, retry_after=7, times=2)
    before = mockbot.clock.now()
    assert bot.sessions("ada") == []
    assert mockbot.clock.now() - before == 14
    mockbot.verify("GET /api/v1/chat/sessions", count=3)


def test_a_bot_that_stays_busy_is_left_alone(bot, mockbot):
    """The verdict fails the test when the SDK asks too often or too soon."""
    mockbot.faults.arm("status", status=503, retry_after=1, times=10)
    with pytest.raises(BotError, match="503"):
        bot.sessions("ada")


def test_a_refusal_is_not_sent_again(bot, mockbot):
    bot.key = "wrong"
    with pytest.raises(BotError, match="401"):
        bot.sessions("ada")
    mockbot.verify("GET /api/v1/chat/sessions", {"status": 401}, count=1)


def test_a_chat_becomes_a_session(bot):
    list(bot.chat("ada", "hello", "first"))
    list(bot.chat("ada", "hello", "second"))
    assert {session["session_id"] for session in bot.sessions("ada")} == {"first", "second"}
    assert len(bot.sessions("ada", page=2, page_size=1)) == 1


def test_a_file_becomes_an_attachment(bot, mockbot):
    attachment = bot.upload("notes.txt", b"milk, eggs")
    assert attachment in [row["id"] for row in mockbot.snapshot()["attachments"]]
