"""A table as one uses it: every way to write ends in what a Query answers, in order."""

import pytest
from botocore.exceptions import ClientError


def put(dynamodb, table, *sorts):
    for sort in sorts:
        dynamodb.put_item(TableName=table, Item={"p": {"S": "p"}, "s": {"S": sort}})


def sorts(dynamodb, table, condition="p = :p", values=None, **more):
    answer = dynamodb.query(
        TableName=table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues={":p": {"S": "p"}} | (values or {}),
        **more,
    )
    return [item["s"]["S"] for item in answer["Items"]]


def test_every_way_to_write_is_seen_by_a_query(dynamodb, table):
    put(dynamodb, table, "b", "a")
    requests = [{"PutRequest": {"Item": {"p": {"S": "p"}, "s": {"S": "d"}}}}]
    requests += [{"DeleteRequest": {"Key": {"p": {"S": "p"}, "s": {"S": "a"}}}}]
    dynamodb.batch_write_item(RequestItems={table: requests})
    dynamodb.update_item(
        TableName=table,
        Key={"p": {"S": "p"}, "s": {"S": "c"}},
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    )
    assert sorts(dynamodb, table) == ["b", "c", "d"]
    dynamodb.transact_write_items(
        TransactItems=[
            {"Delete": {"TableName": table, "Key": {"p": {"S": "p"}, "s": {"S": "b"}}}},
            {"Put": {"TableName": table, "Item": {"p": {"S": "p"}, "s": {"S": "aa"}}}},
        ]
    )
    assert sorts(dynamodb, table) == ["aa", "c", "d"]
    assert sorts(dynamodb, table, ScanIndexForward=False) == ["d", "c", "aa"]


def test_a_cancelled_transaction_leaves_nothing_behind(dynamodb, table):
    put(dynamodb, table, "a")
    there = {"TableName": table, "Item": {"p": {"S": "p"}, "s": {"S": "a"}}}
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": {"p": {"S": "p"}, "s": {"S": "b"}}}},
                {"Put": there | {"ConditionExpression": "attribute_not_exists(p)"}},
            ]
        )
    assert sorts(dynamodb, table) == ["a"]
    put(dynamodb, table, "c")
    assert sorts(dynamodb, table) == ["a", "c"]


def test_a_cancelled_transaction_takes_back_what_it_changed(dynamodb, table):
    put(dynamodb, table, "a", "b")
    change = {
        "TableName": table,
        "Key": {"p": {"S": "p"}, "s": {"S": "a"}},
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    check = {"TableName": table, "Key": {"p": {"S": "p"}, "s": {"S": "b"}}}
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        dynamodb.transact_write_items(
            TransactItems=[
                {"Update": change},
                {"ConditionCheck": check | {"ConditionExpression": "attribute_exists(n)"}},
            ]
        )
    item = {"p": {"S": "p"}, "s": {"S": "a"}}
    assert dynamodb.get_item(TableName=table, Key=change["Key"])["Item"] == item
    dynamodb.update_item(**change)
    assert dynamodb.get_item(TableName=table, Key=change["Key"])["Item"] == item | {"n": {"N": "1"}}
    found = dynamodb.query(
        TableName=table, KeyConditionExpression="p = :p", ExpressionAttributeValues={":p": {"S": "p"}}
    )
    assert [one.get("n") for one in found["Items"]] == [{"N": "1"}, None]


def test_pages_by_prefix_follow_each_other(dynamodb, table):
    put(dynamodb, table, *(f"incoming/{number:02}" for number in range(7)), "zebra")
    found, more = [], {}
    while True:
        answer = dynamodb.query(
            TableName=table,
            KeyConditionExpression="p = :p AND begins_with(s, :s)",
            ExpressionAttributeValues={":p": {"S": "p"}, ":s": {"S": "incoming/"}},
            Limit=3,
            **more,
        )
        found.append([item["s"]["S"] for item in answer["Items"]])
        if "LastEvaluatedKey" not in answer:
            break
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
    assert [len(page) for page in found] == [3, 3, 1]
    assert [sort for page in found for sort in page] == [f"incoming/{number:02}" for number in range(7)]


@pytest.mark.parametrize(
    ("start", "complaint"),
    [
        ({"p": {"S": "q"}, "s": {"S": "b/1"}}, "outside query boundaries"),
        ({"p": {"S": "p"}, "s": {"S": "a/1"}}, "does not match the range key predicate"),
        ({"p": {"S": "p"}}, "The provided starting key is invalid"),
    ],
)
def test_a_start_key_from_elsewhere_is_refused(dynamodb, table, start, complaint):
    put(dynamodb, table, "a/1", "b/1", "b/2")
    with pytest.raises(ClientError, match=complaint) as refused:
        sorts(
            dynamodb,
            table,
            "p = :p AND begins_with(s, :s)",
            {":s": {"S": "b/"}},
            ExclusiveStartKey=start,
        )
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_a_key_of_another_type_is_refused(dynamodb, table):
    with pytest.raises(ClientError, match="Condition parameter type does not match schema type"):
        sorts(dynamodb, table, values={":p": {"N": "1"}})
    with pytest.raises(ClientError, match="Condition parameter type does not match schema type"):
        sorts(dynamodb, table, "p = :p AND s > :s", {":s": {"N": "1"}})
