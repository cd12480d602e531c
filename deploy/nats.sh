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
# The files of links are named from here.
cd /run/credentials
WARDWATCH_JETSTREAM_KEY="$(cat /run/credentials/jetstream.key)"
export WARDWATCH_JETSTREAM_KEY
# Go collects what connections that read nothing have left behind only when the heap has doubled; from here on sooner.
export GOMEMLIMIT=384MiB

# A stream whose disk was full stores nothing more until the server is started again, also when there is room; see
# docs/adr/0072. Once there is, the server is ended, and the engine starts the container again.
keep_storing() {
  while sleep 2 && kill -0 "$1"; do
    printf 'GET /healthz HTTP/1.0\r\n\r\n' | nc -w 2 127.0.0.1 8222 | grep -q 'write error' || continue
    free_kib="$(df -Pk /var/lib/nats | awk 'NR == 2 { print $4 }')"
    [ "$free_kib" -ge 32768 ] || continue
    echo "[WRN] the disk was full and has room again: the broker is started anew" > /tmp/nats.log
    kill -TERM "$1"
  done
}

# What strangers cause is a line each, as fast as they come; so the log goes through a limit.
[ -p /tmp/nats.log ] || mkfifo /tmp/nats.log
awk -f /etc/nats/limit.awk < /tmp/nats.log &
(exec > /dev/null 2>&1; keep_storing "$$") &
exec nats-server --config "/etc/nats/$1" > /tmp/nats.log 2>&1
