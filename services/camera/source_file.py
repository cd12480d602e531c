"""The file of the cameras' sources: read again when it has changed."""

from dataclasses import dataclass, field
from pathlib import Path

from proto.wardwatch.v1 import sources
from proto.wardwatch.v1.sources import CameraSources

_Mark = tuple[int, int, int]


@dataclass(slots=True)
class SourceFile:
    """Says what stands in *path*. Without a file there are no cameras; one that cannot be read changes nothing."""

    path: Path
    fault: str = ""  # why it cannot be read
    _known: CameraSources = field(default_factory=CameraSources)
    _mark: _Mark | None = None

    def read(self) -> CameraSources:
        """What stands in it now, or stood in it when it could be read last. Blocks for as long as a disk takes."""
        try:
            mark = self._look()
            if mark != self._mark or self.fault:
                self._known = CameraSources() if mark is None else sources.decode(self.path.read_bytes())
                self._mark, self.fault = mark, ""
        except OSError as error:
            self.fault = f"{self.path} cannot be read: {error.strerror}"
        except ValueError as error:
            self.fault = f"{self.path} cannot be used: {error}"
        return self._known

    def _look(self) -> _Mark | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
