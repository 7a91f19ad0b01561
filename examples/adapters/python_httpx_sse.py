"""An adapter of `mockbot fuzz --adapter` for httpx and httpx-sse: one JSON line for each request, one for each answer.

Needs: pip install httpx httpx-sse
"""

import json
import sys

import httpx
from httpx_sse import connect_sse


class Incomplete(Exception):
    """A reply or a list does not end as it should."""


def chat(client, args):
    """Send a message, and return the events of the reply."""
    events, ended = [], False
    try:
        with connect_sse(client, "POST", "/api/v1/chat", json=args) as source:
            source.response.raise_for_status()
            for event in source.iter_sse():
                events.append({"data": event.data, "event": event.event, "id": event.id})
                ended = ended or type_of(event.data) == "end"
    except httpx.ReadTimeout:  # after `end`, nothing is missing
        if not ended:
            raise
    if not ended:
        raise Incomplete("the stream ended without `end`")
    return {"events": events}


def type_of(data):
    """Return the type of an AstrBot event."""
    value = json.loads(data) if data else None
    return value.get("type") if isinstance(value, dict) else None


def sessions(client, args):
    """Return a page of sessions; with `all`, the last one after all others were read."""
    args = dict(args)
    every, page, read = args.pop("all", False), args.pop("page", 1), 0
    while True:
        result = get(client, "/api/v1/chat/sessions", {**args, "page": page})
        rows = result["data"]["sessions"]
        read, page = read + len(rows), page + 1
        if not every or not rows or read >= result["data"]["total"]:
            return {"result": result}


def get(client, path, params=None):
    """Return the JSON of a resource."""
    return parsed(client.get(path, params=params))


def parsed(response):
    """Return the JSON of a response; AstrBot reports some errors with status 200."""
    response.raise_for_status()
    value = response.json()
    if value.get("status") != "ok":
        raise Incomplete(value.get("message"))
    return value


OPS = {
    "chat": chat,
    "sessions": sessions,
    "configs": lambda client, _: {"result": get(client, "/api/v1/configs")},
    "bots": lambda client, _: {"result": get(client, "/api/v1/im/bots")},
    "send": lambda client, args: {"result": parsed(client.post("/api/v1/im/message", json=args))},
    "file": lambda client, args: {
        "result": parsed(client.post("/api/v1/file", files={"file": (args["name"], args["content"].encode())}))
    },
}


def main():
    """Answer each line."""
    client, base_url = httpx.Client(), ""
    for line in sys.stdin:
        request = json.loads(line)
        if request["base_url"] != base_url:  # one client, so that connections are used again
            client, base_url = httpx.Client(base_url=request["base_url"]), request["base_url"]
        client.headers["X-API-Key"] = request["api_key"]
        client.timeout = request["deadline"] / 2  # seconds without a byte
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
