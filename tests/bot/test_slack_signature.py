"""Requests that Slack signed, and all the others; and that nothing starts without its secrets."""

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from pydantic import SecretStr
from slack_sdk.signature import Clock, SignatureVerifier

from bot.assemble import Legation
from bot.settings import SlackSettings, load_settings
from bot.slack_service import SlackConnection, is_genuine
from index.errors import SettingsError

# The example of docs.slack.dev, "Verifying requests from Slack".
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"  # noqa: S105
STAMP = 1531420618
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


class Standing(Clock):
    """A clock that stands."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now


def verifier(now: float = STAMP, secret: str = SECRET) -> SignatureVerifier:
    return SignatureVerifier(secret, Standing(now))


def signed(body: bytes, stamp: str = str(STAMP), secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()


def headers(signature: str = SIGNATURE, stamp: str = str(STAMP)) -> dict[str, str]:
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}


def test_the_example_of_slacks_documentation_is_genuine() -> None:
    assert signed(BODY) == SIGNATURE
    assert is_genuine(verifier(), headers(), BODY)
    small = CIMultiDict({name.lower(): value for name, value in headers().items()})
    assert is_genuine(verifier(), small, BODY)


@pytest.mark.parametrize("body", [b"", "payload=«é» 🏛\n".encode(), b"x" * 100_000, b"\0", b"v0:1:"])
def test_any_body_that_is_signed_is_genuine(body: bytes) -> None:
    assert is_genuine(verifier(), headers(signed(body)), body)
    assert not is_genuine(verifier(), headers(signed(body)), body + b" ")


@pytest.mark.parametrize(
    "body", [BODY[:-1], BODY + b"&", BODY.replace(b"U2CERLKJA", b"U2CERLKJB"), b"", BODY[::-1], BODY + b"\xff", b"\xff"]
)
def test_an_altered_body_is_not(body: bytes) -> None:
    assert not is_genuine(verifier(), headers(), body)


@pytest.mark.parametrize(("late", "genuine"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_request_is_genuine_for_five_minutes(late: int, genuine: bool) -> None:
    assert is_genuine(verifier(STAMP + late), headers(), BODY) is genuine


def test_a_new_time_needs_a_new_signature() -> None:
    later = str(STAMP + 1000)
    assert not is_genuine(verifier(STAMP + 1000), headers(stamp=later), BODY)
    assert is_genuine(verifier(STAMP + 1000), headers(signed(BODY, later), later), BODY)


@pytest.mark.parametrize("secret", [SECRET[:-1], SECRET + "0", SECRET.upper(), "x"])
def test_a_signature_by_another_secret_is_not_genuine(secret: str) -> None:
    assert not is_genuine(verifier(secret=secret), headers(), BODY)
    assert not is_genuine(verifier(), headers(signed(BODY, secret=secret)), BODY)


@pytest.mark.parametrize(
    "signature",
    ["", "v0=", SIGNATURE[:-1], SIGNATURE + "0", SIGNATURE.upper(), SIGNATURE.replace("v0", "v1"), SIGNATURE[3:],
     SIGNATURE + "\n",
     SIGNATURE + "é", " " + SIGNATURE, "v0=" + "é" * 64, "v0=" + "٠" * 64, SIGNATURE + "," + SIGNATURE],
)  # fmt: skip
def test_what_is_no_signature_is_not_genuine(signature: str) -> None:
    assert not is_genuine(verifier(), headers(signature), BODY)


@pytest.mark.parametrize(
    "stamp",
    ["", "0", "-1531420618", "+1531420618", "1531420618.0", "1_531_420_618", " 1531420618", "1531420618\n",
     "1531420618x", "١٥٣١٤٢٠٦١٨", "1531420618" * 1000, "9" * 12, "9" * 13, "nan", "1e9", "0x5b47a08a", "1531420618\0"],
)  # fmt: skip
def test_what_is_no_time_of_now_is_not_genuine_though_it_is_signed(stamp: str) -> None:
    assert not is_genuine(verifier(), headers(signed(BODY, stamp), stamp), BODY)


def test_without_headers_nothing_is_genuine() -> None:
    assert not is_genuine(verifier(), {}, BODY)
    for name in headers():
        assert not is_genuine(verifier(), {key: value for key, value in headers().items() if key != name}, BODY)


stamps = st.one_of(
    st.text(), st.integers().map(str), st.floats().map(str), st.text("0123456789", max_size=20), st.text("٠١٢٣٤٥٦٧٨٩"),
    st.just(str(STAMP)),
)  # fmt: skip
signatures = st.one_of(
    st.text(), st.text("0123456789abcdef", min_size=64, max_size=64).map("v0={}".format), st.just(SIGNATURE)
)


@given(stamp=st.none() | stamps, signature=st.none() | signatures, body=st.binary())
def test_whatever_arrives_is_refused_and_nothing_is_raised(
    stamp: str | None, signature: str | None, body: bytes
) -> None:
    sent = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    present = {name: value for name, value in sent.items() if value is not None}
    assert is_genuine(verifier(), present, body) is False


@given(body=st.binary(), stamp=st.integers(STAMP - 400, STAMP + 400))
def test_what_is_signed_is_genuine_if_it_is_text_and_of_now(body: bytes, stamp: int) -> None:
    try:
        body.decode()
        is_text = True
    except UnicodeDecodeError:
        is_text = False
    expected = is_text and abs(stamp - STAMP) <= 300
    assert is_genuine(verifier(), headers(signed(body, str(stamp)), str(stamp)), body) is expected


SOCKET = SlackSettings(bot_token=SecretStr("xoxb-1"), app_token=SecretStr("xapp-1"))
HTTP = SlackSettings(mode="http", bot_token=SecretStr("xoxb-1"), signing_secret=SecretStr("5ec2e7"))


def check(settings: SlackSettings, home: Path) -> None:
    SlackConnection(Legation(load_settings(home, slack=settings))).check()


@pytest.mark.parametrize("settings", [SOCKET, HTTP])
def test_each_mode_needs_two_secrets(settings: SlackSettings, tmp_path: Path) -> None:
    check(settings, tmp_path)
    names = [name for name in ("bot_token", "app_token", "signing_secret") if getattr(settings, name) is not None]
    assert len(names) == 2
    for name in names:
        for missing in (None, SecretStr(""), SecretStr(" \n")):
            with pytest.raises(SettingsError) as caught:
                check(settings.model_copy(update={name: missing}), tmp_path)
            assert caught.value.user_message == (
                f"Slack needs slack.{name} (LEGATION_SLACK__{name.upper()}); docs/slack.md says where it comes from."
            )


def test_the_secret_of_the_other_mode_is_of_no_use(tmp_path: Path) -> None:
    for settings, mode in ((SOCKET, "http"), (HTTP, "socket")):
        with pytest.raises(SettingsError):
            check(settings.model_copy(update={"mode": mode}), tmp_path)
