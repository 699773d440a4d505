# The long form of the tests of what docs/reliability.md promises: MINUTES is the most that one test may take.
MINUTES ?= 20

soak:
	HF_HUB_OFFLINE=1 python3 -m pytest tests/reliability --soak --soak-minutes $(MINUTES)

# What the container installs, each release with its hashes (needs uv). torch and what comes with it differ between
# processors and graphics cards; the first stage takes them by version alone.
LOCK = uv pip compile --quiet --generate-hashes --python-version 3.11 --python-platform linux --no-header --no-annotate
ANY_BUILD = torch triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc \
	nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse \
	nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx

lock:
	$(LOCK) docker/runtime-requirements.txt --output-file docker/runtime-lock.txt
	$(LOCK) docker/runtime-requirements.txt docker/export-requirements.txt \
		$(addprefix --no-emit-package ,$(ANY_BUILD)) --output-file docker/export-lock.txt

# Known weaknesses of what the container installs, and a list of its parts in CycloneDX (need pip-audit, cyclonedx-bom;
# the first asks a service).
audit:
	pip-audit --requirement docker/export-lock.txt --require-hashes --disable-pip --strict

sbom:
	cyclonedx-py requirements docker/runtime-lock.txt --output-format JSON --output-file sbom.json

.PHONY: soak lock audit sbom
