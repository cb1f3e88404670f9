"""Buckets: their names and places, the list of them, and what a new one is set to."""

from xml.etree import ElementTree

import boto3
import pytest

import cloud
from tests.cloud.s3.conftest import signed

OWNER = {"ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"}


@pytest.mark.parametrize(
    "name",
    ["ab", "a" * 64, "UPPER", "a_b", "a..b", "-abc", "abc-", ".abc", "abc.", "10.0.0.1", "xn--abc",
     "sthree-abc", "amzn-s3-demo-abc", "abc-s3alias", "abc--ol-s3", "abc.mrap", "abc--x-s3", "abc--table-s3"],
)  # fmt: skip
def test_a_bucket_has_a_name_of_hosts(s3, name):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    answer = signed(s3, "PUT", name)
    assert (answer.status, answer.code) == (400, "InvalidBucketName")
    assert answer.error["Message"] == "The specified bucket is not valid."
    assert answer.error["BucketName"] == name


def test_a_bucket_may_be_made_again_in_us_east_1(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html (BucketAlreadyOwnedByYou)"""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.create_bucket(Bucket=bucket)["Location"] == f"/{bucket}"
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


@pytest.mark.parametrize(
    ("place", "code"),
    [("eu-west-1", "IllegalLocationConstraintException"), ("mars-1", "InvalidLocationConstraint"),
     ("us-east-1", "InvalidLocationConstraint")],
)  # fmt: skip
def test_a_bucket_is_made_where_the_request_goes(s3, refused, place, code):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html (LocationConstraint)"""
    asked = {"Bucket": "elsewhere", "CreateBucketConfiguration": {"LocationConstraint": place}}
    assert refused(s3.create_bucket, **asked)[::2] == (code, 400)


def test_in_other_regions_the_place_is_named_and_a_bucket_made_once(refused):
    with cloud.start(region="eu-central-1") as own:
        s3 = boto3.client(
            "s3",
            region_name="eu-central-1",
            endpoint_url=own.endpoint_url,
            aws_access_key_id=own.credentials.access_key_id,
            aws_secret_access_key=own.credentials.secret_access_key,
        )
        found = refused(s3.create_bucket, Bucket="somewhere")
        assert found[0] == "IllegalLocationConstraintException"
        assert found[1].startswith("The unspecified location constraint is incompatible")
        asked = {"Bucket": "somewhere", "CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
        s3.create_bucket(**asked)
        assert refused(s3.create_bucket, **asked)[::2] == ("BucketAlreadyOwnedByYou", 409)
        assert s3.get_bucket_location(Bucket="somewhere")["LocationConstraint"] == "eu-central-1"


def test_an_ownership_is_one_of_three(s3, refused):
    found = refused(s3.create_bucket, Bucket="owned-by-nobody", ObjectOwnership="Nobody")
    assert found == ("InvalidArgument", "Invalid x-amz-object-ownership header: Nobody", 400)


def test_buckets_are_listed_by_name_and_page_by_page(s3, bucket, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html"""
    for end in ("b", "a", "c"):
        s3.create_bucket(Bucket=f"{bucket}-{end}")
    everything = s3.list_buckets()
    names = [one["Name"] for one in everything["Buckets"]]
    assert names == sorted(names)
    assert everything["Owner"] == OWNER
    assert not any("BucketRegion" in one for one in everything["Buckets"])
    first = s3.list_buckets(Prefix=f"{bucket}-", MaxBuckets=2)
    assert [one["Name"][-1] for one in first["Buckets"]] == ["a", "b"]
    assert (first["Buckets"][0]["BucketRegion"], first["Prefix"]) == ("us-east-1", f"{bucket}-")
    rest = s3.list_buckets(Prefix=f"{bucket}-", ContinuationToken=first["ContinuationToken"])
    assert [one["Name"][-1] for one in rest["Buckets"]] == ["c"]
    assert "ContinuationToken" not in rest
    assert s3.list_buckets(BucketRegion="eu-west-1")["Buckets"] == []


@pytest.mark.parametrize("number", ["0", "10001", "many"])
def test_a_page_has_from_1_to_10000_buckets(s3, number):
    """https://github.com/versity/versitygw (s3err: InvalidArgMaxBuckets)"""
    error = signed(s3, "GET", f"?max-buckets={number}").error
    assert error["Message"] == "Argument max-buckets must be an integer between 1 and 10000"
    assert (error["ArgumentName"], error["ArgumentValue"]) == ("max-buckets", number)


def test_a_bucket_with_old_versions_is_not_empty(s3, bucket, refused):
    """https://github.com/versity/versitygw (s3err: ErrVersionedBucketNotEmpty)"""
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    message = "The bucket you tried to delete is not empty"
    assert refused(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", message, 409)
    s3.delete_object(Bucket=bucket, Key="k")
    longer = f"{message}. You must delete all versions in the bucket."
    assert refused(s3.delete_bucket, Bucket=bucket) == ("BucketNotEmpty", longer, 409)


def test_objects_are_encrypted_unless_something_else_is_said(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html"""

    def found():
        [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        return rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], rule["BucketKeyEnabled"]

    assert found() == ("AES256", False)
    by_kms = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [by_kms]})
    assert found() == ("aws:kms", True)
    s3.delete_bucket_encryption(Bucket=bucket)
    assert found() == ("AES256", False)


def test_the_owner_pays_unless_something_else_is_said(s3, bucket):
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"


def test_an_acl_tells_no_names(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_Owner.html"""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    for acl in (s3.get_bucket_acl(Bucket=bucket), s3.get_object_acl(Bucket=bucket, Key="k")):
        assert acl["Owner"] == OWNER
        assert acl["Grants"] == [{"Grantee": OWNER | {"Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]


@pytest.mark.parametrize(
    ("query", "root"),
    [("accelerate", "AccelerateConfiguration"), ("requestPayment", "RequestPaymentConfiguration"),
     ("versioning", "VersioningConfiguration"), ("uploads", "ListMultipartUploadsResult"),
     ("versions", "ListVersionsResult"), ("list-type=2", "ListBucketResult")],
)  # fmt: skip
def test_documents_have_s3s_names(s3, bucket, query, root):
    """As in each operation's page: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html"""
    answer = signed(s3, "GET", f"{bucket}?{query}")
    assert ElementTree.fromstring(answer.body).tag == f"{{http://s3.amazonaws.com/doc/2006-03-01/}}{root}"


def test_what_nobody_can_configure_is_not_there(s3, bucket, refused):
    """Moto took these for lists of objects."""
    assert s3.list_bucket_metrics_configurations(Bucket=bucket)["IsTruncated"] is False
    assert refused(s3.get_bucket_metrics_configuration, Bucket=bucket, Id="x")[::2] == (
        "NoSuchConfiguration",
        404,
    )
    asked = {"Bucket": bucket, "Id": "x", "MetricsConfiguration": {"Id": "x"}}
    assert refused(s3.put_bucket_metrics_configuration, **asked)[::2] == ("NotImplemented", 501)
    assert refused(s3.get_object_torrent, Bucket=bucket, Key="k")[::2] == ("NotImplemented", 501)
