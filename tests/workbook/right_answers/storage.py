"""Right answers to 01_storage in other words: each must pass its check."""

RIGHT = {
    "storage-1": [
        (
            "sets the ownership first, switch by switch",
            """
def create_private_bucket(s3, bucket):
    create_bucket(s3, bucket)
    rule = dict(ObjectOwnership="BucketOwnerEnforced")
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=dict(Rules=[rule]))
    switches = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration={switch: True for switch in switches}
    )


create_private_bucket(s3, stack.upload_bucket)
""",
        ),
        (
            "makes the bucket itself, and removes a policy",
            """
def create_private_bucket(s3, bucket):
    try:
        s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced")
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=ALL_FOUR)
    s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )


create_private_bucket(s3, stack.upload_bucket)
""",
        ),
    ],
    "storage-2": [
        (
            "names every argument, and the file's type",
            """
def link_to(signer, bucket, key, seconds):
    wanted = dict(Bucket=bucket, Key=key, ResponseContentType="text/plain")
    return signer.generate_presigned_url(
        ClientMethod="get_object", Params=wanted, ExpiresIn=seconds, HttpMethod="GET"
    )


link = link_to(signer, stack.upload_bucket, "incoming/notes.txt", 300)
""",
        ),
    ],
    "storage-3": [
        (
            "looks for words in what came",
            """
def diagnose(answer):
    if answer.status == 200:
        return "open"
    words = {
        b"SignatureDoesNotMatch": "changed",
        b"NoSuchKey": "missing",
        b"Request has expired": "expired",
        b"AccessDenied": "not signed",
    }
    return next(verdict for word, verdict in words.items() if word in answer.data)


diagnose(follow(link))
""",
        ),
        (
            "matches patterns",
            """
def diagnose(answer):
    match said(answer):
        case {"status": 200}:
            return "open"
        case {"code": "NoSuchKey"}:
            return "missing"
        case {"code": "SignatureDoesNotMatch"}:
            return "changed"
        case {"message": "Request has expired"}:
            return "expired"
        case _:
            return "not signed"


diagnose(follow(link))
""",
        ),
    ],
    "storage-4": [
        (
            "turns the pages by hand",
            """
def folders(s3, bucket, prefix):
    names, more = [], {}
    while True:
        page = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/", **more)
        names += [one["Prefix"][len(prefix) : -1] for one in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            return names
        more = {"ContinuationToken": page["NextContinuationToken"]}


attempt(folders, s3, stack.upload_bucket, "incoming/")
""",
        ),
        (
            "yields them, and lets JMESPath search the pages",
            """
def folders(s3, bucket, prefix):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
    for one in pages.search("CommonPrefixes"):
        if one:
            yield one["Prefix"].removesuffix("/").rpartition("/")[2]


list(folders(s3, stack.upload_bucket, "incoming/"))
""",
        ),
    ],
    "storage-5": [
        (
            "uses the resource",
            """
def remove_for_good(s3, bucket, key):
    for version in boto3.resource("s3").Bucket(bucket).object_versions.filter(Prefix=key):
        if version.object_key == key:
            version.delete()


remove_for_good(s3, scratch, "letter.txt")
""",
        ),
        (
            "lists first, and deletes in one request",
            """
def remove_for_good(s3, bucket, key):
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    found = [
        {"Key": one["Key"], "VersionId": one["VersionId"]}
        for page in pages
        for kind in ("Versions", "DeleteMarkers")
        for one in page.get(kind, [])
        if one["Key"] == key
    ]
    if found:
        s3.delete_objects(Bucket=bucket, Delete={"Objects": found})


remove_for_good(s3, scratch, "letter.txt")
""",
        ),
        (
            "asks again until nothing is left",
            """
def remove_for_good(s3, bucket, key):
    while True:
        page = s3.list_object_versions(Bucket=bucket, Prefix=key)
        mine = [one for one in page.get("Versions", []) + page.get("DeleteMarkers", []) if one["Key"] == key]
        if not mine:
            return
        for one in mine:
            s3.delete_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])


remove_for_good(s3, scratch, "letter.txt")
""",
        ),
    ],
}
