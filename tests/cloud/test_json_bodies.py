"""A value of another JSON type than a service's model says is refused in the words of that service."""

import json

import botocore.session
import pytest

from cloud import json_bodies
from cloud.aws_errors import AwsError
from tests.cloud.fuzz.asking import signed

CORAL = "com.amazon.coral.service#"
TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "sqs": ("AmazonSQS", "1.0"),
    "logs": ("Logs_20140328", "1.1"),
    "events": ("AWSEvents", "1.1"),
}


def ask(running, service, operation, body):
    """The answer to a body, sent as it stands: status, headers, and what it says."""
    prefix, version = TARGETS[service]
    headers = {"x-amz-target": f"{prefix}.{operation}", "content-type": f"application/x-amz-json-{version}"}
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = signed(running, service, "POST", "/", sent, **headers)
    return answer.status, answer.headers, json.loads(answer.body)


def put_function(running, path, body):
    sent = {"content-type": "application/json"}
    answer = signed(
        running, "lambda", "PUT", f"/2015-03-31/functions/{path}", json.dumps(body).encode(), **sent
    )
    return answer.status, answer.headers, json.loads(answer.body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"Timeout": "3"}, "STRING_VALUE can not be converted to an Integer"),
        ({"Timeout": True}, "TRUE_VALUE can not be converted to an Integer"),
        ({"Description": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"Description": 1.5}, "NUMBER_VALUE can not be converted to a String"),
        ({"Description": False}, "FALSE_VALUE can not be converted to a String"),
        ({"Description": ["x"]}, "Start of list found where not expected"),
        ({"Description": {}}, "Start of structure or map found where not expected."),
        ({"Environment": "x"}, "Expected null"),
        ({"Environment": []}, "Start of list found where not expected"),
        ({"Environment": {"Variables": "x"}}, "Expected map or null"),
        ({"Environment": {"Variables": {"A": 1}}}, "NUMBER_VALUE can not be converted to a String"),
        ({"Layers": "x"}, "Expected list or null"),
        ({"Layers": {}}, "Start of structure or map found where not expected."),
        ({"Layers": [1]}, "NUMBER_VALUE can not be converted to a String"),
    ],
)  # fmt: skip
def test_lambda_says_what_it_found_and_what_it_needs(aws, body, message):
    """https://github.com/aarondfrancis/sidecar/issues/28; the other pairs as Athena has them."""
    status, headers, said = put_function(aws, "any/configuration", body)
    assert (status, headers["x-amzn-errortype"], said) == (
        400,
        "SerializationException",
        {"Message": message},
    )


@pytest.mark.parametrize(
    ("service", "operation", "body", "message", "kind"),
    [
        ("logs", "StartQuery", {"startTime": "1"}, "STRING_VALUE can not be converted to a Long", ""),
        ("logs", "PutLogEvents", {"logEvents": [{"message": {}}]},
         "Start of structure or map found where not expected.", ""),
        ("events", "PutRule", {"Name": 1}, "NUMBER_VALUE can not be converted to a String", ""),
        ("events", "PutEvents", {"Entries": {}}, "Start of structure or map found where not expected.", ""),
        ("sqs", "SendMessage", {"DelaySeconds": "1"},
         "STRING_VALUE can not be converted to an Integer", CORAL),
        ("sqs", "SendMessage", {"DelaySeconds": []}, "Start of list found where not expected", CORAL),
    ],
)  # fmt: skip
def test_so_do_logs_eventbridge_and_queues(aws, service, operation, body, message, kind):
    """https://github.com/aws/aws-sdk-js-v3/issues/4080, https://github.com/fluent/fluent-bit/issues/8449"""
    status, headers, said = ask(aws, service, operation, body)
    assert (status, said) == (400, {"__type": f"{kind}SerializationException", "Message": message})
    assert "x-amzn-errortype" not in headers


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("Scan", {"Limit": "23"}, "STRING_VALUE cannot be converted to Integer"),
        ("CreateTable", {"ProvisionedThroughput": {"ReadCapacityUnits": "1"}},
         "STRING_VALUE cannot be converted to Long"),
        ("Scan", {"TableName": 1}, "NUMBER_VALUE cannot be converted to String"),
        ("Scan", {"TableName": 1.5}, "DECIMAL_VALUE cannot be converted to String"),
        ("Scan", {"TableName": []}, "Unrecognized collection type class java.lang.String"),
        ("Scan", {"TableName": {}}, "Start of structure or map found where not expected"),
        ("Scan", {"ConsistentRead": 0}, "NUMBER_VALUE cannot be converted to Boolean"),
        ("Scan", {"ConsistentRead": "23"}, "Unexpected token received from parser"),
        ("Scan", {"AttributesToGet": "x"}, "Unexpected field type"),
        ("Scan", {"ExpressionAttributeNames": []},
         "Unrecognized collection type java.util.Map<java.lang.String, java.lang.String>"),
        ("PutItem", {"Item": "x"}, "Unexpected field type"),
        ("PutItem", {"Item": {"p": 1}}, "Unexpected value type in payload"),
        ("PutItem", {"Item": {"p": []}},
         "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"),
        ("PutItem", {"Item": {"p": {"N": 33}}}, "NUMBER_VALUE cannot be converted to String"),
        ("PutItem", {"Item": {"p": {"L": [{"B": 1}]}}},
         "only base-64-encoded strings are convertible to bytes"),
        ("PutItem", {"Item": {"p": {"B": "23456"}}},
         "Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        ("BatchWriteItem", {"RequestItems": {"t": [[]]}},
         "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.WriteRequest"),
        ("CreateTable", {"StreamSpecification": 1}, "Unexpected field type"),
    ],
)  # fmt: skip
def test_dynamodb_has_words_of_its_own(aws, operation, body, message):
    """https://github.com/architect/dynalite, ``assertType`` of its tests, which also run against AWS"""
    status, _, said = ask(aws, "dynamodb", operation, body)
    assert (status, said) == (400, {"__type": f"{CORAL}SerializationException", "Message": message})


NESTED = b'{"Item": {"p": ' + b'{"L": [' * 600 + b"]}" * 600 + b"}}"


@pytest.mark.parametrize("body", [b"hi", b"{", b'"x"', b"null", b'{"Limit": NaN}', b"[" * 5000, NESTED])
def test_a_body_that_is_no_json_is_refused_without_a_word(aws, body):
    """https://github.com/architect/dynalite, tests of its connection"""
    status, _, said = ask(aws, "dynamodb", "PutItem" if body is NESTED else "Scan", body)
    assert (status, said) == (400, {"__type": f"{CORAL}SerializationException"})


def test_an_api_has_one_sentence_for_all(aws):
    """https://github.com/aws/aws-sdk-js/issues/2588"""
    for body in (b'{"name": 1, "protocolType": "HTTP"}', b'{"corsConfiguration": []}', b"{"):
        answer = signed(aws, "apigateway", "POST", "/v2/apis", body, **{"content-type": "application/json"})
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "BadRequestException")
        assert json.loads(answer.body) == {"message": "Invalid request input"}


def test_types_come_first_and_the_first_of_them_in_the_body(aws):
    """As Athena does, which https://github.com/aoyagikouhei/athena-local measured."""
    for body, message in (
        ({"Limit": "1", "TableName": 1}, "STRING_VALUE cannot be converted to Integer"),
        ({"TableName": 1, "Limit": "1"}, "NUMBER_VALUE cannot be converted to String"),
    ):
        assert ask(aws, "dynamodb", "Scan", body)[2]["Message"] == message
    said = ask(aws, "dynamodb", "Scan", {"Limit": None, "TableName": None, "Unknown": [1]})[2]
    assert "tableName" in said["message"]  # null is not there, what is unknown is passed over


def test_a_fraction_is_cut_off_where_a_whole_number_is_wanted():
    model = botocore.session.get_session().get_service_model("lambda")
    shape = model.operation_model("UpdateFunctionConfiguration").input_shape
    json_bodies.check(b'{"Timeout": 1.5}', shape, "lambda")
    with pytest.raises(AwsError):
        json_bodies.check(b'{"Timeout": "1.5"}', shape, "lambda")
