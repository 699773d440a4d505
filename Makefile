# The long form of the tests of what docs/reliability.md promises: MINUTES is the most that one test may take.
MINUTES ?= 20

soak:
	HF_HUB_OFFLINE=1 python3 -m pytest tests/reliability --soak --soak-minutes $(MINUTES)

.PHONY: soak
