-- migrate:up

-- What an incident may still take depends on what became of it (docs/adr/0054).
ALTER TABLE alerts.incident DROP CONSTRAINT one_incident_per_window;
ALTER TABLE alerts.incident
-- Whether sightings within its window still join it; a decided one takes only what its verdict covers.
ADD COLUMN takes_sightings boolean NOT NULL DEFAULT true,
-- Highest cosine of the sightings it stands on; of a decided one, of those that were judged.
ADD COLUMN peak_similarity real NOT NULL DEFAULT 0 CHECK (peak_similarity BETWEEN -1.001 AND 1.001),
-- In the order in which they were raised, whatever the clocks said.
ADD COLUMN number bigint;

UPDATE alerts.incident AS i SET
    takes_sightings = i.outcome IS NULL,
    peak_similarity = coalesce((SELECT max(s.similarity) FROM alerts.sighting AS s WHERE s.incident_id = i.id), 0),
    number = n.number
FROM (SELECT id, row_number() OVER (ORDER BY raised_at, id) AS number FROM alerts.incident) AS n
WHERE n.id = i.id;

ALTER TABLE alerts.incident ALTER COLUMN number SET NOT NULL;
ALTER TABLE alerts.incident ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('alerts.incident', 'number'), coalesce(max(number), 0) + 1, false)
FROM alerts.incident;

ALTER TABLE alerts.incident
ADD CONSTRAINT decided_takes_no_sightings CHECK (outcome IS NULL OR NOT takes_sightings),
-- Of the incidents that take sightings one per person and site within the window, whatever the replicas do.
ADD CONSTRAINT one_incident_takes_sightings EXCLUDE USING gist (
    entry_id WITH =, site WITH =, tstzrange(first_seen_at, quiet_until, '[]') WITH &&
) WHERE (takes_sightings);

DROP INDEX alerts.incident_newest;
CREATE UNIQUE INDEX incident_newest ON alerts.incident (number DESC);
CREATE INDEX incident_of_person ON alerts.incident (entry_id, site, last_seen_at);

CREATE FUNCTION alerts.decided_takes_no_sightings() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
BEGIN
    IF new.outcome IS NOT NULL THEN
        new.takes_sightings := false;
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER decided_takes_no_sightings BEFORE UPDATE OF outcome ON alerts.incident
FOR EACH ROW EXECUTE FUNCTION alerts.decided_takes_no_sightings();

-- migrate:down

DROP TRIGGER decided_takes_no_sightings ON alerts.incident;
DROP FUNCTION alerts.decided_takes_no_sightings();
DROP INDEX alerts.incident_of_person;
DROP INDEX alerts.incident_newest;
ALTER TABLE alerts.incident
DROP CONSTRAINT one_incident_takes_sightings,
DROP CONSTRAINT decided_takes_no_sightings;
-- Fails, and changes nothing, where a second incident was raised within a window: the former rule knew none.
ALTER TABLE alerts.incident
DROP COLUMN takes_sightings,
DROP COLUMN peak_similarity,
DROP COLUMN number,
ADD CONSTRAINT one_incident_per_window EXCLUDE USING gist (
    entry_id WITH =, site WITH =, tstzrange(first_seen_at, quiet_until, '[]') WITH &&
);
CREATE INDEX incident_newest ON alerts.incident (raised_at DESC, id DESC);
