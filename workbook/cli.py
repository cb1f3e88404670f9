"""The command ``workbook``: lab, up, down, status, env, grade."""

from __future__ import annotations

import functools
import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
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


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    default="grades",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder for grades.csv, grades.json, summary.html and the executed notebooks.",
)
@click.option("--seconds", default=600, show_default=True, type=click.IntRange(1), help="For one notebook.")
@click.option("--cell-seconds", default=60, show_default=True, type=click.IntRange(1), help="For one cell.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 64), help="Notebooks at a time.")
@click.option(
    "--unconfined", is_flag=True, help="Let notebooks see files and network: for work that you trust."
)
def grade(
    paths: tuple[Path, ...], out: Path, seconds: int, cell_seconds: int, jobs: int, unconfined: bool
) -> None:
    """Run a class's notebooks, each confined to itself, and say who passed what.

    PATHS are notebooks, or folders: class/alice/01_storage.ipynb, or class/alice_01_storage.ipynb.
    """
    from workbook.grading.results import write_csv, write_json
    from workbook.grading.run import ConfinementError, Limits, grade
    from workbook.grading.submissions import find
    from workbook.grading.summary import write_summary

    submissions = find(paths)
    if not submissions:
        raise click.UsageError(f"There is no notebook in {', '.join(map(repr, map(str, paths)))}.")
    out.mkdir(parents=True, exist_ok=True)
    limits = Limits(seconds, cell_seconds, not unconfined)
    try:
        results = grade(submissions, limits, jobs, lambda one: click.echo(one.sentence), out / "notebooks")
    except ConfinementError as error:
        raise click.ClickException(str(error)) from None
    write_csv(results, out / "grades.csv")
    write_json(results, out / "grades.json")
    write_summary(results, out / "summary.html", limits.confined)
    click.echo(
        f"Written: grades.csv, grades.json, summary.html in {out}, and each notebook as it ran in notebooks/."
    )


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
