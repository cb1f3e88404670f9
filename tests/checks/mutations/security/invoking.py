"""Single defects of who may invoke a function."""

from __future__ import annotations

from tests.checks.defects import (
    OTHER,
    alias,
    api_of,
    api_source,
    defect,
    each,
    permission,
    permitted,
    published_version,
)


@defect("SECURITY-7")
def any_api_may_invoke(stack):
    return permission(stack, "list_files", "api-get", Principal="apigateway.amazonaws.com")


@defect("SECURITY-7")
def every_api_of_the_account_may_invoke(stack):
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:*/*/GET/files"
    return permission(stack, "list_files", Principal="apigateway.amazonaws.com", SourceArn=source)


@defect("SECURITY-7")
def api_may_invoke_the_index_function(stack):
    _, api = api_of(stack)
    source = f"arn:aws:execute-api:{stack.region}:{stack.account_id}:{api}/*/*"
    return permission(stack, "index_upload", Principal="apigateway.amazonaws.com", SourceArn=source)


@defect("SECURITY-7")
def bucket_may_invoke_the_list_function(stack):
    own = {"SourceArn": f"arn:aws:s3:::{stack.upload_bucket}", "SourceAccount": stack.account_id}
    return permission(stack, "list_files", Principal="s3.amazonaws.com", **own)


@defect("SECURITY-7")
def bucket_without_its_account(stack):
    source = f"arn:aws:s3:::{stack.upload_bucket}"
    return permission(stack, "index_upload", "s3", Principal="s3.amazonaws.com", SourceArn=source)


@defect("SECURITY-7")
def any_bucket_of_the_account(stack):
    return permission(
        stack, "index_upload", "s3", Principal="s3.amazonaws.com", SourceAccount=stack.account_id
    )


@each(
    "SECURITY-7",
    everybody={"Principal": "*"},
    another_account={"Principal": OTHER},
    another_service={"Principal": "events.amazonaws.com"},
)
def also_invoked_by(stack, statement):
    return permission(stack, "delete_file", **statement)


@each(
    "SECURITY-7",
    this_api=("list_files", "api-get", "*/*"),
    this_api_in_short=("list_files", "api-get", "*"),
    every_path=("list_files", "api-get", "*/GET/*"),
    every_method=("get_file", "api-get", "*/*/files/*"),
    another_route_beside_its_own=("delete_file", None, "*/GET/files"),
)
def permission_for_all_of(stack, case):
    """So wide that routes of other functions may invoke this one too."""
    short, instead_of, requests = case
    source = api_source(stack, requests)
    return permission(stack, short, instead_of, Principal="apigateway.amazonaws.com", SourceArn=source)


@each(
    "SECURITY-7",
    everybody={"Principal": "*"},
    another_account={"Principal": OTHER},
    any_api={"Principal": "apigateway.amazonaws.com"},
    any_bucket={"Principal": "s3.amazonaws.com", "SourceAccount": "123456789012"},
)
def alias_may_be_invoked_by(stack, statement):
    """The policy of an alias is its own: what GetPolicy tells of the function does not show it."""
    undo = alias(stack, "index_upload", "live")
    permitted(stack, "index_upload", "live", **statement)
    return undo


@defect("SECURITY-7")
def alias_may_be_invoked_by_all_routes(stack):
    undo = alias(stack, "delete_file", "live")
    source = api_source(stack, "*/*")
    permitted(stack, "delete_file", "live", Principal="apigateway.amazonaws.com", SourceArn=source)
    return undo


@defect("SECURITY-7")
def version_may_be_invoked_by_everybody(stack):
    version, undo = published_version(stack, "get_file")
    permitted(stack, "get_file", version, Principal="*")
    return undo


@defect("SECURITY-7")
def open_function_url(stack):
    """The statement that opens a function URL to everybody; the embedded cloud has no such URLs."""
    everybody = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"}
    return permission(stack, "get_file", **everybody)
