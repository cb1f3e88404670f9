"""Filter patterns, as CloudWatch Logs documents them."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud.logs.patterns import PatternError, compiled


@pytest.mark.parametrize(
    ("pattern", "message", "found"),
    [
        ("", "anything", True),
        ("ERROR", "[ERROR 400] BAD REQUEST", True),
        ("ERROR", "[error 400]", False),
        ("ERROR REQUEST", "[ERROR 401] UNAUTHORIZED REQUEST", True),
        ("ERROR REQUEST", "[ERROR 419] MISSING ARGUMENTS", False),
        ('"INTERNAL SERVER ERROR"', "[ERROR 500] INTERNAL SERVER ERROR", True),
        ('"INTERNAL SERVER ERROR"', "INTERNAL ERROR SERVER", False),
        ("?ERROR ?WARN", "[WARN] low", True),
        ("?ERROR ?WARN", "[INFO] fine", False),
        ("ERROR -EXITING", "[ERROR] crashed", True),
        ("ERROR -EXITING", "[ERROR] EXITING", False),
        ('-"EXITING NOW"', "still here", True),
        ("%[Ee]rror%", "an error", True),
        ("%^\\d{3}$%", "404", True),
        ('"say \\"hi\\""', 'they say "hi" there', True),
        ("REPORT", "REPORT RequestId: 1", True),
    ],
)
def test_terms(pattern, message, found):
    assert compiled(pattern)(message) is found


EVENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "cluster.name": "c",
        "ThisFlag": True,
        "number": 12.5,
    }
)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = UpdateTrail }", True),
        ('{ $.eventType != "UpdateTrail" }', False),
        ('{ $.missing != "x" }', False),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ("{ $.sourceIPAddress = 111.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.objectList[2].id = 2 }", False),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.SomeObject EXISTS }", True),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ("{ $.number >= 12.5 }", True),
        ("{ $.number < 12 }", False),
        ("{ $.number = 12.50 }", True),
        ('{ ($.number > 1 && $.eventType = "x") || $.ThisFlag IS TRUE }', True),
        ("{ $.eventType = %^Update% }", True),
    ],
)
def test_members_of_json(pattern, found):
    assert compiled(pattern)(EVENT) is found


def test_what_is_not_json_has_no_members():
    assert not compiled('{ $.a = "b" }')("a = b")


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        ("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code = 5*, bytes]", False),
        ("[..., status_code = 404, bytes > 1000]", True),
        ("[..., status_code = 404, bytes > 2000]", False),
        ("[ip=%127\\.0\\.0\\.[1-9]%, ...]", True),
        ("[ip, user]", False),
        ("[..., size = 1 || size = 1534]", True),
    ],
)
def test_fields_between_spaces(pattern, found):
    line = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'
    assert compiled(pattern)(line) is found


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a }",
        "{ $.a = }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a > x }",
        "{ $.a IS MAYBE }",
        "%[%",
        '"a',
    ],
)
def test_what_is_malformed_is_refused(pattern):
    with pytest.raises(PatternError):
        compiled(pattern)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_pattern_breaks_the_parser(pattern):
    with contextlib.suppress(PatternError):
        compiled(pattern)("a message")


@settings(deadline=None)
@given(
    st.lists(st.text(alphabet="abc", min_size=1, max_size=3), max_size=4),
    st.text(alphabet="abc ", max_size=20),
)
def test_terms_are_found_wherever_they_stand(terms, message):
    assert compiled(" ".join(terms))(message) == all(term in message for term in terms)
