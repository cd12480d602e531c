"""Every metric a process may expose: what operators may build on.

Label values come from enums or settings, never from messages; ``camera`` alone is bounded by the cameras known.
No metric names a person, and no metric is kept per face.
"""

from dataclasses import dataclass
from typing import Final, Literal

MetricName = Literal[
    # -- every process
    "wardwatch_ready",
    "wardwatch_bus_connected",
    "wardwatch_bus_reconnects_total",
    "wardwatch_bus_shed_total",
    "wardwatch_bus_errors_total",
    "wardwatch_requests_dropped_total",
    "wardwatch_messages_forged_total",
    "wardwatch_stream_repairs_total",
    "wardwatch_owed_settled_total",
    "wardwatch_loop_lag_seconds",
    "wardwatch_loop_lag_longest_seconds",
    # -- stages that a drill passes
    "wardwatch_drills_total",
    # -- alerts: whether they work
    "wardwatch_alerts_working",
    "wardwatch_alerts_working_reasons",
    # -- watchlist and alerts
    "wardwatch_disk_free_bytes",
    "wardwatch_disk_hours_left",
    # -- stages that divide the cameras among replicas
    "wardwatch_replicas_living",
    "wardwatch_shares_held",
    "wardwatch_shares_taken_total",
    # -- detector
    "wardwatch_frames_received_total",
    "wardwatch_frames_rejected_total",
    "wardwatch_frames_shed_total",
    "wardwatch_frames_processed_total",
    "wardwatch_frames_over_pace_total",
    "wardwatch_camera_muted_total",
    "wardwatch_frames_clock_ignored_total",
    "wardwatch_frames_rotation_ignored_total",
    "wardwatch_camera_hints_total",
    "wardwatch_drill_marks_total",
    "wardwatch_faces_detected_total",
    "wardwatch_faces_followed_total",
    "wardwatch_looks_published_total",
    "wardwatch_tracks_begun_total",
    "wardwatch_tracks_ended_total",
    # -- embedder
    "wardwatch_faces_received_total",
    "wardwatch_faces_shed_total",
    "wardwatch_faces_embedded_total",
    "wardwatch_embed_batch_faces",
    # -- matcher
    "wardwatch_vectors_received_total",
    "wardwatch_vectors_shed_total",
    "wardwatch_vectors_searched_total",
    "wardwatch_walks",
    "wardwatch_walks_ended_total",
    "wardwatch_walks_counted_total",
    "wardwatch_walks_recorded_total",
    "wardwatch_photos_reembedded_total",
    "wardwatch_walks_to_judge",
    "wardwatch_shielded_pairs",
    "wardwatch_sightings_shielded_total",
    "wardwatch_sightings_published_total",
    "wardwatch_sightings_waiting",
    "wardwatch_sightings_lost_total",
    "wardwatch_index_templates",
    "wardwatch_index_generation",
    "wardwatch_index_builds_total",
    "wardwatch_index_recall_ratio",
    "wardwatch_index_exact_fallbacks_total",
    "wardwatch_entries",
    "wardwatch_entries_locked",
    "wardwatch_matching_stopped",
    "wardwatch_match_threshold_ratio",
    "wardwatch_templates_unopened_total",
    "wardwatch_templates_left_out_total",
    "wardwatch_erasure_receipts_owed",
    "wardwatch_erasure_receipts_total",
    "wardwatch_clock_skew_seconds",
    # -- watchlist and alerts
    "wardwatch_database_clock_skew_seconds",
    # -- matcher and watchlist
    "wardwatch_keys",
    # -- watchlist
    "wardwatch_desk_requests_total",
    "wardwatch_access_requests_total",
    "wardwatch_outbox_waiting",
    "wardwatch_changes_withheld_total",
    "wardwatch_change_live_seconds",
    "wardwatch_erasures_unfinished",
    "wardwatch_reconcile_differences_total",
    "wardwatch_reconciled_at_seconds",
    "wardwatch_keys_not_rewrapped_total",
    # -- federation: the publisher
    "wardwatch_federation_published_total",
    "wardwatch_federation_refused_total",
    "wardwatch_federation_refills_total",
    # -- drill
    "wardwatch_cameras_drilled",
    # -- alerts
    "wardwatch_drill_answers_total",
    "wardwatch_sightings_recorded_total",
    "wardwatch_crops_to_destroy",
    "wardwatch_incidents_raised_total",
    "wardwatch_incident_delay_seconds",
    "wardwatch_phones_connected",
    "wardwatch_http_requests_total",
    "wardwatch_http_refusals_total",
    "wardwatch_connections",
    "wardwatch_connections_refused_total",
    "wardwatch_audit_heads_published_total",
    "wardwatch_audit_heads_late_total",
    "wardwatch_audit_heads_regressed_total",
    "wardwatch_audit_sequence",
    # -- delivery
    "wardwatch_deliveries_planned_total",
    "wardwatch_deliveries_total",
    # -- camera
    "wardwatch_camera_frames_published_total",
    "wardwatch_camera_frames_shed_total",
    "wardwatch_camera_reconnects_total",
    "wardwatch_camera_late_seconds",
    "wardwatch_cameras_published",
    # -- stages
    "wardwatch_stage_seconds",
    "wardwatch_stage_delay_seconds",
    "wardwatch_messages_unreadable_total",
    # -- federation: lists that were joined
    "wardwatch_federation_statements_total",
    "wardwatch_federation_repairs_total",
    "wardwatch_federation_differs",
    "wardwatch_federation_entries",
    "wardwatch_federation_locked",
    "wardwatch_stops_without_record_total",
    "wardwatch_federation_head_age_seconds",
]

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """Kind, what it counts, and the names of its labels."""

    kind: Kind
    text: str
    labels: tuple[str, ...] = ()


# Seconds: from one index search to a frame that waited ten seconds.
SECONDS_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0)

CATALOGUE: Final[dict[MetricName, Metric]] = {
    "wardwatch_ready": Metric("gauge", "1 while every readiness check passes"),
    "wardwatch_bus_connected": Metric("gauge", "1 while connected to the broker", ("account",)),
    "wardwatch_bus_reconnects_total": Metric("counter", "times the broker connection came back", ("account",)),
    "wardwatch_bus_shed_total": Metric("counter", "perishable messages dropped at the connection", ("reason",)),
    "wardwatch_bus_errors_total": Metric("counter", "errors the broker connection reported", ("account",)),
    "wardwatch_requests_dropped_total": Metric(
        "counter", "requests that got no answer, or none of substance", ("reason",)
    ),
    "wardwatch_messages_forged_total": Metric("counter", "messages nobody signed who may write there", ("subject",)),
    "wardwatch_stream_repairs_total": Metric("counter", "times a stream was put right", ("stream", "cause")),
    "wardwatch_owed_settled_total": Metric("counter", "owed messages by what became of them", ("stream", "outcome")),
    "wardwatch_loop_lag_seconds": Metric("histogram", "how late the event loop woke from a timer"),
    "wardwatch_loop_lag_longest_seconds": Metric("gauge", "the longest of these of the last minute or two"),
    "wardwatch_drills_total": Metric("counter", "drills by what became of them at a stage", ("stage", "outcome")),
    "wardwatch_alerts_working": Metric(
        "gauge", "whether alerts work at a site: 1 yes, 0.5 in part, 0 no, NaN where nothing is expected", ("site",)
    ),
    "wardwatch_alerts_working_reasons": Metric(
        "gauge", "what keeps alerts from working, how many reasons; of all sites: no site", ("code", "site")
    ),
    "wardwatch_disk_free_bytes": Metric("gauge", "room on a disk that must not fill up", ("disk",)),
    "wardwatch_disk_hours_left": Metric(
        "gauge", "hours until a disk is full at the pace of the last hour; infinite while it does not fill", ("disk",)
    ),
    "wardwatch_replicas_living": Metric("gauge", "replicas of this stage that live, as this one sees it", ("stage",)),
    "wardwatch_shares_held": Metric("gauge", "of 64 shares of the cameras, those that this replica has", ("stage",)),
    "wardwatch_shares_taken_total": Metric("counter", "shares taken that no living replica had", ("stage",)),
    "wardwatch_frames_received_total": Metric("counter", "frames that arrived", ("camera",)),
    "wardwatch_frames_rejected_total": Metric("counter", "frames refused", ("reason",)),
    "wardwatch_frames_shed_total": Metric("counter", "frames given up for fresher ones", ("reason", "camera")),
    "wardwatch_frames_processed_total": Metric("counter", "frames searched for faces", ("camera",)),
    "wardwatch_frames_over_pace_total": Metric(
        "counter", "frames dropped on arrival because their camera sends more than it may", ("camera",)
    ),
    "wardwatch_camera_muted_total": Metric(
        "counter", "times the broker was told to keep a flood to itself", ("camera",)
    ),
    "wardwatch_frames_clock_ignored_total": Metric("counter", "frames whose Captured-At was not believed"),
    "wardwatch_frames_rotation_ignored_total": Metric("counter", "frames whose Rotation is none of 0, 90, 180, 270"),
    "wardwatch_camera_hints_total": Metric("counter", "hints that something is wrong with a camera", ("reason",)),
    "wardwatch_drill_marks_total": Metric(
        "counter", "frames that bear the mark of a drill, by what it is worth; only taken ones are drills", ("outcome",)
    ),
    "wardwatch_faces_detected_total": Metric("counter", "faces found"),
    "wardwatch_faces_followed_total": Metric("counter", "faces found of tracks that no look was due of"),
    "wardwatch_looks_published_total": Metric(
        "counter", "faces sent on: of each track the first, and later ones", ("look",)
    ),
    "wardwatch_tracks_begun_total": Metric("counter", "faces that began to be followed"),
    "wardwatch_tracks_ended_total": Metric(
        "counter", "tracks that ended, by whether they lived for a second and were looked at", ("lived", "looked")
    ),
    "wardwatch_faces_received_total": Metric("counter", "faces that arrived"),
    "wardwatch_faces_shed_total": Metric("counter", "faces given up for fresher ones", ("reason", "camera")),
    "wardwatch_faces_embedded_total": Metric("counter", "vectors made"),
    "wardwatch_embed_batch_faces": Metric("histogram", "faces in one batch"),
    "wardwatch_vectors_received_total": Metric("counter", "vectors that arrived"),
    "wardwatch_vectors_shed_total": Metric("counter", "vectors not searched", ("reason", "camera")),
    "wardwatch_vectors_searched_total": Metric("counter", "vectors searched"),
    "wardwatch_walks": Metric("gauge", "walks in memory"),
    "wardwatch_walks_ended_total": Metric("counter", "walks that ended before their time", ("reason",)),
    "wardwatch_walks_counted_total": Metric("counter", "walks that ended, counted by how near they came to the list"),
    "wardwatch_walks_recorded_total": Metric("counter", "counted walks that the record has"),
    "wardwatch_photos_reembedded_total": Metric(
        "counter", "templates made anew of enrolled photos, by the second of two recognisers"
    ),
    "wardwatch_walks_to_judge": Metric("gauge", "sighted walks that people may still judge"),
    "wardwatch_shielded_pairs": Metric("gauge", "walks that were judged not to be an entry's person, on the shield"),
    "wardwatch_sightings_shielded_total": Metric("counter", "sightings held back by the look-alike shield"),
    "wardwatch_sightings_published_total": Metric("counter", "sightings a stream has acknowledged"),
    "wardwatch_sightings_waiting": Metric("gauge", "sightings decided but not yet acknowledged"),
    "wardwatch_sightings_lost_total": Metric("counter", "sightings decided that no stream has taken"),
    "wardwatch_index_templates": Metric("gauge", "templates that can match, and that of drills"),
    "wardwatch_index_generation": Metric("gauge", "number of the index generation in use"),
    "wardwatch_index_builds_total": Metric("counter", "index generations built"),
    "wardwatch_index_recall_ratio": Metric("gauge", "share of sampled searches that equal the exact search"),
    "wardwatch_index_exact_fallbacks_total": Metric(
        "counter", "searches answered exactly because the graph fell short"
    ),
    "wardwatch_entries": Metric("gauge", "watchlist entries known", ("state",)),
    "wardwatch_entries_locked": Metric(
        "gauge", "watchlist entries that cannot match until their data key can be used here"
    ),
    "wardwatch_matching_stopped": Metric("gauge", "sites where matching is stopped"),
    "wardwatch_match_threshold_ratio": Metric("gauge", "cosine from which a walk is a sighting"),
    "wardwatch_templates_unopened_total": Metric("counter", "templates that do not open and are not searched"),
    "wardwatch_templates_left_out_total": Metric(
        "counter", "templates of an active entry that are not searched", ("reason",)
    ),
    "wardwatch_erasure_receipts_owed": Metric("gauge", "erasures this matcher has not signed for yet"),
    "wardwatch_erasure_receipts_total": Metric("counter", "erasures this matcher has signed for"),
    "wardwatch_clock_skew_seconds": Metric("gauge", "this machine's clock less the broker's"),
    "wardwatch_database_clock_skew_seconds": Metric("gauge", "the database's clock less the broker's"),
    "wardwatch_keys": Metric("gauge", "data keys known: open, not open for want of a secret, destroyed", ("state",)),
    "wardwatch_desk_requests_total": Metric("counter", "watchlist requests", ("operation", "outcome")),
    "wardwatch_access_requests_total": Metric(
        "counter", "requests what is held about somebody: asked, asked unusually often, answered", ("step",)
    ),
    "wardwatch_outbox_waiting": Metric("gauge", "entry changes not yet on the stream"),
    "wardwatch_changes_withheld_total": Metric("counter", "changes not published: the stream is ahead of the record"),
    "wardwatch_change_live_seconds": Metric("histogram", "commit of a change to all matchers having it"),
    "wardwatch_erasures_unfinished": Metric("gauge", "erasures whose key or stream is not clean yet"),
    "wardwatch_reconcile_differences_total": Metric(
        "counter", "entries where stream and record differed", ("difference",)
    ),
    "wardwatch_reconciled_at_seconds": Metric(
        "gauge", "Unix time at which this replica last compared stream and record"
    ),
    "wardwatch_keys_not_rewrapped_total": Metric(
        "counter", "keys this replica left: overtaken by another's change, or not stored", ("reason",)
    ),
    "wardwatch_federation_published_total": Metric("counter", "statements on shared lists that the broker has stored"),
    "wardwatch_federation_refused_total": Metric(
        "counter", "what was not believed, or not given: head, hello, receipt, content", ("kind",)
    ),
    "wardwatch_federation_refills_total": Metric(
        "counter", "streams of shared lists made anew because they had lost something"
    ),
    "wardwatch_cameras_drilled": Metric("gauge", "cameras whose line is drilled"),
    "wardwatch_drill_answers_total": Metric("counter", "open pages that answered a drill"),
    "wardwatch_sightings_recorded_total": Metric("counter", "sightings recorded", ("outcome",)),
    "wardwatch_crops_to_destroy": Metric("gauge", "deleted faces whose key is still to be destroyed"),
    "wardwatch_incidents_raised_total": Metric("counter", "incidents raised", ("site",)),
    "wardwatch_incident_delay_seconds": Metric("histogram", "frame captured to incident raised"),
    "wardwatch_phones_connected": Metric("gauge", "open event streams"),
    "wardwatch_http_requests_total": Metric("counter", "HTTP answers", ("status",)),
    "wardwatch_http_refusals_total": Metric("counter", "HTTP refusals by their code", ("code",)),
    "wardwatch_connections": Metric("gauge", "connections to the page and the API"),
    "wardwatch_connections_refused_total": Metric(
        "counter", "connections refused or ended for newer ones", ("reason",)
    ),
    "wardwatch_audit_heads_published_total": Metric("counter", "heads of the audit's chain that the stream has stored"),
    "wardwatch_audit_heads_late_total": Metric("counter", "tries to publish the audit's head that failed"),
    "wardwatch_audit_heads_regressed_total": Metric("counter", "times the audit's chain was behind what was published"),
    "wardwatch_audit_sequence": Metric("gauge", "last event of the audit that was published outside the database"),
    "wardwatch_deliveries_planned_total": Metric("counter", "messages planned", ("path",)),
    "wardwatch_deliveries_total": Metric("counter", "attempts to deliver by what came of them", ("path", "outcome")),
    "wardwatch_camera_frames_published_total": Metric("counter", "frames sent", ("camera",)),
    "wardwatch_camera_frames_shed_total": Metric("counter", "frames not sent", ("reason", "camera")),
    "wardwatch_camera_reconnects_total": Metric("counter", "times the source was opened again", ("camera",)),
    "wardwatch_camera_late_seconds": Metric(
        "gauge", "how late pictures were when decoded, at most, in the last second", ("camera",)
    ),
    "wardwatch_cameras_published": Metric(
        "gauge", "cameras that one publisher reads, by what becomes of their pictures", ("phase",)
    ),
    "wardwatch_stage_seconds": Metric("histogram", "time one item took in a stage", ("stage",)),
    "wardwatch_stage_delay_seconds": Metric(
        "histogram", "how long ago its frame was captured when a stage had done with an item", ("stage",)
    ),
    "wardwatch_messages_unreadable_total": Metric("counter", "bytes that were not a message", ("subject",)),
    "wardwatch_federation_statements_total": Metric(
        "counter", "statements of a joined list, by whether they were believed", ("list", "outcome")
    ),
    "wardwatch_federation_repairs_total": Metric("counter", "times a joined list was fetched again", ("list",)),
    "wardwatch_federation_differs": Metric("gauge", "1 while a joined list differs from its publisher's", ("list",)),
    "wardwatch_federation_entries": Metric("gauge", "entries of a joined list that are not erased", ("list",)),
    "wardwatch_federation_locked": Metric("gauge", "entries of a joined list that cannot be written", ("list",)),
    "wardwatch_stops_without_record_total": Metric(
        "counter", "entries of joined lists that were stopped while the database was away"
    ),
    "wardwatch_federation_head_age_seconds": Metric("gauge", "since a joined list's publisher was heard", ("list",)),
}
