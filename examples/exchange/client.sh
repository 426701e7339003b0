#!/bin/sh
# Ask another member's service through the node of one's own agency, with curl.
#   NODE=http://agency.localhost:8180 KEY=... CLIENT=VN/ORG/T12/app ./client.sh T11/residents/residents /residents/000001
# Our own interface: a refusal is a problem (RFC 9457) with its true status. X-Road's clients ask /r1/INSTANCE/CLASS/CODE/SUBSYSTEM/SERVICE instead.
set -eu
service=$1 path=$2
exec curl --silent --show-error --fail-with-body \
  --header "Dinh-Key: $KEY" --header "X-Road-Client: $CLIENT" --header "Accept: application/json" \
  --dump-header "${HEADERS:-/dev/null}" "$NODE/api/exchange/v1/ask/$service$path"
