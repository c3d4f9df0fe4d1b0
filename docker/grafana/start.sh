#!/bin/sh
# Starts Grafana with the read-only database token that the database setup left for it.
set -eu
BYFLYT_GRAFANA_TOKEN=$(cat /run/byflyt/grafana/token)
export BYFLYT_GRAFANA_TOKEN
exec /run.sh "$@"
