#!/bin/sh
# Starts Byflyt, or runs the byflyt command that is given, with the database token that the database setup left for it.
set -eu
BYFLYT_DATABASE_TOKEN=$(cat /run/byflyt/node-red/token)
export BYFLYT_DATABASE_TOKEN
if [ $# -gt 0 ]; then exec node app/byflyt.js "$@"; fi
exec node --max-semi-space-size=16 --heap-growing-percent=40 dist/app/start.js
