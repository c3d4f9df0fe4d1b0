#!/bin/sh
# Makes .env with everything that compose.yaml needs. Safe to run again: what .env has already stays as it is.
set -eu
umask 077
cd "$(dirname "$0")"
env_file=.env
shown=

[ -f "$env_file" ] || : >"$env_file"
chmod 600 "$env_file"
# A last line without an end would swallow the next one.
if [ -s "$env_file" ] && [ -n "$(tail -c 1 "$env_file")" ]; then echo >>"$env_file"; fi

has() { grep -q "^$1=" "$env_file"; }
setting() { has "$1" || printf '%s=%s\n' "$1" "$2" >>"$env_file"; }
# 48 hexadecimal digits, 192 random bits.
secret() { has "$1" || printf '%s=%s\n' "$1" "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" >>"$env_file"; }

has GRAFANA_ADMIN_PASSWORD || shown=GRAFANA_ADMIN_PASSWORD

case "${LANG:-}" in nb* | nn* | no*) language=nb ;; *) language=en-US ;; esac
setting BYFLYT_LANGUAGE "$language"
setting BYFLYT_TIMEZONE Europe/Oslo
setting BYFLYT_PUBLIC_URL http://localhost:1880
setting BYFLYT_SANDBOX on
setting BIND_ADDRESS 127.0.0.1
secret MQTT_PASSWORD_BYFLYT
secret MQTT_PASSWORD_NETWORK_SERVER
secret MQTT_PASSWORD_HEALTH
secret INFLUXDB_ADMIN_PASSWORD
secret INFLUXDB_ADMIN_TOKEN
secret GRAFANA_ADMIN_PASSWORD
secret GRAFANA_SECRET_KEY

echo "Settings and secrets are in $PWD/$env_file, readable by you only. Keep a copy in a safe place."
if [ -n "$shown" ]; then
  echo
  echo "Sign-in for the dashboards, shown only now:"
  echo "  user name admin, password $(sed -n "s/^$shown=//p" "$env_file")"
fi
echo
echo "Next:"
echo "  docker compose up -d --build            starts everything"
echo "  docker compose logs node-red            shows the sign-in for the editor, once, at the first start"
echo
echo "Then open http://localhost:1880 (public page), http://localhost:1880/editor (flows), http://localhost:3000 (dashboards)."
