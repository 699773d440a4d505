"""The manifest of sources: read with one sentence for every mistake, edited without touching what people wrote."""

import os
import re
import stat
import threading
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import index.manifest.write
from index.errors import SettingsError, StorageError
from index.manifest import (
    FIELDS,
    KINDS,
    SourceEntry,
    load_catalogue,
    put_entry,
    read_manifest,
    remove_entries,
)

ROOT = Path(__file__).resolve().parents[2]

BY_HAND = """\
# Ours. Ask Flavia before you change this.

[[source]]   # the briefs
name='briefs'
location  =  "briefs/../briefs" # beside this file
every = "6h"\t# often

# The UN list.
# It moves now and then.
[[ "source" ]]
  name = "un"
  location = "https://lists.example.org/un.xml"
  kind = "list"
  exclude = [
    "*.pdf",  # too large
    "*/drafts/*",
  ]
  edition = 2026-05-31

# [[source]]
# name = "later"
# location = "/later"
"""


def text_of(path: Path) -> str:
    return path.read_bytes().decode()


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.fixture
def by_hand(tmp_path: Path) -> Path:
    return write(tmp_path / "sources.toml", BY_HAND)


# --- reading ---


def test_a_missing_file_is_an_empty_manifest(tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "sources.toml") == ()
    assert read_manifest(write(tmp_path / "empty.toml", "# nothing\n")) == ()


def test_every_field_and_every_default(tmp_path: Path, by_hand: Path) -> None:
    briefs, un = read_manifest(by_hand)
    assert briefs == SourceEntry("briefs", str(tmp_path / "briefs"), every="6h")
    assert (briefs.collection, briefs.kind, briefs.every_seconds, briefs.enabled) == ("briefs", "auto", 21_600, True)
    assert (briefs.publisher, briefs.language, briefs.include, briefs.exclude, briefs.edition) == (
        None,
        None,
        (),
        (),
        None,
    )
    assert un == SourceEntry(
        "un", "https://lists.example.org/un.xml", kind="list", exclude=("*.pdf", "*/drafts/*"), edition="2026-05-31"
    )
    assert (un.every_seconds, un.on_the_web, briefs.on_the_web) == (None, True, False)
    full = write(
        tmp_path / "full.toml",
        '[[source]]\nname = "n"\nlocation = "/l"\nkind = "files"\ncollection = "c"\nevery = "7d"\npublisher = "Pü"\n'
        'language = "pt-BR"\ninclude = ["*.md"]\nexclude = ["x"]\nedition = "2024-02-29"\nenabled = false\n',
    )
    assert read_manifest(full) == (
        SourceEntry("n", "/l", "files", "c", "7d", "Pü", "pt-BR", ("*.md",), ("x",), "2024-02-29", False),
    )


def test_the_fields_are_those_that_the_documentation_tells() -> None:
    page = (ROOT / "docs" / "adding-documents.md").read_text()
    section = page.partition("## The file sources.toml")[2].partition("\n## ")[0]
    assert tuple(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == FIELDS
    kind = next(line for line in section.splitlines() if line.startswith("| `kind`"))
    assert set(re.findall(r"`(\w+)`", kind)) - {"kind"} == set(KINDS)


def test_the_example_of_the_documentation_is_a_manifest(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "adding-documents.md").read_text()
    examples = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert [len(read_manifest(write(tmp_path / "sources.toml", example))) for example in examples] == [3]


@pytest.mark.parametrize(
    ("text", "seconds"), [("5m", 300), ("90m", 5_400), ("6h", 21_600), ("1d", 86_400), ("3650d", 315_360_000)]
)
def test_intervals(text: str, seconds: int) -> None:
    assert SourceEntry("n", "/l", every=text).every_seconds == seconds


def test_an_entry_made_by_hand_with_no_interval_says_so() -> None:
    with pytest.raises(SettingsError, match='In source "n", every is no interval'):
        _ = SourceEntry("n", "/l", every="soon").every_seconds


@pytest.mark.parametrize(
    ("written", "resolved"),
    [
        ("docs", "{folder}/docs"),
        ("./docs/", "{folder}/docs"),
        ("../shared/a b", "{parent}/shared/a b"),
        ("./~docs", "{folder}/~docs"),
        ("linked/x", "{folder}/docs/x"),
        ("/srv//docs/../docs", "/srv//docs/../docs"),
        ("http://example.org/a?b=c#d", "http://example.org/a?b=c#d"),
    ],
)
def test_relative_locations_are_resolved_against_the_folder_of_the_manifest_and_kept_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, resolved: str
) -> None:
    folder = tmp_path / "config"
    (folder / "docs").mkdir(parents=True)
    (folder / "linked").symlink_to("docs")
    monkeypatch.chdir(tmp_path)
    expected = resolved.format(folder=folder, parent=tmp_path)
    for path in (folder / "sources.toml", Path("config/sources.toml")):
        path.unlink(missing_ok=True)
        assert put_entry(path, SourceEntry("n", written))
        assert [entry.location for entry in read_manifest(path)] == [expected]
        assert text_of(path).endswith(f'\n\n[[source]]\nname = "n"\nlocation = "{written}"\n')


GOOD = '[[source]]\nname = "un"\nlocation = "/l"\n'
NAME = "has a slash, a control character, or white space at its ends or doubled"
LINE = "is empty, or has a control character or white space at its ends"
EVERY = 'is no interval such as "15m", "6h" or "7d", from 5m to 3650d'


def source(location: str, more: str = "") -> str:
    return f'[[source]]\nname = "un"\nlocation = "{location}"\n{more}'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD + "every = \n", "is not TOML: Invalid value (at line 4, column 9)."),
        ('[[source]]\nname = "a"\nname = "b"\n', "is not TOML: Cannot overwrite a value (at line 3, column 11)."),
        ("x = " + "[" * 5_000, "is not TOML: maximum recursion depth exceeded"),
        ("a = 1\n", "is wrong: a is none of its parts, which are all written as [[source]]."),
        ('[sources]\nname = "a"\n', "is wrong: sources is none of its parts, which are all written as [[source]]."),
        ('"a\\u2028b" = 1\n', "is wrong: a\ufffdb is none of its parts, which are all written as [[source]]."),
        ('[source]\nname = "a"\n', "is wrong: a source is written as [[source]], in two pairs of brackets."),
        ('source = ["a"]\n', "is wrong: a source is written as [[source]], in two pairs of brackets."),
        (GOOD + "\n" + GOOD, 'is wrong: two sources have the name "un".'),
        ("[[source]]\n", "is wrong: in source number 1, name is missing."),
        (GOOD + '[[source]]\nlocation = "/l"\n', "is wrong: in source number 2, name is missing."),
        ('[[source]]\nname = "un"\n', 'is wrong: in source "un", location is missing.'),
        (
            GOOD + 'evry = "1d"\n',
            f'is wrong: in source "un", evry is no field; the fields are {", ".join(FIELDS)}.',
        ),
        (GOOD + 'kind = "rss"\n', 'is wrong: in source "un", kind is none of auto, files, page, feed, sitemap, list.'),
        (GOOD + "kind = 1\n", 'is wrong: in source "un", kind is no text in quotation marks.'),
        ("[[source]]\nlocation = '/l'\nname = 7", "is wrong: in source number 1, name is no text in quotation marks."),
        ("[[source]]\nname = ''\nlocation = '/l'\n", "is wrong: in source number 1, name is empty."),
        *(
            (f'[[source]]\nname = "{name}"\nlocation = "/l"\n', f"is wrong: in source number 1, name {NAME}.")
            for name in ("a/b", " a", "a ", "a  b", "a\\tb", "a\\nb", "a\\u0000", "a\\u200b", "a\\u00a0b")
        ),
        (GOOD + 'collection = "a/b"\n', f'is wrong: in source "un", collection {NAME}.'),
        (GOOD + "collection = []\n", 'is wrong: in source "un", collection is no text in quotation marks.'),
        *(
            (GOOD + f'every = "{every}"\n', f'is wrong: in source "un", every {EVERY}.')
            for every in ("4m", "299s", "1w", "0d", "-1d", "1.5h", "1 d", "05m", "3651d", "99999999d", "٣d", "1D")
        ),
        (GOOD + "every = 3600\n", 'is wrong: in source "un", every is no text in quotation marks.'),
        (GOOD + 'publisher = " UN"\n', f'is wrong: in source "un", publisher {LINE}.'),
        (GOOD + 'publisher = "U\\nN"\n', f'is wrong: in source "un", publisher {LINE}.'),
        (GOOD + 'publisher = ""\n', 'is wrong: in source "un", publisher is empty.'),
        (
            GOOD + 'language = "english"\n',
            'is wrong: in source "un", language is no language tag such as "en" or "pt-BR".',
        ),
        (GOOD + 'include = "*.md"\n', 'is wrong: in source "un", include is no list of texts, such as ["*.pdf"].'),
        (GOOD + "exclude = [1]\n", 'is wrong: in source "un", exclude is no list of texts, such as ["*.pdf"].'),
        (GOOD + 'exclude = ["a", ""]\n', f'is wrong: in source "un", exclude holds a pattern that {LINE}.'),
        *(
            (GOOD + f"edition = {edition}\n", 'is wrong: in source "un", edition is no date such as 2026-05-31.')
            for edition in ('"2026-02-30"', '"20260531"', '"2026-05"', '"31.5.2026"', '"2026-W22-7"', '"٢٠٢٦-05-31"')
        ),
        (
            GOOD + "edition = 2026-05-31T00:00:00Z\n",
            'is wrong: in source "un", edition is no text in quotation marks.',
        ),
        (GOOD + "enabled = 1\n", 'is wrong: in source "un", enabled is neither true nor false.'),
        (source(""), 'is wrong: in source "un", location is empty.'),
        (source(" /l"), f'is wrong: in source "un", location {LINE}.'),
        (source("/l\\u0000"), f'is wrong: in source "un", location {LINE}.'),
        *(
            (
                source(tilde),
                'is wrong: in source "un", location begins with "~", which is not expanded; write the whole path '
                '(or "./~" for a name that begins so).',
            )
            for tilde in ("~/docs", "~rupert/docs", "~")
        ),
        *(
            (
                source(location),
                'is wrong: in source "un", location is neither a path nor an address that begins with http:// or '
                "https://.",
            )
            for location in ("ftp://example.org/", "file:///etc/passwd", "HTTPS://example.org", "http:/x")
        ),
        *(
            (source(location), 'is wrong: in source "un", location is no valid web address.')
            for location in ("https://", "https:///x", "https://exam ple.org", "https://[::1", "https://example.org:port/")
        ),
        (
            source("https://rupert:secret@example.org"),
            'is wrong: in source "un", location holds a user name or password, which a file that is shared must not.',
        ),
        (
            source("https://example.org", 'kind = "files"\n'),
            'is wrong: in source "un", location is a web address, but its kind is files.',
        ),
        (
            source("docs", 'kind = "feed"\n'),
            'is wrong: in source "un", location is no http or https address, which a feed needs.',
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_sentence_and_the_file_is_left_alone(tmp_path: Path, text: str, sentence: str) -> None:
    path = write(tmp_path / "sources.toml", text)
    told = f"The manifest {path} {sentence}"
    acts: tuple[Callable[[], object], ...] = (
        lambda: read_manifest(path),
        lambda: put_entry(path, SourceEntry("new", "/new")),
        lambda: remove_entries(path, ["un"]),
    )
    for act in acts:
        with pytest.raises(SettingsError) as caught:
            act()
        message = caught.value.user_message
        assert message == told or (sentence.endswith("exceeded") and message.startswith(told))
        assert "\n" not in message
        assert "secret" not in message
    assert text_of(path) == text
    assert os.listdir(tmp_path) == ["sources.toml"]


def test_bytes_that_are_no_text_are_named_by_their_line(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_bytes(b'[[source]]\nname = "\xe9"\n')
    with pytest.raises(SettingsError) as caught:
        read_manifest(path)
    assert caught.value.user_message == f"The manifest {path} is not UTF-8 in line 2."


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (SourceEntry("a\nb", "/l"), f"in the new source, name {NAME}"),
        (SourceEntry("", "/l"), f"in the new source, name {NAME}"),
        (SourceEntry("n", "/l", every="1m"), f'in source "n", every {EVERY}'),
        (SourceEntry("n", "/l\udcff"), f'in source "n", location {LINE}'),
        (SourceEntry("n", "https://example.org/\u2028"), f'in source "n", location {LINE}'),
        (SourceEntry("n", "/l", include=("",)), f'in source "n", include holds a pattern that {LINE}'),
        (SourceEntry("n", "/l", edition="today"), 'in source "n", edition is no date such as 2026-05-31'),
    ],
)
def test_an_entry_that_could_not_be_read_is_not_written(tmp_path: Path, entry: SourceEntry, sentence: str) -> None:
    path = tmp_path / "sources.toml"
    with pytest.raises(SettingsError) as caught:
        put_entry(path, entry)
    assert caught.value.user_message == f"The manifest {path} is wrong: {sentence}."
    assert os.listdir(tmp_path) == []


# --- editing ---

visible = st.characters(categories=["L", "M", "N", "P", "S", "Zs"], exclude_characters="/").filter(str.isprintable)
names = st.text(visible, min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)
letters = st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])
lines = st.text(letters, min_size=1, max_size=20).map(str.strip).filter(bool)
paths = lines.map("/{}".format)
addresses = st.sampled_from(["https://example.org/a?b=\"c'd\\", "http://[::1]:8080/ü#x", "https://példa.hu"])
intervals = st.none() | st.integers(5, 9_999).map("{}m".format) | st.integers(1, 3_650).map("{}d".format)


@st.composite
def entries(draw: st.DrawFn) -> SourceEntry:
    web = draw(st.booleans())
    return SourceEntry(
        name=draw(names),
        location=draw(addresses if web else paths),
        kind=draw(st.sampled_from(["auto", "list", *(["page", "feed", "sitemap"] if web else ["files"])])),
        collection=draw(st.just("") | names),
        every=draw(intervals),
        publisher=draw(st.none() | lines),
        language=draw(st.none() | st.sampled_from(["en", "pt-BR", "zh-Hant-TW"])),
        include=tuple(draw(st.lists(lines, max_size=3))),
        exclude=tuple(draw(st.lists(lines, max_size=3))),
        edition=draw(st.none() | st.dates().map(str)),
        enabled=draw(st.booleans()),
    )


@settings(max_examples=40, deadline=None)
@given(st.lists(entries(), min_size=1, max_size=4, unique_by=lambda entry: entry.name), st.data())
def test_whatever_is_put_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, put: list[SourceEntry], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("manifest") / "sources.toml"
    for entry in put:
        assert put_entry(path, entry)
    assert read_manifest(path) == tuple(put)
    before = text_of(path)
    for entry in put:
        assert not put_entry(path, entry)
    assert text_of(path) == before

    place = data.draw(st.integers(0, len(put) - 1))
    other = replace(data.draw(entries()), name=put[place].name)
    assert put_entry(path, other) == (other != put[place])
    put[place] = other
    assert read_manifest(path) == tuple(put)

    gone = data.draw(st.sets(st.sampled_from([entry.name for entry in put])))
    assert remove_entries(path, [*gone, "no such source"]) == tuple(e.name for e in put if e.name in gone)
    assert read_manifest(path) == tuple(entry for entry in put if entry.name not in gone)
    assert load_catalogue() in text_of(path)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans(), entries())
def test_putting_a_new_source_and_taking_it_out_leaves_every_byte(
    tmp_path_factory: pytest.TempPathFactory, end: str, mark: bool, last_end: bool, entry: SourceEntry
) -> None:
    entry = replace(entry, name="new")
    text = ("\ufeff" if mark else "") + BY_HAND.replace("\n", end)
    path = write(tmp_path_factory.mktemp("manifest") / "sources.toml", text if last_end else text.removesuffix(end))
    assert put_entry(path, entry)
    added = text_of(path).removeprefix(text)
    assert text_of(path) == text + added
    assert added.startswith(f"{end}[[source]]{end}name = ")
    assert "\n" not in added.replace(end, "")
    assert read_manifest(path)[-1] == entry
    assert remove_entries(path, ["new"]) == ("new",)
    assert text_of(path) == text


def test_a_new_file_begins_with_an_explanation_and_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "sources.toml"
    assert put_entry(path, SourceEntry("briefs", "briefs", collection="briefs", enabled=True, kind="auto"))
    explanation, catalogue, added = text_of(path).partition(load_catalogue())
    assert explanation.startswith("## The sources of this library.")
    assert all(line == "" or line.startswith("##") for line in explanation.splitlines())
    assert catalogue == load_catalogue()
    assert added == '\n[[source]]\nname = "briefs"\nlocation = "briefs"\n'
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    assert os.listdir(path.parent) == ["sources.toml"]


def edited(path: Path, old: str, new: str) -> None:
    """The file is as it was written by hand, but for one place."""
    assert BY_HAND.count(old) == 1
    assert text_of(path) == BY_HAND.replace(old, new)


def test_a_changed_value_changes_only_its_line(by_hand: Path) -> None:
    briefs, un = read_manifest(by_hand)
    assert put_entry(by_hand, replace(briefs, every="1d"))
    edited(by_hand, 'every = "6h"\t# often', 'every = "1d"\t# often')
    assert put_entry(by_hand, briefs)
    assert text_of(by_hand) == BY_HAND
    assert put_entry(by_hand, replace(un, edition="2026-06-30"))
    edited(by_hand, "edition = 2026-05-31", 'edition = "2026-06-30"')


def test_a_new_value_stands_below_the_others_and_above_the_comments(by_hand: Path) -> None:
    briefs, un = read_manifest(by_hand)
    assert put_entry(by_hand, replace(briefs, enabled=False))
    edited(by_hand, '"6h"\t# often\n', '"6h"\t# often\nenabled = false\n')
    assert put_entry(by_hand, briefs)
    assert text_of(by_hand) == BY_HAND
    assert put_entry(by_hand, replace(un, publisher="UN"))
    edited(by_hand, "2026-05-31\n", '2026-05-31\npublisher = "UN"\n')


def test_a_value_that_becomes_the_default_goes(by_hand: Path) -> None:
    briefs, un = read_manifest(by_hand)
    assert put_entry(by_hand, replace(briefs, every=None))
    edited(by_hand, 'every = "6h"\t# often\n', "")
    assert read_manifest(by_hand) == (replace(briefs, every=None), un)


def test_what_means_the_same_is_not_touched(tmp_path: Path, by_hand: Path) -> None:
    before = by_hand.stat()
    for same in (*read_manifest(by_hand), SourceEntry("briefs", "./briefs", every="6h", collection="briefs")):
        assert not put_entry(by_hand, same)
    assert remove_entries(by_hand, ["later", "nobody"]) == ()
    assert (by_hand.stat().st_ino, by_hand.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    explicit = GOOD + 'collection = "un"\nkind = "auto"\ninclude = []\nenabled = true\n'
    path = write(tmp_path / "explicit.toml", explicit)
    assert put_entry(path, SourceEntry("un", "/l", language="en"))
    assert text_of(path) == explicit + 'language = "en"\n'


def test_comments_around_a_source_that_goes_stay(by_hand: Path) -> None:
    assert remove_entries(by_hand, ["un"]) == ("un",)
    edited(by_hand, BY_HAND[BY_HAND.index('[[ "source"') : BY_HAND.index("\n# [[source]]")], "")
    assert remove_entries(by_hand, ("briefs",)) == ("briefs",)
    assert text_of(by_hand) == (
        "# Ours. Ask Flavia before you change this.\n\n# The UN list.\n# It moves now and then.\n\n"
        '# [[source]]\n# name = "later"\n# location = "/later"\n'
    )
    assert remove_entries(by_hand, ["briefs"]) == ()


def test_an_entry_of_the_catalogue_is_uncommented_and_taken_out_again(tmp_path: Path) -> None:
    path = write(tmp_path / "sources.toml", load_catalogue())
    block = re.search(r'# \[\[source\]\]\n# name = "uk-travel-advice"\n(?:# .*\n)+', load_catalogue())
    assert block is not None
    write(path, load_catalogue().replace(block[0], re.sub("(?m)^# ", "", block[0])))
    (entry,) = read_manifest(path)
    assert put_entry(path, replace(entry, every="12h"))
    assert remove_entries(path, [entry.name]) == ("uk-travel-advice",)
    left = text_of(path)
    assert load_catalogue().replace(block[0], "") in (
        left,
        left.replace("\n## The same office", "\n\n## The same office"),
    )


@pytest.mark.parametrize("quotes", ['"""', "'''"])
def test_a_header_inside_a_text_of_several_lines_is_none(tmp_path: Path, quotes: str) -> None:
    text = f'[[source]]\nname = "a"\nlocation = {quotes}/a\\\n[[source]]\\\n# x{quotes}\n# below\n'
    path = write(tmp_path / "sources.toml", text)
    if quotes == "'''":
        with pytest.raises(SettingsError, match="location is empty, or has a control character"):
            read_manifest(path)
        return
    assert [entry.location for entry in read_manifest(path)] == ["/a[[source]]# x"]
    assert put_entry(path, SourceEntry("b", "/b"))
    assert put_entry(path, SourceEntry("a", "/a[[source]]# x", language="en"))
    assert (
        text_of(path)
        == text.replace("# below", 'language = "en"\n# below') + '\n[[source]]\nname = "b"\nlocation = "/b"\n'
    )
    assert remove_entries(path, ["a"]) == ("a",)
    assert text_of(path) == '# below\n\n[[source]]\nname = "b"\nlocation = "/b"\n'


def test_sources_in_one_line_are_read_and_not_edited(tmp_path: Path) -> None:
    text = 'source = [{name = "a", location = "/a"}, {name = "b", location = "/b"}]\n'
    path = write(tmp_path / "sources.toml", text)
    assert read_manifest(path) == (SourceEntry("a", "/a"), SourceEntry("b", "/b"))
    acts: tuple[Callable[[], object], ...] = (
        lambda: put_entry(path, SourceEntry("a", "/c")),
        lambda: remove_entries(path, ["a"]),
    )
    for act in acts:
        with pytest.raises(SettingsError) as caught:
            act()
        assert caught.value.user_message == (
            f"The manifest {path} cannot be edited by a program: not every source is written as [[source]]; "
            "edit it by hand."
        )
    with pytest.raises(SettingsError, match="is not TOML"):
        put_entry(path, SourceEntry("c", "/c"))
    assert text_of(path) == text


# --- writing ---


def test_a_failure_at_the_last_moment_leaves_the_old_file(by_hand: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("replace", "fsync"):
        with monkeypatch.context() as patched:
            patched.setattr(index.manifest.write.os, step, full)
            acts: tuple[Callable[[], object], ...] = (
                lambda: put_entry(by_hand, SourceEntry("new", "/new")),
                lambda: remove_entries(by_hand, ["un"]),
            )
            for act in acts:
                with pytest.raises(StorageError) as caught:
                    act()
                told = f"The manifest {by_hand} cannot be written: No space left on device."
                assert caught.value.user_message == told
                assert text_of(by_hand) == BY_HAND
                assert os.listdir(by_hand.parent) == ["sources.toml"]


def test_places_that_cannot_be_read_or_written_are_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(StorageError, match=r"folder\.toml cannot be read: Is a directory\."):
        read_manifest(tmp_path / "folder.toml")
    write(tmp_path / "file", "")
    with pytest.raises(StorageError, match=r"sources\.toml cannot be read: Not a directory\."):
        read_manifest(tmp_path / "file" / "sources.toml")
    with pytest.raises(StorageError, match=r"sources\.toml cannot be written: \S+/file is no folder\."):
        put_entry(tmp_path / "file" / "sources.toml", SourceEntry("n", "/l"))


@pytest.mark.parametrize("step", ["open", "fchmod"])
def test_access_that_is_denied_is_a_storage_error(by_hand: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(index.manifest.write.os, step, denied)
        with pytest.raises(StorageError) as caught:
            put_entry(by_hand, SourceEntry("n", "/l"))
    assert caught.value.user_message == f"The manifest {by_hand} cannot be written: Permission denied."
    assert text_of(by_hand) == BY_HAND
    assert os.listdir(by_hand.parent) == ["sources.toml"]


def test_permissions_and_links_are_kept(tmp_path: Path, by_hand: Path) -> None:
    by_hand.chmod(0o640)
    home = tmp_path / "home"
    home.mkdir()
    (home / "sources.toml").symlink_to(by_hand)
    assert put_entry(home / "sources.toml", SourceEntry("new", "/new"))
    assert (home / "sources.toml").is_symlink()
    assert stat.S_IMODE(by_hand.stat().st_mode) == 0o640
    assert text_of(by_hand) == BY_HAND + '\n[[source]]\nname = "new"\nlocation = "/new"\n'


def test_edits_at_the_same_time_all_last(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    put_entry(path, SourceEntry("gone", "/gone"))
    start = threading.Barrier(8)

    def edit(number: int) -> None:
        start.wait()
        if number == 0:
            remove_entries(path, ["gone"])
        put_entry(path, SourceEntry(f"source-{number}", f"/{number}"))

    threads = [threading.Thread(target=edit, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.name for entry in read_manifest(path)} == {f"source-{number}" for number in range(8)}
    assert os.listdir(tmp_path) == ["sources.toml"]


# --- the catalogue ---


def test_the_catalogue_is_nothing_but_comments() -> None:
    assert tomllib.loads(load_catalogue()) == {}
    assert all(line == "" or line.startswith(("# ", "## ")) for line in load_catalogue().splitlines())
    assert load_catalogue().endswith("\n")


def test_the_catalogue_uncommented_is_a_manifest(tmp_path: Path) -> None:
    path = write(tmp_path / "sources.toml", re.sub("(?m)^# ", "", load_catalogue()))
    found = read_manifest(path)
    assert len(found) == load_catalogue().count("\n# [[source]]\n")
    assert all(entry.on_the_web and entry.every is not None and entry.publisher for entry in found)
    assert all(entry.kind in {"list", "feed", "page"} and entry.collection != entry.name for entry in found)
    assert {entry.name for entry in found if entry.language is None} == {"opensanctions"}
    assert len({entry.location for entry in found}) == len(found)
    lists = {entry.name for entry in found if entry.kind == "list"}
    assert {"un-consolidated-list", "ofac-sdn", "eu-financial-sanctions", "uk-sanctions-list", "opensanctions"} <= lists
    assert "CC BY-NC 4.0" in load_catalogue()
