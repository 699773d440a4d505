"""Payloads of Slack as plain values: what is a question, where its answer goes, which button was pressed."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.as_of import find_as_of
from bot.chat.access import Place
from bot.chat.desk import Asked
from bot.render.slack.ask_form import ask_view
from bot.slack_payloads import (
    Click,
    FormOrigin,
    Incoming,
    click,
    command,
    form,
    form_origin,
    incoming_from_json,
    mention,
    message,
    place,
    plain_text,
    shortcut,
)

BOT = "U0BOT00000"
URL = "https://hooks.slack.com/commands/T0001/397700885554/96rGlfmibIGlgcZRskXaIFfN"
TODAY = date(2024, 3, 2)
GONE = "The collection that was chosen is no longer there."
Payload = dict[str, Any]


def event_body(**fields: Any) -> Payload:
    """An Events API payload; a field that is None is left out of the event."""
    event = {
        "type": "message", "user": "U2147483697", "ts": "1515449522.000016", "text": "When was it closed?",
        "channel": "C123ABC456", "event_ts": "1515449522.000016", "channel_type": "channel", "team": "T0001",
        "client_msg_id": "f1e2", "blocks": [],
    } | fields  # fmt: skip
    return {
        "token": "t", "team_id": "T0001", "api_app_id": "A1", "type": "event_callback", "event_id": "Ev1",
        "event_time": 1515449522, "event": {name: value for name, value in event.items() if value is not None},
    }  # fmt: skip


def mention_body(**fields: Any) -> Payload:
    fields = {"text": f"<@{BOT}> When was it closed?", "channel_type": None} | fields
    return event_body(**{"type": "app_mention", **fields})


MENTION = Incoming(
    key="message:T0001:C123ABC456:1515449522.000016",
    surface="mention",
    text="When was it closed?",
    team="T0001",
    channel="C123ABC456",
    user="U2147483697",
    position="1515449522.000016",
    thread="1515449522.000016",
)


def test_a_mention_is_a_question_answered_under_it() -> None:
    asked = mention(mention_body(), BOT)
    assert asked == MENTION
    assert not asked.private
    assert asked.place == Place("slack", "C123ABC456", "U2147483697")
    assert asked.asked == Asked(
        "When was it closed?",
        asked.place,
        ("slack:T0001:C123ABC456:1515449522.000016",),
        "1515449522.000016",
    )


def test_a_mention_in_a_thread_belongs_to_the_thread() -> None:
    asked = mention(mention_body(thread_ts="1515449000.000001"), BOT)
    assert asked is not None
    assert (asked.thread, asked.position) == ("1515449000.000001", "1515449522.000016")
    assert asked.conversation == "slack:T0001:C123ABC456:1515449000.000001"
    assert asked.asked.conversations == ("slack:T0001:C123ABC456:1515449000.000001",)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (f"<@{BOT}>", ""),
        (f"<@{BOT}>:  when?", "when?"),
        (f"<@{BOT}>, when?", "when?"),
        (f"<@{BOT}|legation> when?", "when?"),
        (f"when, <@{BOT}>?", "when,  ?"),
        (f"hey <@{BOT}> when <@{BOT}>", "hey  when"),
        (f"<@{BOT}> what did <@U999|ann> say", "what did ann say"),
        (f"<@{BOT}> &lt;@{BOT}&gt;", f"<@{BOT}>"),
        ("no mention", "no mention"),
    ],
)
def test_the_mention_itself_is_no_part_of_the_question(text: str, question: str) -> None:
    asked = mention(mention_body(text=text), BOT)
    assert asked is not None
    assert asked.text == question


def test_a_mention_without_text_is_an_empty_question() -> None:
    asked = mention(mention_body(text=None), BOT)
    assert asked is not None
    assert asked.text == ""


NOT_ASKED = [
    {"bot_id": "B1"},
    {"edited": {"user": "U2147483697", "ts": "1515449523.000000"}},
    {"user": None},
    {"subtype": "bot_message", "bot_id": "B1", "user": None},
    *({"subtype": name} for name in (
        "message_changed", "message_deleted", "message_replied", "channel_join", "channel_topic", "reminder_add",
        "ekm_access_denied", "assistant_app_thread", "unheard_of",
    )),
]  # fmt: skip


@pytest.mark.parametrize("fields", NOT_ASKED)
def test_bots_edits_and_notices_ask_nothing(fields: Payload) -> None:
    assert mention(mention_body(**fields), BOT) is None
    assert message(event_body(channel="D1", channel_type="im", **fields), BOT) is None
    assert message(event_body(thread_ts="1515449000.000001", **fields), BOT) is None


def test_the_event_of_an_edit_as_slack_sends_it_asks_nothing() -> None:
    edit = event_body(channel="D1", channel_type="im", subtype="message_changed", user=None, text=None, hidden=True)
    edit["event"] |= {
        "message": {"type": "message", "user": "U1", "text": "new?", "ts": "1515449522.000016",
                    "edited": {"user": "U1", "ts": "1515449523.000000"}},
        "previous_message": {"type": "message", "user": "U1", "text": "old?", "ts": "1515449522.000016"},
    }  # fmt: skip
    assert message(edit, BOT) is None


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast", "me_message"])
def test_what_a_person_writes_may_have_a_subtype(subtype: str) -> None:
    direct = message(event_body(channel="D1", channel_type="im", subtype=subtype), BOT)
    assert direct is not None
    assert direct.text == "When was it closed?"


def test_a_direct_message_belongs_to_its_thread_and_then_to_all_of_the_conversation() -> None:
    first = message(event_body(channel="D024BE91L", channel_type="im", text=f"<@{BOT}> why &amp; when?"), BOT)
    assert first == Incoming(
        key="message:T0001:D024BE91L:1515449522.000016",
        surface="direct",
        text="why & when?",
        team="T0001",
        channel="D024BE91L",
        user="U2147483697",
        position="1515449522.000016",
        thread="1515449522.000016",
    )
    assert first.place == Place("slack", "D024BE91L", "U2147483697", direct=True)
    assert first.asked.conversations == ("slack:T0001:D024BE91L:1515449522.000016", "slack:T0001:D024BE91L")
    reply = message(event_body(channel="D024BE91L", channel_type="im", thread_ts="1515449000.000001"), BOT)
    assert reply is not None
    assert reply.asked.conversations == ("slack:T0001:D024BE91L:1515449000.000001", "slack:T0001:D024BE91L")
    assert not reply.private


@pytest.mark.parametrize("kind", ["channel", "group", "mpim"])
def test_a_message_in_a_thread_of_a_channel_may_follow_up(kind: str) -> None:
    body = event_body(channel_type=kind, thread_ts="1515449000.000001", text="and <https://zenda.example|Zenda>?")
    assert message(body, BOT) == Incoming(
        key="message:T0001:C123ABC456:1515449522.000016",
        surface="follow-up",
        text="and Zenda?",
        team="T0001",
        channel="C123ABC456",
        user="U2147483697",
        position="1515449522.000016",
        thread="1515449000.000001",
    )


def test_a_message_of_a_channel_outside_threads_is_none_of_ours() -> None:
    assert message(event_body(), BOT) is None
    assert message(event_body(thread_ts="1515449522.000016"), BOT) is None  # the message that a thread began with


@pytest.mark.parametrize(
    "text", [f"<@{BOT}> why?", f"why <@{BOT}|legation>?", "<@U999> why?", "<@W999|ann>, and when?"]
)
def test_a_message_in_a_thread_that_names_somebody_is_left_to_them(text: str) -> None:
    assert message(event_body(thread_ts="1515449000.000001", text=text), BOT) is None


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("And Zenda", True),
        ("*Why* was it?", True),
        ("since 1911", True),
        ("Zenda?", True),
        ("&lt;@U999&gt; was there?", True),
        ("It was moved.", False),
        ("I know why", False),
        ("android phones", False),
        ("thanks!", False),
        ("what's up?", False),
        ("", False),
        (None, False),
    ],
)
def test_in_a_thread_only_what_asks_something_follows_up(text: str | None, asks: bool) -> None:
    body = event_body(thread_ts="1515449000.000001", text=text)
    assert (message(body, BOT) is not None) is asks
    assert message(event_body(channel="D1", channel_type=None, text=text), BOT) is not None


def test_the_two_events_of_one_message_have_one_key() -> None:
    fields = {"channel": "D1", "text": f"<@{BOT}> why?"}
    one, other = mention(mention_body(**fields), BOT), message(event_body(channel_type="im", **fields), BOT)
    assert one is not None
    assert other is not None
    assert one.key == other.key == "message:T0001:D1:1515449522.000016"


@pytest.mark.parametrize("change", [{"channel": "C2"}, {"ts": "1515449522.000017"}])
def test_another_message_has_another_key(change: Payload) -> None:
    other = mention(mention_body(**change), BOT)
    assert other is not None
    assert other.key != MENTION.key


def test_a_command_is_a_private_question() -> None:
    body = {
        "token": "t", "team_id": "T0001", "team_domain": "example", "channel_id": "C2147483705", "channel_name": "test",
        "user_id": "U2147483697", "user_name": "Steve", "command": "/ask", "text": " why &lt;now&gt;? ",
        "response_url": URL, "trigger_id": "13345224609.738474920.8088930838d88f008e0", "api_app_id": "A123456",
        "is_enterprise_install": "false",
    }  # fmt: skip
    asked = command(body)
    assert asked == Incoming(
        key="trigger:13345224609.738474920.8088930838d88f008e0",
        surface="command",
        text="why <now>?",
        team="T0001",
        channel="C2147483705",
        user="U2147483697",
        response_url=URL,
    )
    assert (asked.private, asked.checks) == (True, False)
    assert asked.asked == Asked("why <now>?", Place("slack", "C2147483705", "U2147483697"))
    assert command(body | {"text": ""}).text == ""


def test_a_shortcut_asks_what_a_message_says() -> None:
    body = {
        "type": "message_action", "callback_id": "legation_check", "trigger_id": "1.2.3", "message_ts": "5.6",
        "response_url": URL, "team": {"id": "T0001", "domain": "example"},
        "channel": {"id": "D1", "name": "directmessage"}, "user": {"id": "U1", "name": "ann"},
        "message": {"type": "message", "user": "U2", "ts": "5.6", "text": "It was <https://a.example|closed>."},
    }  # fmt: skip
    asked = shortcut(body)
    assert asked == Incoming("trigger:1.2.3", "shortcut", "It was closed.", "T0001", "D1", "U1", response_url=URL)
    assert (asked.private, asked.checks, asked.place.direct, asked.asked.conversations) == (True, True, True, ())
    body["message"] = {"type": "message", "ts": "5.6", "files": []}
    assert shortcut(body).text == ""
    assert shortcut(body | {"team": None}).team == ""


def submission(values: Payload, origin: FormOrigin | None = None) -> Payload:
    origin = FormOrigin("C1", URL) if origin is None else origin
    return {
        "type": "view_submission", "team": {"id": "T0001"}, "user": {"id": "U1"}, "trigger_id": "9.9",
        "view": {"id": "V1", "private_metadata": origin.to_json(), "callback_id": "legation_ask",
                 "state": {"values": values}},
    }  # fmt: skip


def filled(
    question: str | None = "Why?",
    option: Payload | None = None,
    since: str | None = None,
    until: str | None = None,
    as_of: str | None = None,
) -> Payload:
    return {
        "question": {"value": {"type": "plain_text_input", "value": question}},
        "collection": {"value": {"type": "static_select", "selected_option": option}},
        "since": {"value": {"type": "datepicker", "selected_date": since}},
        "until": {"value": {"type": "datepicker", "selected_date": until}},
        "as-of": {"value": {"type": "datepicker", "selected_date": as_of}},
    }


def options(*names: str) -> list[Payload]:
    """What the form offers to choose from: all collections, then each of them."""
    (block,) = (block for block in ask_view(names, "")["blocks"] if block["block_id"] == "collection")
    offered: list[Payload] = block["element"]["options"]
    return offered


def test_a_submitted_form_is_a_private_question() -> None:
    _, posts, _ = options("posts", "laws")
    values = filled("Why\n*now* &amp; <here>?", posts, "1911-05-04", "1911-05-04")
    asked, errors = form(submission(values), ["posts"], TODAY)
    assert errors == {}
    assert asked == Incoming(
        key="view:V1",
        surface="form",
        text="Why\n*now* &amp; <here>?",  # typed into a field, where Slack's markup means nothing
        team="T0001",
        channel="C1",
        user="U1",
        response_url=URL,
        collection="posts",
        since="1911-05-04",
        until="1911-05-04",
    )
    assert asked.asked == Asked(
        asked.text, Place("slack", "C1", "U1"), (), "", "posts", date(1911, 5, 4), date(1911, 5, 4)
    )


def test_a_day_in_the_past_stands_in_the_text_of_a_form() -> None:
    for day in ("2019-03-31", "2024-03-02"):
        asked, errors = form(submission(filled("Is Zenda listed?", as_of=day)), [], TODAY)
        assert (errors, asked.text) == ({}, f"Is Zenda listed? as-of:{day}")
        assert find_as_of(asked.text, TODAY) == date.fromisoformat(day)


def test_a_form_without_choice_of_collection_limits_nothing() -> None:
    values = filled()
    del values["collection"]
    everything, _, _ = options("posts", "laws")
    for state in (values, filled(), filled(option=everything)):
        asked, errors = form(submission(state, FormOrigin("D1", None)), ["posts", "laws"], TODAY)
        assert (errors, asked.collection, asked.since, asked.until, asked.response_url) == ({}, None, None, None, None)
        assert asked.place.direct


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        (filled(question=" \n\t"), {"question": "Please type a question."}),
        (filled(question=None), {"question": "Please type a question."}),
        (filled(since="2024-03-02", until="2024-03-01"), {"until": "This day is before the first one."}),
        (filled(as_of="2024-03-03"), {"as-of": "2024-03-03 lies in the future; as-of takes a day that has been."}),
        (filled(as_of="soon"), {"as-of": "soon is not a date as in 2017, 2017-05 or 2017-05-31."}),
        (filled(option=options("posts", "laws")[2]), {"collection": GONE}),
        (filled(option={"value": "posts"}), {"collection": GONE}),
        (
            filled(question="", option={"value": "x"}, since="2024-03-02", until="2023-03-03"),
            {
                "question": "Please type a question.",
                "collection": GONE,
                "until": "This day is before the first one.",
            },
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_form_is_said_at_its_place(values: Payload, errors: dict[str, str]) -> None:
    asked, found = form(submission(values), ["posts"], TODAY)
    assert found == errors
    assert asked.collection is None


@pytest.mark.parametrize("origin", [FormOrigin("C1", URL), FormOrigin("D1", None)])
def test_a_form_comes_back_to_where_it_was_opened(origin: FormOrigin) -> None:
    assert form_origin(submission(filled(), origin)) == origin
    later = submission(filled())
    later["view"]["private_metadata"] = '{"channel": "C1", "mood": "curious"}'
    assert form_origin(later) == FormOrigin("C1", None)


def click_body(ephemeral: bool, channel: str = "C1", value: str | None = "a1b2:right") -> Payload:
    action = {"type": "button", "action_id": "legation_feedback", "block_id": "b", "action_ts": "7.7"}
    body: Payload = {
        "type": "block_actions", "team": {"id": "T0001"}, "user": {"id": "U1"}, "trigger_id": "9.9",
        "container": {"type": "message", "message_ts": "5.6", "channel_id": channel, "is_ephemeral": ephemeral,
                      "thread_ts": "5.5"},
        "channel": {"id": channel, "name": "x"}, "response_url": URL,
        "actions": [action if value is None else action | {"value": value}],
    }  # fmt: skip
    if not ephemeral:
        body["message"] = {"type": "message", "ts": "5.6", "thread_ts": "5.5", "bot_id": "B1", "text": "…"}
    return body


CLICK = Click(
    key="trigger:9.9",
    action="legation_feedback",
    answer="a1b2",
    detail="right",
    channel="C1",
    user="U1",
    trigger="9.9",
    private=False,
    thread="5.5",
    response_url=URL,
)


def test_a_click_below_a_public_a_private_and_a_direct_answer() -> None:
    assert click(click_body(ephemeral=False)) == CLICK
    assert click(click_body(ephemeral=True)) == Click(**(fields_of(CLICK) | {"private": True}))
    direct = click(click_body(ephemeral=False, channel="D1"))
    assert direct == Click(**(fields_of(CLICK) | {"channel": "D1"}))
    assert [each.place for each in (CLICK, direct)] == [
        Place("slack", "C1", "U1"),
        Place("slack", "D1", "U1", direct=True),
    ]


def fields_of(made: Click) -> Payload:
    return {name: getattr(made, name) for name in Click.__slots__}


@pytest.mark.parametrize(
    ("value", "answer", "detail"),
    [("a1", "a1", ""), ("a1:3", "a1", "3"), ("a1:b:c", "a1", "b:c"), (":x", "", "x"), ("", "", ""), (None, "", "")],
)
def test_a_buttons_value_is_the_answer_and_a_detail(value: str | None, answer: str, detail: str) -> None:
    made = click(click_body(ephemeral=False, value=value))
    assert (made.answer, made.detail) == (answer, detail)


def test_an_answer_is_shared_once_and_by_whom_does_not_matter() -> None:
    made = []
    for user, trigger in (("U1", "1.1"), ("U2", "2.2")):
        body = click_body(ephemeral=True, value="a1b2") | {"user": {"id": user}, "trigger_id": trigger}
        body["actions"][0]["action_id"] = "legation_share"
        made.append(click(body))
    assert [(each.key, each.user, each.trigger) for each in made] == [
        ("share:a1b2", "U1", "1.1"),
        ("share:a1b2", "U2", "2.2"),
    ]


def test_a_click_where_fields_are_missing() -> None:
    body = click_body(ephemeral=True)
    del body["channel"], body["response_url"], body["container"]["thread_ts"]
    assert click(body) == Click(**(fields_of(CLICK) | {"private": True, "thread": None, "response_url": None}))
    view = {
        "type": "block_actions", "user": {"id": "U1"}, "trigger_id": "9.9",
        "container": {"type": "view", "view_id": "V1"},
        "actions": [{"type": "button", "action_id": "legation_source", "block_id": "b"}],
    }  # fmt: skip
    assert click(view) == Click(
        "trigger:9.9", "legation_source", "", "", "", "U1", "9.9", private=False, thread=None,
        response_url=None,
    )  # fmt: skip


def test_ids_that_begin_with_d_are_of_conversations_with_one_person() -> None:
    assert [place(channel, "U1").direct for channel in ("D1", "C1", "G1", "", "CD1")] == [True, *[False] * 4]


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("", ""),
        ("  Why?\n", "Why?"),
        ("*bold* _it_ ~no~ `code`", "*bold* _it_ ~no~ `code`"),
        ("<https://a.example/x?y=1&amp;z=2>", "https://a.example/x?y=1&z=2"),
        ("see <https://a.example|a page> now", "see a page now"),
        ("<https://a.example|>", "https://a.example"),
        ("<https://a.example/a b|x>", "x"),
        ("<mailto:ann@a.example|ann@a.example>", "ann@a.example"),
        ("<mailto:ann@a.example>", "ann@a.example"),
        ("<tel:+123|+1 23>", "+1 23"),
        ("ask <@U123ABC456> why", "ask  why"),
        ("ask <@W123|ann> why", "ask ann why"),
        ("ask <@W123|@ann> why", "ask ann why"),
        ("in <#C123|general>?", "in general?"),
        ("in <#C123>?", "in ?"),
        ("in <#C123|>?", "in ?"),
        ("<!here> <!channel> <!everyone>", ""),
        ("<!here|here> <!subteam^S1|@desk>", "here desk"),
        ("<!subteam^S1>", ""),
        ("<!date^1392734382^{date_short}|18 February 2014>", "18 February 2014"),
        ("<!date^1392734382^{date} at {time}^https://a.example|then>", "then"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&lt;@U1&gt; &amp;lt;b&amp;gt;", "<@U1> &lt;b&gt;"),
        ("<https://a.example|x &lt;y&gt; &amp;amp;>", "x <y> &amp;"),
        ("a <\nb> c", "a <\nb> c"),
        ("<> <|x>", "<> <|x>"),
        ("Année 🏛 «é» سفارة", "Année 🏛 «é» سفارة"),
    ],
)  # fmt: skip
def test_markup_becomes_words(markup: str, plain: str) -> None:
    assert plain_text(markup) == plain


@given(st.text())
def test_any_text_becomes_plain(text: str) -> None:
    plain = plain_text(text)
    assert plain == plain.strip()


ids = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=11)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<>&|")).map(lambda text: text[:20])


@given(
    st.lists(
        st.one_of(
            words,
            st.builds("<@U{}>".format, ids),
            st.builds("<@W{}|{}>".format, ids, words.map(lambda text: text.replace("\n", ""))),
            st.builds("<#C{}|{}>".format, ids, ids),
            st.just("<!here>"),
            st.just("&lt;"),
        )
    )
)
def test_no_reference_to_a_person_is_left(pieces: list[str]) -> None:
    """Of what Slack sends: it escapes every "<" that a person types."""
    plain = plain_text("".join(pieces))
    assert plain.count("<") == pieces.count("&lt;")
    assert "<@" not in plain_text("".join(piece for piece in pieces if piece != "&lt;"))


@pytest.mark.parametrize(
    "incoming",
    [
        MENTION,
        Incoming("k", "form", "«é» 🏛\n\"'", "T", "C", "U", "", None, URL, "posts", "1911-05-04", "2024-02-29"),
        Incoming("", "command", "", "", "", ""),
    ],
)
def test_a_question_comes_back_from_the_store_as_it_was(incoming: Incoming) -> None:
    assert incoming_from_json(incoming.to_json()) == incoming


def test_a_question_of_another_version_is_read_as_far_as_it_is_known() -> None:
    stored = json.loads(MENTION.to_json()) | {"mood": "curious"}
    assert incoming_from_json(json.dumps(stored)) == MENTION
    del stored["until"], stored["thread"]
    read = incoming_from_json(json.dumps(stored))
    assert (read.until, read.thread, read.text) == (None, None, MENTION.text)
