"""A push service, an ntfy server or a webhook's receiver as a process of its own, to be frozen and killed.

    python -m tests.attack.other_side PORT [FOLDER]

Prints its address once it listens; port 0 takes a free one, and with FOLDER it speaks TLS by the certificate there.
"""

import asyncio
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests import receivers
from tests.checkout import CHECKOUT


@dataclass
class OtherSide:
    """The process, and where it listens."""

    process: "subprocess.Popen[str]"
    url: str
    folder: Path | None

    @classmethod
    def start(cls, port: int = 0, folder: Path | None = None) -> Self:
        """Return once it listens."""
        words = [sys.executable, "-m", "tests.attack.other_side", str(port), *map(str, filter(None, [folder]))]
        process = subprocess.Popen(words, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        with process.stdout as said:
            return cls(process, said.readline().strip(), folder)

    @property
    def host(self) -> str:
        return self.url.partition("://")[2]

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def revive(self) -> None:
        """Let it go on, or start it anew where it was."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
        else:
            anew = type(self).start(int(self.host.rpartition(":")[2]), self.folder)
            self.process, self.url = anew.process, anew.url


async def _serve(port: int, folder: Path | None) -> None:
    async with receivers.receiver(folder, port) as made:
        sys.stdout.write(f"{made.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
