"""An adapter of `mockbot fuzz --adapter` for a client that openapi-python-client generated from /openapi.client.json.

The argument is the name of the generated package, in the folder where this is started:
    openapi-python-client generate --path openapi.client.json --output-path generated --meta none
    mockbot fuzz --adapter "python python_openapi_client.py generated"
Needs: pip install httpx attrs python-dateutil httpx-sse
Generated functions do not stream, so a chat goes through the httpx client of the generated one, with httpx-sse.
"""

import json
import sys
from importlib import import_module
from io import BytesIO

import httpx
from httpx_sse import connect_sse

sys.path.insert(0, ".")
PACKAGE = sys.argv[1]
NAMES = ("list_bots", "list_configs", "list_sessions", "send_message", "upload_file")  # those of AstrBot 4.19.4
list_bots, list_configs, list_sessions, send_message, upload_file = (
    import_module(f"{PACKAGE}.api.open_api.{name}") for name in NAMES
)
client_module, models, types = (import_module(f"{PACKAGE}.{name}") for name in ("client", "models", "types"))


class Incomplete(Exception):
    """A reply does not end as it should, or a request was refused."""


def chat(client, args):
    """Send a message, and return the events of the reply."""
    request = models.ChatSendRequest.from_dict(args)
    events, ended = [], False
    try:
        with connect_sse(client.get_httpx_client(), "POST", "/api/v1/chat", json=request.to_dict()) as source:
            source.response.raise_for_status()
            for event in source.iter_sse():
                events.append({"data": event.data, "event": event.event, "id": event.id})
                value = json.loads(event.data) if event.data else None
                ended = ended or (isinstance(value, dict) and value.get("type") == "end")
    except httpx.ReadTimeout:  # after `end`, nothing is missing
        if not ended:
            raise
    if not ended:
        raise Incomplete("the stream ended without `end`")
    return {"events": events}


def result(response):
    """Return the JSON of a successful response as its model reads and writes it."""
    if response.status_code != 200 or response.parsed is None or response.parsed.status.value != "ok":
        raise Incomplete(f"status {response.status_code.value}")
    return {"result": response.parsed.to_dict()}


def sessions(client, args):
    """Return a page of sessions; with `all`, the last one after all others were read."""
    args = dict(args)
    every, page, read = args.pop("all", False), args.pop("page", 1), 0
    while True:
        found = result(list_sessions.sync_detailed(client=client, page=page, **args))
        data = found["result"]["data"]
        read, page = read + len(data["sessions"]), page + 1
        if not every or not data["sessions"] or read >= data["total"]:
            return found


def send(client, args):
    """Send a message to a chat of a messenger."""
    return result(send_message.sync_detailed(client=client, body=models.SendMessageRequest(**args)))


def file(client, args):
    """Upload a file."""
    content = types.File(BytesIO(args["content"].encode()), args["name"], "text/plain")
    return result(upload_file.sync_detailed(client=client, body=models.UploadFileBody(content)))


OPS = {
    "chat": chat,
    "sessions": sessions,
    "send": send,
    "file": file,
    "configs": lambda client, _: result(list_configs.sync_detailed(client=client)),
    "bots": lambda client, _: result(list_bots.sync_detailed(client=client)),
}


def main():
    """Answer each line."""
    client, known = None, None
    for line in sys.stdin:
        request = json.loads(line)
        server = (request["base_url"], request["api_key"], request["deadline"])
        if server != known:  # one client, so that connections are used again
            timeout = httpx.Timeout(request["deadline"] / 2)  # seconds without a byte
            client, known = client_module.AuthenticatedClient(*server[:2], timeout=timeout), server
        try:
            if request["op"] not in OPS:
                raise NotImplementedError(request["op"])
            answer = {"ok": True, **OPS[request["op"]](client, request["args"])}
        except NotImplementedError as error:
            answer = {"ok": False, "error": {"type": "unsupported", "message": str(error)}}
        except Exception as error:
            answer = {"ok": False, "error": {"type": type(error).__name__, "message": str(error)}}
        print(json.dumps({"id": request["id"], **answer}), flush=True)


if __name__ == "__main__":
    main()
