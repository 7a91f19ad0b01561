"""Handlers made from the document: they respond with an example, or with a 501 and the reason."""

from __future__ import annotations

import logging
from collections.abc import Container

from starlette.types import ASGIApp

from mockbot.contract.contract import Contract
from mockbot.generic.examples import Examples
from mockbot.openapi.operations import Operation
from mockbot.response import ErrorForm, Response, whole
from mockbot.sample.instance import Impossible
from mockbot.settings import Unhandled
from mockbot.world.call import Call, Handler


def document_handlers(
    contract: Contract, handled: Container[str], mode: Unhandled, error: ErrorForm
) -> dict[str, Handler]:
    """Return a handler for each operation that is not in `handled`; each always sends the same response.

    Examples that violate the document are replaced and logged.
    """
    operations = [each for each in contract.operations.by_name.values() if each.name not in handled]
    if not operations:
        return {}
    examples = Examples(contract.document, contract.validation)
    found = {each.name: _handler(each, examples, mode, error) for each in operations}
    if mistakes := examples.rejected:
        more = f" (and {len(mistakes) - 5} more)" if len(mistakes) > 5 else ""
        logging.getLogger("mockbot").warning(
            "the document contradicts itself, so other values are used: %s%s", "; ".join(mistakes[:5]), more
        )
    return found


def _handler(operation: Operation, examples: Examples, mode: Unhandled, error: ErrorForm) -> Handler:
    if mode == "problem":
        return _failing(error(501, f"mockbot has no handler for {operation.name}"))
    example = examples.of(operation)
    if isinstance(example, Impossible):
        return _failing(error(501, f"mockbot can make no example for {operation.name}: {example.reason}"))
    if not example.media_type:
        return _sending(Response(example.status, example.headers))
    return _sending(whole(example.status, example.media_type, example.body, example.headers))


def _sending(response: Response) -> Handler:
    async def handle(_: Call) -> ASGIApp:
        return response

    return handle


def _failing(response: Response) -> Handler:
    async def handle(call: Call) -> ASGIApp:
        call.transaction.undocumented = True
        return response

    return handle
