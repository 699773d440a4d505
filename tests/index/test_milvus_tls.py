"""Milvus behind TLS: Milvus Lite's server, and a proxy with certificates of an authority of the test's own."""

import logging
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from index.errors import SettingsError, StorageError
from index.milvus import engine as engine_module
from index.milvus.engine import Engine
from index.milvus.store import MilvusStore
from index.milvus.tls import is_open
from tests.fakes.milvus import MilvusServer
from tests.fakes.tls import TlsProxy
from tests.index.test_passage_store_contract import Shelf, everything, some

trustme = pytest.importorskip("trustme")

TOKEN = "root:Secret77"  # noqa: S105 - of nobody
NOW = datetime.now(UTC)
PAST, YESTERDAY, TOMORROW, FUTURE = (NOW + timedelta(days=days) for days in (-9, -1, 1, 9))
UNTRUSTED = (
    "has a certificate of an authority that is not trusted here; set LEGATION_STORE__CA to the file (PEM) of the "
    "authority that signed it."
)
EXPIRED = "has a certificate that has expired; have it renewed there."
OTHER_HOST = "has a certificate for another host; let LEGATION_STORE__URI name a host that stands in the certificate."
ABSENT = "does not answer; see that it runs and that LEGATION_STORE__URI means it, then try again."

Open = Callable[[ssl.SSLContext], TlsProxy]


@pytest.fixture(scope="module")
def authority() -> Any:
    return trustme.CA()


@pytest.fixture(scope="module")
def authorities(authority: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authorities") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture
def proxy(milvus: MilvusServer) -> Iterator[Open]:
    """Opens a proxy before Milvus."""
    opened: list[TlsProxy] = []

    def open_one(context: ssl.SSLContext) -> TlsProxy:
        opened.append(TlsProxy(port_of(milvus), context))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def port_of(milvus: MilvusServer) -> int:
    port = urlsplit(milvus.uri).port
    assert port is not None
    return port


def serving(authority: Any, *names: str, protocols: tuple[str, ...] = ("h2",), **validity: datetime) -> ssl.SSLContext:
    """What a server presents: a certificate of the authority for ``names``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("localhost", "127.0.0.1")), **validity).configure_cert(context)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


def told(engine: Engine) -> str:
    """The sentence that it fails with."""
    with pytest.raises(StorageError) as raised:
        engine.version()
    assert "Secret77" not in raised.value.user_message
    start, _, sentence = raised.value.user_message.partition(f"{engine.place} ")
    assert start == ""
    return sentence


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_an_index_is_the_same_over_tls(
    host: str, milvus: MilvusServer, authority: Any, authorities: Path, proxy: Open
) -> None:
    opened = proxy(serving(authority))
    engine = Engine(f"https://{host}:{opened.port}", TOKEN, authorities)
    shelf = Shelf(MilvusStore(engine, "tls"))
    index = shelf.sync(some(10))
    plain = Shelf(MilvusStore(milvus.engine(), "tls"))
    assert everything(index) == everything(plain.store.open(index.record))
    assert opened.secured >= 1
    shelf.store.remove_others(())


@pytest.mark.parametrize(
    ("presented", "sentence"),
    [
        ({"not_before": PAST, "not_after": YESTERDAY}, EXPIRED),
        (
            {"not_before": TOMORROW, "not_after": FUTURE},
            "has a certificate that is not valid yet; see that the clocks are right, here and there.",
        ),
        ({"names": ("milvus.example.org",)}, OTHER_HOST),
        ({"protocols": ()}, "speaks TLS without HTTP/2, which Milvus needs; let it offer h2 (ALPN)."),
    ],
    ids=["expired", "not valid yet", "another host", "no HTTP/2"],
)
def test_what_is_wrong_with_a_certificate_is_told(
    presented: dict[str, Any], sentence: str, authority: Any, authorities: Path, proxy: Open
) -> None:
    context = serving(authority, *presented.pop("names", ()), **presented)
    assert told(Engine(f"https://127.0.0.1:{proxy(context).port}", TOKEN, authorities)) == sentence


def test_an_authority_that_is_not_trusted_is_told(authority: Any, authorities: Path, proxy: Open) -> None:
    uri = f"https://127.0.0.1:{proxy(serving(authority)).port}"
    assert told(Engine(uri, TOKEN)) == UNTRUSTED
    forged = f"https://127.0.0.1:{proxy(serving(trustme.CA())).port}"
    assert told(Engine(forged, TOKEN, authorities)) == UNTRUSTED
    assert Engine(uri, TOKEN, authorities).version()


def test_who_confuses_http_and_https_is_told(
    milvus: MilvusServer, authority: Any, authorities: Path, proxy: Open
) -> None:
    plain = Engine(f"http://127.0.0.1:{proxy(serving(authority)).port}", TOKEN)
    assert told(plain) == (
        "closed the connection at once; if it wants TLS, let LEGATION_STORE__URI begin with https://, otherwise see "
        "that it runs, then try again."
    )
    secure = Engine(milvus.uri.replace("http://", "https://"), TOKEN, authorities)
    assert told(secure) == ("speaks no TLS; let LEGATION_STORE__URI begin with http://, or have TLS turned on there.")


def test_a_server_that_wants_a_certificate_of_its_clients_is_told(
    authority: Any, authorities: Path, proxy: Open
) -> None:
    context = serving(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    assert told(Engine(f"https://127.0.0.1:{proxy(context).port}", TOKEN, authorities)) == (
        "closed the connection at once; see that Milvus runs behind it and wants no certificate of its clients, then "
        "try again."
    )


def test_a_certificate_that_expires_while_it_is_used_is_told_and_a_renewed_one_taken(
    authority: Any, authorities: Path, proxy: Open
) -> None:
    opened = proxy(serving(authority))
    engine = Engine(f"https://127.0.0.1:{opened.port}", TOKEN, authorities)
    version = engine.version()
    opened.stop()
    assert told(engine) == ABSENT
    opened.start(serving(authority, not_before=PAST, not_after=YESTERDAY))
    assert told(engine) == EXPIRED
    opened.stop()
    opened.start(serving(authority))
    assert engine.version() == version


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_never_answers_is_waited_for_a_time(
    scheme: str, authorities: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_CONNECT_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = Engine(f"{scheme}://127.0.0.1:{silent.getsockname()[1]}", TOKEN, authorities)
        assert told(engine) == ABSENT


def test_a_file_without_authorities_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    with pytest.raises(SettingsError) as raised:
        Engine("https://localhost:1", TOKEN, path).version()
    assert raised.value.user_message == f"LEGATION_STORE__CA names a file that cannot be read: {path}"
    for content in ("", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        path.write_text(content)
        with pytest.raises(SettingsError) as raised:
            Engine("https://localhost:1", TOKEN, path).version()
        assert raised.value.user_message == f"LEGATION_STORE__CA names a file without certificates in PEM: {path}"


def test_a_failure_is_told_once_and_by_us_alone(authority: Any, proxy: Open) -> None:
    """gRPC writes to standard error on its own, in a process that does not forbid it before the first call."""
    uri = f"https://127.0.0.1:{proxy(serving(authority)).port}"
    program = (
        "from index.errors import StorageError\nfrom index.milvus.engine import Engine\n"
        f"try:\n    Engine({uri!r}, {TOKEN!r}).version()\nexcept StorageError as error:\n    print(error.user_message)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == (f"{Engine(uri).place} {UNTRUSTED}\n", "")


def test_a_token_on_an_open_line_is_warned_of(
    milvus: MilvusServer, authority: Any, authorities: Path, proxy: Open, caplog: pytest.LogCaptureFixture
) -> None:
    port = port_of(milvus)
    opened = proxy(serving(authority))
    silent = [Engine(milvus.uri, TOKEN), Engine(f"http://0.0.0.0:{port}")]
    silent.append(Engine(f"https://127.0.0.1:{opened.port}", TOKEN, authorities))
    for engine in silent:
        engine.version()
    assert caplog.records == []
    engine = Engine(f"http://0.0.0.0:{port}", TOKEN)  # this machine, but not by an address of the loopback
    engine.version()
    engine.version()
    (record,) = caplog.records
    assert (record.levelno, record.name) == (logging.WARNING, "index.milvus.engine")
    assert record.getMessage() == (
        f"Milvus at 0.0.0.0:{port} is sent the token without encryption; use https:// in store.uri"
    )


@pytest.mark.parametrize(
    ("uri", "is_one"),
    [
        ("http://milvus.example.org:19530", True),
        ("http://10.0.0.7:19530", True),
        ("http://[fd00::7]:19530", True),
        ("https://milvus.example.org", False),
        ("http://localhost:19530", False),
        ("http://127.0.0.9:19530", False),
        ("http://[::1]:19530", False),
        ("/home/engine.db", False),
    ],
)
def test_which_lines_are_open(uri: str, is_one: bool) -> None:
    assert is_open(uri) is is_one


def test_https_has_a_port_of_its_own() -> None:
    assert Engine("https://milvus.example.org").place == "Milvus at milvus.example.org:443"
    assert Engine("http://milvus.example.org").place == "Milvus at milvus.example.org:19530"
