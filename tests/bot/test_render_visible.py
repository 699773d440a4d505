import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.render.visible import visible, visible_characters, visible_line

ANY_TEXT = st.text(st.characters(exclude_categories=()))
ORDINARY = st.characters(categories=("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Pd", "Po", "Ps", "Sc", "So", "Zs"))
FILLERS = "\u115f\u1160\u3164\uffa0"
STEERING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029\ufeff\u2060")


@given(ANY_TEXT)
@example("\x1b]8;;https://evil.example\x07\u009b31m\ud800")
def test_nothing_steers_the_screen(text: str) -> None:
    shown = visible(text)
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in {"Cc", "Cs"}]
    assert not STEERING & set(shown)
    shown.encode("utf-8")


@given(ANY_TEXT)
def test_showing_twice_changes_nothing_more(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(ANY_TEXT)
def test_one_entry_a_character(text: str) -> None:
    entries = visible_characters(text)
    assert len(entries) == len(text)
    assert "".join(entries) == visible(text)


@given(st.text(ORDINARY))
def test_ordinary_characters_stay(text: str) -> None:
    kept = "".join(c for c in text if c not in FILLERS)
    assert visible(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "Ambassade fermée — « réouverture » à Łódź, Ὀδησσός, Київ",
        "أُغلقت السفارة في دمشق عام ٢٠١٢",
        "השגרירות נסגרה בשנת 2012 שָׁלוֹם",
        "दिल्ली में दूतावास बंद",
        "می\u200cخواهم سفارت\u200cخانه",
        "क्\u200dष श\u200dर्\u200dमा ശ്രീ\u200dലങ്ക",
        "ប្រទេស\u200bកម្ពុជា",
        "ᠮᠣᠩᠭᠣᠯ\u180e\u180b",
        "葛\U000e0100城市 在北京的大使馆",
        "👩\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 👩🏽\u200d⚖\ufe0f 🙂\u200d↔\ufe0f #\ufe0f\u20e3 🇨🇭",
        "\u0600\u0661",
        "lines\nstay",
    ],
)
def test_scripts_and_emoji_stay(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb", "a b"),
        ("a\rb\x0c", "a⟨U+000D⟩b⟨U+000C⟩"),
        ("\x1b[31mred\x7f\x85", "⟨U+001B⟩[31mred⟨U+007F⟩⟨U+0085⟩"),
        ("open\u202edesolc", "open⟨U+202E⟩desolc"),
        ("pass\u200bword\u200cs\u200d", "pass⟨U+200B⟩word⟨U+200C⟩s⟨U+200D⟩"),
        ("co\u00adop\u2060\ufeff", "co⟨U+00AD⟩op⟨U+2060⟩⟨U+FEFF⟩"),
        ("flag\U000e0067\U000e007f", "flag⟨U+E0067⟩⟨U+E007F⟩"),
        ("A\U000e0100葛\U000e0100\U000e0101", "A⟨U+E0100⟩葛\U000e0100⟨U+E0101⟩"),
        ("\ufff9note\ufffb", "⟨U+FFF9⟩note⟨U+FFFB⟩"),
        ("lone \udcff", "lone ⟨U+DCFF⟩"),
        ("empty \u3164name", "empty ⟨U+3164⟩name"),
        ("می\u200c\u200cخ", "می\u200c⟨U+200C⟩خ"),
        ("line\u2028feed", "line⟨U+2028⟩feed"),
    ],
)
def test_stand_ins(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_line_stays_a_line() -> None:
    assert visible_line(" Closed\n\tin  1911\u202e ") == "Closed in 1911⟨U+202E⟩"
