# The claim scrubber: one image for the API, the batch workers and every command.
#
# All that is installed are wheels of exact versions with known digests; the reference snapshot is built in. The last
# stage runs as a user without rights over a root filesystem that may be mounted read-only: only /var/lib/scrubber, /tmp
# and /dev/shm are written to. tests/integration/test_image.py runs these steps without a container.

FROM python:3.13.9-slim-bookworm AS build
ENV APP=/opt/scrubber \
    STATE=/var/lib/scrubber \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /src

RUN python -m venv "$APP"
# Before the source: a change of the program does not install its dependencies again.
COPY requirements/run.lock requirements/run.lock
RUN "$APP/bin/pip" install --quiet --no-compile --only-binary :all: --require-hashes --requirement requirements/run.lock

COPY pyproject.toml README.md LICENSE ./
COPY docs/guide docs/guide
COPY docker docker
COPY lcd_data lcd_data
COPY payer_rules payer_rules
COPY scrubber scrubber
# A layer keeps whole seconds only, and by the time of its files a snapshot is known to be of these data.
RUN "$APP/bin/pip" install --quiet --no-compile --no-deps --no-build-isolation . && \
    "$APP/bin/pip" uninstall --quiet --yes hatchling editables && \
    cp docker/entrypoint.sh docker/healthcheck.py "$APP/bin/" && \
    find "$APP" -type f -exec touch --date=@1700000000 {} + && \
    "$APP/bin/python" -m compileall -q --invalidation-mode unchecked-hash "$APP/lib" && \
    SCRUBBER_DATA_DIR="$STATE" "$APP/bin/scrubber" reference build

FROM python:3.13.9-slim-bookworm
LABEL org.opencontainers.image.title="Claim scrubber" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV APP=/opt/scrubber \
    PATH=/opt/scrubber/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SCRUBBER_DATA_DIR=/var/lib/scrubber \
    SCRUBBER_HOST=0.0.0.0
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/scrubber scrubber
COPY --from=build /opt/scrubber /opt/scrubber
COPY --from=build --chown=10001:10001 /var/lib/scrubber /var/lib/scrubber
USER 10001:10001
WORKDIR /var/lib/scrubber
VOLUME /var/lib/scrubber
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "/opt/scrubber/bin/healthcheck.py", "api"]
ENTRYPOINT ["/opt/scrubber/bin/entrypoint.sh"]
CMD ["api"]
