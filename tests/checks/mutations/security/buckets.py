"""Single defects of the two buckets: switches, policies, ACLs."""

from __future__ import annotations

from tests.checks.defects import OTHER, allow, bucket_policy, defect, each, site_policy


@each(
    "SECURITY-1",
    **{
        switch: switch
        for switch in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    },
)
def switch_off(stack, switch):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={**before, switch: False})
    return lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


@defect("SECURITY-1")
def public_access_block_deleted(stack):
    s3, bucket = stack.client("s3"), stack.upload_bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    s3.delete_public_access_block(Bucket=bucket)
    return lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)


@each(
    "SECURITY-2",
    everybody_reads={"Principal": "*", "Action": "s3:GetObject"},
    everybody_by_aws_star={"Principal": {"AWS": "*"}, "Action": "s3:*"},
    another_account={"Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "s3:PutObject"},
    another_account_by_number={"Principal": {"AWS": [OTHER]}, "Action": ["s3:GetObject"]},
    all_but_one={"NotPrincipal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "s3:GetObject"},
    another_service={"Principal": {"Service": "cloudfront.amazonaws.com"}, "Action": "s3:GetObject"},
    from_any_address={
        "Principal": "*",
        "Action": "s3:GetObject",
        "Condition": {"StringLike": {"aws:Referer": "*"}},
    },
    all_but_deletion={"Principal": "*", "NotAction": "s3:DeleteObject"},
    own_account_and_everybody={"Principal": {"AWS": ["123456789012", "*"]}, "Action": "s3:GetObject"},
    all_other_accounts={
        "Principal": "*",
        "Action": "s3:GetObject",
        "Condition": {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
    },
    whoever_names_no_account={
        "Principal": "*",
        "Action": "s3:GetObject",
        "Condition": {"StringEqualsIfExists": {"aws:PrincipalAccount": "123456789012"}},
    },
    a_bucket_named_like_the_account={
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::logs-123456789012"}},
    },
    any_network={
        "Principal": "*",
        "Action": "s3:GetObject",
        "Condition": {"StringLike": {"aws:SourceVpc": "*"}},
    },
)
def uploads_let_in(stack, statement):
    resource = f"arn:aws:s3:::{stack.upload_bucket}/*"
    given = {"Sid": "Mutant", "Effect": "Allow", "Resource": resource, **statement}
    return bucket_policy(stack, stack.upload_bucket, given, public=True)


@each("SECURITY-3", object_writer="ObjectWriter", preferred="BucketOwnerPreferred", none=None)
def acls_in_force(stack, ownership):
    s3, bucket = stack.client("s3"), stack.upload_bucket

    def put(value):
        controls = {"Rules": [{"ObjectOwnership": value}]}
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=controls)

    put(ownership) if ownership else s3.delete_bucket_ownership_controls(Bucket=bucket)
    return lambda: put("BucketOwnerEnforced")


@each(
    "SECURITY-8",
    list=("s3:ListBucket", ""),
    write=("s3:PutObject", "/*"),
    everything=("s3:*", "/*"),
    read_and_delete=(["s3:GetObject", "s3:DeleteObject"], "/*"),
)
def site_lets_everybody(stack, case):
    action, path = case
    resource = f"arn:aws:s3:::{stack.site_bucket}{path}"
    return site_policy(stack, {"Sid": "Mutant", "Principal": "*", **allow(action, resource)})


@defect("SECURITY-8")
def site_is_closed(stack):
    s3, bucket = stack.client("s3"), stack.site_bucket
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.delete_bucket_policy(Bucket=bucket)
    return lambda: s3.put_bucket_policy(Bucket=bucket, Policy=before)


@defect("SECURITY-8")
def site_lets_read_only_the_first_file(stack):
    arn = f"arn:aws:s3:::{stack.site_bucket}/index.html"
    return bucket_policy(stack, stack.site_bucket, {"Principal": "*", **allow("s3:GetObject", arn)})


@each(
    "SECURITY-8",
    all="s3:GetObject on *",
    one="s3:GetObject on config.json",
    scripts="s3:Get* on *.js",
)
def site_denies(stack, what):
    action, _, keys = what.partition(" on ")
    resource = f"arn:aws:s3:::{stack.site_bucket}/{keys}"
    deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}
    return site_policy(stack, {"Sid": "Mutant", **deny})


@defect("SECURITY-8")
def site_lets_only_one_address_read(stack):
    address = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    given = allow("s3:GetObject", f"arn:aws:s3:::{stack.site_bucket}/*", Condition=address)
    return bucket_policy(stack, stack.site_bucket, {"Principal": "*", **given})


@defect("SECURITY-8")
def page_is_blocked(stack):
    s3, bucket = stack.client("s3"), stack.site_bucket
    before = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    blocked = {**before, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
    return lambda: s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before)
