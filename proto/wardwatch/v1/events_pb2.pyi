from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EntryState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTRY_STATE_UNSPECIFIED: _ClassVar[EntryState]
    ENTRY_STATE_DRAFT: _ClassVar[EntryState]
    ENTRY_STATE_PENDING: _ClassVar[EntryState]
    ENTRY_STATE_ACTIVE: _ClassVar[EntryState]
    ENTRY_STATE_SUSPENDED: _ClassVar[EntryState]
    ENTRY_STATE_EXPIRED: _ClassVar[EntryState]
    ENTRY_STATE_REVOKED: _ClassVar[EntryState]
    ENTRY_STATE_ERASED: _ClassVar[EntryState]

class CameraTroubleKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CAMERA_TROUBLE_KIND_UNSPECIFIED: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_TOO_FAST: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_EMPTY: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_NOT_JPEG: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_TOO_MANY_BYTES: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_TOO_MANY_PIXELS: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_TOO_SMALL: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_TRUNCATED: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_CORRUPT: _ClassVar[CameraTroubleKind]
    CAMERA_TROUBLE_KIND_UNSUPPORTED: _ClassVar[CameraTroubleKind]

class DrillStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DRILL_STAGE_UNSPECIFIED: _ClassVar[DrillStage]
    DRILL_STAGE_HEARD: _ClassVar[DrillStage]
    DRILL_STAGE_SENT: _ClassVar[DrillStage]
    DRILL_STAGE_DETECTED: _ClassVar[DrillStage]
    DRILL_STAGE_EMBEDDED: _ClassVar[DrillStage]
    DRILL_STAGE_MATCHED: _ClassVar[DrillStage]
    DRILL_STAGE_LEFT: _ClassVar[DrillStage]

class DrillFault(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DRILL_FAULT_UNSPECIFIED: _ClassVar[DrillFault]
    DRILL_FAULT_NO_FACE: _ClassVar[DrillFault]
    DRILL_FAULT_NO_VECTOR: _ClassVar[DrillFault]
    DRILL_FAULT_UNFIT: _ClassVar[DrillFault]
    DRILL_FAULT_NO_TEMPLATE: _ClassVar[DrillFault]
    DRILL_FAULT_UNLIKE: _ClassVar[DrillFault]

class ReceiveOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECEIVE_OUTCOME_UNSPECIFIED: _ClassVar[ReceiveOutcome]
    RECEIVE_OUTCOME_WRITTEN: _ClassVar[ReceiveOutcome]
    RECEIVE_OUTCOME_OLDER: _ClassVar[ReceiveOutcome]
    RECEIVE_OUTCOME_REFUSED: _ClassVar[ReceiveOutcome]
    RECEIVE_OUTCOME_LOCKED: _ClassVar[ReceiveOutcome]
ENTRY_STATE_UNSPECIFIED: EntryState
ENTRY_STATE_DRAFT: EntryState
ENTRY_STATE_PENDING: EntryState
ENTRY_STATE_ACTIVE: EntryState
ENTRY_STATE_SUSPENDED: EntryState
ENTRY_STATE_EXPIRED: EntryState
ENTRY_STATE_REVOKED: EntryState
ENTRY_STATE_ERASED: EntryState
CAMERA_TROUBLE_KIND_UNSPECIFIED: CameraTroubleKind
CAMERA_TROUBLE_KIND_TOO_FAST: CameraTroubleKind
CAMERA_TROUBLE_KIND_EMPTY: CameraTroubleKind
CAMERA_TROUBLE_KIND_NOT_JPEG: CameraTroubleKind
CAMERA_TROUBLE_KIND_TOO_MANY_BYTES: CameraTroubleKind
CAMERA_TROUBLE_KIND_TOO_MANY_PIXELS: CameraTroubleKind
CAMERA_TROUBLE_KIND_TOO_SMALL: CameraTroubleKind
CAMERA_TROUBLE_KIND_TRUNCATED: CameraTroubleKind
CAMERA_TROUBLE_KIND_CORRUPT: CameraTroubleKind
CAMERA_TROUBLE_KIND_UNSUPPORTED: CameraTroubleKind
DRILL_STAGE_UNSPECIFIED: DrillStage
DRILL_STAGE_HEARD: DrillStage
DRILL_STAGE_SENT: DrillStage
DRILL_STAGE_DETECTED: DrillStage
DRILL_STAGE_EMBEDDED: DrillStage
DRILL_STAGE_MATCHED: DrillStage
DRILL_STAGE_LEFT: DrillStage
DRILL_FAULT_UNSPECIFIED: DrillFault
DRILL_FAULT_NO_FACE: DrillFault
DRILL_FAULT_NO_VECTOR: DrillFault
DRILL_FAULT_UNFIT: DrillFault
DRILL_FAULT_NO_TEMPLATE: DrillFault
DRILL_FAULT_UNLIKE: DrillFault
RECEIVE_OUTCOME_UNSPECIFIED: ReceiveOutcome
RECEIVE_OUTCOME_WRITTEN: ReceiveOutcome
RECEIVE_OUTCOME_OLDER: ReceiveOutcome
RECEIVE_OUTCOME_REFUSED: ReceiveOutcome
RECEIVE_OUTCOME_LOCKED: ReceiveOutcome

class Model(_message.Message):
    __slots__ = ("name", "sha256")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    name: str
    sha256: bytes
    def __init__(self, name: _Optional[str] = ..., sha256: _Optional[bytes] = ...) -> None: ...

class Journey(_message.Message):
    __slots__ = ("captured_us", "received_us", "detected_us", "embedded_us", "matched_us")
    CAPTURED_US_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_US_FIELD_NUMBER: _ClassVar[int]
    DETECTED_US_FIELD_NUMBER: _ClassVar[int]
    EMBEDDED_US_FIELD_NUMBER: _ClassVar[int]
    MATCHED_US_FIELD_NUMBER: _ClassVar[int]
    captured_us: int
    received_us: int
    detected_us: int
    embedded_us: int
    matched_us: int
    def __init__(self, captured_us: _Optional[int] = ..., received_us: _Optional[int] = ..., detected_us: _Optional[int] = ..., embedded_us: _Optional[int] = ..., matched_us: _Optional[int] = ...) -> None: ...

class Origin(_message.Message):
    __slots__ = ("site", "camera", "frame_id", "index", "journey", "look", "drill")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    LOOK_FIELD_NUMBER: _ClassVar[int]
    DRILL_FIELD_NUMBER: _ClassVar[int]
    site: str
    camera: str
    frame_id: str
    index: int
    journey: Journey
    look: Look
    drill: Drill
    def __init__(self, site: _Optional[str] = ..., camera: _Optional[str] = ..., frame_id: _Optional[str] = ..., index: _Optional[int] = ..., journey: _Optional[_Union[Journey, _Mapping]] = ..., look: _Optional[_Union[Look, _Mapping]] = ..., drill: _Optional[_Union[Drill, _Mapping]] = ...) -> None: ...

class Drill(_message.Message):
    __slots__ = ("drill_id", "sent_us")
    DRILL_ID_FIELD_NUMBER: _ClassVar[int]
    SENT_US_FIELD_NUMBER: _ClassVar[int]
    drill_id: str
    sent_us: int
    def __init__(self, drill_id: _Optional[str] = ..., sent_us: _Optional[int] = ...) -> None: ...

class Look(_message.Message):
    __slots__ = ("track_id", "number", "track_began_us")
    TRACK_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TRACK_BEGAN_US_FIELD_NUMBER: _ClassVar[int]
    track_id: str
    number: int
    track_began_us: int
    def __init__(self, track_id: _Optional[str] = ..., number: _Optional[int] = ..., track_began_us: _Optional[int] = ...) -> None: ...

class Walk(_message.Message):
    __slots__ = ("looks", "views", "span_us")
    LOOKS_FIELD_NUMBER: _ClassVar[int]
    VIEWS_FIELD_NUMBER: _ClassVar[int]
    SPAN_US_FIELD_NUMBER: _ClassVar[int]
    looks: int
    views: int
    span_us: int
    def __init__(self, looks: _Optional[int] = ..., views: _Optional[int] = ..., span_us: _Optional[int] = ...) -> None: ...

class Quality(_message.Message):
    __slots__ = ("score", "face_px", "eye_distance_px", "sharpness", "yaw_degrees", "roll_degrees", "exposure", "least_sharpness", "pitch_degrees", "contrast", "overexposed", "chroma", "mouth_pallor", "eye_shade", "cut_off")
    SCORE_FIELD_NUMBER: _ClassVar[int]
    FACE_PX_FIELD_NUMBER: _ClassVar[int]
    EYE_DISTANCE_PX_FIELD_NUMBER: _ClassVar[int]
    SHARPNESS_FIELD_NUMBER: _ClassVar[int]
    YAW_DEGREES_FIELD_NUMBER: _ClassVar[int]
    ROLL_DEGREES_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    LEAST_SHARPNESS_FIELD_NUMBER: _ClassVar[int]
    PITCH_DEGREES_FIELD_NUMBER: _ClassVar[int]
    CONTRAST_FIELD_NUMBER: _ClassVar[int]
    OVEREXPOSED_FIELD_NUMBER: _ClassVar[int]
    CHROMA_FIELD_NUMBER: _ClassVar[int]
    MOUTH_PALLOR_FIELD_NUMBER: _ClassVar[int]
    EYE_SHADE_FIELD_NUMBER: _ClassVar[int]
    CUT_OFF_FIELD_NUMBER: _ClassVar[int]
    score: float
    face_px: float
    eye_distance_px: float
    sharpness: float
    yaw_degrees: float
    roll_degrees: float
    exposure: float
    least_sharpness: float
    pitch_degrees: float
    contrast: float
    overexposed: float
    chroma: float
    mouth_pallor: float
    eye_shade: float
    cut_off: float
    def __init__(self, score: _Optional[float] = ..., face_px: _Optional[float] = ..., eye_distance_px: _Optional[float] = ..., sharpness: _Optional[float] = ..., yaw_degrees: _Optional[float] = ..., roll_degrees: _Optional[float] = ..., exposure: _Optional[float] = ..., least_sharpness: _Optional[float] = ..., pitch_degrees: _Optional[float] = ..., contrast: _Optional[float] = ..., overexposed: _Optional[float] = ..., chroma: _Optional[float] = ..., mouth_pallor: _Optional[float] = ..., eye_shade: _Optional[float] = ..., cut_off: _Optional[float] = ...) -> None: ...

class FaceDetected(_message.Message):
    __slots__ = ("origin", "quality", "aligned", "picture")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    ALIGNED_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    origin: Origin
    quality: Quality
    aligned: bytes
    picture: bytes
    def __init__(self, origin: _Optional[_Union[Origin, _Mapping]] = ..., quality: _Optional[_Union[Quality, _Mapping]] = ..., aligned: _Optional[bytes] = ..., picture: _Optional[bytes] = ...) -> None: ...

class FaceEmbedded(_message.Message):
    __slots__ = ("origin", "quality", "model", "vector", "picture")
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    origin: Origin
    quality: Quality
    model: Model
    vector: bytes
    picture: bytes
    def __init__(self, origin: _Optional[_Union[Origin, _Mapping]] = ..., quality: _Optional[_Union[Quality, _Mapping]] = ..., model: _Optional[_Union[Model, _Mapping]] = ..., vector: _Optional[bytes] = ..., picture: _Optional[bytes] = ...) -> None: ...

class PersonSighted(_message.Message):
    __slots__ = ("sighting_id", "origin", "quality", "model", "entry_id", "entry_revision", "similarity", "picture", "photo_id", "walk", "strong_similarity")
    SIGHTING_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    WALK_FIELD_NUMBER: _ClassVar[int]
    STRONG_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    sighting_id: str
    origin: Origin
    quality: Quality
    model: Model
    entry_id: str
    entry_revision: int
    similarity: float
    picture: bytes
    photo_id: str
    walk: Walk
    strong_similarity: float
    def __init__(self, sighting_id: _Optional[str] = ..., origin: _Optional[_Union[Origin, _Mapping]] = ..., quality: _Optional[_Union[Quality, _Mapping]] = ..., model: _Optional[_Union[Model, _Mapping]] = ..., entry_id: _Optional[str] = ..., entry_revision: _Optional[int] = ..., similarity: _Optional[float] = ..., picture: _Optional[bytes] = ..., photo_id: _Optional[str] = ..., walk: _Optional[_Union[Walk, _Mapping]] = ..., strong_similarity: _Optional[float] = ...) -> None: ...

class FrameRejected(_message.Message):
    __slots__ = ("site", "camera", "reason", "detail", "frame_id", "taken", "search_px", "least_face_px")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    TAKEN_FIELD_NUMBER: _ClassVar[int]
    SEARCH_PX_FIELD_NUMBER: _ClassVar[int]
    LEAST_FACE_PX_FIELD_NUMBER: _ClassVar[int]
    site: str
    camera: str
    reason: str
    detail: str
    frame_id: str
    taken: bool
    search_px: int
    least_face_px: int
    def __init__(self, site: _Optional[str] = ..., camera: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., frame_id: _Optional[str] = ..., taken: _Optional[bool] = ..., search_px: _Optional[int] = ..., least_face_px: _Optional[int] = ...) -> None: ...

class Template(_message.Message):
    __slots__ = ("photo_id", "model", "vector", "sealed")
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    photo_id: str
    model: Model
    vector: bytes
    sealed: bytes
    def __init__(self, photo_id: _Optional[str] = ..., model: _Optional[_Union[Model, _Mapping]] = ..., vector: _Optional[bytes] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class EntryPublished(_message.Message):
    __slots__ = ("entry_id", "revision", "state", "expires_us", "sites", "templates", "generation", "min_similarity")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    MIN_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    revision: int
    state: EntryState
    expires_us: int
    sites: _containers.RepeatedScalarFieldContainer[str]
    templates: _containers.RepeatedCompositeFieldContainer[Template]
    generation: int
    min_similarity: float
    def __init__(self, entry_id: _Optional[str] = ..., revision: _Optional[int] = ..., state: _Optional[_Union[EntryState, str]] = ..., expires_us: _Optional[int] = ..., sites: _Optional[_Iterable[str]] = ..., templates: _Optional[_Iterable[_Union[Template, _Mapping]]] = ..., generation: _Optional[int] = ..., min_similarity: _Optional[float] = ...) -> None: ...

class MatchingControl(_message.Message):
    __slots__ = ("control_id", "site", "stopped", "account", "reason", "at_us")
    CONTROL_ID_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    STOPPED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    control_id: str
    site: str
    stopped: bool
    account: str
    reason: str
    at_us: int
    def __init__(self, control_id: _Optional[str] = ..., site: _Optional[str] = ..., stopped: _Optional[bool] = ..., account: _Optional[str] = ..., reason: _Optional[str] = ..., at_us: _Optional[int] = ...) -> None: ...

class PhotoDetectRequest(_message.Message):
    __slots__ = ("jpeg",)
    JPEG_FIELD_NUMBER: _ClassVar[int]
    jpeg: bytes
    def __init__(self, jpeg: _Optional[bytes] = ...) -> None: ...

class PhotoFace(_message.Message):
    __slots__ = ("quality", "aligned", "picture")
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    ALIGNED_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    quality: Quality
    aligned: bytes
    picture: bytes
    def __init__(self, quality: _Optional[_Union[Quality, _Mapping]] = ..., aligned: _Optional[bytes] = ..., picture: _Optional[bytes] = ...) -> None: ...

class PhotoDetectReply(_message.Message):
    __slots__ = ("faces", "width_px", "height_px")
    FACES_FIELD_NUMBER: _ClassVar[int]
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    faces: _containers.RepeatedCompositeFieldContainer[PhotoFace]
    width_px: int
    height_px: int
    def __init__(self, faces: _Optional[_Iterable[_Union[PhotoFace, _Mapping]]] = ..., width_px: _Optional[int] = ..., height_px: _Optional[int] = ...) -> None: ...

class PhotoEmbedRequest(_message.Message):
    __slots__ = ("aligned",)
    ALIGNED_FIELD_NUMBER: _ClassVar[int]
    aligned: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, aligned: _Optional[_Iterable[bytes]] = ...) -> None: ...

class PhotoEmbedReply(_message.Message):
    __slots__ = ("model", "vectors")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    model: Model
    vectors: _containers.RepeatedScalarFieldContainer[bytes]
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ..., vectors: _Optional[_Iterable[bytes]] = ...) -> None: ...

class DeskCall(_message.Message):
    __slots__ = ("token", "said", "attachment", "idempotency_key", "target")
    class TargetEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    SAID_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_FIELD_NUMBER: _ClassVar[int]
    IDEMPOTENCY_KEY_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    token: str
    said: bytes
    attachment: bytes
    idempotency_key: str
    target: _containers.ScalarMap[str, str]
    def __init__(self, token: _Optional[str] = ..., said: _Optional[bytes] = ..., attachment: _Optional[bytes] = ..., idempotency_key: _Optional[str] = ..., target: _Optional[_Mapping[str, str]] = ...) -> None: ...

class DeskAnswer(_message.Message):
    __slots__ = ("answer", "attachment")
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_FIELD_NUMBER: _ClassVar[int]
    answer: bytes
    attachment: bytes
    def __init__(self, answer: _Optional[bytes] = ..., attachment: _Optional[bytes] = ...) -> None: ...

class KeyPublished(_message.Message):
    __slots__ = ("owner_id", "key_id", "wrapped")
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_ID_FIELD_NUMBER: _ClassVar[int]
    WRAPPED_FIELD_NUMBER: _ClassVar[int]
    owner_id: str
    key_id: str
    wrapped: bytes
    def __init__(self, owner_id: _Optional[str] = ..., key_id: _Optional[str] = ..., wrapped: _Optional[bytes] = ...) -> None: ...

class MatcherPresence(_message.Message):
    __slots__ = ("name", "incarnation", "started_us", "at_us", "applied_sequence", "entries", "templates", "index_generation", "clock_skew_us", "ending", "locked", "threshold_number", "stopped_sites")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    STARTED_US_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    APPLIED_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    INDEX_GENERATION_FIELD_NUMBER: _ClassVar[int]
    CLOCK_SKEW_US_FIELD_NUMBER: _ClassVar[int]
    ENDING_FIELD_NUMBER: _ClassVar[int]
    LOCKED_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STOPPED_SITES_FIELD_NUMBER: _ClassVar[int]
    name: str
    incarnation: str
    started_us: int
    at_us: int
    applied_sequence: int
    entries: int
    templates: int
    index_generation: int
    clock_skew_us: int
    ending: bool
    locked: int
    threshold_number: int
    stopped_sites: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., incarnation: _Optional[str] = ..., started_us: _Optional[int] = ..., at_us: _Optional[int] = ..., applied_sequence: _Optional[int] = ..., entries: _Optional[int] = ..., templates: _Optional[int] = ..., index_generation: _Optional[int] = ..., clock_skew_us: _Optional[int] = ..., ending: _Optional[bool] = ..., locked: _Optional[int] = ..., threshold_number: _Optional[int] = ..., stopped_sites: _Optional[_Iterable[str]] = ...) -> None: ...

class RollCall(_message.Message):
    __slots__ = ("owed",)
    OWED_FIELD_NUMBER: _ClassVar[int]
    owed: _containers.RepeatedCompositeFieldContainer[OwedReceipts]
    def __init__(self, owed: _Optional[_Iterable[_Union[OwedReceipts, _Mapping]]] = ...) -> None: ...

class OwedReceipts(_message.Message):
    __slots__ = ("matcher", "incarnation", "entries")
    MATCHER_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    matcher: str
    incarnation: str
    entries: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, matcher: _Optional[str] = ..., incarnation: _Optional[str] = ..., entries: _Optional[_Iterable[str]] = ...) -> None: ...

class AlikeRequest(_message.Message):
    __slots__ = ("model_sha256", "vectors", "min_similarity")
    MODEL_SHA256_FIELD_NUMBER: _ClassVar[int]
    VECTORS_FIELD_NUMBER: _ClassVar[int]
    MIN_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    model_sha256: bytes
    vectors: _containers.RepeatedScalarFieldContainer[bytes]
    min_similarity: float
    def __init__(self, model_sha256: _Optional[bytes] = ..., vectors: _Optional[_Iterable[bytes]] = ..., min_similarity: _Optional[float] = ...) -> None: ...

class AlikeResponse(_message.Message):
    __slots__ = ("faces", "crowd_similarities", "usual_similarity", "photos")
    FACES_FIELD_NUMBER: _ClassVar[int]
    CROWD_SIMILARITIES_FIELD_NUMBER: _ClassVar[int]
    USUAL_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    faces: _containers.RepeatedCompositeFieldContainer[Resembled]
    crowd_similarities: _containers.RepeatedScalarFieldContainer[float]
    usual_similarity: float
    photos: int
    def __init__(self, faces: _Optional[_Iterable[_Union[Resembled, _Mapping]]] = ..., crowd_similarities: _Optional[_Iterable[float]] = ..., usual_similarity: _Optional[float] = ..., photos: _Optional[int] = ...) -> None: ...

class Resembled(_message.Message):
    __slots__ = ("entries", "similarities")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    SIMILARITIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedScalarFieldContainer[str]
    similarities: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, entries: _Optional[_Iterable[str]] = ..., similarities: _Optional[_Iterable[float]] = ...) -> None: ...

class ErasureReceipt(_message.Message):
    __slots__ = ("entry_id", "matcher", "incarnation", "index_generation", "released_us")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHER_FIELD_NUMBER: _ClassVar[int]
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    INDEX_GENERATION_FIELD_NUMBER: _ClassVar[int]
    RELEASED_US_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    matcher: str
    incarnation: str
    index_generation: int
    released_us: int
    def __init__(self, entry_id: _Optional[str] = ..., matcher: _Optional[str] = ..., incarnation: _Optional[str] = ..., index_generation: _Optional[int] = ..., released_us: _Optional[int] = ...) -> None: ...

class ThresholdPublished(_message.Message):
    __slots__ = ("number", "min_similarity", "approved_by", "approved_us", "table_number", "cameras", "measured", "model_sha256", "sites")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    MIN_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    APPROVED_BY_FIELD_NUMBER: _ClassVar[int]
    APPROVED_US_FIELD_NUMBER: _ClassVar[int]
    TABLE_NUMBER_FIELD_NUMBER: _ClassVar[int]
    CAMERAS_FIELD_NUMBER: _ClassVar[int]
    MEASURED_FIELD_NUMBER: _ClassVar[int]
    MODEL_SHA256_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    number: int
    min_similarity: float
    approved_by: str
    approved_us: int
    table_number: int
    cameras: _containers.RepeatedCompositeFieldContainer[CameraThreshold]
    measured: _containers.RepeatedCompositeFieldContainer[MeasuredModel]
    model_sha256: bytes
    sites: _containers.RepeatedCompositeFieldContainer[SiteModel]
    def __init__(self, number: _Optional[int] = ..., min_similarity: _Optional[float] = ..., approved_by: _Optional[str] = ..., approved_us: _Optional[int] = ..., table_number: _Optional[int] = ..., cameras: _Optional[_Iterable[_Union[CameraThreshold, _Mapping]]] = ..., measured: _Optional[_Iterable[_Union[MeasuredModel, _Mapping]]] = ..., model_sha256: _Optional[bytes] = ..., sites: _Optional[_Iterable[_Union[SiteModel, _Mapping]]] = ...) -> None: ...

class SiteModel(_message.Message):
    __slots__ = ("site", "model_sha256", "min_similarity", "strong_similarity")
    SITE_FIELD_NUMBER: _ClassVar[int]
    MODEL_SHA256_FIELD_NUMBER: _ClassVar[int]
    MIN_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    STRONG_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    site: str
    model_sha256: bytes
    min_similarity: float
    strong_similarity: float
    def __init__(self, site: _Optional[str] = ..., model_sha256: _Optional[bytes] = ..., min_similarity: _Optional[float] = ..., strong_similarity: _Optional[float] = ...) -> None: ...

class CameraThreshold(_message.Message):
    __slots__ = ("site", "camera", "strong_similarity")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    STRONG_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    site: str
    camera: str
    strong_similarity: float
    def __init__(self, site: _Optional[str] = ..., camera: _Optional[str] = ..., strong_similarity: _Optional[float] = ...) -> None: ...

class WalksCounted(_message.Message):
    __slots__ = ("incarnation", "number", "site", "camera", "entries", "counts", "model_sha256")
    INCARNATION_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    COUNTS_FIELD_NUMBER: _ClassVar[int]
    MODEL_SHA256_FIELD_NUMBER: _ClassVar[int]
    incarnation: str
    number: int
    site: str
    camera: str
    entries: int
    counts: _containers.RepeatedScalarFieldContainer[int]
    model_sha256: bytes
    def __init__(self, incarnation: _Optional[str] = ..., number: _Optional[int] = ..., site: _Optional[str] = ..., camera: _Optional[str] = ..., entries: _Optional[int] = ..., counts: _Optional[_Iterable[int]] = ..., model_sha256: _Optional[bytes] = ...) -> None: ...

class MeasuredModel(_message.Message):
    __slots__ = ("sha256", "matches_until_us")
    SHA256_FIELD_NUMBER: _ClassVar[int]
    MATCHES_UNTIL_US_FIELD_NUMBER: _ClassVar[int]
    sha256: bytes
    matches_until_us: int
    def __init__(self, sha256: _Optional[bytes] = ..., matches_until_us: _Optional[int] = ...) -> None: ...

class AuditHead(_message.Message):
    __slots__ = ("sequence", "sha256", "chained_us")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    CHAINED_US_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    sha256: bytes
    chained_us: int
    def __init__(self, sequence: _Optional[int] = ..., sha256: _Optional[bytes] = ..., chained_us: _Optional[int] = ...) -> None: ...

class ReplicaBeat(_message.Message):
    __slots__ = ("replica", "sequence", "leaving", "held", "pages", "answers", "load")
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    LEAVING_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    PAGES_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    replica: str
    sequence: int
    leaving: bool
    held: _containers.RepeatedCompositeFieldContainer[HeldShare]
    pages: _containers.RepeatedCompositeFieldContainer[SitePages]
    answers: _containers.RepeatedCompositeFieldContainer[DrillAnswer]
    load: StageLoad
    def __init__(self, replica: _Optional[str] = ..., sequence: _Optional[int] = ..., leaving: _Optional[bool] = ..., held: _Optional[_Iterable[_Union[HeldShare, _Mapping]]] = ..., pages: _Optional[_Iterable[_Union[SitePages, _Mapping]]] = ..., answers: _Optional[_Iterable[_Union[DrillAnswer, _Mapping]]] = ..., load: _Optional[_Union[StageLoad, _Mapping]] = ...) -> None: ...

class StageLoad(_message.Message):
    __slots__ = ("received", "done", "shed", "work_us", "delays", "machine_permille", "processors")
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    SHED_FIELD_NUMBER: _ClassVar[int]
    WORK_US_FIELD_NUMBER: _ClassVar[int]
    DELAYS_FIELD_NUMBER: _ClassVar[int]
    MACHINE_PERMILLE_FIELD_NUMBER: _ClassVar[int]
    PROCESSORS_FIELD_NUMBER: _ClassVar[int]
    received: int
    done: int
    shed: _containers.RepeatedCompositeFieldContainer[ShedCount]
    work_us: int
    delays: _containers.RepeatedScalarFieldContainer[int]
    machine_permille: int
    processors: int
    def __init__(self, received: _Optional[int] = ..., done: _Optional[int] = ..., shed: _Optional[_Iterable[_Union[ShedCount, _Mapping]]] = ..., work_us: _Optional[int] = ..., delays: _Optional[_Iterable[int]] = ..., machine_permille: _Optional[int] = ..., processors: _Optional[int] = ...) -> None: ...

class ShedCount(_message.Message):
    __slots__ = ("reason", "count")
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    reason: str
    count: int
    def __init__(self, reason: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class HeldShare(_message.Message):
    __slots__ = ("share", "group")
    SHARE_FIELD_NUMBER: _ClassVar[int]
    GROUP_FIELD_NUMBER: _ClassVar[int]
    share: int
    group: str
    def __init__(self, share: _Optional[int] = ..., group: _Optional[str] = ...) -> None: ...

class SitePages(_message.Message):
    __slots__ = ("site", "open", "ringing")
    SITE_FIELD_NUMBER: _ClassVar[int]
    OPEN_FIELD_NUMBER: _ClassVar[int]
    RINGING_FIELD_NUMBER: _ClassVar[int]
    site: str
    open: int
    ringing: int
    def __init__(self, site: _Optional[str] = ..., open: _Optional[int] = ..., ringing: _Optional[int] = ...) -> None: ...

class DrillAnswer(_message.Message):
    __slots__ = ("drill_id", "session")
    DRILL_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    drill_id: str
    session: str
    def __init__(self, drill_id: _Optional[str] = ..., session: _Optional[str] = ...) -> None: ...

class StageReport(_message.Message):
    __slots__ = ("replicas",)
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    replicas: _containers.RepeatedCompositeFieldContainer[StageReplica]
    def __init__(self, replicas: _Optional[_Iterable[_Union[StageReplica, _Mapping]]] = ...) -> None: ...

class StageReplica(_message.Message):
    __slots__ = ("stage", "replica", "silent_ms", "shares", "leaving", "load")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    REPLICA_FIELD_NUMBER: _ClassVar[int]
    SILENT_MS_FIELD_NUMBER: _ClassVar[int]
    SHARES_FIELD_NUMBER: _ClassVar[int]
    LEAVING_FIELD_NUMBER: _ClassVar[int]
    LOAD_FIELD_NUMBER: _ClassVar[int]
    stage: str
    replica: str
    silent_ms: int
    shares: int
    leaving: bool
    load: StageLoad
    def __init__(self, stage: _Optional[str] = ..., replica: _Optional[str] = ..., silent_ms: _Optional[int] = ..., shares: _Optional[int] = ..., leaving: _Optional[bool] = ..., load: _Optional[_Union[StageLoad, _Mapping]] = ...) -> None: ...

class CameraExpected(_message.Message):
    __slots__ = ("site", "camera", "expected", "account")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_FIELD_NUMBER: _ClassVar[int]
    site: str
    camera: str
    expected: bool
    account: str
    def __init__(self, site: _Optional[str] = ..., camera: _Optional[str] = ..., expected: _Optional[bool] = ..., account: _Optional[str] = ...) -> None: ...

class CameraState(_message.Message):
    __slots__ = ("site", "camera", "troubles", "sight")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    TROUBLES_FIELD_NUMBER: _ClassVar[int]
    SIGHT_FIELD_NUMBER: _ClassVar[int]
    site: str
    camera: str
    troubles: _containers.RepeatedCompositeFieldContainer[CameraTrouble]
    sight: CameraSight
    def __init__(self, site: _Optional[str] = ..., camera: _Optional[str] = ..., troubles: _Optional[_Iterable[_Union[CameraTrouble, _Mapping]]] = ..., sight: _Optional[_Union[CameraSight, _Mapping]] = ...) -> None: ...

class CameraSight(_message.Message):
    __slots__ = ("silent_ms", "within_ms", "frames", "searched", "width_px", "height_px", "clock_offset_ms", "clock_ignored", "refused")
    SILENT_MS_FIELD_NUMBER: _ClassVar[int]
    WITHIN_MS_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    SEARCHED_FIELD_NUMBER: _ClassVar[int]
    WIDTH_PX_FIELD_NUMBER: _ClassVar[int]
    HEIGHT_PX_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_MS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_IGNORED_FIELD_NUMBER: _ClassVar[int]
    REFUSED_FIELD_NUMBER: _ClassVar[int]
    silent_ms: int
    within_ms: int
    frames: int
    searched: int
    width_px: int
    height_px: int
    clock_offset_ms: int
    clock_ignored: bool
    refused: _containers.RepeatedCompositeFieldContainer[CameraTrouble]
    def __init__(self, silent_ms: _Optional[int] = ..., within_ms: _Optional[int] = ..., frames: _Optional[int] = ..., searched: _Optional[int] = ..., width_px: _Optional[int] = ..., height_px: _Optional[int] = ..., clock_offset_ms: _Optional[int] = ..., clock_ignored: _Optional[bool] = ..., refused: _Optional[_Iterable[_Union[CameraTrouble, _Mapping]]] = ...) -> None: ...

class CameraTrouble(_message.Message):
    __slots__ = ("kind", "frames")
    KIND_FIELD_NUMBER: _ClassVar[int]
    FRAMES_FIELD_NUMBER: _ClassVar[int]
    kind: CameraTroubleKind
    frames: int
    def __init__(self, kind: _Optional[_Union[CameraTroubleKind, str]] = ..., frames: _Optional[int] = ...) -> None: ...

class DrillStep(_message.Message):
    __slots__ = ("site", "camera", "drill", "stage", "at_us", "period_us", "fault", "journey", "stopped", "list_read")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    DRILL_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    PERIOD_US_FIELD_NUMBER: _ClassVar[int]
    FAULT_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    STOPPED_FIELD_NUMBER: _ClassVar[int]
    LIST_READ_FIELD_NUMBER: _ClassVar[int]
    site: str
    camera: str
    drill: Drill
    stage: DrillStage
    at_us: int
    period_us: int
    fault: DrillFault
    journey: Journey
    stopped: bool
    list_read: bool
    def __init__(self, site: _Optional[str] = ..., camera: _Optional[str] = ..., drill: _Optional[_Union[Drill, _Mapping]] = ..., stage: _Optional[_Union[DrillStage, str]] = ..., at_us: _Optional[int] = ..., period_us: _Optional[int] = ..., fault: _Optional[_Union[DrillFault, str]] = ..., journey: _Optional[_Union[Journey, _Mapping]] = ..., stopped: _Optional[bool] = ..., list_read: _Optional[bool] = ...) -> None: ...

class DrillTemplate(_message.Message):
    __slots__ = ("model", "vector")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    model: Model
    vector: bytes
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ..., vector: _Optional[bytes] = ...) -> None: ...

class SightingsJudged(_message.Message):
    __slots__ = ("incident_id", "entry_id", "sighting_ids", "wrong", "at_us")
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    SIGHTING_IDS_FIELD_NUMBER: _ClassVar[int]
    WRONG_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    entry_id: str
    sighting_ids: _containers.RepeatedScalarFieldContainer[str]
    wrong: bool
    at_us: int
    def __init__(self, incident_id: _Optional[str] = ..., entry_id: _Optional[str] = ..., sighting_ids: _Optional[_Iterable[str]] = ..., wrong: _Optional[bool] = ..., at_us: _Optional[int] = ...) -> None: ...

class WalkShielded(_message.Message):
    __slots__ = ("incident_id", "entry_id", "entry_revision", "model", "vector", "similarity", "at_us", "left_us")
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    LEFT_US_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    entry_id: str
    entry_revision: int
    model: Model
    vector: bytes
    similarity: float
    at_us: int
    left_us: int
    def __init__(self, incident_id: _Optional[str] = ..., entry_id: _Optional[str] = ..., entry_revision: _Optional[int] = ..., model: _Optional[_Union[Model, _Mapping]] = ..., vector: _Optional[bytes] = ..., similarity: _Optional[float] = ..., at_us: _Optional[int] = ..., left_us: _Optional[int] = ...) -> None: ...

class ListedEntry(_message.Message):
    __slots__ = ("entry_id", "number", "revision", "state", "expires_us", "hospitals", "generation", "sealed", "min_similarity")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    HOSPITALS_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    MIN_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    number: int
    revision: int
    state: EntryState
    expires_us: int
    hospitals: _containers.RepeatedScalarFieldContainer[str]
    generation: int
    sealed: bytes
    min_similarity: float
    def __init__(self, entry_id: _Optional[str] = ..., number: _Optional[int] = ..., revision: _Optional[int] = ..., state: _Optional[_Union[EntryState, str]] = ..., expires_us: _Optional[int] = ..., hospitals: _Optional[_Iterable[str]] = ..., generation: _Optional[int] = ..., sealed: _Optional[bytes] = ..., min_similarity: _Optional[float] = ...) -> None: ...

class ListedPerson(_message.Message):
    __slots__ = ("label", "category", "basis", "evidence", "instruction", "note", "begins_us", "photos")
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_FIELD_NUMBER: _ClassVar[int]
    NOTE_FIELD_NUMBER: _ClassVar[int]
    BEGINS_US_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    label: str
    category: str
    basis: str
    evidence: str
    instruction: str
    note: str
    begins_us: int
    photos: _containers.RepeatedCompositeFieldContainer[ListedPhoto]
    def __init__(self, label: _Optional[str] = ..., category: _Optional[str] = ..., basis: _Optional[str] = ..., evidence: _Optional[str] = ..., instruction: _Optional[str] = ..., note: _Optional[str] = ..., begins_us: _Optional[int] = ..., photos: _Optional[_Iterable[_Union[ListedPhoto, _Mapping]]] = ...) -> None: ...

class ListedPhoto(_message.Message):
    __slots__ = ("photo_id", "quality", "source", "taken_us", "picture_sha256", "templates", "suspended")
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TAKEN_US_FIELD_NUMBER: _ClassVar[int]
    PICTURE_SHA256_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    photo_id: str
    quality: Quality
    source: str
    taken_us: int
    picture_sha256: bytes
    templates: _containers.RepeatedCompositeFieldContainer[ListedTemplate]
    suspended: bool
    def __init__(self, photo_id: _Optional[str] = ..., quality: _Optional[_Union[Quality, _Mapping]] = ..., source: _Optional[str] = ..., taken_us: _Optional[int] = ..., picture_sha256: _Optional[bytes] = ..., templates: _Optional[_Iterable[_Union[ListedTemplate, _Mapping]]] = ..., suspended: _Optional[bool] = ...) -> None: ...

class ListedTemplate(_message.Message):
    __slots__ = ("model", "vector")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    model: Model
    vector: bytes
    def __init__(self, model: _Optional[_Union[Model, _Mapping]] = ..., vector: _Optional[bytes] = ...) -> None: ...

class ListedKey(_message.Message):
    __slots__ = ("entry_id", "hospital", "number", "generation", "suite", "sealing_key", "sealed")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    SUITE_FIELD_NUMBER: _ClassVar[int]
    SEALING_KEY_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    hospital: str
    number: int
    generation: int
    suite: int
    sealing_key: str
    sealed: bytes
    def __init__(self, entry_id: _Optional[str] = ..., hospital: _Optional[str] = ..., number: _Optional[int] = ..., generation: _Optional[int] = ..., suite: _Optional[int] = ..., sealing_key: _Optional[str] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class ListHead(_message.Message):
    __slots__ = ("number", "at_us", "entries", "digest", "silent_days", "title", "renewal", "renewed")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    SILENT_DAYS_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    RENEWAL_FIELD_NUMBER: _ClassVar[int]
    RENEWED_FIELD_NUMBER: _ClassVar[int]
    number: int
    at_us: int
    entries: int
    digest: bytes
    silent_days: int
    title: str
    renewal: bytes
    renewed: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, number: _Optional[int] = ..., at_us: _Optional[int] = ..., entries: _Optional[int] = ..., digest: _Optional[bytes] = ..., silent_days: _Optional[int] = ..., title: _Optional[str] = ..., renewal: _Optional[bytes] = ..., renewed: _Optional[_Iterable[str]] = ...) -> None: ...

class ListedFace(_message.Message):
    __slots__ = ("entry_id", "photo_id", "generation", "sealed")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    photo_id: str
    generation: int
    sealed: bytes
    def __init__(self, entry_id: _Optional[str] = ..., photo_id: _Optional[str] = ..., generation: _Optional[int] = ..., sealed: _Optional[bytes] = ...) -> None: ...

class HospitalReceipt(_message.Message):
    __slots__ = ("hospital", "entry_id", "matcher", "released_us", "signed", "number")
    HOSPITAL_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    MATCHER_FIELD_NUMBER: _ClassVar[int]
    RELEASED_US_FIELD_NUMBER: _ClassVar[int]
    SIGNED_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    hospital: str
    entry_id: str
    matcher: str
    released_us: int
    signed: int
    number: int
    def __init__(self, hospital: _Optional[str] = ..., entry_id: _Optional[str] = ..., matcher: _Optional[str] = ..., released_us: _Optional[int] = ..., signed: _Optional[int] = ..., number: _Optional[int] = ...) -> None: ...

class HospitalHello(_message.Message):
    __slots__ = ("hospital", "at_us", "number", "digest", "entries", "locked", "suspended", "matchers", "matchers_current", "owed", "renewal", "publisher")
    HOSPITAL_FIELD_NUMBER: _ClassVar[int]
    AT_US_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    DIGEST_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    LOCKED_FIELD_NUMBER: _ClassVar[int]
    SUSPENDED_FIELD_NUMBER: _ClassVar[int]
    MATCHERS_FIELD_NUMBER: _ClassVar[int]
    MATCHERS_CURRENT_FIELD_NUMBER: _ClassVar[int]
    OWED_FIELD_NUMBER: _ClassVar[int]
    RENEWAL_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    hospital: str
    at_us: int
    number: int
    digest: bytes
    entries: int
    locked: int
    suspended: int
    matchers: int
    matchers_current: int
    owed: int
    renewal: bytes
    publisher: str
    def __init__(self, hospital: _Optional[str] = ..., at_us: _Optional[int] = ..., number: _Optional[int] = ..., digest: _Optional[bytes] = ..., entries: _Optional[int] = ..., locked: _Optional[int] = ..., suspended: _Optional[int] = ..., matchers: _Optional[int] = ..., matchers_current: _Optional[int] = ..., owed: _Optional[int] = ..., renewal: _Optional[bytes] = ..., publisher: _Optional[str] = ...) -> None: ...

class KeyRenewal(_message.Message):
    __slots__ = ("signing_key", "sealing_key")
    SIGNING_KEY_FIELD_NUMBER: _ClassVar[int]
    SEALING_KEY_FIELD_NUMBER: _ClassVar[int]
    signing_key: bytes
    sealing_key: bytes
    def __init__(self, signing_key: _Optional[bytes] = ..., sealing_key: _Optional[bytes] = ...) -> None: ...

class ListInvitation(_message.Message):
    __slots__ = ("list", "title", "hospital", "addresses", "authority", "publisher", "domain", "expires_us", "silent_days")
    LIST_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_FIELD_NUMBER: _ClassVar[int]
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    PUBLISHER_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    SILENT_DAYS_FIELD_NUMBER: _ClassVar[int]
    list: str
    title: str
    hospital: str
    addresses: _containers.RepeatedScalarFieldContainer[str]
    authority: str
    publisher: bytes
    domain: str
    expires_us: int
    silent_days: int
    def __init__(self, list: _Optional[str] = ..., title: _Optional[str] = ..., hospital: _Optional[str] = ..., addresses: _Optional[_Iterable[str]] = ..., authority: _Optional[str] = ..., publisher: _Optional[bytes] = ..., domain: _Optional[str] = ..., expires_us: _Optional[int] = ..., silent_days: _Optional[int] = ...) -> None: ...

class InvitationAnswer(_message.Message):
    __slots__ = ("list", "hospital", "invitation_sha256", "title", "link_key", "signing_key", "sealing_key")
    LIST_FIELD_NUMBER: _ClassVar[int]
    HOSPITAL_FIELD_NUMBER: _ClassVar[int]
    INVITATION_SHA256_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LINK_KEY_FIELD_NUMBER: _ClassVar[int]
    SIGNING_KEY_FIELD_NUMBER: _ClassVar[int]
    SEALING_KEY_FIELD_NUMBER: _ClassVar[int]
    list: str
    hospital: str
    invitation_sha256: bytes
    title: str
    link_key: str
    signing_key: bytes
    sealing_key: bytes
    def __init__(self, list: _Optional[str] = ..., hospital: _Optional[str] = ..., invitation_sha256: _Optional[bytes] = ..., title: _Optional[str] = ..., link_key: _Optional[str] = ..., signing_key: _Optional[bytes] = ..., sealing_key: _Optional[bytes] = ...) -> None: ...

class ListedContentRequest(_message.Message):
    __slots__ = ("list", "entry_id", "generation", "key_only")
    LIST_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    KEY_ONLY_FIELD_NUMBER: _ClassVar[int]
    list: str
    entry_id: str
    generation: int
    key_only: bool
    def __init__(self, list: _Optional[str] = ..., entry_id: _Optional[str] = ..., generation: _Optional[int] = ..., key_only: _Optional[bool] = ...) -> None: ...

class ListedContent(_message.Message):
    __slots__ = ("revision", "state", "expires_us", "min_similarity", "travel_key", "sealed", "faces")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    MIN_SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_KEY_FIELD_NUMBER: _ClassVar[int]
    SEALED_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    revision: int
    state: EntryState
    expires_us: int
    min_similarity: float
    travel_key: bytes
    sealed: bytes
    faces: _containers.RepeatedCompositeFieldContainer[ListedFace]
    def __init__(self, revision: _Optional[int] = ..., state: _Optional[_Union[EntryState, str]] = ..., expires_us: _Optional[int] = ..., min_similarity: _Optional[float] = ..., travel_key: _Optional[bytes] = ..., sealed: _Optional[bytes] = ..., faces: _Optional[_Iterable[_Union[ListedFace, _Mapping]]] = ...) -> None: ...

class ReceiveRequest(_message.Message):
    __slots__ = ("list", "statement", "travel_key", "faces")
    LIST_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_KEY_FIELD_NUMBER: _ClassVar[int]
    FACES_FIELD_NUMBER: _ClassVar[int]
    list: str
    statement: bytes
    travel_key: bytes
    faces: _containers.RepeatedCompositeFieldContainer[ListedFace]
    def __init__(self, list: _Optional[str] = ..., statement: _Optional[bytes] = ..., travel_key: _Optional[bytes] = ..., faces: _Optional[_Iterable[_Union[ListedFace, _Mapping]]] = ...) -> None: ...

class Received(_message.Message):
    __slots__ = ("outcome", "detail")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    outcome: ReceiveOutcome
    detail: str
    def __init__(self, outcome: _Optional[_Union[ReceiveOutcome, str]] = ..., detail: _Optional[str] = ...) -> None: ...

class ListSilence(_message.Message):
    __slots__ = ("list", "silent", "entries")
    LIST_FIELD_NUMBER: _ClassVar[int]
    SILENT_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    list: str
    silent: bool
    entries: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, list: _Optional[str] = ..., silent: _Optional[bool] = ..., entries: _Optional[_Iterable[str]] = ...) -> None: ...
