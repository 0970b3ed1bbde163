#!/bin/sh
# Runs once before the other services of docker-compose.yml, and again with every `up`: the tokens that
# the collector knows and the provisioning that Grafana reads follow from .env.
set -eu

# The passwords travel through an XML file and URLs, where other characters would mean something else.
for name in CLICKHOUSE_PASSWORD TALLYD_GRAFANA_CLICKHOUSE_PASSWORD; do
  eval "value=\$$name"
  case "$value" in
    *[!A-Za-z0-9._-]*)
      [ "$name" = TALLYD_GRAFANA_CLICKHOUSE_PASSWORD ] && name=CLICKHOUSE_GRAFANA_PASSWORD
      echo "$name in .env may hold letters, digits, '.', '_' and '-' only; \`openssl rand -hex 24\` makes a good one." >&2
      exit 1
      ;;
  esac
done

tallyd token create compose --scope ingest --scope read --token-from-env TALLYD_TOKEN
tallyd token create prometheus --scope read --token-from-env TALLYD_PROMETHEUS_TOKEN

# Grafana looks into these two as well, and complains when they are absent.
mkdir -p "${PROVISIONING:=/provisioning}/plugins" "$PROVISIONING/access-control"
exec tallyd grafana export "$PROVISIONING" --force \
  --clickhouse-url "http://grafana:$TALLYD_GRAFANA_CLICKHOUSE_PASSWORD@clickhouse:8123/tallyd" \
  --prometheus-url http://prometheus:9090 \
  --dashboards-path /etc/grafana/provisioning/dashboards/tallyd \
  --secrets env ${TALLYD_DOCS_URL:+--docs-url "$TALLYD_DOCS_URL"}
