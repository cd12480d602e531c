#!/bin/sh
# Starts nats-server with the key of its store in the environment: its configuration cannot read one from a file.
set -eu
WARDWATCH_JETSTREAM_KEY="$(cat /run/credentials/jetstream.key)"
export WARDWATCH_JETSTREAM_KEY
exec nats-server --config "/etc/nats/$1"
