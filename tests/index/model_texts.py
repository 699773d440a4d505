"""Texts that exported models and their originals are compared on."""

TEXTS = [
    "Ruritania closed its embassy in Strelsau on 4 May 1911. It never reopened.",
    "Ambassador Öztürk left N’Djamena 🏛. 大使館は閉鎖されました。 It closed for good.",
    "The consulate stayed open. " + "Visas were issued there, and passports were renewed. " * 12 + "Then it closed.",
]

LONG_QUESTION = "which of the consulates that were closed in the war has been opened again " * 3
LONG_TEXT = "The consulate general closed in June, and its archives were sent to the capital. " * 9

PAIRS = [
    ("When did Ruritania close its embassy in Strelsau?", TEXTS[0]),
    ("When did Ruritania close its embassy in Strelsau?", TEXTS[1]),
    ("¿Cuándo cerró la embajada?", "大使館は閉鎖されました。 🏛 e\u0301"),
    ("closed", ""),
    ("", "closed"),
    ("Which consulate closed?", LONG_TEXT),
    (LONG_QUESTION, "It closed."),
    (LONG_QUESTION, LONG_TEXT),
]
