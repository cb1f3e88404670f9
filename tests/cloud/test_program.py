"""``python -m cloud`` and ``cloud.start()``: how the embedded cloud begins, says where it is, and ends."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError

import cloud
from dashboard.stack import Stack, build

PATIENCE = 120.0


@pytest.fixture
def program():
    """Start ``python -m cloud`` as a person would; each is ended with the test."""
    started = []

    def start(*options):
        process = subprocess.Popen(
            [sys.executable, "-m", "cloud", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def gone(processes):
    end = time.monotonic() + PATIENCE
    while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def status(url, host=None):
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_the_first_line_says_how_to_reach_it_once_it_is_ready(program):
    process = program("--port", "0", "--json")
    ready = json.loads(process.stdout.readline())
    assert set(ready) == {"endpoint_url", "region", "account_id", "access_key_id", "secret_access_key"}
    sts = boto3.client(
        "sts",
        endpoint_url=ready["endpoint_url"],
        region_name=ready["region"],
        aws_access_key_id=ready["access_key_id"],
        aws_secret_access_key=ready["secret_access_key"],
    )
    assert sts.get_caller_identity()["Account"] == ready["account_id"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_signal_ends_it_with_every_function_that_runs_in_it(program, number):
    process = program("--port", "0", "--json")
    ready = json.loads(process.stdout.readline())
    session = boto3.Session(ready["access_key_id"], ready["secret_access_key"], region_name=ready["region"])
    stack = Stack(
        "ends",
        ready["account_id"],
        ready["region"],
        lambda name: session.client(name, endpoint_url=ready["endpoint_url"]),
    )
    build(stack, "events")
    stack.client("lambda").invoke(FunctionName=stack.functions["index_upload"].name, Payload=b"{}")
    family = psutil.Process(process.pid).children(recursive=True)
    assert family  # the function is warm
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0
    assert gone(family)
    assert "Traceback" not in process.stderr.read()


def test_a_port_in_use_is_a_sentence_with_the_next_step(program):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        process = program("--port", str(port))
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 1
        assert said.startswith(f"Error: Port {port} is taken, so the embedded cloud did not start.")
        with pytest.raises(
            cloud.PortInUseError, match=f"start on another port: python -m cloud --port {port + 1}"
        ):
            cloud.start(port=port)


@pytest.mark.parametrize("port", ["70000", "-1", "http"])
def test_a_port_that_is_none_is_a_usage_error(program, port):
    process = program("--port", port)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode in (1, 2)
    assert port in said
    assert "Traceback" not in said


def test_it_listens_on_this_machine_alone(aws):
    [listening] = {
        connection.laddr.ip
        for connection in psutil.Process(aws.pid).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == "127.0.0.1"


def test_each_start_is_empty_with_credentials_of_its_own():
    with cloud.start() as first, cloud.start() as second:
        assert first.credentials != second.credentials
        clients = [
            boto3.client("s3", endpoint_url=one.endpoint_url, region_name=one.region,
                         aws_access_key_id=one.credentials.access_key_id,
                         aws_secret_access_key=one.credentials.secret_access_key)
            for one in (first, second)
        ]  # fmt: skip
        clients[0].create_bucket(Bucket="only-here")
        assert clients[1].list_buckets()["Buckets"] == []
        stranger = boto3.client("s3", endpoint_url=second.endpoint_url, region_name=first.region,
                                aws_access_key_id=first.credentials.access_key_id,
                                aws_secret_access_key=first.credentials.secret_access_key)  # fmt: skip
        with pytest.raises(ClientError, match="InvalidAccessKeyId"):
            stranger.list_buckets()


def test_stopping_twice_is_no_error_and_leaves_nothing():
    one = cloud.start()
    family = [psutil.Process(one.pid)]
    assert one.running
    one.stop()
    one.stop()
    assert not one.running
    assert gone(family)


def test_it_ends_with_the_program_that_started_it_even_if_that_is_killed():
    code = "import cloud, time; c = cloud.start(); print(c.pid, flush=True); time.sleep(600)"
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone([child])


def test_nothing_of_the_callers_aws_settings_leaks_in(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with cloud.start() as running:
        assert status(f"{running.endpoint_url}/_cloud/health") == 200


def test_health_answers_and_a_website_has_an_origin_of_its_own(aws):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="program-website")
    s3.put_bucket_website(
        Bucket="program-website", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )
    assert status(f"{aws.endpoint_url}/_cloud/health") == 200
    with urllib.request.urlopen(f"{aws.endpoint_url}/_cloud/websites/program-website") as answer:
        url = json.load(answer)["url"]
    assert url == aws.website_url("program-website")
    assert url.startswith("http://127.0.0.1:")
    assert url.rstrip("/") != aws.endpoint_url
    s3.delete_bucket(Bucket="program-website")


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "169.254.169.254", "s3.amazonaws.com"]
)
def test_any_other_host_name_is_refused(aws, host):
    assert status(f"{aws.endpoint_url}/", host) == 421


def test_environ_is_what_a_child_process_needs(aws):
    code = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    said = subprocess.run(
        [sys.executable, "-c", code], env=clean | aws.environ(), capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == aws.account_id


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="the C library is not glibc")
def test_its_threads_share_two_heaps():
    """https://sourceware.org/glibc/manual/latest/html_node/Malloc-Tunable-Parameters.html"""
    code = """if True:
        import ctypes, threading
        from cloud.__main__ import share_heaps
        share_heaps()
        together = threading.Barrier(20)
        def work():
            together.wait()
            held = [bytes(1000) for _ in range(1000)]
            together.wait()
        threads = [threading.Thread(target=work) for _ in range(20)]
        [one.start() for one in threads]
        [one.join() for one in threads]
        ctypes.CDLL(None).malloc_stats()
    """
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 1 <= ended.stderr.count("Arena ") <= 2
