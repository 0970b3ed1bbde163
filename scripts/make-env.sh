#!/bin/sh
# Makes .env from .env.example: every secret that is empty gets 24 or 32 random bytes, and the user is
# the one who runs this. An .env that is there keeps its lines; only empty secrets in it are filled.
set -eu
cd "$(dirname "$0")/.."
umask 077

# with sudo, who called it; root itself stays out of containers
user=${SUDO_UID:-$(id -u)}
group=${SUDO_GID:-$(id -g)}
[ "$user" -ne 0 ] || { user=1000; group=1000; }
[ -f .env ] || sed "s/^#TALLYD_UID=.*/TALLYD_UID=$user/; s/^#TALLYD_GID=.*/TALLYD_GID=$group/" .env.example > .env

random() {
  od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'
}

fill() {
  if grep -q "^$1=..*" .env; then return; fi
  value=$(random "$2")
  if grep -q "^$1=" .env; then
    sed "s/^$1=\$/$1=$value/" .env > .env.new && mv .env.new .env
  else
    printf '%s=%s\n' "$1" "$value" >> .env
  fi
  echo "$1 is set"
}

fill CLICKHOUSE_PASSWORD 24
fill CLICKHOUSE_GRAFANA_PASSWORD 24
fill TALLYD_TOKEN 32
fill TALLYD_PROMETHEUS_TOKEN 32
fill GRAFANA_ADMIN_PASSWORD 24
echo "Next: docker compose up --detach --wait; then http://localhost:3000, user admin, password in .env"
