"""Words in names that mean little, or the same as others: tables for ``index.name_forms``, nothing else.

All words stand as ``index.name_forms`` leaves them: Latin, small letters, without accents. The tables hold
what is common in lists of names, and are short on purpose: what is rare is met by comparing letters.
"""

from collections.abc import Mapping
from types import MappingProxyType

PARTICLES = frozenset(
    """al bin bint bt binti ibn ould wuld wald de da di do du dos das del della des la las le les lo los van von der
    den ter zu zur y e i of the and for und et a an in on at fi wa ve za na mv mt ss""".split()
)
"""Articles, "son of" and prepositions; also MV, MT and SS before a ship's name."""

TITLES = frozenset(
    """mr mrs ms miss dr prof professor sir lord president prasident minister general colonel col major captain capt
    commander brigadier brig lieutenant lt sheikh shaikh sheik cheikh shaykh haji hajj haj hajji hadji alhaji
    mullah mulla mawlawi maulavi maulawi mawlavi molavi qari sayyid sayed sayyed seyed seyyed sayid ustad
    engineer eng hon honorable monsieur madame mme herr frau senor senora don dona sr sra jr ayatollah imam
    comrade""".split()
)

COMMON_NAMES = frozenset(
    """muhammad ahmad ali hasan husayn abdullah abd khan ibrahim umar uthman yusuf ismail mustafa mahmud khalid said
    salih abu kim ri li pak choe jose maria juan luis carlos jorge antonio francisco jesus miguel garcia
    gonzalez hernandez lopez martinez perez rodriguez sanchez ramirez torres gomez diaz john william james david
    michael aleksandr sergei vladimir ivan ivanov""".split()
)
"""Names of persons so common that two of them do not tell a person."""

GENERIC_WORDS = frozenset(
    """company group holding holdings trading trade general international national industries industry industrial
    enterprise enterprises establishment organization organisation corporation foundation institute center
    centre services service servicios comercial comercializadora inversiones investment investments import
    export imports exports bank banco commercial development engineering construction shipping maritime marine
    lines line transport trust systems technology technologies management association bureau office agency
    committee council party front army movement brigade brigades republic state government ministry university
    factory plant works agricola inmobiliaria distribuidora constructora grupo compania empresa sociedad fund
    society union federation""".split()
)
"""Words that say what an entity is, not which one."""

PLACES = frozenset(
    """afghanistan algeria angola argentina armenia australia austria azerbaijan bahrain bangladesh belarus belgium
    bolivia brazil brasil bulgaria burma cambodia canada chad chile china chinese colombia congo croatia cuba
    cyprus denmark dubai ecuador egypt eritrea ethiopia europe european africa african asia asian america
    american americas finland france french germany german deutschland georgia ghana greece guinea haiti
    hongkong hungary india indonesia iran iranian iraq iraqi ireland israel italy japan jordan kazakhstan kenya
    korea korean kuwait kyrgyzstan laos latvia lebanon lebanese liberia libya libyan lithuania malaysia mali
    malta mexico moldova mongolia morocco mozambique myanmar nepal netherlands nicaragua niger nigeria norway
    oman pakistan palestine panama paraguay peru philippines poland portugal qatar romania russia russian rwanda
    schweiz senegal serbia singapore slovakia slovenia somalia spain sudan sweden swiss switzerland syria syrian
    taiwan tajikistan tanzania thailand tunisia turkey turkmenistan uae uganda uk ukraine uruguay usa uzbekistan
    venezuela vietnam yemen zambia zimbabwe""".split()
)

ABBREVIATIONS: Mapping[str, str] = MappingProxyType(
    {
        "intl": "international", "natl": "national", "govt": "government", "bros": "brothers", "mfg": "manufacturing",
        "dept": "department", "assn": "association", "univ": "university", "inst": "institute", "org": "organization",
        "engg": "engineering", "tech": "technology", "dev": "development", "centre": "center",
        "organisation": "organization", "cie": "company", "saint": "st",
    }
)  # fmt: skip

TENS: Mapping[str, int] = MappingProxyType(
    {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
)
UNITS: Mapping[str, int] = MappingProxyType(
    {word: number for number, word in enumerate("one two three four five six seven eight nine".split(), 1)}
)
NUMBERS = """
1 one first
2 two second
3 three third
4 four fourth
5 five fifth
6 six sixth
7 seven seventh
8 eight eighth
9 nine ninth
10 ten tenth
11 eleven eleventh
12 twelve twelfth
"""
NUMBER_WORDS = frozenset(NUMBERS.split())

_SAME_NAMES = """
muhammad mohammed mohammad mohamed muhammed muhamed mohamad muhamad mohd mohamud muhammadu mehmed mehmet mamadou
ahmad ahmed ahmet akhmad akhmed achmad ahmadi
abdullah abdallah abdulla abdalla abdollah abdoulaye abdellah
husayn hussein husain hussain hossein husein hussayn hossain huseyn huseyin houssein
hasan hassan hassen hasen
yusuf yusef yousef youssef yousuf yusif youssouf yousif yusup yosef joseph
ibrahim ebrahim brahim ibraheem ibragim abraham
ismail esmail ismael esmaeil ismayil
umar omar omer oumar
uthman osman othman usman ousmane
mustafa mostafa moustafa mustapha moustapha
mahmud mahmoud mahmood mehmood
khalid khaled halid
said saeed saeid sayeed saied
salih saleh salah
sulayman suleiman sulaiman solayman soleiman suleyman soleyman sulieman
musa mousa moussa
isa issa eisa
yahya yahia yehia
abu abou abo
aleksandr alexander alexandr oleksandr aliaksandr aleksander aleksandar alexandre iskandar
sergei sergey sergej serhiy serhii siarhei
mikhail michael mykhailo mikhael
nikolai nikolay mykola
vladimir volodymyr uladzimir wladimir
evgeny yevgeny yevgeniy evgeniy evgenii yevhen
dmitry dmitri dmitriy dmytro
yuri yury yuriy yurii iurii
kim gim
ri li lee yi rhee
pak park bak
choe choi
jo cho joe
jong jung chong chung jeong
william bill billy will
robert bob bobby rob
edward ed eddie ted
theodore ted
benjamin ben bibi
thomas tom tommy
james jim jimmy
anthony tony antony
"""


def _first_of_line(lines: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in lines.split("\n"):
        words = line.split()
        for word in words:
            found.setdefault(word, set()).add(words[0])
    return {word: frozenset(groups) for word, groups in found.items()}


SAME_NAMES: Mapping[str, frozenset[str]] = MappingProxyType(_first_of_line(_SAME_NAMES + NUMBERS))
"""Word to the names (and numbers) that it is a spelling or short form of, each by one spelling of it."""

_LEGAL_FORMS = """
limited: ltd | limited | ltda | limitada | pte ltd | pvt ltd | private limited | pty ltd | llc | llp | gmbh | mbh
limited: srl | sarl | sarlu | s de rl | s de rl de cv | bv | ooo | tov | sp z oo | spzoo | sdn bhd | kft | doo | ood
limited: eood | limited liability company | limited liability partnership | gesellschaft mit beschrankter haftung
limited: sociedad de responsabilidad limitada | societatea cu raspundere limitata | societate cu raspundere limitata
limited: obshchestvo s ogranichennoy otvetstvennostyu | limited sirketi | ltd sti | fzco | fz llc | fze | wll | sl
limited: est
stock: plc | ag | sa | spa | nv | se | ab | asa | oyj | jsc | ojsc | cjsc | pjsc | oao | zao | pao | ao
stock: aktiengesellschaft | inc | incorporated | sa de cv | sas | tbk | kk | as | joint stock company
stock: open joint stock company | closed joint stock company | public joint stock company | public limited company
stock: aktsionernoe obshchestvo | otkrytoe aktsionernoe obshchestvo | zakrytoe aktsionernoe obshchestvo
stock: publichnoe aktsionernoe obshchestvo | public company | sociedad anonima | societe anonyme | anonim sirketi
stock: s en c | sa cv
non-profit: ano | ngo | ev | gemeinnutzige | asbl | stichting
company: co | company | corp | corporation | cv | kg | cia | compania
"""

LEGAL_FORMS: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        tuple(form.split()): line.partition(":")[0]
        for line in _LEGAL_FORMS.strip().splitlines()
        for form in line.partition(":")[2].split("|")
    }
)
"""Words of a legal form to its family. Forms of one family are translations of each other, or near enough;
"company" goes with every other.
"""

FORM_WORDS = frozenset(form[0] for form in LEGAL_FORMS if len(form) == 1) | {"rl", "oo", "liability", "joint", "stock"}
"""Words that are a legal form by themselves, or part of one only."""
