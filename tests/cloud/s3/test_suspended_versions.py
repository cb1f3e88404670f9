"""Versions after versioning was suspended, and delete markers.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/VersionSuspendedBehavior.html
"""

import uuid

import pytest
from botocore.exceptions import ClientError


def switch(s3, bucket, status):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


@pytest.fixture
def suspended(s3, bucket):
    """A bucket that made versions once: of ``k``, one from before and one of that time."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"before", Tagging="a=b")
    switch(s3, bucket, "Enabled")
    s3.put_object(Bucket=bucket, Key="k", Body=b"version")
    switch(s3, bucket, "Suspended")
    return bucket


def contents(s3, bucket):
    """What the versions of ``k`` contain, the newest first; None stands for a delete marker."""
    listed = s3.list_object_versions(Bucket=bucket)
    entries = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    found = []
    for one in sorted(entries, key=lambda entry: not entry["IsLatest"]):
        if "ETag" in one:
            got = s3.get_object(Bucket=bucket, Key="k", VersionId=one["VersionId"])
            assert got["VersionId"] == one["VersionId"]
            found.append((one["VersionId"] == "null", got["Body"].read()))
        else:
            found.append((one["VersionId"] == "null", None))
    return found


def by_put(s3, bucket):
    assert "VersionId" not in s3.put_object(Bucket=bucket, Key="k", Body=b"new")


def by_large_put(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"new" + b" " * 600_000)


def by_parts(s3, bucket):
    named = {"Bucket": bucket, "Key": "k"}
    named["UploadId"] = s3.create_multipart_upload(**named)["UploadId"]
    part = {"PartNumber": 1, "ETag": s3.upload_part(**named, PartNumber=1, Body=b"new")["ETag"]}
    assert "VersionId" not in s3.complete_multipart_upload(**named, MultipartUpload={"Parts": [part]})


def by_copy(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"new")
    assert "VersionId" not in s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/source")
    s3.delete_object(Bucket=bucket, Key="source")
    s3.delete_object(Bucket=bucket, Key="source", VersionId="null")


@pytest.mark.parametrize("write", [by_put, by_large_put, by_parts, by_copy])
def test_what_is_written_replaces_only_what_is_no_version(s3, suspended, write):
    for _ in range(2):
        write(s3, suspended)
        found = [(null, body.strip()) for null, body in contents(s3, suspended)]
        assert found == [(True, b"new"), (False, b"version")]
    assert s3.get_object_tagging(Bucket=suspended, Key="k")["TagSet"] == []
    assert s3.get_bucket_versioning(Bucket=suspended)["Status"] == "Suspended"


def test_an_object_can_be_copied_onto_itself(s3, suspended):
    s3.put_object(Bucket=suspended, Key="k", Body=b"new")
    source = {"Bucket": suspended, "Key": "k"}
    s3.copy_object(Bucket=suspended, Key="k", CopySource=source, MetadataDirective="REPLACE")
    assert contents(s3, suspended) == [(True, b"new"), (False, b"version")]


def test_a_delete_marker_replaces_what_is_no_version(s3, suspended):
    """As CloudServer's tests, which run against S3 too, have it: the marker's version is "null"."""
    for _ in range(2):
        answer = s3.delete_object(Bucket=suspended, Key="k")
        assert (answer["DeleteMarker"], answer["VersionId"]) == (True, "null")
        assert contents(s3, suspended) == [(True, None), (False, b"version")]
    by_put(s3, suspended)
    assert contents(s3, suspended) == [(True, b"new"), (False, b"version")]


def test_versions_are_deleted_one_by_one(s3, suspended):
    answer = s3.delete_object(Bucket=suspended, Key="k", VersionId="null")
    assert answer["VersionId"] == "null"
    assert "DeleteMarker" not in answer
    assert contents(s3, suspended) == [(False, b"version")]
    s3.delete_object(Bucket=suspended, Key="k", VersionId=str(uuid.uuid4()))
    assert contents(s3, suspended) == [(False, b"version")]


def test_a_version_from_before_stays_when_versions_are_made_again(s3, suspended):
    s3.put_object(Bucket=suspended, Key="k", Body=b"new")
    switch(s3, suspended, "Enabled")
    s3.put_object(Bucket=suspended, Key="k", Body=b"newest")
    found = contents(s3, suspended)
    assert found[0] == (False, b"newest")
    assert sorted(found[1:]) == [(False, b"version"), (True, b"new")]


def test_a_deleted_marker_brings_the_object_back(s3, bucket):
    switch(s3, bucket, "Enabled")
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    one, other = (s3.delete_object(Bucket=bucket, Key="k")["VersionId"] for _ in range(2))
    answer = s3.delete_object(Bucket=bucket, Key="k", VersionId=one)
    assert (answer["DeleteMarker"], answer["VersionId"]) == (True, one)
    named = {"Objects": [{"Key": "k", "VersionId": other}]}
    assert s3.delete_objects(Bucket=bucket, Delete=named)["Deleted"] == [
        {"Key": "k", "VersionId": other, "DeleteMarker": True, "DeleteMarkerVersionId": other}
    ]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_where_there_are_no_versions_none_is_deleted(s3, bucket, refused):
    """https://github.com/localstack/localstack: its tests were recorded from S3."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    version = str(uuid.uuid4())
    said = refused(s3.delete_object, Bucket=bucket, Key="k", VersionId=version)
    assert said == ("InvalidArgument", "Invalid version id specified", 400)
    named = {"Objects": [{"Key": "k", "VersionId": version}, {"Key": "k", "VersionId": "?"}]}
    errors = s3.delete_objects(Bucket=bucket, Delete=named)["Errors"]
    assert [(one["Code"], one["VersionId"]) for one in errors] == [
        ("NoSuchVersion", version),
        ("NoSuchVersion", "?"),
    ]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert refused(s3.get_object, Bucket=bucket, Key="k")[0] == "NoSuchKey"


def test_governance_mode_is_got_round_only_where_there_are_locks(s3, bucket, refused):
    bypass = {"Bucket": bucket, "BypassGovernanceRetention": True}
    message = "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets."
    said = ("InvalidArgument", message, 400)
    assert refused(s3.delete_object, **bypass, Key="k") == said
    assert refused(s3.delete_objects, **bypass, Delete={"Objects": [{"Key": "k"}]}) == said


READS = ["get_object", "head_object", "get_object_acl", "get_object_attributes", "get_object_tagging"]


@pytest.mark.parametrize("name", [*READS, "put_object_tagging", "delete_object_tagging"])
def test_a_delete_marker_can_only_be_deleted(s3, bucket, name):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html"""
    switch(s3, bucket, "Enabled")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    more = {
        "get_object_attributes": {"ObjectAttributes": ["ETag"]},
        "put_object_tagging": {"Tagging": {"TagSet": []}},
    }
    with pytest.raises(ClientError) as caught:
        getattr(s3, name)(Bucket=bucket, Key="k", VersionId=marker, **more.get(name, {}))
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 405
    if name != "head_object":
        assert (answer["Error"]["Code"], answer["Error"]["ResourceType"]) == (
            "MethodNotAllowed",
            "DeleteMarker",
        )
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    assert (headers["allow"], headers["x-amz-delete-marker"]) == ("DELETE", "true")
    assert headers["x-amz-version-id"] == marker
    assert headers["last-modified"].endswith("GMT")


@pytest.mark.parametrize("name", READS)
def test_a_version_that_is_not_there_is_named(s3, bucket, name):
    """Where there never were versions, only "null" is the id of one."""
    more = {"get_object_attributes": {"ObjectAttributes": ["ETag"]}}.get(name, {})

    def refused(version):
        with pytest.raises(ClientError) as caught:
            getattr(s3, name)(Bucket=bucket, Key="k", VersionId=version, **more)
        return caught.value.response["Error"]

    version, head = str(uuid.uuid4()), name == "head_object"
    assert refused(version)["Code"] == ("400" if head else "InvalidArgument")
    assert refused("null")["Code"] == ("404" if head else "NoSuchKey")
    switch(s3, bucket, "Enabled")
    for one in (version, "null"):
        error = refused(one)
        assert error["Code"] == ("404" if head else "NoSuchVersion")
        assert head or (error["Key"], error["VersionId"]) == ("k", one)


def test_what_was_deleted_says_by_which_marker(s3, bucket):
    switch(s3, bucket, "Enabled")
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    for read in (s3.get_object, s3.head_object):
        with pytest.raises(ClientError) as caught:
            read(Bucket=bucket, Key="k")
        headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert (headers["x-amz-delete-marker"], headers["x-amz-version-id"]) == ("true", marker)


def test_a_delete_marker_is_no_source_of_a_copy(s3, bucket, refused):
    switch(s3, bucket, "Enabled")
    source = {"Bucket": bucket, "Key": "k"}
    source["VersionId"] = s3.delete_object(**source)["VersionId"]
    assert refused(s3.copy_object, Bucket=bucket, Key="new", CopySource=source)[:1] == ("InvalidRequest",)


def test_a_bucket_is_made_with_tags(s3, refused):
    name, tag = f"tagged-{uuid.uuid4().hex[:8]}", {"Key": "a", "Value": "b"}
    with_tags = {"Bucket": name, "CreateBucketConfiguration": {"Tags": [tag, tag]}}
    assert refused(s3.create_bucket, **with_tags)[0] == "InvalidTag"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"Tags": [tag]})
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [tag]
