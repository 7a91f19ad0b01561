import pytest

from mockbot.contract import Contract


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.load()
