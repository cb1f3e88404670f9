"""XML that is not what S3's model says is refused, whatever is wrong with it."""

import pytest

from tests.cloud.s3.conftest import signed

MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
BODIES = {
    "accelerate": ("AccelerateConfiguration", "<Status>On</Status>"),
    "cors": ("CORSConfiguration", "<CORSRule><AllowedOrigin>*</AllowedOrigin></CORSRule>"),
    "encryption": ("ServerSideEncryptionConfiguration", "<Rule><BucketKeyEnabled/></Rule>"),
    "lifecycle": ("LifecycleConfiguration", "<Rule><Status>On</Status><Prefix/></Rule>"),
    "logging": ("BucketLoggingStatus", "<LoggingEnabled><TargetPrefix>p</TargetPrefix></LoggingEnabled>"),
    "object-lock": ("ObjectLockConfiguration", "<ObjectLockEnabled>Disabled</ObjectLockEnabled>"),
    "ownershipControls": ("OwnershipControls", "<Rule><ObjectOwnership>Mine</ObjectOwnership></Rule>"),
    "publicAccessBlock": ("PublicAccessBlockConfiguration", "<BlockPublicAcls>perhaps</BlockPublicAcls>"),
    "requestPayment": ("RequestPaymentConfiguration", "<Payer>Nobody</Payer>"),
    "tagging": ("Tagging", "<TagSet><Tag><Key>a</Key></Tag></TagSet>"),
    "versioning": ("VersioningConfiguration", "<Status>On</Status>"),
}  # fmt: skip


def refusal(s3, bucket, query, body):
    answer = signed(s3, "PUT", f"{bucket}?{query}", body)
    return answer.status, answer.code, answer.error["Message"]


@pytest.mark.parametrize("query", BODIES)
def test_a_configuration_that_is_none_is_malformed(s3, bucket, query):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MalformedXML)"""
    root, wrong = BODIES[query]
    for body in (
        f"<{root}>",
        "<Other/>",
        f"<{root}><Surprise/></{root}>",
        f"<{root}>{wrong}</{root}>",
        "no XML",
    ):
        assert refusal(s3, bucket, query, body.encode()) == (400, "MalformedXML", MALFORMED), body


@pytest.mark.parametrize("query", BODIES)
def test_a_configuration_that_is_missing_is_asked_for(s3, bucket, query):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MissingRequestBodyError)"""
    found = refusal(s3, bucket, query, b"")
    assert found == (400, "MissingRequestBodyError", "Request Body is empty")


def test_an_acl_has_an_error_of_its_own(s3, bucket):
    """Recorded from Amazon S3 by https://github.com/jchristn/S3Server (Compatibility)"""
    assert refusal(s3, bucket, "acl", b"<not-xml") == (400, "MalformedACLError", MALFORMED)
    assert refusal(s3, bucket, "acl", b"")[1] == "MissingSecurityHeader"
    assert signed(s3, "PUT", f"{bucket}?acl", **{"x-amz-acl": "bucket-owner-full-control"}).status == 200


def test_elements_may_have_a_namespace_or_none(s3, bucket):
    for space in ("", ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'):
        body = (
            f"<VersioningConfiguration{space}><Status>Suspended</Status></VersioningConfiguration>".encode()
        )
        assert signed(s3, "PUT", f"{bucket}?versioning", body).status == 200


def test_a_body_has_no_document_type(s3, bucket):
    """So no entity can grow: https://cheatsheetseries.owasp.org/cheatsheets/XML_Security_Cheat_Sheet.html"""
    status = b"<VersioningConfiguration><Status>&e;</Status></VersioningConfiguration>"
    body = b'<!DOCTYPE x [<!ENTITY e "Enabled">]>' + status
    assert refusal(s3, bucket, "versioning", body)[1] == "MalformedXML"


def test_a_body_is_not_endless(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (MaxMessageLengthExceeded)"""
    body = b"<VersioningConfiguration>" + b" " * 2**21 + b"</VersioningConfiguration>"
    found = refusal(s3, bucket, "versioning", body)
    assert found == (400, "MaxMessageLengthExceeded", "Your request was too big.")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "InvalidRequest"),
        ({"content-md5": "AAAA"}, "InvalidDigest"),
        ({"content-md5": "1B2M2Y8AsgTpgAmY7PhCfg=="}, "BadDigest"),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, "BadDigest"),
    ],
)
def test_who_deletes_several_objects_states_a_digest(s3, bucket, headers, code):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html (Content-MD5 request header)"""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    body = b"<Delete><Object><Key>k</Key></Object></Delete>"
    answer = signed(s3, "POST", f"{bucket}?delete", body, **headers)
    assert answer.code == code
    if not headers:
        required = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        assert answer.error["Message"] == required
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_digest_that_is_stated_is_compared(s3, bucket):
    body = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    answer = signed(s3, "PUT", f"{bucket}?versioning", body, content_md5="1B2M2Y8AsgTpgAmY7PhCfg==")
    assert answer.code == "BadDigest"
