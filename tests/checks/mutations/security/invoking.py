"""Single defects of who may invoke a function."""

from __future__ import annotations

from tests.checks.defects import OTHER, api_of, defect, each, permission


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


@defect("SECURITY-7")
def open_function_url(stack):
    """The statement that opens a function URL to everybody; the embedded cloud has no such URLs."""
    everybody = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"}
    return permission(stack, "get_file", **everybody)
