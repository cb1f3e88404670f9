"""Object Lock: what is locked stays until its time has come, and who may not lock is told why.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.cloud.s3.conftest import signed

LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
PROTECTED = ("AccessDenied", "Access Denied because object protected by object lock.", 403)
NONE = ("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration", 404)


@pytest.fixture
def lockable(s3):
    name = f"s3-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    return name


def locked(mode="GOVERNANCE", until=LATER):
    return {"ObjectLockMode": mode, "ObjectLockRetainUntilDate": until}


@pytest.mark.parametrize("kind", ["put", "large", "copy", "parts"])
def test_a_version_that_is_locked_is_not_deleted(s3, lockable, refused, kind):
    asked = {"Bucket": lockable, "Key": "k"}
    if kind == "copy":
        s3.put_object(Bucket=lockable, Key="source", Body=b"x")
        made = s3.copy_object(**asked, CopySource=f"{lockable}/source", **locked())
    elif kind == "parts":
        upload = asked | {"UploadId": s3.create_multipart_upload(**asked, **locked())["UploadId"]}
        part = {"PartNumber": 1, "ETag": s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]}
        made = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    else:
        made = s3.put_object(**asked, Body=b"x" * (600_000 if kind == "large" else 1), **locked())
    version = asked | {"VersionId": made["VersionId"]}
    assert s3.get_object_retention(**version)["Retention"] == {"Mode": "GOVERNANCE", "RetainUntilDate": LATER}
    assert s3.head_object(**version)["ObjectLockMode"] == "GOVERNANCE"
    assert refused(s3.delete_object, **version) == PROTECTED
    several = {"Objects": [{"Key": "k", "VersionId": made["VersionId"]}]}
    [error] = s3.delete_objects(Bucket=lockable, Delete=several)["Errors"]
    assert (error["Code"], error["Message"]) == PROTECTED[:2]
    assert s3.delete_object(**asked)["DeleteMarker"] is True
    assert s3.delete_objects(Bucket=lockable, Delete=several, BypassGovernanceRetention=True)["Deleted"]
    assert refused(s3.get_object_retention, **version)[0] == "NoSuchVersion"


def test_compliance_is_for_everybody_and_a_hold_until_it_is_lifted(s3, lockable, refused):
    asked = {"Bucket": lockable, "Key": "k"}
    made = s3.put_object(**asked, Body=b"x", **locked("COMPLIANCE"), ObjectLockLegalHoldStatus="ON")
    version = asked | {"VersionId": made["VersionId"]}
    assert s3.get_object_legal_hold(**version)["LegalHold"] == {"Status": "ON"}
    assert refused(s3.delete_object, **version, BypassGovernanceRetention=True) == PROTECTED
    sooner = {"Mode": "COMPLIANCE", "RetainUntilDate": LATER - timedelta(days=1)}
    assert refused(s3.put_object_retention, **version, Retention=sooner) == PROTECTED
    longer = {"Mode": "COMPLIANCE", "RetainUntilDate": LATER + timedelta(days=1)}
    s3.put_object_retention(**version, Retention=longer)
    assert s3.get_object_retention(**version)["Retention"] == longer
    s3.put_object_legal_hold(**version, LegalHold={"Status": "OFF"})
    assert s3.get_object_legal_hold(**version)["LegalHold"] == {"Status": "OFF"}


def test_a_bucket_may_lock_by_default(s3, lockable, refused):
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(
        Bucket=lockable, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    version = s3.put_object(Bucket=lockable, Key="k", Body=b"x")["VersionId"]
    assert refused(s3.delete_object, Bucket=lockable, Key="k", VersionId=version) == PROTECTED
    error = signed(s3, "PUT", f"{lockable}/k", b"x").error
    start = "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests"
    assert (error["Code"], error["Message"]) == ("InvalidRequest", f"{start} with Object Lock parameters")


@pytest.mark.parametrize("period", [{"Days": 1}, {"Years": 2}])
def test_locks_may_begin_in_a_bucket_that_is_in_use(s3, bucket, refused, period):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html (existing buckets)"""
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", **period}}
    asked = {"Bucket": bucket, "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", "Rule": rule}}
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
    found = refused(s3.put_object_lock_configuration, **asked)
    assert found == ("InvalidBucketState", message, 409)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object_lock_configuration(**asked)
    told = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert told == asked["ObjectLockConfiguration"]
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    assert refused(s3.delete_object, Bucket=bucket, Key="k", VersionId=version) == PROTECTED
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    del asked["ObjectLockConfiguration"]["Rule"]
    s3.put_object_lock_configuration(**asked)
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({}, "MalformedXML"),
        ({"DefaultRetention": {}}, "MalformedXML"),
        ({"DefaultRetention": {"Mode": "GOVERNANCE"}}, "MalformedXML"),
        ({"DefaultRetention": {"Days": 1}}, "MalformedXML"),
        ({"DefaultRetention": {"Mode": "OTHER", "Days": 1}}, "MalformedXML"),
        ({"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1, "Years": 1}}, "MalformedXML"),
        ({"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 0}}, "InvalidArgument"),
        ({"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 1_000_000_000}}, "InvalidArgument"),
    ],
)
def test_a_default_lock_has_a_mode_and_one_period(s3, lockable, refused, rule, code):
    asked = {"ObjectLockEnabled": "Enabled", "Rule": rule}
    found = refused(s3.put_object_lock_configuration, Bucket=lockable, ObjectLockConfiguration=asked)
    assert found[0] == code


def test_what_is_not_locked_has_no_lock(s3, lockable, refused):
    s3.put_object(Bucket=lockable, Key="k", Body=b"x")
    assert refused(s3.get_object_retention, Bucket=lockable, Key="k") == NONE
    assert refused(s3.get_object_legal_hold, Bucket=lockable, Key="k") == NONE
    assert refused(s3.get_object_retention, Bucket=lockable, Key="none")[0] == "NoSuchKey"


def test_a_bucket_that_takes_no_locks_says_so(s3, bucket, refused):
    """Both words are S3's: https://github.com/versity/versitygw (s3err)"""
    asked = {"Bucket": bucket, "Key": "k"}
    found = refused(s3.put_object, **asked, Body=b"x", **locked())
    assert found == ("InvalidRequest", "Bucket is missing ObjectLockConfiguration", 400)
    assert refused(s3.create_multipart_upload, **asked, **locked()) == found
    s3.put_object(**asked, Body=b"x")
    spaced = ("InvalidRequest", "Bucket is missing Object Lock Configuration", 400)
    assert refused(s3.get_object_retention, **asked) == spaced
    assert refused(s3.get_object_legal_hold, **asked) == spaced
    assert refused(s3.put_object_legal_hold, **asked, LegalHold={"Status": "ON"}) == spaced


BOTH = "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied."


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        ({"ObjectLockMode": "GOVERNANCE"}, BOTH),
        ({"ObjectLockRetainUntilDate": LATER}, BOTH),
        (locked("SOMEWHAT"), "Unknown wormMode directive."),
        (locked(until=LONG_AGO), "The retain until date must be in the future!"),
        ({"ObjectLockLegalHoldStatus": "MAYBE"}, "Legal Hold must be either of 'ON' or 'OFF'"),
    ],
)
def test_a_lock_makes_sense(s3, lockable, refused, lock, message):
    """https://github.com/versity/versitygw (s3err/invalid-argument.go)"""
    asked = {"Bucket": lockable, "Key": "k"}
    assert refused(s3.put_object, **asked, Body=b"x", **lock) == ("InvalidArgument", message, 400)


def test_where_there_are_locks_versions_stay(s3, lockable, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html"""
    off = {"Status": "Suspended"}
    found = refused(s3.put_bucket_versioning, Bucket=lockable, VersioningConfiguration=off)
    start = "An Object Lock configuration is present on this bucket, so the versioning state"
    assert found == ("InvalidBucketState", f"{start} cannot be changed.", 409)
