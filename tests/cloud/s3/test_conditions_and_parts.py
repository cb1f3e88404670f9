"""Reading a part or a range of an object, what S3 tells of it, and requests on a condition."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest

PART = bytes(5 * 1024**2)
LONG_AGO, LATER = datetime(2001, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=900)


@pytest.fixture
def in_parts(s3, bucket):
    """An object of two parts, numbered 2 and 5."""
    asked = {"Bucket": bucket, "Key": "parts"}
    upload = asked | {"UploadId": s3.create_multipart_upload(**asked, ChecksumAlgorithm="CRC32")["UploadId"]}
    listed = []
    for number, body in ((1, b"not listed"), (2, PART), (5, b"the end")):
        made = s3.upload_part(**upload, PartNumber=number, Body=body)
        listed.append({"PartNumber": number, "ETag": made["ETag"], "ChecksumCRC32": made["ChecksumCRC32"]})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed[1:]})
    return asked, listed[1:]


def test_a_part_can_be_read_by_its_place(s3, in_parts):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (partNumber)"""
    asked, _ = in_parts
    got = s3.get_object(**asked, PartNumber=2)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["Body"].read() == b"the end"
    assert (got["PartsCount"], got["ContentLength"]) == (2, 7)
    assert got["ContentRange"] == f"bytes {len(PART)}-{len(PART) + 6}/{len(PART) + 7}"
    assert s3.head_object(**asked, PartNumber=1)["ContentLength"] == len(PART)


def test_a_part_that_an_object_does_not_have_is_not_satisfiable(s3, bucket, in_parts):
    asked, _ = in_parts
    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.get_object(**asked, PartNumber=3)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
    )
    assert (error["ActualPartCount"], error["PartNumberRequested"]) == ("2", "3")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


def test_an_object_that_came_whole_is_its_own_first_part(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"whole")
    got = s3.get_object(Bucket=bucket, Key="k", PartNumber=1)
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["ContentRange"]) == (206, "bytes 0-4/5")
    assert "PartsCount" not in got
    assert refused(s3.get_object, Bucket=bucket, Key="k", PartNumber=2)[0] == "InvalidPartNumber"


def test_an_object_that_came_in_parts_is_private_unless_its_upload_said_otherwise(s3, in_parts):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html (canned ACL)"""
    grants = s3.get_object_acl(**in_parts[0])["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]


@pytest.mark.parametrize("number", [0, 10_001])
def test_what_is_no_part_number_is_refused(s3, bucket, refused, number):
    s3.put_object(Bucket=bucket, Key="k", Body=b"whole")
    message = "Part number must be an integer between 1 and 10000, inclusive"
    found = refused(s3.get_object, Bucket=bucket, Key="k", PartNumber=number)
    assert found == ("InvalidArgument", message, 400)


def test_a_part_and_a_range_cannot_be_asked_for_together(s3, in_parts, refused):
    message = "Cannot specify both Range header and partNumber query parameter"
    found = refused(s3.get_object, **in_parts[0], PartNumber=1, Range="bytes=0-1")
    assert found == ("InvalidRequest", message, 400)


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=-30", 206, b"0123456789"),
        ("bytes=8-99", 206, b"89"),
        ("bytes=0-1,4-5", 200, b"0123456789"),  # S3 serves one range; of several it takes no notice
        ("bytes=5-2", 200, b"0123456789"),
        ("items=0-1", 200, b"0123456789"),
    ],
)
def test_a_range_is_served_when_it_is_a_simple_one(s3, bucket, asked, status, body):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    got = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert (got["ResponseMetadata"]["HTTPStatusCode"], got["Body"].read()) == (status, body)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-12", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused_with_the_size(s3, bucket, asked):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    with pytest.raises(s3.exceptions.ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k", Range=asked)
    error = caught.value.response["Error"]
    assert (error["Code"], error["ActualObjectSize"]) == ("InvalidRange", "10")
    assert error["RangeRequested"] == asked


@pytest.mark.parametrize(
    ("matches", "unmodified_since", "status"),
    [
        (True, None, 200),
        (False, None, 412),
        (True, LONG_AGO, 200),  # If-Match goes before If-Unmodified-Since
        (None, LONG_AGO, 412),
        (None, LATER, 200),
    ],
)
def test_reading_what_has_not_changed(s3, bucket, matches, unmodified_since, status):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html: true and false make 200"""
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    asked = {} if matches is None else {"IfMatch": etag if matches else '"other"'}
    asked |= {"IfUnmodifiedSince": unmodified_since} if unmodified_since else {}
    assert status_of(s3.get_object, Bucket=bucket, Key="k", **asked) == status


@pytest.mark.parametrize(
    ("matches", "modified_since", "status"),
    [
        (True, None, 304),
        (False, None, 200),
        (True, LONG_AGO, 304),  # If-None-Match goes before If-Modified-Since
        (False, LATER, 200),
        (None, LATER, 304),
        (None, LONG_AGO, 200),
    ],
)
def test_reading_what_has_changed(s3, bucket, matches, modified_since, status):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    asked = {} if matches is None else {"IfNoneMatch": etag if matches else '"other"'}
    asked |= {"IfModifiedSince": modified_since} if modified_since else {}
    assert status_of(s3.get_object, Bucket=bucket, Key="k", **asked) == status


def status_of(function, **arguments):
    from botocore.exceptions import ClientError

    try:
        return function(**arguments)["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"]


# ---- attributes --------------------------------------------------------------------------------------------


def test_attributes_tell_of_an_object_and_its_parts(s3, in_parts):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html"""
    asked, listed = in_parts
    everything = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    got = s3.get_object_attributes(**asked, ObjectAttributes=everything)
    head = s3.head_object(**asked, ChecksumMode="ENABLED")
    assert (got["ETag"], got["ObjectSize"], got["StorageClass"]) == (
        head["ETag"].strip('"'),
        len(PART) + 7,
        "STANDARD",
    )
    assert got["Checksum"] == {"ChecksumCRC32": head["ChecksumCRC32"], "ChecksumType": "COMPOSITE"}
    parts = got["ObjectParts"]
    assert (parts["TotalPartsCount"], parts["IsTruncated"]) == (2, False)
    assert parts["Parts"] == [
        {"PartNumber": 2, "Size": len(PART), "ChecksumCRC32": listed[0]["ChecksumCRC32"]},
        {"PartNumber": 5, "Size": 7, "ChecksumCRC32": listed[1]["ChecksumCRC32"]},
    ]


def test_attributes_tell_of_parts_page_by_page(s3, in_parts):
    asked = in_parts[0] | {"ObjectAttributes": ["ObjectParts"]}
    first = s3.get_object_attributes(**asked, MaxParts=1)["ObjectParts"]
    assert (first["IsTruncated"], first["NextPartNumberMarker"]) == (True, 2)
    second = s3.get_object_attributes(**asked, PartNumberMarker=2)["ObjectParts"]
    assert [part["PartNumber"] for part in second["Parts"]] == [5]


def test_attributes_are_those_that_were_named(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    asked = {"Bucket": bucket, "Key": "k"}
    got = s3.get_object_attributes(**asked, ObjectAttributes=["ObjectSize"])
    assert set(got) == {"ObjectSize", "LastModified", "ResponseMetadata"}
    found = refused(s3.get_object_attributes, **asked, ObjectAttributes=["Colour"])
    assert found == ("InvalidArgument", "Invalid attribute name specified.", 400)
    missing = asked | {"Key": "none", "ObjectAttributes": ["ETag"]}
    assert refused(s3.get_object_attributes, **missing)[0] == "NoSuchKey"


# ---- writing on a condition --------------------------------------------------------------------------------

HELD = "At least one of the pre-conditions you specified did not hold"


def writes(s3, bucket):
    """The operations that make an object, each ready to be called with a condition."""
    s3.put_object(Bucket=bucket, Key="source", Body=b"new")

    def complete(**conditions):
        asked = {"Bucket": bucket, "Key": "k"}
        upload = asked | {"UploadId": s3.create_multipart_upload(**asked)["UploadId"]}
        part = s3.upload_part(**upload, PartNumber=1, Body=b"new")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        return s3.complete_multipart_upload(**upload, MultipartUpload=parts, **conditions)

    return {
        "put": lambda **conditions: s3.put_object(Bucket=bucket, Key="k", Body=b"new", **conditions),
        "large": lambda **conditions: s3.put_object(Bucket=bucket, Key="k", Body=PART, **conditions),
        "complete": complete,
        "copy": lambda **conditions: s3.copy_object(
            Bucket=bucket, Key="k", CopySource={"Bucket": bucket, "Key": "source"}, **conditions
        ),
    }


@pytest.mark.parametrize("kind", ["put", "large", "complete", "copy"])
def test_an_object_can_be_written_only_if_it_is_new(s3, bucket, refused, kind):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
    write = writes(s3, bucket)[kind]
    write(IfNoneMatch="*")
    assert refused(write, IfNoneMatch="*") == ("PreconditionFailed", HELD, 412)
    s3.delete_object(Bucket=bucket, Key="k")
    write(IfNoneMatch="*")


@pytest.mark.parametrize("kind", ["put", "large", "complete", "copy"])
def test_an_object_can_be_written_only_if_nobody_has_changed_it(s3, bucket, refused, kind):
    write = writes(s3, bucket)[kind]
    missing = ("NoSuchKey", "The specified key does not exist.", 404)
    assert refused(write, IfMatch='"other"') == missing
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"old")["ETag"]
    assert refused(write, IfMatch='"other"') == ("PreconditionFailed", HELD, 412)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"old"
    write(IfMatch=etag)
    assert refused(write, IfMatch=etag)[0] == "PreconditionFailed"


def test_after_a_delete_marker_an_object_is_new_again(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", IfNoneMatch="*")


@pytest.mark.parametrize(
    "asked", [{"IfNoneMatch": '"e"'}, {"IfMatch": "*"}, {"IfMatch": "e", "IfNoneMatch": "*"}]
)
def test_other_conditions_on_writing_are_not_implemented(s3, bucket, refused, asked):
    message = "A header you provided implies functionality that is not implemented"
    found = refused(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **asked)
    assert found == ("NotImplemented", message, 501)


@pytest.mark.parametrize(
    "asked",
    [
        {"CopySourceIfMatch": '"other"'},
        {"CopySourceIfUnmodifiedSince": LONG_AGO},
        {"CopySourceIfNoneMatch": '"9dd4e461268c8034f5c8564e155c67a6"'},
        {"CopySourceIfModifiedSince": LATER},
    ],
)
def test_a_copy_may_depend_on_its_source(s3, bucket, asked):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    s3.put_object(Bucket=bucket, Key="source", Body=b"x")
    copy = {"Bucket": bucket, "Key": "k", "CopySource": {"Bucket": bucket, "Key": "source"}}
    assert status_of(s3.copy_object, **copy, **asked) == 412
    assert status_of(s3.copy_object, **copy, CopySourceIfModifiedSince=LONG_AGO) == 200


def test_a_policy_can_demand_conditions(aws, s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html"""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {
            "Null": {"s3:if-none-match": "true"},
            "Bool": {"s3:ObjectCreationOperation": "true"},
        },
    }
    s3.put_bucket_policy(
        Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    iam, name = boto3.client("iam"), f"writer-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_user_policy(UserName=name, PolicyName="s3", PolicyDocument=document)
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    writer = boto3.client(
        "s3", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"]
    )
    assert status_of(writer.put_object, Bucket=bucket, Key="k", Body=b"x") == 403
    assert status_of(writer.put_object, Bucket=bucket, Key="k", Body=b"x", IfNoneMatch="*") == 200
    upload = {"Bucket": bucket, "Key": "parts"}
    upload["UploadId"] = writer.create_multipart_upload(**upload)["UploadId"]
    part = writer.upload_part(**upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    assert status_of(writer.complete_multipart_upload, **upload, MultipartUpload=parts) == 403
    assert (
        status_of(writer.complete_multipart_upload, **upload, MultipartUpload=parts, IfNoneMatch="*") == 200
    )
