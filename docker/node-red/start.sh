#!/bin/sh
# Starts Byflyt, or runs the byflyt command that is given, with the database token that the database setup left for it.
set -eu
BYFLYT_DATABASE_TOKEN=$(cat /run/byflyt/node-red/token)
export BYFLYT_DATABASE_TOKEN
if [ $# -gt 0 ]; then exec node app/byflyt.js "$@"; fi
exec node dist/app/start.js
