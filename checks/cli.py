"""The command ``python -m checks``: asks the checklist, explains, fixes, and writes what programs read."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec

import click

from checks import where as clouds
from checks.registry import AREAS
from checks.report import BY_SUFFIX, FORMATS
from checks.run import Run

Options = ParamSpec("Options")
DEFAULT_NAME = "upload-dashboard"
USAGE, UNKNOWN = 2, 3  # exit codes, beside 0 nothing failed and 1 something failed

EPILOG = """\b
Exit codes: 0 nothing failed, 1 something failed, 2 usage,
            3 nothing failed but something could not be evaluated.

\b
  python -m checks                            the stack that `workbook up` built
  python -m checks --row cors                 one row, every finding of it
  python -m checks --explain SECURITY-1       what is looked at, and why
  python -m checks --fix SECURITY-1           shows the difference, asks, writes an undo file
  python -m checks --output report.html       text here, and a page to keep
  python -m checks --config audit.toml        a dashboard that something else built
  python -m checks --config example           prints such a file; --baseline example, too
"""


class UnknownError(click.ClickException):
    """Nothing can be said, because the cloud did not answer."""

    exit_code = UNKNOWN


class UsageSentence(click.ClickException):
    """The command cannot do what it was asked; the sentence says all, without a page of usage around it."""

    exit_code = USAGE


def in_a_sentence(command: Callable[Options, None]) -> Callable[Options, None]:
    """Tell what went wrong in one sentence; a person never sees a traceback."""

    @functools.wraps(command)
    def told(*args: Options.args, **options: Options.kwargs) -> None:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        from checks.explain import UnknownRuleError
        from checks.fix import FixError
        from checks.toml_lines import TomlError
        from dashboard.stack.names import StackNameError

        try:
            command(*args, **options)
        except (StackNameError, TomlError, UnknownRuleError, clouds.NoCloudError) as error:
            raise UsageSentence(str(error)) from None
        except FixError as error:
            raise click.ClickException(str(error)) from None
        except ClientError as error:
            raise UnknownError(f"The cloud refused: {error}") from None
        except ResponseParserError:
            raise UnknownError(
                f"What answers at {os.environ.get('AWS_ENDPOINT_URL', 'the endpoint')} does not speak AWS. "
                "Is AWS_ENDPOINT_URL right?"
            ) from None
        except BotoCoreError as error:
            raise UnknownError(f"The cloud cannot be reached: {error}. Is it still running?") from None

    return told


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EPILOG
)
@click.option("--name", metavar="N", help=f"The stack's name.  [default: {DEFAULT_NAME}]")
@click.option(
    "--row",
    "rows",
    multiple=True,
    metavar="ROW",
    type=click.Choice(list(AREAS), case_sensitive=False),
    help=f"Only this row: {', '.join(AREAS)}. May be given more than once.",
)
@click.option(
    "--live", is_flag=True, help="Also send requests. What they write under the prefix is removed again."
)
@click.option(
    "--format",
    "kind",
    metavar="FORMAT",
    type=click.Choice(list(FORMATS)),
    help=f"{', '.join(FORMATS)}. By default text, or what --output's suffix says.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the report there, and text here."
)
@click.option("--quiet", is_flag=True, help="Say only what failed or could not be evaluated.")
@click.option("--explain", metavar="ID", help="Say what a check looks at, why, and what good looks like.")
@click.option(
    "--fix", metavar="ID", help="Mend what a check found: shows the difference, asks, can be undone."
)
@click.option("--undo", type=click.Path(dir_okay=False, path_type=Path), help="Take back what --fix did.")
@click.option("--yes", is_flag=True, help="With --fix and --undo: do not ask.")
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Findings that are accepted, with a reason and an end.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Name the parts of a dashboard that was built elsewhere.",
)
@click.option("--policy", is_flag=True, help="Print the least policy that an auditor needs.")
@click.option("--docs", is_flag=True, help="Print docs/checks.md, made from the checks.")
@click.option(
    "--cloud", type=click.Choice(["aws"]), help="A real AWS account, which is used only when named."
)
@in_a_sentence
def main(
    name: str | None,
    rows: tuple[str, ...],
    live: bool,
    kind: str | None,
    output: Path | None,
    quiet: bool,
    explain: str | None,
    fix: str | None,
    undo: Path | None,
    yes: bool,
    baseline: Path | None,
    config: Path | None,
    policy: bool,
    docs: bool,
    cloud: str | None,
) -> None:
    """Ask the hardening checklist of one upload dashboard: six rows, an honest verdict.

    It only reads, unless --live or --fix is given.
    """
    only_one(explain=explain, fix=fix, undo=undo, policy=policy, docs=docs)
    if name and config:
        raise click.UsageError(
            "--name is a stack that the workbook built, --config names one part by part: give one."
        )
    if yes and not (fix or undo):
        raise click.UsageError("--yes answers the question of --fix and --undo: give one of them.")
    if say_only(explain, docs, config, baseline):
        return
    kind = kind or (BY_SUFFIX.get(output.suffix.lower()) if output else "text")
    if kind is None and output is not None:
        raise click.UsageError(
            f"--output {output}: the suffix {output.suffix!r} says no format. Add --format, or end it in "
            f"{', '.join(BY_SUFFIX)}."
        )
    run = Run(name or DEFAULT_NAME, config, cloud, rows, live, baseline, datetime.now(UTC))
    if policy:
        click.echo(run.policy())
    elif undo:
        run.undo(undo, yes=yes)
    elif fix:
        sys.exit(run.fix(fix, yes=yes))
    else:
        sys.exit(run.report(kind or "text", output, quiet=quiet))


def only_one(**given: object) -> None:
    names = [f"--{name}" for name, value in given.items() if value]
    if len(names) > 1:
        raise click.UsageError(f"{' and '.join(names)} are different things to do: give one of them.")


def say_only(explain: str | None, docs: bool, config: Path | None, baseline: Path | None) -> bool:
    """Say what needs no cloud, and whether that was all."""
    if explain:
        from checks import explain as explaining

        click.echo(explaining.explain(explaining.find(explain)), nl=False)
    elif docs:
        from checks.docs import page

        click.echo(page(), nl=False)
    elif config and str(config) == "example":
        from checks.config import EXAMPLE

        click.echo(EXAMPLE, nl=False)
    elif baseline and str(baseline) == "example":
        from checks.baseline import EXAMPLE as ACCEPTED

        click.echo(ACCEPTED, nl=False)
    else:
        return False
    return True
