-- migrate:up

-- Beside the former version: yes. New functions, actions and indexes.

-- The audit on the page (docs/adr/0103): who reads, exports or recomputes it is noted first, and nothing of it can be
-- had by whoever has not noted that within the hour.
SET LOCAL ROLE wardwatch_keeper;
INSERT INTO audit.action (code, title, noted_through) VALUES
('audit.read', 'read the audit', '{wardwatch_alerts}'),
('audit.verified', 'had the chain of the audit recomputed', '{wardwatch_alerts}')
ON CONFLICT DO NOTHING;
UPDATE audit.action SET noted_through = '{wardwatch_audit,wardwatch_alerts}' WHERE code = 'audit.exported';

-- What is looked for: an account's acts, and what concerns an entry or an account that is named beside the subject.
CREATE INDEX event_of_actor ON audit.event (actor_name, sequence);
CREATE INDEX event_about_entry ON audit.event ((details ->> 'entry')) WHERE (details ->> 'entry') IS NOT NULL;
CREATE INDEX event_about_other ON audit.event ((details ->> 'other')) WHERE (details ->> 'other') IS NOT NULL;
CREATE INDEX event_about_account ON audit.event ((details ->> 'account')) WHERE (details ->> 'account') IS NOT NULL;

-- Events between two numbers, of whatever is wanted; null does not narrow it. For whom it says, and only if they have
-- noted in this transaction, or within the last hour, that they read it.
CREATE FUNCTION audit.found(
    p_reader uuid, p_reader_name text, p_after bigint, p_before bigint, p_most integer, p_newest boolean,
    p_since timestamptz, p_until timestamptz, p_account text, p_kind text, p_about text
) RETURNS SETOF audit.event
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit.pending WHERE actor_id = p_reader AND action LIKE 'audit.%') AND NOT EXISTS (
        SELECT FROM audit.event AS e
        WHERE e.actor_name = p_reader_name AND e.actor_id = p_reader AND e.at > now() - interval '1 hour'
            AND e.action IN ('audit.read', 'audit.verified', 'audit.exported')
    ) THEN
        RAISE EXCEPTION 'it is noted first that the audit is read'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reading_is_noted';
    END IF;
    -- Planned each time for what is wanted.
    RETURN QUERY EXECUTE format(
        $q$
        SELECT e.* FROM audit.event AS e
        WHERE e.sequence > $1 AND e.sequence < $2
            AND ($4 IS NULL OR e.at >= $4) AND ($5 IS NULL OR e.at < $5)
            AND ($6 IS NULL OR e.actor_name = $6 OR e.details ->> 'account' = $6)
            AND ($7 IS NULL OR e.action = $7 OR split_part(e.action, '.', 1) = $7)
            AND ($8 IS NULL OR e.subject = $8 OR e.details ->> 'entry' = $8 OR e.details ->> 'other' = $8)
        ORDER BY e.sequence %s LIMIT least($3, 2000)
        $q$, CASE WHEN p_newest THEN 'DESC' ELSE 'ASC' END
    ) USING p_after, p_before, p_most, p_since, p_until, p_account, p_kind, p_about;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.found(
    uuid, text, bigint, bigint, integer, boolean, timestamptz, timestamptz, text, text, text
) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.found(
    uuid, text, bigint, bigint, integer, boolean, timestamptz, timestamptz, text, text, text
), audit.note(uuid, text, text, text, text, text, jsonb) TO wardwatch_owner;
RESET ROLE;

-- Who reads the audit: the chain is one over all sites, so it is nobody's who is for some of them.
CREATE FUNCTION accounts.audit_reader(p_token text, p_proven boolean) RETURNS accounts.account
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, '{administrator,auditor}', p_proven);
BEGIN
    IF v_actor.sites IS NOT NULL THEN
        PERFORM accounts.refuse('audit_of_every_site');
    END IF;
    RETURN v_actor;
END
$$;

CREATE FUNCTION accounts.note_audit(p_token text, p_action text, p_reason text, p_details jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.audit_reader(p_token, p_action = 'audit.exported');
BEGIN
    PERFORM audit.note(v_actor.id, v_actor.name, p_action, 'audit', '', p_reason, p_details);
END
$$;

CREATE FUNCTION accounts.read_audit(
    p_token text, p_after bigint, p_before bigint, p_most integer, p_newest boolean,
    p_since timestamptz, p_until timestamptz, p_account text, p_kind text, p_about text
) RETURNS TABLE (
    sequence bigint, at timestamptz, actor_id uuid, actor_name text, through text, action text, subject_kind text,
    subject text, reason text, details jsonb, previous_sha256 bytea, sha256 bytea
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.audit_reader(p_token, false);
BEGIN
    RETURN QUERY SELECT * FROM audit.found(
        v_actor.id, v_actor.name, p_after, p_before, p_most, p_newest, p_since, p_until, p_account, p_kind, p_about
    );
END
$$;

-- Who is signed in where, of the accounts that somebody sees; who was active last stands first.
CREATE FUNCTION accounts.sessions(p_token text) RETURNS TABLE (
    account_id uuid, account_name text, role text, id uuid, device text, way text, created_at timestamptz,
    used_at timestamptz, expires_at timestamptz, own boolean, kept boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, '{supervisor,administrator,auditor}', false);
BEGIN
    RETURN QUERY
    SELECT
        a.id, a.name, a.role, s.id, s.device, s.way, s.created_at, s.used_at, s.expires_at,
        s.token_sha256 = sha256(convert_to(p_token, 'UTF8')), a.id <> v_actor.id AND accounts.keeps(v_actor, a)
    FROM accounts.session AS s INNER JOIN accounts.account AS a ON a.id = s.account_id
    WHERE accounts.sees(v_actor, a) AND s.ended_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL
    ORDER BY coalesce(s.used_at, s.created_at) DESC, s.id LIMIT 1000;
END
$$;

REVOKE EXECUTE ON FUNCTION accounts.sessions(text), accounts.audit_reader(text, boolean), accounts.note_audit(text, text, text, jsonb),
accounts.read_audit(text, bigint, bigint, integer, boolean, timestamptz, timestamptz, text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts.sessions(text), accounts.note_audit(text, text, text, jsonb),
accounts.read_audit(text, bigint, bigint, integer, boolean, timestamptz, timestamptz, text, text, text)
TO wardwatch_alerts;

-- migrate:down

DROP FUNCTION accounts.sessions(text);
DROP FUNCTION accounts.read_audit(
    text, bigint, bigint, integer, boolean, timestamptz, timestamptz, text, text, text
);
DROP FUNCTION accounts.note_audit(text, text, text, jsonb);
DROP FUNCTION accounts.audit_reader(text, boolean);
SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.note(uuid, text, text, text, text, text, jsonb) FROM wardwatch_owner;
DROP FUNCTION audit.found(
    uuid, text, bigint, bigint, integer, boolean, timestamptz, timestamptz, text, text, text
);
DROP INDEX audit.event_of_actor, audit.event_about_entry, audit.event_about_other, audit.event_about_account;
UPDATE audit.action SET noted_through = '{wardwatch_audit}' WHERE code = 'audit.exported';
-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code IN ('audit.read', 'audit.verified')
AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
