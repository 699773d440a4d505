"""Places for the files that an evaluation writes."""

import os
from pathlib import Path

import pytest

from bot.evaluation.files import check_beginning, check_target, write_file
from index.errors import StorageError, UsageError


def test_a_plain_file_can_be_written(tmp_path: Path) -> None:
    new, link = tmp_path / "new.md", tmp_path / "link.md"
    link.symlink_to(new)
    for path in (new, link):
        check_target(path, tmp_path / "questions.jsonl", None)
    write_file(link, b"x")
    assert new.read_bytes() == b"x"


def test_what_is_no_plain_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "errors.md")
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "dangling", Path("/dev/full"), tmp_path / "nowhere" / "a.md"):
        with pytest.raises(UsageError) as raised:
            check_target(path)
        assert raised.value.user_message == f"{path} is no place for a file."
    with pytest.raises(StorageError, match=r"circle cannot be opened: Too many levels of symbolic links\.$"):
        check_target(tmp_path / "circle")


def test_what_something_else_wrote_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "errors.md"
    check_beginning(path, "# Failing cases\n")
    for held in (b"", b"# Failing cases\n\n- none"):
        path.write_bytes(held)
        check_beginning(path, "# Failing cases\n")
    for held in (b"SQLite format 3\0", b"# Failing cases of mine", b"#"):
        path.write_bytes(held)
        with pytest.raises(UsageError, match=r"errors\.md holds something else, which would be lost"):
            check_beginning(path, "# Failing cases\n")


def test_no_file_is_written_over_one_that_is_needed(tmp_path: Path) -> None:
    questions = tmp_path / "questions.jsonl"
    questions.write_text("{}")
    (tmp_path / "link").symlink_to(questions)
    os.link(questions, tmp_path / "hard")
    for path in (questions, tmp_path / "link", tmp_path / "hard"):
        with pytest.raises(UsageError, match="are the same file"):
            check_target(path, questions)
    with pytest.raises(UsageError, match="are the same file"):
        check_target(tmp_path / "new.svg", questions, tmp_path / "." / "new.svg")


def test_access_is_looked_at_beforehand(bound_folder: Path) -> None:
    closed = bound_folder / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(StorageError, match=r"closed/errors\.md cannot be written: there is no access"):
        check_target(closed / "errors.md")
    with pytest.raises(StorageError, match=r"closed/errors\.md cannot be written: Permission denied"):
        write_file(closed / "errors.md", b"x")
