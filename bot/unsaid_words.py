"""Words by which bot/unsaid.py tells what is a name in a question, and what passages say by another name; folded."""

SMALL = frozenset("a an and at did do does for in is its of on or the to was were with".split())
NO_NAMES = SMALL | frozenset(
    """how what when where which who whom whose why please embassy embassies consulate consulates legation legations
    mission missions asap attn btw fao fyi pls plz thx""".split()
)
TITLES = frozenset(
    """admiral ambassador ayatollah captain cardinal chairman chancellor charge colonel congressman consul dr emir envoy
    frau general governor herr judge king lord madame marshal minister monsieur mr mrs ms premier president prime prince
    princess professor queen secretary senator senor sheikh sir sultan""".split()
)
_TIMES = frozenset(
    """january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday christmas easter ramadan advent war wars revolution crisis coup spring
    uprising pandemic""".split()
)
_REGIONS = frozenset(
    """africa african asia asian europe european america american americas oceania pacific atlantic caribbean balkans
    baltics scandinavia caucasus maghreb sahel sahara levant gulf benelux indochina eurasia arctic antarctica
    west east north south northern southern eastern western central alabama alaska arizona arkansas california
    carolina colorado connecticut dakota delaware florida hawaii idaho illinois indiana iowa kansas
    kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska
    nevada hampshire jersey ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia
    wisconsin wyoming anatolia bavaria catalonia crimea donbas england galicia kashmir kurdistan manchuria
    mesopotamia normandy ontario patagonia prussia punjab quebec saxony scotland siberia sicily
    silesia tibet transylvania ulster wales xinjiang""".split()
)
_REGIMES = frozenset(
    """allied bolshevik colonial communist czarist fascist imperial kremlin nazi ottoman royal soviet tsarist
    vichy""".split()
)
WIDER = _TIMES | _REGIONS | _REGIMES
"""What a passage says of these, it often says by another name: "Houston" is in Texas, a German legation may be Nazi."""
