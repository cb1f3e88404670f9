"""The threads that serve requests."""

import threading
import time

import pytest

from cloud.workers import Workers


class Task:
    """Runs until it is let go, and remembers in which thread."""

    def __init__(self, *, fails=False):
        self.begun, self.let_go, self.fails = threading.Event(), threading.Event(), fails
        self.thread, self.cancelled = None, False

    def service(self):
        self.thread = threading.current_thread()
        self.begun.set()
        self.let_go.wait(30)
        if self.fails:
            raise ValueError("what a request trips over")

    def cancel(self):
        self.cancelled = True


@pytest.fixture
def workers():
    made = Workers(3)
    yield made
    made.shutdown()


def begin(workers, **how):
    task = Task(**how)
    workers.add_task(task)
    assert task.begun.wait(30)
    return task


def end(workers, task):
    busy = workers.busy
    task.let_go.set()
    until = time.monotonic() + 30
    while workers.busy == busy and time.monotonic() < until:
        time.sleep(0.001)


def test_the_thread_that_was_free_last_works_first(workers):
    first, second = begin(workers), begin(workers)
    end(workers, second)
    end(workers, first)
    third = begin(workers)
    assert third.thread is first.thread
    fourth = begin(workers)
    assert fourth.thread is second.thread
    end(workers, third)
    end(workers, fourth)


def test_no_more_threads_than_are_busy_at_once(workers):
    tasks = []
    for _ in range(5):
        tasks.append(begin(workers))
        end(workers, tasks[-1])
    assert len({task.thread for task in tasks}) == 1


def test_what_finds_no_thread_waits_for_the_next_that_is_free(workers):
    busy = [begin(workers) for _ in range(3)]
    waiting = Task()
    workers.add_task(waiting)
    assert not waiting.begun.is_set()
    busy[1].let_go.set()
    assert waiting.begun.wait(30)
    assert waiting.thread is busy[1].thread
    for task in (*busy, waiting):
        task.let_go.set()


def test_a_request_that_breaks_takes_no_thread_with_it(workers, capsys):
    broken = begin(workers, fails=True)
    end(workers, broken)
    after = begin(workers)
    assert after.thread is broken.thread
    assert "what a request trips over" in capsys.readouterr().err
    end(workers, after)


def test_at_the_end_who_waits_is_let_go_and_threads_end(workers):
    busy, waiting = [begin(workers) for _ in range(3)], Task()
    workers.add_task(waiting)
    workers.shutdown(timeout=0.0)
    assert waiting.cancelled
    for task in busy:
        task.let_go.set()
    workers.shutdown(timeout=30.0)
    for task in busy:
        task.thread.join(30)
        assert not task.thread.is_alive()
