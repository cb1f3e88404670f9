"""Deployment packages: the same folder gives the same bytes, wherever and whenever it is packed."""

import io
import os
import time
import zipfile

import pytest

from dashboard.stack.package import package


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "lambda_function.py").write_text("def lambda_handler(event, context): ...\n")
    (tmp_path / "one" / "inner").mkdir()
    (tmp_path / "one" / "inner" / "help.py").write_text("x = 1\n")
    return tmp_path / "one"


def names(content):
    return zipfile.ZipFile(io.BytesIO(content)).namelist()


def test_the_same_code_gives_the_same_bytes_at_another_time_and_with_other_rights(folder):
    before = package(folder)
    for path in folder.rglob("*.py"):
        os.utime(path, (time.time() + 10**6,) * 2)
        path.chmod(0o600)
    assert package(folder) == before


def test_every_file_can_be_read_by_lambda(folder):
    for entry in zipfile.ZipFile(io.BytesIO(package(folder))).infolist():
        assert entry.external_attr >> 16 == 0o100644


def test_only_code_is_packed(folder):
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_bytes(b"")
    (folder / ".DS_Store").write_bytes(b"")
    assert names(package(folder)) == ["inner/help.py", "lambda_function.py"]


def test_a_single_file_can_be_a_package(folder):
    assert names(package(folder / "lambda_function.py")) == ["lambda_function.py"]


def test_an_empty_folder_is_no_package(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no code to pack in"):
        package(tmp_path)


@pytest.mark.parametrize("short", ["create_upload", "list_files", "get_file", "delete_file", "index_upload"])
def test_each_of_the_five_functions_is_one_small_file(short):
    assert names(package(short)) == ["lambda_function.py"]
    assert len(package(short)) < 4096
