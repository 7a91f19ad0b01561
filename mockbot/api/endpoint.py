"""The innermost layer: authentication first, then what the contract mode says, then the operation's handler."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from mockbot.api import auth, chat, configs, files, im, refusal, security, sessions, unhandled
from mockbot.api.call import Call, Crash, Handler, call_of
from mockbot.contract.contract import Contract
from mockbot.errors import UserError
from mockbot.settings import Settings

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

    def __init__(self, contract: Contract, settings: Settings) -> None:
        self._operations = contract.operations
        self._document = contract.document
        self._handlers = bind(HANDLERS, contract, strict=settings.spec is None)
        self._examples = unhandled.answers(contract, self._handlers, settings.unhandled)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        call = call_of(scope)
        answer = await self._answer(call)
        await answer(scope, receive, send)

    async def _answer(self, call: Call) -> ASGIApp:
        if (answer := auth.refusal(call.world, call.path, call.query, call.headers)) is not None:
            return answer
        operation = call.exchange.operation
        if operation is not None and operation.name in self._examples and not call.path.startswith(auth.PREFIX):
            answer = security.refusal(self._document, operation, call.world, call.query, call.headers)
            if answer is not None:
                return answer
        if call.settings.contract == "enforce":
            refused = refusal.by_contract(call)
        else:
            if call.method == "HEAD":
                operation = self._operations.find("GET", call.path).operation
            refused = refusal.by_astrbot(call, operation)
        if refused is not None:
            return refused
        assert operation is not None  # refused otherwise
        if (example := self._examples.get(operation.name)) is not None:
            return example
        given = await self._handlers[operation.name](call)
        return refusal.crashed(given, call) if isinstance(given, Crash) else given


def bind(handlers: Iterable[Handler], contract: Contract, *, strict: bool = True) -> dict[str, Handler]:
    """Return the handlers by operation; when the contract lacks one of them: UserError, or unless `strict` none."""
    known = {handler.operation: handler for handler in handlers if handler.operation in contract.operations.by_name}
    for handler in handlers if strict else ():
        if handler.operation not in known:
            raise UserError(f"the contract has no operation {handler.operation}; use a document of AstrBot's Open API")
    return known
