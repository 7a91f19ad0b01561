"""A client that is an HTML page in a headless browser, with a new page for each case.

The page starts by itself. It finds the server in `mockbot`: `{url, key, message, deadline}`. It calls
`mockbotReceived(event)` for each event of the stream, and at the end `mockbotDone()`, or `mockbotDone(error)`. An
exception that the page does not catch is an error, too.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mockbot.errors import UserError
from mockbot.fuzz.clients.chromium import Chromium, Gone, Page
from mockbot.fuzz.clients.client import START_SECONDS, Shown, Task, error_type, never_ends
from mockbot.fuzz.stage import Stage
from mockbot.steady import steady

SCRIPT = """
(() => {
  const send = globalThis.mockbotSend
  const plain = (event) => event instanceof MessageEvent
    ? { event: event.type, data: event.data, id: event.lastEventId } : event
  const type = (error) => String(error?.name ?? 'Error')
  globalThis.mockbot = Object.freeze(TASK)
  globalThis.mockbotReceived = (event) => send(JSON.stringify({ event: plain(event) ?? null }))
  globalThis.mockbotDone = (error) => send(JSON.stringify({
    error: error ? { type: type(error), message: String(error.message ?? error) } : null
  }))
})()
"""
"""What runs in the page before its own scripts."""


class Browser:
    """A page at `url`; clients that share a browser may run side by side."""

    ops: tuple[str, ...] = ()

    def __init__(self, name: str, url: str, chromium: Chromium) -> None:
        self.name, self._url, self._chromium = name, url, chromium

    def run(self, task: Task, stage: Stage) -> Shown:
        """Open the page, and wait until it is done."""
        started = steady()
        received: list[object] = []
        try:
            page = self._chromium.page()
        except Gone as error:
            raise UserError(f"{self.name}: cannot be opened in Chromium: {error}") from None
        try:
            self._open(page, task)
            while True:
                event = page.event(0.02)
                if event is not None and event[0] == "Page.javascriptDialogOpening":
                    page.call("Page.handleJavaScriptDialog", accept=True)
                found = _shown(event, received)
                if found is not None:
                    return Shown(found[0], tuple(received), found[1], found[2], steady() - started)
                last = stage.last
                quiet = steady() - (started if last is None else max(last, started))
                # a page that keeps its deadline to the second needs a moment to say so
                if never_ends(stage) or quiet > (START_SECONDS if last is None else 1.5 * task.deadline + 1):
                    message = "the page called neither mockbotDone() nor mockbotDone(error)"
                    return Shown("hang", tuple(received), "hang", message, steady() - started)
        except Gone as error:
            return Shown("crash", tuple(received), "Chromium", str(error), steady() - started)
        finally:
            page.close()

    def usage(self) -> Mapping[str, int]:
        """Return nothing: the page does not live on."""
        return {}

    def close(self) -> None:
        """Do nothing: the browser is that of all pages."""

    def _open(self, page: Page, task: Task) -> None:
        given = {"url": task.base_url, "key": task.key, "message": task.message, "deadline": task.deadline}
        for room in ("Page", "Runtime", "Inspector"):
            page.call(f"{room}.enable")
        page.call("Runtime.addBinding", name="mockbotSend")
        source = SCRIPT.replace("TASK", json.dumps(given))
        page.call("Page.addScriptToEvaluateOnNewDocument", source=source)
        page.call("Page.navigate", url=self._url)


def _shown(event: tuple[str, Mapping[str, Any]] | None, received: list[object]) -> tuple[Any, str, str] | None:
    """Add what the page has received to `received`, or return how the page ended, with its error."""
    match event:
        case "Runtime.bindingCalled", {"name": "mockbotSend", "payload": str(payload)}:
            said = json.loads(payload)
            if "event" in said:
                received.append(said["event"])
                return None
            error = said["error"]
            return ("ok", "", "") if error is None else ("error", error["type"], error["message"])
        case "Runtime.exceptionThrown", {"exceptionDetails": details}:
            value = details.get("exception", {})
            text = str(value.get("description") or value.get("value") or details.get("text"))
            return "error", error_type(text, value.get("className") or "Error"), text.partition("\n")[0]
        case "Inspector.targetCrashed", _:
            return "crash", "page", "the page crashed"
    return None


class _Files(SimpleHTTPRequestHandler):
    """Serves the files beside the page."""

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        pass  # the browser has closed a page before it had all of it


@contextmanager
def served(file: Path) -> Iterator[str]:
    """Serve a page and the files beside it on a free port, and yield its URL; raise UserError if there is no file."""
    if not file.is_file():
        raise UserError(f"{file}: cannot be read: there is no such file")
    server = _Server(("127.0.0.1", 0), partial(_Files, directory=str(file.parent.resolve())))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{quote(file.name)}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
