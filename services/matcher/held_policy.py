"""What two people agreed on, as the stream POLICY says it last: which recogniser decides where, and by which cosines.

Pure: no clock, no I/O.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from proto.wardwatch.v1.replication import LOWEST_SIMILARITY, CameraThreshold, MeasuredModel, SiteModel
from proto.wardwatch.v1.subjects import Place, SiteId

# Cosine that holds until the threshold has been read from its stream; docs/adr/0041 has the figures behind it.
INITIAL_SIMILARITY: Final = 0.50


class HeldPolicy:
    """The threshold, the sites where another recogniser decides, and until when each may be used.

    ``model_sha256`` is of the recogniser that the threshold is of where nobody says so; None: whichever asks.
    """

    def __init__(self, model_sha256: str | None = None) -> None:
        self._model = model_sha256
        self._min_similarity = INITIAL_SIMILARITY
        self._number = self._table_number = 0
        self._strong: dict[tuple[str, str], float] = {}  # by site and camera
        self._measured: tuple[MeasuredModel, ...] = ()
        self._sites: dict[str, SiteModel] = {}

    @property
    def number(self) -> int:
        """The number of the threshold that holds; 0 before the first one."""
        return self._number

    @property
    def min_similarity(self) -> float:
        """The threshold: a cosine of the recogniser that it is of."""
        return self._min_similarity

    def take(
        self,
        number: int,
        min_similarity: float,
        table_number: int = 0,
        cameras: Sequence[CameraThreshold] = (),
        measured: tuple[MeasuredModel, ...] = (),
        model_sha256: str = "",
        sites: Sequence[SiteModel] = (),
    ) -> bool:
        """Take what was agreed on (safeguard S13); False when its number is no newer.

        *cameras* is what the budget for false alerts leads to, *measured* until when recognisers may be used, *sites*
        all that was decided of sites; *table_number* is the newer of one number. Raises ValueError for what no two
        people can have agreed on.
        """
        if not LOWEST_SIMILARITY <= min_similarity <= 1:
            raise ValueError(f"a threshold lies between {LOWEST_SIMILARITY} and 1")
        if (number, table_number) <= (self._number, self._table_number):
            return False

        self._number, self._table_number = number, table_number
        self._min_similarity, self._measured = min_similarity, measured
        self._strong = {(each.site, each.camera): each.strong_similarity for each in cameras}
        self._model = model_sha256 or self._model
        self._sites = {each.site: each for each in sites}
        return True

    def decides(self, site: SiteId) -> str | None:
        """The recogniser that decides at *site*; None: whichever asks."""
        row = self._row(site)
        return self._model if row is None else row.model_sha256

    def threshold(self, model: str | None, site: SiteId) -> float | None:
        """From which cosine of *model* on a walk is a sighting at *site*; None where it has none there, so by it nobody
        is sighted.
        """
        row = self._row(site)
        if row is not None and row.model_sha256 == model and row.min_similarity:
            return row.min_similarity
        return self._min_similarity if self._is_the_thresholds(model) else None

    def strong(self, model: str | None, place: Place) -> float:
        """From which cosine of *model* on one walk at *place* raises an incident alone; 0 where nobody says so."""
        row = self._row(place.site)
        if row is not None and row.model_sha256 == model and row.strong_similarity:
            return row.strong_similarity
        if not self._is_the_thresholds(model):
            return 0.0
        for key in ((place.site, place.camera), (place.site, ""), ("", "")):
            if key in self._strong:
                return self._strong[key]
        return 0.0

    def may_use(self, model_sha256: str, now: datetime) -> bool:
        """Whether a valid report says how well this recogniser works, or the grace after one lasts (safeguard S14).

        Enforced on the matcher's own clock, also when it is cut off. Where nothing was said of it, it may: only an end
        that was told ends matching.
        """
        told = [each.matches_until for each in self._measured if each.sha256 == model_sha256]
        return not told or now < max(told)

    def _row(self, site: SiteId) -> SiteModel | None:
        return self._sites.get(site) or self._sites.get("")

    def _is_the_thresholds(self, model: str | None) -> bool:
        return self._model is None or model is None or model == self._model
