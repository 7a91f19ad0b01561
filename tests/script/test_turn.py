from mockbot.script.turn import Turn, request_values
from tests.script.requests import asked


def test_every_placeholder_has_its_value() -> None:
    request = asked("/weather in Paris", username="ada", session_id="s", umo="webchat:FriendMessage:s")
    turn = Turn(
        request,
        "m",
        now=lambda: 1767225600.5,
        uuid=iter(["one", "two"]).__next__,
        number=3,
        groups={"city": "Paris"},
        prompt={"role": "user", "content": "é"},
    )
    values = turn.values()
    assert {name: value() for name, value in values.items()} == {
        "message": "weather in Paris",
        "username": "ada",
        "session_id": "s",
        "umo": "webchat:FriendMessage:s",
        "n": "3",
        "city": "Paris",
        "now": "2026-01-01T00:00:00.500000+00:00",
        "uuid": "one",
        "request": '{"role": "user", "content": "é"}',
    }
    assert values["uuid"]() == "two"


def test_a_group_outranks_a_placeholder_of_the_request_but_not_one_of_the_turn() -> None:
    request = asked("hi", username="ada")
    assert request_values(request, {"username": "bob"}, 1)["username"]() == "bob"
    turn = Turn(request, "m", now=lambda: 0.0, uuid=lambda: "one", groups={"uuid": "mine"})
    assert turn.values()["uuid"]() == "one"
