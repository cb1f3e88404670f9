"""Events: one record for what happened to one object, with the ids of the answer that the caller got."""

import json
import re

import pytest

from tests.cloud.s3.conftest import ask, put, rule
from tests.cloud.s3.test_forms import encode

ALL = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*", "s3:ObjectAcl:Put")


@pytest.fixture
def records(s3, bucket, queue):
    """Watch a bucket for everything: a function that takes the records that have arrived."""
    arn, arrived = queue
    put(s3, bucket, rule(arn, *ALL, Id="all"))
    arrived()
    return lambda: [record for event in arrived() for record in event["Records"]]


def names(records):
    return [(record["eventName"], record["s3"]["object"]["key"]) for record in records]


def test_a_record_tells_who_did_what_and_when(s3, bucket, records, aws):
    made = s3.put_object(Bucket=bucket, Key="a b@c", Body=b"meow")
    [record] = records()
    headers = made["ResponseMetadata"]["HTTPHeaders"]
    assert record.pop("responseElements") == {
        "x-amz-request-id": headers["x-amz-request-id"],
        "x-amz-id-2": headers["x-amz-id-2"],
    }
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("eventTime"))
    assert re.fullmatch("[0-9A-F]{18}", record["s3"]["object"].pop("sequencer"))
    owner = record["s3"]["bucket"].pop("ownerIdentity")
    assert owner["principalId"]
    assert record == {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": aws.region,
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": f"AWS:{aws.account_id}"},
        "requestParameters": {"sourceIPAddress": "127.0.0.1"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": "all",
            "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
            "object": {"key": "a+b%40c", "size": 4, "eTag": made["ETag"].strip('"')},
        },
    }


def test_every_way_to_make_an_object_has_a_name(s3, bucket, records):
    s3.put_object(Bucket=bucket, Key="put", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/put")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload=parts)
    form = s3.generate_presigned_post(bucket, "post")
    body, kind = encode(form["fields"])
    posted = ask(form["url"], "POST", body, Content_Type=kind)
    link = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "link"})
    ask(link, "PUT", b"x")
    found = records()
    assert names(found) == [
        ("ObjectCreated:Put", "put"),
        ("ObjectCreated:Copy", "copy"),
        ("ObjectCreated:CompleteMultipartUpload", "parts"),
        ("ObjectCreated:Post", "post"),
        ("ObjectCreated:Put", "link"),
    ]
    assert found[2]["s3"]["object"]["eTag"].endswith("-1")
    assert found[3]["responseElements"]["x-amz-request-id"] == posted.headers["x-amz-request-id"]
    sequencers = [record["s3"]["object"]["sequencer"] for record in found]
    assert sequencers == sorted(sequencers)


def test_what_is_gone_has_neither_size_nor_etag(s3, bucket, records):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="k")
    made, removed = records()
    assert removed["eventName"] == "ObjectRemoved:Delete"
    assert set(removed["s3"]["object"]) == {"key", "sequencer"}
    assert removed["s3"]["object"]["sequencer"] > made["s3"]["object"]["sequencer"]


def test_deleting_several_sends_one_record_an_object(s3, bucket, records):
    for key in ("a", "b"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    records()
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in ("a", "b", "never-was")]})
    found = records()
    assert names(found) == [("ObjectRemoved:Delete", "a"), ("ObjectRemoved:Delete", "b")]
    assert len({record["responseElements"]["x-amz-request-id"] for record in found}) == 1


def test_a_versioned_bucket_names_versions_and_markers(s3, bucket, records):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=first)
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "other"}]})
    found = records()
    assert [(one["eventName"], one["s3"]["object"].get("versionId")) for one in found[:3]] == [
        ("ObjectCreated:Put", first),
        ("ObjectRemoved:DeleteMarkerCreated", marker),
        ("ObjectRemoved:Delete", first),
    ]
    assert (found[3]["eventName"], found[3]["s3"]["object"]["key"]) == (
        "ObjectRemoved:DeleteMarkerCreated", "other")  # fmt: skip


def test_tags_and_acls_have_events_without_an_order(s3, bucket, records):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    s3.delete_bucket_ownership_controls(Bucket=bucket)
    s3.put_object_acl(Bucket=bucket, Key="k", ACL="private")
    _, *others = records()
    assert names(others) == [
        ("ObjectTagging:Put", "k"),
        ("ObjectTagging:Delete", "k"),
        ("ObjectAcl:Put", "k"),
    ]
    for record in others:
        assert record["eventVersion"] == "2.3"
        assert set(record["s3"]["object"]) == {"key", "eTag"}


def test_what_was_refused_has_no_event(s3, bucket, records, refused):
    refused(s3.put_object, Bucket=bucket, Key="k", Body=b"x", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")
    refused(s3.copy_object, Bucket=bucket, Key="k", CopySource=f"{bucket}/none")
    ask(f"{s3.meta.endpoint_url}/{bucket}/k", "PUT", b"x")
    assert records() == []


def test_strangers_are_called_anonymous(s3, public, queue):
    arn, arrived = queue
    allow = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{public}/*",
    }
    s3.put_bucket_policy(Bucket=public, Policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    put(s3, public, rule(arn))
    arrived()
    assert ask(f"{s3.meta.endpoint_url}/{public}/k", "PUT", b"x").status == 200
    [event] = arrived()
    assert event["Records"][0]["userIdentity"] == {"principalId": "Anonymous"}
