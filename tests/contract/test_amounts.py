import pytest

from mockbot.contract.amounts import MOST_FIELDS, MOST_VALUES, USUAL, too_many

FEW = MOST_VALUES // 2 - 10


@pytest.mark.parametrize(
    ("body", "few"),
    [
        (b"[" + b"1," * (MOST_VALUES - 9) + b"1]", True),
        (b"[" + b"1," * (MOST_VALUES + 1) + b"1]", False),
        (b"[" + b"[]," * FEW + b"1]", True),
        (b"[" + b"{}," * (MOST_VALUES // 2 + 1) + b"1]", False),
        (b"{" + b'"":1,' * FEW + b'"":1}', True),
        (b"{" + b'"":1,' * (MOST_VALUES // 2 + 1) + b'"":1}', False),
        (b'"' + b",[{" * 200_000 + b'"', True),
        (b'["' + rb"\"," * 200_000 + b'"]', True),
        (b'["' + rb"\\" * 200_000 + b'"' + b",1" * (MOST_VALUES + 1) + b"]", False),
        (b'["' + b",[{" * 200_000, True),
        (b"[" * 1_000_000, False),
        (b'"' * 1_000_000, False),
    ],
    ids=lambda value: f"{value!s:.20}",
)
def test_the_values_of_a_json_text_are_counted_outside_of_strings(body: bytes, few: bool) -> None:
    assert (too_many(b"application/json; charset=utf-8", body) == "") == few
    assert too_many(b"application/octet-stream", body) == ""


@pytest.mark.parametrize("fields", [MOST_FIELDS, MOST_FIELDS + 1])
def test_the_fields_of_an_urlencoded_form_are_counted(fields: int) -> None:
    reason = too_many(b"application/x-www-form-urlencoded", b"&".join([b"a=1"] * fields))
    assert reason == ("" if fields <= MOST_FIELDS else f"have at most {MOST_FIELDS} fields")


def test_a_larger_limit_of_bytes_allows_any_number_of_values() -> None:
    body = b"[" + b"1," * (MOST_VALUES + 1) + b"1]"
    assert too_many(b"application/json", body, USUAL) != ""
    assert too_many(b"application/json", body, USUAL + 1) == ""
