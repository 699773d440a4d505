"""Which addresses may be connected to. That no spelling of others is, whatever leads there, is a promise of its own:
tests/reliability/test_fetching.py.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError, SettingsError
from index.web.addresses import INSIDE, AllowedHosts, allowed_hosts, permitted
from index.web.download import Fetched
from index.web.errors import RefusedError
from index.web.locations import Locations
from index.web.rules import DownloadRules
from tests.index.inside_addresses import caught, connections, trap
from tests.index.web_site import HOST, Names, WebSite, answer, downloader


def test_the_trap_catches() -> None:
    with trap() as (port, listening), connections() as connected:
        with socket.create_connection(("127.0.0.1", port)):
            pass
        assert (connected, caught(listening)) == ([("127.0.0.1", port)], 1)


def test_the_reason_is_told() -> None:
    reasons = {
        "http://127.0.0.1/": INSIDE,
        "http://0x7f.1/": INSIDE,
        "http://localhost/": INSIDE,
        "http://[::ffff:127.0.0.1]/": INSIDE,
        "http://8.8.8.8:8080/": "it is on port 8080; only 80 and 443 are read from",
        "ftp://example.org/": "only http and https addresses are read",
        "file:///etc/passwd": "only http and https addresses are read",
        "example.org/x": "only http and https addresses are read",
        "http://me:secret@example.org/": "an address with a user name or a password is not read",
        "http:///x": "its address is not valid",
        "http://a%00b/": "its host name is not valid",
        "http://example.org\\@127.0.0.1/": "its address is not valid",
        "http://example.org/\r\nHost: x": "its address is not valid",
        "http://[::1/": "its address is not valid",
        "http://[::1]@": "its address is not valid",
        "http://" + "a" * 4_000: "its address is not valid",
    }
    with downloader() as loader:
        for url, reason in reasons.items():
            with pytest.raises(RefusedError) as caught_error:
                loader.get(url)
            assert (url, caught_error.value.user_message) == (url, reason)


def test_a_name_is_judged_by_the_address_connected_to() -> None:
    """A rebinding DNS: fine when robots.txt is read, inside when the page is."""
    with WebSite() as site, connections() as connected:
        site.routes["/"] = answer(200, b"inside")
        # 127.0.0.1 is let through as a network; 127.0.0.2, on which the site would not answer, is not.
        rules = DownloadRules(attempts=1, ports=frozenset((site.port,)), allowed_hosts=frozenset(("127.0.0.1",)))
        names = Names(**{"rebinding.test": ["127.0.0.1", "127.0.0.2"]})
        with downloader(rules, names=names) as loader, pytest.raises(RefusedError) as refused:
            loader.get(site.url(host="rebinding.test"))
        assert refused.value.user_message == INSIDE
        assert names.asked == ["rebinding.test"] * 2
        assert (connected, site.paths) == ([("127.0.0.1", site.port)], [])


def test_of_several_addresses_only_the_permitted_one_is_connected_to() -> None:
    with WebSite() as site, connections() as connected:
        site.routes["/"] = answer(200, b"content")
        rules = DownloadRules(attempts=1, ports=frozenset((site.port,)), allowed_hosts=frozenset(("127.0.0.1/32",)))
        names = Names(**{"both.test": "127.0.0.2 ::1 127.0.0.1"})
        with downloader(rules, names=names) as loader:
            fetched = loader.get(site.url(host="both.test"))
        assert isinstance(fetched, Fetched)
        assert fetched.content == b"content"
        assert set(connected) == {("127.0.0.1", site.port)}


def test_a_name_lends_its_rights_to_no_other_name() -> None:
    with WebSite() as site, connections() as connected:
        site.routes["/"] = answer(302, Location=site.url("/x", "other.test"))
        rules = DownloadRules(attempts=1, ports=frozenset((site.port,)), allowed_hosts=frozenset((HOST,)))
        names = Names(**{"other.test": "127.0.0.1"})
        with downloader(rules, names=names) as loader, pytest.raises(ReadError) as refused:
            loader.get(site.url())
        assert refused.value.user_message == f"it redirects to an address that is not read: {INSIDE}"
        assert (len(connected), site.paths) == (2, ["/"])


@pytest.mark.parametrize("entry", ["127.0.0.1", "127.0.0.0/8", HOST, "SITE.test", "site.test."])
def test_what_is_allowed_by_name_or_network_is_read(entry: str) -> None:
    with WebSite() as site:
        site.routes["/"] = answer(200, b"content")
        host = HOST if "test" in entry else "127.0.0.1"
        with downloader(DownloadRules(allowed_hosts=frozenset((entry,)))) as loader:
            assert loader.get(site.url(host=host)).url == site.url(host=host)


@pytest.mark.parametrize(
    "entry", ["", "http://wiki/", "10.0.0.1/8", "*.example", "wiki:80", "a b", "[::1]", "x" * 300 + "/"]
)
def test_what_cannot_be_allowed_is_told(entry: str) -> None:
    with pytest.raises(SettingsError) as error:
        allowed_hosts(frozenset((entry,)))
    assert error.value.user_message == f"“{entry}” is neither a host name nor a network such as 10.1.0.0/16."


def test_an_allowed_network_does_not_let_addresses_within_addresses_through() -> None:
    allowed = allowed_hosts(frozenset(("64:ff9b::/96", "127.0.0.0/8")))
    assert permitted("64:ff9b::808:808", allowed.networks)
    assert not permitted("64:ff9b::a9fe:a9fe", allowed.networks)
    assert permitted("127.0.0.1", allowed.networks)
    assert not permitted("::ffff:127.0.0.1", allowed.networks)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "185.15.58.224", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::8"],
)
def test_public_addresses_are_permitted(address: str) -> None:
    assert permitted(address)


@given(st.ip_addresses())
def test_nothing_is_permitted_that_is_not_global(address: IPv4Address | IPv6Address) -> None:
    assert not permitted(str(address)) or (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=4))
def test_an_address_within_an_address_is_never_permitted_if_it_is_not_alone(inner: IPv4Address) -> None:
    number = int(inner)
    for outer in (
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
        IPv6Address((0x2A001450 << 96) | (0x5EFE << 32) | number),
    ):
        assert not permitted(str(outer)) or permitted(str(inner))


@given(st.text(max_size=20))
def test_what_is_not_an_address_is_not_permitted(text: str) -> None:
    try:
        ip_address(text)
    except ValueError:
        assert not permitted(text)


def test_a_redirect_from_https_to_http_is_refused() -> None:
    locations = Locations(AllowedHosts(), frozenset((80, 443)))
    secure = locations.parse("https://example.org/a/b")
    assert str(locations.redirected(secure, "../c?d#e")) == "https://example.org/c?d"
    assert str(locations.redirected(secure, "//example.com/x")) == "https://example.com/x"
    assert (
        str(locations.redirected(locations.parse("http://example.org/"), "https://example.org/"))
        == "https://example.org/"
    )
    reasons = {
        "http://example.org/": "it redirects from https to http",
        "": "it redirects to an address that is not valid",
        None: "it redirects to an address that is not valid",
        "/\x7f": "it redirects to an address that is not valid",
        "https://[/": "it redirects to an address that is not valid",
        "//[::1]@": "it redirects to an address that is not valid",
        "gopher://example.org/": "it redirects to an address that is not read: only http and https addresses are read",
        "https://example.org:22/": "it redirects to an address that is not read: "
        "it is on port 22; only 80 and 443 are read from",
    }
    for target, reason in reasons.items():
        with pytest.raises(ReadError) as error:
            locations.redirected(secure, target)
        assert (target, error.value.user_message) == (target, reason)
