-- migrate:up

-- What the one answer whether alerts work is made of (docs/adr/0085).

-- The ways out that take no messages: asked again and again by the delivery service, and noted with what became of a
-- message.
CREATE TABLE delivery.failing (
    path text NOT NULL CHECK (path IN ('push', 'ntfy', 'chat', 'webhook')),
    -- A channel, or the host of a push service.
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 300),
    -- None: of every site.
    site alerts.token,
    since timestamptz NOT NULL,
    -- Why, as a word: what was not answered is over with the next answer, what was refused with the next message.
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 100),
    PRIMARY KEY (path, name)
);
GRANT SELECT, INSERT, DELETE, UPDATE (site, reason) ON delivery.failing TO wardwatch_delivery;
GRANT SELECT ON delivery.failing TO wardwatch_alerts;

CREATE INDEX delivery_taken ON delivery.delivery (target, sent_at) WHERE path = 'webhook' AND state = 'sent';

-- A dead letter is told of until its channel takes a message, or is gone. A phone rings that has shown what was pushed.
CREATE OR REPLACE VIEW delivery.health AS
SELECT
    (SELECT at FROM delivery.pulse) AS looked_at,
    (
        SELECT count(*) FROM delivery.delivery AS d
        INNER JOIN delivery.arrangement AS a ON a.kind = 'channel' AND a.name = d.target AND a.removed_at IS NULL
        WHERE d.state = 'dead' AND NOT EXISTS (
            SELECT FROM delivery.delivery AS l
            WHERE l.target = d.target AND l.path = 'webhook' AND l.state = 'sent' AND l.sent_at > d.due_at
        )
    ) AS dead_letters,
    (
        SELECT min(failing_since) FROM delivery.phone
    ) AS push_failing_since,
    (
        SELECT min(due_at) FROM delivery.delivery
        WHERE state = 'waiting' AND path <> 'webhook' AND due_at < watchlist.present() - interval '1 minute'
    ) AS late_since,
    ARRAY(
        SELECT DISTINCT d.site FROM delivery.on_duty AS d
        INNER JOIN delivery.phone AS p ON p.account_id = d.account_id AND p.proven_at IS NOT NULL AND p.failing_since IS NULL
    )::text [] AS sites_with_phones;

-- How long the oldest change of the list has waited for the matchers; none when none does.
CREATE VIEW watchlist.unpublished AS
SELECT extract(EPOCH FROM now() - min(committed_at))::float8 AS waiting_seconds FROM watchlist.outbox;
GRANT SELECT ON watchlist.unpublished TO wardwatch_alerts;

-- Who said that a camera is not missed any more is in the audit.
SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('camera.forgotten', 'said that a camera is not missed any more')
ON CONFLICT DO NOTHING;

-- The name is as the page or the command line says it, so no id is claimed.
CREATE FUNCTION audit.write_forgotten_camera() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_name, action, subject_kind, subject, details) VALUES (
        coalesce(nullif(left(new.unexpected_by, 200), ''), session_user::text),
        'camera.forgotten', 'site', new.site, jsonb_build_object('camera', new.camera)
    );
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.write_forgotten_camera() FROM PUBLIC;
-- Only while the trigger below is made.
GRANT EXECUTE ON FUNCTION audit.write_forgotten_camera() TO wardwatch_owner;
RESET ROLE;

CREATE TRIGGER audit_camera AFTER UPDATE ON alerts.camera
FOR EACH ROW WHEN (old.expected AND NOT new.expected) EXECUTE FUNCTION audit.write_forgotten_camera();
ALTER TABLE alerts.camera ENABLE ALWAYS TRIGGER audit_camera;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_forgotten_camera() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TRIGGER audit_camera ON alerts.camera;
DROP VIEW watchlist.unpublished;
CREATE OR REPLACE VIEW delivery.health AS
SELECT
    (SELECT at FROM delivery.pulse) AS looked_at,
    (SELECT count(*) FROM delivery.delivery WHERE state = 'dead') AS dead_letters,
    (
        SELECT min(failing_since) FROM delivery.phone
    ) AS push_failing_since,
    (
        SELECT min(due_at) FROM delivery.delivery
        WHERE state = 'waiting' AND path <> 'webhook' AND due_at < watchlist.present() - interval '1 minute'
    ) AS late_since,
    ARRAY(SELECT DISTINCT site FROM delivery.on_duty WHERE phones > 0)::text [] AS sites_with_phones;
DROP INDEX delivery.delivery_taken;
DROP TABLE delivery.failing;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_forgotten_camera();
-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code = 'camera.forgotten' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
