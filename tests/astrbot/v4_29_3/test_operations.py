"""The table of operations names the module that has what each of them needs."""

from importlib import import_module

import pytest

from mockbot.astrbot.v4_29_3.operations import MODULES, NAMES, Table
from mockbot.astrbot.v4_29_3.profile import profile

TABLES = ("HANDLERS", "BODIES", "QUERIES", "FORMS", "OTHERS")


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_of_a_module_are_for_its_operations(name: str) -> None:
    module = import_module(f"mockbot.astrbot.v4_29_3.{name}")
    assert set(module.HANDLERS) == set(NAMES[name])
    assert all(set(getattr(module, table, ())) <= set(NAMES[name]) for table in TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_what_the_modules_have(name: str) -> None:
    tables = [getattr(import_module(f"mockbot.astrbot.v4_29_3.{module}"), name, {}) for module in NAMES]
    assert dict(Table[object](name)) == {operation: each for table in tables for operation, each in table.items()}


def test_each_operation_with_a_handler_is_in_the_document() -> None:
    assert MODULES.keys() == profile().handlers.keys()
