#!/bin/sh
# Starts Byflyt with the database token that the database setup left for it.
set -eu
BYFLYT_DATABASE_TOKEN=$(cat /run/byflyt/node-red/token)
export BYFLYT_DATABASE_TOKEN
exec node dist/app/start.js
