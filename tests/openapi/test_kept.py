"""A document is made once, and again when one of its files has changed."""

import os
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.openapi.document import Document
from mockbot.openapi.fetch import read
from mockbot.openapi.kept import MOST, MOST_BYTES, cache_folder, kept
from mockbot.reads import noting


class Making:
    """Makes a document, and counts how often."""

    def __init__(self, spec: str, **values: Any) -> None:
        self.spec, self.values, self.count = spec, values, 0

    def __call__(self, data: bytes) -> Document:
        self.count += 1
        others = {name: read(str(Path(self.spec).parent / f"{name}.yaml")).value for name in self.values.get("of", ())}
        effective = {"data": data.decode(), "others": others, "deep": self.values.get("deep")}
        return Document(data, effective, self.values.get("written", data), ("a warning",), one_way=False)


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "api.yaml").write_text("a: 1\n")
    (tmp_path / "b.yaml").write_text("b: 1\n")
    return str(tmp_path / "api.yaml")


def entries(spec: str) -> list[Path]:
    return sorted((Path(spec).parent / "cache" / "mockbot" / "documents").glob("*"))


@pytest.mark.parametrize("written", [None, b"{}", b"a: 1\n"])
def test_what_is_kept_is_what_was_made(spec: str, written: bytes | None) -> None:
    make = Making(spec, of=["b"], written=written)
    assert kept(spec, "", make) == kept(spec, "", make) == make(b"a: 1\n")
    assert make.count == 2  # once here


def test_a_changed_file_makes_it_again(spec: str) -> None:
    make = Making(spec, of=["b"])
    for name in ("api.yaml", "b.yaml"):
        before = make.count
        kept(spec, "", make)
        (Path(spec).parent / name).write_text("c: 2\n")
        assert "2" in str(kept(spec, "", make).effective)
        assert make.count == before + 2 - (name == "b.yaml")


def test_another_way_and_another_place_have_an_entry_of_their_own(spec: str) -> None:
    make = Making(spec)
    other = Path(spec).parent / "other.yaml"
    other.write_bytes(Path(spec).read_bytes())
    for place, how in ((spec, ""), (spec, "strict"), (str(other), "")):
        kept(place, how, make)
    assert make.count == len(entries(spec)) == 3


def test_its_files_are_noted_so_that_a_change_is_seen_later(spec: str) -> None:
    make, found = Making(spec, of=["b"]), list[set[str]]()
    for _ in range(2):
        with noting() as reads:
            kept(spec, "", make)
        found.append({os.path.basename(name) for name in reads.digests})
    assert found == [{"api.yaml", "b.yaml"}] * 2


def test_a_file_that_comes_to_be_makes_it_again(spec: str) -> None:
    folder = Path(spec).parent

    def make(data: bytes) -> Document:
        try:
            return Document(data, {"there": read(str(folder / "late.yaml")).value})
        except UserError:
            return Document(data, {"there": None})

    assert [kept(spec, "", make).effective["there"] for _ in range(2)] == [None, None]
    (folder / "late.yaml").write_text("x: 1\n")
    assert kept(spec, "", make).effective["there"] == {"x": 1}


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"reads": 5}', b'{"reads": {}, "effective": 5}', b"\xff", b"[" * 9999]
)
def test_a_damaged_entry_is_ignored(spec: str, damage: bytes) -> None:
    make = Making(spec)
    kept(spec, "", make)
    entries(spec)[0].write_bytes(damage)
    assert kept(spec, "", make).effective["data"] == "a: 1\n"
    assert make.count == 2


@pytest.mark.parametrize("deep", [{1: "a number as a key"}, "x" * (MOST_BYTES + 1), {"a tuple": (1, 2)}, object])
def test_what_json_would_change_and_what_is_too_large_is_not_kept(spec: str, deep: object) -> None:
    make = Making(spec, deep=deep)
    assert kept(spec, "", make) == kept(spec, "", make)
    assert (make.count, entries(spec)) == (2, [])


def test_the_entries_that_were_used_last_are_kept(spec: str) -> None:
    make = Making(spec)
    kept(spec, "first", make)
    oldest = entries(spec)[0]
    for number in range(MOST):
        os.utime(oldest, (1, 1))
        kept(spec, str(number), make)
    assert len(entries(spec)) == MOST
    assert oldest not in entries(spec)


def test_a_folder_that_cannot_be_written_is_no_mistake(spec: str) -> None:
    (Path(spec).parent / "cache").write_text("a file")
    make = Making(spec)
    assert kept(spec, "", make).warnings == ("a warning",)
    assert make.count == 1


def test_the_folder_is_where_the_user_has_a_cache() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/mockbot/documents")
    assert cache_folder({"XDG_CACHE_HOME": "relative"}) == Path.home() / ".cache/mockbot/documents"
    assert cache_folder({}) == Path.home() / ".cache/mockbot/documents"
