-- migrate:up

-- Beside the former version: yes. A table, a function and an action that it does not know of.

-- The signed report of a confirmed incident that left the hospital: who made it, why, and of which content (docs/adr/0104).
CREATE TABLE alerts.export (
    id uuid PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES alerts.incident ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts.account,
    format text NOT NULL CHECK (format IN ('json', 'pdf')),
    with_pictures boolean NOT NULL,
    content_sha256 text NOT NULL CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    at timestamptz NOT NULL
);
CREATE INDEX export_of_incident ON alerts.export (incident_id);

-- Incidents are counted by their days.
CREATE INDEX incident_raised ON alerts.incident (raised_at);

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES ('incident.exported', 'made a signed report of an incident')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_export() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
    SELECT a.id, a.name, 'incident.exported', 'incident', new.incident_id, audit.words(new.reason),
        audit.grounds_of(new.incident_id) || jsonb_build_object(
            'format', new.format, 'pictures', new.with_pictures, 'content_sha256', new.content_sha256
        )
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.write_export() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.write_export() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_export AFTER INSERT ON alerts.export
FOR EACH ROW EXECUTE FUNCTION audit.write_export();
ALTER TABLE alerts.export ENABLE ALWAYS TRIGGER audit_export;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_export() FROM wardwatch_owner;
RESET ROLE;

-- Notes that a report of a confirmed incident is made. False: not for the holder of this token; null: it is not confirmed.
CREATE FUNCTION alerts.export_incident(
    p_token text, p_id uuid, p_incident uuid, p_format text, p_with_pictures boolean, p_sha256 text, p_reason text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_incident alerts.incident;
    v_account uuid;
BEGIN
    SELECT * INTO v_incident FROM alerts.incident WHERE id = p_incident FOR SHARE;
    SELECT h.account_id INTO v_account FROM delivery.holds(p_token, v_incident.site, '{supervisor,administrator}') AS h;
    IF v_account IS NULL OR v_incident.id IS NULL THEN
        RETURN false;
    END IF;
    IF v_incident.outcome IS DISTINCT FROM 'confirmed' THEN
        RETURN NULL;
    END IF;
    INSERT INTO alerts.export (id, incident_id, account_id, format, with_pictures, content_sha256, reason, at)
    VALUES (p_id, p_incident, v_account, p_format, p_with_pictures, p_sha256, p_reason, watchlist.present());
    RETURN true;
END
$$;
REVOKE EXECUTE ON FUNCTION alerts.export_incident(text, uuid, uuid, text, boolean, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alerts.export_incident(text, uuid, uuid, text, boolean, text, text) TO wardwatch_alerts;

-- What people wrote of somebody who is erased goes with the rest.
CREATE FUNCTION alerts.forget_export_reasons() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE alerts.export SET reason = '' WHERE reason <> '' AND incident_id IN (
        SELECT id FROM alerts.incident WHERE entry_id = new.id
    );
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION alerts.forget_export_reasons() FROM PUBLIC;
CREATE TRIGGER forget_export_reasons AFTER UPDATE OF state ON watchlist.entry
FOR EACH ROW WHEN (new.state = 'erased' AND old.state <> 'erased') EXECUTE FUNCTION alerts.forget_export_reasons();
ALTER TABLE watchlist.entry ENABLE ALWAYS TRIGGER forget_export_reasons;

-- migrate:down

DROP TRIGGER forget_export_reasons ON watchlist.entry;
DROP FUNCTION alerts.forget_export_reasons();
DROP FUNCTION alerts.export_incident(text, uuid, uuid, text, boolean, text, text);
DROP TABLE alerts.export;
DROP INDEX alerts.incident_raised;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_export();
-- What is in the chain stays there, and so does its title.
DELETE FROM audit.action AS a
WHERE code = 'incident.exported' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
