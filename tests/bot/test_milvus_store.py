"""Answers from an index in Milvus: the same as from files. Milvus is Milvus Lite, spoken to as a server."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.assemble import Legation, briefs_source, passage_store
from bot.doctor import examine
from bot.question import make_question
from bot.settings import load_settings
from bot.shown_settings import secrets, shown_settings
from index.check.derived import check_index
from index.check.stored import Stored
from index.errors import LibraryError, SettingsError, StorageError
from index.export import DEFAULT_MODEL
from index.home import LOST, Home
from index.local_store import LocalStore
from index.milvus.prefix import own_prefix
from index.types import Source
from tests.conftest import Corpus
from tests.fakes.milvus import MilvusServer
from tests.fakes.tls import TlsProxy
from tests.fakes.word_encoder import WordEncoder

QUESTIONS = (
    "Which embassies is North Korea closing, and why?",
    "When was the US embassy in Taipei closed?",
    "When do the Burma sanctions end?",
    "Who is the protecting power in Iran?",
    "Where is the quarantine of Zanzibar?",
    "sancions on Burma in 2008",
)


@pytest.fixture
def milvus(tmp_path: Path) -> Iterator[MilvusServer]:
    server = MilvusServer(tmp_path / "engine.db")
    yield server
    server.stop()


def legation_at(folder: Path, model: str = DEFAULT_MODEL, **store: str) -> Legation:
    legation = Legation(load_settings(folder, store=store, reranker="none", refuse_below=0.0, model=model))
    legation.__dict__["encoder"] = WordEncoder()
    return legation


def answers(legation: Legation) -> list[object]:
    """What is quoted from where, and how surely, for all questions."""
    given = []
    for question in QUESTIONS:
        for collections in ((), ("briefs",), ("notes",)):
            answer = legation.answerer.answer(make_question(question, collections=collections))
            quotes = [
                (each.document.id, each.highlight, each.document.text[slice(*each.highlight)])
                for each in (*answer.quotes, *answer.nearest)
            ]
            given.append((answer.found, answer.reason, round(answer.answerability, 3), quotes, answer.understanding))
    return given


def test_answers_are_the_same_as_from_files(tmp_path: Path, milvus: MilvusServer, corpus: Corpus) -> None:
    notes = corpus({"harbour.md": "# Harbour\n\nThe quarantine of Zanzibar harbour ends on 5 May 2021.\n"}, "notes")
    local, shared = legation_at(tmp_path / "local"), legation_at(tmp_path / "shared", uri=milvus.uri)
    given = []
    for legation in (local, shared):
        legation.sync(add=[briefs_source(), Source("notes", str(notes), "notes")])
    given.append(answers(local))
    assert answers(shared) == given[0]
    assert any("Zanzibar harbour" in str(each) for each in given[0])
    # Another process, whose library says where the index is.
    assert answers(legation_at(tmp_path / "shared", uri=milvus.uri)) == given[0]
    for legation in (local, shared):
        report = legation.sync(remove=["notes"])
        assert report.removed == 1
    given.append(answers(local))
    assert answers(shared) == given[1] != given[0]
    assert not (tmp_path / "shared" / "generations").exists()
    (checked,) = check_index(Stored(shared.home), lambda progress: None)
    assert "is kept in Milvus" in checked.detail
    assert local.sync().generation != shared.sync().generation
    assert shared.sync().generation == shared.sync().generation


def test_who_changes_the_store_has_the_index_built_there(tmp_path: Path, milvus: MilvusServer, corpus: Corpus) -> None:
    source = Source("notes", str(corpus({"a.md": "The embassy in Oslo closed in 2017.\n"})), "notes")
    home = tmp_path / "home"
    legation_at(home).sync(add=[source])
    place = f"Milvus at {milvus.uri.removeprefix('http://')}"
    for store, missing in (
        ({"uri": milvus.uri}, f"The index was not built in {place} yet"),
        ({}, "The index was built in another store"),
        ({"uri": milvus.uri}, f"The index was not built in {place} yet"),
    ):
        told: list[str] = []
        legation = replace(legation_at(home, **store, model="words"), notice=told.append)
        legation.__dict__["encoder"] = WordEncoder()
        (found,) = [each for each in examine(legation) if each.subject in ("generation", "index")]
        assert (found.status, found.detail) == ("wrong", f"{missing}; run: legation sync")
        legation.prepare()
        assert told == [f"{missing}; building the index from the library."]
        answer = legation.answerer.answer(make_question("Which embassy closed?"))
        assert "Oslo" in answer.quotes[0].document.text


def test_files_of_before_go_as_generations_do(tmp_path: Path, milvus: MilvusServer, corpus: Corpus) -> None:
    folder = corpus({"a.md": "The embassy in Oslo closed in 2017.\n"})
    legation_at(tmp_path / "home").sync(add=[Source("notes", str(folder), "notes")])
    shared = legation_at(tmp_path / "home", uri=milvus.uri)
    left = []
    for number in range(2):
        corpus({f"{number}.md": f"The legation number {number} closed.\n"})
        shared.sync()
        left.append(len(list(shared.home.generations.iterdir())))
    assert left == [1, 0]


def test_a_library_that_is_lost_is_not_begun_anew(tmp_path: Path, milvus: MilvusServer, corpus: Corpus) -> None:
    """Its index shows in Milvus alone that there was one."""
    source = Source("notes", str(corpus({"a.md": "The embassy in Oslo closed in 2017.\n"})), "notes")
    legation_at(tmp_path, uri=milvus.uri).sync(add=[source])
    home = Home(tmp_path)
    kept = home.library.read_bytes()
    home.library.unlink()
    lost = legation_at(tmp_path, uri=milvus.uri)
    with pytest.raises(LibraryError, match=r"was here before.*store\.id"):
        lost.prepare()
    assert [each.detail for each in examine(lost) if each.subject == "library"] == [LOST]
    home.library.write_bytes(kept)
    legation_at(tmp_path, "words", uri=milvus.uri).prepare()


def test_where_nothing_could_be_read_all_is_as_before(tmp_path: Path, milvus: MilvusServer) -> None:
    (tmp_path / "empty").mkdir()
    legation = legation_at(tmp_path / "home", uri=milvus.uri)
    legation.sync(add=[Source("empty", str(tmp_path / "empty"), "empty")])
    assert legation.delete_library(["empty"])
    assert not legation.home.lost
    legation_at(tmp_path / "home", uri=milvus.uri).sync(add=[briefs_source()])


def test_doctor_says_whether_the_engine_answers(tmp_path: Path, milvus: MilvusServer) -> None:
    legation = legation_at(tmp_path / "home", **{"uri": milvus.uri, "token": "root:Secret77"})
    place = f"Milvus at {milvus.uri.removeprefix('http://')}"

    def store() -> list[tuple[str, str, str]]:
        found = list(examine(legation))
        assert "Secret77" not in str(found)
        return [(each.subject, each.status, each.detail) for each in found if each.subject in ("store", "index")]

    answers = f"{place} answers, version milvus_lite-{version()}"
    assert store() == [("store", "ok", answers), ("index", "note", "not built yet")]
    milvus.stop()
    ((subject, status, detail),) = store()  # of an index that nobody can look at nothing is said
    assert (subject, status) == ("store", "wrong")
    assert detail.startswith(f"{place} does not answer;")
    with pytest.raises(StorageError, match="does not answer"):
        legation.sync()


def test_over_tls_it_is_found_synced_and_asked(tmp_path: Path, milvus: MilvusServer, corpus: Corpus) -> None:
    trustme = pytest.importorskip("trustme")
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(["h2"])
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    with closing(TlsProxy(urlsplit(milvus.uri).port or 0, context)) as proxy:
        store = {"uri": f"https://127.0.0.1:{proxy.port}", "token": "root:Secret77"}
        untrusting = legation_at(tmp_path / "home", **store)
        (wrong,) = [each for each in examine(untrusting) if each.subject == "store"]
        assert wrong.status == "wrong"
        assert wrong.detail.endswith("set LEGATION_STORE__CA to the file (PEM) of the authority that signed it.")
        legation = legation_at(tmp_path / "home", **store, ca=str(tmp_path / "ca.pem"))
        legation.sync(add=[Source("notes", str(corpus({"a.md": "The embassy in Oslo closed in 2017.\n"})), "notes")])
        answer = legation.answerer.answer(make_question("Which embassy closed?"))
        assert "Oslo" in answer.quotes[0].document.text
        (found,) = [each for each in examine(legation) if each.subject == "store"]
        place = f"Milvus at 127.0.0.1:{proxy.port}"
        assert (found.status, found.detail) == ("ok", f"{place} answers, version milvus_lite-{version()}")


def test_doctor_notes_a_token_that_can_be_read_on_the_way(tmp_path: Path, milvus: MilvusServer) -> None:
    uri = milvus.uri.replace("127.0.0.1", "0.0.0.0")  # noqa: S104 - this machine, by no address of the loopback
    legation = legation_at(tmp_path / "home", **{"uri": uri, "token": "root:Secret77"})
    (found,) = [each for each in examine(legation) if each.subject == "store"]
    assert found.status == "note"
    assert found.detail.endswith("; it is sent the token without encryption")
    assert found.mend == "have TLS turned on there, https:// in store.uri"


def version() -> str:
    from importlib.metadata import version

    return version("milvus-lite")


def test_settings_of_the_store(tmp_path: Path) -> None:
    assert isinstance(passage_store(load_settings(tmp_path)), LocalStore)
    settings = load_settings(tmp_path, store={"uri": "http://engine:19530", "token": "root:Secret77"})
    assert set(secrets(settings)) == {"root:Secret77", "Secret77"}
    assert shown_settings(settings)["store.token"] == "set"
    for uri in ("http://root:Secret77@engine:19530", "engine:19530", ""):
        with pytest.raises(SettingsError) as told:
            load_settings(tmp_path, store={"uri": uri})
        assert "Secret77" not in told.value.user_message
        assert "store.uri (LEGATION_STORE__URI)" in told.value.user_message
    for uri in ("https://", "http://:19530", "http://engine:99999", "http://root:Secret77/x@engine"):
        with pytest.raises(SettingsError, match=r"store.uri \(LEGATION_STORE__URI\).*(no host|no number)") as told:
            load_settings(tmp_path, store={"uri": uri})
        assert "Secret77" not in told.value.user_message
    for store in ({"uri": "http://engine:19530"}, {}):
        with pytest.raises(SettingsError, match=r"store.ca \(LEGATION_STORE__CA\).*begins with https://\."):
            load_settings(tmp_path, store={**store, "ca": "ca.pem"})
    assert load_settings(tmp_path, store={"uri": "HTTPS://engine", "ca": "ca.pem"}).store.ca == Path("ca.pem")
    for prefix in ("", "1a", "a-b", "A", "_a"):
        with pytest.raises(SettingsError, match=r"store.prefix \(LEGATION_STORE__PREFIX\)"):
            load_settings(tmp_path, store={"prefix": prefix})


def test_a_home_keeps_its_prefix_and_no_other_has_it(tmp_path: Path) -> None:
    first = own_prefix(tmp_path / "one")
    assert own_prefix(tmp_path / "one") == first != own_prefix(tmp_path / "other")
    Home(tmp_path / "one").store_id.write_text("../etc")
    with pytest.raises(StorageError, match="LEGATION_STORE__PREFIX"):
        own_prefix(tmp_path / "one")
