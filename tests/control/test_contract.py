"""Every operation of the control API against its own contract, with generated requests."""

from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from starlette.types import Receive, Scope, Send

from mockbot.app import Mockbot, create_app
from mockbot.control.control import control_contract
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock

CONFIG = {
    "seed": 1,
    "base-url": "http://127.0.0.1",
    "generation": {"max-examples": 20, "database": "none"},
    "cache": {"enabled": False},
    # a fixture, a script or a fault can be wrong in ways that a schema cannot express: 422
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]}},
}


class Local:
    """Calls mockbot from this machine: schemathesis in process sends another client address and host."""

    def __init__(self, app: Mockbot) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [(b"host", b"127.0.0.1"), *(each for each in scope["headers"] if each[0] != b"host")]
            scope = {**scope, "client": ("127.0.0.1", 1), "headers": headers}
        await self.app(scope, receive, send)


def failures(app: Any, only: str | None = None) -> tuple[int, list[str]]:
    """Return the number of requests, all or those of the operation `only`, and the failed checks."""
    phases = {"stateful": {"enabled": only is None}}
    config = SchemathesisConfig.from_dict({**CONFIG, "phases": phases})
    schema = schemathesis.openapi.from_dict(control_contract().document.effective, config=config)
    schema.app = app
    count, found = 0, []
    chosen = schema.exclude(operation_id="streamEntries") if only is None else schema.include(operation_id=only)
    for event in from_schema(chosen).execute():  # streamEntries never ends
        if isinstance(event, events.ScenarioFinished):
            count += len(event.recorder.cases)
            for checks in event.recorder.checks.values():
                found += [
                    f"{event.recorder.label}: {each.failure_info.failure}" for each in checks if each.failure_info
                ]
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
    return count, found


def make_app() -> Mockbot:
    settings = Settings(pace_ms=0, max_worlds=20)
    return create_app(settings, clock=FrozenClock(), log=lambda _: None)


@pytest.mark.slow
def test_no_generated_request_finds_a_failure() -> None:
    app = make_app()
    count, found = failures(Local(app))
    assert found == []
    assert count > 500
    assert len(app.worlds) <= 21


def test_a_response_that_breaks_the_contract_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.__version__", 4.19)
    _, found = failures(Local(make_app()), only="version")
    assert any("Server error" in failure for failure in found)
