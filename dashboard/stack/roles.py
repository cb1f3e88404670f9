"""Execution roles: each function has its own, with the least it needs."""

import json

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def allow(actions, resources, condition=None):
    """One statement of a policy."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def may_log(logs_arn):
    """A function writes to its own log group and nowhere else."""
    return allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{logs_arn}:*"])


def create_role(iam, name, statements, tags=()):
    """Make an execution role that may do what the statements say. Safe to run twice."""
    try:
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST), Tags=list(tags))
        iam.get_waiter("role_exists").wait(RoleName=name)
    except iam.exceptions.EntityAlreadyExistsException:
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(TRUST))
    grant(iam, name, "least", statements)


def grant(iam, role, policy_name, statements):
    """Write one inline policy of a role; a role's other policies stay as they are."""
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=role, PolicyName=policy_name, PolicyDocument=json.dumps(document))
