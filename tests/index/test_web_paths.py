"""The paths that documents of the web go by."""

import hashlib
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from yarl import URL

from index.web.paths import LONGEST, path_of


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://example.org", "example.org"),
        ("https://example.org/", "example.org"),
        ("http://Example.ORG:80/a/b.html#part", "example.org/a/b.html"),
        ("https://example.org:8443/a", "example.org:8443/a"),
        ("https://[2606:4700::1111]/a", "[2606:4700::1111]/a"),
        ("https://example.org/press/", "example.org/press/_"),
        ("https://example.org/press/_", "example.org/press/%5F"),
        ("https://example.org/_press", "example.org/_press"),
        ("https://example.org//a", "example.org/_/a"),
        ("https://example.org/a?id=5&x=a%20b", "example.org/a?id=5&x=a%20b"),
        ("https://example.org/?id=5", "example.org?id=5"),
        ("https://example.org/a?next=/../../b", "example.org/a?next=%2f..%2f..%2fb"),
        ("https://example.org/r%C3%A9sum%c3%a9%E2%80%AE", "example.org/résumé%E2%80%AE"),
        ("https://example.org/%D0%BD%D0%BE%D1%82%D0%B0", "example.org/нота"),
        ("https://example.org/%00%0A%FF%25", "example.org/%00%0A%FF%25"),
        ("https://example.org/a/%2e%2e/%2e/b", "example.org/b"),
        ("https://example.org/a%2F..%2Fb", "example.org/a%2F..%2Fb"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_paths_can_be_read(url: str, path: str) -> None:
    assert path_of(url) == path


def test_long_paths_end_in_a_hash() -> None:
    path = path_of("https://example.org/" + "a" * 400)
    whole = "example.org/" + "a" * 400
    assert path == f"{whole[:183]}~{hashlib.sha256(whole.encode()).hexdigest()[:16]}"
    assert len(path) == LONGEST
    assert path_of("https://example.org/" + "a" * 401)[:184] == path[:184]
    assert path_of("https://example.org/" + "a" * 401) != path
    assert path_of("https://example.org/" + "a" * 187) == "example.org/" + "a" * 187
    assert path_of(f"https://{path}") != path  # nobody can take a long URL's path


CHARACTERS = st.text(alphabet=string.ascii_letters + "/?._~%&=-:@+;é\u202eнѣ \u0301", max_size=30)
LONG = st.builds(lambda text, count: text * count, CHARACTERS, st.integers(1, 20))
URLS = st.builds(lambda path, query: f"https://example.org/{path}?{query}", CHARACTERS | LONG, CHARACTERS)


@given(URLS)
def test_paths_are_safe(url: str) -> None:
    path = path_of(url)
    assert path == path_of(str(URL(url)))
    assert len(path) <= LONGEST
    assert path.isprintable()
    assert " " not in path
    assert not {"", ".", ".."} & set(path.split("/"))


@given(URLS, URLS)
def test_two_urls_have_two_paths(one: str, other: str) -> None:
    assume(URL(one) != URL(other))
    assert path_of(one) != path_of(other)


@given(URLS, st.integers(0, 40), st.sampled_from(["/", "%2F", "_", ".", "%5F", "?", "~"]))
def test_a_small_difference_makes_another_path(url: str, place: int, sign: str) -> None:
    changed = url[: 20 + place] + sign + url[20 + place :]
    assume(URL(url) != URL(changed))
    assert path_of(url) != path_of(changed)
