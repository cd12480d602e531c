#!/bin/sh
# Makes every secret that is missing below /secrets and touches none that exists. Run by: docker compose run --rm setup
set -eu
umask 077
# The broker sees /secrets/nats and keeps the wrapped keys of the watchlist: what they are wrapped by lies elsewhere, and
# what identity numbers are sealed by where matchers do not see it. It must not see what messages are signed by either.
wardwatch credentials init /secrets/nats --keys /secrets/keys --identity /secrets/identity --signing /secrets/signing
for name in postgres wardwatch_owner wardwatch_matcher wardwatch_import wardwatch_alerts wardwatch_audit wardwatch_delivery wardwatch_federation wardwatch_backup; do
    file="/secrets/$name.password"
    if [ ! -s "$file" ]; then
        python -c 'import secrets; print(secrets.token_urlsafe(32))' > "$file.new"
        mv "$file.new" "$file"
        echo "made $file"
    fi
done
# The database server runs as another user. The folder keeps everyone else on this machine out.
chmod 444 /secrets/postgres.password
mkdir -p /secrets/home /secrets/cameras /secrets/sources /secrets/backup
chmod 700 /secrets
