"""The safety row's own judgements, on plain data."""

import pytest

from checks.triggers import CREATED, EXPIRED, REMOVED, spelled_out, triggers, unqualified

ARN = "arn:aws:lambda:us-east-1:123456789012:function:index"


@pytest.mark.parametrize(
    ("pattern", "events"),
    [
        ("s3:ObjectCreated:*", CREATED),
        ("s3:ObjectRemoved:*", REMOVED),
        ("s3:ObjectCreated:Put", {"s3:ObjectCreated:Put"}),
        ("s3:*", CREATED | REMOVED | EXPIRED),
        ("s3:LifecycleExpiration:*", EXPIRED),
        ("s3:ObjectTagging:*", {"s3:ObjectTagging:*"}),
    ],
)
def test_events_are_spelled_out(pattern, events):
    assert spelled_out(pattern) == events


@pytest.mark.parametrize("name", ["prefix", "Prefix", "PREFIX"])
def test_a_filter_is_read_in_whatever_case(name):
    rule = {"Name": name, "Value": "incoming/"}
    [one] = triggers(
        {
            "LambdaFunctionConfigurations": [
                {
                    "LambdaFunctionArn": ARN,
                    "Events": ["s3:ObjectCreated:*"],
                    "Filter": {"Key": {"FilterRules": [rule]}},
                }
            ]
        }
    )
    assert (one.prefix, one.suffix, one.on_created) == ("incoming/", "", True)


def test_every_kind_of_destination_is_a_trigger():
    found = triggers(
        {
            "LambdaFunctionConfigurations": [
                {"Id": "a", "LambdaFunctionArn": ARN, "Events": ["s3:ObjectCreated:*"]}
            ],
            "QueueConfigurations": [
                {"Id": "b", "QueueArn": "arn:aws:sqs:r:1:q", "Events": ["s3:ObjectRemoved:*"]}
            ],
            "TopicConfigurations": [
                {"Id": "c", "TopicArn": "arn:aws:sns:r:1:t", "Events": ["s3:ObjectCreated:Put"]}
            ],
        }
    )
    assert [(one.name, one.prefix, one.on_created) for one in found] == [
        ("a", "", True),
        ("b", "", False),
        ("c", "", True),
    ]


def test_an_alias_is_the_same_function():
    assert unqualified(f"{ARN}:live") == unqualified(ARN) == ARN
