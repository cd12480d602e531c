-- migrate:up

-- An incident is raised by walks, and a verdict is about the walk that was judged (docs/adr/0082). Null: the face was not
-- followed, or the track is forgotten.
ALTER TABLE alerts.sighting
ADD COLUMN track_id uuid,
-- When its camera took the track's first frame (microseconds since 1970 UTC).
ADD COLUMN track_began_us bigint,
-- What the track's mean vector was made of when the sighting was made.
ADD COLUMN looks integer CHECK (looks >= 1),
ADD COLUMN views integer CHECK (views BETWEEN 1 AND looks),
ADD COLUMN span_us bigint CHECK (span_us >= 0),
ADD CONSTRAINT track_has_a_beginning CHECK ((track_id IS NULL) = (track_began_us IS NULL)),
ADD CONSTRAINT walk_is_whole CHECK ((looks IS NULL) = (views IS NULL) AND (looks IS NULL) = (span_us IS NULL));

ALTER TABLE alerts.incident
-- The tracks it was raised for; of a decided one, of what was judged. Null: forgotten, or of before there were any.
ADD COLUMN tracks uuid[];
ALTER TABLE alerts.incident ALTER COLUMN tracks SET DEFAULT '{}';
CREATE INDEX incident_tracked ON alerts.incident (decided_at) WHERE tracks IS NOT NULL;

GRANT INSERT (tracks), UPDATE (tracks) ON alerts.incident TO wardwatch_alerts;

-- A track is of use while its person is in view. A day after the decision nothing says any more which faces one camera
-- saw in a row.
CREATE FUNCTION alerts.forget_tracks() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
WITH due AS (
    UPDATE alerts.incident SET tracks = NULL WHERE id IN (
        SELECT id FROM alerts.incident
        WHERE tracks IS NOT NULL AND decided_at < watchlist.present() - interval '1 day'
        FOR UPDATE SKIP LOCKED
    ) RETURNING id
)
UPDATE alerts.sighting SET track_id = NULL, track_began_us = NULL
WHERE track_id IS NOT NULL AND incident_id IN (SELECT id FROM due)
$$;
REVOKE EXECUTE ON FUNCTION alerts.forget_tracks() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alerts.forget_tracks() TO wardwatch_alerts;

-- With the pictures of somebody who is erased go the tracks.
CREATE OR REPLACE FUNCTION alerts.forget_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM alerts.sighting WHERE entry_id = new.id AND incident_id IS NULL;
    UPDATE alerts.sighting SET track_id = NULL, track_began_us = NULL
    WHERE track_id IS NOT NULL AND incident_id IN (
        SELECT id FROM alerts.incident WHERE entry_id = new.id AND tracks IS NOT NULL
    );
    WITH gone AS (
        UPDATE alerts.sighting SET picture = NULL WHERE entry_id = new.id AND picture IS NOT NULL RETURNING incident_id
    )
    INSERT INTO alerts.forgotten (incident_id) SELECT DISTINCT incident_id FROM gone
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- migrate:down

CREATE OR REPLACE FUNCTION alerts.forget_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM alerts.sighting WHERE entry_id = new.id AND incident_id IS NULL;
    WITH gone AS (
        UPDATE alerts.sighting SET picture = NULL WHERE entry_id = new.id AND picture IS NOT NULL RETURNING incident_id
    )
    INSERT INTO alerts.forgotten (incident_id) SELECT DISTINCT incident_id FROM gone
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
DROP FUNCTION alerts.forget_tracks();
REVOKE INSERT (tracks), UPDATE (tracks) ON alerts.incident FROM wardwatch_alerts;
DROP INDEX alerts.incident_tracked;
ALTER TABLE alerts.incident DROP COLUMN tracks;
ALTER TABLE alerts.sighting
DROP CONSTRAINT walk_is_whole,
DROP CONSTRAINT track_has_a_beginning,
DROP COLUMN span_us,
DROP COLUMN views,
DROP COLUMN looks,
DROP COLUMN track_began_us,
DROP COLUMN track_id;
