"""Who may see which collections, in a channel and alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.access import Access, Collections, Place
from index.errors import AccessError

NOTHING = "No collection is open to you here."
CHANNEL = Place("slack", "C1", "U1")
DIRECT = Place("slack", "D1", "U1", direct=True)

names = st.sampled_from(("a", "b", "c"))
rules = st.lists(names, unique=True).map(tuple)
collections = st.none() | rules


def access(others: Collections, channel: Collections, user: Collections) -> Access:
    """Rules for channel C1 and user U1; None is no rule."""
    return Access(others, {} if channel is None else {"C1": channel}, {} if user is None else {"U1": user})


@pytest.mark.parametrize(
    ("others", "channel", "user", "in_channel", "alone"),
    [
        (None, None, None, None, None),
        (None, None, ("a",), ("a",), ("a",)),
        (None, None, (), (), ()),
        (None, ("a", "b"), None, ("a", "b"), None),
        (None, (), None, (), None),
        (None, ("a", "b"), ("b", "c"), ("b",), ("b", "c")),
        (None, ("a",), ("b",), (), ("b",)),
        (None, ("a",), (), (), ()),
        (None, (), ("a",), (), ("a",)),
        (("a",), None, None, ("a",), ("a",)),
        (("a",), None, ("b",), (), ("b",)),
        (("a", "b"), None, ("b", "c"), ("b",), ("b", "c")),
        (("a",), None, (), (), ()),
        (("a",), ("b",), None, ("b",), ("a",)),
        (("a",), ("b",), ("a", "b"), ("b",), ("a", "b")),
        (("a",), (), None, (), ("a",)),
        ((), None, None, (), ()),
        ((), None, ("a",), (), ("a",)),
        ((), ("a",), None, ("a",), ()),
        ((), ("a", "b"), ("b",), ("b",), ("b",)),
    ],
)
def test_what_the_rules_come_to(
    others: Collections, channel: Collections, user: Collections, in_channel: Collections, alone: Collections
) -> None:
    rules = access(others, channel, user)
    assert rules.allowed(CHANNEL) == in_channel
    assert rules.allowed(DIRECT) == alone
    for place, allowed in ((CHANNEL, in_channel), (DIRECT, alone)):
        if allowed == ():
            with pytest.raises(AccessError) as caught:
                rules.limits(place)
            assert caught.value.user_message == NOTHING
        else:
            assert rules.limits(place) == (() if allowed is None else allowed)


def test_rules_are_for_exactly_the_ids_that_they_name() -> None:
    rules = Access((), {"C1": ("a",), "D1": ("b",)}, {"U1": ("a", "c")})
    assert rules.allowed(Place("slack", "C2", "U1")) == ()
    assert rules.allowed(Place("slack", "c1", "U1")) == ()
    assert rules.allowed(Place("slack", "C1", "U2")) == ("a",)
    # the rule of a channel never counts in a conversation with one person, nor a user's id as a channel's
    assert rules.allowed(Place("slack", "D1", "U1", direct=True)) == ("a", "c")
    assert rules.allowed(Place("slack", "D1", "U2", direct=True)) == ()
    assert rules.allowed(Place("slack", "U1", "C1")) == ()


def test_one_collection_is_searched_only_where_it_is_open() -> None:
    rules = access(None, ("a", "b"), None)
    assert rules.limits(CHANNEL, "b") == ("b",)
    for closed in ("c", "A", "", "a,b"):
        with pytest.raises(AccessError) as caught:
            rules.limits(CHANNEL, closed)
        assert caught.value.user_message == f"There is no collection called {closed} that is open to you here."
    assert rules.limits(DIRECT, "anything") == ("anything",)


def test_where_nothing_is_open_no_collection_can_be_asked_for() -> None:
    for place in (CHANNEL, DIRECT):
        with pytest.raises(AccessError) as caught:
            access((), None, None).limits(place, "a")
        assert caught.value.user_message == NOTHING


def test_without_rules_nothing_is_limited() -> None:
    assert Access().allowed(CHANNEL) is None
    assert Access().limits(CHANNEL) == ()
    assert Access().limits(DIRECT) == ()


def within(allowed: Collections, rule: Collections) -> bool:
    """Whether ``allowed`` is not more than ``rule``."""
    return rule is None or (allowed is not None and set(allowed) <= set(rule))


@given(others=collections, channel=collections, user=collections, direct=st.booleans())
def test_a_rule_never_adds_to_another(
    others: Collections, channel: Collections, user: Collections, direct: bool
) -> None:
    rules = access(others, channel, user)
    allowed = rules.allowed(DIRECT if direct else CHANNEL)
    if direct:
        assert allowed == (others if user is None else user)
    else:
        assert within(allowed, others if channel is None else channel)
        assert within(allowed, user)
        assert allowed is None or len(set(allowed)) == len(allowed)


@given(others=collections, channel=collections, user=collections, direct=st.booleans(), collection=st.none() | names)
def test_the_filter_is_empty_only_if_nothing_is_limited(
    others: Collections, channel: Collections, user: Collections, direct: bool, collection: str | None
) -> None:
    rules, place = access(others, channel, user), DIRECT if direct else CHANNEL
    allowed = rules.allowed(place)
    open_to = {"a", "b", "c"} if allowed is None else set(allowed)
    try:
        limits = rules.limits(place, collection)
    except AccessError:
        assert not open_to or collection not in open_to | {None}
        return
    assert (limits == ()) == (allowed is None and collection is None)
    assert set(limits) <= open_to
    if collection is not None:
        assert limits == (collection,)
