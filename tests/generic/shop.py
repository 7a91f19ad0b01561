"""A small document, and an application that serves it."""

import asyncio
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import yaml

from mockbot.app import Mockbot, create_app
from mockbot.settings import Settings

THING = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "tag": {"type": "string"}},
}
TWO = [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
ITEMS = {"type": "array", "items": THING}
PROBLEM = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": {"type": "string"}},
    "example": {"code": "gone"},
}
EVENT = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


def _json(schema: Any, **more: Any) -> dict[str, Any]:
    return {"description": "d", "content": {"application/json": {"schema": schema, **more}}}


SHOP: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/things": {
            "get": {
                "parameters": [{"name": "page", "in": "query", "schema": {"type": "integer"}}],
                "responses": {
                    "200": _json(ITEMS, examples={"none": {"value": []}, "two": {"value": TWO}, "bad": {"value": 3}}),
                    "404": _json(PROBLEM),
                    "5XX": {"description": "Broken"},
                },
            },
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"201": _json(THING)},
            },
        },
        "/things/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {"200": _json(THING), "404": {"description": "None"}},
            },
        },
        "/events": {
            "get": {
                "responses": {"200": {"description": "d", "content": {"text/event-stream": {"schema": EVENT}}}},
            },
        },
        "/locked": {
            "get": {"security": [{"key": []}], "responses": {"200": _json(THING), "403": _json(PROBLEM)}},
        },
        "/picture": {
            "get": {"responses": {"200": {"description": "d", "content": {"image/png": {}}}}},
        },
    },
    "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
}
Line: TypeAlias = str | tuple[str, dict[str, Any]]
"""`METHOD path`, and options of httpx."""


def shop(folder: Path, scripts: str = "[]", **options: Any) -> Mockbot:
    """Return a server of SHOP with the scripts of a file."""
    spec, file = folder / "shop.yaml", folder / "scripts.yaml"
    spec.write_text(yaml.safe_dump(SHOP))
    file.write_text(scripts)
    return create_app(Settings(spec=str(spec), scripts=file, **options), log=lambda _: None)


def ask(app: Mockbot, *lines: Line) -> list[httpx.Response]:
    """Send requests one after another."""

    async def send() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
            pairs: list[tuple[str, dict[str, Any]]] = [(line, {}) if isinstance(line, str) else line for line in lines]
            return [await client.request(*line.split(" ", 1), **options) for line, options in pairs]

    return asyncio.run(send())


def wish(line: str, *wishes: str, **headers: str) -> Line:
    """Return a request with a Prefer header for each wish."""
    return line, {"headers": [*(("Prefer", each) for each in wishes), *headers.items()]}
