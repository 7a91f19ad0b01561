import pytest

from mockbot.astrbot.im import Umo, parse_umo
from mockbot.astrbot.message import Invalid


@pytest.mark.parametrize(
    ("session", "conversation"),
    [
        ("webchat!alice!s", "s"),
        ("webchat!alice!s!t!", "s!t!"),
        ("webchat!alice!", ""),
        ("webchat!!s", "s"),
        ("webchat!alice", "webchat!alice"),
        ("other!alice!s", "other!alice!s"),
        ("!alice!s", "!alice!s"),
        ("s", "s"),
    ],
)
def test_the_conversation_of_a_session(session: str, conversation: str) -> None:
    umo = parse_umo(f"webchat:FriendMessage:{session}")
    assert isinstance(umo, Umo)
    assert umo.conversation == conversation


def test_an_origin_has_three_parts_of_which_the_last_may_have_colons() -> None:
    assert parse_umo("a:GroupMessage:b:c:") == Umo("a", "GroupMessage", "b:c:")
    assert parse_umo(":OtherMessage:") == Umo("", "OtherMessage", "")
    assert parse_umo("a:GroupMessage") == Invalid("not enough values to unpack (expected 3, got 2)")
    assert parse_umo("a:groupmessage:b") == Invalid("'groupmessage' is not a valid MessageType")
