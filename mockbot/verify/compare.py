"""`compare`: the same requests to two servers, and where their answers part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mockbot.errors import UserError
from mockbot.verify.compare_report import Comparison

if TYPE_CHECKING:
    from mockbot.contract import Contract


def compare(
    url_a: str,
    url_b: str,
    *,
    key_a: str = "",
    key_b: str = "",
    contract: Contract | None = None,
    max_examples: int = 20,
    seed: int = 0,
    only: str = "",
    timeout: float = 70.0,
    tell: Callable[[str], None] | None = None,
) -> Comparison:
    """Send the recorded exchanges' requests and generated ones, valid and not, to both servers in step.

    `contract` is what requests are generated from (default: the shipped one), `only` the name of a single operation,
    such as `POST /api/v1/chat`. What the first server calls something is put into later requests, and what the second
    calls it into those to the second. A server that goes away ends the run: `gone` says so, and what was found by then
    stays. UserError when a server does not answer at all, `only` is unknown or the `check` extra is not installed.
    """
    try:
        from mockbot.verify.compare_run import Run
    except ModuleNotFoundError as missing:
        raise UserError(f"`mockbot compare` needs {missing.name}: install mockbot with its extra `check`") from None
    from mockbot.contract import Contract

    law = contract or Contract.load()
    if only and only not in law.operations.by_name:
        raise UserError(f"the contract has no operation {only}; it has {', '.join(law.operations.by_name)}")
    run = Run((url_a, url_b), (key_a, key_b or key_a), law, timeout)
    return run.compare(max_examples, seed, only, tell or (lambda _: None))
