-- migrate:up

-- A correction that changes what was decided begins a new round of telling people (docs/adr/0093): whoever was told is told
-- again, and where the alert is open again phones ring anew. The ids of messages hold the round's number.
CREATE TABLE delivery.round (
    incident_id uuid NOT NULL,
    number integer NOT NULL,
    began_at timestamptz NOT NULL,
    -- The alert has no outcome any more: somebody must look at it.
    is_open boolean NOT NULL,
    PRIMARY KEY (incident_id, number)
);

-- In the transaction that corrects, which holds the incident.
CREATE FUNCTION delivery.begin_round() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO delivery.round (incident_id, number, began_at, is_open)
    SELECT new.id, count(*) + 1, watchlist.present(), new.outcome IS NULL FROM delivery.round WHERE incident_id = new.id;
    INSERT INTO delivery.outbox (incident_id) VALUES (new.id);
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION delivery.begin_round() FROM PUBLIC;
CREATE TRIGGER begin_round AFTER UPDATE OF outcome ON alerts.incident
FOR EACH ROW WHEN (old.outcome IS NOT NULL AND new.outcome IS DISTINCT FROM old.outcome)
EXECUTE FUNCTION delivery.begin_round();

ALTER TABLE delivery.delivery DROP CONSTRAINT delivery_kind_check,
ADD CONSTRAINT delivery_kind_check
CHECK (kind IN ('raised', 'reopened', 'answered', 'closed', 'withdrawn', 'corrected', 'test'));

-- Who has judged judges no more, also where it was set aside; so they are not asked to.
CREATE OR REPLACE VIEW delivery.incident AS
SELECT
    i.id,
    i.site,
    i.last_camera,
    i.cameras,
    i.raised_at,
    i.entered_at,
    i.reviewers,
    i.outcome,
    k.category,
    r.account_id AS responder_id,
    array(SELECT v.account_id FROM alerts.review AS v WHERE v.incident_id = i.id) AS reviewed_by,
    coalesce((SELECT c.stopped FROM alerts.control AS c WHERE c.site = i.site ORDER BY c.at DESC LIMIT 1), false) AS is_stopped,
    coalesce(n.number, 0) AS round,
    n.began_at AS round_began_at,
    n.is_open AS round_is_open,
    array(
        SELECT v.account_id FROM alerts.review AS v WHERE v.incident_id = i.id AND v.at > n.began_at
    ) AS reviewed_since
FROM alerts.incident AS i
LEFT JOIN watchlist.alert_card AS k ON k.entry_id = i.entry_id::text
LEFT JOIN alerts.response AS r ON r.incident_id = i.id
LEFT JOIN LATERAL (
    SELECT d.number, d.began_at, d.is_open FROM delivery.round AS d
    WHERE d.incident_id = i.id ORDER BY d.number DESC LIMIT 1
) AS n ON true;

CREATE OR REPLACE FUNCTION delivery.forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
DELETE FROM delivery.delivery WHERE due_at < watchlist.present() - interval '90 days';
DELETE FROM delivery.round WHERE began_at < watchlist.present() - interval '90 days'
$$;

-- migrate:down

CREATE OR REPLACE FUNCTION delivery.forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
DELETE FROM delivery.delivery WHERE due_at < watchlist.present() - interval '90 days'
$$;

DROP VIEW delivery.incident;
CREATE VIEW delivery.incident AS
SELECT
    i.id,
    i.site,
    i.last_camera,
    i.cameras,
    i.raised_at,
    i.entered_at,
    i.reviewers,
    i.outcome,
    k.category,
    r.account_id AS responder_id,
    array(
        SELECT v.account_id FROM alerts.verdict AS v WHERE v.incident_id = i.id AND v.verdict IS NOT NULL
    ) AS reviewed_by,
    coalesce((SELECT c.stopped FROM alerts.control AS c WHERE c.site = i.site ORDER BY c.at DESC LIMIT 1), false) AS is_stopped
FROM alerts.incident AS i
LEFT JOIN watchlist.alert_card AS k ON k.entry_id = i.entry_id::text
LEFT JOIN alerts.response AS r ON r.incident_id = i.id;
GRANT SELECT ON delivery.incident TO wardwatch_delivery;

DELETE FROM delivery.delivery WHERE kind IN ('reopened', 'withdrawn', 'corrected');
ALTER TABLE delivery.delivery DROP CONSTRAINT delivery_kind_check,
ADD CONSTRAINT delivery_kind_check CHECK (kind IN ('raised', 'answered', 'closed', 'test'));

DROP TRIGGER begin_round ON alerts.incident;
DROP FUNCTION delivery.begin_round();
DROP TABLE delivery.round;
