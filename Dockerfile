# syntax=docker/dockerfile:1
# The collector. For a ClickHouse server, as in docker-compose.yml, the embedded engine stays out: it is
# 550 MB. `--build-arg EMBEDDED_ENGINE=true` puts it in, for an image that needs no server.

ARG NODE_IMAGE=node:22.23.2-bookworm-slim

# The compiler and what it needs. Optional packages too: the bundler's native part is one.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/
COPY collector collector
COPY exporter exporter
RUN npm run build

# what runs, without the compiler
FROM ${NODE_IMAGE} AS packages
ARG EMBEDDED_ENGINE=false
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN if [ "$EMBEDDED_ENGINE" = true ]; then \
      npm ci --ignore-scripts --omit=dev; \
    else \
      npm ci --ignore-scripts --omit=dev --omit=optional; \
    fi

FROM ${NODE_IMAGE} AS collector
ARG VERSION=dev
LABEL org.opencontainers.image.title="tallyd" \
      org.opencontainers.image.description="What your language models cost: reads agents' logs and usage exports, prices them in ClickHouse." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}"
ENV NODE_ENV=production \
    HOME=/home/agent \
    TALLYD_DATA_DIR=/var/lib/tallyd
# Whoever reads the logs of a user must be that user, whose number is known only when the container
# starts; so the folders for data are open to every number, like /tmp, and there is but one in here.
RUN mkdir --parents /var/lib/tallyd /provisioning /home/agent/.claude /home/agent/.codex /exports /config/tallyd \
    && chmod 1777 /var/lib/tallyd /provisioning
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY docker docker
COPY clickhouse/schema.sql clickhouse/schema.sql
COPY clickhouse/migrations clickhouse/migrations
COPY collector/formats collector/formats
COPY grafana/generated grafana/generated
COPY --from=build /app/dist/bundle dist/bundle
RUN ln --symbolic /app/bin/tallyd.cjs /usr/local/bin/tallyd
USER node
VOLUME /var/lib/tallyd
EXPOSE 4318 9464
# The process alone. Readiness, store included, is what docker-compose.yml asks.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "/app/docker/healthy.cjs", "http://127.0.0.1:4318/healthz"]
# node handles SIGTERM itself, so nothing is needed before it
ENTRYPOINT ["tallyd"]
CMD ["start"]
