"""Why a line to Milvus is not secure, or does not come about: from gRPC's words, a sentence that says what to do."""

import ssl
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from index.errors import SettingsError

_NOT_TRUSTED = "CERTIFICATE_VERIFY_FAILED: "
_REASONS = (
    (f"{_NOT_TRUSTED}certificate has expired", "has a certificate that has expired; have it renewed there."),
    (
        f"{_NOT_TRUSTED}certificate is not yet valid",
        "has a certificate that is not valid yet; see that the clocks are right, here and there.",
    ),
    (
        _NOT_TRUSTED,
        "has a certificate of an authority that is not trusted here; set LEGATION_STORE__CA to the file (PEM) of the "
        "authority that signed it.",
    ),
    (
        "Hostname Verification Check failed",
        "has a certificate for another host; let LEGATION_STORE__URI name a host that stands in the certificate.",
    ),
    (
        "WRONG_VERSION_NUMBER",
        "speaks no TLS; let LEGATION_STORE__URI begin with http://, or have TLS turned on there.",
    ),
    ("missing selected ALPN property", "speaks TLS without HTTP/2, which Milvus needs; let it offer h2 (ALPN)."),
    ("Tls handshake failed", "and this machine find no common TLS; the log there says why."),
)
"""By what gRPC says."""

_NO_CONNECTION = "failed to connect to all addresses"
_ENDS = ("Socket closed", "Connection reset by peer")
_CLOSED = {
    "https": "closed the connection at once; see that Milvus runs behind it and wants no certificate of its clients, "
    "then try again.",
    "http": "closed the connection at once; if it wants TLS, let LEGATION_STORE__URI begin with https://, otherwise "
    "see that it runs, then try again.",
}
_OTHER_PROTOCOL = "speaks no plain HTTP/2; if it wants TLS, let LEGATION_STORE__URI begin with https://."


def check_authorities(path: Path) -> None:
    """Raises SettingsError if no certificate can be read from the file."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError as error:
        raise SettingsError(f"LEGATION_STORE__CA names a file without certificates in PEM: {path}") from error
    except OSError as error:
        raise SettingsError(f"LEGATION_STORE__CA names a file that cannot be read: {path}") from error


def why_no_connection(words: str, uri: str) -> str | None:
    """What is told of Milvus at ``uri``, if the error is one of TLS, or of a connection that was closed at once.

    ``words`` are those of the error and of all behind it.
    """
    scheme = urlsplit(uri).scheme
    if _NO_CONNECTION not in words:
        return None
    told = next((told for reason, told in _REASONS if reason in words), None) if scheme == "https" else None
    if told is None and any(each in words for each in _ENDS):
        told = _CLOSED.get(scheme)
    if told is None and scheme == "http" and "Failed parsing HTTP/2" in words:
        told = _OTHER_PROTOCOL
    return told


def is_open(uri: str) -> bool:
    """Whether what is sent there can be read on the way: without TLS, to another machine."""
    parts = urlsplit(uri)
    if parts.scheme != "http" or not parts.hostname or parts.hostname == "localhost":
        return False
    try:
        return not ip_address(parts.hostname).is_loopback
    except ValueError:
        return True
