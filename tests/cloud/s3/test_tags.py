"""Tags of objects and buckets: how many, which characters, and how they come.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html; the words of the refusals are those
of https://github.com/versity/versitygw (s3err, tests/integration/PutBucketTagging.go)
"""

import pytest
from botocore.exceptions import ClientError

TWICE = "Cannot provide multiple Tags with the same key"
KEY, VALUE = "The TagKey you have provided is invalid", "The TagValue you have provided is invalid"
HEADER = (
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag "
    "name duplicates."
)


@pytest.fixture(params=["object", "bucket"])
def put(request, s3, bucket):
    """Put tags on an object, or on a bucket: (put, the tags that it has then)."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    of_object = request.param == "object"
    asked = {"Bucket": bucket} | ({"Key": "k"} if of_object else {})
    write = s3.put_object_tagging if of_object else s3.put_bucket_tagging
    read = s3.get_object_tagging if of_object else s3.get_bucket_tagging

    def call(*pairs):
        tags = [{"Key": key, "Value": value} for key, value in pairs]
        write(**asked, Tagging={"TagSet": tags})
        return {tag["Key"]: tag["Value"] for tag in read(**asked)["TagSet"]}

    call.is_of_object = of_object
    return call


def test_tags_replace_those_that_were_there(put):
    assert put(("a", "1"), ("é +-=._:/@", "ü"), ("empty", "")) == {"a": "1", "é +-=._:/@": "ü", "empty": ""}
    assert put(("b", "2")) == {"b": "2"}


@pytest.mark.parametrize(
    ("pairs", "message", "details"),
    [
        ([("a", "1"), ("a", "2")], TWICE, {"TagKey": "a"}),
        ([("k" * 129, "1")], KEY, {"TagKey": "k" * 129}),
        ([("a!b", "1")], KEY, {"TagKey": "a!b"}),
        ([("a", "v" * 257)], VALUE, {"TagKey": "a", "TagValue": "v" * 257}),
        ([("a", "b#c")], VALUE, {"TagKey": "a", "TagValue": "b#c"}),
    ],
)  # fmt: skip
def test_tags_that_are_none_are_refused(put, pairs, message, details):
    with pytest.raises(ClientError) as caught:
        put(*pairs)
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidTag", message)
    assert details.items() <= error.items()


def test_there_are_only_so_many_and_some_are_awss(put, refused):
    most = 10 if put.is_of_object else 50
    assert len(put(*((str(number), "") for number in range(most)))) == most
    with pytest.raises(ClientError, match="cannot be greater than") as caught:
        put(*((str(number), "") for number in range(most + 1)))
    assert caught.value.response["Error"]["Code"] == "BadRequest"
    with pytest.raises(ClientError) as caught:
        put(("aws:x", "1"))
    assert caught.value.response["Error"]["Code"] == "InvalidTag"


def test_an_object_may_lose_all_its_tags(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b")
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 2
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": []})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    answer = s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_an_object_that_is_not_there_has_no_tags(s3, bucket, refused):
    asked = {"Bucket": bucket, "Key": "none"}
    assert refused(s3.get_object_tagging, **asked)[0] == "NoSuchKey"
    assert refused(s3.put_object_tagging, **asked, Tagging={"TagSet": []})[0] == "NoSuchKey"
    assert refused(s3.delete_object_tagging, **asked)[0] == "NoSuchKey"


@pytest.mark.parametrize("text", ["a=1&a=2", "a=%ZZ"])
def test_tags_in_a_header_are_written_as_in_a_url(s3, bucket, refused, text):
    asked = {"Bucket": bucket, "Key": "k", "Tagging": text}
    assert refused(s3.put_object, **asked, Body=b"x") == ("InvalidArgument", HEADER, 400)
    assert refused(s3.create_multipart_upload, **asked) == ("InvalidArgument", HEADER, 400)


def test_an_upload_in_parts_brings_its_tags(s3, bucket):
    upload = {"Bucket": bucket, "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, Tagging="a=1&b=x+y")["UploadId"]
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x y"}]


def test_every_version_has_tags_of_its_own(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1", Tagging="a=1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"2")
    asked = {"Bucket": bucket, "Key": "k"}
    assert s3.get_object_tagging(**asked)["TagSet"] == []
    old = s3.get_object_tagging(**asked, VersionId=first)
    assert (old["VersionId"], old["TagSet"]) == (first, [{"Key": "a", "Value": "1"}])
    put = s3.put_object_tagging(**asked, VersionId=first, Tagging={"TagSet": []})
    assert put["VersionId"] == first
