# Two stages: the first has torch, to export the model once; the last has neither torch nor the original
# model, and starts in half a second.
#
#   docker build -t legation .
#   docker run --rm -it --read-only --tmpfs /tmp -v legation:/data legation ask "Which embassies closed?"
#
# docs/container.md says more.

FROM python:3.11-slim-bookworm AS build

# An index with CPU-only builds of torch, if you have one, saves this stage some gigabytes:
#   docker build --build-arg PIP_EXTRA_INDEX_URL=... -t legation .
ARG PIP_EXTRA_INDEX_URL
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# One environment for the last stage, one with everything to export the model. They come before the
# code, so that a change of code installs neither again.
# Every release is pinned with its hashes, but for torch, whose builds differ.
COPY docker/runtime-lock.txt docker/export-lock.txt docker/export-requirements.txt /build/docker/
RUN python -m venv /opt/legation/venv \
    && /opt/legation/venv/bin/pip install --no-deps --require-hashes -r /build/docker/runtime-lock.txt \
    && python -m venv /build/venv \
    && /build/venv/bin/pip install --no-deps --require-hashes -r /build/docker/export-lock.txt \
    && /build/venv/bin/pip install -r /build/docker/export-requirements.txt

WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY index index
COPY bot bot
COPY docs/sources docs/sources
RUN /build/venv/bin/pip wheel --no-deps --wheel-dir wheels . \
    && /build/venv/bin/pip install --no-deps wheels/*.whl \
    && /opt/legation/venv/bin/pip install --no-deps wheels/*.whl

WORKDIR /opt/legation
RUN /build/venv/bin/python -c "from pathlib import Path; from index.export import DEFAULT_MODEL, load_encoder; load_encoder(DEFAULT_MODEL, 'int8', Path('/opt/legation/models'))" \
    && chmod -R a+rX /opt/legation


FROM python:3.11-slim-bookworm

LABEL org.opencontainers.image.title="Legation" \
      org.opencontainers.image.description="Answers questions about diplomatic closures and sanctions with quoted, cited passages." \
      org.opencontainers.image.licenses="Apache-2.0 AND CC-BY-SA-4.0"

# A fixed number, so that a volume's files keep their owner from image to image.
RUN groupadd --gid 10001 legation \
    && useradd --uid 10001 --gid legation --home-dir /data --no-create-home --no-log-init \
       --shell /usr/sbin/nologin legation \
    && install -d -o legation -g legation -m 0750 /data

COPY --from=build /opt/legation /opt/legation

# Nothing is written outside of /data and /tmp, so the root file system can be read-only. onnxruntime would
# keep a device number and a list of events in the user's cache folder, to be sent to its makers.
ENV PATH="/opt/legation/venv/bin:$PATH" \
    LEGATION_HOME=/data \
    LEGATION_MODEL_CACHE=/opt/legation/models \
    ORT_DISABLE_TELEMETRY=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

USER 10001:10001
WORKDIR /data
VOLUME /data

HEALTHCHECK --interval=5m --timeout=30s --start-period=1m CMD ["legation", "doctor"]

ENTRYPOINT ["legation"]
CMD ["--help"]
