-- Accounts carry sites; sessions are announced, so that who asks is known from memory; faces are read at a pace
-- (docs/adr/0073).

-- migrate:up

-- None: every site, as all accounts were until now.
ALTER TABLE accounts.account ADD COLUMN sites text []
CONSTRAINT account_sites_are_names CHECK (
    sites IS NULL
    OR (
        cardinality(sites) BETWEEN 1 AND 1000
        AND array_to_string(sites, ',', '') ~ '^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64})*$'
    )
);

-- Whose sessions are open, with the sites of each; what session_holder was for the former version.
CREATE VIEW accounts.open_session AS
SELECT
    h.token_sha256,
    h.account_id,
    h.name,
    h.role,
    h.expires_at,
    a.sites
FROM accounts.session_holder AS h
INNER JOIN accounts.account AS a ON a.id = h.account_id;
GRANT SELECT ON accounts.open_session TO wardwatch_alerts, wardwatch_import;
GRANT SELECT (sites) ON accounts.account TO wardwatch_audit;

-- Whoever holds sessions in memory hears at once of an account whose sessions, role, sites or standing changed.
CREATE FUNCTION accounts.announce() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF tg_table_name = 'account' THEN
        PERFORM pg_notify('wardwatch_sessions', new.id::text);
    ELSIF tg_op = 'DELETE' THEN
        PERFORM pg_notify('wardwatch_sessions', old.account_id::text);
    ELSE
        PERFORM pg_notify('wardwatch_sessions', new.account_id::text);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON accounts.session
FOR EACH ROW EXECUTE FUNCTION accounts.announce();
CREATE TRIGGER announce AFTER UPDATE ON accounts.account
FOR EACH ROW EXECUTE FUNCTION accounts.announce();

-- The same as with four arguments, for an account that is to see these sites alone; none: every site.
CREATE FUNCTION accounts.add_account(
    p_name text, p_role text, p_code_sha256 bytea, p_expires_at timestamptz, p_sites text []
) RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO accounts.account (name, role, sites) VALUES (p_name, p_role, p_sites);
    RETURN accounts.invite(p_name, p_code_sha256, p_expires_at);
END
$$;

-- What an account may see and act on from now on, in its open sessions too. Raises no_data_found for an unknown name.
CREATE FUNCTION accounts.set_sites(p_name text, p_sites text []) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE accounts.account SET sites = p_sites WHERE name = p_name;
    IF NOT found THEN
        RAISE EXCEPTION 'no account is named %', p_name USING ERRCODE = 'no_data_found';
    END IF;
END
$$;
REVOKE EXECUTE ON FUNCTION accounts.add_account(text, text, bytea, timestamptz, text []) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION accounts.set_sites(text, text []) FROM PUBLIC;

-- The record refuses an answer to an alert of another site, whatever a program does.
CREATE FUNCTION alerts.answered_within_its_sites() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts.account AS a INNER JOIN alerts.incident AS i ON i.id = new.incident_id
        WHERE a.id = new.account_id AND (a.sites IS NULL OR i.site = ANY (a.sites))
    ) THEN
        RAISE EXCEPTION 'this account does not answer alerts of that site' USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER answered_within_its_sites BEFORE INSERT ON alerts.response
FOR EACH ROW EXECUTE FUNCTION alerts.answered_within_its_sites();
CREATE TRIGGER answered_within_its_sites BEFORE INSERT ON alerts.review
FOR EACH ROW EXECUTE FUNCTION alerts.answered_within_its_sites();

-- The desk shows labels and enrolled faces beside an incident to accounts of its site only.
CREATE OR REPLACE VIEW alerts.incident_subject AS
SELECT
    id AS incident_id,
    entry_id,
    site
FROM alerts.incident;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('reading.slowed', 'looked at faces faster than any work needs, and had to wait'),
('reading.unusual', 'looked at very many faces within a day')
ON CONFLICT DO NOTHING;

-- How many faces an account has looked at lately, counted over all replicas and services.
CREATE TABLE audit.reading (
    account_id uuid PRIMARY KEY,
    credit double precision NOT NULL,
    at timestamptz NOT NULL,
    day_began_at timestamptz NOT NULL,
    day_count integer NOT NULL DEFAULT 0,
    told_at timestamptz
);

-- Counts one face that is about to be shown to an account; returns after how many seconds it may be, zero for now. Call
-- it in the transaction that reads, and commit that also when the face is not shown: what it tells the audit is in it.
-- Of 120 faces at once and one every two seconds from then on nobody who compares faces ever hears.
CREATE FUNCTION audit.admit_reading(p_actor uuid, p_actor_name text) RETURNS double precision
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    burst constant double precision := 120;
    a_second constant double precision := 0.5;
    many_a_day constant integer := 600;
    present constant timestamptz := clock_timestamp();
    known audit.reading;
BEGIN
    INSERT INTO audit.reading (account_id, credit, at, day_began_at) VALUES (p_actor, burst, present, present)
    ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT known FROM audit.reading WHERE account_id = p_actor FOR UPDATE;

    known.credit := least(burst, known.credit + a_second * greatest(0, extract(EPOCH FROM present - known.at)));
    known.at := present;
    IF known.credit < 1 THEN
        IF known.told_at IS NULL OR present NOT BETWEEN known.told_at AND known.told_at + interval '1 hour' THEN
            known.told_at := present;
            INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
                p_actor, p_actor_name, 'reading.slowed', 'account', p_actor,
                jsonb_build_object('account', p_actor_name, 'faces_today', known.day_count)
            );
        END IF;
        UPDATE audit.reading SET credit = known.credit, at = known.at, told_at = known.told_at
        WHERE account_id = p_actor;
        RETURN (1 - known.credit) / a_second;
    END IF;

    IF present NOT BETWEEN known.day_began_at AND known.day_began_at + interval '1 day' THEN
        known.day_began_at := present;
        known.day_count := 0;
    END IF;
    known.day_count := known.day_count + 1;
    IF known.day_count % many_a_day = 0 THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
            p_actor, p_actor_name, 'reading.unusual', 'account', p_actor,
            jsonb_build_object('account', p_actor_name, 'faces_today', known.day_count)
        );
    END IF;
    UPDATE audit.reading SET
        credit = known.credit - 1, at = known.at, day_began_at = known.day_began_at, day_count = known.day_count
    WHERE account_id = p_actor;
    RETURN 0;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.admit_reading(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.admit_reading(uuid, text) TO wardwatch_alerts, wardwatch_import;

CREATE OR REPLACE FUNCTION audit.write_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('account', new.name, 'role', new.role)
    || CASE WHEN new.sites IS NULL THEN '{}' ELSE jsonb_build_object('sites', new.sites) END;
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (audit.present_actor(), audit.present_actor_name(), 'account.added', 'account', new.id, told);
        RETURN NULL;
    END IF;
    IF (new.name, new.role, new.sites) IS DISTINCT FROM (old.name, old.role, old.sites) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(), 'account.changed', 'account', new.id,
            told || jsonb_build_object('was_account', old.name, 'was_role', old.role)
            || CASE WHEN new.sites IS DISTINCT FROM old.sites
                THEN jsonb_build_object('was_sites', coalesce(to_jsonb(old.sites), '"every"')) ELSE '{}'
            END
        );
    END IF;
    IF (new.disabled_at IS NULL) <> (old.disabled_at IS NULL) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(),
            CASE WHEN new.disabled_at IS NULL THEN 'account.enabled' ELSE 'account.disabled' END,
            'account', new.id, audit.words(new.disabled_reason), told
        );
    END IF;
    RETURN NULL;
END
$$;
RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;
CREATE OR REPLACE FUNCTION audit.write_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('account', new.name, 'role', new.role);
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (audit.present_actor(), audit.present_actor_name(), 'account.added', 'account', new.id, told);
        RETURN NULL;
    END IF;
    IF (new.name, new.role) IS DISTINCT FROM (old.name, old.role) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(), 'account.changed', 'account', new.id,
            told || jsonb_build_object('was_account', old.name, 'was_role', old.role)
        );
    END IF;
    IF (new.disabled_at IS NULL) <> (old.disabled_at IS NULL) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(),
            CASE WHEN new.disabled_at IS NULL THEN 'account.enabled' ELSE 'account.disabled' END,
            'account', new.id, audit.words(new.disabled_reason), told
        );
    END IF;
    RETURN NULL;
END
$$;
DROP FUNCTION audit.admit_reading(uuid, text);
DROP TABLE audit.reading;
-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code IN ('reading.slowed', 'reading.unusual') AND NOT EXISTS (
    SELECT FROM audit.event AS e WHERE e.action = a.code
);
RESET ROLE;

DROP VIEW alerts.incident_subject;
CREATE VIEW alerts.incident_subject AS
SELECT
    id AS incident_id,
    entry_id
FROM alerts.incident;
GRANT SELECT ON alerts.incident_subject TO wardwatch_import;

DROP TRIGGER answered_within_its_sites ON alerts.review;
DROP TRIGGER answered_within_its_sites ON alerts.response;
DROP FUNCTION alerts.answered_within_its_sites();
DROP FUNCTION accounts.set_sites(text, text []);
DROP FUNCTION accounts.add_account(text, text, bytea, timestamptz, text []);
DROP TRIGGER announce ON accounts.account;
DROP TRIGGER announce ON accounts.session;
DROP FUNCTION accounts.announce();
DROP VIEW accounts.open_session;
ALTER TABLE accounts.account DROP COLUMN sites;
