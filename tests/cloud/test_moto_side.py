"""Where we reach into moto: few places, and a loud failure when moto changes them."""

import ast
import inspect
from pathlib import Path

from moto.awslambda.models import LambdaFunction

import cloud

ROOM = Path(cloud.__file__).parent
PATCHED = {"LambdaFunction._invoke_lambda"}  # three at most


def test_the_one_symbol_that_is_patched_looks_as_it_did():
    original = inspect.signature(LambdaFunction._invoke_lambda)
    assert list(original.parameters) == ["self", "event"]
    source = inspect.getsource(LambdaFunction._invoke_lambda)
    assert "-> tuple[str, bool, str]" in source, "moto's _invoke_lambda returns something else now"


def test_nothing_else_of_moto_is_patched():
    assigned = set()
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                        name = target.value.id
                        if name[:1].isupper() and name != "Account":
                            assigned.add(f"{name}.{target.attr}")
    assert assigned == PATCHED
