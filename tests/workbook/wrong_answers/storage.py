"""Mistakes that learners make in 01_storage: each must be refused by its check."""

CLOSE = """
ALL_FOUR = {{"BlockPublicAcls": {acls}, "IgnorePublicAcls": {acls}, "BlockPublicPolicy": True, "RestrictPublicBuckets": {old}}}


def create_private_bucket(s3, bucket):
    create_bucket(s3, bucket)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=ALL_FOUR)
    {owner}


create_private_bucket(s3, stack.upload_bucket)
"""
OWNER = (
    "s3.put_bucket_ownership_controls(Bucket=bucket, "
    'OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})'
)
HOPES = """
def create_private_bucket(s3, bucket):
    create_bucket(s3, bucket)


create_private_bucket(s3, stack.upload_bucket)
"""
SCRATCH = CLOSE.replace(
    "create_private_bucket(s3, stack.upload_bucket)", "create_private_bucket(s3, scratch)"
)


def link(call):
    return f"""
def link_to(signer, bucket, key, seconds):
    return {call}


link = link_to(signer, stack.upload_bucket, "incoming/notes.txt", 300)
"""


def diagnose(*lines):
    body = "\n    ".join(lines)
    return f"""
def diagnose(answer):
    found = said(answer)
    {body}


diagnose(follow(link))
"""


def folders(*lines):
    body = "\n    ".join(lines)
    return f"""
def folders(s3, bucket, prefix):
    {body}


attempt(folders, s3, stack.upload_bucket, "incoming/")
"""


def remove(*lines):
    body = "\n    ".join(lines)
    return f"""
def remove_for_good(s3, bucket, key):
    {body}


remove_for_good(s3, scratch, "letter.txt")
"""


ANEW = """
def create_private_bucket(s3, bucket):
    for thing in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        s3.delete_object(Bucket=bucket, Key=thing["Key"])
    s3.delete_bucket(Bucket=bucket)
    create_bucket(s3, bucket)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=ALL_FOUR)


create_private_bucket(s3, stack.upload_bucket)
"""
EVERY_KEY = "s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix=prefix)"
EVERY_VERSION = (
    "for page in s3.get_paginator('list_object_versions').paginate(Bucket=bucket, Prefix=key):",
    "    for one in page.get('Versions', []){markers}:",
    "        s3.delete_object(Bucket=bucket, Key=one['Key'], VersionId=one['VersionId'])",
)
WRONG = {
    "storage-1": [
        ("hopes that the bucket is new", HOPES),
        ("leaves RestrictPublicBuckets off", CLOSE.format(acls=True, old=False, owner=OWNER)),
        ("forgets the ownership", CLOSE.format(acls=True, old=True, owner="")),
        ("leaves both ACL switches and the ownership", CLOSE.format(acls=False, old=True, owner="")),
        ("closes another bucket", SCRATCH.format(acls=True, old=True, owner=OWNER)),
        ("makes the bucket anew, without what was in it", ANEW),
        (
            "takes the policy away, and closes nothing",
            HOPES.replace("create_bucket(s3, bucket)\n", "s3.delete_bucket_policy(Bucket=bucket)\n"),
        ),
    ],
    "storage-2": [
        (
            "forgets the seconds",
            link('signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key})'),
        ),
        (
            "signs an upload",
            link(
                'signer.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key}, ExpiresIn=seconds)'
            ),
        ),
        ("returns the plain address", link('f"{s3.meta.endpoint_url}/{bucket}/{quote(key)}"')),
        (
            "signs with the plain client",
            link(
                's3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=seconds)'
            ),
        ),
        (
            "signs always the same file",
            link(
                'signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "incoming/notes.txt"}, '
                "ExpiresIn=seconds)"
            ),
        ),
        (
            "signs for the upload bucket, whatever is asked",
            link(
                'signer.generate_presigned_url("get_object", {"Bucket": stack.upload_bucket, "Key": key}, '
                "ExpiresIn=seconds)"
            ),
        ),
        (
            "takes seconds for minutes",
            link(
                'signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=60 * seconds)'
            ),
        ),
    ],
    "storage-3": [
        (
            "looks at the status alone",
            diagnose(
                "if found['status'] == 200:",
                "    return 'open'",
                "return 'missing' if found['status'] == 404 else 'expired'",
            ),
        ),
        (
            "takes every AccessDenied for expired",
            diagnose(
                "if found['status'] < 300:",
                "    return 'open'",
                "names = {'SignatureDoesNotMatch': 'changed', 'NoSuchKey': 'missing', 'AccessDenied': 'expired'}",
                "return names.get(found['code'])",
            ),
        ),
        ("finds everything open", diagnose("return 'open'")),
        (
            "knows only three words",
            diagnose(
                "if found['status'] < 300:",
                "    return 'open'",
                "return {'NoSuchKey': 'missing', 'SignatureDoesNotMatch': 'changed'}.get(found['code'], 'not signed')",
            ),
        ),
        ("reads the code of a good answer", diagnose("return {'NoSuchKey': 'missing'}[found['code']]")),
    ],
    "storage-4": [
        (
            "reads the first page alone",
            folders(
                "page = s3.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter='/')",
                "return [one['Prefix'].removeprefix(prefix).rstrip('/') for one in page.get('CommonPrefixes', [])]",
            ),
        ),
        (
            "fetches every key",
            folders(
                f"keys = [one['Key'] for page in {EVERY_KEY} for one in page.get('Contents', [])]",
                "rest = [key.removeprefix(prefix) for key in keys]",
                "return sorted({name.split('/')[0] for name in rest if '/' in name})",
            ),
        ),
        (
            "keeps prefix and slash",
            folders(
                "pages = s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix=prefix, Delimiter='/')",
                "return [one['Prefix'] for page in pages for one in page.get('CommonPrefixes', [])]",
            ),
        ),
        (
            "asks a client of its own for every key",
            folders(
                "keys = [one.key for one in boto3.resource('s3').Bucket(bucket).objects.filter(Prefix=prefix)]",
                "return sorted({key.removeprefix(prefix).split('/')[0] for key in keys if key.count('/') > prefix.count('/')})",
            ),
        ),
        (
            "lists the files instead of the folders",
            folders(
                "pages = s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, Prefix=prefix, Delimiter='/')",
                "return [one['Key'].removeprefix(prefix) for page in pages for one in page.get('Contents', [])]",
            ),
        ),
    ],
    "storage-5": [
        ("adds one more marker", remove("s3.delete_object(Bucket=bucket, Key=key)")),
        ("forgets the markers", remove(*EVERY_VERSION).replace("{markers}", "")),
        (
            "takes the neighbours too",
            remove(*EVERY_VERSION).replace("{markers}", " + page.get('DeleteMarkers', [])"),
        ),
        (
            "reads the first page alone",
            remove(
                "page = s3.list_object_versions(Bucket=bucket, Prefix=key)",
                "for one in page.get('Versions', []) + page.get('DeleteMarkers', []):",
                "    if one['Key'] == key:",
                "        s3.delete_object(Bucket=bucket, Key=key, VersionId=one['VersionId'])",
            ),
        ),
        (
            "removes the newest version",
            remove(
                "s3.delete_object(Bucket=bucket, Key=key, VersionId=s3.head_object(Bucket=bucket, Key=key)['VersionId'])"
            ),
        ),
    ],
}
