"""The query of a request and its pairs."""

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from mockbot.contract.wire.message import pairs_of


@given(st.text(st.sampled_from("ab&=+%41éÿ;#")))
def test_the_pairs_of_a_query_are_those_of_the_standard_library(query: str) -> None:
    assert pairs_of(query) == parse_qsl(query, keep_blank_values=True)
