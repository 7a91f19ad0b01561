"""The SDK against a mockbot: each test has its own world, and fails if the SDK breaks AstrBot's contract."""

import pytest
from astrbot_sdk import AstrBot, BotError

CHAT = "POST /api/v1/chat"


@pytest.fixture
def bot(mockbot):
    """The SDK for the test's world; it waits on the world's clock."""
    return AstrBot(mockbot.base_url, mockbot.key, sleep=mockbot.clock.advance)


@pytest.mark.mockbot(scripts=[{"when": {"message": {"contains": "weather"}}, "run": [{"say": ["It is ", "sunny."]}]}])
def test_chat_arrives_piece_by_piece(bot, mockbot):
    assert list(bot.chat("ada", "the weather?")) == ["It is ", "sunny."]
    mockbot.verify(CHAT, {"username": "ada", "/message": "the weather?"}, count=1)


@pytest.mark.mockbot(frozen=False, pace=100)
def test_chat_is_read_to_its_end(bot):
    """With a pace, the verdict fails the test if the SDK disconnects before the end."""
    assert "".join(bot.chat("ada", "hello")).startswith("Hello ada!")


@pytest.mark.parametrize("fault", ["truncate", "cut"])
def test_a_reply_that_breaks_off_is_an_error(bot, mockbot, fault):
    mockbot.faults.arm(fault, after=3)
    with pytest.raises(BotError, match="broke off"):
        list(bot.chat("ada", "hello"))
    mockbot.verify(CHAT, count=1)  # it was not sent again, because AstrBot has received it


def test_a_busy_bot_is_asked_again_after_retry_after(bot, mockbot):
    mockbot.faults.arm("status", status=429, retry_after=7, times=2)
    before = mockbot.clock.now()
    assert bot.sessions("ada") == []
    assert mockbot.clock.now() - before == 14
    mockbot.verify("GET /api/v1/chat/sessions", count=3)


def test_the_sdk_gives_up_if_the_bot_remains_busy(bot, mockbot):
    """The verdict fails the test if the SDK retries too often or too soon."""
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
