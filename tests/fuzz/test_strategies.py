"""What is drawn can be written into a file and read again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockbot.fault.catalogue import CATALOGUE
from mockbot.fault.parse import parse_fault
from mockbot.fuzz.strategies import faults


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_drawn_fault_is_one_that_a_file_may_have(name: str) -> None:
    @settings(max_examples=20, database=None)
    @given(st.data())
    def is_parsed(data: st.DataObject) -> None:
        fault = data.draw(faults([name]))
        assert parse_fault(fault.as_json()) == fault

    is_parsed()
