"""The texts on which an exported model is compared with the original."""

CHECK_SENTENCES = (
    "The embassy was closed on 12 April 1975 after its staff had been evacuated.",
    "Which consulates reopened?",
    "Sanctions.",
    "The mission in Rome will look after relations with Spain from now on.",
    "Assets of designated persons are blocked when they come within the jurisdiction of the bank.",
    "(A) a person that knowingly, directly or indirectly, transfers a vessel or aircraft;",
    "Diplomatic relations were severed in June 1967 and resumed seven years later.",
    "why did they shut the legation in tirana",
    "The President may waive the application of this section for periods of not more than 180 days if "
    "he determines that the waiver is important to national security and reports to the committees.",
    "Ambassador Öztürk presented her credentials in N’Djamena.",
    "No decision has been announced.",
    "A protecting power represents the interests of a state that has no mission in the country.",
    "The list was amended on 3 March 2016; two entries were removed and sixteen were added.",
    "大使館は閉鎖されました。",
    "¿Cuándo cerró la embajada?",
    "Staff were moved to the capital of a neighbouring country, where a liaison office opened within a "
    "month, issued visas, helped stranded citizens and reported on the fighting until the spring.",
)

CHECK_QUESTIONS = (
    "When was the embassy closed?",
    "which list was amended, and how many entries were added to it",
    "Who represents a state that has no mission in the country?",
)
