"""Storage layer: a private bucket for the uploads."""

from dashboard.stack.names import Stack

ALL_FOUR = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def build(stack: Stack) -> None:
    """Create the upload bucket, closed to strangers. Safe to run twice."""
    s3 = stack.client("s3")
    create_private_bucket(s3, stack.upload_bucket)
    tag_bucket(s3, stack.upload_bucket, stack.tag_list)


def create_private_bucket(s3, bucket):
    """Create a bucket that nobody but this account's own permissions open: no ACLs, no public policy."""
    create_bucket(s3, bucket)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=ALL_FOUR)
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )


def create_bucket(s3, bucket):
    """Create a bucket in the client's region, if it is not there yet."""
    region = s3.meta.region_name
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket, **where)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass


def tag_bucket(s3, bucket, tags):
    """Say which stack a bucket belongs to."""
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
