"""Variants of the upload bucket that harm nobody: settings, and policies."""

from __future__ import annotations

from tests.checks.defects import allow, bucket_policy, each_harmless, harmless, role_of


@harmless
def more_tags(stack):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    s3.put_bucket_tagging(
        Bucket=bucket, Tagging={"TagSet": [*stack.tag_list, {"Key": "team", "Value": "blue"}]}
    )
    return lambda: s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": stack.tag_list})


@harmless
def versioned_uploads(stack):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


@harmless
def account_blocks_what_the_bucket_does_not(stack):
    import boto3

    from checks.asking import without_account_in_front

    s3, control, bucket = stack.client("s3"), boto3.client("s3control"), stack.upload_bucket
    control.meta.events.register("before-sign", without_account_in_front)
    blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    acls = {"BlockPublicAcls": True, "IgnorePublicAcls": True}  # all four would close the page, too
    control.put_public_access_block(AccountId=stack.account_id, PublicAccessBlockConfiguration=acls)
    rest = {**blocked, "BlockPublicAcls": False, "IgnorePublicAcls": False}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=rest)

    def undo():
        s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
        control.delete_public_access_block(AccountId=stack.account_id)

    return undo


@harmless
def bucket_denies_strangers_even_more(stack):
    deny = {
        "Sid": "NoDeletion",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteBucket",
        "Resource": f"arn:aws:s3:::{stack.upload_bucket}",
    }
    return bucket_policy(stack, stack.upload_bucket, deny)


@harmless
def bucket_policy_for_an_own_role(stack):
    role = f"arn:aws:iam::{stack.account_id}:role/{role_of(stack, 'get_file')}"
    resource = f"arn:aws:s3:::{stack.upload_bucket}/incoming/*"
    return bucket_policy(
        stack, stack.upload_bucket, {"Principal": {"AWS": role}, **allow("s3:GetObject", resource)}
    )


@harmless
def bucket_policy_for_this_account(stack):
    own = {"Principal": {"AWS": f"arn:aws:iam::{stack.account_id}:root"}}
    return bucket_policy(
        stack, stack.upload_bucket, {**own, **allow("s3:*", f"arn:aws:s3:::{stack.upload_bucket}/*")}
    )


@harmless
def bucket_takes_access_logs_of_this_account(stack):
    own = {"StringEquals": {"aws:SourceAccount": stack.account_id}}
    given = allow("s3:PutObject", f"arn:aws:s3:::{stack.upload_bucket}/logs/*", Condition=own)
    service = {"Service": "logging.s3.amazonaws.com"}
    return bucket_policy(stack, stack.upload_bucket, {"Principal": service, **given})


@harmless
def bucket_denies_other_accounts(stack):
    others = {"StringNotEquals": {"aws:PrincipalAccount": stack.account_id}}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": others}
    resource = f"arn:aws:s3:::{stack.upload_bucket}/*"
    return bucket_policy(stack, stack.upload_bucket, {**deny, "Resource": resource})


@each_harmless(
    old_signatures={"StringNotEquals": {"s3:signatureversion": "AWS4-HMAC-SHA256"}},
    plain_http={"Bool": {"aws:SecureTransport": "false"}},
    uploads_with_acls={"Null": {"s3:x-amz-acl": "false"}},
    old_links={"NumericGreaterThan": {"s3:signatureAge": "900000"}},
)
def bucket_denies_everybody(stack, condition):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": condition}
    resource = f"arn:aws:s3:::{stack.upload_bucket}/*"
    return bucket_policy(stack, stack.upload_bucket, {**deny, "Resource": resource})
