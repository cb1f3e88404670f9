"""What a web page, a stranger or a function may try against the cloud and its host. It gets nowhere."""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
import zipfile
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

import cloud
from cloud.functions.runtime import landlock
from tests.cloud.s3.conftest import ask

SECRET = "a-secret-of-the-host"
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


# ---- web pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1.nip.io:{port}",
        "localhost.evil.example:{port}",
        "127.0.0.1:{port}@evil.example",
        "0.0.0.0:{port}",
        "2130706433:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "[::1]:1",
        "",
    ],
)
@pytest.mark.parametrize("path", ["/", "/_cloud/health", "/bucket/key"])
def test_a_name_that_was_rebound_to_this_machine_is_not_served(aws, host, path):
    port = aws.endpoint_url.rpartition(":")[2]
    answer = ask(aws.endpoint_url + path, Host=host.format(port=port))
    assert answer.status == 421
    assert b"not served here" in answer.body


def test_doors_of_websites_and_apis_know_no_other_name_either(aws):
    url = aws.website_url(f"site-{uuid.uuid4().hex[:8]}")
    port = url.rpartition(":")[2]
    for host in (f"evil.example:{port}", f"b.s3-website-us-east-1.localhost:{port}", "127.0.0.1"):
        assert ask(url, Host=host).status == 421


PAGE = {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("DynamoDB_20120810.DeleteTable", b'{"TableName": "metadata"}'),
        ("", b"Action=CreateUser&UserName=eve&Version=2010-05-08"),
        ("", b"Action=GetCallerIdentity&Version=2011-06-15"),
    ],
)
def test_a_page_can_ask_aws_for_nothing(aws, content_type, target, body):
    headers = PAGE | {"Content_Type": content_type} | ({"X_Amz_Target": target} if target else {})
    answer = ask(f"{aws.endpoint_url}/", "POST", body, **headers)
    assert answer.status in (400, 403, 405, 412)
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/", "/some-bucket", "/some-bucket/key", "/2015-03-31/functions/", "/v2/apis"]
)
def test_a_page_is_a_stranger_everywhere(aws, method, path):
    answer = ask(aws.endpoint_url + path, method, b"x" if method in ("PUT", "POST") else None, **PAGE)
    assert answer.status in (403, 404, 405, 412)
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "application/x-www-form-urlencoded"]
)
@pytest.mark.parametrize(
    "sent", [{"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "null"}]
)
def test_a_page_cannot_move_the_clock_nor_read_the_clouds_own_addresses(aws, content_type, sent):
    moved = ask(
        f"{aws.endpoint_url}/_cloud/clock", "POST", b'{"advance": 1}', Content_Type=content_type, **sent
    )
    assert moved.status == 403
    for path in ("health", "clock", "websites/some-bucket"):
        assert ask(f"{aws.endpoint_url}/_cloud/{path}", **sent).status == 403
    preflight = ask(
        f"{aws.endpoint_url}/_cloud/clock", "OPTIONS", Access_Control_Request_Method="POST", **sent
    )
    assert not any(name.startswith("access-control") for name in preflight.headers)


# ---- strangers with something that looks like a key --------------------------------------------------------


def test_a_signature_made_with_a_guessed_secret_opens_nothing(aws):
    made_up = {"aws_access_key_id": aws.credentials.access_key_id, "aws_secret_access_key": "x" * 40}
    for service, call in (("s3", "list_buckets"), ("dynamodb", "list_tables"), ("iam", "list_users")):
        with pytest.raises(Exception, match=r"SignatureDoesNotMatch|InvalidSignatureException"):
            getattr(boto3.client(service, **made_up), call)()


def test_a_session_key_with_the_token_of_another_session_opens_nothing(aws):
    trust = policy(TRUST | {"Principal": {"AWS": aws.account_id}})
    name = f"attacked-{uuid.uuid4().hex[:8]}"
    role = boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    sts = boto3.client("sts")
    one, other = (
        sts.assume_role(RoleArn=role, RoleSessionName=name)["Credentials"] for name in ("one", "other")
    )
    mixed = boto3.Session(one["AccessKeyId"], one["SecretAccessKey"], other["SessionToken"])
    with pytest.raises(Exception, match="InvalidClientTokenId"):
        mixed.client("sts").get_caller_identity()
    with pytest.raises(Exception, match="InvalidToken"):
        mixed.client("s3").list_buckets()


def test_a_recorded_request_cannot_be_sent_again_tomorrow(aws):
    import time_machine

    with time_machine.travel(time.time() - 16 * 60), pytest.raises(Exception, match="RequestTimeTooSkewed"):
        boto3.client("s3", config=Config(retries={"total_max_attempts": 1})).list_buckets()


def test_paths_do_not_lead_out_of_a_bucket(aws):
    s3, name = boto3.client("s3"), f"paths-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    for key in ("../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/etc/passwd", "a/../../b"):
        s3.put_object(Bucket=name, Key=key, Body=b"mine")
        assert s3.get_object(Bucket=name, Key=key)["Body"].read() == b"mine"
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 4


# ---- functions ---------------------------------------------------------------------------------------------

CODE = """
import ctypes, json, os, socket, sys

def attempt(what):
    try:
        return repr(eval(what))[:2000]
    except BaseException as error:
        return f"refused: {type(error).__name__}: {error}"

def handler(event, context):
    return {"pid": os.getpid(), "found": {name: attempt(what) for name, what in event.items()}}
"""


def policy(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def started(isolation, user, home):
    """A cloud whose host has a secret in its environment and in a file of its user."""
    secret = home / "credentials"
    secret.write_text(SECRET)
    home.chmod(0o777)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "HOST_SECRET": SECRET,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "HOME": str(home),
        "TMPDIR": str(home),
    }
    command = [
        sys.executable,
        "-m",
        "cloud",
        "--port",
        "0",
        "--json",
        "--with-parent",
        "--isolation",
        isolation,
    ]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=environment, user=user, **pipes)
    return cloud.Cloud(process, json.loads(process.stdout.readline()))


NOBODY = 65534


def isolations():
    """What this machine can do, as this user and, from root, as one without any right."""
    kinds = ["namespaces", "landlock"] if landlock.version() else ["namespaces"]
    if os.getuid() == 0:
        return [("namespaces", None), *((kind, NOBODY) for kind in kinds)]
    return [(kind, None) for kind in kinds]


@pytest.fixture(scope="module", params=isolations(), ids=str)
def attacked(request, tmp_path_factory):
    """A function that evaluates what it is sent, in a cloud that keeps functions apart in one of two ways."""
    yield from functions_of(*request.param, tmp_path_factory.mktemp("home"))


def functions_of(isolation, user, home):
    for folder in (home, *home.parents):  # so that another user gets in
        if folder == Path(tempfile.gettempdir()):
            break
        folder.chmod(0o777)
    running = started(isolation, user, home)
    keys = {"endpoint_url": running.endpoint_url, "region_name": running.region,
            "aws_access_key_id": running.credentials.access_key_id,
            "aws_secret_access_key": running.credentials.secret_access_key}  # fmt: skip
    config = Config(read_timeout=100, retries={"total_max_attempts": 1})
    iam, functions = (boto3.client(name, config=config, **keys) for name in ("iam", "lambda"))
    with urllib.request.urlopen(f"{running.endpoint_url}/_cloud/health") as answer:
        assert json.load(answer)["isolation"] == isolation
    role = iam.create_role(RoleName="attacker", AssumeRolePolicyDocument=policy(TRUST))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("attack.py", CODE)
    for name, variables in (("attacker", {}), ("victim", {"OWN_SECRET": "a-secret-of-the-victim"})):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="attack.handler",
            Role=role,
            Code={"ZipFile": packed.getvalue()},
            Timeout=60,
            MemorySize=512,
            Environment={"Variables": variables},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    def evaluate(function="attacker", **what):
        answer = functions.invoke(FunctionName=function, Payload=json.dumps(what))
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.load(answer["Payload"])["found"]

    yield running, evaluate, home, isolation
    running.stop()


def refused(found):
    return {name: said for name, said in found.items() if not said.startswith("refused: ")}


def test_a_function_sees_its_own_environment_and_nothing_of_the_hosts(attacked):
    running, evaluate, _, _ = attacked
    found = evaluate(
        names="sorted(os.environ)", values="list(os.environ.values())", shell="os.popen('env').read()"
    )
    said = json.dumps(found)
    assert SECRET not in said
    assert running.credentials.secret_access_key not in said
    assert running.credentials.access_key_id not in said
    assert "HOST_SECRET" not in found["names"]
    assert "'AWS_SECRET_ACCESS_KEY'" in found["names"]  # its own role's


def test_a_function_reads_no_other_process(attacked):
    running, evaluate, _, _ = attacked
    server = running.pid
    found = evaluate(
        parent="open(f'/proc/{os.getppid()}/environ', 'rb').read() or open('/none')",
        environ=f"open('/proc/{server}/environ', 'rb').read()",
        cmdline=f"open('/proc/{server}/cmdline', 'rb').read()",
        memory=f"open('/proc/{server}/mem', 'rb').read(1)",
        maps=f"open('/proc/{server}/maps').read() or open('/none')",
        folder=f"os.listdir('/proc/{server}/cwd')",
        files=f"os.listdir('/proc/{server}/fd')",
    )
    assert refused(found) == {}
    listed = evaluate(
        all="[open(f'/proc/{pid}/cmdline', 'rb').read() for pid in os.listdir('/proc') if pid.isdigit()]"
        " if os.path.isdir('/proc') and os.access('/proc', os.R_OK) else []"
    )["all"]
    assert b"--port" in Path(f"/proc/{server}/cmdline").read_bytes()
    assert "--port" not in listed


def test_a_function_cannot_trace_read_or_end_the_server(attacked):
    running, evaluate, _, isolation = attacked
    server = running.pid
    attach = f"ctypes.CDLL(None, use_errno=True).ptrace(16, {server}, 0, 0)"
    read = (
        "(lambda libc, here: libc.process_vm_readv("
        f"{server}, (ctypes.c_uint64 * 2)(ctypes.addressof(here), 8), 1,"
        " (ctypes.c_uint64 * 2)(4194304, 8), 1, 0)"
        ")(ctypes.CDLL(None), ctypes.create_string_buffer(8))"
    )
    found = evaluate(trace=attach, read=read, kill=f"os.kill({server}, 0)", end=f"os.kill({server}, 15)")
    assert found["trace"] in ("-1", "refused: PermissionError: [Errno 1] Operation not permitted")
    assert found["read"] == "-1"
    if isolation == "namespaces" or landlock.version() >= landlock.SCOPED_SINCE:
        assert refused({name: found[name] for name in ("kill", "end")}) == {}
    assert running.running


def test_a_function_reads_no_file_of_the_hosts_user(attacked):
    _, evaluate, home, _ = attacked
    here = Path(__file__)
    found = evaluate(
        secret=f"open({str(home / 'credentials')!r}).read()",
        homes="[open('/root/.bashrc').read(), os.listdir('/home') or open('/none')]",
        shadow="open('/etc/shadow').read()",
        tests=f"open({str(here)!r}).read()",
        listed=f"os.listdir({str(here.parent)!r})",
        link="os.symlink('/etc/shadow', '/tmp/link') or open('/tmp/link').read()",
        planted=f"open({str(home / 'planted')!r}, 'w')",
        system="open('/usr/lib/planted', 'w')",
        code="open(os.environ['LAMBDA_TASK_ROOT'] + '/attack.py', 'w')",
        runtime="open(os.environ['LAMBDA_RUNTIME_DIR'] + '/planted.py', 'w')",
    )
    assert refused(found) == {}


def test_a_function_reads_nothing_of_another_function(attacked):
    _, evaluate, _, _ = attacked
    mark = uuid.uuid4().hex
    kept = evaluate(
        "victim", kept=f"open(__import__('tempfile').gettempdir() + '/kept', 'w').write({mark!r})"
    )
    assert kept["kept"] == str(len(mark))
    victim = evaluate("victim", pid="os.getpid()", tmp="__import__('tempfile').gettempdir()")
    tmp = victim["tmp"].strip("'")
    found = evaluate(
        kept=f"open({tmp!r} + '/kept').read()",
        environ=f"b'OWN_SECRET' in open('/proc/{victim['pid']}/environ', 'rb').read() or open('/none')",
        siblings="[where for where, _, names in os.walk('/tmp') for name in names if"
        f" {mark!r} in open(os.path.join(where, name), errors='replace').read()] or open('/none')",
    )
    assert refused(found) == {}


def test_a_function_has_no_rights_over_its_sandbox(attacked):
    _, evaluate, _, _ = attacked
    found = evaluate(
        mount="ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        root="os.chroot('/')",
        host="socket.sethostname('mine')",
        device="os.mknod('/tmp/memory', 0o20600, os.makedev(1, 1))",
        raw="socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    )
    assert found["mount"] == "-1"
    del found["mount"]
    if os.getuid() != 0 or attacked[3] == "namespaces":
        assert refused(found) == {}


def test_a_function_is_its_role_and_nobody_else(attacked):
    running, evaluate, _, _ = attacked
    found = evaluate(
        who="__import__('boto3').client('sts').get_caller_identity()['Arn']",
        buckets="__import__('boto3').client('s3').list_buckets()",
        role="__import__('boto3').client('sts').assume_role(RoleArn='arn:aws:iam::123456789012:role/attacker',"
        " RoleSessionName='x')",
    )
    assert found.pop("who") == f"'arn:aws:sts::{running.account_id}:assumed-role/attacker/attacker'"
    assert refused(found) == {}


@pytest.mark.skipif(
    os.getuid() != 0, reason="only root can start a cloud of another user, whose rights are few"
)
def test_without_either_only_the_servers_own_memory_is_closed(tmp_path):
    """The honest limit: where a machine has neither, functions see what their user sees."""
    running, evaluate, home, _ = next(opened := functions_of("none", NOBODY, tmp_path))
    found = evaluate(
        secret=f"open({str(home / 'credentials')!r}).read()",
        tests=f"len(open({__file__!r}).read())",
        environ=f"open('/proc/{running.pid}/environ', 'rb').read()",
        memory=f"open('/proc/{running.pid}/mem', 'rb').read(1)",
        trace=f"ctypes.CDLL(None).ptrace(16, {running.pid}, 0, 0)",
    )
    opened.close()
    running.stop()
    assert found.pop("secret") == repr(SECRET)
    assert int(found.pop("tests")) > 1000
    assert found.pop("trace") == "-1"
    assert refused(found) == {}
