"""Requests that schemathesis generates from the contract, for `check` and `compare`."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig

from mockbot.jsontext import TooDeep, read
from mockbot.openapi.readable import operations
from mockbot.profile import Profile
from mockbot.verify.check.target import HEADER

IN_PROCESS = "http://testserver"
"""The host that schemathesis gives to an application in this process."""
REFUSALS = ("400", "401", "404", "405", "413", "415", "422", "501")
"""Statuses of mockbot's own refusals, which a user's document need not describe: problem details (RFC 9457)."""
NEED_STATE = ("use_after_free", "ensure_resource_availability")
NEED_ACCOUNTS = ("ignored_auth", "object_level_authorization")
"""The checks of schemathesis that a mock without state, which accepts any credential, cannot pass."""
VALID = ("2xx", "3xx", 401, 403, 404, 409, 429, "5xx")
"""The statuses that schemathesis expects for a valid request."""
ENDLESS = 100_000
"""Events after which a stream counts as endless."""

MOST_REDIRECTS = 5
"""Redirects that are followed for one request; each has the whole time for a response."""
BEGINNING = 300
"""Bytes of a body that is nested too deep."""


def generated(
    profile: Profile, base_url: str, key: str, app: Any, *, max_examples: int, seed: int, timeout: float, **more: Any
) -> Any:
    """Return schemathesis' schema of the contract, for `app` or else `base_url`; `more` is further configuration."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {HEADER: key},
            "generation": {"max-examples": max_examples, "database": "none"},
            "request-timeout": timeout,
            "max-stream-events": ENDLESS,
            "max-redirects": MOST_REDIRECTS,
            "base-url": base_url,
            "cache": {"enabled": False},
            "continue-on-failure": True,
            "checks": {name: {"enabled": False} for name in not_applicable(profile)},
            "operations": _refusing(profile),
            **more,
        }
    )
    schema = schemathesis.openapi.from_dict(_expected(profile), config=config)
    schema.app = app
    return schema


def shallow(content: bytes) -> bytes:
    """Return the body of a response; cut, so that it is no JSON, if it is nested deeper than schemathesis can read."""
    try:
        read(content)
    except TooDeep:
        return content[:BEGINNING]
    except ValueError:
        pass
    return content


def _refusing(profile: Profile) -> list[dict[str, Any]]:
    """Return the configuration of the operations that may refuse a valid request with 400."""
    accepted = {"positive_data_acceptance": {"expected-statuses": [*VALID, 400]}}
    return [{"include-name": sorted(profile.refusing), "checks": accepted}] if profile.refusing else []


def not_applicable(profile: Profile) -> tuple[str, ...]:
    """Return the names of the checks that do not apply to a server of a profile: it answers from its document alone."""
    return () if profile.handlers else (*NEED_STATE, *NEED_ACCOUNTS)


def _expected(profile: Profile) -> dict[str, Any]:
    """Return a copy of the contract, because schemathesis changes it.

    In a contract without an overlay, mockbot's own refusals are added to each operation that lacks them.
    """
    document = deepcopy(profile.document.effective)
    if profile.overlay is not None:
        return document
    problem = {"description": "Refused.", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
    for operation in operations(document):
        responses = operation.setdefault("responses", {})
        for status in REFUSALS:
            if not {status, f"{status[0]}XX", "default"} & responses.keys():
                responses[status] = problem
    return document
