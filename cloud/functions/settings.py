"""A function's settings, as one value: what an invocation needs to know, frozen at the moment it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LIBRARY_PATH = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/opt/lib"


@dataclass(frozen=True)
class FunctionSettings:
    """One published version of a function, or ``$LATEST``. Sizes are in MB, times in seconds."""

    name: str
    arn: str
    version: str
    runtime: str
    handler: str
    role: str
    timeout: int
    memory: int
    code_sha256: str
    revision: str  # changes with every update, and so replaces warm environments
    environment: Mapping[str, str] = field(default_factory=dict)
    log_group: str = ""
    log_format: str = "Text"
    application_log_level: str = ""  # of JSON only
    system_log_level: str = "INFO"
    ephemeral_storage: int = 512

    @property
    def function_arn(self) -> str:
        """The ARN of the function, without a version."""
        return ":".join(self.arn.split(":")[:7])

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    def documented_environment(self, stream: str, runtime_api: str) -> dict[str, str]:
        """The variables that Lambda documents, those of its runtime beside the function's own.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
        """
        level = {"AWS_LAMBDA_LOG_LEVEL": self.application_log_level} if self.application_log_level else {}
        return {
            **self.environment,
            **level,
            "_HANDLER": self.handler,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.runtime}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory),
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.version,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": self.log_format,
            "AWS_LAMBDA_LOG_GROUP_NAME": self.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": stream,
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "AWS_REGION": self.region,
            "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
            "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "LAMBDA_TASK_ROOT": "/var/task",
            "LANG": "en_US.UTF-8",
            "LD_LIBRARY_PATH": LIBRARY_PATH,
            "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin",
            "PYTHONPATH": "/var/runtime",
            "TZ": ":UTC",
        }
