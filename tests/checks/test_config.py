"""A configuration file: what it names is audited, and what cannot be right is said with its line."""

import pytest

from checks.config import EXAMPLE, ConfigError, read
from checks.target import Function


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "audit.toml"
        path.write_text(text)
        return path

    return write


def test_the_example_names_every_part(written):
    configured = read(written(EXAMPLE))
    target = configured.target("123456789012", "eu-west-1")
    assert target.upload_bucket == "photo-share-uploads"
    assert target.site_origin == "https://photos.example.com"
    assert target.api_id == "a1b2c3d4e5"
    assert target.functions["index_upload"] == Function("index_upload", "photo-share-index")
    assert target.routes["POST /uploads"] == "create_upload"
    assert target.whole
    assert configured.notices == ()


def test_a_function_may_name_its_role_and_its_log_group(written):
    inline = '[functions]\nlist_files = {name = "l", role = "r", log_group = "/g"}\n'
    table = '[functions.list_files]\nname = "l"\nrole = "r"\nlog_group = "/g"\n'
    for text in (inline, table):
        target = read(written(text)).target("1", "r")
        assert target.functions == {"list_files": Function("list_files", "l", "r", "/g")}


def test_a_partial_file_says_what_it_leaves_out_and_where_it_would_stand(written):
    said = read(written('name = "n"\nupload_bucket = "uploads"\n\n[functions]\nlist_files = "l"\n')).notices
    told = 'names no table, so its rules are skipped. To ask them, write above line 4: table = "..."'
    assert any(told in one for one in said)
    assert any("names no create_upload, no get_file, no delete_file, no index_upload" in one for one in said)
    assert any('write below line 4, [functions]: create_upload = "..."' in one for one in said)
    assert not any("no upload bucket" in one for one in said)


def test_without_a_name_the_file_gives_one(written):
    assert read(written('table = "records"\n')).named["name"] == "audit"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: names nothing to audit"),
        ('name = "n"\n', "line 1: names nothing to audit"),
        ('\ntable = "t\n', "is not TOML: "),
        ('name = "n"\ntable = ', "at line 2, where the document ends"),
        ('\ufefftable = "T!"\n', "line 1: table is 'T!'"),
        ('table = "records"\nbucket = "b"\n', "line 2: 'bucket' is not part of a configuration."),
        ('table = "records"\nupload_bukcet = "b"\n', "line 2: 'upload_bukcet' is not part"),
        ('upload_bucket = "My_Bucket"\n', "line 1: upload_bucket is 'My_Bucket'. Expected a bucket's name"),
        ("upload_bucket = 3\n", "line 1: upload_bucket is 3."),
        ('table = "arn:aws:dynamodb:eu-west-1:1:table/records"\n', "of this ARN it is 'records'"),
        ('table = "records"\nsite_origin = "https://a.example/"\n', "line 2: site_origin is 'https://a.example/'"),
        ('table = "records"\nsite_origin = "*"\n', "line 2: site_origin is '*'. Expected an origin"),
        ('table = "records"\nprefix = "/incoming"\n', "line 2: prefix is '/incoming'"),
        ('table = "records"\nprefix = ""\n', "line 2: prefix is ''"),
        ('api = "a"\napi_id = "b"\n', "line 1: name the API by api or by api_id"),
        ('functions = "list"\n', "line 1: functions is a table"),
        ('[functions]\nlist = "l"\n', "line 2: 'list' is not part of [functions]."),
        ('[functions]\nlist_files = "arn:aws:lambda:eu-west-1:1:function:l"\n', "line 2: l"),
        ('[functions.list_files]\nrole = "r"\n', "line 1: functions.list_files lacks its name"),
        ('[functions]\nlist_files = {role = "r"}\n', "line 2: functions.list_files lacks its name"),
        ('[functions.list_files]\nname = "l"\nrole = "a b"\n', "line 3: role is 'a b'"),
        ('[functions.list_files]\nname = "l"\nrolle = "r"\n', "line 3: 'rolle' is not part of"),
        ('[functions]\nlist_files = "l"\n[routes]\n"GET files" = "list_files"\n', "line 4: 'GET f"),
        ('[functions]\nlist_files = "l"\n[routes]\n"GET /files" = "get_file"\n', "line 4: 'GET /files'"),
        ('table = "records"\nroutes = 1\n', "line 2: routes is a table"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_said_with_its_line(written, text, says):
    with pytest.raises(ConfigError) as refused:
        read(written(text))
    assert says in str(refused.value)
    assert "audit.toml" in str(refused.value)
