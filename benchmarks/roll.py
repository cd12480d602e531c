"""How long a roll takes until everybody on the list has a template of the second recogniser.

Run: ``python -m benchmarks.roll [--people 200]``. The watchlist service's own loop takes enrolled faces out of a real
PostgreSQL, opens them, has the real detector find the face and the real recogniser embed it, seals what comes of it and
publishes the entry to the outbox. Detector and recogniser answer in this process, on one thread each, as photo after
photo asks them; every photo is the same portrait under a key of its own. The loop rests after each entry for as long as
it took, so that live faces come first: both figures are given.
"""

import argparse
import asyncio
import secrets
import time
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import asyncpg
import cv2

from proto.wardwatch.v1 import subjects
from proto.wardwatch.v1.model_card import prepared_path
from proto.wardwatch.v1.requests import PhotoDetectReply, PhotoEmbedReply
from proto.wardwatch.v1.sealing import NONCE_BYTES, seal
from proto.wardwatch.v1.values import Aligned
from services.chassis.responder import Answer
from services.chassis.telemetry import Meters
from services.detector.finder import FaceFinder, Policy
from services.detector.handler import DetectPhoto
from services.detector.model import YuNet
from services.embedder.core import BatchSize
from services.embedder.handler import EmbedPhotos
from services.embedder.model import Embedder
from services.watchlist.enrolment.photo_client import PhotoClient
from services.watchlist.keys import seals
from services.watchlist.keys.identity_keys import IdentityKeys
from services.watchlist.keys.keyring import Keyring
from services.watchlist.keys.seals import Seals
from services.watchlist.record.database import Database
from services.watchlist.record.reembedding_store import ReembeddingStore
from services.watchlist.reembedding.keeper import Reembedding
from tests import servers
from tests.contract.record import MODEL, Record, keyring
from tests.fakes import FakeBus
from tests.golden.conftest import LIMITS
from tests.installation import MODELS

HOSPITAL = 2_100
_CPU = ["CPUExecutionProvider"]


@dataclass
class Timed:
    """The photos' client, and how long its answers took in all."""

    client: PhotoClient
    seconds: float = 0.0

    async def detect(self, jpeg: bytes) -> PhotoDetectReply:
        began = time.perf_counter()
        found = await self.client.detect(jpeg)
        self.seconds += time.perf_counter() - began
        return found

    async def embed(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        return await self.client.embed(aligned)

    async def embed_second(self, aligned: tuple[Aligned, ...]) -> PhotoEmbedReply:
        began = time.perf_counter()
        made = await self.client.embed_second(aligned)
        self.seconds += time.perf_counter() - began
        return made


def photo() -> bytes:
    """A portrait as a JPEG."""
    picture = cv2.imread(str(MODELS / "astronaut.png"))
    assert picture is not None, f"run `make models`: nothing in {MODELS}"
    return cv2.imencode(".jpg", picture)[1].tobytes()


async def listed(database: servers.Database, keys: Keyring, people: int, second: str, portrait: bytes) -> None:
    """That many people on the list with *portrait* sealed as their enrolled face, and a roll to *second*."""
    async with Record.open(database, keys) as record:
        entries = await record.drafts(people)
        await record.submit(*entries)
        await record.approve(*entries)
    superuser = await asyncpg.connect(database.superuser)
    await superuser.execute("SET session_replication_role = replica")
    for row in await superuser.fetch("SELECT id, entry_id FROM watchlist.photo"):
        about, nonce = seals.picture(row["entry_id"], row["id"]), secrets.token_bytes(NONCE_BYTES)
        sealed = seal(keys.key(row["entry_id"]), portrait, about=about, nonce=nonce)
        await superuser.execute("UPDATE watchlist.photo SET sealed_picture = $2 WHERE id = $1", row["id"], sealed)
    await superuser.execute(
        "INSERT INTO watchlist.model_roll (from_sha256, to_sha256, to_name, reason, started_by_id, started_by_name)"
        " VALUES ($1, $2, 'second', 'benchmark', $3, 'li')",
        bytes.fromhex(MODEL.sha256),
        bytes.fromhex(second),
        UUID(int=1),
    )
    await superuser.close()


async def measure(database: servers.Database, people: int) -> None:
    """Print the figures."""
    finder_policy = Policy(min_score=0.6, min_face_px=40, max_faces=32, longest_px=960)
    network = YuNet.load(prepared_path(MODELS / "face_detection_yunet_2023mar.onnx"), threads=1, providers=_CPU)
    sface = prepared_path(MODELS / "face_recognition_sface_2021dec.onnx")
    bus, keys = FakeBus(), keyring()
    with FaceFinder(network, LIMITS, finder_policy) as finder, Embedder.load(sface, threads=1, providers=_CPU) as made:
        answers: dict[str, Answer] = {
            subjects.PHOTO_DETECT.pattern: DetectPhoto(finder),
            subjects.PHOTO_EMBED_SECOND.pattern: EmbedPhotos(made, made.model, BatchSize(4, 1.0), max_faces=32),
        }
        async with bus.serve(answers, queue="photos"), Database.open(database.importer, password=None) as opened:
            photos = Timed(PhotoClient(bus))
            portrait = (await photos.detect(photo())).faces[0].picture
            await listed(database, keys, people, made.model.sha256, portrait)
            identity = IdentityKeys(secrets.token_bytes(32), secrets.token_bytes(32))
            sealed = Seals(keys, identity, partial(secrets.token_bytes, NONCE_BYTES))
            store = ReembeddingStore(opened, sealed)
            photos.seconds, began, used = 0.0, time.perf_counter(), time.process_time()
            done = await Reembedding(store, photos, sealed, MODEL.sha256, Meters()).round(asyncio.Event())
            whole, used = time.perf_counter() - began, time.process_time() - used
    assert done == people
    print(f"{people} people: {whole:.1f} s, half of it rest; a photo waits {photos.seconds / people * 1e3:.0f} ms for")
    print(f"both networks and takes {used / people * 1e3:.0f} ms of a processor, without PostgreSQL's")
    print(f"{HOSPITAL:,} people: {whole / people * HOSPITAL / 60:.1f} minutes")


def main() -> None:
    """Measure on a PostgreSQL of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=200)
    cluster = servers.Cluster()
    try:
        asyncio.run(measure(cluster.clone(), parser.parse_args().people))
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
