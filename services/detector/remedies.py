"""What to do about a picture that is refused: one sentence for who connects a camera, one for who sends a photo."""

from collections.abc import Mapping
from typing import Final

from proto.wardwatch.v1.messages import RejectReason

FOR_CAMERAS: Final[Mapping[RejectReason, str]] = {
    RejectReason.EMPTY: "Look at what reads the camera: the picture was lost before it was sent.",
    RejectReason.NOT_JPEG: "Send one JPEG as the camera made it, without base64, JSON or video.",
    RejectReason.TOO_MANY_BYTES: "Lower the quality or the size.",
    RejectReason.TOO_MANY_PIXELS: "Lower the size; 1920 x 1080 is plenty.",
    RejectReason.TOO_SMALL: "Send the whole picture, not a thumbnail.",
    RejectReason.TRUNCATED: "Look at buffers and at partial reads: the picture was cut on its way.",
    RejectReason.CORRUPT: "Look at the line between camera and reader: the picture was damaged on its way.",
    RejectReason.UNSUPPORTED: "Set the camera's encoder to baseline JPEG, 8 bit, 4:2:0.",
}
FOR_PHOTOS: Final[Mapping[RejectReason, str]] = {
    RejectReason.EMPTY: "Send the original again.",
    RejectReason.NOT_JPEG: "Save the picture as a JPEG and send that.",
    RejectReason.TOO_MANY_BYTES: "Make it smaller.",
    RejectReason.TOO_MANY_PIXELS: "Make it smaller.",
    RejectReason.TOO_SMALL: "Send a larger picture.",
    RejectReason.TRUNCATED: "Copy the original anew and send that.",
    RejectReason.CORRUPT: "Copy the original anew and send that.",
    RejectReason.UNSUPPORTED: "Save the picture anew as an ordinary JPEG and send that.",
}
