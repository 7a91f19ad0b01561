"""A document is made once, and again when one of its files has changed."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockbot.errors import UserError
from mockbot.generic.document import own_document
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
    "damage", [lambda entry: b"", lambda entry: entry[:-1], lambda entry: b"{" + entry, lambda entry: b"\xff" * 99]
)
def test_a_damaged_entry_is_ignored(spec: str, damage: Callable[[bytes], bytes]) -> None:
    make = Making(spec)
    kept(spec, "", make)
    entry = entries(spec)[0]
    entry.write_bytes(damage(entry.read_bytes()))
    assert kept(spec, "", make).effective["data"] == "a: 1\n"
    assert make.count == 2


@pytest.mark.parametrize(
    "put", [os.mkdir, os.mkfifo, lambda path: os.symlink("/dev/zero", path), lambda path: os.symlink("gone", path)]
)
def test_what_is_no_regular_file_is_no_entry(spec: str, put: Callable[[Path], None]) -> None:
    make = Making(spec)
    kept(spec, "", make)
    entry = entries(spec)[0]
    entry.unlink()
    put(entry)
    assert kept(spec, "", make).effective["data"] == "a: 1\n"
    assert [path.suffix for path in entries(spec)] == [".json"]


def test_a_file_that_has_become_a_pipe_is_not_waited_for(spec: str) -> None:
    make = Making(spec, of=["b"])
    kept(spec, "", make)
    other = Path(spec).parent / "b.yaml"
    other.unlink()
    os.mkfifo(other)
    make.values = {}
    assert kept(spec, "", make).effective["others"] == {}


def test_a_link_that_leads_elsewhere_makes_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for version in ("v1", "v2"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "api.yaml").write_text(
            "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"
            "components: {schemas: {A: {$ref: 'a.yaml'}, B: {$ref: 'b.yaml'}}}\n"
        )
        (tmp_path / version / "a.yaml").write_text(f"title: {version}\n")
    for name in ("1", "2"):
        (tmp_path / "v1" / f"b{name}.yaml").write_text(f"title: b{name}\n")
    (tmp_path / "v2" / "b.yaml").write_text("title: b\n")
    folder, link = tmp_path / "current", tmp_path / "v1" / "b.yaml"

    def titles() -> str:
        return json.dumps(own_document(str(folder / "api.yaml")).effective)

    folder.symlink_to("v1")
    link.symlink_to("b1.yaml")
    assert '"v1"' in titles()
    assert '"b1"' in titles()
    link.unlink()
    link.symlink_to("b2.yaml")
    assert '"b2"' in titles()
    folder.unlink()
    folder.symlink_to("v2")
    assert '"v2"' in titles()


def test_a_full_disk_leaves_nothing_behind(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Making(spec)
    monkeypatch.setattr(os, "replace", full)
    assert kept(spec, "", make).warnings == ("a warning",)
    assert entries(spec) == []


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


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
