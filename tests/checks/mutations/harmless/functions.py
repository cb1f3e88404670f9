"""Variants of the functions that harm nobody: settings, variables, logs."""

from __future__ import annotations

from tests.checks.defects import allow, concurrency, extra_policy, harmless, started_at, variables
from tests.checks.mutations.visibility import logs_into


@harmless
def reserved_concurrency(stack):
    return concurrency(stack, "index_upload", 5)


@harmless
def logs_kept_longer(stack):
    logs, name = stack.client("logs"), stack.functions["get_file"].log_group
    logs.put_retention_policy(logGroupName=name, retentionInDays=365)
    return lambda: logs.put_retention_policy(logGroupName=name, retentionInDays=14)


@harmless
def more_memory_and_time(stack):
    lambda_, name = stack.client("lambda"), stack.functions["list_files"].name
    lambda_.update_function_configuration(FunctionName=name, MemorySize=512, Timeout=20)
    return lambda: lambda_.update_function_configuration(FunctionName=name, MemorySize=256, Timeout=10)


@harmless
def own_code_with_its_own_handler(stack):
    from dashboard.stack.package import package

    lambda_, name = stack.client("lambda"), stack.functions["list_files"].name

    def put(code):
        lambda_.update_function_code(FunctionName=name, ZipFile=code)
        lambda_.get_waiter("function_updated_v2").wait(FunctionName=name)

    put(package("get_file"))  # what lies in a package that is not its own, nobody can tell from outside
    back = started_at(stack, "list_files", "app.handler")
    return lambda: (back(), put(package("list_files")))


@harmless
def one_more_variable(stack):
    return variables(stack, "create_upload", LOG_LEVEL="debug", MAX_BYTES="1000000", URL_EXPIRES="120")


@harmless
def variable_that_names_a_secret(stack):
    arn = f"arn:aws:secretsmanager:{stack.region}:{stack.account_id}:secret:payments"
    return variables(stack, "get_file", PAYMENTS_SECRET_ARN=arn, TOKEN_TABLE_NAME="tokens")


@harmless
def settings_with_telling_names(stack):
    return variables(
        stack,
        "list_files",
        TOKEN_SECONDS="3600",
        USE_TOKENS="true",
        PASSWORD_MIN_LENGTH="12",
        API_KEY_HEADER="x-api-key",
        SORT_KEY="object_key",
        SECRET_ID="production/payments",
    )


@harmless
def logs_into_a_group_of_its_own(stack):
    arn = f"arn:aws:logs:{stack.region}:{stack.account_id}:log-group:/elsewhere/list:*"
    permitted = extra_policy(stack, "list_files", allow(["logs:CreateLogStream", "logs:PutLogEvents"], arn))
    undo = logs_into(stack, "/elsewhere/list", 7)
    return lambda: (undo(), permitted())
