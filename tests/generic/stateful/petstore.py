"""A small document with collections, and a client of its server."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from mockbot.app import Mockbot, create_app
from mockbot.generic import profile as generic
from mockbot.profile import Profile
from mockbot.settings import Settings
from mockbot.source import Source
from mockbot.world.clock import FrozenClock
from mockbot.world.fixture import Fixture, Fixtures

PETSTORE: dict[str, Any] = yaml.safe_load("""
openapi: 3.1.0
info: {title: Pets, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - {name: status, in: query, schema: {enum: [available, sold]}}
        - {name: tag, in: query, schema: {type: array, items: {type: string}}}
        - {name: q, in: query, schema: {type: string}}
        - {name: sort, in: query, schema: {type: string}}
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {name: per_page, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 20}}
      responses:
        "200":
          description: A page of pets
          headers: {X-Total-Count: {schema: {type: integer}}, Link: {schema: {type: string}}}
          content:
            application/json:
              schema:
                type: object
                required: [data, total]
                additionalProperties: false
                properties:
                  data: {type: array, items: {$ref: "#/components/schemas/Pet"}}
                  total: {type: integer}
                  has_more: {type: boolean}
    post:
      operationId: createPet
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/NewPet"}}}
      responses:
        "201":
          description: The new pet
          headers: {Location: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}
  /pets/{petId}:
    parameters: [{name: petId, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getPet
      responses:
        "200": {description: A pet, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        "404": {$ref: "#/components/responses/Missing"}
    put:
      operationId: replacePet
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/NewPet"}}}}
      responses:
        "200": {description: A pet, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        "404": {$ref: "#/components/responses/Missing"}
    patch:
      operationId: changePet
      requestBody:
        required: true
        content: {application/merge-patch+json: {schema: {$ref: "#/components/schemas/PetChange"}}}
      responses:
        "200": {description: A pet, content: {application/json: {schema: {$ref: "#/components/schemas/Pet"}}}}
        "404": {$ref: "#/components/responses/Missing"}
    delete:
      operationId: deletePet
      responses:
        "204": {description: Deleted}
        "404": {$ref: "#/components/responses/Missing"}
  /owners:
    post:
      operationId: createOwner
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: "#/components/schemas/Owner"}}
          application/x-www-form-urlencoded: {schema: {$ref: "#/components/schemas/Owner"}}
      responses:
        "201": {description: An owner, content: {application/json: {schema: {$ref: "#/components/schemas/Owner"}}}}
        "409": {description: There is one already}
  /owners/{username}:
    parameters: [{name: username, in: path, required: true, schema: {type: string}}]
    put:
      operationId: putOwner
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Owner"}}}}
      responses:
        "200": {description: An owner, content: {application/json: {schema: {$ref: "#/components/schemas/Owner"}}}}
        "201": {description: An owner, content: {application/json: {schema: {$ref: "#/components/schemas/Owner"}}}}
    delete: {operationId: deleteOwner, responses: {"204": {description: Deleted}}}
  /owners/{username}/notes:
    parameters: [{name: username, in: path, required: true, schema: {type: string}}]
    get:
      operationId: listNotes
      responses:
        "200":
          description: Notes
          content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Note"}}}}
    post:
      operationId: createNote
      requestBody: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}}
      responses:
        "201": {description: A note, content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}}
  /owners/{username}/notes/{id}:
    parameters:
      - {name: username, in: path, required: true, schema: {type: string}}
      - {name: id, in: path, required: true, schema: {type: string, format: uuid}}
    get:
      operationId: getNote
      responses:
        "200": {description: A note, content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}}
  /status:
    get:
      operationId: status
      responses:
        "200": {description: ok, content: {application/json: {schema: {const: {ok: true}}}}}
components:
  responses:
    Missing:
      description: No such pet
      content:
        application/json:
          schema:
            type: object
            required: [code, message]
            additionalProperties: false
            properties: {code: {type: integer}, message: {type: string}}
  schemas:
    NewPet:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: {type: string, minLength: 1}
        tag: {type: string}
        status: {enum: [available, sold], default: available}
        age: {type: integer}
    PetChange:
      type: object
      additionalProperties: false
      properties:
        name: {type: string, minLength: 1}
        tag: {type: [string, "null"]}
        age: {type: [integer, "null"]}
    Pet:
      type: object
      required: [id, name, status, created_at]
      additionalProperties: false
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, minLength: 1}
        tag: {type: string}
        status: {enum: [available, sold], default: available}
        age: {type: integer}
        created_at: {type: string, format: date-time, readOnly: true}
        updated_at: {type: string, format: date-time, readOnly: true}
    Owner:
      type: object
      required: [username]
      properties:
        username: {type: string, minLength: 1}
        password: {type: string, writeOnly: true}
        cats: {type: integer}
    Note:
      type: object
      required: [text]
      properties: {id: {type: string, format: uuid, readOnly: true}, text: {type: string}}
""")


class Shop:
    """A client of one application."""

    def __init__(self, app: Mockbot) -> None:
        self.app = app
        self._loop = asyncio.new_event_loop()
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")

    def __call__(self, line: str, body: Any = None, **options: Any) -> httpx.Response:
        """Send `METHOD path` with a JSON body."""
        method, path = line.split(" ", 1)
        if body is not None:
            options["json"] = body
        if method == "PATCH" and "headers" not in options:
            options["headers"] = {"Content-Type": "application/merge-patch+json"}
        response = self._loop.run_until_complete(self._client.request(method, path, **options))
        assert response.status_code != 500, response.text
        return response

    def close(self) -> None:
        self._loop.run_until_complete(self._client.aclose())
        self._loop.close()


_PROFILES: dict[str, Profile] = {}
"""Profiles by the text of their document; they are immutable, and take long to make."""


def _profile(path: Path) -> Profile:
    text = path.read_text()
    if text not in _PROFILES:
        _PROFILES[text] = generic.profile(str(path))
    return _PROFILES[text]


def opened(folder: Path, document: Any = PETSTORE, fixture: Any = None, **options: Any) -> Iterator[Shop]:
    """Yield a client of the server of a document, in a stateful server unless a fixture is given."""
    path = folder / "petstore.json"
    path.write_text(json.dumps(document))
    settings = Settings(**{"spec": str(path), "stateful": fixture is None, **options})
    if isinstance(fixture, dict | list):
        file = folder / "fixture.yaml"
        file.write_text(yaml.safe_dump({"resources": fixture}))
        settings = Settings(**{"spec": str(path), "fixture": str(file), **options})
    profile = _profile(path)
    shop = Shop(create_app(settings, profile=profile, clock=FrozenClock(), log=lambda _: None))
    try:
        yield shop
    finally:
        shop.close()


def fixture_of(app: Mockbot, rows: Any) -> Fixture:
    """Return a fixture for the worlds of an application."""
    return Fixtures(app.profile.blueprint).parse(Source("saved", rows, {}), files=False)
