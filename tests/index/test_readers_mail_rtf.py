"""Messages, and Rich Text Format."""

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ReadError
from index.readers import read
from index.types import FileReading, Problem, Reading, Span

HEAD = (
    b"From: Strelsau <post@example.org>\r\nSubject: =?utf-8?q?Closure_in_T=C5=8Dky=C5=8D?=\r\n"
    b"Date: Thu, 10 Jan 2019 23:30:00 -0500\r\n"
)


def test_the_plain_body_with_subject_sender_and_date() -> None:
    found = read(HEAD + b"\r\nThe embassy\r\nis closed.\r\n\r\nIt reopens in May.\r\n", "a.eml")
    assert found == FileReading(
        "message/rfc822",
        (
            Reading(
                "The embassy\nis closed.\n\nIt reopens in May.\n",
                (Span(0, 22), Span(24, 42)),
                title="Closure in Tōkyō",
                publisher="Strelsau <post@example.org>",
                published="2019-01-10",
            ),
        ),
    )


def test_attachments_are_named_and_not_read() -> None:
    message = EmailMessage()
    message["Subject"] = "Closure"
    message.set_content("The embassy is closed.")
    message.add_alternative("<p>The embassy is <b>closed</b> in HTML.</p>", subtype="html")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="Nota verbale.pdf")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png")
    found = read(message.as_bytes(), "a.eml")
    assert found.readings[0].text == "The embassy is closed.\n"
    reason = "attachments of messages are not read"
    assert found.problems == (
        Problem('attachment "Nota verbale.pdf"', reason),
        Problem('attachment "image/png"', reason),
    )


def test_the_kind_of_an_attachment_is_named_in_letters() -> None:
    parts = b"--a\n\nClosed.\n--a\nContent-Type: text/x\0y\n\nx\n--a--\n"
    found = read(HEAD + b"Content-Type: multipart/mixed; boundary=a\n\n" + parts, "a.eml")
    assert found.problems == (Problem('attachment "text/x y"', "attachments of messages are not read"),)


def test_a_body_in_html_is_read_as_a_page() -> None:
    head = b"From: a@example.org\nContent-Type: text/html; charset=iso-8859-1\n"
    body = b"Content-Transfer-Encoding: quoted-printable\n\n<h1>Closure</h1><p>The caf=E9 is closed.</p>"
    reading = read(head + body, "a.eml").readings[0]
    assert (reading.text, reading.title) == ("Closure\n\nThe café is closed.", "Closure")
    assert reading.blocks == (Span(9, 28),)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is no message: it has none of the headers that messages have."),
        (b"The embassy is closed.\n", "The file is no message: it has none of the headers that messages have."),
        (HEAD + b"Content-Type: image/png\r\n\r\nx", "The message has no body in text."),
        (
            HEAD + b"Content-Type: text/plain; charset=x-klingon\r\n\r\nClosed.\r\n",
            "The message is in an encoding that is not known.",
        ),
        (
            HEAD + b"Content-Type: text/plain; charset=hex\r\n\r\nClos\xe9.\r\n",
            "The message is in an encoding that is not known.",
        ),
        (HEAD + b"\r\n \r\n", "The file is empty or holds white space only."),
        (
            HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(2_000)),
            "The message is damaged: its parts cannot be told apart.",
        ),
    ],
)
def test_messages_that_cannot_be_read_say_why(content: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(content, "a.eml")
    assert caught.value.user_message == message


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from([
    b"From: ", b"Subject: ", b"Date: ", b"Content-Type: multipart/mixed; boundary=a", b"Content-Type: text/", b"plain",
    b"html", b"--a", b"--a--", b"\n", b"\n\n", b"=?utf-8?q?=FF?=", b"=?", b"\xff", b"<>", b"@", b";",
    b"charset=", b"utf-16", b"closed",
]), max_size=25).map(b"".join))  # fmt: skip
def test_any_message_gives_text_or_a_read_error(content: bytes) -> None:
    try:
        reading = read(content, "a.eml").readings[0]
    except ReadError as error:
        assert "\n" not in error.user_message
        return
    assert all(reading.text[block.start : block.end].strip() for block in reading.blocks)


RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss\fcharset0 Arial;}}
{\info{\title Caf\'e9 closures}{\creatim\yr2019\mo1\dy10\hr8}}
\pard The embassy in T\u333?ky\u333? was \b closed\b0 .\par
\pard \u-10179?\u-8704? opened   again.\par\par
{\field{\*\fldinst{HYPERLINK "https://example.org"}}{\fldrslt A link}}.\par
\trowd\cellx100\cellx200 City\cell Closed\cell\row
}"""


def test_rich_text() -> None:
    assert read(RTF, "a.rtf") == FileReading(
        "application/rtf",
        (
            Reading(
                "The embassy in Tōkyō was closed.\n\n\U0001f600 opened again.\n\nA link.\n\nCity | Closed",
                (Span(0, 32), Span(34, 49), Span(51, 58), Span(60, 73)),
                title="Café closures",
                published="2019-01-10",
            ),
        ),
    )


@pytest.mark.parametrize("content", [b"", b"The embassy is closed.", b"\xd0\xcf\x11\xe0"])
def test_what_is_no_rich_text_is_refused(content: bytes) -> None:
    with pytest.raises(ReadError, match=r"^The file is no Rich Text Format: it does not begin with \{\\rtf\.$"):
        read(content, "a.rtf")


@settings(deadline=None, max_examples=100)
@given(st.lists(st.sampled_from([
    b"{", b"}", b"\\u-10179?", b"\\u99999999 ", b"\\uc ", b"\\'e", b"\\'ff", b"\\ansicpg0 ", b"\\f9 ", b"\\par ",
    b"\\*", b"\\bin9", b"{\\pict", b"word", b"|", b"\\cell ", b"\\row ", b"\xff", b"{\\info{\\title a", b"\n",
]), max_size=25).map(b"".join))  # fmt: skip
def test_any_rich_text_gives_text_or_a_read_error(content: bytes) -> None:
    try:
        reading = read(b"{\\rtf1 " + content, "a.rtf").readings[0]
    except ReadError as error:
        assert "\n" not in error.user_message
        return
    reading.text.encode()
    assert all(reading.text[block.start : block.end].strip() for block in reading.blocks)
