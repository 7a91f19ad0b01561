"""Any sequence of requests: the server and a plain dictionary agree."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.generic.stateful.petstore import Shop, opened

NAME = st.text(st.characters(codec="utf-8"), min_size=1, max_size=5)
TAG = st.sampled_from(["cat", "dog", ""])
STATUS = st.sampled_from(["available", "sold"])
AGE = st.integers(-5, 5)
NEW = st.fixed_dictionaries({"name": NAME}, optional={"tag": TAG, "status": STATUS, "age": AGE})
CHANGE = st.fixed_dictionaries({}, optional={"name": NAME, "tag": st.none() | TAG, "age": st.none() | AGE})
KEY = st.integers(1, 8)


class Pets(RuleBasedStateMachine):
    """The requests of a client, and the rows that should be there."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.opened: Iterator[Shop] = opened(Path(self.folder.name))
        self.shop = next(self.opened)
        self.rows: dict[int, dict[str, Any]] = {}
        self.last = 0

    def teardown(self) -> None:
        self.opened.close()  # type: ignore[attr-defined]  # it is a generator
        self.folder.cleanup()

    @rule(new=NEW)
    def create(self, new: dict[str, Any]) -> None:
        self.last += 1
        self.rows[self.last] = {"status": "available", **new}
        self.agree(self.last, self.shop("POST /pets", new).json())

    @rule(key=KEY, new=NEW)
    def replace(self, key: int, new: dict[str, Any]) -> None:
        response = self.shop(f"PUT /pets/{key}", new)
        if self.known(key, response.status_code):
            self.rows[key] = new if "status" in new else {**new, "status": "available"}
            self.agree(key, response.json())

    @rule(key=KEY, change=CHANGE)
    def change(self, key: int, change: dict[str, Any]) -> None:
        response = self.shop(f"PATCH /pets/{key}", change)
        if self.known(key, response.status_code):
            whole = {**self.rows[key], **change}
            self.rows[key] = {name: value for name, value in whole.items() if value is not None}
            self.agree(key, response.json())

    @rule(key=KEY)
    def read(self, key: int) -> None:
        response = self.shop(f"GET /pets/{key}")
        if self.known(key, response.status_code):
            self.agree(key, response.json())

    @rule(key=KEY)
    def delete(self, key: int) -> None:
        response = self.shop(f"DELETE /pets/{key}")
        if self.known(key, response.status_code, 204):
            del self.rows[key]

    @rule(status=STATUS, page=st.integers(1, 3), size=st.integers(1, 3))
    def listed(self, status: str, page: int, size: int) -> None:
        found = self.shop(f"GET /pets?status={status}&page={page}&per_page={size}").json()
        keys = [key for key, row in self.rows.items() if row["status"] == status]
        assert found["total"] == len(keys)
        assert [row["id"] for row in found["data"]] == keys[(page - 1) * size : page * size]

    @invariant()
    def all_rows(self) -> None:
        found = self.shop("GET /pets?per_page=100").json()["data"]
        assert [row["id"] for row in found] == list(self.rows)
        for row in found:
            self.agree(row["id"], row)

    def known(self, key: int, status: int, success: int = 200) -> bool:
        assert status == (success if key in self.rows else 404)
        return key in self.rows

    def agree(self, key: int, sent: dict[str, Any]) -> None:
        own = {name: value for name, value in sent.items() if name not in ("created_at", "updated_at")}
        assert own == {"id": key, **self.rows[key]}


Pets.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestPets = Pets.TestCase
