"""A command as the client."""

import sys

from mockbot.behaviour import Behaviour
from mockbot.fuzz.clients.client import MOST_REQUESTS, Task
from mockbot.fuzz.clients.command import Command
from mockbot.fuzz.expected import Habits
from mockbot.fuzz.oracles import failures
from mockbot.fuzz.stage import Stage
from mockbot.settings import Settings

LOOP = """
from os import environ
from urllib.request import Request, urlopen
bots = Request(environ["MOCKBOT_URL"] + "/api/v1/im/bots", headers={"X-API-Key": environ["MOCKBOT_KEY"]})
while True:
    urlopen(bots).read()
"""


def test_a_command_that_asks_without_end_is_ended_and_the_failure_says_so() -> None:
    with Stage(Settings()) as stage:
        stage.play(Behaviour())
        shown = Command([sys.executable, "-c", LOOP]).run(Task("1", stage.base_url, stage.key, 1000), stage)
        (failure,) = failures(Behaviour(), stage.sent(), shown, (), Habits())
        assert stage.requests >= MOST_REQUESTS
    assert (shown.ended, failure.oracle) == ("hang", "hang")
    assert failure.did.startswith("the client sent ")
    assert failure.did.endswith(" requests, and would have gone on")
