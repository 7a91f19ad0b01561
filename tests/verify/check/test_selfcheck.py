"""schemathesis itself, by its public interface, on the effective contract and mockbot in this process."""

from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import one_of
from schemathesis import APIOperation, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.engine import events, from_schema

from mockbot.app import create_app
from mockbot.settings import Settings
from mockbot.world.clock import FrozenClock

pytestmark = pytest.mark.xdist_group("schemathesis")
app = create_app(Settings(pace_ms=0), clock=FrozenClock(), log=lambda _: None)
config = SchemathesisConfig.from_dict({"seed": 1, "headers": {"X-API-Key": app.key}, "max-stream-events": 10_000})
schema = schemathesis.openapi.from_dict(deepcopy(app.profile.document.effective), config=config)
schema.app = app
OPERATIONS = [operation.ok() for operation in schema.get_all_operations() if isinstance(operation, Ok)]
quickly = settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_schemathesis_reads_every_operation() -> None:
    assert all(isinstance(operation, Ok) for operation in schema.get_all_operations())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_operation_keeps_the_contract(operation: APIOperation[Any, Any, Any, Any]) -> None:
    takes_anything = operation.body or operation.query
    modes = list(GenerationMode) if takes_anything else [GenerationMode.POSITIVE]

    @quickly
    @given(case=one_of([operation.as_strategy(generation_mode=mode) for mode in modes]))
    def answers_correctly(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers={"X-API-Key": app.key})

    answers_correctly()


def test_what_is_uploaded_can_be_sent_and_what_is_said_is_listed() -> None:
    """Follow the links of the contract: upload, then chat with the file, then list the sessions."""
    phases = {name: {"enabled": False} for name in ("examples", "coverage", "fuzzing")}
    stateful = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "headers": {"X-API-Key": app.key},
            "max-stream-events": 10_000,
            "generation": {"max-examples": 10, "database": "none"},
            "phases": phases,
        }
    )
    linked = schemathesis.openapi.from_dict(deepcopy(app.profile.document.effective), config=stateful)
    linked.app = app
    walked: set[tuple[str, str]] = set()
    failures: list[str] = []
    for event in from_schema(linked).execute():
        assert not isinstance(event, events.NonFatalError | events.FatalError), event
        if not isinstance(event, events.ScenarioFinished):
            continue
        recorder = event.recorder
        for node in recorder.cases.values():
            if node.parent_id is not None and node.transition is not None:
                walked.add((recorder.cases[node.parent_id].value.operation.label, node.value.operation.label))
        failures += [
            f"{check.name}: {check.failure_info.failure}"
            for checks in recorder.checks.values()
            for check in checks
            if check.failure_info is not None
        ]
    assert not failures
    assert walked >= {
        ("POST /api/v1/file", "POST /api/v1/chat"),
        ("POST /api/v1/file", "POST /api/v1/im/message"),
        ("POST /api/v1/chat", "GET /api/v1/chat/sessions"),
    }
