"""What S3 looks at in every request about an object: key, version, headers, where a copy comes from.

What "measured" means here: recorded from Amazon S3 by https://github.com/jchristn/S3Server (Compatibility).
"""

from urllib.parse import quote

import pytest

from tests.cloud.s3.conftest import ask, signed

ANY_VERSION = "a" * 32  # of the form of a version's id


@pytest.fixture
def stored(s3, bucket):
    """The address of an object of ten bytes, for ``signed``."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789", Metadata={"a": "1"}, Tagging="t=1")
    return f"{bucket}/k"


# ---- keys and versions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "query", "copies"),
    [("PUT", "", ""), ("GET", "", ""), ("DELETE", "", ""), ("POST", "?uploads", ""), ("PUT", "", "copies")],
)
def test_a_key_has_at_most_1024_bytes(s3, stored, method, query, copies):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""
    bucket = stored.partition("/")[0]
    sent = {"x-amz-copy-source": stored} if copies else {}
    error = signed(s3, method, f"{bucket}/{quote('é' * 512)}k{query}", **sent).error
    assert (error["Code"], error["Message"]) == ("KeyTooLongError", "Your key is too long")
    assert (error["Size"], error["MaxSizeAllowed"]) == ("1025", "1024")
    assert signed(s3, "PUT", f"{bucket}/{quote('é' * 512)}", b"x").status == 200


@pytest.mark.parametrize(
    ("method", "subresource"),
    [("GET", ""), ("GET", "tagging&"), ("GET", "acl&"), ("DELETE", ""), ("DELETE", "tagging&")],
)
@pytest.mark.parametrize(
    ("version", "message"),
    [("", "Version id cannot be the empty string"), ("v1", "Invalid version id specified")],
)
def test_a_version_has_the_form_of_one(s3, stored, method, subresource, version, message):
    """https://github.com/versity/versitygw (s3err: InvalidArgVersionId, InvalidArgEmptyVersionId)"""
    answer = signed(s3, method, f"{stored}?{subresource}versionId={version}")
    error = answer.error
    assert (answer.status, error["Code"], error["Message"]) == (400, "InvalidArgument", message)
    assert (error["ArgumentName"], error["ArgumentValue"]) == ("versionId", version)
    assert signed(s3, "GET", stored).status == 200
    bucket = stored.partition("/")[0]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert signed(s3, "GET", f"{stored}?versionId={ANY_VERSION}").code == "NoSuchVersion"


@pytest.mark.parametrize(("given", "lacking"), [("partNumber=1", "uploadId"), ("uploadId=x", "partNumber")])
def test_a_part_is_never_taken_for_an_object(s3, stored, given, lacking):
    """https://github.com/versity/versitygw (s3err: InvalidArgMissingUploadId)"""
    error = signed(s3, "PUT", f"{stored}?{given}", b"part").error
    name = given.partition("=")[0]
    assert error["Message"] == f"This operation does not accept {name} without {lacking}"
    assert signed(s3, "GET", stored).body == b"0123456789"


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_a_key_is_text(s3, bucket, method):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (InvalidURI)"""
    error = signed(s3, method, f"{bucket}/%FF%FE", b"x" if method == "PUT" else None).error
    assert (error["Code"], error["Message"]) == ("InvalidURI", "Couldn't parse the specified URI.")


# ---- ranges ------------------------------------------------------------------------------------------------


def test_the_last_bytes_of_nothing_are_nothing(s3, bucket):
    """Measured."""
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    answer = signed(s3, "GET", f"{bucket}/empty", Range="bytes=-3")
    assert (answer.status, answer.body, "content-range" in answer.headers) == (200, b"", False)
    error = signed(s3, "GET", f"{bucket}/empty", Range="bytes=0-0").error
    assert (error["Code"], error["ActualObjectSize"]) == ("InvalidRange", "0")


def test_parameters_of_lists_mean_nothing_to_an_object(s3, stored):
    """Measured."""
    assert signed(s3, "GET", f"{stored}?max-keys=abc&max-parts=abc").body == b"0123456789"


def test_who_reads_without_a_signature_cannot_have_other_headers(aws, s3, public):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (Overriding response headers)"""
    s3.put_object(Bucket=public, Key="k", Body=b"x")
    url = f"{aws.endpoint_url}/{public}/k?response-content-type=text%2Fhtml"
    error = ask(url).error
    message = "Request specific response headers cannot be used for anonymous GET requests."
    assert (error["Code"], error["Message"]) == ("InvalidRequest", message)


# ---- headers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PUT", "uploads", "copy"])
def test_metadata_has_at_most_2048_bytes(s3, stored, kind):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html"""
    bucket = stored.partition("/")[0]
    more = {"x-amz-copy-source": stored, "x-amz-metadata-directive": "REPLACE"} if kind == "copy" else {}

    def write(size):
        method, query = ("POST", "?uploads") if kind == "uploads" else ("PUT", "")
        return signed(s3, method, f"{bucket}/m{query}", b"", **more, **{"x-amz-meta-name": "v" * (size - 4)})

    error = write(2049).error
    message = "Your metadata headers exceed the maximum allowed metadata size"
    assert (error["Code"], error["Message"]) == ("MetadataTooLarge", message)
    assert (error["Size"], error["MaxSizeAllowed"]) == ("2049", "2048")
    assert write(2048).status == 200


SSE = "x-amz-server-side-encryption"
NO_METHOD = "specified is not supported"
KMS = "Server Side Encryption with AWS KMS managed key requires HTTP header"


@pytest.mark.parametrize(
    ("header", "value", "code", "message"),
    [
        ("storage-class", "ICE", "InvalidStorageClass", "The storage class you specified is not valid"),
        ("metadata-directive", "KEEP", "InvalidArgument", "Unknown metadata directive."),
        ("tagging-directive", "KEEP", "InvalidArgument", "Unknown tagging directive."),
        ("server-side-encryption", "rot13", "InvalidArgument", f"The encryption method {NO_METHOD}"),
        ("server-side-encryption-aws-kms-key-id", "id", "InvalidArgument", f"{KMS} {SSE} : aws:kms"),
    ],
)  # fmt: skip
def test_headers_have_one_of_their_values(s3, stored, header, value, code, message):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html; the words are also those of Ceph,
    MinIO and https://github.com/versity/versitygw (s3err), which follow S3's
    """
    headers = {f"x-amz-{header}": value, "x-amz-copy-source": stored}
    error = signed(s3, "PUT", stored.replace("/k", "/copy"), **headers).error
    assert (error["Code"], error["Message"]) == (code, message)


def test_keys_of_ones_own_are_not_sent_over_plain_http(s3, bucket, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html"""
    asked = {"Bucket": bucket, "Key": "k", "Body": b"x", "SSECustomerAlgorithm": "AES256"}
    start = "Requests specifying Server Side Encryption with Customer provided keys"
    found = refused(s3.put_object, **asked, SSECustomerKey="0" * 32)
    assert found == ("InvalidRequest", f"{start} must be made over a secure connection.", 400)


# ---- copies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("no-slash", "Invalid copy source object key"),
        ("/", "Invalid copy source bucket name"),
        ("{}?versionId=", "Version id cannot be the empty string"),
        ("{}?versionId=v1", "Invalid version id specified"),
    ],
)
@pytest.mark.parametrize("query", ["", "?partNumber=1&uploadId=x"])
def test_a_copy_names_bucket_and_key(s3, stored, source, message, query):
    """Measured."""
    header = {"x-amz-copy-source": source.format(stored)}
    error = signed(s3, "PUT", f"{stored}{query}", **header).error
    assert (error["Code"], error["Message"]) == ("InvalidArgument", message)
    assert error["ArgumentName"] == "x-amz-copy-source"


def test_the_slash_of_a_source_may_be_encoded(s3, stored):
    """Measured."""
    header = {"x-amz-copy-source": stored.replace("/", "%2F")}
    assert signed(s3, "PUT", stored.replace("/k", "/copy"), **header).status == 200


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{}/none", "NoSuchKey"),
        ("no-such-bucket-here/k", "NoSuchBucket"),
        (f"{{}}/k?versionId={ANY_VERSION}", "NoSuchVersion"),
    ],
)
@pytest.mark.parametrize("query", ["", "part"])
def test_a_copy_needs_its_source(s3, stored, source, code, query):
    bucket = stored.partition("/")[0]
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    upload = s3.create_multipart_upload(Bucket=bucket, Key="c")["UploadId"]
    address = f"{bucket}/c" + (f"?partNumber=1&uploadId={upload}" if query else "")
    answer = signed(s3, "PUT", address, **{"x-amz-copy-source": source.format(bucket)})
    assert (answer.status, answer.code) == (404, code)


def test_a_copied_part_may_depend_on_its_source(s3, stored, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html"""
    bucket = stored.partition("/")[0]
    upload = {"Bucket": bucket, "Key": "c"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    asked = upload | {"PartNumber": 1, "CopySource": stored, "CopySourceIfMatch": '"other"'}
    assert refused(s3.upload_part_copy, **asked)[0] == "PreconditionFailed"
    assert "Parts" not in s3.list_parts(**upload)


def test_a_copy_has_the_tags_of_its_source_and_none_of_what_was_there(s3, stored):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html (TaggingDirective)"""
    bucket = stored.partition("/")[0]
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": stored}

    def tags():
        found = s3.get_object_tagging(Bucket=bucket, Key="copy")["TagSet"]
        return {tag["Key"]: tag["Value"] for tag in found}

    s3.copy_object(**copy, TaggingDirective="REPLACE", Tagging="z=9")
    assert tags() == {"z": "9"}
    s3.copy_object(**copy)
    assert tags() == {"t": "1"}
    s3.put_object(Bucket=bucket, Key="copy", Body=b"x")
    assert tags() == {}


# ---- archived objects --------------------------------------------------------------------------------------


@pytest.mark.parametrize("storage", ["GLACIER", "DEEP_ARCHIVE"])
def test_an_archived_object_is_read_after_it_was_restored(s3, bucket, refused, storage):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html (InvalidObjectState)"""
    asked = {"Bucket": bucket, "Key": "cold"}
    s3.put_object(**asked, Body=b"x", StorageClass=storage)
    assert s3.head_object(**asked)["StorageClass"] == storage
    found = refused(s3.get_object, **asked)
    assert found == ("InvalidObjectState", "The operation is not valid for the object's storage class", 403)
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": asked}
    assert refused(s3.copy_object, **copy)[0] == "ObjectNotInActiveTierError"
    s3.restore_object(**asked, RestoreRequest={"Days": 1})
    assert s3.get_object(**asked)["Body"].read() == b"x"
    s3.copy_object(**copy)


# ---- uploads in parts --------------------------------------------------------------------------------------


def test_an_upload_is_one_of_its_key(s3, bucket):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html (NoSuchUpload)"""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="mine")["UploadId"]
    other = f"{bucket}/other?uploadId={upload}"
    part = "<Part><PartNumber>1</PartNumber><ETag>e</ETag></Part>"
    body = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    tried = [
        signed(s3, "PUT", f"{other}&partNumber=1", b"x"),
        signed(s3, "POST", other, body),
        signed(s3, "GET", other),
        signed(s3, "DELETE", other),
    ]
    assert [(one.status, one.code) for one in tried] == [(404, "NoSuchUpload")] * 4
    assert tried[0].error["UploadId"] == upload
    assert signed(s3, "DELETE", f"{bucket}/mine?uploadId={upload}").status == 204


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"", "InvalidRequest", "You must specify at least one part"),
        (b"<CompleteMultipartUpload/>", "MalformedXML", None),
        (b"<CompleteMultipartUpload><Part><PartNumber>0</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>",
         "InvalidArgument", "PartNumber must be >= 1"),
    ],
)  # fmt: skip
def test_an_upload_is_completed_with_parts(s3, bucket, body, code, message):
    """https://github.com/versity/versitygw (s3err: ErrEmptyParts, InvalidArgCompleteMpPartNumber)"""
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    error = signed(s3, "POST", f"{bucket}/k?uploadId={upload}", body).error
    assert error["Code"] == code
    assert message is None or error["Message"] == message
