# plotd as a service; compose.yaml runs it.
#   docker build -t plotd:latest .
# The first stage is the same as in Dockerfile.execution, so that it is built
# once for both. BASE may name an image by digest: --build-arg BASE=debian@sha256:…
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends gcc libc6-dev meson ninja-build pkg-config python3-dev python3-venv \
    ca-certificates libmicrohttpd-dev libcurl4-gnutls-dev libjansson-dev libseccomp-dev nettle-dev libsqlite3-dev \
    libuchardet-dev libzstd-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
COPY src/runner/python/requirements.lock /src/requirements.lock
COPY scripts/slim_venv.sh /src/
RUN /usr/bin/python3 -m venv /opt/plotd/venv \
 && /opt/plotd/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
    --no-deps -r /src/requirements.lock \
 && sh /src/slim_venv.sh /opt/plotd/venv
COPY meson.build meson_options.txt LICENSE /src/plotd/
COPY web /src/plotd/web
COPY src /src/plotd/src
RUN meson setup /src/build /src/plotd --buildtype=release -Dtests=false -Dhostile=false \
 && ninja -C /src/build src/runner/plotd-runner \
 && install -D -s -t /opt/plotd/bin /src/build/src/runner/plotd-runner
RUN ninja -C /src/build src/cli/plotd \
 && install -s -t /opt/plotd/bin /src/build/src/cli/plotd

FROM ${BASE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 libpython3.11 libseccomp2 libstdc++6 libmicrohttpd12 \
    libcurl3-gnutls libjansson4 libnettle8 libsqlite3-0 libuchardet0 libzstd1 zlib1g ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --create-home --home-dir /var/lib/plotd --shell /usr/sbin/nologin plotd
COPY --from=build /opt/plotd /opt/plotd
COPY scripts/sbom.py LICENSE /opt/plotd/
COPY deploy/healthcheck.py /opt/plotd/healthcheck.py
RUN python3 /opt/plotd/sbom.py plotd > /opt/plotd/sbom.cdx.json \
 && ln -s /opt/plotd/bin/plotd /usr/local/bin/plotd
LABEL org.opencontainers.image.title="plotd" org.opencontainers.image.licenses="MIT"
USER 10001:10001
WORKDIR /var/lib/plotd
ENV PLOTD_HOST=0.0.0.0 PLOTD_CACHE_DIR=/var/lib/plotd/cache
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["/usr/bin/python3", "/opt/plotd/healthcheck.py"]
ENTRYPOINT ["/opt/plotd/bin/plotd"]
CMD ["serve"]
