"""Presigned URLs: what is signed may be done, once and for its time, and nothing else."""

import json
import time
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import boto3
import pytest
import time_machine
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from tests.cloud.s3.conftest import ask


def changed(url, **parameters):
    """The URL with other query parameters; None leaves one out."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query |= {name.replace("_", "-"): value for name, value in parameters.items()}
    kept = {name: value for name, value in query.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


@pytest.fixture
def url(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b+c/ü.txt", Body=b"meow")
    return s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b+c/ü.txt"})


def test_a_fresh_url_opens_the_object_whatever_is_in_its_key(url):
    assert ask(url).body == b"meow"


def test_the_same_url_is_for_one_method_alone(url):
    assert ask(url, "DELETE").code == "SignatureDoesNotMatch"
    assert ask(url, "PUT", b"x").code == "SignatureDoesNotMatch"
    assert ask(url).body == b"meow"


def test_the_same_url_is_for_one_object_alone(url):
    other = url.replace(".txt", ".tx")
    answer = ask(other)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert answer.error["StringToSignBytes"] == answer.error["StringToSign"].encode().hex(" ")
    assert answer.error["CanonicalRequest"].startswith("GET\n")


@pytest.mark.parametrize(
    ("parameters", "status", "code", "message"),
    [
        ({"X_Amz_Signature": "0" * 64}, 403, "SignatureDoesNotMatch", "does not match"),
        ({"X_Amz_Signature": "é"}, 403, "SignatureDoesNotMatch", "does not match"),
        ({"X_Amz_Signature": None}, 400, "AuthorizationQueryParametersError", "requires the X-Amz-Algorithm"),
        ({"X_Amz_Expires": "604801"}, 400, "AuthorizationQueryParametersError", "less than a week"),
        ({"X_Amz_Expires": "-1"}, 400, "AuthorizationQueryParametersError", "non-negative"),
        ({"X_Amz_Expires": "soon"}, 400, "AuthorizationQueryParametersError", "should be a number"),
        ({"X_Amz_Date": "yesterday"}, 400, "AuthorizationQueryParametersError", "ISO8601"),
        (
            {"X_Amz_Date": "20200101T000000Z"},
            400,
            "AuthorizationQueryParametersError",
            "Invalid credential date",
        ),
        (
            {"X_Amz_Algorithm": "AWS4"},
            400,
            "AuthorizationQueryParametersError",
            "X-Amz-Algorithm only supports",
        ),
        ({"X_Amz_Credential": "me"}, 400, "AuthorizationQueryParametersError", "mal-formed"),
        ({"X_Amz_Expires": "604800"}, 403, "SignatureDoesNotMatch", "does not match"),
        ({"versionId": "x"}, 403, "SignatureDoesNotMatch", "does not match"),
    ],
)
def test_a_url_that_was_changed_is_refused(url, parameters, status, code, message):
    answer = ask(changed(url, **parameters))
    assert (answer.status, answer.code) == (status, code)
    assert message in answer.error["Message"]


def test_the_scope_says_service_and_region(s3, url):
    credential = dict(parse_qsl(urlsplit(url).query))["X-Amz-Credential"]
    assert (
        "incorrect service"
        in ask(changed(url, X_Amz_Credential=credential.replace("/s3/", "/sqs/"))).error["Message"]
    )
    elsewhere = ask(changed(url, X_Amz_Credential=credential.replace("us-east-1", "eu-west-1")))
    assert elsewhere.error["Message"].endswith("the region 'eu-west-1' is wrong; expecting 'us-east-1'")


def test_an_unknown_key_and_two_signatures_are_refused(url):
    credential = dict(parse_qsl(urlsplit(url).query))["X-Amz-Credential"]
    stranger = ask(changed(url, X_Amz_Credential=credential.replace(credential[:20], "AKIA" + "X" * 16)))
    assert (stranger.status, stranger.code) == (403, "InvalidAccessKeyId")
    both = ask(url, Authorization="AWS4-HMAC-SHA256 Credential=x")
    assert both.error["Message"].startswith("Only one auth mechanism allowed")


def test_headers_count_when_they_were_signed(s3, bucket):
    upload = s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": "k", "ContentType": "image/png", "ContentLength": 4}
    )
    assert ask(upload, "PUT", b"meow", Content_Type="text/html").code == "SignatureDoesNotMatch"
    assert ask(upload, "PUT", b"meow!", Content_Type="image/png").code == "SignatureDoesNotMatch"
    assert ask(upload, "PUT", b"meow", Content_Type="image/png").status == 200
    assert s3.head_object(Bucket=bucket, Key="k")["ContentType"] == "image/png"


def test_an_unsigned_amz_header_is_refused_by_name(s3, bucket):
    upload = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    answer = ask(upload, "PUT", b"x", x_amz_meta_b="1", x_amz_acl="private")
    assert answer.error["Message"] == "There were headers present in the request which were not signed"
    assert answer.error["HeadersNotSigned"] == "x-amz-acl, x-amz-meta-b"
    assert ask(upload, "PUT", b"x", Content_Type="text/xml").status == 200


def test_version_two_signs_the_content_type_and_no_encoding(s3v2, bucket):
    upload = s3v2.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    assert ask(upload, "PUT", b"x", Content_Type="text/plain").code == "SignatureDoesNotMatch"
    assert ask(upload, "PUT", b"x", Content_Encoding="gzip").status == 200


@pytest.mark.parametrize("parameter", ["Signature", "Expires", "AWSAccessKeyId"])
def test_version_two_needs_three_parameters(s3v2, bucket, parameter):
    url = s3v2.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    answer = ask(changed(url, **{parameter: None}))
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert answer.error["Message"].startswith("Query-string authentication requires the Signature")


def test_version_two_ends_when_it_says(s3v2, bucket):
    url = s3v2.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=-10)
    answer = ask(url)
    assert (answer.status, answer.error["Message"]) == (403, "Request has expired")
    assert "X-Amz-Expires" not in answer.error
    assert answer.error["Expires"].endswith("Z")
    assert ask(changed(url, Expires="tomorrow")).status == 403


PARAMETERS = {"Tagging": "of=ann", "StorageClass": "STANDARD_IA", "Metadata": {"a": "1"}}
AS_HEADERS = {"x_amz_tagging": "of=ann", "x_amz_storage_class": "STANDARD_IA", "x_amz_meta_a": "1"}


@pytest.mark.parametrize("sent", [{}, AS_HEADERS])
def test_in_a_version_two_url_a_parameter_is_as_good_as_a_header(s3v2, s3, bucket, sent):
    upload = s3v2.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k", **PARAMETERS})
    assert ask(upload, "PUT", b"x", **sent).status == 200
    stored = s3.head_object(Bucket=bucket, Key="k")
    assert (stored["StorageClass"], stored["Metadata"]) == ("STANDARD_IA", {"a": "1"})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "of", "Value": "ann"}]
    assert ask(upload, "PUT", b"x", x_amz_meta_a="2").code == "SignatureDoesNotMatch"


def sign(s3, method, url, headers=None):
    """Sign any URL with version 4, as other SDKs do."""
    request = AWSRequest(method, url, headers=headers or {})
    S3SigV4QueryAuth(s3._request_signer._credentials, "s3", s3.meta.region_name, expires=60).add_auth(request)
    return request.url


def test_headers_that_an_sdk_moved_into_the_url_count_and_checksums_of_nothing_do_not(s3, bucket):
    """https://github.com/aws/aws-sdk-js-v3/tree/main/packages/s3-request-presigner"""
    moved = "x-amz-meta-a=1&x-amz-tagging=of%3Dann&x-amz-checksum-crc32=AAAAAA%3D%3D&x-id=PutObject"
    url = sign(s3, "PUT", f"{s3.meta.endpoint_url}/{bucket}/k?{moved}")
    assert ask(url, "PUT", b"meow").status == 200
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"a": "1"}
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "of", "Value": "ann"}]
    url = f"{s3.meta.endpoint_url}/{bucket}/k?x-amz-storage-class=STANDARD_IA"
    assert ask(sign(s3, "PUT", url, {"x-amz-storage-class": "STANDARD_IA"}), "PUT", b"meow").status == 200


def test_version_two_signs_a_bucket_with_a_slash_behind_it(s3v2, bucket):
    for operation in ("list_objects_v2", "list_object_versions", "get_bucket_location"):
        assert ask(s3v2.generate_presigned_url(operation, Params={"Bucket": bucket})).status == 200
    assert s3v2.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


@pytest.mark.parametrize(
    ("owner", "status", "code"),
    [
        ("123456789012", 200, None),
        ("999999999999", 403, "AccessDenied"),
        ("ann", 400, "InvalidBucketOwnerAWSAccountID"),
    ],
)
def test_a_request_may_expect_an_owner(s3, bucket, owner, status, code):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html"""
    asked = {"Bucket": bucket, "ExpectedBucketOwner": owner}
    url = s3.generate_presigned_url("list_objects_v2", Params=asked)
    answer = ask(url, x_amz_expected_bucket_owner=owner)
    assert (answer.status, answer.code) == (status, code if status != 200 else answer.code)


def test_a_url_from_the_future_is_not_valid_yet(s3, bucket):
    with time_machine.travel(time.time() + 3600):
        url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert ask(url).error["Message"] == "Request is not valid yet"


def test_a_url_has_the_rights_that_its_signer_has_when_it_is_used(aws, bucket, s3):
    iam, name = boto3.client("iam"), f"signer-{bucket}"
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    theirs = boto3.client(
        "s3",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(signature_version="s3v4"),
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"meow")
    url = theirs.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert f"user/{name} is not authorized to perform: s3:GetObject" in ask(url).error["Message"]
    iam.attach_user_policy(UserName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    assert ask(url).body == b"meow"
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    assert ask(url).code == "InvalidAccessKeyId"


def test_the_age_of_a_signature_may_be_limited_by_policy(bucket, s3):
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    deny["Condition"] = {"NumericGreaterThan": {"s3:signatureAge": "600000"}}  # milliseconds
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    s3.put_object(Bucket=bucket, Key="k", Body=b"meow")
    asked = {"ClientMethod": "get_object", "Params": {"Bucket": bucket, "Key": "k"}, "ExpiresIn": 3600}
    assert ask(s3.generate_presigned_url(**asked)).body == b"meow"
    with time_machine.travel(time.time() - 900):
        old = s3.generate_presigned_url(**asked)
    assert ask(old).error["Message"].endswith("with an explicit deny in a resource-based policy")
