"""Payloads: what Lambda takes as an event, and its words for what it does not."""

import boto3
import pytest
from botocore.exceptions import ClientError

from cloud.functions.json_reader import DefectError, JsonReader
from tests.cloud.functions.making import invoke, make_function, make_role

ECHO = "def handler(event, context): return event"
VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
HIDDEN = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
NO_NAME = "was expecting double-quote to start field name"
DEFECTS = [  # the text, what is said of it, and where
    ("x", f"Unrecognized token 'x': was expecting {VALUES}", 1, 2),
    ("Hello World", f"Unrecognized token 'Hello': was expecting {VALUES}", 1, 7),
    ("z쵨rW", f"Unrecognized token 'z쵨rW': was expecting {VALUES}", 1, 7),
    ("\n  True", f"Unrecognized token 'True': was expecting {VALUES}", 2, 7),
    ("[true, nul]", f"Unrecognized token 'nul': was expecting {VALUES}", 1, 12),
    ("nulls", f"Unrecognized token 'nulls': was expecting {VALUES}", 1, 6),
    ("a" * 300, f"Unrecognized token '{'a' * 256}...': was expecting {VALUES}", 1, 257),
    ("'a'", f"Unexpected character (''' (code 39)): expected a valid value {VALUES}", 1, 1),
    (b"\x97abc", f"Unexpected character ((CTRL-CHAR, code 151)): expected a valid value {VALUES}", 1, 1),
    ("{'a': 1}", f"Unexpected character (''' (code 39)): {NO_NAME}", 1, 2),
    ("{a: 1}", f"Unexpected character ('a' (code 97)): {NO_NAME}", 1, 2),
    ("{中: 1}", f"Unexpected character ('中' (code 20013 / 0x4e2d)): {NO_NAME}", 1, 4),
    ('{"a": 1,\n}', f"Unexpected character ('}}' (code 125)): {NO_NAME}", 2, 1),
    ("[1,]", "Unexpected character (']' (code 93)): expected a value", 1, 4),
    ('{"a":}', "Unexpected character ('}' (code 125)): expected a value", 1, 6),
    (
        '{"a" 1}',
        "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
        1,
        6,
    ),
    (
        '{"a":1 "b":2}',
        "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
        1,
        8,
    ),
    ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries", 1, 4),
    ("0x1f", "Unexpected character ('x' (code 120)): Expected space separating root-level values", 1, 2),
    (
        "{",
        (
            "Unexpected end-of-input: expected close marker for Object "
            f"(start marker at [Source: {HIDDEN}; line: 1, column: 1])"
        ),
        1,
        2,
    ),
    (
        '{"a":[1',
        (
            "Unexpected end-of-input: expected close marker for Array "
            f"(start marker at [Source: {HIDDEN}; line: 1, column: 6])"
        ),
        1,
        8,
    ),
    ('{"a":1,', "Unexpected end-of-input within/between Object entries", 1, 8),
    ('{"a', "Unexpected end-of-input in field name", 1, 4),
    ('{"a": "b', "Unexpected end-of-input in VALUE_STRING", 1, 9),
    ("[-", "Unexpected end-of-input in START_ARRAY", 1, 3),
    ('"\\', "Unexpected end-of-input in character escape sequence", 1, 3),
    (
        "[1}",
        (
            "Unexpected close marker '}': expected ']' "
            f"(for Array starting at [Source: {HIDDEN}; line: 1, column: 1])"
        ),
        1,
        3,
    ),
    (
        "}",
        f"Unexpected close marker '}}': expected ']' (for root starting at [Source: {HIDDEN}; line: 1])",
        1,
        1,
    ),
    ("[01]", "Invalid numeric value: Leading zeroes not allowed", 1, 3),
    (
        "1.",
        "Unexpected character ('.' (code 46)) in numeric value: Decimal point not followed by a digit",
        1,
        2,
    ),
    (
        "1ex",
        (
            "Unexpected character ('x' (code 120)) in numeric value: "
            "Exponent indicator not followed by a digit"
        ),
        1,
        3,
    ),
    (
        "------Boundary",
        (
            "Unexpected character ('-' (code 45)) in numeric value: "
            "expected digit (0-9) to follow minus sign, for valid numeric value"
        ),
        1,
        2,
    ),
    (
        '"a\tb"',
        (
            "Illegal unquoted character ((CTRL-CHAR, code 9)): "
            "has to be escaped using backslash to be included in string value"
        ),
        1,
        3,
    ),
    (
        "\x00",
        (
            "Illegal character ((CTRL-CHAR, code 0)): "
            "only regular white space (\\r, \\n, \\t) is allowed between tokens"
        ),
        1,
        2,
    ),
    ('"\\x"', "Unrecognized character escape 'x' (code 120)", 1, 3),
    (
        '"\\u12"',
        "Unexpected character ('\"' (code 34)): expected a hex-digit for character escape sequence",
        1,
        6,
    ),
    (
        "/* c */ {}",
        (
            "Unexpected character ('/' (code 47)): maybe a (non-standard) comment? "
            "(not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
        ),
        1,
        1,
    ),
    (b'"\xff"', "Invalid UTF-8 start byte 0xff", 1, 3),
    (b'{"a": "\xc3("}', "Invalid UTF-8 middle byte 0x28", 1, 10),
]


@pytest.fixture(scope="module")
def function(aws):
    return make_function(ECHO, Role=make_role())


def refused(function, **asked):
    with pytest.raises(ClientError) as caught:
        boto3.client("lambda").invoke(FunctionName=function, **asked)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


@pytest.mark.parametrize(("text", "defect", "line", "column"), DEFECTS)
def test_each_defect_is_told_as_jackson_tells_it(text, defect, line, column):
    """Lambda repeats what Jackson says. Each row is what Jackson 2.18.2 answered to ``readTree``.

    Seen on Lambda: "Unexpected character ('c' (code 99)): was expecting double-quote to start field name" at
    column 2 of a payload that began with {client_id, and "Unrecognized token 'Hello'" at column 7 of
    "Hello World". The source has been hidden ("REDACTED") since Lambda took Jackson 2.16 or newer.
    """
    with pytest.raises(DefectError) as caught:
        JsonReader(text if isinstance(text, bytes) else text.encode()).read()
    assert str(caught.value) == f"{defect}\n at [Source: {HIDDEN}; line: {line}, column: {column}]"


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_a_number_that_is_none_is_not_json(name):
    """Python's json takes NaN and Infinity; Jackson does not, unless it is told to."""
    with pytest.raises(DefectError, match=f"^Non-standard token '{name}': enable `JsonReadFeature"):
        JsonReader(f"[{name}]".encode()).read()


def test_a_text_may_be_a_thousand_levels_deep():
    JsonReader(b"[" * 1000 + b"]" * 1000).read()
    with pytest.raises(DefectError, match=r"^Document nesting depth \(1001\) exceeds the maximum allowed"):
        JsonReader(b"[" * 1001 + b"]" * 1001).read()


@pytest.mark.parametrize("payload", [b'{"a": NaN}', b"{not json", b" \n", b"[1] [2]", b'"\xed\xa0\x80"'])
def test_what_is_not_json_never_reaches_the_function(function, payload):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html names the error."""
    code, status, message = refused(function, Payload=payload)
    assert (code, status) == ("InvalidRequestContentException", 400)
    assert message.startswith("Could not parse request body into json: Could not parse payload into json: ")


def test_no_payload_is_an_empty_object(function):
    assert boto3.client("lambda").invoke(FunctionName=function)["Payload"].read() == b"{}"


@pytest.mark.parametrize("payload", [b'"\\ud83d\\ude00 \xc3\xa9"', b"-1.5e+3", b' {"a": [null, true]} '])
def test_what_is_json_reaches_it(function, payload):
    assert "FunctionError" not in boto3.client("lambda").invoke(FunctionName=function, Payload=payload)


def test_a_payload_has_six_megabytes_and_an_event_one(function):
    """RequestEntityTooLargeException is what arrives, though the SDK's model says RequestTooLargeException.

    https://github.com/awslabs/aws-athena-query-federation/issues/793 has the text of the one,
    https://github.com/ASFHyP3/hyp3/issues/2241 that of the other; an event has had 1 MB since October 2025.
    """
    largest = b'"' + b"x" * (6_291_456 - 2) + b'"'
    client = boto3.client("lambda")
    assert client.invoke(FunctionName=function, InvocationType="DryRun", Payload=largest)["StatusCode"] == 204
    assert refused(function, Payload=largest + b" ") == (
        "RequestEntityTooLargeException",
        413,
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    )
    assert refused(function, InvocationType="Event", Payload=largest[:1_048_576] + b'"') == (
        "RequestEntityTooLargeException",
        413,
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    )
    assert invoke(function, "small")[0] == "small"
