import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.astrbot.disk import FOLDER, FOLDERS, Unstorable, copy, media_type, place, upload
from mockbot.world.records import Attachment
from tests.conftest import fixture_of, make_world


def test_an_upload_keeps_its_name_and_a_copy_its_extension() -> None:
    world = make_world(fixture_of("empty"))
    record = upload(world, "a.txt", "file", b"1")
    assert isinstance(record, Attachment)
    copied = copy(world, record)
    assert (copied.filename, world.attachments.content(copied)) == ("a.txt", b"1")
    assert copied.path.startswith(FOLDER)
    assert copied.path.endswith(".txt")
    assert copied.path != record.path


def test_an_empty_name_becomes_a_random_one() -> None:
    record = upload(make_world(fixture_of("empty")), "", "file", b"")
    assert isinstance(record, Attachment)
    assert len(record.filename) == 36


def test_a_name_that_cannot_be_stored_is_refused() -> None:
    world = make_world(fixture_of("empty"))
    assert isinstance(upload(world, "no/folder", "file", b""), Unstorable)
    assert len(world.attachments) == 0


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a.txt", f"{FOLDER}/a.txt"),
        ("../a", "/AstrBot/data/a"),
        ("/a", "/a"),
        ("/../../a", "/a"),
        ("./a", f"{FOLDER}/a"),
        ("../attachments/a", f"{FOLDER}/a"),
        ("a\\b", f"{FOLDER}/a\\b"),
        ("é" * 127, f"{FOLDER}/{'é' * 127}"),
    ],
)
def test_names_are_resolved_as_on_a_disk(name: str, path: str) -> None:
    assert place(name) == path


@pytest.mark.parametrize(
    "name",
    ["a/b", ".", "..", "/", "a/", "../..", "/AstrBot", "../attachments", "/etc/passwd", "a\0b", "x" * 256, "é" * 128],
)
def test_names_that_cannot_be_stored(name: str) -> None:
    assert isinstance(place(name), Unstorable)


@given(st.text(alphabet="./\\a\0é\ud800", max_size=12))
def test_every_path_is_in_a_folder_that_exists(name: str) -> None:
    path = place(name)
    if not isinstance(path, Unstorable):
        folder, _, last = path.rpartition("/")
        assert (folder or "/") in FOLDERS
        assert last not in ("", ".", "..")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("image/png", "image"), ("audio/x", "record"), ("video/mp4", "video"), ("", "file"), ("IMAGE/PNG", "file")],
)
def test_the_content_type_decides(content_type: str, kind: str) -> None:
    assert media_type(content_type) == kind
