"""The innermost layer: authentication first, then what the contract mode says, then the operation's handler."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.api import auth, chat, configs, files, im, refusal, sessions
from mockbot.api.call import Call, Crash, Handler, call_of
from mockbot.contract.contract import Contract
from mockbot.errors import UserError

HANDLERS: tuple[Handler, ...] = (
    im.list_bots,
    im.send_message,
    files.upload_file,
    chat.send_chat,
    sessions.list_sessions,
    configs.list_configs,
)


class Api:
    """Answers calls."""

    def __init__(self, contract: Contract) -> None:
        self._operations = contract.operations
        self._handlers = bind(HANDLERS, contract)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = call_of(scope)
        answer = await self._answer(call)
        await answer(scope, receive, send)

    async def _answer(self, call: Call) -> ASGIApp:
        if (answer := auth.refusal(call.world, call.path, call.query, call.headers)) is not None:
            return answer
        operation = call.exchange.operation
        if call.settings.contract == "enforce":
            refused = refusal.by_contract(call)
        else:
            if call.method == "HEAD":
                operation = self._operations.find("GET", call.path).operation
            refused = refusal.by_astrbot(call, operation)
        if refused is not None:
            return refused
        assert operation is not None  # refused otherwise
        given = await self._handlers[operation.name](call)
        return refusal.crashed(given, call) if isinstance(given, Crash) else given


def bind(handlers: Iterable[Handler], contract: Contract) -> dict[str, Handler]:
    """Return the handlers by operation; UserError when the contract lacks one of them."""
    for handler in handlers:
        if handler.operation not in contract.operations.by_name:
            raise UserError(f"the contract has no operation {handler.operation}; use a document of AstrBot's Open API")
    return {handler.operation: handler for handler in handlers}
