"""Where we reach into moto: few places, and a loud failure when moto changes them."""

import ast
import gc
import inspect
import time
import weakref
from datetime import timedelta
from pathlib import Path

import pytest
from moto.awslambda.models import LambdaFunction
from moto.dynamodb.models.table import StreamShard, Table
from moto.sns.models import Subscription
from moto.sqs.models import Queue, SQSBackend

import cloud
from cloud import moto_side
from cloud.moto_side import patches

ROOM = Path(cloud.__file__).parent
PATCHED = {
    "BaseModel.__new__",
    "LambdaFunction._invoke_lambda",
    "Rule.send_to_targets",
    "Statistics.get_statistics_for_type",
    "Table.query",
    "Table.scan",
}  # six at most


def test_how_moto_runs_a_function_looks_as_it_did():
    original = inspect.signature(LambdaFunction._invoke_lambda)
    assert list(original.parameters) == ["self", "event"]
    source = inspect.getsource(LambdaFunction._invoke_lambda)
    assert "-> tuple[str, bool, str]" in source, "moto's _invoke_lambda returns something else now"


def test_how_moto_answers_a_query_looks_as_it_did():
    original = inspect.signature(moto_side._moto_query)
    assert list(original.parameters) == [
        "self", "hash_key", "range_comparison", "range_objs", "limit", "exclusive_start_key",
        "scan_index_forward", "projection_expressions", "index_name", "consistent_read", "filter_expression",
        "hash_key_conditions", "range_key_conditions", "filter_kwargs",
    ]  # fmt: skip
    source = inspect.getsource(moto_side._moto_query)
    assert "return results, scanned_count, last_evaluated_key" in source, "a query returns something else now"
    assert "self.items[hash_value][range_value] = item" in inspect.getsource(Table.put_item)
    assert "self.items[hash_key].pop(range_key)" in inspect.getsource(Table.delete_item)


def test_how_moto_answers_a_scan_looks_as_it_did():
    original = inspect.signature(moto_side._moto_scan)
    assert list(original.parameters) == [
        "self", "filters", "limit", "exclusive_start_key", "filter_expression", "index_name",
        "consistent_read", "projection_expression", "segments",
    ]  # fmt: skip
    source = inspect.getsource(moto_side._moto_scan)
    assert "return results, scanned_count, last_evaluated_key" in source, "a scan returns something else now"


def test_how_moto_sends_an_event_looks_as_it_did():
    original = inspect.signature(patches._moto_send)
    assert list(original.parameters) == ["self", "original_event", "transform_input"]
    source = inspect.getsource(patches._moto_send)
    assert "if not self.event_pattern.matches_event(original_event):" in source
    assert "for target in self.targets:" in source


def test_how_moto_tells_a_subscriber_looks_as_it_did():
    original = inspect.signature(Subscription.publish)
    assert list(original.parameters) == [
        "self", "message", "message_id", "subject", "message_attributes", "group_id", "deduplication_id",
        "message_structure",
    ]  # fmt: skip
    source = inspect.getsource(Subscription.publish)
    assert "self._filter_policy_matcher.matches(message_attributes, message)" in source
    assert "message = self._parse_message_structure(message, self.protocol)" in source


def test_what_lambda_reads_looks_as_it_did():
    assert list(inspect.signature(SQSBackend.receive_message).parameters) == [
        "self", "queue_name", "count", "wait_seconds_timeout", "visibility_timeout",
        "message_attribute_names",
    ]  # fmt: skip
    assert "self._messages.append(message)" in inspect.getsource(Queue.add_message)
    assert "self.items.append(StreamRecord(" in inspect.getsource(StreamShard.add)
    assert "self.latest_stream_label = utcnow().isoformat()" in inspect.getsource(Table)


def test_changes_in_a_stream_are_dropped_and_the_others_keep_their_numbers():
    dynamodb = moto_side.backend("dynamodb", "us-east-1")
    table = dynamodb.create_table(
        "trimmed", [{"AttributeName": "p", "KeyType": "HASH"}], None,
        [{"AttributeName": "p", "AttributeType": "S"}], [], [],
        {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}, "PAY_PER_REQUEST", None, [], False, None,
    )  # fmt: skip
    for key in "ab":
        dynamodb.put_item("trimmed", {"p": {"S": key}})
    first, second = (change.to_json()["dynamodb"] for change in table.stream_shard.items)
    first["ApproximateCreationDateTime"] -= timedelta(days=2)
    moto_side.trim_streams("us-east-1", time.time() - 86_400)
    assert [change.to_json()["dynamodb"] for change in table.stream_shard.items] == [second]
    assert str(table.stream_shard.starting_sequence_number) == second["SequenceNumber"]
    dynamodb.delete_table("trimmed")


def test_what_is_deleted_is_freed():
    """Moto's own BaseModel lists every object for ever, with its content."""
    queue = moto_side.backend("sqs", "us-east-1").create_queue("freed", {})
    seen = weakref.ref(queue)
    moto_side.backend("sqs", "us-east-1").delete_queue("freed")
    del queue
    gc.collect()
    assert seen() is None


def test_how_moto_finds_a_statistic_looks_as_it_did():
    assert list(inspect.signature(patches._moto_statistic).parameters) == ["self", "stat"]
    source = inspect.getsource(patches._moto_statistic)
    assert source.rstrip().endswith("return None"), "moto knows further statistics now"


@pytest.mark.parametrize("versioned", [False, True])
def test_what_moto_notes_of_an_object_s_tags_goes_with_it(versioned):
    s3 = moto_side.backend("s3", "aws")
    bucket = f"tags-{versioned}".lower()
    s3.create_bucket(bucket, "us-east-1")
    if versioned:
        s3.put_bucket_versioning(bucket, "Enabled")
    made = s3.put_object(bucket, "k", b"x")
    s3.put_object_tagging(made, {"a": "b"})
    assert made.arn in s3.tagger.tags
    moto_side.delete_object(bucket, "k", made.version_id if versioned else None)
    assert made.arn not in s3.tagger.tags


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
