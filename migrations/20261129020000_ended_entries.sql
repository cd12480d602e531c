-- migrate:up

-- The end of an entry ends its alerts (docs/adr/0055).
ALTER TABLE alerts.incident DROP CONSTRAINT incident_outcome_check;
ALTER TABLE alerts.incident ADD CONSTRAINT incident_outcome_check
CHECK (outcome IN ('confirmed', 'rejected', 'unresolved', 'ended'));

-- Which entries raise no alert any more; all that the alerts service needs to know of that. An entry is over when this
-- says so, and when expires_at has come.
CREATE VIEW watchlist.entry_standing AS
SELECT
    id AS entry_id,
    state IN ('suspended', 'expired', 'revoked', 'erased') AS ended,
    state = 'erased' AS erased,
    expires_at
FROM watchlist.entry
WHERE state <> 'draft';
GRANT SELECT ON watchlist.entry_standing TO wardwatch_alerts;

CREATE INDEX sighting_pictured ON alerts.sighting (entry_id) WHERE picture IS NOT NULL;

-- Decided incidents that lost their pictures by an erasure, until phones were told. No foreign key: an erasure waits for
-- nobody who works on an incident.
CREATE TABLE alerts.forgotten (incident_id uuid PRIMARY KEY);
GRANT SELECT, DELETE ON alerts.forgotten TO wardwatch_alerts;

-- Erased means gone: the cameras' pictures of the person go in the erasure's own transaction, those of decided
-- incidents too, and so does what never became an incident.
CREATE FUNCTION alerts.forget_erased() RETURNS trigger
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
REVOKE EXECUTE ON FUNCTION alerts.forget_erased() FROM PUBLIC;

CREATE TRIGGER forget_erased AFTER UPDATE OF state ON watchlist.entry
FOR EACH ROW WHEN (new.state = 'erased' AND old.state <> 'erased') EXECUTE FUNCTION alerts.forget_erased();
-- Also in a session that says it only replays what another server has done.
ALTER TABLE watchlist.entry ENABLE ALWAYS TRIGGER forget_erased;

UPDATE alerts.sighting AS s SET picture = NULL
FROM watchlist.entry AS e
WHERE e.id = s.entry_id AND e.state = 'erased' AND s.picture IS NOT NULL;

-- migrate:down

DROP TRIGGER forget_erased ON watchlist.entry;
DROP FUNCTION alerts.forget_erased();
DROP TABLE alerts.forgotten;
DROP INDEX alerts.sighting_pictured;
DROP VIEW watchlist.entry_standing;
-- The former version knows no such outcome. The audit says what became of it.
ALTER TABLE alerts.incident DISABLE TRIGGER outcome_has_reviews;
UPDATE alerts.incident SET outcome = 'unresolved' WHERE outcome = 'ended';
ALTER TABLE alerts.incident ENABLE TRIGGER outcome_has_reviews;
ALTER TABLE alerts.incident DROP CONSTRAINT incident_outcome_check;
ALTER TABLE alerts.incident ADD CONSTRAINT incident_outcome_check
CHECK (outcome IN ('confirmed', 'rejected', 'unresolved'));
