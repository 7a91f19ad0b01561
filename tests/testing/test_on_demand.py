"""A server that starts with the first connection."""

from types import SimpleNamespace

import pytest

from mockbot.errors import UserError
from mockbot.testing import Backend
from mockbot.testing import pytest_fixtures as fixtures
from mockbot.testing.on_demand import OnDemand

pytest_plugins = ["pytester"]


def test_without_a_connection_it_never_starts() -> None:
    on_demand = OnDemand()
    on_demand.close()
    with pytest.raises(UserError, match="no mockbot answers"):
        Backend(on_demand.base_url).world()


def test_the_first_connection_starts_it() -> None:
    on_demand = OnDemand()
    with Backend(on_demand.base_url).world() as world:
        assert world.key.startswith("abk_")
    on_demand.close()
    with pytest.raises(UserError, match="no mockbot answers"):
        world.delete()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_server_that_cannot_start_refuses_connections() -> None:
    on_demand = OnDemand(fixture="nope")
    with pytest.raises(UserError, match="no mockbot answers"):
        Backend(on_demand.base_url).world()
    on_demand.close()


def test_each_worker_of_xdist_gets_the_same_server(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOCKBOT_URL", raising=False)
    config = pytester.parseconfigure()
    one, other = (SimpleNamespace(config=config, workerinput={}) for _ in range(2))
    fixtures.pytest_configure_node(one)
    fixtures.pytest_configure_node(other)
    assert one.workerinput == other.workerinput
    assert one.workerinput["mockbot_url"].startswith("http://127.0.0.1:")


def test_workers_with_mockbot_url_get_no_other_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKBOT_URL", "http://127.0.0.1:6185")
    node = SimpleNamespace(workerinput={})
    fixtures.pytest_configure_node(node)
    assert node.workerinput == {}
