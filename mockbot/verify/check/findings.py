"""Turn failures into findings: one finding for each defect, with the smallest request that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from schemathesis.core.failures import Failure, Severity
from schemathesis.engine import events
from schemathesis.engine.errors import ServerUnavailable
from schemathesis.openapi.checks import JsonSchemaError
from urllib3.exceptions import ProtocolError

from mockbot.dataclass import dataclass
from mockbot.jsontext import pointer
from mockbot.limited import TooLong
from mockbot.verify.check.report import CheckFinding
from mockbot.verify.check.rules import Rules, media_type
from mockbot.verify.check.target import Target
from mockbot.verify.curl import curl_line, masked

SERVED = "http://127.0.0.1:6185"
"""The default address of `mockbot serve`; curl lines of findings in this process use it."""
BY_INPUT = {"negative_data_rejection", "not_a_server_error"}
"""Checks whose failures are grouped by the violation in the request; those of others are one group."""
SEVERITIES = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)


@dataclass(slots=True)
class _Seen:
    rank: int
    """0 if there was no response, else from 1, the most severe."""
    size: int
    finding: CheckFinding
    cases: int = 1


class Findings:
    """Collects the findings of one run."""

    def __init__(self, target: Target, rules: Rules) -> None:
        self._target, self._rules = target, rules
        self._seen: dict[tuple[Hashable, ...], _Seen] = {}
        self._unanswered: dict[str, str] = {}
        self.checks: Counter[tuple[str, str]] = Counter()

    def all(self) -> tuple[CheckFinding, ...]:
        """Return the findings, most severe first. A finding on valid requests includes the same one on invalid ones."""
        merged: dict[Hashable, _Seen] = {}
        for cause, seen in self._seen.items():
            general = (*cause[:-1], None)
            key = general if general in self._seen else cause
            cases = merged[key].cases if key in merged else 0
            merged[key] = replace(self._seen[key], cases=seen.cases + cases)
        return tuple(
            replace(
                seen.finding,
                cases=seen.cases,
                curl=seen.finding.curl or self._unanswered.get(seen.finding.operation, ""),
            )
            for seen in sorted(merged.values(), key=lambda seen: seen.rank)
        )

    def take(self, event: object) -> None:
        """Handle an event of the engine."""
        match event:
            case events.ScenarioFinished(recorder=recorder):
                self._scenario(recorder)
            case events.NonFatalError(value=ServerUnavailable()):
                reason = "it no longer accepts connections; later requests were not checked"
                self._unanswerable(CheckFinding("Server", "error", "The server stopped", reason, ""))
            case events.NonFatalError(info=info, label=label, value=OSError() as error):
                evidence = self._masked(_first_cause(error) or info.message)
                self._unanswerable(CheckFinding(label, "error", "No response", evidence, ""))
            case events.NonFatalError(info=info, label=label):
                self._unanswerable(CheckFinding(label, "error", info.title, self._masked(info.message), ""))
            case events.FatalError(exception=exception):
                raise exception

    def _scenario(self, recorder: Any) -> None:
        for case_id, exchange in recorder.interactions.items():
            if exchange.response is None:
                self._unanswered[recorder.cases[case_id].value.operation.label] = self._curl(recorder, case_id)
        for case_id, nodes in recorder.checks.items():
            label = recorder.cases[case_id].value.operation.label
            for node in nodes:
                self.checks[label, node.name] += 1
                if node.failure_info is not None:
                    self._failure(recorder, case_id, label, node.name, node.failure_info.failure)

    def _failure(self, recorder: Any, case_id: str, label: str, check: str, failure: Failure) -> None:
        exchange = recorder.interactions[case_id]
        request, response = exchange.request, exchange.response
        size = len(request.uri) + len(request.body or b"") + len(str(request.headers))
        cause = (label, check, type(failure).__name__, *self._cause(failure, check, exchange))
        seen = self._seen.get(cause)
        if seen is not None and seen.size <= size:
            seen.cases += 1
            return
        lines = _explanation(failure)
        if response is not None:
            lines.append(f"response: {response.status_code} {media_type(response)} {_beginning(response.content)}")
        evidence = self._masked("\n".join(lines))
        rank = 1 + SEVERITIES.index(failure.severity)
        self._add(cause, rank, size, CheckFinding(label, check, failure.title, evidence, self._curl(recorder, case_id)))

    def _unanswerable(self, finding: CheckFinding) -> None:
        self._add((finding.operation, finding.title, None), 0, 0, finding)

    def _add(self, cause: tuple[Hashable, ...], rank: int, size: int, finding: CheckFinding) -> None:
        seen = self._seen.get(cause)
        self._seen[cause] = _Seen(rank, size, finding, 1 if seen is None else seen.cases + 1)

    def _cause(self, failure: Failure, check: str, exchange: Any) -> tuple[Hashable, ...]:
        """Return the key that equal failures of one check on one operation share, last the request's violation."""
        status = exchange.response.status_code if exchange.response is not None else 0
        if isinstance(failure, JsonSchemaError):
            return (status, *map(str, failure.schema_path), None)
        broken = self._rules.violations(failure.operation or "", exchange.request) if check in BY_INPUT else []
        first = next(((each.part, each.at, each.rule) for each in broken), None)
        return status, failure._unique_key, first

    def _curl(self, recorder: Any, case_id: str) -> str:
        """Return a line for each request that leads to a failure, with the earlier ones of its chain and deletions."""
        node, chain = recorder.cases[case_id], [case_id]
        while node.transition is not None and node.parent_id is not None:
            chain.insert(0, node.parent_id)
            node = recorder.cases[node.parent_id]
        if len(chain) > 1:
            sent = [*recorder.interactions]
            known = sent[: sent.index(case_id) + 1]
            chain = [each for each in known if each in chain or recorder.interactions[each].request.method == "DELETE"]
        return "\n".join(self._line(recorder.interactions[each].request) for each in chain)

    def _line(self, request: Any) -> str:
        base = SERVED if self._target.app is not None else self._target.base_url
        url = request.uri.replace(self._target.base_url, base, 1)
        headers = [(name, value) for name, values in request.headers.items() for value in values]
        return curl_line(request.method, url, headers, request.body, self._target.key)

    def _masked(self, text: str) -> str:
        return masked(text, self._target.key)


def _explanation(failure: Failure) -> list[str]:
    """Return the lines of a failure's message, without the schema; the contract shows it."""
    if isinstance(failure, JsonSchemaError):
        return [failure.validation_message, f"at {pointer(failure.instance_path) or 'the root'} of the response"]
    return [line for line in failure.message.strip().splitlines() if line.strip()][:12]


def _first_cause(error: BaseException) -> str:
    """Return what was behind an error of the client, if its own message does not say that."""
    while inner := next((each for each in reversed(error.args) if isinstance(each, BaseException)), None):
        error = inner
    return str(error) if isinstance(error, TooLong | ProtocolError) else ""


def _beginning(body: bytes | None) -> str:
    text = " ".join((body or b"")[:300].decode("utf-8", "replace").split())
    return f"{text}..." if body and len(body) > 300 else text
