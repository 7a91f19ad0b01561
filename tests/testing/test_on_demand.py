"""A server that starts with the first connection."""

import pytest

from mockbot.errors import UserError
from mockbot.testing import Backend, MockBot
from mockbot.testing.on_demand import OnDemand


def test_nobody_came() -> None:
    on_demand = OnDemand()
    on_demand.close()
    with pytest.raises(UserError, match="no mockbot answers"):
        Backend(on_demand.base_url).world()


def test_the_first_connection_starts_it() -> None:
    on_demand = OnDemand()
    with Backend(on_demand.base_url).world() as world:
        assert world.key == "abk_demo"
    on_demand.close()
    with pytest.raises(UserError, match="no mockbot answers"):
        world.delete()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_cannot_start_refuses_instead_of_keeping_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: MockBot) -> MockBot:
        raise UserError("no")

    monkeypatch.setattr(MockBot, "start", fail)
    on_demand = OnDemand()
    with pytest.raises(UserError, match="no mockbot answers"):
        Backend(on_demand.base_url).world()
    on_demand.close()
