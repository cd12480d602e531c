"""One machine on a network of its own: started for phones, then visited as a phone does. Prints what became of it.

    unshare --net python -m tests.live.lan_process HOME

Its network is two ends of a wire: nothing else is there, and nothing of it is anywhere else.
"""

import asyncio
import io
import json
import os
import shutil
import ssl
import subprocess
import sys
from pathlib import Path

import aiohttp

from cli import account
from local import context, supervisor
from local.screen import Screen
from local.supervisor import Order, Running
from proto.wardwatch.v1.roles import Role

ADDRESS = "192.168.77.1"
PORT = 8470
_IP = shutil.which("ip") or "ip"


def lay_wire() -> None:
    """Give this network an address as a hospital's has."""
    for words in (
        "link set lo up",
        "link add ward0 type veth peer name ward1",
        f"addr add {ADDRESS}/24 dev ward0",
        "link set ward0 up",
        "link set ward1 up",
    ):
        subprocess.run([_IP, *words.split()], check=True)


async def main(home: Path) -> None:
    """Start, visit, print."""
    environ = {**os.environ, "WARDWATCH_HOME": str(home)}
    order = Order(home, "h1", "lan", PORT, services=("alerts",))
    async with supervisor.running(order, Screen(io.StringIO()), environ) as here:
        sys.stdout.write(f"{json.dumps(await visited(here))}\n")


async def visited(here: Running) -> dict[str, object]:
    """What a phone finds at the address in a QR code."""
    known = context.load({"WARDWATCH_HOME": str(here.at.home)})
    code = await account.code_for(known, "admin", Role.ADMINISTRATOR)
    page = account.link(known.page_url, code).partition("#")[0]
    root = known.ca_file
    assert root is not None
    trusting = await asyncio.to_thread(ssl.create_default_context, cafile=str(root))
    found: dict[str, object] = {"page": page}
    async with aiohttp.ClientSession() as phone:
        async with phone.get(page, ssl=trusting) as reply:
            found["trusting"] = [reply.status, "Strict-Transport-Security" in reply.headers]
        async with phone.post(f"{page}api/v1/session", json={"code": code}, ssl=trusting) as reply:
            found["signed_in"] = [reply.status, (await reply.json())["account"]]
        try:
            await phone.get(page)
        except aiohttp.ClientConnectorCertificateError as error:
            found["another"] = type(error).__name__
        async with phone.get(f"{here.at.install_url}/ca.crt") as reply:
            found["authority"] = (await reply.text()) == await asyncio.to_thread(root.read_text)
        async with phone.get(f"{here.at.install_url}/api/v1/me", allow_redirects=False) as reply:
            found["plain"] = [reply.status, reply.headers["Location"]]
    again = await account.redeem(known, await account.make_code(known, "admin", None))
    found["command_line"] = [known.alerts_url, again.account]
    return found


if __name__ == "__main__":
    lay_wire()
    asyncio.run(main(Path(sys.argv[1])))
