"""Imports run downhill: the table of the rooms, held against every import in the code."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = {  # a room, and the rooms below it
    "workbook": {"checks", "dashboard", "cloud"},
    "checks": {"dashboard.stack"},
    "dashboard": set(),
    "cloud": set(),
    "bench": {"workbook", "checks", "dashboard", "cloud", "tests"},
    "tools": {"workbook", "checks", "dashboard", "cloud"},
}
OURS = ("workbook", "checks", "dashboard", "cloud", "bench", "tools", "tests")
CODE = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "runtime" not in path.parts)


def imported(path):
    """Each imported module of a file, with its line; imports inside functions count too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.lineno


def is_below(module, room):
    allowed = ROOMS[room] | {room}
    return any(module == one or module.startswith(f"{one}.") for one in allowed)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_below(room):
    uphill = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in CODE
        if path.relative_to(ROOT).parts[0] == room
        for module, line in imported(path)
        if module.split(".")[0] in OURS and not is_below(module, room)
    ]
    assert uphill == []


def test_the_table_would_notice_an_import_uphill():
    assert not is_below("workbook.session", "checks")
    assert not is_below("cloud", "dashboard")
    assert not is_below("dashboard.widgets", "checks")
    assert is_below("dashboard.stack.names", "checks")


PASTED = {  # what a handler may import: what Lambda's Python runtime has of itself
    "base64",
    "json",
    "os",
    "re",
    "unicodedata",
    "urllib.parse",
    "uuid",
    "boto3",
    "boto3.dynamodb.conditions",
    "botocore.config",
    "botocore.exceptions",
}


def test_a_handler_stands_alone_so_that_it_can_be_pasted_into_the_lambda_console():
    handlers = sorted((ROOT / "dashboard" / "functions").rglob("*.py"))
    assert len(handlers) == 5
    for handler in handlers:
        assert handler.name == "lambda_function.py"
        assert {module for module, _ in imported(handler)} <= PASTED, handler


def test_the_product_and_the_checks_cannot_tell_which_cloud_they_are_in():
    asking = [
        str(path.relative_to(ROOT))
        for path in CODE
        if path.relative_to(ROOT).parts[0] in ("dashboard", "checks")
        and "AWS_ENDPOINT_URL" in path.read_text()
    ]
    assert asking == ["checks/cli.py", "checks/where.py"]  # one names the variable in a refusal, one decides
