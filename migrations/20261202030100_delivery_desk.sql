-- migrate:up

-- What people set on the page: a channel rests without that its address is forgotten; and an administrator who is let in
-- anew by the files of the installation has an entry of its own in the audit.

-- No message but a test leaves by a channel that is paused. False: no such channel of the holder of this token.
CREATE FUNCTION delivery.pause_channel(p_token text, p_name text, p_paused boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE delivery.arrangement AS a SET
        document = a.document || jsonb_build_object('paused', p_paused),
        changed_at = watchlist.present(), changed_by_id = h.account_id, changed_by_name = h.name
    FROM delivery.arrangement AS w CROSS JOIN LATERAL delivery.holds(p_token, w.site, '{administrator}') AS h
    WHERE w.kind = 'channel' AND w.name = p_name AND w.removed_at IS NULL AND a.kind = w.kind AND a.name = w.name;
    RETURN found;
END
$$;
REVOKE EXECUTE ON FUNCTION delivery.pause_channel(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION delivery.pause_channel(text, text, boolean) TO wardwatch_alerts;

-- A phone says that it has shown a message. The page of its session is told, wherever it is open.
CREATE OR REPLACE FUNCTION delivery.note_receipt(p_delivery uuid, p_receipt_sha256 bytea, p_state text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_target text;
    v_session bytea;
BEGIN
    UPDATE delivery.delivery SET
        shown_at = coalesce(shown_at, watchlist.present()),
        opened_at = CASE WHEN p_state = 'opened' THEN coalesce(opened_at, watchlist.present()) ELSE opened_at END
    WHERE id = p_delivery AND receipt_sha256 = p_receipt_sha256 AND p_state IN ('shown', 'opened')
    RETURNING target INTO v_target;
    UPDATE delivery.subscription SET proven_at = watchlist.present(), failing_since = NULL WHERE id::text = v_target
    RETURNING token_sha256 INTO v_session;
    IF v_session IS NOT NULL THEN
        PERFORM pg_notify('wardwatch_alerts', 'proven ' || encode(v_session, 'hex'));
    END IF;
    RETURN v_target IS NOT NULL;
END
$$;

-- Whose phones have shown what was pushed to them.
CREATE VIEW delivery.proven AS
SELECT DISTINCT account_id FROM delivery.phone WHERE proven_at IS NOT NULL;
GRANT SELECT ON delivery.proven TO wardwatch_alerts;

-- Lets a lost administrator in by a new code alone; returns how many sessions ended. For who owns the schema.
CREATE FUNCTION accounts.reset_administrator(p_name text, p_code_sha256 bytea, p_until timestamptz) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    v_ended integer;
BEGIN
    IF NOT EXISTS (SELECT FROM accounts.account WHERE name = p_name AND role = 'administrator' FOR UPDATE) THEN
        RETURN NULL;
    END IF;
    PERFORM accounts.enable(p_name);
    v_ended := accounts.sign_out(p_name);
    PERFORM set_config('wardwatch.resets', p_name, true);
    PERFORM accounts.invite(p_name, p_code_sha256, p_until);
    PERFORM set_config('wardwatch.resets', '', true);
    RETURN v_ended;
END
$$;
REVOKE EXECUTE ON FUNCTION accounts.reset_administrator(text, bytea, timestamptz) FROM PUBLIC;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('account.reset', 'let a lost administrator in anew, by the files of the installation')
ON CONFLICT DO NOTHING;

-- Who is let in by which way: a service that says that it resets is not believed.
CREATE OR REPLACE FUNCTION audit.write_code() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT audit.present_actor(), audit.present_actor_name(),
        CASE
            WHEN current_setting('wardwatch.resets', true) = a.name
                AND pg_has_role(session_user, 'wardwatch_owner', 'MEMBER') THEN 'account.reset'
            ELSE 'account.invited'
        END,
        'account', a.id, jsonb_build_object('account', a.name, 'expires_at', audit.moment(new.expires_at))
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION audit.write_arrangement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        new.changed_by_id, new.changed_by_name,
        CASE WHEN new.removed_at IS NULL THEN 'delivery.arranged' ELSE 'delivery.dismissed' END,
        'site', coalesce(new.site, ''),
        jsonb_build_object('kind', new.kind, 'name', new.name) || CASE
            WHEN new.kind = 'channel' THEN jsonb_build_object(
                'path', new.document ->> 'path', 'paused', coalesce(new.document -> 'paused', 'false')
            )
            ELSE new.document
        END
    );
    RETURN NULL;
END
$$;

RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;

CREATE OR REPLACE FUNCTION audit.write_arrangement() RETURNS trigger
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

CREATE OR REPLACE FUNCTION audit.write_code() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT audit.present_actor(), audit.present_actor_name(), 'account.invited', 'account', a.id,
        jsonb_build_object('account', a.name, 'expires_at', audit.moment(new.expires_at))
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;
-- What was done stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code = 'account.reset' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);

RESET ROLE;

DROP FUNCTION accounts.reset_administrator(text, bytea, timestamptz);
DROP FUNCTION delivery.pause_channel(text, text, boolean);
DROP VIEW delivery.proven;

CREATE OR REPLACE FUNCTION delivery.note_receipt(p_delivery uuid, p_receipt_sha256 bytea, p_state text) RETURNS boolean
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
