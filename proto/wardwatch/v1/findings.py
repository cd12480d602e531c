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
    LIKE_MANY = "like_many", "the face is like many people's, so that it causes more false alerts than usual"
    NO_TEMPLATE = "no_template", "the recogniser makes nothing of the face"

    # The file
    EMPTY = "empty", "the file is empty"
    NOT_AN_IMAGE = "not_an_image", "the file is no picture that can be read"
    DAMAGED = "damaged", "the file is cut short or damaged"
    TOO_MANY_BYTES = "too_many_bytes", "the file is too large"
    TOO_MANY_PIXELS = "too_many_pixels", "the picture has too many pixels"
    TOO_FEW_PIXELS = "too_few_pixels", "the picture is too small for a face to be measured"
    ANIMATED = "animated", "the file holds several pictures"
    UNSUPPORTED = "unsupported", "this form of the format is not taken"
    UNREADABLE = "unreadable", "the file cannot be read where it lies"
    ENCRYPTED = "encrypted", "the file in the zip is encrypted"

    # The file beside others, and the person
    BAD_NAME = "bad_name", "the name does not say whose photo it is"
    DUPLICATE_FILE = "duplicate_file", "the same file is a photo of another person"
    TOO_MANY_PHOTOS = "too_many_photos", "the person has as many photos as are kept"
    UNLIKE_OTHERS = "unlike_others", "the person's photos do not show one and the same person"
    REMOVED = "removed", "somebody took the photo away"
    MISSING_PHOTO = "missing_photo", "the person has no photo that can be used"
    ALREADY_LISTED = "already_listed", "the person is listed already under the same number"
    IN_OPEN_IMPORT = "in_open_import", "the person is in another import that nobody has committed"
    DISCARDED = "discarded", "the person's draft in this import was thrown away"
    NO_ROW = "no_row", "people.csv has no line for the person of the photo"
    SPELLED_DIFFERENTLY = "spelled_differently", "two ids differ in spelling alone"
    NAME_TWICE = "name_twice", "another file has the same name"
    INNER_ARCHIVE = "inner_archive", "the file is an archive of its own"

    # people.csv
    WRONG_ENCODING = "wrong_encoding", "which characters the file holds is not clear"
    READ_AS = "read_as", "the file was read in an encoding that is rare here"
    BAD_HEADER = "bad_header", "the first line does not name the columns"
    UNKNOWN_COLUMN = "unknown_column", "a column is not known and was passed over"
    BAD_ROW = "bad_row", "the line is cut off, or not as the first line says"
    ROW_TWICE = "row_twice", "the person has another line already"
    NO_EXTERNAL_ID = "no_external_id", "the line does not say whom it is about"
    BAD_EXTERNAL_ID = "bad_external_id", "the person's number holds what it cannot"
    TOO_LONG = "too_long", "a field is longer than is kept"
    UNKNOWN_CATEGORY = "unknown_category", "the list is not one of the grounds"
    BAD_DATE = "bad_date", "a day cannot be read"
    UNCLEAR_DATE = "unclear_date", "a day has several readings, as 03/04/2028 has"
    BAD_EXPIRY = "bad_expiry", "the expiry is in the past, or later than the ground allows"
    BAD_IDENTITY_NUMBER = "bad_identity_number", "the identity number is mistyped"
    NUMBER_IN_TEXT = "number_in_text", "an identity number stands where it would not be sealed"
