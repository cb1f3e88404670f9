"""The audit: every rule asked, side by side, and what came of it as a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from checks import registry
from checks.asking import Asker, CouldNotAskError, NotThereError
from checks.findings import Finding, Report, RowResult, Status
from checks.look import Look
from checks.rule import Check, Row, Rule, Verdict
from checks.target import PARTS, Target

Progress = Callable[[int, int, str], object]  # done, of how many, what
SIDE_BY_SIDE = 8  # questions at a time
LIVE_ONLY = "Only seen while the dashboard is at work: ask with --live."


def audit(
    target: Target,
    *,
    areas: Sequence[str] | None = None,
    live: bool = False,
    progress: Progress | None = None,
    make_client: Callable[..., Any] | None = None,
) -> Report:
    """Ask every rule of the rows of ``areas``, or of all six, and report. Nothing is changed by it.

    ``live`` also sends requests as people and strangers would; what they write under the prefix is removed
    again. ``make_client`` makes boto3's clients. Raises UnknownRowError.
    """
    import boto3

    started = time.monotonic()
    asker = Asker(make_client or boto3.client)
    look = Look(target, asker)
    try:
        rows = answers(look, asker, registry.rows(areas), live, progress)
        cloud = look.cloud
    finally:
        asker.finish()
    seconds = time.monotonic() - started
    return Report(target.name, cloud, target.account_id, target.region, rows, asker.calls, seconds)


class Steps:
    """Tells how far the audit is."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def __call__(self, what: str) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done, self._total, what)


def answers(
    look: Look, asker: Asker, rows: Sequence[Row], live: bool, progress: Progress | None
) -> list[RowResult]:
    """The rows, judged: what can be read side by side, then the probes one after another."""
    asked = [(rule, part) for row in rows for rule in row.rules for part in parts(rule, look.target)]
    probed = [number for number, (rule, _) in enumerate(asked) if live and rule.probe]
    step = Steps(progress, len(asked) + len(probed))
    found: list[list[Finding]] = []
    with ThreadPoolExecutor(SIDE_BY_SIDE, "audit") as pool:
        for (rule, _), future in [(one, pool.submit(static, *one, look)) for one in asked]:
            found.append(future.result())
            step(rule.title)
    if probed:
        from checks.live import probing

        with probing(look, asker) as live_look:
            for number in probed:
                rule, part = asked[number]
                assert rule.probe
                kept = [one for one in found[number] if one.status is not Status.SKIP]
                found[number] = kept + list(ask(rule, rule.probe, part, live_look))
                step(rule.title)
        last, part = asked[probed[-1]]
        found[probed[-1]] += [finding(last, not_tidied(error), part, look.target) for error in live_look.left]
    return [
        RowResult(
            row.title,
            row.good_state,
            [
                one
                for (rule, _), findings in zip(asked, found, strict=True)
                if rule.area == row.area
                for one in findings
            ],
        )
        for row in rows
    ]


def not_tidied(error: CouldNotAskError) -> Verdict:
    verdict = could_not_ask(error)
    return replace(verdict, observed=f"something of the audit's own is left behind: {verdict.observed}")


def static(rule: Rule, part: str, look: Look) -> list[Finding]:
    """What can be said of one part without touching anything."""
    if rule.check is None:
        return list(ask(rule, only_live, part, look))
    return list(ask(rule, rule.check, part, look))


def only_live(*_: Any) -> Iterator[Verdict]:
    yield Verdict(Status.SKIP, LIVE_ONLY, "not asked")


def parts(rule: Rule, target: Target) -> list[str]:
    """Which parts of the target a rule is asked of: one, or each function that has a name."""
    return list(target.functions) or ["functions"] if rule.about == "functions" else [rule.about]


def ask(rule: Rule, check: Check, part: str, look: Look) -> Iterator[Finding]:
    """Ask one rule of one part. Whatever AWS answers, it ends in findings."""
    target = look.target
    for needed in (part, *rule.needs):
        if target.unnamed(needed):
            what = PARTS.get(needed, f"function {needed!r}")
            yield finding(
                rule,
                Verdict(Status.SKIP, f"No {what} is named, so this was not asked.", "not asked"),
                part,
                target,
            )
            return
    verdicts = check(look, part) if rule.about == "functions" else check(look)
    try:
        for verdict in verdicts:
            yield finding(rule, settled(verdict, rule, look), part, target)
    except NotThereError as gone:
        try:
            verdict = settled(Verdict(None, gone.what, gone.evidence, layer=gone.layer), rule, look)
        except CouldNotAskError as error:
            verdict = could_not_ask(error)
        yield finding(rule, verdict, part, target)
    except CouldNotAskError as error:
        yield finding(rule, could_not_ask(error), part, target)


def settled(verdict: Verdict, rule: Rule, look: Look) -> Verdict:
    """What a missing thing means: removed, when something stands that is built later; else not built yet."""
    if verdict.status is not None:
        return verdict
    layer = verdict.layer or rule.layer
    status = Status.FAIL if look.built_beyond(layer) else Status.NOT_YET
    fix = verdict.fix if status is Status.FAIL else f"Build the {layer} layer."
    return Verdict(
        status,
        verdict.observed,
        verdict.evidence,
        verdict.resource,
        fix or f"Build the {layer} layer again: workbook up --name {look.target.name}",
        verdict.change if status is Status.FAIL else None,
    )


def could_not_ask(error: CouldNotAskError) -> Verdict:
    observed = f"{error.call} answered {error.code}: {error.message}"
    hint = f"Allow {error.permission} to whoever asks, or try again."
    return Verdict(Status.ERROR, observed, f"{error.call} needs {error.permission}", fix=hint)


def finding(rule: Rule, verdict: Verdict, part: str, target: Target) -> Finding:
    assert verdict.status is not None
    return Finding(
        rule.id,
        rule.title,
        rule.severity,
        verdict.status,
        verdict.resource or target.label(part),
        verdict.observed,
        rule.expected,
        verdict.evidence,
        verdict.fix,
        verdict.change,
    )
