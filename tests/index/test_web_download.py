"""Downloads from a real server on loopback: what comes of good answers, and of every bad one."""

import gzip
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ReadError, SettingsError
from index.web.download import Downloader, Fetched, NotModified, Validators
from index.web.errors import Gone, StatusError, UnavailableError
from index.web.rules import DownloadRules
from tests.index.web_site import HOST, Request, StoppedClock, WebSite, answer, downloader

RULES = DownloadRules(allowed_hosts=frozenset((HOST,)), attempts=1)
SMALL = replace(RULES, most_bytes=1_000, most_inflated=5_000)


@pytest.fixture
def site() -> Iterator[WebSite]:
    with WebSite() as site:
        yield site


def fetched(site: WebSite, path: str = "/", rules: DownloadRules = RULES) -> Fetched:
    with downloader(rules) as loader:
        result = loader.get(site.url(path))
    assert isinstance(result, Fetched)
    return result


def opened() -> set[str]:
    """What this process has open: files by their names, sockets and pipes by their numbers."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # that of the listing itself
            found.add(str(Path(f"/proc/self/fd/{number}").readlink()))
    return found


def problem(site: WebSite, path: str = "/", rules: DownloadRules = RULES) -> str:
    with downloader(rules) as loader, pytest.raises(ReadError) as error:
        loader.get(site.url(path))
    return error.value.user_message


def test_a_document_comes_as_it_was_served(site: WebSite) -> None:
    content = bytes(range(256)) * 1_000
    site.routes["/files/report%20one.pdf?v=1"] = answer(
        200, content, Content_Type="application/pdf; x=y", ETag='"abc"', Last_Modified="Mon, 06 May 2024 10:00:00 GMT"
    )
    assert fetched(site, "/files/report one.pdf?v=1#page=2") == Fetched(
        url=site.url("/files/report%20one.pdf?v=1"),
        content=content,
        media_type="application/pdf; x=y",
        etag='"abc"',
        last_modified="Mon, 06 May 2024 10:00:00 GMT",
        file_name="report one.pdf",
    )


def test_the_request_says_who_asks_and_nothing_else(site: WebSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    site.routes["/"] = answer(200, b"x", Set_Cookie="a=b; Path=/")
    with downloader(replace(RULES, user_agent="Tester/1.0 (+https://example.org)")) as loader:
        loader.get(site.url())
        loader.get(site.url())
    assert site.requests[-1].headers == {
        "host": f"{HOST}:{site.port}",
        "user-agent": "Tester/1.0 (+https://example.org)",
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
    }


def test_a_document_that_did_not_change_is_not_sent_again(site: WebSite) -> None:
    def serve(request: Request) -> bytes:
        same = request.headers.get("if-none-match") == '"1"' or "if-modified-since" in request.headers
        return answer(304) if same else answer(200, b"content", ETag='"1"')

    site.routes["/"] = serve
    with downloader() as loader:
        first = loader.get(site.url())
        assert isinstance(first, Fetched)
        assert first.validators == Validators('"1"', None, site.url())
        assert loader.get(site.url(), first.validators) == NotModified(site.url())
        assert loader.get(site.url(), Validators(last_modified="Mon, 06 May 2024 10:00:00 GMT")) == NotModified(
            site.url()
        )
        assert loader.get(site.url(), replace(first.validators, etag='"0"')) == first
        # Those of another address say nothing of this one.
        assert loader.get(site.url(), replace(first.validators, url=site.url("/other"))) == first
    site.routes["/"] = answer(304)
    assert problem(site) == "the server answered 304 (Not Modified)"


def test_redirects_are_followed_and_the_last_address_is_told(site: WebSite) -> None:
    for number, status in enumerate((301, 302, 303, 307, 308)):
        site.routes[f"/{number}"] = answer(status, b"elsewhere", Location=f"/x/../{number + 1}")
    site.routes["/5"] = answer(200, b"content")
    found = fetched(site, "/0")
    assert (found.url, found.content, found.file_name) == (site.url("/5"), b"content", "5")
    assert site.paths == ["/0", "/1", "/2", "/3", "/4", "/5"]
    site.routes["/5"] = answer(302, Location="/6")
    site.routes["/6"] = answer(200, b"content")
    assert problem(site, "/0") == "it redirects more than 5 times"
    assert site.paths[6:] == ["/0", "/1", "/2", "/3", "/4", "/5"]


def test_redirects_that_lead_nowhere(site: WebSite) -> None:
    site.routes["/loop"] = answer(302, Location="/loop")
    site.routes["/nowhere"] = answer(302)
    site.routes["/bytes"] = answer(302, Location="http://\xff\xfe/")
    assert problem(site, "/loop") == "it redirects more than 5 times"
    assert problem(site, "/nowhere") == "it redirects to an address that is not valid"
    assert problem(site, "/bytes").startswith("it redirects to an address that is not")


def test_statuses_are_told_apart(site: WebSite) -> None:
    statuses = {
        "204 (No Content)": StatusError, "206 (Partial Content)": StatusError, "300 (Multiple Choices)": StatusError,
        "401 (Unauthorized)": StatusError, "403 (Forbidden)": StatusError, "404 (Not Found)": Gone, "410 (Gone)": Gone,
        "500 (Internal Server Error)": StatusError, "599": StatusError, "429 (Too Many Requests)": UnavailableError,
        "502 (Bad Gateway)": UnavailableError, "503 (Service Unavailable)": UnavailableError,
        "504 (Gateway Timeout)": UnavailableError,
    }  # fmt: skip
    with downloader() as loader:
        for status, kind in statuses.items():
            site.routes["/"] = answer(int(status[:3]))
            with pytest.raises(ReadError) as error:
                loader.get(site.url())
            assert (type(error.value), error.value.user_message) == (kind, f"the server answered {status}")


def test_a_server_in_trouble_is_asked_again(site: WebSite) -> None:
    # aiohttp itself asks once more, at once, when a connection is closed before an answer.
    answers = [answer(503), b"", b"", answer(429, Retry_After="7"), answer(200, b"content")]
    site.routes["/"] = lambda _: answers.pop(0)
    clock = StoppedClock()
    with downloader(replace(RULES, attempts=4, seconds_between_requests=0.25), clock) as loader:
        assert loader.get(site.url()).url == site.url()
    # Politeness after robots.txt; then 1, 2, 4 seconds and half as much again by chance, or what the server asks for.
    assert clock.slept == [0.25, 1.5, 3.0, 7.0]


def test_attempts_come_to_an_end(site: WebSite) -> None:
    site.routes["/"] = answer(502)
    assert problem(site, rules=replace(RULES, attempts=3)) == "the server answered 502 (Bad Gateway)"
    assert site.paths == ["/"] * 3
    site.routes["/"] = answer(404)
    assert problem(site, rules=replace(RULES, attempts=3)) == "the server answered 404 (Not Found)"
    assert site.paths == ["/"] * 4


@pytest.mark.parametrize(
    ("asked", "slept"),
    [
        ("Mon, 06 May 2024 00:00:31 GMT", 30.0),
        ("Sun, 05 May 2024 00:00:00 GMT", 1.5),
        ("0", 1.5),
        ("60", 60.0),
        ("soon", 1.5),
        ("-1", 1.5),
        ("1e9", 1.5),
    ],
)
def test_retry_after_is_a_number_or_a_date(site: WebSite, asked: str, slept: float) -> None:
    answers = [answer(503, Retry_After=asked), answer(200, b"content")]
    site.routes["/"] = lambda _: answers.pop(0)
    clock = StoppedClock()
    with downloader(replace(RULES, attempts=2), clock) as loader:
        loader.get(site.url())
    assert clock.slept == [1.0, slept]


def test_a_server_that_asks_for_long_is_left_alone(site: WebSite) -> None:
    site.routes["/"] = answer(503, Retry_After="99999999999999999999")
    clock = StoppedClock()
    with downloader(replace(RULES, attempts=3), clock) as loader, pytest.raises(UnavailableError) as error:
        loader.get(site.url())
    assert (error.value.seconds, site.paths, clock.slept) == (9999999999.0, ["/"], [1.0])


def test_requests_to_one_host_keep_apart(site: WebSite) -> None:
    site.routes["/"] = answer(200, b"x")
    clock = StoppedClock()
    with downloader(replace(RULES, seconds_between_requests=2.5), clock) as loader:
        loader.get(site.url())
        clock.time += 1.0
        loader.get(site.url())
        clock.time += 3.0
        loader.get(site.url())
    assert clock.slept == [2.5, 1.5]


def test_compressed_content_is_unpacked(site: WebSite) -> None:
    content = b"A text that is long enough. " * 100
    bare = zlib.compressobj(wbits=-15)
    forms = {
        "gzip": gzip.compress(content),
        "GZip": gzip.compress(content[:1_000]) + gzip.compress(content[1_000:]) + b"\0" * 100,
        "x-gzip": gzip.compress(content),
        "deflate": zlib.compress(content),
        "Deflate": bare.compress(content) + bare.flush(),
        "identity": content,
        "": content,
    }
    with downloader() as loader:
        for coding, sent in forms.items():
            site.routes["/"] = answer(200, sent, Content_Encoding=coding)
            result = loader.get(site.url())
            assert isinstance(result, Fetched)
            assert (coding, result.content) == (coding, content)


def test_content_is_never_larger_than_allowed(site: WebSite) -> None:
    larger = "it is larger than 1000 bytes, the most that is read of one file"
    bomb = "it holds more than 5000 bytes, the most that is unpacked"
    site.routes["/fits"] = answer(200, b"x" * 1_000)
    site.routes["/declared"] = answer(200, b"", Content_Length="1001")
    chunk = b"fa0\r\n" + b"x" * 4_000 + b"\r\n"
    site.routes["/endless"] = lambda _: iter([answer(200, Transfer_Encoding="chunked"), *[chunk] * 100])
    site.routes["/until closed"] = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000
    site.routes["/gzip fits"] = answer(200, gzip.compress(bytes(5_000)), Content_Encoding="gzip")
    site.routes["/gzip"] = answer(200, gzip.compress(bytes(5_001)), Content_Encoding="gzip")
    site.routes["/members"] = answer(200, gzip.compress(bytes(100)) * 51, Content_Encoding="gzip")
    site.routes["/deflate"] = answer(200, zlib.compress(bytes(500_000)), Content_Encoding="deflate")
    site.routes = {path.replace(" ", "%20"): given for path, given in site.routes.items()}
    assert fetched(site, "/fits", SMALL).content == b"x" * 1_000
    assert fetched(site, "/gzip fits", SMALL).content == bytes(5_000)
    assert problem(site, "/declared", SMALL) == larger
    assert problem(site, "/endless", SMALL) == larger
    assert problem(site, "/until closed", SMALL) == larger
    assert problem(site, "/gzip", SMALL) == bomb
    assert problem(site, "/members", replace(SMALL, most_bytes=10_000)) == bomb
    assert problem(site, "/deflate", SMALL) == bomb


def test_a_bomb_takes_no_more_memory_than_allowed(site: WebSite) -> None:
    import tracemalloc

    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    site.routes["/"] = answer(200, bomb, Content_Encoding="gzip")
    with downloader(replace(RULES, most_inflated=1 << 20)) as loader:
        loader.check(site.url())
        tracemalloc.start()
        try:
            with pytest.raises(ReadError):
                loader.get(site.url())
            assert tracemalloc.get_traced_memory()[1] < 20 << 20
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip, br", "compress", "no\xe9"])
def test_encodings_that_were_not_asked_for_are_refused(site: WebSite, coding: str) -> None:
    site.routes["/"] = answer(200, gzip.compress(b"content"), Content_Encoding=coding)
    assert problem(site) == "its content is encoded in a way that was not asked for"


def test_damaged_content_is_no_document(site: WebSite) -> None:
    packed = gzip.compress(b"content" * 1_000)
    broke_off = "its content broke off before the end"
    cases = {
        answer(200, b"half", Content_Length="8"): broke_off,
        answer(200, b"4\r\nhalf\r\n", Transfer_Encoding="chunked"): broke_off,
        answer(200, b"zz\r\nhalf\r\n", Transfer_Encoding="chunked"): "the server's answer is not valid HTTP",
        answer(200, packed[:-4], Content_Encoding="gzip"): "its compressed content ends early",
        answer(200, packed[:5], Content_Encoding="gzip"): "its compressed content ends early",
        answer(200, packed[:-8] + b"12345678", Content_Encoding="gzip"): "its compressed content is damaged",
        answer(200, packed + b"trailer", Content_Encoding="gzip"): "its compressed content is damaged",
        answer(200, b"plain text", Content_Encoding="gzip"): "its compressed content is damaged",
    }
    with downloader() as loader:
        for sent, reason in cases.items():
            site.routes["/"] = sent
            with pytest.raises(ReadError) as error:
                loader.get(site.url())
            assert (sent, error.value.user_message) == (sent, reason)


def test_what_is_not_http_is_told(site: WebSite) -> None:
    not_http = "the server's answer is not valid HTTP"
    broke_off = "the server broke the connection off"
    cases = {
        b"": broke_off,
        b"HTTP/1.1 200": broke_off,
        b"SSH-2.0-OpenSSH_9.6\r\n": not_http,
        b"HTTP/1.1 abc OK\r\n\r\n": not_http,
        answer(200, X_Large="x" * 100_000): not_http,
        answer(200, **{f"X_{number}": "x" for number in range(10_000)}): not_http,
        answer(200, b"x", Content_Length="-1"): not_http,
        answer(200, b"x", Content_Length="one"): not_http,
    }
    with downloader() as loader:
        for sent, reason in cases.items():
            site.routes["/"] = sent
            with pytest.raises(ReadError) as error:
                loader.get(site.url())
            assert (sent[:40], error.value.user_message) == (sent[:40], reason)


def test_a_server_that_drips_is_cut_off(site: WebSite) -> None:
    def drip(begun: bytes) -> Iterator[bytes]:
        yield begun
        while not site.closing.wait(0.02):
            yield b"x"

    late = "it was not answered in full in the time allowed"
    site.routes["/fast"] = answer(200, b"content")
    with downloader(replace(RULES, attempts=2)) as loader:
        loader.get(site.url("/fast"))  # and robots.txt, which has all the time that it needs
        loader.rules = replace(loader.rules, seconds_in_all=0.2)
        for begun in (b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX-Slow: ", answer(200, Content_Length="100000")):
            site.routes["/"] = lambda _, begun=begun: drip(begun)  # type: ignore[misc]
            with pytest.raises(ReadError) as error:
                loader.get(site.url())
            assert error.value.user_message == late
    assert site.paths.count("/") <= 3  # what is too slow once is not tried again


def test_the_time_is_for_all_redirects_together(site: WebSite) -> None:
    clock = StoppedClock()

    def slow(_: Request) -> bytes:
        clock.time += 60.0
        return answer(302, Location="/")

    site.routes["/"] = slow
    with downloader(replace(RULES, seconds_in_all=100.0), clock) as loader, pytest.raises(ReadError) as error:
        loader.get(site.url())
    assert error.value.user_message == "it was not answered in full in the time allowed"
    assert len(site.paths) <= 2


def test_names_and_ports_that_do_not_answer(site: WebSite) -> None:
    with downloader(replace(RULES, allowed_hosts=frozenset((HOST, "127.0.0.1")))) as loader:
        reasons = {
            "http://unknown-host.test/": "its host name is not known",
            f"http://{HOST}:1/": "the server cannot be reached",
            "http://" + "a" * 70 + ".test/": "its host name is not known",
        }
        for url, reason in reasons.items():
            with pytest.raises(ReadError) as error:
                loader.get(url)
            assert error.value.user_message == f"robots.txt cannot be read for now: {reason}"


@pytest.mark.parametrize(
    ("disposition", "path", "name"),
    [
        ('attachment; filename="report.docx"', "/x", "report.docx"),
        ("attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf", "/x", "résumé.pdf"),
        ('attachment; filename="../../etc/passwd"', "/x", "passwd"),
        ('attachment; filename="C:\\\\dir\\\\a.pdf"', "/x", "a.pdf"),
        ("attachment; filename*=UTF-8''..%2F..%2Fa%00b%0A.pdf", "/x", "ab.pdf"),
        ("attachment; filename=..", "/x", "x"),
        ("attachment", "/a/list.csv?x=1/2", "list.csv"),
        ("=;;", "/d%2Fe.txt", "e.txt"),
        ("inline", "/" + "n" * 300 + ".pdf", "n" * 196 + ".pdf"),
        ("inline", "/", None),
    ],
)
def test_file_names_are_safe(site: WebSite, disposition: str, path: str, name: str | None) -> None:
    site.routes[path] = answer(200, b"x", Content_Disposition=disposition)
    assert fetched(site, path).file_name == name


def test_headers_that_could_not_be_sent_back_are_dropped(site: WebSite) -> None:
    site.routes["/"] = answer(200, b"x", ETag='"\xe9"', Content_Type="text/\xff", Last_Modified="x" * 1_001)
    found = fetched(site)
    assert (found.etag, found.media_type, found.last_modified) == (None, None, None)


@pytest.mark.parametrize("agent", ["", "  ", "/1.0", "Name\r\nX: y", "Näme", "1/2"])
def test_a_user_agent_begins_with_a_name(agent: str) -> None:
    with pytest.raises(SettingsError):
        Downloader(DownloadRules(user_agent=agent))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}", "-days", "1"]
    names = ["-addext", f"subjectAltName=DNS:{HOST}", "-keyout", "key.pem", "-out", "certificate.pem"]
    subprocess.run([*command, *names], cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate.pem", tmp_path / "key.pem")
    with WebSite(context) as site, downloader() as loader:
        site.routes["/"] = answer(200, b"content")
        with pytest.raises(ReadError) as error:
            loader.get(site.url().replace("http:", "https:"))
        assert error.value.user_message == "robots.txt cannot be read for now: its certificate is not trusted"
        assert site.requests == []


INTERRUPTED = """
import os, signal, threading
from tests.index.web_site import WebSite, answer, downloader

def interrupt(request):
    os.kill(os.getpid(), signal.SIGINT)
    while not site.closing.wait(20):  # Python notices one that comes just before it waits only after the wait
        os.kill(os.getpid(), signal.SIGINT)
    return b""

with WebSite() as site:
    site.routes["/"] = interrupt
    try:
        with downloader() as loader:
            loader.get(site.url())
    except KeyboardInterrupt:
        print("interrupted", site.paths)
print([thread.name for thread in threading.enumerate()])
"""


def test_ctrl_c_ends_a_download() -> None:
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", INTERRUPTED]
    finished = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=False)
    assert (finished.stdout, finished.stderr) == ("interrupted ['/']\n['MainThread']\n", "")


def test_a_downloader_leaves_nothing_open() -> None:
    handler = signal.getsignal(signal.SIGINT)
    before, threads = opened(), set(threading.enumerate())
    with WebSite() as site:  # ends its own threads, so that all that is left is the downloader's
        site.routes["/"] = answer(200, b"x")
        site.routes["/broken"] = answer(200, b"x", Content_Length="2")
        for _ in range(5):
            with downloader() as loader:
                loader.get(site.url())
                with pytest.raises(ReadError):
                    loader.get(site.url("/broken"))
    assert opened() <= before  # what was there may have gone meanwhile
    assert set(threading.enumerate()) <= threads
    assert signal.getsignal(signal.SIGINT) is handler
