-- migrate:up

-- The face of an alert is sealed under a key that is not in this database (docs/adr/0095). Those that were recorded
-- before stay as they are until they are deleted.
ALTER TABLE alerts.sighting ADD COLUMN picture_sealed boolean NOT NULL DEFAULT false;
GRANT INSERT (picture_sealed) ON alerts.sighting TO wardwatch_alerts;

-- Sightings whose face is deleted here, and whose key is still to be destroyed.
CREATE TABLE alerts.shredded (
    sighting_id text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, DELETE ON alerts.shredded TO wardwatch_alerts;

-- Whoever deletes a face, and for whatever reason, has its key destroyed.
CREATE FUNCTION alerts.note_shredded() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO alerts.shredded (sighting_id) VALUES (old.sighting_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_shredded AFTER UPDATE OF picture ON alerts.sighting
FOR EACH ROW WHEN (old.picture_sealed AND old.picture IS NOT NULL AND new.picture IS NULL)
EXECUTE FUNCTION alerts.note_shredded();
CREATE TRIGGER note_shredded_with_it AFTER DELETE ON alerts.sighting
FOR EACH ROW WHEN (old.picture_sealed AND old.picture IS NOT NULL)
EXECUTE FUNCTION alerts.note_shredded();
ALTER TABLE alerts.sighting ENABLE ALWAYS TRIGGER note_shredded;
ALTER TABLE alerts.sighting ENABLE ALWAYS TRIGGER note_shredded_with_it;

-- migrate:down

DROP TRIGGER note_shredded ON alerts.sighting;
DROP TRIGGER note_shredded_with_it ON alerts.sighting;
DROP FUNCTION alerts.note_shredded();
DROP TABLE alerts.shredded;
ALTER TABLE alerts.sighting DROP COLUMN picture_sealed;
