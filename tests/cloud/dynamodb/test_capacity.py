"""What a call takes of a table's capacity, as DynamoDB counts it."""

import boto3
import pytest

from cloud.dynamodb.capacity import item_size


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"k": {"S": "abc"}}, 4),
        ({"k": {"S": "é"}}, 3),
        ({"k": {"N": "0"}}, 3),
        ({"k": {"N": "12345"}}, 5),
        ({"k": {"N": "100000"}}, 3),
        ({"k": {"N": "-1"}}, 4),
        ({"k": {"B": "AAEC"}}, 4),
        ({"k": {"BOOL": False}}, 2),
        ({"k": {"NULL": True}}, 2),
        ({"k": {"SS": ["a", "bc"]}}, 4),
        ({"k": {"L": []}}, 4),
        ({"k": {"L": [{"S": "a"}, {"NULL": True}]}}, 8),
        ({"k": {"M": {"x": {"S": "ab"}}}}, 8),
        (None, 0),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(attributes, size):
    assert item_size(attributes) == size


def item(sort, size=100, **more):
    return {"p": {"S": "p"}, "s": {"S": sort}, "body": {"S": "x" * size}} | more


def units(answer):
    return answer["ConsumedCapacity"]["CapacityUnits"]


def test_a_write_takes_a_unit_for_each_kilobyte_of_the_larger_item(dynamodb, table):
    asked = {"TableName": table, "ReturnConsumedCapacity": "TOTAL"}
    assert units(dynamodb.put_item(Item=item("a", 100), **asked)) == 1
    assert units(dynamodb.put_item(Item=item("a", 5000), **asked)) == 5
    key = {"p": {"S": "p"}, "s": {"S": "a"}}
    grown = dynamodb.update_item(
        Key=key,
        UpdateExpression="SET body = :b",
        ExpressionAttributeValues={":b": {"S": "small"}},
        **asked,
    )
    assert units(grown) == 5
    assert units(dynamodb.delete_item(Key=key, **asked)) == 1
    assert units(dynamodb.delete_item(Key=key, **asked)) == 1


def test_a_read_takes_half_a_unit_for_four_kilobytes_and_twice_that_when_consistent(dynamodb, table):
    dynamodb.put_item(TableName=table, Item=item("a", 5000))
    asked = {"TableName": table, "Key": {"p": {"S": "p"}, "s": {"S": "a"}}, "ReturnConsumedCapacity": "TOTAL"}
    assert units(dynamodb.get_item(**asked)) == 1
    assert units(dynamodb.get_item(ConsistentRead=True, **asked)) == 2
    assert units(dynamodb.get_item(ProjectionExpression="p", **asked)) == 1
    nothing = asked | {"Key": {"p": {"S": "p"}, "s": {"S": "none"}}}
    assert units(dynamodb.get_item(**nothing)) == 0.5


def test_a_scan_pays_for_what_it_reads_and_a_query_for_its_page(dynamodb, table):
    for number in range(10):
        dynamodb.put_item(TableName=table, Item=item(f"{number:02}", 4000))
    paid = {"TableName": table, "ReturnConsumedCapacity": "TOTAL"}
    values = {":none": {"S": "none"}}
    scan = dynamodb.scan(FilterExpression="body = :none", ExpressionAttributeValues=values, **paid)
    assert (scan["Count"], units(scan)) == (0, 5)
    query = dynamodb.query(
        KeyConditionExpression="p = :p AND begins_with(s, :s)",
        FilterExpression="body = :none",
        ProjectionExpression="#s",
        ExpressionAttributeNames={"#s": "s"},
        ExpressionAttributeValues=values | {":p": {"S": "p"}, ":s": {"S": "00"}},
        **paid,
    )
    assert (query["Count"], units(query)) == (0, 0.5)


def test_transactions_take_twice_as_much(dynamodb, table):
    write = dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": item("a", 1500)}}], ReturnConsumedCapacity="TOTAL"
    )
    assert write["ConsumedCapacity"] == [
        {"TableName": table, "CapacityUnits": 4.0, "WriteCapacityUnits": 4.0}
    ]
    key = {"p": {"S": "p"}, "s": {"S": "a"}}
    read = dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": table, "Key": key}}], ReturnConsumedCapacity="TOTAL"
    )
    assert read["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]


def test_batches_add_up_item_by_item(dynamodb, table):
    requests = [{"PutRequest": {"Item": item(str(number), 10)}} for number in range(3)]
    write = dynamodb.batch_write_item(RequestItems={table: requests}, ReturnConsumedCapacity="TOTAL")
    assert write["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 3.0}]
    keys = [{"p": {"S": "p"}, "s": {"S": str(number)}} for number in range(4)]
    read = dynamodb.batch_get_item(RequestItems={table: {"Keys": keys}}, ReturnConsumedCapacity="TOTAL")
    assert read["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 2.0}]


def test_indexes_are_counted_apart(dynamodb):
    dynamodb.create_table(
        TableName="capacity-indexes",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "p", "AttributeType": "S"},
            {"AttributeName": "color", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-color",
                "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    asked = {"TableName": "capacity-indexes", "ReturnConsumedCapacity": "INDEXES"}

    def put(**attributes):
        taken = dynamodb.put_item(Item={"p": {"S": "p"}} | attributes, **asked)["ConsumedCapacity"]
        return taken["CapacityUnits"], taken["Table"], taken.get("GlobalSecondaryIndexes")

    one = {"CapacityUnits": 1.0}
    assert put(body={"S": "x"}) == (1.0, one, None)
    assert put(color={"S": "red"}) == (2.0, one, {"by-color": one})
    assert put(color={"S": "red"}, body={"S": "y"}) == (1.0, one, None)
    assert put(color={"S": "blue"}) == (3.0, one, {"by-color": {"CapacityUnits": 2.0}})
    found = dynamodb.query(
        IndexName="by-color",
        KeyConditionExpression="color = :c",
        ExpressionAttributeValues={":c": {"S": "blue"}},
        **asked,
    )
    assert found["ConsumedCapacity"] == {
        "TableName": "capacity-indexes",
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"by-color": {"CapacityUnits": 0.5}},
    }


def test_nobody_hears_of_capacity_who_did_not_ask(dynamodb, table):
    answers = [
        dynamodb.put_item(TableName=table, Item=item("a")),
        dynamodb.update_item(
            TableName=table,
            Key={"p": {"S": "p"}, "s": {"S": "a"}},
            UpdateExpression="SET c = :c",
            ExpressionAttributeValues={":c": {"S": "c"}},
        ),
        dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item("b")}}]}),
        dynamodb.scan(TableName=table),
    ]
    assert not any("ConsumedCapacity" in answer for answer in answers)
    assert not any(answer["ResponseMetadata"]["RetryAttempts"] for answer in answers)


def test_a_resource_reads_what_it_took(aws, table):
    answer = boto3.resource("dynamodb").Table(table).scan(ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == {"TableName": table, "CapacityUnits": 0.5}
