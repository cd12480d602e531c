-- A row in every table, as a version that people ran wrote it; its rules and triggers are proven elsewhere.
SET session_replication_role = replica;

INSERT INTO accounts.account (id, name, role) VALUES
    ('00000000-0000-0000-0000-000000000001', 'li.wei', 'supervisor'),
    ('00000000-0000-0000-0000-000000000002', 'ana.ruiz', 'administrator');
INSERT INTO accounts.code (sha256, account_id, expires_at) VALUES
    (sha256('code'), '00000000-0000-0000-0000-000000000001', now() + interval '1 hour');
INSERT INTO accounts.session (token_sha256, account_id, expires_at) VALUES
    (sha256('token'), '00000000-0000-0000-0000-000000000001', now() + interval '1 hour');

INSERT INTO watchlist.site_group (name, sites, changed_by_id, changed_by_name) VALUES
    ('north', '{h1,h2}', '00000000-0000-0000-0000-000000000001', 'li.wei');
INSERT INTO watchlist.generation (number, published_sequence, published_at, carried_sequence, live_at) VALUES
    (41, 7, now(), 7, now());
UPDATE watchlist.generation_counter SET number = 41;
INSERT INTO watchlist.batch (id, state, purpose, author_id, author_name, committed_at, generation) VALUES
    (
        '00000000-0000-0000-0000-0000000000b1', 'committed', '{}', '00000000-0000-0000-0000-000000000001', 'li.wei',
        now(), 41
    );
INSERT INTO watchlist.entry (
    id, state, revision, sealed_label, category, basis, evidence, instruction, scope, expires_at, author_id, author_name,
    put_forward_by_id, put_forward_by_name, approver_id, approver_name, approved_at, changed_by_id, changed_by_name, batch_id
) VALUES
    (
        '00000000-0000-0000-0000-0000000000e1', 'active', 3, decode(repeat('00', 40), 'hex'), 'ban', 'decision', 'file',
        'call', 'network', now() + interval '9 days', '00000000-0000-0000-0000-000000000001', 'li.wei',
        '00000000-0000-0000-0000-000000000001', 'li.wei', '00000000-0000-0000-0000-000000000002', 'ana.ruiz', now(),
        '00000000-0000-0000-0000-000000000002', 'ana.ruiz', '00000000-0000-0000-0000-0000000000b1'
    ),
    (
        '00000000-0000-0000-0000-0000000000e2', 'pending', 2, decode(repeat('00', 40), 'hex'), 'ban', 'decision', 'file',
        'call', 'network', now() + interval '9 days', '00000000-0000-0000-0000-000000000001', 'li.wei',
        '00000000-0000-0000-0000-000000000001', 'li.wei', NULL, NULL, NULL,
        '00000000-0000-0000-0000-000000000001', 'li.wei', NULL
    );
INSERT INTO watchlist.entry (
    id, state, revision, category, basis, evidence, instruction, scope, expires_at, author_id, author_name,
    changed_by_id, changed_by_name
) VALUES
    (
        '00000000-0000-0000-0000-0000000000e3', 'erased', 5, 'ban', '', '', '', 'network', now() + interval '9 days',
        '00000000-0000-0000-0000-000000000001', 'li.wei', '00000000-0000-0000-0000-000000000002', 'ana.ruiz'
    );
INSERT INTO watchlist.photo (
    id, entry_id, position, sealed_name, file_sha256, source, sealed_picture, face_px, eye_distance_px, sharpness,
    yaw_degrees, roll_degrees, exposure
) VALUES
    (
        '00000000-0000-0000-0000-0000000000f1', '00000000-0000-0000-0000-0000000000e1', 0,
        decode(repeat('00', 40), 'hex'), sha256('1'), 'gate', decode(repeat('00', 40), 'hex'), 120, 50, 300, 0, 0, 120
    ),
    (
        '00000000-0000-0000-0000-0000000000f2', '00000000-0000-0000-0000-0000000000e2', 0,
        decode(repeat('00', 40), 'hex'), sha256('2'), 'gate', decode(repeat('00', 40), 'hex'), 120, 50, 300, 0, 0, 120
    );
INSERT INTO watchlist.template (photo_id, model_name, model_sha256, sealed_vector) VALUES
    ('00000000-0000-0000-0000-0000000000f1', 'm', sha256('m'), decode(repeat('00', 92), 'hex')),
    ('00000000-0000-0000-0000-0000000000f2', 'm', sha256('m'), decode(repeat('00', 92), 'hex'));
INSERT INTO identity.number (entry_id, lookup, sealed_number, last_four) VALUES
    ('00000000-0000-0000-0000-0000000000e1', sha256('number'), decode(repeat('00', 60), 'hex'), '002X');
INSERT INTO watchlist.likeness (entry_id, other_id, similarity) VALUES
    ('00000000-0000-0000-0000-0000000000e2', '00000000-0000-0000-0000-0000000000e1', 0.5);
INSERT INTO watchlist.batch_item (batch_id, item_lookup, kind, sealed_item, file_sha256, entry_id, verdict) VALUES
    (
        '00000000-0000-0000-0000-0000000000b1', sha256('item'), 'file', decode(repeat('00', 40), 'hex'), sha256('1'),
        '00000000-0000-0000-0000-0000000000e1', 'ready'
    );
INSERT INTO watchlist.change (entry_id, revision, state, account_id, account_name, reason, changed_at, generation) VALUES
    (
        '00000000-0000-0000-0000-0000000000e1', 3, 'active', '00000000-0000-0000-0000-000000000002', 'ana.ruiz', '',
        now(), 41
    );
INSERT INTO watchlist.outbox (entry_id, revision, generation, state, expires_at, sites, min_similarity) VALUES
    ('00000000-0000-0000-0000-0000000000e1', 3, 41, 'active', now() + interval '9 days', '{}', 0);
INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason, key_destroyed_at, stream_purged_at) VALUES
    (
        '00000000-0000-0000-0000-0000000000e3', '00000000-0000-0000-0000-000000000002', 'ana.ruiz', 'asked for', now(),
        now()
    );
INSERT INTO watchlist.replica (
    name, incarnation, started_at, seen_at, applied_sequence, entries, templates, index_generation, clock_skew_ms
) VALUES ('m1', '00000000-0000-0000-0000-0000000000a1', now(), now(), 7, 1, 1, 1, 0);
INSERT INTO watchlist.receipt (entry_id, replica, incarnation, index_generation, released_at) VALUES
    ('00000000-0000-0000-0000-0000000000e3', 'm1', '00000000-0000-0000-0000-0000000000a1', 1, now());
INSERT INTO watchlist.reconciliation (id, cause, ended_at, entries) VALUES
    ('00000000-0000-0000-0000-0000000000c1', 'nightly', now(), 1);
INSERT INTO watchlist.threshold (
    min_similarity, reason, asked_by_id, asked_by_name, approved_by_id, approved_by_name, approved_at
) VALUES
    (
        0.55, 'fewer false alerts', '00000000-0000-0000-0000-000000000001', 'li.wei',
        '00000000-0000-0000-0000-000000000002', 'ana.ruiz', now()
    );

INSERT INTO alerts.control (control_id, site, stopped, account, reason, at, recorded_at) VALUES
    ('c1', 'h1', TRUE, 'li.wei', 'drill', now(), now());
INSERT INTO alerts.incident (
    id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until, last_camera, cameras, sightings, strong,
    reviewers, announced_at
) VALUES
    (
        '00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000e1', 'h1', now(), now(), now(),
        now() + interval '5 minutes', 'gate', '{gate}', 1, TRUE, 2, now()
    );
INSERT INTO alerts.sighting (
    sighting_id, incident_id, entry_id, entry_revision, photo_id, site, camera, frame_id, face_index, model_name,
    model_sha256, similarity, face_px, sharpness, yaw_degrees, seen_at, recorded_at, captured_us, received_us,
    detected_us, embedded_us, matched_us, picture
) VALUES
    (
        's1', '00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000e1', 3,
        '00000000-0000-0000-0000-0000000000f1', 'h1', 'gate', 'f', 0, 'm', repeat('0', 64), 0.8, 90, 90, 0, now(), now(),
        0, 0, 0, 0, 0, 'p'
    );
INSERT INTO alerts.event (id, incident_id, kind, camera, at) VALUES
    (1, '00000000-0000-0000-0000-0000000000d1', 'raised', 'gate', now());
INSERT INTO alerts.response (incident_id, account_id, at) VALUES
    ('00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-000000000001', now());
INSERT INTO alerts.review (incident_id, account_id, verdict, at) VALUES
    ('00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-000000000001', 'same', now());
INSERT INTO watchlist.false_alert (incident_id, entry_id, photo_id) VALUES
    (
        '00000000-0000-0000-0000-0000000000d1', '00000000-0000-0000-0000-0000000000e1',
        '00000000-0000-0000-0000-0000000000f1'
    );

SET session_replication_role = origin;
-- What is audited comes by itself: a chain over events cannot be made by hand.
UPDATE watchlist.site_group SET
    sites = '{h1}', changed_by_id = '00000000-0000-0000-0000-000000000002', changed_by_name = 'ana.ruiz'
WHERE name = 'north';
