"""Security: the upload bucket is private; access is through temporary presigned URLs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks import changes, invoking, permissions, privileges, public, secrets, site_policy
from checks.documents import statements
from checks.findings import Severity
from checks.look import Look
from checks.policies import allows, described, strangers
from checks.rule import Row, Verdict, failed, listed, passed, skipped

if TYPE_CHECKING:
    from checks.live import LiveLook

ROW = Row("security", "Security", "The upload bucket is private; access is through temporary presigned URLs")
LONGEST = 900  # seconds that a link may live


@ROW.rule(
    1,
    Severity.CRITICAL,
    "All four public access switches of the upload bucket are on",
    expected="BlockPublicAcls, IgnorePublicAcls, BlockPublicPolicy and RestrictPublicBuckets are on, for "
    "the bucket or for the account",
    why="Two of the switches refuse new public policies and ACLs, the other two make old ones ineffective. "
    "With one of them off, one careless call shows every upload to the world.",
    about="upload_bucket",
    layer="storage",
    looks_at=("s3:GetPublicAccessBlock", "s3control:GetPublicAccessBlock"),
    fix="Turn all four switches on with put_public_access_block.",
)
def public_access_block(look: Look) -> Iterator[Verdict]:
    """The bucket's public access block; where a switch is off, the account's too, for either suffices."""
    bucket, answer = str(look.target.upload_bucket), look.public_access_block()
    own = answer.get("PublicAccessBlockConfiguration", {})
    evidence = answer.told(**{switch: bool(own.get(switch)) for switch in public.SWITCHES})
    off = [switch for switch in public.SWITCHES if not own.get(switch)]
    if off:
        account = look.account_block()
        theirs = account.get("PublicAccessBlockConfiguration", {})
        off = [switch for switch in off if not theirs.get(switch)]
        evidence += "; " + account.told(**{switch: bool(theirs.get(switch)) for switch in public.SWITCHES})
    if off:
        yield failed(
            f"{', '.join(off)} off: a policy or an ACL could make uploads public",
            evidence,
            change=public.closed(bucket, answer),
        )
    else:
        yield passed("all four public access switches are on", evidence)


@ROW.rule(
    2,
    Severity.CRITICAL,
    "The upload bucket's policy lets no stranger in",
    expected="no statement allows anything to everybody, or to another account",
    why="A bucket policy grants without any URL being signed, and to people whom this account does not "
    "know. A presigned URL is for one object, one method and a few minutes; a policy is for everything and "
    "for ever.",
    about="upload_bucket",
    layer="storage",
    looks_at=("s3:GetBucketPolicy",),
    fix="Take the statement out of the bucket policy, and leave the others.",
)
def upload_policy(look: Look) -> Iterator[Verdict]:
    """Every statement of the bucket policy that allows something, and whom it names."""
    bucket, answer = str(look.target.upload_bucket), look.bucket_policy(str(look.target.upload_bucket))
    found = statements(answer.get("Policy"))
    guilty = [one for one in found if allows(one) and strangers(one, look.target.account_id)]
    if guilty:
        change = changes.bucket_policy(
            bucket,
            answer,
            [one for one in found if one not in guilty],
            f"Take what lets strangers in out of the policy of {bucket!r}",
            [
                "Whoever relied on this statement is refused at once.",
                "While the public access switches are on, S3 will refuse to put a public statement back.",
            ],
        )
        shown = "; ".join(map(described, guilty))
        yield failed(f"the policy lets in strangers: {shown}", answer.told(Statement=guilty), change=change)
    elif answer.absent:
        yield passed("the bucket has no policy", answer.told())
    else:
        yield passed(f"{len(found)} statements, none for strangers", answer.told(Statement=found))


@ROW.rule(
    3,
    Severity.MEDIUM,
    "The upload bucket has no access control lists",
    expected="ObjectOwnership is BucketOwnerEnforced, and no group has a grant",
    why="ACLs are the oldest way to share a bucket, and the easiest to overlook: one header on one upload "
    "can make one object public. With BucketOwnerEnforced they have no effect.",
    about="upload_bucket",
    layer="storage",
    looks_at=("s3:GetBucketOwnershipControls", "s3:GetBucketAcl"),
    fix="Set ObjectOwnership to BucketOwnerEnforced with put_bucket_ownership_controls.",
)
def no_acls(look: Look) -> Iterator[Verdict]:
    """The bucket's object ownership; where ACLs are in force, the ACL too."""
    bucket, answer = str(look.target.upload_bucket), look.ownership()
    rules = answer.get("OwnershipControls", {}).get("Rules", [])
    ownership = rules[0]["ObjectOwnership"] if rules else "not set"
    evidence = answer.told(ObjectOwnership=ownership)
    if ownership == "BucketOwnerEnforced":
        yield passed("ACLs are disabled", evidence)
        return
    acl = look.acl(bucket)
    groups = public.group_grants(acl)
    shared = f", and {', '.join(groups)}" if groups else ""
    yield failed(
        f"ACLs are in force: ObjectOwnership is {ownership}{shared}",
        f"{evidence}; {acl.told('Grants')}",
        change=public.without_acls(bucket, answer),
    )


@ROW.rule(
    4,
    Severity.CRITICAL,
    "A stranger is refused at the upload bucket",
    expected="without a signature, reading, listing, writing and deleting are answered 403",
    why="Settings say what should happen; a request without a signature shows what does.",
    about="upload_bucket",
    layer="storage",
    looks_at=("HTTP GET, PUT and DELETE without a signature",),
    fix="See SECURITY-1, SECURITY-2 and SECURITY-3.",
    live=True,
)
def strangers_are_refused(look: LiveLook) -> Iterator[Verdict]:
    """Requests without a signature: for an object that is there, for the list, and to write and delete."""
    from checks.live.strangers import refusals

    yield from refusals(look)


@ROW.rule(
    5,
    Severity.HIGH,
    "Presigned URLs are short-lived, and good for one thing",
    expected=f"SigV4, {LONGEST} seconds at most, for one object under the prefix; a ticket signs method, "
    "content type and size",
    why="Whoever has a presigned URL has what it allows, until it ends: it is passed on in chats and stays "
    "in histories and logs. A day is an open door; a few minutes are an errand.",
    about="create_upload",
    layer="uploads",
    looks_at=("lambda:GetFunction", "HTTP POST /uploads with --live"),
    fix="Sign with Config(signature_version='s3v4'), a short ExpiresIn, and the content type among the "
    "parameters.",
)
def lifetimes(look: Look) -> Iterator[Verdict]:
    """The lifetime that the functions' environments set; the tickets themselves are only seen with --live."""
    for short in ("create_upload", "get_file"):
        if look.target.unnamed(short):
            continue
        answer, name = look.function(short), look.target.functions[short].name
        variables = look.environment(short)
        seconds = variables.get("URL_EXPIRES", "")
        evidence = answer.told(URL_EXPIRES=seconds or None)
        if seconds and not (seconds.isdigit() and 1 <= int(seconds) <= LONGEST):
            change = changes.environment(
                answer,
                {**variables, "URL_EXPIRES": "300"},
                f"Let the links of {name!r} live 300 seconds",
            )
            yield failed(
                f"URL_EXPIRES is {seconds!r}: links live longer than {LONGEST} s, or are never good",
                evidence,
                name,
                change=change,
            )
        else:
            yield skipped("URL_EXPIRES sets no long life; a link itself is only seen with --live", name)


@ROW.probe(5)
def links(look: LiveLook) -> Iterator[Verdict]:
    """A ticket and a link to open a file, as the API hands them out, taken apart."""
    from checks.live.links import shapes

    yield from shapes(look, LONGEST)


@ROW.rule(
    6,
    Severity.HIGH,
    "Each function's role can do what the function is for, and no more",
    expected="the needed actions are allowed on the function's own resources, all else is denied, and only "
    "Lambda takes on the role",
    why="A function reads what strangers send. When it is tricked, the damage is what its role can do: with "
    "the least, one file; with more, the bucket, the table, or the account.",
    about="functions",
    layer="api",
    looks_at=("iam:SimulatePrincipalPolicy", "iam:GetAccountAuthorizationDetails", "lambda:GetFunction"),
    fix="Narrow the policy to the needed actions on the function's own resources with put_role_policy.",
    needs=("upload_bucket", "table"),
)
def least_privilege(look: Look, short: str) -> Iterator[Verdict]:
    """Asks IAM's simulator what the role may do: the needed, the known dangers, and what its policies name
    beside; and who may take on the role.
    """
    may = permissions.of(look, short)
    spoilt = [
        *privileges.lent(look, may),
        *privileges.by_the_bucket(look, may),
        *privileges.in_excess(look, may),
        *privileges.lacking(look, may),
    ]
    yield from spoilt
    if not spoilt:
        judged = sum(map(len, may.asked.values()))
        needed = ", ".join(action for action, _ in may.needed())
        yield passed(
            f"allowed: {needed}; denied: all else of {judged} questions",
            f"{may.usual.call} answered so",
            may.role,
        )


@ROW.rule(
    7,
    Severity.HIGH,
    "Only this API and this bucket may invoke the functions",
    expected="each statement names API Gateway with this API's ARN and the function's own route, or for the "
    "triggered function S3 with this bucket's ARN and this account; no function URL is open to everybody",
    why="A permission for a service without a source lets anybody's API or bucket invoke the function (the "
    "confused deputy), and a bucket's ARN has no account in it: after a deletion, somebody else can have "
    "that name.",
    about="functions",
    layer="api",
    looks_at=(
        "lambda:GetPolicy",
        "lambda:ListFunctions",
        "lambda:ListAliases",
        "lambda:GetFunctionUrlConfig",
    ),
    fix="Replace the statement: remove_permission, then add_permission with SourceArn (and SourceAccount "
    "for S3).",
    needs=("api", "upload_bucket"),
)
def invoked_by_its_own(look: Look, short: str) -> Iterator[Verdict]:
    """Every statement of the function's policy, and where versions are published of those of its versions and
    aliases; its function URL, if a statement lets somebody use one.
    """
    name = look.target.functions[short].name
    spoilt = [*invoking.by_others(look, short), *invoking.by_url(look, short)]
    yield from spoilt
    if not spoilt:
        policies = look.function_policies(short).values()
        count = sum(len(one["Statement"]) for one in policies)
        yield passed(
            f"{count} permissions, each for this API or bucket; no open function URL",
            "; ".join(one.told("Statement") for one in policies),
            name,
        )


@ROW.rule(
    8,
    Severity.HIGH,
    "The site bucket is public for reading its files, and holds no secret",
    expected="everybody may s3:GetObject in this bucket, and nothing else; no file holds a key, password or "
    "token",
    why="A website bucket is public on purpose. What else is allowed to everybody, like listing or writing, "
    "is a gift to strangers, and so is every key that was published along with the page.",
    about="site_bucket",
    layer="frontend",
    looks_at=("s3:GetBucketPolicy", "s3:GetBucketAcl", "s3:ListObjectsV2", "HTTP GET of the files"),
    fix="Leave one statement, s3:GetObject on this bucket's objects; rotate a published key, then remove it.",
)
def site_bucket(look: Look) -> Iterator[Verdict]:
    """The site bucket's policy and ACL, and the files that strangers can read."""
    yield from site_policy.readable_and_no_more(look)


@ROW.rule(
    9,
    Severity.HIGH,
    "No secret is in a function's environment",
    expected="no variable holds an access key, a password, a token or a private key",
    why="Whoever may look at the function reads its environment, and so do its logs when something prints "
    "it. A function has a role: it needs no key.",
    about="functions",
    layer="api",
    looks_at=("lambda:GetFunction",),
    fix="Rotate the secret, remove the variable, and give the role the permission instead.",
)
def environments(look: Look, short: str) -> Iterator[Verdict]:
    """The names and values of the function's environment variables."""
    answer, name = look.function(short), look.target.functions[short].name
    variables = look.environment(short)
    leaks = [leak for variable, value in variables.items() for leak in secrets.in_variable(variable, value)]
    for leak in leaks:
        rest = {variable: value for variable, value in variables.items() if variable != leak.where}
        yield failed(
            f"a secret is in the environment: {leak}",
            answer.told(**{leak.where: leak.masked}),
            name,
            fix=f"Rotate the secret first. Then keep only {listed(list(rest))}: "
            f"update_function_configuration(FunctionName={name!r}, Environment=...).",
        )
    if not leaks:
        yield passed(
            f"{len(variables)} variables, none of them a secret",
            answer.told(Variables=sorted(variables)),
            name,
        )
