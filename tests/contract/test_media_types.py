import re
from collections.abc import Callable
from contextlib import suppress
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mockbot.contract.media_types import (
    LONGEST_HEAD,
    BodyPart,
    FormTooLarge,
    parse_content_type,
    parse_cookies,
    read_json,
)
from mockbot.contract.multipart import PIECE, read_parts
from mockbot.contract.parts import Parts


def assert_read_or_rejected(read: Callable[[], object]) -> None:
    """Fail unless `read` returns a value or raises ValueError."""
    with suppress(ValueError):
        assert read() is not Ellipsis


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "expecting value"),
        (b"{", "line 1, column 2"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b'"\xff"', "byte 1 is not UTF-8"),
        (b"[NaN]", "NaN is not JSON"),
        (b"-Infinity", "-Infinity is not JSON"),
        (b"[" * 100_000, "nested too deep"),
        (b"9" * 5000, "too many digits"),
        ("{}".encode("utf-16"), "not UTF-8"),
    ],
)
def test_invalid_json_is_rejected_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_json(body)


def test_json_values_are_read() -> None:
    assert read_json(b' {"a": [1, 2.5, null, "\\ud800"]} ') == {"a": [1, 2.5, None, "\ud800"]}


@given(st.binary())
@example(b"\x00")
def test_any_bytes_are_read_as_json_or_rejected(body: bytes) -> None:
    assert_read_or_rejected(lambda: read_json(body))


def form(*parts: str, end: str = "--x--\r\n") -> bytes:
    return ("".join(f"--x\r\n{part}\r\n" for part in parts) + end).encode()


FILE = 'Content-Disposition: form-data; name="file"; filename="a b.txt"\r\nContent-Type: text/plain\r\n\r\nhello'


def test_a_form_is_a_list_of_its_parts() -> None:
    text = 'Content-Disposition: form-data; name="note"\r\n\r\nline\r\nline'
    assert read_parts(form(FILE, text), "x") == [
        BodyPart("file", "a b.txt", "text/plain", b"hello"),
        BodyPart("note", None, "", b"line\r\nline"),
    ]


def test_a_part_without_a_name_is_left_out() -> None:
    nameless = [f"Content-Disposition: form-data{name}\r\n\r\n" for name in ("", '; name="\\"', "; filename=a")]
    assert [part.name for part in read_parts(form(*nameless, FILE), "x")] == ["file"]


def test_the_encoded_file_name_is_preferred() -> None:
    head = 'Content-Disposition: form-data; name="file"; filename="a"; filename*=UTF-8\'\'%E2%82%AC%20b.txt'
    assert read_parts(form(f"{head}\r\n\r\n"), "x")[0].filename == "€ b.txt"


@pytest.mark.parametrize(
    ("body", "boundary", "reason"),
    [
        (form(FILE), "", "names no boundary"),
        (form(FILE), "b" * 71, "more than 70 characters"),
        (form(FILE), "y", "well-formed"),
        (form(FILE, end=""), "x", "cut short"),
        (b"", "x", "well-formed"),
        (b"garbage", "x", "well-formed"),
        (form("no header end"), "x", "well-formed"),
        (form("Content-Type: text/plain\r\n\r\nno disposition"), "x", "well-formed"),
    ],
)
def test_an_invalid_form_is_rejected_with_a_reason(body: bytes, boundary: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_parts(body, boundary)


@pytest.mark.parametrize("name", ["é", "あ"])
def test_a_name_in_another_charset_is_rejected_with_the_charset_to_use(name: str) -> None:
    head = f'Content-Disposition: form-data; name="{name}"'.encode("shift_jis" if name == "あ" else "latin-1")
    with pytest.raises(ValueError, match=r"name.*must be UTF-8"):
        read_parts(b"--x\r\n" + head + b"\r\n\r\na\r\n--x--\r\n", "x")


def test_a_form_of_too_many_parts_is_rejected() -> None:
    with pytest.raises(ValueError, match="more than 1000 parts"):
        read_parts(form(*[FILE] * 1001), "x")


boundaries = st.text(st.characters(max_codepoint=127, categories=["L", "N"]), min_size=1, max_size=9)


@given(st.lists(st.binary(max_size=99), min_size=1, max_size=3), boundaries)
def test_the_content_of_a_part_is_unchanged(contents: list[bytes], boundary: str) -> None:
    delimiter = f"--{boundary}".encode()
    if any(delimiter in b"\r\n" + content for content in contents):
        return
    head = b'\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
    body = b"".join(delimiter + head + content + b"\r\n" for content in contents) + delimiter + b"--\r\n"
    assert [part.data for part in read_parts(body, boundary)] == contents


@given(st.binary(), st.text(max_size=9))
@example(b"--x\r\n\r\n\r\n--x--", "x")
def test_any_bytes_are_read_as_a_form_or_rejected(body: bytes, boundary: str) -> None:
    assert_read_or_rejected(lambda: read_parts(body, boundary))


@pytest.mark.parametrize(
    ("value", "media_type"),
    [
        ("application/json", "application/json"),
        ("Application/JSON ; charset=utf-8", "application/json"),
        ("application/json;", "application/json"),
        ("application/json; a", "application/json"),
        ("application/json; a=b=c", "application/json"),
        ("", ""),
        (";", ""),
    ],
)
def test_the_media_type_of_a_malformed_content_type(value: str, media_type: str) -> None:
    assert parse_content_type(value)[0] == media_type


def test_a_boundary_keeps_its_case_and_punctuation() -> None:
    assert parse_content_type('multipart/form-data; boundary="a=B c"')[1] == {"boundary": "a=B c"}


@given(st.text(st.characters(max_codepoint=255)))
def test_any_content_type_can_be_parsed(value: str) -> None:
    media_type, _ = parse_content_type(value)
    assert media_type == media_type.strip().lower()


@pytest.mark.parametrize(
    ("value", "cookies"),
    [
        ("", {}),
        ("a=b; c=d", {"a": "b", "c": "d"}),
        ("a=b;a=c", {"a": "c"}),
        ("\x80=\xff", {"\x80": "\xff"}),
        ('a="b c"; d="\\"e\\""', {"a": "b c", "d": '"e"'}),
    ],
)
def test_cookies(value: str, cookies: dict[str, str]) -> None:
    assert parse_cookies(value) == cookies


@pytest.mark.parametrize("value", ['a="{}"', "{}", "a={}"])
@pytest.mark.parametrize("piece", ["\\1", "\\012", "a=b;", '"', "="])
def test_cookies_are_parsed_in_linear_time(value: str, piece: str) -> None:
    begin = process_time()
    parse_cookies(value.format(piece * 16_000))
    assert process_time() - begin < 1


@pytest.mark.parametrize(
    "lines", [["X-A: " + "a" * LONGEST_HEAD], ["a:b"] * (LONGEST_HEAD // 4), ["X-A: " + "a" * 10_000_000]]
)
def test_the_headers_of_a_part_are_bounded(lines: list[str]) -> None:
    head = "\r\n".join(['Content-Disposition: form-data; name="file"; filename="f"', *lines])
    with pytest.raises(FormTooLarge, match=f"headers of a part have more than {LONGEST_HEAD} bytes"):
        read_parts(form(FILE, f"{head}\r\n\r\nx"), "x")


def test_the_longest_headers_of_a_part_are_read() -> None:
    head = f'Content-Disposition: form-data; name="file"\r\nX-A: {"a" * (LONGEST_HEAD - 99)}'
    assert [part.name for part in read_parts(form(f"{head}\r\n\r\nx"), "x")] == ["file"]


def test_a_boundary_that_is_everywhere_is_rejected() -> None:
    with pytest.raises(FormTooLarge):
        read_parts(form(FILE + "\r\n--xy" * 10_001), "x")


@given(st.lists(st.sampled_from([b"\r", b"\n", b"--x", b"-", b"a" * 1000]), max_size=9), st.integers(-9, 9))
def test_contents_are_unchanged_where_a_piece_of_the_body_ends(end: list[bytes], shift: int) -> None:
    content = b"a" * (PIECE + shift) + b"".join(end) + b"b"
    if re.search(rb"[\r\n]--x(--|[\r\n])", content):
        return
    body = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + content + b"\r\n--x--\r\n"
    assert [part.data for part in read_parts(body, "x")] == [content]


def test_parts_are_read_once() -> None:
    parts = Parts(form(FILE))
    assert parts("x") is parts("x")
    with pytest.raises(ValueError, match="no boundary"):
        parts("")
    assert [part.name for part in parts("x")] == ["file"]


def test_the_parameters_of_an_overlong_content_type_are_left_out() -> None:
    assert parse_content_type(f"text/plain; a=b; {'c' * 5000}=d") == ("text/plain", {})
