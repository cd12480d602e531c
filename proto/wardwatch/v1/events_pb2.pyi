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
ENTRY_STATE_UNSPECIFIED: EntryState
ENTRY_STATE_DRAFT: EntryState
ENTRY_STATE_PENDING: EntryState
ENTRY_STATE_ACTIVE: EntryState
ENTRY_STATE_SUSPENDED: EntryState
ENTRY_STATE_EXPIRED: EntryState
ENTRY_STATE_REVOKED: EntryState
ENTRY_STATE_ERASED: EntryState

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
    __slots__ = ("site", "camera", "frame_id", "index", "journey")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    site: str
    camera: str
    frame_id: str
    index: int
    journey: Journey
    def __init__(self, site: _Optional[str] = ..., camera: _Optional[str] = ..., frame_id: _Optional[str] = ..., index: _Optional[int] = ..., journey: _Optional[_Union[Journey, _Mapping]] = ...) -> None: ...

class Quality(_message.Message):
    __slots__ = ("score", "face_px", "eye_distance_px", "sharpness", "yaw_degrees", "roll_degrees", "exposure")
    SCORE_FIELD_NUMBER: _ClassVar[int]
    FACE_PX_FIELD_NUMBER: _ClassVar[int]
    EYE_DISTANCE_PX_FIELD_NUMBER: _ClassVar[int]
    SHARPNESS_FIELD_NUMBER: _ClassVar[int]
    YAW_DEGREES_FIELD_NUMBER: _ClassVar[int]
    ROLL_DEGREES_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    score: float
    face_px: float
    eye_distance_px: float
    sharpness: float
    yaw_degrees: float
    roll_degrees: float
    exposure: float
    def __init__(self, score: _Optional[float] = ..., face_px: _Optional[float] = ..., eye_distance_px: _Optional[float] = ..., sharpness: _Optional[float] = ..., yaw_degrees: _Optional[float] = ..., roll_degrees: _Optional[float] = ..., exposure: _Optional[float] = ...) -> None: ...

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
    __slots__ = ("sighting_id", "origin", "quality", "model", "entry_id", "entry_revision", "similarity", "picture")
    SIGHTING_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_REVISION_FIELD_NUMBER: _ClassVar[int]
    SIMILARITY_FIELD_NUMBER: _ClassVar[int]
    PICTURE_FIELD_NUMBER: _ClassVar[int]
    sighting_id: str
    origin: Origin
    quality: Quality
    model: Model
    entry_id: str
    entry_revision: int
    similarity: float
    picture: bytes
    def __init__(self, sighting_id: _Optional[str] = ..., origin: _Optional[_Union[Origin, _Mapping]] = ..., quality: _Optional[_Union[Quality, _Mapping]] = ..., model: _Optional[_Union[Model, _Mapping]] = ..., entry_id: _Optional[str] = ..., entry_revision: _Optional[int] = ..., similarity: _Optional[float] = ..., picture: _Optional[bytes] = ...) -> None: ...

class FrameRejected(_message.Message):
    __slots__ = ("site", "camera", "reason", "detail", "frame_id")
    SITE_FIELD_NUMBER: _ClassVar[int]
    CAMERA_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAIL_FIELD_NUMBER: _ClassVar[int]
    FRAME_ID_FIELD_NUMBER: _ClassVar[int]
    site: str
    camera: str
    reason: str
    detail: str
    frame_id: str
    def __init__(self, site: _Optional[str] = ..., camera: _Optional[str] = ..., reason: _Optional[str] = ..., detail: _Optional[str] = ..., frame_id: _Optional[str] = ...) -> None: ...

class Template(_message.Message):
    __slots__ = ("photo_id", "model", "vector")
    PHOTO_ID_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    photo_id: str
    model: Model
    vector: bytes
    def __init__(self, photo_id: _Optional[str] = ..., model: _Optional[_Union[Model, _Mapping]] = ..., vector: _Optional[bytes] = ...) -> None: ...

class EntryPublished(_message.Message):
    __slots__ = ("entry_id", "revision", "state", "expires_us", "sites", "templates")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    revision: int
    state: EntryState
    expires_us: int
    sites: _containers.RepeatedScalarFieldContainer[str]
    templates: _containers.RepeatedCompositeFieldContainer[Template]
    def __init__(self, entry_id: _Optional[str] = ..., revision: _Optional[int] = ..., state: _Optional[_Union[EntryState, str]] = ..., expires_us: _Optional[int] = ..., sites: _Optional[_Iterable[str]] = ..., templates: _Optional[_Iterable[_Union[Template, _Mapping]]] = ...) -> None: ...

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

class EntryAddRequest(_message.Message):
    __slots__ = ("token", "label", "category", "basis", "instruction", "expires_us", "sites", "photos")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    token: str
    label: str
    category: str
    basis: str
    instruction: str
    expires_us: int
    sites: _containers.RepeatedScalarFieldContainer[str]
    photos: _containers.RepeatedCompositeFieldContainer[EntryPhoto]
    def __init__(self, token: _Optional[str] = ..., label: _Optional[str] = ..., category: _Optional[str] = ..., basis: _Optional[str] = ..., instruction: _Optional[str] = ..., expires_us: _Optional[int] = ..., sites: _Optional[_Iterable[str]] = ..., photos: _Optional[_Iterable[_Union[EntryPhoto, _Mapping]]] = ...) -> None: ...

class EntryPhoto(_message.Message):
    __slots__ = ("filename", "source", "taken_us", "jpeg")
    FILENAME_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TAKEN_US_FIELD_NUMBER: _ClassVar[int]
    JPEG_FIELD_NUMBER: _ClassVar[int]
    filename: str
    source: str
    taken_us: int
    jpeg: bytes
    def __init__(self, filename: _Optional[str] = ..., source: _Optional[str] = ..., taken_us: _Optional[int] = ..., jpeg: _Optional[bytes] = ...) -> None: ...

class EntryListRequest(_message.Message):
    __slots__ = ("token", "with_ended")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    WITH_ENDED_FIELD_NUMBER: _ClassVar[int]
    token: str
    with_ended: bool
    def __init__(self, token: _Optional[str] = ..., with_ended: _Optional[bool] = ...) -> None: ...

class EntryApproveRequest(_message.Message):
    __slots__ = ("token", "entry_id")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    token: str
    entry_id: str
    def __init__(self, token: _Optional[str] = ..., entry_id: _Optional[str] = ...) -> None: ...

class EntryRevokeRequest(_message.Message):
    __slots__ = ("token", "entry_id", "reason")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    token: str
    entry_id: str
    reason: str
    def __init__(self, token: _Optional[str] = ..., entry_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class EntrySummary(_message.Message):
    __slots__ = ("entry_id", "revision", "state", "label", "category", "instruction", "basis", "expires_us", "sites", "author", "approver", "photos", "changed_us")
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    INSTRUCTION_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_US_FIELD_NUMBER: _ClassVar[int]
    SITES_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    APPROVER_FIELD_NUMBER: _ClassVar[int]
    PHOTOS_FIELD_NUMBER: _ClassVar[int]
    CHANGED_US_FIELD_NUMBER: _ClassVar[int]
    entry_id: str
    revision: int
    state: EntryState
    label: str
    category: str
    instruction: str
    basis: str
    expires_us: int
    sites: _containers.RepeatedScalarFieldContainer[str]
    author: str
    approver: str
    photos: int
    changed_us: int
    def __init__(self, entry_id: _Optional[str] = ..., revision: _Optional[int] = ..., state: _Optional[_Union[EntryState, str]] = ..., label: _Optional[str] = ..., category: _Optional[str] = ..., instruction: _Optional[str] = ..., basis: _Optional[str] = ..., expires_us: _Optional[int] = ..., sites: _Optional[_Iterable[str]] = ..., author: _Optional[str] = ..., approver: _Optional[str] = ..., photos: _Optional[int] = ..., changed_us: _Optional[int] = ...) -> None: ...

class EntryListReply(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[EntrySummary]
    def __init__(self, entries: _Optional[_Iterable[_Union[EntrySummary, _Mapping]]] = ...) -> None: ...
