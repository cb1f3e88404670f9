"""Lists of objects, versions, uploads and parts: their pages, what they tell, and what they refuse.

What "measured" means here: recorded from Amazon S3 by https://github.com/jchristn/S3Server (Compatibility).
"""

import uuid
from xml.etree import ElementTree

import boto3
import pytest

from tests.cloud.s3.conftest import ask, signed

XML = "{http://s3.amazonaws.com/doc/2006-03-01/}"
OWNER = {
    "ID": "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
}  # the account's canonical id


def put(s3, bucket, *keys):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")


def raw(public, query):
    """The root of a list's XML, as everybody may ask for it."""
    answer = ask(f"{public}?{query}")
    assert answer.status == 200, answer.error
    return ElementTree.fromstring(answer.body)


@pytest.fixture
def address(aws, public):
    return f"{aws.endpoint_url}/{public}"


# ---- objects -----------------------------------------------------------------------------------------------


def test_an_object_is_listed_with_its_checksum_and_owner(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html; the owner's name is no longer told"""
    more = {"ChecksumAlgorithm": "SHA256", "StorageClass": "GLACIER_IR"}
    made = s3.put_object(Bucket=bucket, Key="k", Body=b"abc", **more)
    told = {
        "Key": "k", "ETag": made["ETag"], "Size": 3, "StorageClass": "GLACIER_IR",
        "ChecksumAlgorithm": ["SHA256"], "ChecksumType": "FULL_OBJECT",
    }  # fmt: skip
    [first] = s3.list_objects(Bucket=bucket)["Contents"]
    [second] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    [owned] = s3.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"]
    [version] = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert second.pop("LastModified") == first.pop("LastModified") == owned.pop("LastModified")
    assert (second, first, owned) == (told, told | {"Owner": OWNER}, told | {"Owner": OWNER})
    del version["LastModified"]
    assert version == told | {"Owner": OWNER, "VersionId": "null", "IsLatest": True}


def test_the_first_list_has_a_marker_and_the_second_a_count(s3, public, address):
    """Measured."""
    put(s3, public, "a", "b")
    first, second = raw(address, "max-keys=1"), raw(address, "list-type=2&max-keys=1")
    names = [{child.tag.removeprefix(XML) for child in root} for root in (first, second)]
    both = {"Name", "Prefix", "MaxKeys", "IsTruncated", "Contents"}
    assert names == [both | {"Marker"}, both | {"KeyCount", "NextContinuationToken"}]
    assert first.find(f"{XML}Marker").text is None
    assert first.find(f"{XML}Contents/{XML}LastModified").text.endswith(".000Z")


def test_with_a_delimiter_the_first_list_says_where_the_next_page_begins(s3, bucket):
    """Measured."""
    put(s3, bucket, "a", "b", "sub/c", "sub/d", "z")
    first = s3.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=2)
    assert ([one["Key"] for one in first["Contents"]], first["NextMarker"]) == (["a", "b"], "b")
    second = s3.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=2, Marker="b")
    assert [one["Prefix"] for one in second["CommonPrefixes"]] == ["sub/"]
    assert [one["Key"] for one in second["Contents"]] == ["z"]
    assert (second["IsTruncated"], second["Marker"], "NextMarker" in second) == (False, "b", False)


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_pages_together_are_the_whole_list(s3, bucket, operation, delimiter):
    put(s3, bucket, "a", "b/1", "b/2", "b/3", "c", "d/1")
    found, asked = [], {"Bucket": bucket, "Delimiter": delimiter, "PaginationConfig": {"PageSize": 1}}
    for page in s3.get_paginator(operation).paginate(**asked):
        found += [one["Key"] for one in page.get("Contents", [])]
        found += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
    assert found == (["a", "b/", "c", "d/"] if delimiter else ["a", "b/1", "b/2", "b/3", "c", "d/1"])


def test_a_token_is_echoed_and_goes_before_start_after(s3, bucket):
    put(s3, bucket, "a", "b", "c")
    token = s3.list_objects_v2(Bucket=bucket, MaxKeys=1)["NextContinuationToken"]
    page = s3.list_objects_v2(Bucket=bucket, ContinuationToken=token, StartAfter="b")
    assert [one["Key"] for one in page["Contents"]] == ["b", "c"]
    assert (page["ContinuationToken"], page["StartAfter"], page["KeyCount"]) == (token, "b", 2)


@pytest.mark.parametrize("token", ["", "b", "bm9uc2Vuc2U="])
def test_a_token_that_no_page_gave_is_refused(s3, bucket, refused, token):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html (ContinuationToken)"""
    found = refused(s3.list_objects_v2, Bucket=bucket, ContinuationToken=token)
    assert found == ("InvalidArgument", "The continuation token provided is incorrect", 400)


def test_a_page_has_at_most_a_thousand_keys_and_says_so(s3, bucket):
    put(s3, bucket, "a")
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)["MaxKeys"] == 1000
    assert s3.list_object_versions(Bucket=bucket, MaxKeys=5000)["MaxKeys"] == 1000
    none = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    assert (none["KeyCount"], none["IsTruncated"], none["MaxKeys"]) == (0, False, 0)


NO_NUMBER = "not an integer or within integer range"
BETWEEN = "must be an integer between 0 and 2147483647"


@pytest.mark.parametrize(
    ("query", "message", "name", "value"),
    [
        ("max-keys=-1", f"Argument maxKeys {BETWEEN}", "maxKeys", "-1"),
        ("list-type=2&max-keys=abc", f"Provided max-keys {NO_NUMBER}", "max-keys", "abc"),
        ("max-keys=99999999999", f"Provided max-keys {NO_NUMBER}", "max-keys", "99999999999"),
        ("versions&max-keys=-1", "max-keys cannot be negative", "max-keys", None),
        ("encoding-type=xml", "Invalid Encoding Method specified in Request", "encoding-type", "xml"),
        ("uploads&max-uploads=-1", f"Argument max-uploads {BETWEEN}", "max-uploads", "-1"),
        ("uploads&max-uploads=x", f"Provided max-uploads {NO_NUMBER}", "max-uploads", "x"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_each_in_its_words(s3, bucket, query, message, name, value):
    """Measured."""
    error = signed(s3, "GET", f"{bucket}?{query}").error
    assert (error["Code"], error["Message"], error["ArgumentName"]) == ("InvalidArgument", message, name)
    assert error.get("ArgumentValue") == value


def test_an_empty_number_counts_as_none(s3, public, address):
    """Measured."""
    assert raw(address, "max-keys=").find(f"{XML}MaxKeys").text == "1000"


def test_keys_are_encoded_as_s3_does(s3, public, address):
    """Measured."""
    names = {
        "a b+c&d=e?f#g%h~é": "a+b%2Bc%26d%3De%3Ff%23g%25h%7E%C3%A9",
        "semi;,:@$!*'()[]": "semi%3B%2C%3A%40%24%21*%27%28%29%5B%5D",
        "tab\tkey": "tab%09key",
        "x y/z": "x+y/z",
    }
    put(s3, public, *names)
    root = raw(address, "encoding-type=url")
    assert {one.text for one in root.iter(f"{XML}Key")} == set(names.values())
    page = raw(address, "list-type=2&encoding-type=url&delimiter=%20&start-after=Z%20")
    told = {name: page.find(f"{XML}{name}").text for name in ("Delimiter", "StartAfter", "EncodingType")}
    assert told == {"Delimiter": "+", "StartAfter": "Z+", "EncodingType": "url"}
    assert [one.text for one in page.iterfind(f"{XML}CommonPrefixes/{XML}Prefix")] == ["a+", "x+"]
    assert {one["Key"] for one in s3.list_objects_v2(Bucket=public)["Contents"]} == set(names)


def test_a_character_that_xml_cannot_hold_is_a_reference(s3, public, address):
    """And so the SDKs ask for encoded keys: API_ListObjectsV2.html (EncodingType)"""
    put(s3, public, "a\x01b")
    assert b"<Key>a&#x1;b</Key>" in ask(address).body
    assert raw(address, "encoding-type=url").find(f"{XML}Contents/{XML}Key").text == "a%01b"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=public)["Contents"]] == ["a\x01b"]


def test_a_restored_object_says_so_to_who_asks(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreStatus.html"""
    s3.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="GLACIER")
    put(s3, bucket, "warm")
    s3.restore_object(Bucket=bucket, Key="cold", RestoreRequest={"Days": 2})
    for operation in ("list_objects", "list_objects_v2", "list_object_versions"):
        asked = {"Bucket": bucket, "OptionalObjectAttributes": ["RestoreStatus"]}
        answer = getattr(s3, operation)(**asked)
        [cold, warm] = answer["Versions" if "versions" in operation else "Contents"]
        assert cold["RestoreStatus"]["IsRestoreInProgress"] is False
        assert "RestoreExpiryDate" in cold["RestoreStatus"]
        assert "RestoreStatus" not in warm
    [cold, _] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert "RestoreStatus" not in cold


# ---- versions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("version-id-marker=v", "A version-id marker cannot be specified without a key marker."),
        ("key-marker=k&version-id-marker=", "A version-id marker cannot be empty."),
        ("key-marker=k&version-id-marker=v", "Invalid version id specified"),
        ("key-marker=&version-id-marker=v&encoding-type=x", "Invalid version id specified"),
    ],
)
def test_a_version_marker_is_a_version_of_a_key(s3, bucket, query, message):
    """Recorded from Amazon S3 by others, the order in which arguments are looked at included."""
    error = signed(s3, "GET", f"{bucket}?versions&{query}").error
    assert (error["Code"], error["Message"]) == ("InvalidArgument", message)
    assert error["ArgumentName"] == "version-id-marker"
    assert signed(s3, "GET", f"{bucket}?versions&{query}&max-keys=x").error["ArgumentName"] == "max-keys"


# ---- uploads and their parts -------------------------------------------------------------------------------


def begin(s3, bucket, key, **more):
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]


def test_uploads_are_listed_by_key_and_age(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html"""
    ids = [begin(s3, bucket, key, ChecksumAlgorithm="CRC32") for key in ("b", "a", "b")]
    told = s3.list_multipart_uploads(Bucket=bucket)
    assert [one["UploadId"] for one in told["Uploads"]] == [ids[1], ids[0], ids[2]]
    first = told["Uploads"][0]
    assert first.pop("Initiated").tzinfo is not None
    assert first == {
        "UploadId": ids[1], "Key": "a", "StorageClass": "STANDARD", "Owner": OWNER, "Initiator": OWNER,
        "ChecksumAlgorithm": "CRC32", "ChecksumType": "COMPOSITE",
    }  # fmt: skip
    assert (told["KeyMarker"], told["UploadIdMarker"], told["MaxUploads"]) == ("", "", 1000)
    assert told["IsTruncated"] is False


def test_pages_of_uploads_are_the_whole_list(s3, bucket):
    ids = [begin(s3, bucket, key) for key in ("a", "a", "b", "c/1", "c/2")]
    paginator = s3.get_paginator("list_multipart_uploads")
    pages = list(paginator.paginate(Bucket=bucket, PaginationConfig={"PageSize": 1}))
    assert [one["UploadId"] for page in pages for one in page["Uploads"]] == ids
    folders = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert [one["Prefix"] for one in folders["CommonPrefixes"]] == ["c/"]
    assert [one["UploadId"] for one in folders["Uploads"]] == ids[:3]
    inside = s3.list_multipart_uploads(Bucket=bucket, Prefix="c/", KeyMarker="c/1")
    assert [one["Key"] for one in inside["Uploads"]] == ["c/2"]


def test_an_upload_marker_is_an_upload_of_the_key(s3, bucket, refused):
    """https://github.com/versity/versitygw (tests/integration/ListMultipartUploads.go)"""
    first, _ = begin(s3, bucket, "a"), begin(s3, bucket, "b")
    asked = {"Bucket": bucket, "KeyMarker": "b", "UploadIdMarker": first}
    assert refused(s3.list_multipart_uploads, **asked) == ("InvalidArgument", "Invalid uploadId marker", 400)
    told = s3.list_multipart_uploads(Bucket=bucket, UploadIdMarker="nothing")
    assert (len(told["Uploads"]), told["UploadIdMarker"]) == (2, "")


def test_a_list_names_who_began_an_upload(aws, s3, bucket):
    iam, name = boto3.client("iam"), f"uploader-{uuid.uuid4().hex[:8]}"
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    keys = iam.create_access_key(UserName=name)["AccessKey"]
    secrets = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"]}
    theirs = boto3.client("s3", **secrets)
    upload = {"Bucket": bucket, "Key": "k", "UploadId": begin(theirs, bucket, "k")}
    [listed] = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert (listed["Initiator"], listed["Owner"]) == ({"ID": arn}, OWNER)
    parts = s3.list_parts(**upload)
    assert (parts["Initiator"], parts["Owner"]) == ({"ID": arn}, OWNER)


def test_parts_come_page_by_page(s3, bucket, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html; the refusals are measured"""
    upload = {"Bucket": bucket, "Key": "k", "UploadId": begin(s3, bucket, "k")}
    for number in (1, 3):
        s3.upload_part(**upload, PartNumber=number, Body=b"x")
    first = s3.list_parts(**upload, MaxParts=1)
    assert (first["IsTruncated"], first["NextPartNumberMarker"], first["PartNumberMarker"]) == (True, 1, 0)
    rest = s3.list_parts(**upload, PartNumberMarker=1, MaxParts=5000)
    assert ([one["PartNumber"] for one in rest["Parts"]], rest["MaxParts"]) == ([3], 1000)
    found = refused(s3.list_parts, **upload, MaxParts=-5)
    assert found == ("InvalidArgument", f"Argument max-parts {BETWEEN}", 400)
    assert refused(s3.list_parts, **(upload | {"Key": "other"}))[0] == "NoSuchUpload"
