"""What can be wrong with a photo: the codes that desk, page, command line and import reports share."""

from enum import StrEnum


class FindingCode(StrEnum):
    """A code with its ``meaning`` in one line; the finding itself says measure, limit and remedy."""

    meaning: str

    def __new__(cls, code: str, meaning: str = "") -> "FindingCode":
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    # The face
    NO_FACE = "no_face", "no face was found"
    SEVERAL_FACES = "several_faces", "more than one person is in the photo"
    UNCLEAR_FACE = "unclear_face", "the face is hard to make out"
    SMALL_FACE = "small_face", "the face has too few pixels"
    SMALL_EYE_DISTANCE = "small_eye_distance", "the eyes are too few pixels apart"
    CUT_OFF = "cut_off", "part of the face is outside the picture"
    TURNED = "turned", "the head is turned to a side"
    TILTED = "tilted", "the head leans, or the photo lies on its side"
    PITCHED = "pitched", "the head looks up or down"
    BLURRED = "blurred", "the face is out of focus or moved"
    DARK = "dark", "the face is too dark"
    OVEREXPOSED = "overexposed", "parts of the face are nothing but white"
    LOW_CONTRAST = "low_contrast", "the face is flat, as in haze or behind glass"
    GREYSCALE = "greyscale", "the photo has no colour: infra-red, scanned or converted"
    COVERED_MOUTH = "covered_mouth", "something seems to cover the mouth"
    COVERED_EYES = "covered_eyes", "dark glasses or a shadow seem to cover the eyes"
    NO_TEMPLATE = "no_template", "the recogniser makes nothing of the face"

    # The file
    EMPTY = "empty", "the file is empty"
    NOT_AN_IMAGE = "not_an_image", "the file is no JPEG, PNG, WebP or HEIC picture"
    DAMAGED = "damaged", "the file is cut short or damaged"
    TOO_MANY_BYTES = "too_many_bytes", "the file is too large"
    TOO_MANY_PIXELS = "too_many_pixels", "the picture has too many pixels"
    TOO_FEW_PIXELS = "too_few_pixels", "the picture is too small for a face to be measured"
    ANIMATED = "animated", "the file holds several pictures"
    UNSUPPORTED = "unsupported", "this form of the format is not taken"
