"""Operations that mockbot has no behaviour for: answered by example, or by a 501 that says so."""

from __future__ import annotations

import logging
from collections.abc import Container

from mockbot.api.answer import Answer, error
from mockbot.contract.contract import Contract
from mockbot.contract.examples import Examples
from mockbot.contract.instance import Impossible
from mockbot.contract.operations import Operation
from mockbot.settings import Unhandled


def answers(contract: Contract, handled: Container[str], mode: Unhandled) -> dict[str, Answer]:
    """Return the answer of each operation that is not `handled`, made once; tell the log what could not be as said."""
    operations = [each for each in contract.operations.by_name.values() if each.name not in handled]
    if not operations:
        return {}
    examples = Examples(contract.document, contract.validation)
    found = {each.name: _answer(each, examples, mode) for each in operations}
    dropped = [f"the pattern {pattern!r} is no regular expression here" for pattern in contract.document.dropped]
    if faults := [*examples.rejected, *dropped]:
        more = f" (and {len(faults) - 5} more)" if len(faults) > 5 else ""
        logging.getLogger("mockbot").warning(
            "the document contradicts itself; other values are made: %s%s", "; ".join(faults[:5]), more
        )
    return found


def _answer(operation: Operation, examples: Examples, mode: Unhandled) -> Answer:
    if mode == "problem":
        return error(f"mockbot has no behaviour for {operation.name}", 501)
    example = examples.of(operation)
    if isinstance(example, Impossible):
        return error(f"mockbot can make no example for {operation.name}: {example.reason}", 501)
    return Answer(example.status, example.media_type, example.body, example.headers)
