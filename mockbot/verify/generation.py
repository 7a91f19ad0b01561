"""Requests as schemathesis makes them from the contract, whoever asks for them."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig

from mockbot.contract import Contract
from mockbot.verify.check_target import HEADER

IN_PROCESS = "http://testserver"
"""The host that schemathesis gives to an application in this process."""
ENDLESS = 100_000
"""Events after which a stream is taken for endless."""


def generated(
    contract: Contract, base_url: str, key: str, app: Any, *, max_examples: int, seed: int, timeout: float, **more: Any
) -> Any:
    """Return schemathesis' schema of the contract, set up to ask `app`, or else `base_url`; `more` is configuration."""
    config = SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "headers": {HEADER: key},
            "generation": {"max-examples": max_examples, "database": "none"},
            "request-timeout": timeout,
            "max-stream-events": ENDLESS,
            "base-url": base_url,
            "cache": {"enabled": False},
            "continue-on-failure": True,
            **more,
        }
    )
    schema = schemathesis.openapi.from_dict(contract.document.effective, config=config)
    schema.app = app
    return schema
