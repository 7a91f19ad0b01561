"""Keywords that look at one value: the formats of OpenAPI."""

import pytest

from tests.contract.conftest import PostedTo


@pytest.mark.parametrize(
    ("name", "valid", "invalid"),
    [
        ("date", "2026-02-28", "2026-02-30"),
        ("date-time", "2026-02-28t23:59:59.5Z", "2026-02-28"),
        ("time", "23:59:00+01:00", "23:59"),
        ("uuid", "3FA85F64-5717-4562-b3fc-2c963f66afa6", "3fa85f64"),
        ("email", "a@b.example", "a.example"),
        ("ipv4", "127.0.0.1", "127.0.0.256"),
        ("ipv6", "::1", "::g"),
        ("idn-hostname", "Bücher.example", "a b"),
        ("byte", "aGk=", "a"),
        ("int32", 2**31 - 1, 2**31),
        ("int64", -(2**63), -(2**63) - 1),
        ("float", 1.5, None),
        ("no-such-format", "anything", None),
    ],
)
def test_formats(posted: PostedTo, name: str, valid: object, invalid: object) -> None:
    thing = posted({"format": name})
    assert thing.request(valid) == []
    if invalid is not None:
        assert thing.wrong(invalid) == [("", "format")]
