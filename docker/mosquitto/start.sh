#!/bin/sh
# Hashes the passwords of the environment into memory, then starts the broker.
set -eu
umask 077
run=/run/mosquitto

# Written by the shell itself: a password as an argument would show in the list of processes.
printf '%s\n' \
  "byflyt:$MQTT_PASSWORD_BYFLYT" \
  "network-server:$MQTT_PASSWORD_NETWORK_SERVER" \
  "health:$MQTT_PASSWORD_HEALTH" >"$run/passwords"
mosquitto_passwd -U "$run/passwords"

# mosquitto_sub takes its sign-in from here.
printf '%s\n' '-u health' "-P $MQTT_PASSWORD_HEALTH" >"$run/mosquitto_sub"

unset MQTT_PASSWORD_BYFLYT MQTT_PASSWORD_NETWORK_SERVER MQTT_PASSWORD_HEALTH
exec mosquitto -c /mosquitto/config/mosquitto.conf
