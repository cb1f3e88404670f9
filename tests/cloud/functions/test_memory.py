"""How much memory a function has counts all that it started, and looking costs next to nothing."""

import os
import subprocess
import sys

import psutil
import pytest

from cloud.functions.memory import MemoryWatch

# Takes 50 MB when told to, or starts a child that does.
CODE = """
import subprocess, sys
kept = None
for line in sys.stdin:
    if line == "grow\\n":
        kept = b"x" * 50_000_000
    elif line == "start\\n":
        command = [sys.executable, "-c", sys.argv[1], sys.argv[1]]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        print("grow", file=child.stdin, flush=True)
        child.stdout.readline()
    elif line == "end\\n":
        child.kill(), child.wait()
    print("done", flush=True)
"""


@pytest.fixture
def told():
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def tell(word):
        print(word, file=process.stdin, flush=True)
        assert process.stdout.readline() == "done\n"

    tell.pid = process.pid
    yield tell
    for child in psutil.Process(process.pid).children(recursive=True):
        child.kill()
    process.kill()
    process.communicate()


def test_it_grows_with_the_process_and_with_what_that_starts(told):
    watch = MemoryWatch(told.pid, nested=False)
    looks = []
    for word in ("look", "grow", "start", "end"):
        told(word)
        looks.append(watch.resident())
    small, grown, both, ended = looks
    assert 45 < grown - small < 60
    assert 45 < both - grown < 100
    assert ended == pytest.approx(grown, abs=2)
    watch.close()


def test_of_a_sandbox_only_what_runs_in_it_counts(told):
    told("grow")
    watch = MemoryWatch(told.pid, nested=True)
    assert watch.resident() == 0
    told("start")
    assert 45 < watch.resident() < 100
    watch.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's files are Linux's")
def test_the_files_it_looks_at_do_not_pile_up(told):
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    watch = MemoryWatch(told.pid, nested=False)
    for _ in range(5):
        told("start")
        watch.resident()
        told("end")
        watch.resident()
        assert len(os.listdir("/proc/self/fd")) == before + 2  # noqa: PTH208 of the one that is left
    watch.close()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_process_that_has_ended_has_none_to_tell_of(told):
    watch = MemoryWatch(told.pid, nested=False)
    watch.resident()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    gone = MemoryWatch(ended.pid, nested=False)
    ended.wait()
    with pytest.raises((OSError, psutil.Error)):
        gone.resident()
    watch.close()
    gone.close()
