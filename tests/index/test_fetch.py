"""Which files of a folder are found, which of them may be read, and what is said of the others."""

import os
from pathlib import Path

import pytest

from index.errors import ReadError
from index.fetch import FoundFile, read_bytes, walk
from tests.conftest import Corpus


def wanted(name: str) -> bool:
    return name.endswith(".md")


def paths(location: Path) -> list[str]:
    return [file.path for file in walk(location, wanted)]


def problem(file: FoundFile, most_bytes: int = 1000) -> str:
    with pytest.raises(ReadError) as caught:
        read_bytes(file, most_bytes)
    return caught.value.user_message


def test_files_come_in_the_order_of_their_paths(corpus: Corpus) -> None:
    names = ["b.md", "a.md", "a/z.md", "a/b/c.md", "a-b.md", "B.md", "é.md", "b.txt", "README", "a b.md"]
    folder = corpus(dict.fromkeys(names, "text"))
    expected = ["B.md", "a b.md", "a-b.md", "a.md", "a/b/c.md", "a/z.md", "b.md", "é.md"]
    assert paths(folder) == expected
    assert [file.absolute for file in walk(folder, wanted)] == [folder.resolve() / path for path in expected]
    assert paths(folder / ".." / folder.name) == expected


def test_other_files_are_told_of_by_their_paths(corpus: Corpus) -> None:
    folder = corpus(dict.fromkeys(["a.md", "b.txt", "a/README", "a/c.zip", ".hidden", ".git/d.txt"], "text"))
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.doc"))).write_text("x")
    others: list[str] = []
    assert [file.path for file in walk(folder, wanted, others.append)] == ["a.md"]
    assert sorted(others) == ["a/README", "a/c.zip", "b.txt", "caf\ufffd.doc"]


def test_bytes_come_as_they_are(corpus: Corpus) -> None:
    content = bytes(range(256)) + b"\r\n\x00"
    (file,) = walk(corpus({"a.md": content}), wanted)
    assert read_bytes(file, 1000) == content
    assert read_bytes(file, len(content)) == content
    assert problem(file, len(content) - 1) == "it is larger than 258 bytes, the most that is read of one file"


def test_hidden_files_and_folders_are_left_out(corpus: Corpus) -> None:
    folder = corpus({".hidden.md": "x", ".git/config.md": "x", "a/.b/c.md": "x", "a/shown.md": "x"})
    assert paths(folder) == ["a/shown.md"]


def test_a_hidden_folder_can_be_added_itself(corpus: Corpus) -> None:
    assert paths(corpus({"a.md": "x"}, ".notes")) == ["a.md"]


def test_a_single_file_is_its_own_location(corpus: Corpus) -> None:
    folder = corpus({"report.odd": "content", "other.md": "x"})
    assert list(walk(folder / "report.odd", wanted)) == [FoundFile("report.odd", folder.resolve() / "report.odd")]
    link = folder / "link.odd"
    link.symlink_to("report.odd")
    (file,) = walk(link, wanted)
    assert (file.path, file.problem, read_bytes(file, 100)) == ("link.odd", None, b"content")


def test_a_link_inside_the_folder_is_followed(corpus: Corpus) -> None:
    folder = corpus({"deep/real.md": "content", "hidden": "content too"})
    (folder / "link.md").symlink_to("deep/real.md")
    (folder / "other.md").symlink_to(folder / "hidden")
    found = {file.path: read_bytes(file, 100) for file in walk(folder, wanted)}
    assert found == {"deep/real.md": b"content", "link.md": b"content", "other.md": b"content too"}


def test_a_link_out_of_the_folder_is_not_followed(corpus: Corpus) -> None:
    secret = corpus({"secret.md": "password"}, "corpus-secret")  # its name begins with that of the folder
    folder = corpus({"a.md": "x"})
    (folder / "link.md").symlink_to(secret / "secret.md")
    (folder / "up.md").symlink_to("../corpus-secret/secret.md")
    (folder / "chain.md").symlink_to("link.md")
    _, *links = walk(folder, wanted)
    assert [file.path for file in links] == ["chain.md", "link.md", "up.md"]
    for file in links:
        assert problem(file) == "it is a symbolic link that leads out of the folder"


def test_a_folder_that_is_a_link_is_added_by_its_target(corpus: Corpus, tmp_path: Path) -> None:
    folder = corpus({"a.md": "x"})
    (tmp_path / "link").symlink_to(folder)
    assert paths(tmp_path / "link") == ["a.md"]


def test_links_to_folders_are_not_entered(corpus: Corpus) -> None:
    outside = corpus({"secret.md": "x"}, "outside")
    folder = corpus({"a/b.md": "x"})
    (folder / "loop").symlink_to(folder)
    (folder / "out").symlink_to(outside)
    (folder / "again.md").symlink_to("a")  # a folder, whatever its name says
    document, link = walk(folder, wanted)
    assert (document.path, document.problem) == ("a/b.md", None)
    assert (link.path, link.problem) == ("out", "it is a symbolic link that leads out of the folder")


def test_links_that_lead_nowhere(corpus: Corpus) -> None:
    folder = corpus({})
    (folder / "dangling.md").symlink_to("missing.md")
    (folder / "one.md").symlink_to("two.md")
    (folder / "self.md").symlink_to("self.md")
    (folder / "two.md").symlink_to("one.md")
    assert {file.path: problem(file) for file in walk(folder, wanted)} == {
        "dangling.md": "it cannot be read: No such file or directory",
        "one.md": "it is a symbolic link that leads nowhere",
        "self.md": "it is a symbolic link that leads nowhere",
        "two.md": "it is a symbolic link that leads nowhere",
    }


def test_a_file_swapped_for_a_link_after_it_was_judged_is_not_followed(corpus: Corpus) -> None:
    secret = corpus({"secret.md": "password"}, "secret")
    folder = corpus({"a.md": "x", "target.md": "y"})
    (folder / "link.md").symlink_to("target.md")
    found = {file.path: file for file in walk(folder, wanted)}
    for name in ("a.md", "target.md"):
        (folder / name).unlink()
        (folder / name).symlink_to(secret / "secret.md")
    assert {problem(file) for file in found.values()} == {"it is a symbolic link that leads nowhere"}


def test_a_pipe_holds_nothing_up(corpus: Corpus) -> None:
    folder = corpus({})
    os.mkfifo(folder / "pipe.md")
    (file,) = walk(folder, wanted)
    assert problem(file) == "it is not a regular file"


def test_a_name_that_is_not_utf8_is_a_problem(corpus: Corpus) -> None:
    folder = corpus({"a.md": "x"})
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md"))).write_text("x")
    found = {file.path: file.problem for file in walk(folder, wanted)}
    assert found == {"a.md": None, "caf\ufffd.md": "its name is not valid UTF-8"}


def test_a_file_that_went_away_meanwhile(corpus: Corpus) -> None:
    folder = corpus({"a.md": "x"})
    (file,) = walk(folder, wanted)
    (folder / "a.md").unlink()
    assert problem(file) == "it cannot be read: No such file or directory"


def test_a_folder_or_a_missing_place_is_told(tmp_path: Path) -> None:
    (file,) = walk(tmp_path / "missing", wanted)
    assert problem(file) == "the folder cannot be listed: No such file or directory"


def test_files_and_folders_without_permission_are_problems(bound_folder: Path) -> None:
    for name in ("closed", "open"):
        (bound_folder / name).mkdir()
        (bound_folder / name / "a.md").write_text("x")
    (bound_folder / "open" / "secret.md").write_text("x")
    (bound_folder / "open" / "secret.md").chmod(0o000)
    (bound_folder / "closed").chmod(0o000)
    closed, fine, secret = walk(bound_folder, wanted)
    assert (closed.path, problem(closed)) == ("closed", "the folder cannot be listed: Permission denied")
    assert (fine.path, read_bytes(fine, 10)) == ("open/a.md", b"x")
    assert (secret.path, problem(secret)) == ("open/secret.md", "it cannot be read: Permission denied")


def opened_below(folder: Path) -> list[str]:
    links = (os.path.realpath(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd"))
    return [link for link in links if link.startswith(os.path.realpath(folder))]


def test_reading_leaves_no_file_open(corpus: Corpus) -> None:
    folder = corpus({"a.md": "x" * 50})
    os.mkfifo(folder / "pipe.md")
    before = opened_below(folder)
    for _ in range(20):
        for file in walk(folder, wanted):
            problem(file, 10)
    assert opened_below(folder) == before == []
