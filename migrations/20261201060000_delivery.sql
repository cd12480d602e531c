-- migrate:up

-- How an alert reaches people who have no page open (docs/adr/0087): what is to be told is noted in the transaction that
-- raises, answers or ends an incident, and everything after that is this schema's.
CREATE SCHEMA delivery;

-- Incidents that changed, until somebody has looked at what that asks for.
CREATE TABLE delivery.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id uuid NOT NULL
);

CREATE FUNCTION delivery.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO delivery.outbox (incident_id)
    VALUES (CASE WHEN tg_table_name = 'incident' THEN (to_jsonb(new) ->> 'id') ELSE (to_jsonb(new) ->> 'incident_id') END::uuid);
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION delivery.note_change() FROM PUBLIC;
CREATE TRIGGER note_change AFTER INSERT ON alerts.incident
FOR EACH ROW EXECUTE FUNCTION delivery.note_change();
CREATE TRIGGER note_outcome AFTER UPDATE OF outcome ON alerts.incident
FOR EACH ROW WHEN (new.outcome IS NOT NULL AND old.outcome IS NULL) EXECUTE FUNCTION delivery.note_change();
CREATE TRIGGER note_change AFTER INSERT ON alerts.response
FOR EACH ROW EXECUTE FUNCTION delivery.note_change();
CREATE TRIGGER note_change AFTER INSERT ON alerts.review
FOR EACH ROW EXECUTE FUNCTION delivery.note_change();
CREATE TRIGGER note_change AFTER INSERT ON alerts.correction
FOR EACH ROW EXECUTE FUNCTION delivery.note_change();

-- A stop of matching stops what rings there too, and a resumption lets it go on.
CREATE FUNCTION delivery.note_control() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO delivery.outbox (incident_id)
    SELECT id FROM alerts.incident WHERE site = new.site AND outcome IS NULL;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION delivery.note_control() FROM PUBLIC;
CREATE TRIGGER note_control AFTER INSERT ON alerts.control
FOR EACH ROW EXECUTE FUNCTION delivery.note_control();

-- Incidents whose ladder has a next step, and when that is. One row is worked on by one replica at a time.
CREATE TABLE delivery.ladder (
    incident_id uuid PRIMARY KEY,
    next_at timestamptz NOT NULL
);

-- One message by one path. Without a foreign key: what waits to be sent must hold up nobody who works on an incident.
CREATE TABLE delivery.delivery (
    id uuid PRIMARY KEY,
    -- None: a test.
    incident_id uuid,
    site alerts.token NOT NULL,
    kind text NOT NULL CHECK (kind IN ('raised', 'answered', 'closed', 'test')),
    path text NOT NULL CHECK (path IN ('push', 'ntfy', 'chat', 'webhook', 'nats', 'nobody')),
    -- Whose phone; none: a channel.
    account_id uuid,
    -- The subscription, or the channel by its name.
    target text NOT NULL,
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'dead', 'cancelled')),
    -- Why it failed, as a word.
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 100),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    -- Until then it is one replica's to send.
    leased_until timestamptz,
    -- SHA-256 of what a phone sends back to say that it showed this.
    receipt_sha256 bytea CHECK (octet_length(receipt_sha256) = 32),
    sent_at timestamptz,
    shown_at timestamptz,
    opened_at timestamptz,
    answered_at timestamptz
);
CREATE INDEX delivery_waiting ON delivery.delivery (next_at) WHERE state = 'waiting';
CREATE INDEX delivery_of_incident ON delivery.delivery (incident_id);
CREATE INDEX delivery_dead ON delivery.delivery (due_at) WHERE state = 'dead';

-- A phone that may be woken, as long as its session lasts.
CREATE TABLE delivery.subscription (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    token_sha256 bytea NOT NULL UNIQUE REFERENCES accounts.session ON DELETE CASCADE,
    endpoint text NOT NULL CHECK (length(endpoint) <= 1000),
    p256dh bytea NOT NULL CHECK (octet_length(p256dh) = 65),
    auth bytea NOT NULL CHECK (octet_length(auth) = 16),
    device text NOT NULL CHECK (length(device) <= 100),
    -- Where the phone has the page open.
    origin text NOT NULL CHECK (length(origin) <= 300),
    -- When it last showed what was pushed to it, and since when pushing to it fails.
    proven_at timestamptz,
    failing_since timestamptz
);

CREATE TABLE delivery.duty (
    site alerts.token NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts.account ON DELETE CASCADE,
    since timestamptz NOT NULL,
    PRIMARY KEY (site, account_id)
);

-- What people have arranged: channels, zones, rules, and what a site lets out. A name that is taken away stays for the audit.
CREATE TABLE delivery.arrangement (
    kind text NOT NULL CHECK (kind IN ('channel', 'zone', 'rule', 'site')),
    name alerts.token NOT NULL,
    -- None: of every site.
    site alerts.token,
    document jsonb NOT NULL CHECK (pg_column_size(document) <= 16384),
    -- Address and password of a channel, sealed for the delivery service (libsodium's sealed box).
    sealed_target bytea CHECK (octet_length(sealed_target) <= 4096),
    changed_at timestamptz NOT NULL DEFAULT watchlist.present(),
    changed_by_id uuid NOT NULL,
    changed_by_name text NOT NULL,
    removed_at timestamptz,
    PRIMARY KEY (kind, name),
    CHECK (removed_at IS NULL OR sealed_target IS NULL)
);

-- That the service is at work: one row, written with every look.
CREATE TABLE delivery.pulse (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    at timestamptz NOT NULL
);
INSERT INTO delivery.pulse (at) VALUES ('-infinity');

-- --- what the delivery service reads

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

-- Phones of people who may answer alerts, with whose they are and for which sites.
CREATE VIEW delivery.phone AS
SELECT
    s.id,
    o.account_id,
    o.role,
    o.sites,
    s.endpoint,
    s.p256dh,
    s.auth,
    s.origin,
    s.device,
    s.proven_at,
    s.failing_since
FROM delivery.subscription AS s
INNER JOIN accounts.open_session AS o ON o.token_sha256 = s.token_sha256
WHERE o.role IN ('guard', 'supervisor', 'administrator');

-- Who is on duty where: has said so, and is signed in since before. A later session is another shift.
CREATE VIEW delivery.on_duty AS
SELECT
    d.site,
    d.account_id,
    a.name,
    a.role,
    d.since,
    count(s.id) AS phones,
    max(s.proven_at) AS proven_at
FROM delivery.duty AS d
INNER JOIN accounts.account AS a
    ON a.id = d.account_id AND (a.sites IS NULL OR d.site = ANY (a.sites)) AND a.role IN ('guard', 'supervisor', 'administrator')
INNER JOIN accounts.open_session AS o ON o.account_id = a.id
INNER JOIN accounts.session AS t ON t.token_sha256 = o.token_sha256 AND t.created_at <= d.since
LEFT JOIN delivery.subscription AS s ON s.token_sha256 = o.token_sha256
GROUP BY d.site, d.account_id, a.name, a.role, d.since;

-- --- what the page's service does, each for the holder of a token

CREATE FUNCTION delivery.subscribe(
    p_token text, p_endpoint text, p_p256dh bytea, p_auth bytea, p_device text, p_origin text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF accounts.responder(p_token) IS NULL THEN
        RETURN false;
    END IF;
    -- A phone that was somebody else's before is his no longer.
    DELETE FROM delivery.subscription
    WHERE endpoint = p_endpoint AND token_sha256 <> sha256(convert_to(p_token, 'UTF8'));
    INSERT INTO delivery.subscription AS s (token_sha256, endpoint, p256dh, auth, device, origin)
    VALUES (sha256(convert_to(p_token, 'UTF8')), p_endpoint, p_p256dh, p_auth, p_device, p_origin)
    ON CONFLICT (token_sha256) DO UPDATE SET
        endpoint = excluded.endpoint, p256dh = excluded.p256dh, auth = excluded.auth, device = excluded.device,
        origin = excluded.origin,
        proven_at = CASE WHEN s.endpoint = excluded.endpoint THEN s.proven_at END,
        failing_since = CASE WHEN s.endpoint = excluded.endpoint THEN s.failing_since END;
    RETURN true;
END
$$;

CREATE FUNCTION delivery.unsubscribe(p_token text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
DELETE FROM delivery.subscription WHERE token_sha256 = sha256(convert_to(p_token, 'UTF8'))
$$;

CREATE FUNCTION delivery.subscribed(p_token text) RETURNS TABLE (device text, proven_at timestamptz, failing_since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT device, proven_at, failing_since FROM delivery.subscription WHERE token_sha256 = sha256(convert_to(p_token, 'UTF8'))
$$;

-- A push to the phone that asks for it; false without one. One at a time: what waits is sent first.
CREATE FUNCTION delivery.test_phone(p_token text, p_id uuid, p_site text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO delivery.delivery (id, site, kind, path, account_id, target, due_at, next_at)
    SELECT p_id, p_site, 'test', 'push', p.account_id, p.id, watchlist.present(), watchlist.present()
    FROM delivery.phone AS p INNER JOIN delivery.subscription AS s ON s.id = p.id
    WHERE s.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND NOT EXISTS (
        SELECT FROM delivery.delivery AS d WHERE d.kind = 'test' AND d.state = 'waiting' AND d.target = p.id::text
    );
    RETURN EXISTS (SELECT FROM delivery.subscription WHERE token_sha256 = sha256(convert_to(p_token, 'UTF8')));
END
$$;

-- A phone says that it has shown a message, or that somebody has opened it. Whoever has the capability may, once for each.
CREATE FUNCTION delivery.note_receipt(p_delivery uuid, p_receipt_sha256 bytea, p_state text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_target text;
BEGIN
    UPDATE delivery.delivery SET
        shown_at = coalesce(shown_at, watchlist.present()),
        opened_at = CASE WHEN p_state = 'opened' THEN coalesce(opened_at, watchlist.present()) ELSE opened_at END
    WHERE id = p_delivery AND receipt_sha256 = p_receipt_sha256 AND p_state IN ('shown', 'opened')
    RETURNING target INTO v_target;
    UPDATE delivery.subscription SET proven_at = watchlist.present(), failing_since = NULL WHERE id::text = v_target;
    RETURN v_target IS NOT NULL;
END
$$;

-- Whether the holder of a token may act for a site; none is every site.
CREATE FUNCTION delivery.holds(p_token text, p_site text, p_roles text []) RETURNS TABLE (account_id uuid, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT o.account_id, o.name FROM accounts.open_session AS o
WHERE o.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND o.role = ANY (p_roles)
    AND (o.sites IS NULL OR p_site = ANY (o.sites))
$$;

-- Puts an account on duty or takes it off: oneself, or by a keeper anybody. False: not for the holder of this token.
CREATE FUNCTION delivery.set_duty(p_token text, p_name text, p_site text, p_on boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid;
BEGIN
    SELECT a.id INTO v_account
    FROM delivery.holds(p_token, p_site, '{guard,supervisor,administrator}') AS h
    INNER JOIN accounts.account AS a ON a.name = coalesce(p_name, h.name)
    WHERE (a.id = h.account_id OR EXISTS (SELECT FROM delivery.holds(p_token, p_site, '{supervisor,administrator}')))
        AND a.role <> 'auditor' AND (a.sites IS NULL OR p_site = ANY (a.sites));
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    IF p_on THEN
        INSERT INTO delivery.duty AS d (site, account_id, since) VALUES (p_site, v_account, watchlist.present())
        ON CONFLICT (site, account_id) DO UPDATE SET since = excluded.since
        WHERE NOT EXISTS (
            SELECT FROM delivery.on_duty AS o WHERE o.site = p_site AND o.account_id = v_account
        );
    ELSE
        DELETE FROM delivery.duty WHERE site = p_site AND account_id = v_account;
    END IF;
    RETURN true;
END
$$;

-- Sets, or with no document takes away, what was arranged under a name. False: not for the holder of this token.
CREATE FUNCTION delivery.arrange(
    p_token text, p_kind text, p_name text, p_site text, p_document jsonb, p_sealed_target bytea
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_roles text [] := CASE WHEN p_kind IN ('channel', 'site') THEN '{administrator}' ELSE '{supervisor,administrator}' END;
    v_holder record;
    v_was delivery.arrangement;
BEGIN
    SELECT * INTO v_was FROM delivery.arrangement WHERE kind = p_kind AND name = p_name FOR UPDATE;
    SELECT * INTO v_holder FROM delivery.holds(p_token, p_site, v_roles);
    IF NOT FOUND OR (
        v_was.name IS NOT NULL AND v_was.removed_at IS NULL
        AND NOT EXISTS (SELECT FROM delivery.holds(p_token, v_was.site, v_roles))
    ) THEN
        RETURN false;
    END IF;
    INSERT INTO delivery.arrangement AS a (
        kind, name, site, document, sealed_target, changed_by_id, changed_by_name, removed_at
    ) VALUES (
        p_kind, p_name, p_site, coalesce(p_document, '{}'), CASE WHEN p_document IS NOT NULL THEN p_sealed_target END,
        v_holder.account_id, v_holder.name, CASE WHEN p_document IS NULL THEN watchlist.present() END
    ) ON CONFLICT (kind, name) DO UPDATE SET
        site = excluded.site, document = excluded.document, sealed_target = excluded.sealed_target,
        changed_at = watchlist.present(), changed_by_id = excluded.changed_by_id,
        changed_by_name = excluded.changed_by_name, removed_at = excluded.removed_at;
    RETURN true;
END
$$;

-- A message by a channel, to see that it arrives.
CREATE FUNCTION delivery.test_channel(p_token text, p_name text, p_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO delivery.delivery (id, site, kind, path, target, due_at, next_at)
    SELECT p_id, coalesce(a.site, 'test'), 'test', a.document ->> 'path', a.name, watchlist.present(), watchlist.present()
    FROM delivery.arrangement AS a
    WHERE a.kind = 'channel' AND a.name = p_name AND a.removed_at IS NULL
        AND EXISTS (SELECT FROM delivery.holds(p_token, a.site, '{administrator}'));
    RETURN found;
END
$$;

-- Tries a dead letter again from the beginning.
CREATE FUNCTION delivery.send_again(p_token text, p_delivery uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE delivery.delivery AS d SET
        state = 'waiting', reason = '', attempts = 0, next_at = watchlist.present(), leased_until = NULL
    WHERE d.id = p_delivery AND d.state = 'dead'
        AND EXISTS (SELECT FROM delivery.holds(p_token, d.site, '{administrator}'));
    RETURN found;
END
$$;

-- --- what the delivery service does

CREATE FUNCTION delivery.drop_phone(p_id uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
DELETE FROM delivery.subscription WHERE id = p_id
$$;

CREATE FUNCTION delivery.note_phone(p_id uuid, p_fails boolean) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
UPDATE delivery.subscription SET failing_since = CASE WHEN p_fails THEN coalesce(failing_since, watchlist.present()) END
WHERE id = p_id AND p_fails IS DISTINCT FROM (failing_since IS NOT NULL)
$$;

-- Deletes what was told so long ago; dead letters of webhooks too.
CREATE FUNCTION delivery.forget() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
DELETE FROM delivery.delivery WHERE due_at < watchlist.present() - interval '90 days'
$$;

-- --- what is wrong, for who says whether alerts are working

CREATE VIEW delivery.health AS
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

GRANT USAGE ON SCHEMA delivery TO wardwatch_alerts, wardwatch_delivery;
GRANT USAGE ON SCHEMA watchlist, alerts TO wardwatch_delivery;
GRANT EXECUTE ON FUNCTION watchlist.present() TO wardwatch_delivery;

-- Rows are locked by who may change a column of them.
GRANT SELECT, INSERT, DELETE, UPDATE (incident_id) ON delivery.outbox TO wardwatch_delivery;
GRANT SELECT, INSERT, DELETE, UPDATE (next_at) ON delivery.ladder TO wardwatch_delivery;
GRANT SELECT, INSERT, UPDATE (
    state, reason, attempts, next_at, leased_until, receipt_sha256, sent_at, answered_at
) ON delivery.delivery TO wardwatch_delivery;
GRANT SELECT ON delivery.arrangement, delivery.incident, delivery.phone, delivery.on_duty TO wardwatch_delivery;
GRANT SELECT, UPDATE (at) ON delivery.pulse TO wardwatch_delivery;

GRANT SELECT (
    id, incident_id, site, kind, path, account_id, target, due_at, state, reason, attempts, sent_at, shown_at, opened_at,
    answered_at
) ON delivery.delivery TO wardwatch_alerts;
GRANT SELECT (
    kind, name, site, document, changed_at, changed_by_name, removed_at
) ON delivery.arrangement TO wardwatch_alerts;
GRANT SELECT ON delivery.on_duty, delivery.health TO wardwatch_alerts;

REVOKE EXECUTE ON FUNCTION delivery.subscribe(text, text, bytea, bytea, text, text), delivery.unsubscribe(text),
delivery.subscribed(text), delivery.test_phone(text, uuid, text), delivery.note_receipt(uuid, bytea, text),
delivery.holds(text, text, text []), delivery.set_duty(text, text, text, boolean),
delivery.arrange(text, text, text, text, jsonb, bytea), delivery.test_channel(text, text, uuid),
delivery.send_again(text, uuid), delivery.drop_phone(uuid), delivery.note_phone(uuid, boolean), delivery.forget()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delivery.subscribe(text, text, bytea, bytea, text, text), delivery.unsubscribe(text),
delivery.subscribed(text), delivery.test_phone(text, uuid, text), delivery.note_receipt(uuid, bytea, text),
delivery.set_duty(text, text, text, boolean), delivery.arrange(text, text, text, text, jsonb, bytea),
delivery.test_channel(text, text, uuid), delivery.send_again(text, uuid)
TO wardwatch_alerts;
GRANT EXECUTE ON FUNCTION delivery.drop_phone(uuid), delivery.note_phone(uuid, boolean), delivery.forget()
TO wardwatch_delivery;

-- Who changed where alerts go is in the audit; what they are sent to is not.
SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('delivery.arranged', 'changed where alerts go'),
('delivery.dismissed', 'took away where alerts went')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_arrangement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        new.changed_by_id, new.changed_by_name,
        CASE WHEN new.removed_at IS NULL THEN 'delivery.arranged' ELSE 'delivery.dismissed' END,
        'site', coalesce(new.site, ''),
        jsonb_build_object('kind', new.kind, 'name', new.name) || CASE
            WHEN new.kind = 'channel' THEN jsonb_build_object('path', new.document ->> 'path') ELSE new.document
        END
    );
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.write_arrangement() FROM PUBLIC;
-- Only while the trigger below is made.
GRANT EXECUTE ON FUNCTION audit.write_arrangement() TO wardwatch_owner;
RESET ROLE;

CREATE TRIGGER audit_arrangement AFTER INSERT OR UPDATE ON delivery.arrangement
FOR EACH ROW EXECUTE FUNCTION audit.write_arrangement();
ALTER TABLE delivery.arrangement ENABLE ALWAYS TRIGGER audit_arrangement;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_arrangement() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TRIGGER note_control ON alerts.control;
DROP TRIGGER note_change ON alerts.correction;
DROP TRIGGER note_change ON alerts.review;
DROP TRIGGER note_change ON alerts.response;
DROP TRIGGER note_outcome ON alerts.incident;
DROP TRIGGER note_change ON alerts.incident;
DROP SCHEMA delivery CASCADE;
REVOKE EXECUTE ON FUNCTION watchlist.present() FROM wardwatch_delivery;
REVOKE USAGE ON SCHEMA watchlist, alerts FROM wardwatch_delivery;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_arrangement();
-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code IN ('delivery.arranged', 'delivery.dismissed') AND NOT EXISTS (
    SELECT FROM audit.event AS e WHERE e.action = a.code
);
RESET ROLE;
