"""Cameras as labels of metrics."""

from proto.wardwatch.v1.subjects import Place, camera_id, site_id
from services.chassis.labels import CameraLabels


def place(camera: str) -> Place:
    return Place(site_id("h1"), camera_id(camera))


def test_cameras_beyond_the_bound_share_a_label_and_others_keep_theirs() -> None:
    labels = CameraLabels(2)

    said = [labels.of(place(name)) for name in ("a", "b", "c", "d", "a")]

    assert said == ["h1.a", "h1.b", "others", "others", "h1.a"]
