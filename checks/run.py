"""One run of the command: its target, asked, judged against the baseline, and told."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from checks import baseline as accepting
from checks import config as configuration
from checks import where as clouds
from checks.findings import Finding, Report, Status
from checks.registry import RULES
from checks.report import About, printable, worst_first, write
from checks.rule import Rule
from checks.target import Target

DEFAULT_NAME = "upload-dashboard"
PATIENCE = 20.0  # seconds until a change is seen everywhere on AWS


@dataclass(frozen=True)
class Run:
    """What was asked for on the command line."""

    name: str
    config: Path | None
    cloud: str | None
    rows: Sequence[str]
    live: bool
    baseline: Path | None
    now: datetime

    @cached_property
    def configured(self) -> configuration.Configuration | None:
        return configuration.read(self.config) if self.config else None

    @cached_property
    def acceptances(self) -> list[accepting.Acceptance]:
        return accepting.read(self.baseline, [rule.id for rule in RULES]) if self.baseline else []

    @cached_property
    def target(self) -> Target:
        """The dashboard that is meant, in the cloud that is meant. Files are read before a cloud is asked."""
        configured, _ = self.configured, self.acceptances
        found = clouds.find(self.cloud)
        found.enter()
        if configured is None:
            return Target.named(self.name)
        import boto3

        sts = boto3.client("sts")
        return configured.target(sts.get_caller_identity()["Account"], sts.meta.region_name)

    @property
    def command(self) -> str:
        """The command that asks this again, to be copied."""
        words = ["python", "-m", "checks"]
        if self.name != DEFAULT_NAME and not self.config:
            words += ["--name", self.name]
        for option, value in (
            ("--config", self.config),
            ("--baseline", self.baseline),
            ("--cloud", self.cloud),
        ):
            words += [option, str(value)] if value else []
        return shlex.join(words)

    def policy(self) -> str:
        """The least policy with which this can be asked."""
        from checks.auditor import auditor_policy

        return json.dumps(auditor_policy(self.target, live=self.live), indent=2)

    def audit(self, areas: Sequence[str] | None, *, quiet: bool = False, live: bool = False) -> Report:
        from checks.audit import audit

        target = self.target
        with progress(quiet) as tell:
            return audit(target, areas=list(areas) if areas else None, live=live, progress=tell)

    def report(self, kind: str, output: Path | None, *, quiet: bool) -> int:
        """Ask, tell, and return the exit code."""
        report = self.audit(self.rows, quiet=quiet, live=self.live)
        judged = accepting.apply(report, self.acceptances, self.now.date())
        notices = [*(self.configured.notices if self.configured else ()), *judged.notices]
        report, about = (
            judged.report,
            About(self.now, self.command, judged.accepted, notices, bool(self.rows)),
        )
        if output:
            try:
                output.write_text(write(report, kind, about), encoding="utf-8")
            except OSError as error:
                raise click.UsageError(
                    f"--output {str(output)!r} cannot be written: {error.strerror}."
                ) from None
        if quiet:
            self.tell_briefly(report, kind, to_file=bool(output))
        elif output or kind == "text":
            self.tell(report, about)
            if output:
                click.echo(f"The report is in {output}.", err=True)
        else:
            click.echo(write(report, kind, about), nl=False)
            for notice in notices:
                click.echo(printable(notice), err=True)
        return report.exit_code

    def tell(self, report: Report, about: About) -> None:
        from rich.console import Console

        from checks.report import terminal

        on_screen = sys.stdout.isatty()
        console = Console() if on_screen else Console(width=terminal.WIDTH, color_system=None)
        click.echo(terminal.write(report, about, console), nl=False, color=on_screen)

    def tell_briefly(self, report: Report, kind: str, *, to_file: bool) -> None:
        """Only what failed or is not known, a line each; what a program asked for is still written."""
        if kind != "text" and not to_file:
            click.echo(write(report, kind, About(self.now, self.command)), nl=False)
            return
        for finding in worst_first(report.findings):
            if finding.status in (Status.FAIL, Status.ERROR):
                click.echo(printable(f"{finding.status} {finding.id} {finding.resource}: {finding.observed}"))

    # Mending.

    def fix(self, asked: str, *, yes: bool) -> int:
        """Mend what one rule found, one change at a time, and return the exit code of what is left.

        The rule is asked again after each change, so that the next one starts from what is there then.
        """
        from checks import explain, fix

        rule = explain.find(asked)
        made: list[str] = []
        while True:
            found = self.findings(rule)
            proposed = [one for one in found if one.change and one.change.describe not in made]
            if not proposed:
                break
            finding, change = proposed[0], proposed[0].change
            assert change is not None
            tell(f"{finding.id} {finding.resource}: {finding.observed}", *fix.proposal(change).split("\n"))
            agree(
                "Change this?",
                yes,
                f"{len(made)} of this rule's findings were mended before." if made else "",
            )
            undo = fix.make(change, rule.id, self.place(), client(), Path.cwd(), self.now)
            made.append(change.describe)
            tell(f"Done. To take it back: {self.command} --undo {shlex.quote(undo.name)}", "")
        if made and found and self.cloud == "aws":  # where a change takes moments to be seen everywhere
            fix.until_green(lambda: not self.findings(rule), PATIENCE)
            found = self.findings(rule)
        return self.what_is_left(rule.id, found, made)

    def findings(self, rule: Rule) -> list[Finding]:
        """What a rule says that is not well."""
        asked = [one for one in self.audit([rule.area], live=rule.live).findings if one.id == rule.id]
        if any(one.status is Status.PASS for one in asked):
            return [one for one in asked if one.status not in (Status.PASS, Status.SKIP)]
        return asked

    def what_is_left(self, id_: str, found: Sequence[Finding], made: Sequence[str]) -> int:
        """Say how the rule stands now, and return the exit code."""
        wrong = [one for one in found if one.status is Status.FAIL]
        unknown = [one for one in found if one.status is Status.ERROR]
        if not found:
            tell(f"Asked again: {id_} passes." if made else f"{id_} passes: there is nothing to fix.")
        for finding in found:
            if not made or finding.status in (Status.FAIL, Status.ERROR):
                tell(f"{finding.status} {finding.id} {finding.resource}: {finding.observed}")
                tell(f"  {' '.join(finding.fix.split())}".rstrip())
        if wrong:
            tell(f"This is for a person to mend: {self.command} --explain {id_}")
        return 1 if wrong else 3 if unknown else 0

    def undo(self, path: Path, *, yes: bool) -> None:
        """Take back what a fix did."""
        from checks import fix

        back = fix.read_undo(path, self.place())
        tell(*fix.proposal(back.change).split("\n"))
        agree("Take it back?", yes)
        fix.take_back(back, client())
        click.echo(f"Taken back. {self.command} --explain {back.rule} tells what that means.")

    def place(self) -> Any:
        from checks.fix import Place

        return Place(self.target.name, self.target.account_id, self.target.region)


def tell(*lines: str) -> None:
    """Lines for people; what would steer their terminal is made visible."""
    for line in lines:
        click.echo(printable(line))


def agree(question: str, yes: bool, before: str = "") -> None:
    """Ask before something is changed. Nobody there to answer is a no."""
    if yes:
        return
    try:
        agreed = click.confirm(question)
    except click.Abort:
        done = before or "Nothing was done."
        raise click.UsageError(f"Nobody answered. {done} Where nobody can answer, add --yes.") from None
    if not agreed:
        raise click.ClickException(before or "Nothing was done.")


def client() -> Callable[[str], Any]:
    """boto3's clients, each made once; they may write, which the audit's may not."""
    import boto3

    from checks.asking import without_account_in_front

    made: dict[str, Any] = {}

    def make(service: str) -> Any:
        if service not in made:
            made[service] = boto3.client(service)
            if service == "s3control":
                made[service].meta.events.register("before-sign", without_account_in_front)
        return made[service]

    return make


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[int, int, str], None] | None]:
    """A line that says how far the audit is, on a terminal; nothing anywhere else."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("Asking ...") as status:
        yield lambda done, total, what: status.update(f"Asking, {done} of {total}: {what}")
