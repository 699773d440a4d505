"""What the package countryinfo lacks, or has otherwise than people write.

A module, because a TOML file of this size takes 25 ms to read, with every process that answers.
"""

from typing import Any

TERRITORIES = frozenset(
    """
    AI AS AW AX BL BM BQ BV CC CK CW CX EH FK FO GF GG GI GL GP GS GU HK HM IM IO JE KY MF MO MP MQ MS NC NF NU
    PF PM PN PR RE SH SJ SX TC TF TK UM VG VI WF YT AQ
""".split()
)
"""Known by name, but their capitals and people are called like others."""

OTHER_NAMES = """
New Mexico; New England; New Guinea; Gulf of Mexico; Indian Ocean; American Samoa; Northern Ireland; South
Georgia; Latin America; Latin American; South America; South American; North America; North American; Central
America; Central American; Native American; African American; Guinea pig; Guinea pigs; George Washington;
Washington Post; Washington State; Lake Victoria; Queen Victoria; Vienna Convention; Vienna Conventions; Geneva
Convention; Paris Agreement; Panama Papers; Dutch disease; Turkish delight; French fries; Swiss cheese; Brazil
nut; Brazil nuts; Cuba libre
"""
"""Longer names that hold the name of a country and are none."""

AMBIGUOUS = frozenset(
    """
    turkey chad china jordan georgia polish male pole poles swede swedes guinea lima victoria sofia kingston
    santiago holland israel paris berne angora habana keijo prag
""".split()
)
"""Also something else: in small letters a place only in a question of the field, and with capitals not
beside another name ("Michael Jordan")."""

FIELD = tuple(
    """
    embass consul legation mission ambassador envoy diplomat diploma sanction government minist president treat
    relation visa regime junta troop congress treasury chancery attache official authorit citizen national law
    recogni independen state military army navy forces personnel staff passport senat dollar customs bank
""".split()
)
"""Beginnings of words that make a question one of the field."""

FIELD_WORDS = frozenset({"ties", "war", "wars", "interest", "interests"})
"""Whole words that do."""

# By ISO 3166 code; the states below that are gone have codes of ISO 3166-3.
#   name      common name, where the package has another
#   codes     short forms that are written out in what is searched for
#   kept      short forms that are searched for as typed
#   also      other ways to say the name that are worth searching for; without it, the codes
#   other     further ways to say the name, only recognised
#   official  long names, only recognised
#   people    adjectives and what the people are called; the plural is found by itself
#   capitals  the most usual first, where the package's is out of date or not the seat of missions
#   spelt     other spellings and former names of a capital, searched for in each other's place
#   seldom    further ones, for which the capital is searched, but not they for it; those one letter away are mended
#   former    former names, searched for as well
#   slang     what is written out in another word
#   now       what a state that is gone became
COUNTRIES: dict[str, dict[str, Any]] = {
    "AE": {"codes": ["UAE"], "people": ["Emirati"], "former": ["Trucial States"]},
    "AF": {"people": ["Afghan"], "seldom": {"Cabul": "Kabul", "Caboul": "Kabul"}},
    "AG": {"people": ["Antiguan", "Barbudan"]},
    "AL": {"seldom": {"Tiranë": "Tirana"}},
    "AM": {"spelt": {"Erivan": "Yerevan", "Erevan": "Yerevan"}},
    "AO": {"seldom": {"Loanda": "Luanda"}},
    "AR": {"people": ["Argentine", "Argentinian", "Argentinean"]},
    "AT": {"spelt": {"Wien": "Vienna"}},
    "BA": {"codes": ["BiH"], "people": ["Bosnian", "Herzegovinian"]},
    "BD": {"spelt": {"Dacca": "Dhaka"}},
    "BE": {"spelt": {"Bruxelles": "Brussels", "Brussel": "Brussels"}},
    "BF": {"people": ["Burkinabe"], "former": ["Upper Volta"], "other": ["Burkina"]},
    "BI": {"capitals": ["Gitega", "Bujumbura"], "spelt": {"Usumbura": "Bujumbura"}, "other": ["Urundi"]},
    "BJ": {"capitals": ["Porto-Novo", "Cotonou"], "former": ["Dahomey"]},
    "BO": {"capitals": ["La Paz", "Sucre"]},
    "BR": {"capitals": ["Brasília", "Rio de Janeiro"], "other": ["Brasil"]},
    "BS": {"name": "Bahamas"},
    "BW": {"people": ["Botswanan", "Motswana", "Batswana"], "former": ["Bechuanaland"]},
    "BY": {"people": ["Belarusian", "Belarussian"], "former": ["Byelorussia", "Belorussia"]},
    "BZ": {"former": ["British Honduras"]},
    "CD": {
        "codes": ["DRC"],
        "other": ["DR Congo", "Congo-Kinshasa", "Congo"],
        "people": ["Congolese"],
        "former": ["Zaire", "Belgian Congo"],
        "spelt": {"Leopoldville": "Kinshasa"},
    },
    "CF": {"people": ["Central African"]},
    "CG": {"other": ["Congo-Brazzaville", "Congo"], "people": ["Congolese"]},
    "CH": {"people": ["Swiss"], "spelt": {"Berne": "Bern"}},
    "CI": {
        "name": "Ivory Coast",
        "capitals": ["Abidjan", "Yamoussoukro"],
        "other": ["Côte d'Ivoire"],
        "also": ["Côte d'Ivoire"],
    },
    "CM": {"other": ["Cameroun", "Cameroons"]},
    "CN": {
        "codes": ["PRC"],
        "former": ["Communist China", "Red China"],
        "capitals": ["Beijing", "Nanking"],
        "spelt": {"Peking": "Beijing", "Nanjing": "Nanking"},
        "seldom": {"Pekin": "Beijing", "Peiping": "Beijing"},
    },
    "CU": {"seldom": {"Habana": "Havana", "La Habana": "Havana"}},
    "CV": {"name": "Cape Verde", "other": ["Cabo Verde"], "people": ["Cape Verdean"], "also": ["Cabo Verde"]},
    "CZ": {
        "name": "Czech Republic",
        "other": ["Czechia"],
        "also": ["Czechia"],
        "spelt": {"Praha": "Prague"},
        "seldom": {"Prag": "Prague"},
    },
    "DE": {"codes": ["FRG"], "capitals": ["Berlin", "Bonn"], "former": ["West Germany"]},
    "DJ": {"people": ["Djiboutian"]},
    "DK": {"people": ["Danish", "Dane"], "spelt": {"København": "Copenhagen", "Kobenhavn": "Copenhagen"}},
    "DM": {"people": []},
    "DO": {"people": ["Dominican"], "spelt": {"Ciudad Trujillo": "Santo Domingo"}},
    "EC": {"people": ["Ecuadorian", "Ecuadorean"]},
    "EE": {"spelt": {"Reval": "Tallinn"}},
    "EG": {"former": ["United Arab Republic"], "seldom": {"Le Caire": "Cairo", "Kairo": "Cairo"}},
    "ER": {"spelt": {"Asmera": "Asmara"}},
    "ES": {"people": ["Spanish", "Spaniard"]},
    "ET": {"capitals": ["Addis Ababa", "Addis"], "former": ["Abyssinia"]},
    "FI": {"people": ["Finnish", "Finn"], "spelt": {"Helsingfors": "Helsinki"}},
    "FM": {"name": "Micronesia"},
    "FR": {"people": ["French", "Frenchman", "Frenchmen"]},
    "GB": {
        "codes": ["UK"],
        "other": ["Britain", "Great Britain"],
        "people": ["British", "Briton"],
        "slang": {"Brit": "British", "Brits": "British"},
        "seldom": {"Londres": "London"},
    },
    "GE": {"spelt": {"Tiflis": "Tbilisi"}},
    "GH": {"former": ["Gold Coast"]},
    "GM": {"name": "Gambia"},
    "GN": {"former": ["French Guinea"]},
    "GR": {"spelt": {"Athina": "Athens"}},
    "GW": {"people": ["Bissau-Guinean"], "former": ["Portuguese Guinea"]},
    "GY": {"former": ["British Guiana"]},
    "HR": {"people": ["Croatian", "Croat"], "spelt": {"Agram": "Zagreb"}},
    "ID": {"spelt": {"Batavia": "Jakarta", "Djakarta": "Jakarta"}},
    "IE": {"other": ["Republic of Ireland", "Eire"], "former": ["Irish Free State"]},
    "IL": {"capitals": ["Jerusalem", "Tel Aviv"]},
    "IN": {"capitals": ["New Delhi", "Delhi"]},
    "IQ": {"spelt": {"Bagdad": "Baghdad"}},
    "IR": {"former": ["Persia"], "spelt": {"Teheran": "Tehran"}},
    "IS": {"people": ["Icelandic", "Icelander"]},
    "JO": {"former": ["Transjordan"]},
    "KG": {
        "people": ["Kyrgyz", "Kyrgyzstani", "Kirghiz"],
        "other": ["Kirghizia", "Kirgizia"],
        "spelt": {"Frunze": "Bishkek"},
    },
    "KH": {"people": ["Cambodian"], "former": ["Kampuchea", "Khmer Republic"]},
    "KI": {"spelt": {"Tarawa": "South Tarawa"}},
    "KM": {"people": ["Comorian", "Comoran"]},
    "KN": {"people": ["Kittitian", "Nevisian"]},
    "KP": {
        "codes": ["DPRK", "NK"],
        "official": ["Democratic People's Republic of Korea"],
        "other": ["Korea"],
        "people": ["North Korean", "Korean"],
        "also": ["DPRK", "Democratic People's Republic of Korea"],
    },
    "KR": {
        "codes": ["ROK"],
        "official": ["Republic of Korea"],
        "other": ["Korea"],
        "people": ["South Korean", "Korean"],
        "also": ["ROK", "Republic of Korea"],
        "seldom": {"Keijo": "Seoul"},
    },
    "KZ": {
        "capitals": ["Astana", "Almaty"],
        "people": ["Kazakh", "Kazakhstani"],
        "spelt": {
            "Nur-Sultan": "Astana",
            "Nursultan": "Astana",
            "Alma-Ata": "Almaty",
            "Akmola": "Astana",
            "Tselinograd": "Astana",
        },
    },
    "LA": {"people": ["Lao", "Laotian"], "seldom": {"Viangchan": "Vientiane"}},
    "LB": {"seldom": {"Beyrouth": "Beirut"}},
    "LK": {"former": ["Ceylon"]},
    "LS": {"people": ["Basotho", "Mosotho"], "former": ["Basutoland"]},
    "LT": {"spelt": {"Vilna": "Vilnius", "Wilno": "Vilnius"}},
    "MD": {"former": ["Moldavia"], "spelt": {"Kishinev": "Chișinău"}},
    "ME": {"spelt": {"Titograd": "Podgorica"}},
    "MG": {"former": ["Malagasy Republic"], "spelt": {"Tananarive": "Antananarivo"}},
    "MK": {"name": "North Macedonia", "other": ["Macedonia"], "codes": ["FYROM"]},
    "MM": {
        "name": "Myanmar",
        "people": ["Burmese"],
        "capitals": ["Rangoon", "Naypyidaw"],
        "former": ["Burma"],
        "spelt": {"Yangon": "Rangoon"},
    },
    "MN": {"spelt": {"Ulan Bator": "Ulaanbaatar"}},
    "MO": {"other": ["Macao"]},
    "MV": {"people": ["Maldivian"]},
    "MW": {"former": ["Nyasaland"]},
    "MY": {"former": ["Malaya"]},
    "MZ": {"people": ["Mozambican"], "spelt": {"Lourenço Marques": "Maputo"}},
    "NA": {"former": ["South West Africa"]},
    "NG": {"capitals": ["Abuja", "Lagos"]},
    "NL": {
        "capitals": ["The Hague", "Amsterdam"],
        "other": ["Holland"],
        "people": ["Dutch", "Dutchman", "Netherlander"],
        "spelt": {"Den Haag": "The Hague"},
        "seldom": {"La Haye": "The Hague"},
    },
    "NO": {"spelt": {"Christiania": "Oslo"}},
    "NP": {"spelt": {"Katmandu": "Kathmandu"}},
    "NZ": {"people": ["New Zealander"]},
    "PG": {"codes": ["PNG"]},
    "PH": {"people": ["Philippine", "Filipino"]},
    "PK": {"capitals": ["Islamabad", "Karachi"]},
    "PL": {
        "people": ["Polish", "Pole"],
        "spelt": {"Warszawa": "Warsaw"},
        "seldom": {"Warschau": "Warsaw", "Varsovie": "Warsaw"},
    },
    "PS": {"people": ["Palestinian"], "other": ["Palestinian Territories", "Palestinian Authority", "Gaza"]},
    "PT": {"people": ["Portuguese"], "spelt": {"Lisboa": "Lisbon"}},
    "RO": {"other": ["Rumania", "Roumania"], "spelt": {"București": "Bucharest"}},
    "RS": {"people": ["Serbian", "Serb"], "spelt": {"Beograd": "Belgrade"}, "seldom": {"Belgrad": "Belgrade"}},
    "RU": {
        "other": ["Russian Federation"],
        "spelt": {"Moskva": "Moscow"},
        "seldom": {"Moskau": "Moscow"},
    },
    "RW": {"other": ["Ruanda"]},
    "SA": {"codes": ["KSA"], "people": ["Saudi", "Saudi Arabian"]},
    "SC": {"capitals": [], "seldom": {"Victoria": "Seychelles"}},
    "SD": {"spelt": {"Khartum": "Khartoum"}},
    "SE": {"people": ["Swedish", "Swede"]},
    "SI": {"people": ["Slovenian", "Slovene"], "spelt": {"Laibach": "Ljubljana"}},
    "SK": {"people": ["Slovak", "Slovakian"], "spelt": {"Pressburg": "Bratislava", "Pozsony": "Bratislava"}},
    "SO": {"spelt": {"Mogadiscio": "Mogadishu"}},
    "SR": {"people": ["Surinamese"], "former": ["Dutch Guiana"], "other": ["Surinam"]},
    "ST": {"people": ["São Toméan"]},
    "SZ": {"name": "Eswatini", "capitals": ["Mbabane", "Lobamba"], "former": ["Swaziland"]},
    "TD": {"capitals": ["N'Djamena", "Ndjamena", "Fort Lamy"]},
    "TG": {"former": ["Togoland"]},
    "TH": {"former": ["Siam"]},
    "TJ": {"people": ["Tajik", "Tajikistani"], "other": ["Tadzhikistan"], "spelt": {"Stalinabad": "Dushanbe"}},
    "TL": {"name": "East Timor", "other": ["Timor-Leste"], "also": ["Timor-Leste"]},
    "TM": {"people": ["Turkmen"], "spelt": {"Ashkhabad": "Ashgabat"}},
    "TR": {
        "other": ["Türkiye"],
        "people": ["Turkish", "Turk"],
        "capitals": ["Ankara", "Constantinople"],
        "seldom": {"Angora": "Ankara"},
    },
    "TT": {"people": ["Trinidadian"]},
    "TW": {"codes": ["ROC"], "other": ["Formosa"]},
    "TZ": {"capitals": ["Dar es Salaam", "Dodoma"], "former": ["Tanganyika", "Zanzibar"]},
    "UA": {"spelt": {"Kiev": "Kyiv"}},
    "US": {
        "kept": ["US", "USA"],
        "other": ["America", "United States of America"],
        "people": ["American"],
        "capitals": ["Washington", "Washington D.C."],
        "slang": {"Yank": "American", "Yanks": "Americans"},
        "also": ["US"],
    },
    "UZ": {"people": ["Uzbek", "Uzbekistani"]},
    "VA": {"name": "Holy See", "other": ["Vatican", "Vatican City"], "capitals": [], "people": []},
    "VC": {"people": ["Vincentian"]},
    "VN": {"other": ["Viet Nam"], "seldom": {"Ha Noi": "Hanoi"}},
    "VU": {"people": ["Ni-Vanuatu"], "former": ["New Hebrides"]},
    "XK": {"name": "Kosovo", "people": ["Kosovar", "Kosovan"], "capitals": ["Pristina"]},
    "YE": {"capitals": ["Sanaa", "Aden"], "spelt": {"Sana'a": "Sanaa", "San'a": "Sanaa", "Sana": "Sanaa"}},
    "ZA": {"capitals": ["Pretoria", "Cape Town"]},
    "ZM": {"former": ["Northern Rhodesia"]},
    "ZW": {"former": ["Rhodesia", "Southern Rhodesia"]},
    # States that are gone.
    "SU": {"name": "Soviet Union", "codes": ["USSR"], "people": ["Soviet"], "also": ["USSR"], "now": ["RU"]},
    "DD": {
        "name": "East Germany",
        "codes": ["GDR"],
        "people": ["East German"],
        "other": ["German Democratic Republic"],
        "now": ["DE"],
    },
    "CSHH": {"name": "Czechoslovakia", "people": ["Czechoslovak", "Czechoslovakian"], "now": ["CZ", "SK"]},
    "YUCS": {"name": "Yugoslavia", "people": ["Yugoslav", "Yugoslavian"], "now": ["RS"]},
    "VDVN": {"name": "South Vietnam", "people": ["South Vietnamese"], "capitals": ["Saigon"], "now": ["VN"]},
    "NVVN": {"name": "North Vietnam", "people": ["North Vietnamese"], "now": ["VN"]},
}
