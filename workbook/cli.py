"""The command ``workbook``: lab, up, down, status, env."""

from __future__ import annotations

import functools
import json
import shlex
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec

import click

from checks import where as clouds

if TYPE_CHECKING:
    from dashboard.stack import Stack

Asked = ParamSpec("Asked")
DEFAULT_NAME = "upload-dashboard"
DEFAULT_PORT = 8888

name_option = click.option("--name", default=DEFAULT_NAME, show_default=True, help="The stack's name.")
cloud_option = click.option(
    "--cloud", type=click.Choice(["aws"]), help="A real AWS account, which is used only when named."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask before working in a real account.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Learn a serverless system by building it: an upload dashboard, on an embedded cloud or on AWS."""


def in_a_sentence(command: Callable[Asked, None]) -> Callable[Asked, None]:
    """Tell what went wrong in one sentence; a person never sees a traceback."""

    @functools.wraps(command)
    def told(*args: Asked.args, **options: Asked.kwargs) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        from dashboard.stack import LayerError, StackNameError
        from workbook.session import DeclinedError

        try:
            command(*args, **options)
        except (LayerError, StackNameError) as error:
            raise click.UsageError(str(error)) from None
        except (clouds.NoCloudError, DeclinedError) as error:
            raise click.ClickException(str(error)) from None
        except ClientError as error:
            raise click.ClickException(f"The cloud refused: {error}") from None
        except BotoCoreError as error:
            raise click.ClickException(
                f"The cloud cannot be reached: {error}. Is it still running?"
            ) from None

    return told


@main.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="JupyterLab's port; otherwise 8888, or the next free."
)
@click.option(
    "--browser/--no-browser", default=None, help="Open a browser; by default where there is a screen."
)
def lab(port: int | None, browser: bool | None) -> None:
    """Start the embedded cloud, and JupyterLab beside it."""
    from workbook.lab import LabError, run

    try:
        sys.exit(run(port, browser=browser))
    except LabError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@name_option
@click.option(
    "--through", default="monitoring", show_default=True, metavar="LAYER", help="The last layer to build."
)
@click.option("--json", "as_json", is_flag=True, help="Print the manifest as JSON, and nothing else.")
@cloud_option
@yes_option
@in_a_sentence
def up(name: str, through: str, as_json: bool, cloud: str | None, yes: bool) -> None:
    """Build the layers as the solutions would. Safe to run twice."""
    from dashboard.stack import build, layers_through, manifest

    layers_through(through)
    stack = enter(name, cloud, yes)
    build(stack, through, None if as_json else lambda line: click.echo(f"  {line}"))
    built = manifest(stack)
    click.echo(json.dumps(built) if as_json else _summary(built))


@main.command()
@name_option
@cloud_option
@yes_option
@in_a_sentence
def down(name: str, cloud: str | None, yes: bool) -> None:
    """Remove all that `up` made, and prove that nothing is left."""
    from dashboard.stack import destroy, leftovers

    stack = enter(name, cloud, yes)
    before = leftovers(stack)
    if not before:
        click.echo(f"Nothing named {name!r} was there.")
        return
    destroy(stack)
    if after := leftovers(stack):
        raise click.ClickException(f"Still there: {', '.join(after)}. Run `workbook down` again.")
    click.echo(f"Removed {len(before)} resources of {name!r}. Looked again: nothing is left.")


@main.command()
@name_option
@cloud_option
@in_a_sentence
def status(name: str, cloud: str | None) -> None:
    """Say what is running and what is built."""
    from dashboard.stack import manifest

    stack = enter(name, cloud, True)
    running = clouds.read_lab()
    if running and running["AWS_ENDPOINT_URL"] == stack.client("sts").meta.endpoint_url:
        click.echo(f"JupyterLab  {running['jupyter_url']}")
    click.echo(
        f"Cloud       {stack.client('sts').meta.endpoint_url}, account {stack.account_id}, {stack.region}"
    )
    click.echo(_summary(manifest(stack)))


@main.command()
@in_a_sentence
def env() -> None:
    """Print `export` lines, with which another terminal speaks to the same cloud."""
    for variable, value in clouds.find().environ.items():
        click.echo(f"export {variable}={shlex.quote(value)}")


def enter(name: str, cloud: str | None, yes: bool) -> Stack:
    """The stack of that name in the cloud that is meant. Asks before a real account is used."""
    from dashboard.stack import Stack, StackNameError
    from dashboard.stack.names import NAME
    from workbook.session import confirm_account

    if not NAME.fullmatch(name):
        raise StackNameError(name)
    found = clouds.find(cloud)
    found.enter()
    if found.kind == "aws" and not yes:
        confirm_account(ask=lambda question: str(click.prompt(question.rstrip(": "), default="no")))
    return Stack.named(name)


def _summary(built: dict[str, Any]) -> str:
    """The manifest, for a person: what is there, and where to click."""
    functions = [one["name"] for one in built["functions"].values() if one]
    lines = [
        ("Page", built["site_url"]),
        ("API", built["api_url"]),
        ("Routes", ", ".join(built["routes"])),
        ("Uploads", built["upload_bucket"]),
        ("Table", built["table"]),
        ("Functions", ", ".join(functions)),
    ]
    width = max(len(label) for label, _ in lines) + 2
    return "\n".join(f"{label:<{width}}{value or 'not built yet'}" for label, value in lines)


if __name__ == "__main__":
    main()
