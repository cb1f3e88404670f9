"""The policy engine, as pure questions and answers."""

import pytest

from cloud.identity.policy import Ask, Policy, decide
from cloud.identity.principals import ANONYMOUS, Principal

ACCOUNT = "123456789012"
ANN = Principal("user", f"arn:aws:iam::{ACCOUNT}:user/ann", ACCOUNT, "AIDAANN", "ann", tags={"team": "blue"})
READER = Principal(
    "session", f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/probe", ACCOUNT, "AROA1:probe", "reader", "probe"
)
OBJECT = "arn:aws:s3:::uploads/incoming/cat.png"
UP = "arn:aws:s3:::up"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements, source="identity", version="2012-10-17"):
    return Policy({"Version": version, "Statement": list(statements)}, source)


def word(policies, action="s3:GetObject", resource=OBJECT, principal=ANN, **context):
    keys = {name.replace("__", ":").lower(): value for name, value in context.items()}
    return decide(Ask(principal, action, (resource,), keys), policies).word


def test_what_nobody_allows_is_refused():
    assert word([]) == "implicitDeny"
    assert word([policy({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"})]) == "implicitDeny"


def test_one_deny_outweighs_every_allow():
    deny = {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}
    assert word([policy(ALLOW_ALL), policy(deny)]) == "explicitDeny"
    assert word([policy(ALLOW_ALL, deny)]) == "explicitDeny"


def test_actions_match_without_regard_to_case_and_with_wildcards():
    for action in ("S3:getobject", "s3:Get*", "s3:?etObject", "*", "s3:*"):
        assert word([policy({"Effect": "Allow", "Action": action, "Resource": "*"})]) == "allowed"
    assert word([policy({"Effect": "Allow", "Action": "s3:Get", "Resource": "*"})]) == "implicitDeny"


def test_resources_match_with_regard_to_case():
    allow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads/incoming/*"}
    assert word([policy(allow)]) == "allowed"
    assert word([policy(allow)], resource="arn:aws:s3:::uploads/Incoming/cat.png") == "implicitDeny"
    assert word([policy(allow)], resource="arn:aws:s3:::uploads") == "implicitDeny"


def test_not_action_and_not_resource_leave_out_what_they_name():
    but_delete = {"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}
    assert word([policy(but_delete)]) == "allowed"
    assert word([policy(but_delete)], action="s3:DeleteObject") == "implicitDeny"
    elsewhere = {"Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::uploads/*"}
    assert word([policy(ALLOW_ALL, elsewhere)]) == "allowed"
    assert word([policy(ALLOW_ALL, elsewhere)], resource="arn:aws:s3:::other/k") == "explicitDeny"


def test_a_boundary_limits_and_never_grants():
    boundary = policy({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}, source="boundary")
    assert word([boundary]) == "implicitDeny"
    assert word([policy(ALLOW_ALL), boundary]) == "allowed"
    assert word([policy(ALLOW_ALL), boundary], action="s3:PutObject") == "implicitDeny"


def test_a_session_policy_limits_and_never_grants():
    session = policy({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}, source="session")
    assert word([session], principal=READER) == "implicitDeny"
    assert word([policy(ALLOW_ALL), session], principal=READER) == "allowed"
    assert word([policy(ALLOW_ALL), session], action="s3:PutObject", principal=READER) == "implicitDeny"


def test_a_resource_policy_that_names_the_caller_grants_by_itself():
    by_name = {"Effect": "Allow", "Principal": {"AWS": ANN.arn}, "Action": "s3:*", "Resource": "*"}
    assert word([policy(by_name, source="resource")]) == "allowed"
    assert word([policy(by_name, source="resource")], principal=READER) == "implicitDeny"


def test_a_resource_policy_that_names_the_account_leaves_it_to_identity_policies():
    by_account = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "s3:*",
                  "Resource": "*"}  # fmt: skip
    assert word([policy(by_account, source="resource")]) == "implicitDeny"
    assert word([policy(by_account, source="resource"), policy(ALLOW_ALL)]) == "allowed"


def test_a_role_named_by_a_resource_policy_stays_within_its_boundary():
    by_role = {"Effect": "Allow", "Principal": {"AWS": READER.role_arn}, "Action": "s3:*", "Resource": "*"}
    grant, tight = policy(by_role, source="resource"), policy(source="boundary")
    assert word([grant], principal=READER) == "allowed"
    assert word([grant, tight], principal=READER) == "implicitDeny"


def test_strangers_are_let_in_by_a_resource_policy_for_everybody_alone():
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    assert word([policy(everybody, source="resource")], principal=ANONYMOUS) == "allowed"
    assert word([policy(ALLOW_ALL)], principal=ANONYMOUS) == "implicitDeny"


def test_not_principal_denies_all_but_those_it_names():
    spared = {"AWS": [ANN.arn, f"arn:aws:iam::{ACCOUNT}:root"]}
    guard = policy(
        {"Effect": "Deny", "NotPrincipal": spared, "Action": "s3:*", "Resource": "*"}, source="resource"
    )
    assert word([policy(ALLOW_ALL), guard]) == "allowed"
    assert word([policy(ALLOW_ALL), guard], principal=READER) == "explicitDeny"


def test_variables_stand_for_the_caller_in_the_newer_language_only():
    own = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::uploads/${aws:username}/*"}
    mine = "arn:aws:s3:::uploads/ann/cat.png"
    assert word([policy(own)], resource=mine, aws__username="ann") == "allowed"
    assert (
        word([policy(own)], resource="arn:aws:s3:::uploads/bob/cat.png", aws__username="ann")
        == "implicitDeny"
    )
    assert word([policy(own, version="2008-10-17")], resource=mine, aws__username="ann") == "implicitDeny"


def test_a_variable_without_a_value_matches_nothing_unless_it_has_a_default():
    own = "arn:aws:s3:::uploads/${aws:PrincipalTag/team%s}/*"
    bare = policy({"Effect": "Allow", "Action": "s3:*", "Resource": own % ""})
    default = policy({"Effect": "Allow", "Action": "s3:*", "Resource": own % ", 'shared'"})
    shared = "arn:aws:s3:::uploads/shared/x"
    assert word([bare], resource=shared) == "implicitDeny"
    assert word([default], resource=shared) == "allowed"


def test_a_value_of_a_variable_is_not_a_pattern():
    own = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::uploads/${aws:username}/*"})
    assert word([own], resource="arn:aws:s3:::uploads/bob/x", aws__username="*") == "implicitDeny"


@pytest.mark.parametrize(
    ("condition", "context", "outcome"),
    [
        ({"StringEquals": {"s3:prefix": "incoming/"}}, {"s3__prefix": "incoming/"}, "allowed"),
        ({"StringEquals": {"s3:prefix": "incoming/"}}, {}, "implicitDeny"),
        ({"StringEqualsIfExists": {"s3:prefix": "incoming/"}}, {}, "allowed"),
        ({"StringLike": {"S3:Prefix": ["a/*", "incoming/*"]}}, {"s3__prefix": "incoming/x"}, "allowed"),
        ({"StringNotEquals": {"aws:username": "bob"}}, {"aws__username": "ann"}, "allowed"),
        ({"StringNotEquals": {"aws:username": ["bob", "ann"]}}, {"aws__username": "ann"}, "implicitDeny"),
        ({"StringNotLike": {"aws:username": "b*"}}, {}, "allowed"),
        ({"StringEqualsIgnoreCase": {"aws:username": "ANN"}}, {"aws__username": "ann"}, "allowed"),
        ({"Bool": {"aws:SecureTransport": "false"}}, {"aws__securetransport": "true"}, "implicitDeny"),
        ({"Null": {"aws:username": "true"}}, {}, "allowed"),
        ({"Null": {"aws:username": "false"}}, {}, "implicitDeny"),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, {"s3__max-keys": "9"}, "allowed"),
        ({"NumericLessThan": {"s3:max-keys": "10"}}, {"s3__max-keys": "many"}, "implicitDeny"),
        ({"NumericGreaterThanEquals": {"s3:signatureAge": "600000"}}, {"s3__signatureage": "6e5"}, "allowed"),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
         {"aws__currenttime": "2026-06-01T12:00:00Z"}, "allowed"),
        ({"DateLessThan": {"aws:EpochTime": "1767225600"}}, {"aws__epochtime": "1767225599"}, "allowed"),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__sourceip": "10.1.2.3"}, "allowed"),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__sourceip": "10.1.2.3"}, "implicitDeny"),
        ({"ArnLike": {"aws:sourcearn": "arn:aws:s3:::up*"}}, {"aws__sourcearn": UP}, "allowed"),
        ({"ArnEquals": {"aws:sourcearn": "arn:aws:s3:*"}}, {"aws__sourcearn": UP}, "implicitDeny"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws__tagkeys": ("a",)}, "allowed"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, {"aws__tagkeys": ("a", "c")}, "implicitDeny"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, {}, "allowed"),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, {"aws__tagkeys": ("a", "c")}, "allowed"),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, {}, "implicitDeny"),
        ({"NoSuchOperator": {"aws:username": "ann"}}, {"aws__username": "ann"}, "implicitDeny"),
    ],
)  # fmt: skip
def test_conditions_decide(condition, context, outcome):
    assert word([policy(ALLOW_ALL | {"Condition": condition})], **context) == outcome


def test_every_line_of_a_condition_must_hold():
    both = ALLOW_ALL | {"Condition": {"StringEquals": {"aws:username": "ann", "s3:prefix": "x"}}}
    assert word([policy(both)], aws__username="ann", s3__prefix="x") == "allowed"
    assert word([policy(both)], aws__username="ann", s3__prefix="y") == "implicitDeny"
