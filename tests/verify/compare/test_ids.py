"""Ids of one server are those of the other in requests to it."""

from typing import Any

import pytest

from mockbot.verify.client import Sent
from mockbot.verify.compare.ids import IdPairs

ONE, OTHER = "0b5e21f4-06bb-4792-b4a0-71b02c450dcd", "273f5029-39cb-4d04-aa69-5e84666314d1"


@pytest.mark.parametrize(
    ("one", "other", "target", "translated"),
    [
        ({"id": "abcdef"}, {"id": "ghijkl"}, "/x/abcdef", "/x/ghijkl"),
        ({"rows": [{"any": ONE}]}, {"rows": [{"any": OTHER}]}, f"/x?id={ONE}", f"/x?id={OTHER}"),
        ({"name": "abcdef"}, {"name": "ghijkl"}, "/x/abcdef", "/x/abcdef"),
        (
            {"stored_filename": "20261126050929292_1331_doc.txt"},
            {"stored_filename": "20261126050929300_0a7c_doc.txt"},
            "/files/content?filename=20261126050929292_1331_doc.txt",
            "/files/content?filename=20261126050929300_0a7c_doc.txt",
        ),
    ],
)
def test_ids_are_translated(one: Any, other: Any, target: str, translated: str) -> None:
    pairs = IdPairs("", "")
    pairs.add(one, other)
    assert pairs.translated(Sent("GET", target, "HTTP/1.1", (), b"")).target == translated
