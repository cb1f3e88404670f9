"""The moto side: how a request is handed over to moto, and the few places of moto that we reach into.

moto holds the resources. Everything that depends on how moto is made inside stands in this package, and
``tests/cloud/test_moto_side.py`` fails loudly when moto changes it.
"""

import os

os.environ |= {
    "MOTO_ACCOUNT_ID": "123456789012",  # else moto asks each partition's IAM, or a header
    "MOTO_DISABLE_GLOBAL_CORS": "1",  # no CORS header that nobody configured
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",  # we rewrite such requests to path style ourselves
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # roles attach AWSLambdaBasicExecutionRole
}

from cloud.moto_side.core import ACCOUNT_ID, MODULES, Refused, backend, environ_of, forward
from cloud.moto_side.dynamodb import Index, indexes, stored_item, table, table_hash_key, table_tags, tables
from cloud.moto_side.functions import http_apis, lambda_function, quick_create
from cloud.moto_side.iam import (
    AccessKey,
    AttachedPolicy,
    iam_access_key,
    iam_arn,
    iam_group_policies,
    iam_managed_policy,
    iam_role,
    iam_role_policies,
    iam_tags,
    iam_user,
    iam_user_policies,
)
from cloud.moto_side.logs import (
    LoggedEvent,
    LogQuery,
    create_log,
    drop_expired_logs,
    log_exists,
    log_query,
    put_log_events,
)
from cloud.moto_side.messages import publish, put_event, queue_policy, send_message, topic_policy
from cloud.moto_side.metrics import drop_metrics, grow_metric, metric_alarms, metric_value, put_metric
from cloud.moto_side.patches import _moto_query, answer_queries_with, route_invocations_to
from cloud.moto_side.s3 import (
    Finder,
    Version,
    account_public_access_block,
    acl_permissions,
    bucket,
    checksum_kind,
    checksum_of,
    close_bucket,
    complete_multipart,
    content_of,
    delete_object,
    emptied,
    forget_parts,
    is_delete_marker,
    is_versioned,
    last_modified,
    marks_without_object,
    modified,
    multipart,
    object_of,
    object_tags,
    part_of,
    parts_of,
    read_content,
    set_checksum,
    set_part,
    size_etag_version,
    swap_content,
    versions,
)

__all__ = [
    "ACCOUNT_ID",
    "MODULES",
    "AccessKey",
    "AttachedPolicy",
    "Finder",
    "Index",
    "LogQuery",
    "LoggedEvent",
    "Refused",
    "Version",
    "_moto_query",
    "account_public_access_block",
    "acl_permissions",
    "answer_queries_with",
    "backend",
    "bucket",
    "checksum_kind",
    "checksum_of",
    "close_bucket",
    "complete_multipart",
    "content_of",
    "create_log",
    "delete_object",
    "drop_expired_logs",
    "drop_metrics",
    "emptied",
    "environ_of",
    "forget_parts",
    "forward",
    "grow_metric",
    "http_apis",
    "iam_access_key",
    "iam_arn",
    "iam_group_policies",
    "iam_managed_policy",
    "iam_role",
    "iam_role_policies",
    "iam_tags",
    "iam_user",
    "iam_user_policies",
    "indexes",
    "is_delete_marker",
    "is_versioned",
    "lambda_function",
    "last_modified",
    "log_exists",
    "log_query",
    "marks_without_object",
    "metric_alarms",
    "metric_value",
    "modified",
    "multipart",
    "object_of",
    "object_tags",
    "part_of",
    "parts_of",
    "publish",
    "put_event",
    "put_log_events",
    "put_metric",
    "queue_policy",
    "quick_create",
    "read_content",
    "route_invocations_to",
    "send_message",
    "set_checksum",
    "set_part",
    "size_etag_version",
    "stored_item",
    "swap_content",
    "table",
    "table_hash_key",
    "table_tags",
    "tables",
    "topic_policy",
    "versions",
]
