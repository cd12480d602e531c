#!/bin/sh
# Starts nats-server with the key of its store in the environment: its configuration cannot read one from a file.
set -eu
# A broker that was killed while it made a block of a stream left it empty and without its key. Started with one, it would
# delete the whole stream; see docs/adr/0024.
for block in /var/lib/nats/jetstream/*/streams/*/msgs/*.blk; do
  if [ -e "$block" ] && [ ! -s "$block" ] && [ ! -e "${block%.blk}.key" ]; then
    rm "$block"
  fi
done
WARDWATCH_JETSTREAM_KEY="$(cat /run/credentials/jetstream.key)"
export WARDWATCH_JETSTREAM_KEY
# Go collects what connections that read nothing have left behind only when the heap has doubled; from here on sooner.
export GOMEMLIMIT=384MiB
exec nats-server --config "/etc/nats/$1"
