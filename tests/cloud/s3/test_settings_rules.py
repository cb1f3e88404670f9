"""Settings that S3 refuses although their XML is right: versions, encryption, owners, restores, ACLs."""

import pytest
from botocore.exceptions import ClientError

from tests.cloud.s3.conftest import signed

OWNER_ID = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"


def test_versions_are_on_or_off(s3, bucket, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html"""
    found = refused(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={})
    message = "The Versioning element must be specified"
    assert found == ("IllegalVersioningConfigurationException", message, 400)
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)


def test_a_second_factor_is_not_asked_for_without_one(s3, bucket, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html"""
    asked = {"Status": "Enabled", "MFADelete": "Enabled"}
    found = refused(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration=asked)
    assert found == ("AccessDenied", "Mfa Authentication must be used for this request", 403)


def test_there_is_one_rule_of_encryption_and_one_of_owners(s3, bucket, refused):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    asked = {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": [rule, rule]}}
    assert refused(s3.put_bucket_encryption, **asked)[0] == "MalformedXML"
    rules = [{"ObjectOwnership": name} for name in ("ObjectWriter", "BucketOwnerPreferred")]
    found = refused(s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls={"Rules": rules})
    assert found[0] == "MalformedXML"


def test_s3s_own_keys_have_no_name(s3, bucket, refused):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html"""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "key"}}
    asked = {"Bucket": bucket, "ServerSideEncryptionConfiguration": {"Rules": [rule]}}
    code, message, _ = refused(s3.put_bucket_encryption, **asked)
    start = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms"
    assert (code, message) == ("InvalidArgument", f"{start} or aws:kms:dsse")


def test_an_object_is_restored_for_a_day_at_least(s3, bucket, refused):
    s3.put_object(Bucket=bucket, Key="cold", Body=b"x", StorageClass="GLACIER")
    found = refused(s3.restore_object, Bucket=bucket, Key="cold", RestoreRequest={"Days": 0})
    assert found == ("InvalidArgument", "restoration days should be at least 1", 400)
    with pytest.raises(ClientError) as caught:
        s3.restore_object(Bucket=bucket, Key="none", RestoreRequest={"Days": 1})
    assert caught.value.response["Error"]["Key"] == "none"


# ---- ACLs --------------------------------------------------------------------------------------------------


@pytest.fixture
def with_acls(s3, bucket):
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    return bucket


@pytest.mark.parametrize(
    ("grantee", "code", "message", "name"),
    [
        ("someone", "InvalidArgument", "Argument format not recognized", "x-amz-grant-read"),
        ('id="me"', "InvalidArgument", "Invalid id", "id"),
        ('uri="http://example.com/all"', "InvalidArgument", "Invalid group uri", "uri"),
        ('emailAddress="a@b.c"', "MethodNotAllowed", None, None),
    ],
)
def test_a_grant_names_an_account_or_a_group(s3, with_acls, grantee, code, message, name):
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee; by mail no
    longer since October 2025: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Grantee.html
    """
    error = signed(s3, "PUT", f"{with_acls}?acl", **{"x-amz-grant-read": grantee}).error
    assert error["Code"] == code
    assert message is None or (error["Message"], error["ArgumentName"]) == (message, name)


def test_grants_come_in_one_way(s3, with_acls, refused):
    found = refused(s3.put_bucket_acl, Bucket=with_acls, ACL="private", GrantRead=f'id="{OWNER_ID}"')
    assert found == ("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed", 400)


def test_a_policy_of_an_acl_has_an_owner(s3, with_acls, refused):
    asked = {"Bucket": with_acls, "AccessControlPolicy": {"Grants": []}}
    assert refused(s3.put_bucket_acl, **asked)[0] == "MalformedACLError"
    asked = {"Owner": {"ID": "me"}, "Grants": []}
    assert refused(s3.put_bucket_acl, Bucket=with_acls, AccessControlPolicy=asked)[1] == "Invalid id"
    group = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
    grant = {"Grantee": group, "Permission": "READ"}
    asked = {"Owner": {"ID": OWNER_ID}, "Grants": [grant]}
    s3.put_bucket_acl(Bucket=with_acls, AccessControlPolicy=asked)
    assert s3.get_bucket_acl(Bucket=with_acls)["Grants"] == [grant]
