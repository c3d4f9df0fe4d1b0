#!/bin/sh
# Ends DTLS for NB-IoT devices and passes plain CoAP on to Byflyt, one process for each device that speaks just now.
# A device shows a certificate that one of the authorities in devices.pem signed; server.pem is our own, with its key.
set -eu
keys="${COAP_DTLS_KEYS:-/etc/byflyt/coap-dtls}"
for file in server.pem devices.pem; do
  if [ ! -r "$keys/$file" ]; then
    echo "coap-dtls: $file is missing; see \"NB-IoT\" in docker/README.md" >&2
    exit 1
  fi
done
server="OPENSSL-DTLS-SERVER:${COAP_DTLS_PORT:-5684},reuseaddr,cert=$keys/server.pem,cafile=$keys/devices.pem,verify=1"
# A session that is silent for ten minutes has ended: devices begin a new one.
exec socat -T 600 "$server,fork,max-children=500" "UDP:${COAP_DTLS_TARGET:-node-red:5683}"
