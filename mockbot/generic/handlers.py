"""Handlers made from the document: they respond with an example, or with a 501 and the reason."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container
from functools import cache
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from mockbot.contract.contract import Contract
from mockbot.openapi.operations import Operation
from mockbot.response import ErrorForm, Response, whole
from mockbot.settings import Unhandled
from mockbot.world.call import Call, Handler

if TYPE_CHECKING:
    from mockbot.generic.examples import Examples


def document_handlers(
    contract: Contract, handled: Container[str], mode: Unhandled, error: ErrorForm
) -> dict[str, Handler]:
    """Return a handler for each operation that is not in `handled`; each makes its responses when they are needed.

    Examples that violate the document are replaced and logged.
    """

    @cache
    def examples() -> Examples:
        from mockbot.generic.examples import Examples

        return Examples(contract.document, contract.validation)

    operations = (each for each in contract.operations.by_name.values() if each.name not in handled)
    return {each.name: _handler(each, examples, mode, error) for each in operations}


def _log(mistakes: list[str]) -> None:
    more = f" (and {len(mistakes) - 5} more)" if len(mistakes) > 5 else ""
    logging.getLogger("mockbot").warning(
        "the document contradicts itself, so other values are used: %s%s", "; ".join(mistakes[:5]), more
    )


def _handler(operation: Operation, examples_of: Callable[[], Examples], mode: Unhandled, error: ErrorForm) -> Handler:
    def handle(call: Call) -> ASGIApp:
        if mode == "problem":
            return _failure(call, error(501, f"mockbot has no handler for {operation.name}"))
        call.transaction.undocumented = not operation.definition.get("responses")
        from mockbot.sample.instance import Impossible

        examples = examples_of()
        known = len(examples.rejected)
        example = examples.of(operation, call.headers.get("accept", ""))
        if len(examples.rejected) > known:
            _log(list(examples.rejected)[known:])
        if isinstance(example, Impossible):
            return _failure(call, error(501, f"mockbot can make no example for {operation.name}: {example.reason}"))
        if not example.media_type:
            return Response(example.status, example.headers)
        return whole(example.status, example.media_type, example.body, example.headers)

    return handle


def _failure(call: Call, response: Response) -> Response:
    call.transaction.verbatim = True  # nothing fits the document, so this need not
    return response
