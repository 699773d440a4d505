"""Countries in questions, by all the names that people use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.country_table import TABLE, written
from bot.places import load_places
from bot.words import edited


def found(text: str) -> list[tuple[str, str, list[str]]]:
    return [
        (text[each.start : each.end], each.kind, [country.name for country in each.countries])
        for each in load_places().mentions(text)
    ]


def countries(text: str) -> list[str]:
    return [name for _, _, names in found(text) for name in names]


def test_the_table_is_what_the_package_says() -> None:
    assert TABLE.read_text("utf-8") == written()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("north korea and uganda", ["North Korea", "Uganda"]),
        ("The U.S. Embassy, the US, U.S.A.", ["United States", "United States", "United States"]),
        (
            "dprk, ROK, prc, UAE, drc, nk, uk",
            [
                "North Korea",
                "South Korea",
                "China",
                "United Arab Emirates",
                "Democratic Republic of the Congo",
                "North Korea",
                "United Kingdom",
            ],
        ),
        ("Cubans, the French, a Dane and the Finns", ["Cuba", "France", "Denmark", "Finland"]),
        ("Pyongyang, kabul, N'Djamena, ndjamena", ["North Korea", "Afghanistan", "Chad", "Chad"]),
        (
            "Burma, Zaire, Ceylon, Swaziland, Upper Volta",
            [
                "Myanmar",
                "Democratic Republic of the Congo",
                "Sri Lanka",
                "Eswatini",
                "Burkina Faso",
            ],
        ),
        ("Macedonia and Türkiye and Czechia", ["North Macedonia", "Turkey", "Czech Republic"]),
        ("the USSR and East Germany", ["Soviet Union", "East Germany"]),
        (
            "Bosnia, Trinidad & Tobago, St. Kitts, Côte d’Ivoire",
            [
                "Bosnia and Herzegovina",
                "Trinidad and Tobago",
                "Saint Kitts and Nevis",
                "Ivory Coast",
            ],
        ),
        ("Cuba's embassy and the Cuban-American row", ["Cuba", "Cuba", "United States"]),
        ("Democratic People's Republic of Korea", ["North Korea"]),
        ("Mexico City in Mexico", ["Mexico", "Mexico"]),
        (
            "Guinea-Bissau, Equatorial Guinea, Papua New Guinea",
            ["Guinea-Bissau", "Equatorial Guinea", "Papua New Guinea"],
        ),
        ("Korea", ["North Korea", "South Korea"]),
        ("Kiev, Peking, Yangon, Nanjing, Teheran", ["Ukraine", "China", "Myanmar", "China", "Iran"]),
        ("Ulan Bator, Alma-Ata, Lourenco Marques, San'a", ["Mongolia", "Kazakhstan", "Mozambique", "Yemen"]),
        ("Holland, Rumania, Cabo Verde, Eire", ["Netherlands", "Romania", "Cape Verde", "Ireland"]),
    ],
)
def test_names_of_countries(text: str, expected: list[str]) -> None:
    assert countries(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "tell us why it closed",
        "TELL US WHY IT CLOSED",
        "it is in or no at all",
        "how do I roast a turkey",
        "please polish my essay",
        "Michael Jordan retired",
        "What did Georgia Meloni say",
        "New Mexico",
        "the Indian Ocean",
        "latin american",
        "the Vienna Convention",
        "a male nurse",
        "a warm turkey sandwich",
        "fine china cups",
        "Salzburg, Chengdu and Nampo",
        "an island",
        "George Washington",
        "Queen Victoria",
        "Keijo Korhonen",
        "angora wool",
        "",
    ],
)
def test_what_is_no_country(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("us embassy in lima", ["United States", "Peru"]),
        ("leave the us", ["United States"]),
        ("did turkey close its embassy", ["Turkey"]),
        ("Did Jordan close its embassy in Chad?", ["Jordan", "Chad"]),
        ("Why Georgia?", ["Georgia"]),
        ("the polish consulate", ["Poland"]),
        ("who recognised georgia?", ["Georgia"]),
        ("ties with chad", ["Chad"]),
        ("the us war in turkey", ["United States", "Turkey"]),
        ("us interests section", ["United States"]),
        ("legation in keijo", ["South Korea"]),
        ("embassy in victoria", ["Seychelles"]),
        ("WHY DID THE US CLOSE IN CUBA", ["United States", "Cuba"]),
    ],
)
def test_words_that_are_also_something_else(text: str, expected: list[str]) -> None:
    assert countries(text) == expected


def test_a_mention_is_the_words_as_typed() -> None:
    assert found("The U.S. in Sao Tome, Burma.") == [
        ("U.S.", "code", ["United States"]),
        ("Sao Tome", "name", ["São Tomé and Príncipe"]),
        ("Burma", "former", ["Myanmar"]),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the DPRK and NK's envoys", "North Korea and North Korea's envoys"),
        ("the UAE and the UK", "the United Arab Emirates and the United Kingdom"),
        ("the US, the U.S. and USA", "the US, the U.S. and USA"),
        ("Burma and the Danes", "Burma and the Danes"),
        ("yanks", "Americans"),
    ],
)
def test_codes_are_written_out(text: str, expected: str) -> None:
    assert edited(text, load_places().written_out(text)) == expected


def alternatives(text: str) -> list[str]:
    (mention,) = load_places().mentions(text)
    return [other for form in mention.forms for other in form.alternatives()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("North Korea", ["DPRK", "Democratic People's Republic of Korea", "North Korean", "Pyongyang"]),
        ("Pyongyang", ["North Korea"]),
        ("Danes", ["Denmark"]),
        ("Burma", ["Myanmar", "Burma", "Burmese", "Rangoon"]),
        ("Myanmar", ["Burma", "Burmese", "Rangoon"]),
        ("US", ["United States", "US", "American", "Washington"]),
        ("Soviet Union", ["USSR", "Soviet", "Russia"]),
        ("Hong Kong", []),
        ("Kiev", ["Kyiv", "Ukraine"]),
        ("Kyiv", ["Kiev", "Ukraine"]),
        ("Holland", ["Netherlands", "Dutch", "The Hague"]),
        ("Ivory Coast", ["Côte d'Ivoire", "Ivorian", "Abidjan"]),
        ("Republic of Albania", ["Albanian", "Tirana"]),
        ("Tarawa", ["South Tarawa", "Kiribati"]),
        ("Sana", ["Sanaa", "Yemen"]),
        ("Tiranë", ["Tirana", "Albania"]),
    ],
)
def test_other_ways_to_say_a_place(text: str, expected: list[str]) -> None:
    assert alternatives(text) == expected


def test_of_the_field_may_be_known_from_elsewhere() -> None:
    places = load_places()
    assert places.mentions("and jordan?") == []
    assert [each.countries[0].name for each in places.mentions("and jordan?", of_the_field=True)] == ["Jordan"]


@given(st.text())
def test_mentions_are_slices_in_order(text: str) -> None:
    end = 0
    for mention in load_places().mentions(text):
        assert end <= mention.start < mention.end <= len(text)
        end = mention.end
