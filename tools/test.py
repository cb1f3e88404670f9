"""Every test, in stages: the rooms, and beside them the browser, then the notebooks, solved and unsolved.

    python tools/test.py               all of it, in two lanes
    python tools/test.py rooms         one stage: rooms, browser, solved, elsewhere or unsolved
    python tools/test.py rooms -- -k s3 -x     what follows -- goes to pytest

Each stage is one run of pytest that anybody can type; the command is printed before it runs.
"""

import os
import shlex
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BY_MODULE = ["-n", "2", "--dist", "loadscope"]  # a module's tests share what they built
LONGEST = "tests/workbook/test_exercises.py"  # goes first, so that nobody waits for it at the end
APART = ["-p", "workbook.apart"]  # each notebook has a cloud and a work folder of its own
NBVAL = [
    *APART,
    "-p",
    "no:cacheprovider",
    "--nbval-cell-timeout",
    "60",
    "--nbval-sanitize-with",
    "tests/nbval.cfg",
]
STAGES = {
    "rooms": [LONGEST, "tests", "--ignore=tests/e2e", *BY_MODULE, "--no-loadscope-reorder"],
    "browser": ["tests/e2e"],
    "solved": ["--nbval", "solutions", *NBVAL, *BY_MODULE],
    "elsewhere": ["--nbval", "solutions", *NBVAL, *BY_MODULE],  # once more, on the other side of the earth
    "unsolved": ["--nbval-lax", "notebooks", *NBVAL, *BY_MODULE],
}
# Side by side: while one lane waits, for a browser or a time-out, the other one has the two cores.
LANES = (["rooms"], ["browser", "solved", "elsewhere", "unsolved"])
ZONES = {"elsewhere": "Pacific/Auckland"}
INTERRUPTED, NO_TESTS = 2, 5  # pytest's exit codes

Results = dict[str, tuple[int, float]]  # of each stage its exit code and its seconds


def run(stage: str, more: list[str], shown: bool) -> int:
    """Run one stage, in a work folder of its own. Returns pytest's exit code.

    What it says is shown as it comes, or in one piece at its end.
    """
    command = ["-m", "pytest", "-q", *STAGES[stage], *more]
    zone = {"TZ": ZONES[stage]} if stage in ZONES else {}
    title = f"\n== {stage}: {shlex.join(['python', *command])} {zone or ''}".rstrip()
    with tempfile.TemporaryDirectory(prefix="workbook-test-", ignore_cleanup_errors=True) as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment |= {"WORKBOOK_WORK": str(Path(folder) / "work"), "PYTHONPATH": str(ROOT)} | zone
        environment["PYTEST_DEBUG_TEMPROOT"] = folder  # pytest closes the common one to others at each start
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process compiles all anew
        if shown:
            print(title, flush=True)
        with tempfile.TemporaryFile(mode="w+") as said:
            end = {} if shown else {"stdout": said, "stderr": subprocess.STDOUT}
            ended = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=False, **end)
            said.seek(0)
            if not shown:
                print(f"{title}\n{said.read()}", flush=True)
    return ended.returncode


def follow(lane: list[str], more: list[str], shown: bool) -> Results:
    """Run the stages of a lane one after the other, and return what came of them."""
    results: Results = {}
    for stage in lane:
        began = time.monotonic()
        code = run(stage, more, shown)
        results[stage] = (code, time.monotonic() - began)
        if code == INTERRUPTED:
            break
    return results


def main(asked: list[str]) -> int:
    more = asked[asked.index("--") + 1 :] if "--" in asked else []
    stages = asked[: asked.index("--")] if "--" in asked else asked
    if unknown := [stage for stage in stages if stage not in STAGES]:
        print(f"There is no stage {unknown[0]!r}. The stages are: {', '.join(STAGES)}.", file=sys.stderr)
        return 2
    lanes = [wanted for lane in LANES if (wanted := [one for one in lane if one in (stages or STAGES)])]
    with ThreadPoolExecutor(len(lanes)) as pool:
        running = [pool.submit(follow, lane, more, lane is lanes[0]) for lane in lanes]
        results = {stage: result for lane in running for stage, result in lane.result().items()}
    print()
    for stage, (code, seconds) in results.items():
        said = {0: "passed", INTERRUPTED: "interrupted", NO_TESTS: "found no test"}.get(code, "FAILED")
        print(f"{stage:<10} {said:<14} {seconds:6.1f} s")
    return 0 if all(code == 0 for code, _ in results.values()) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("\nStopped. Nothing is left running; the next run begins anew.")
