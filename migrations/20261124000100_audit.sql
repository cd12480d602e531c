-- migrate:up

-- What people did, and every reading of sealed words, numbers and pictures (safeguard S9): only ever added to, chained by
-- hashes in the order of commits, written by triggers where a program could forget it (docs/adr/0045).
--
-- All of it belongs to wardwatch_keeper, as whom nobody can sign in and whom wardwatch_owner may stand in for only while
-- migrations run: whoever holds the owner's password cannot rewrite it.
CREATE SCHEMA audit AUTHORIZATION wardwatch_keeper;

-- The keeper's functions look these up. No sealed column, no picture, no score, no digest of a code or a session.
GRANT USAGE ON SCHEMA accounts, alerts, watchlist TO wardwatch_keeper;
GRANT SELECT (id, name) ON accounts.account TO wardwatch_keeper;
GRANT SELECT (id, batch_id) ON watchlist.entry TO wardwatch_keeper;
GRANT SELECT (id, entry_id) ON watchlist.photo TO wardwatch_keeper;
GRANT SELECT (photo_id, model_sha256) ON watchlist.template TO wardwatch_keeper;
GRANT SELECT (id, entry_id, site) ON alerts.incident TO wardwatch_keeper;
GRANT SELECT (incident_id, entry_revision, model_sha256) ON alerts.sighting TO wardwatch_keeper;
GRANT SELECT (incident_id, account_id, verdict, at) ON alerts.review TO wardwatch_keeper;
GRANT EXECUTE ON FUNCTION watchlist.present_generation() TO wardwatch_keeper;

SET LOCAL ROLE wardwatch_keeper;

-- The closed list. noted_through: the database roles that may write it by audit.note; none: only the triggers do.
CREATE TABLE audit.action (
    code text PRIMARY KEY CHECK (code ~ '^[a-z]+\.[a-z]+(_[a-z]+)*$'),
    title text NOT NULL,
    noted_through text [] NOT NULL DEFAULT '{}'
);

INSERT INTO audit.action (code, title) VALUES
    ('entry.drafted', 'began an entry'),
    ('entry.changed', 'changed an entry, or had it published again'),
    ('entry.discarded', 'threw a draft away'),
    ('entry.submitted', 'put an entry forward'),
    ('entry.approved', 'approved an entry'),
    ('entry.refused', 'refused an entry that was put forward'),
    ('entry.suspended', 'suspended an entry'),
    ('entry.resumed', 'let a suspended entry match again'),
    ('entry.renewal_asked', 'asked for a later end'),
    ('entry.renewal_dropped', 'dropped the request for a later end'),
    ('entry.renewed', 'approved a later end'),
    ('entry.expired', 'marked an entry whose time was over'),
    ('entry.threshold_set', 'set the similarity an entry needs'),
    ('entry.revoked', 'revoked an entry'),
    ('entry.erased', 'erased an entry'),
    ('photo.added', 'added a photo'),
    ('photo.warnings_accepted', 'accepted a photo''s warnings'),
    ('photo.suspended', 'suspended a photo'),
    ('photo.released', 'let a suspended photo match again'),
    ('likeness.decided', 'said whether two entries are one person'),
    ('likeness.reopened', 'took back what was said of two entries'),
    ('identity.set', 'kept an identity number'),
    ('import.opened', 'opened an import'),
    ('import.people_given', 'gave an import its list of people'),
    ('import.committed', 'committed an import'),
    ('import.undone', 'undid an import'),
    ('import.discarded', 'threw an import away'),
    ('group.set', 'named a set of sites'),
    ('group.removed', 'removed a named set of sites'),
    ('erasure.ordered', 'ordered an erasure'),
    ('erasure.key_destroyed', 'destroyed an erased entry''s data key'),
    ('erasure.stream_purged', 'deleted an erased entry''s last vectors from the stream'),
    ('erasure.receipt', 'signed that no memory holds the erased entry'),
    ('account.added', 'added an account'),
    ('account.invited', 'handed out a one-time code'),
    ('account.changed', 'changed an account''s name or role'),
    ('account.disabled', 'disabled an account'),
    ('account.enabled', 'enabled a disabled account again'),
    ('session.opened', 'signed in'),
    ('session.ended', 'signed out, or ended another''s session'),
    ('incident.raised', 'raised an incident'),
    ('incident.responded', 'went to an incident'),
    ('incident.reviewed', 'gave a verdict'),
    ('incident.decided', 'decided an incident'),
    ('matching.stopped', 'stopped matching at a site'),
    ('matching.resumed', 'resumed matching at a site'),
    ('threshold.asked', 'asked for another threshold'),
    ('threshold.approved', 'approved a threshold'),
    ('threshold.withdrawn', 'took back what was asked for'),
    ('list.comparison_asked', 'asked for a comparison of the stream with the record'),
    ('list.reconciled', 'compared the stream with the record, and put right what may be put right'),
    ('matcher.given_up', 'gave up a matcher that is not heard any more');

INSERT INTO audit.action (code, title, noted_through)
SELECT code, title, '{wardwatch_import}' FROM (VALUES
    ('entry.read', 'read an entry''s label or note'),
    ('entry.history_read', 'read an entry''s history'),
    ('entries.listed', 'read the labels of a page of entries'),
    ('photo.read', 'looked at an enrolled face'),
    ('card.read', 'read labels for incidents'),
    ('card.picture_read', 'looked at an enrolled face for an incident'),
    ('identity.revealed', 'read an identity number'),
    ('identity.refused', 'was refused an identity number'),
    ('identity.searched', 'looked for entries by an identity number'),
    ('import.read', 'read an import''s file names'),
    ('import.likenesses_read', 'read who looks like whom in an import'),
    ('keys.verified', 'checked that every entry can be opened'),
    ('keys.rewrapped', 'had data keys wrapped under the current key')
) AS listed (code, title);

INSERT INTO audit.action (code, title, noted_through) VALUES
    ('incident.picture_read', 'looked at a camera''s picture of an incident', '{wardwatch_alerts}'),
    ('incident.details_read', 'read the measurements of an incident', '{wardwatch_alerts}'),
    ('audit.exported', 'exported the audit', '{wardwatch_audit}'),
    ('keys.backed_up', 'copied the wrapped data keys to a file', '{wardwatch_audit}');

-- The chain's head. Its one row is locked last of all, at commit, by whoever adds to the chain, until that is committed.
CREATE TABLE audit.chain (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    sequence bigint NOT NULL CHECK (sequence >= 0),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
    at timestamptz NOT NULL
);
INSERT INTO audit.chain (sequence, sha256, at) VALUES (0, decode(repeat('00', 32), 'hex'), clock_timestamp());

CREATE TABLE audit.event (
    -- Without gaps, in the order of commits.
    sequence bigint PRIMARY KEY CHECK (sequence > 0),
    -- By the database's clock, when it was done; within one long transaction that is before it was chained.
    at timestamptz NOT NULL CHECK (isfinite(at)),
    -- None: somebody without an account, such as the operator on the command line. All zeros: the program by itself.
    actor_id uuid,
    actor_name text NOT NULL,
    -- The database role whose session did it.
    through text NOT NULL,
    action text NOT NULL REFERENCES audit.action (code),
    subject_kind text NOT NULL,
    subject text NOT NULL,
    -- In the person's own words; what looks like an identity number is left out of them.
    reason text NOT NULL,
    -- Ids, states and figures, nobody's name but an account's.
    details jsonb NOT NULL,
    previous_sha256 bytea NOT NULL CHECK (octet_length(previous_sha256) = 32),
    sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32)
);

CREATE INDEX event_of_subject ON audit.event (subject, sequence);
CREATE INDEX event_at ON audit.event USING brin (at);

-- Events of transactions that are not committed yet; always empty for everybody else, so it need not survive a crash.
CREATE UNLOGGED TABLE audit.pending (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id uuid,
    actor_name text NOT NULL CHECK (length(actor_name) BETWEEN 1 AND 200),
    through text NOT NULL DEFAULT session_user,
    action text NOT NULL,
    subject_kind text NOT NULL CHECK (
        subject_kind IN (
            'entry', 'entries', 'photo', 'import', 'group', 'identity', 'account', 'incident', 'site', 'keys', 'audit',
            'list', 'matcher', 'threshold'
        )
    ),
    subject text NOT NULL CHECK (length(subject) <= 200),
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 2000),
    details jsonb NOT NULL DEFAULT '{}'
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- One column as it is hashed: its length in bytes, a colon, its text; a dash where there is none.
CREATE FUNCTION audit.field(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN p_text IS NULL THEN '-' ELSE octet_length(p_text) || ':' || p_text END
$$;

-- What the hash of an event is made of, after the 32 bytes of the hash before it. In UTF-8; times are whole microseconds
-- since 1970 UTC, ids and details are as PostgreSQL writes them as text. cli/audit/chain.py does the same.
CREATE FUNCTION audit.canonical(
    p_sequence bigint, p_at timestamptz, p_actor_id uuid, p_actor_name text, p_through text, p_action text,
    p_subject_kind text, p_subject text, p_reason text, p_details jsonb
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT audit.field('wardwatch audit 1')
|| audit.field(p_sequence::text)
|| audit.field((extract(EPOCH FROM p_at) * 1000000)::bigint::text)
|| audit.field(p_actor_id::text)
|| audit.field(p_actor_name)
|| audit.field(p_through)
|| audit.field(p_action)
|| audit.field(p_subject_kind)
|| audit.field(p_subject)
|| audit.field(p_reason)
|| audit.field(p_details::text)
$$;

-- Chains what this transaction has to tell, at its very end: the chain's lock is the last one it takes, so that it can
-- wait for nobody who waits for it. The first of its events chains them all.
CREATE FUNCTION audit.chain_up() RETURNS trigger
-- The table is empty but for this transaction's rows, yet may be full of dead ones: they are never gone through.
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET enable_seqscan = off AS $$
DECLARE
    last record;
    told record;
    made bytea;
BEGIN
    IF NOT EXISTS (SELECT FROM audit.pending WHERE number = new.number) THEN
        RETURN NULL;
    END IF;
    SELECT sequence, sha256 INTO STRICT last FROM audit.chain FOR UPDATE;
    FOR told IN
        WITH gone AS (DELETE FROM audit.pending WHERE number >= new.number RETURNING *)
        SELECT * FROM gone ORDER BY number
    LOOP
        last.sequence := last.sequence + 1;
        made := sha256(last.sha256 || convert_to(audit.canonical(
            last.sequence, told.at, told.actor_id, told.actor_name, told.through, told.action, told.subject_kind,
            told.subject, told.reason, told.details
        ), 'UTF8'));
        INSERT INTO audit.event VALUES (
            last.sequence, told.at, told.actor_id, told.actor_name, told.through, told.action, told.subject_kind,
            told.subject, told.reason, told.details, last.sha256, made
        );
        last.sha256 := made;
    END LOOP;
    UPDATE audit.chain SET sequence = last.sequence, sha256 = last.sha256, at = clock_timestamp();
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER chain_up AFTER INSERT ON audit.pending
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.chain_up();

CREATE FUNCTION audit.guard_event() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'the audit is only ever added to'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_is_kept';
END
$$;

CREATE TRIGGER guard_event BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.event
FOR EACH STATEMENT EXECUTE FUNCTION audit.guard_event();
CREATE TRIGGER guard_chain BEFORE DELETE OR TRUNCATE ON audit.chain
FOR EACH STATEMENT EXECUTE FUNCTION audit.guard_event();

-- A person's words as the audit keeps them: it can forget nothing, so it takes no identity number that was typed there.
CREATE FUNCTION audit.words(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT left(
    regexp_replace(
        coalesce(p_text, ''),
        '[0-9]{14,}[0-9Xx]|[0-9]{6}[ -][0-9]{8}[ -][0-9]{3}[0-9Xx]', '[number left out]', 'g'
    ),
    2000
)
$$;

CREATE FUNCTION audit.moment(p_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

-- For rows that do not say who changed them: within this transaction it is this account. A change of an entry says so by
-- itself.
CREATE FUNCTION audit.acting(p_actor uuid, p_actor_name text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    PERFORM set_config('wardwatch.actor_id', coalesce(p_actor::text, ''), true);
    PERFORM set_config('wardwatch.actor_name', p_actor_name, true);
END
$$;

CREATE FUNCTION audit.somebody_acts() RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT coalesce(current_setting('wardwatch.actor_name', true), '') <> ''
$$;

CREATE FUNCTION audit.present_actor() RETURNS uuid
LANGUAGE sql STABLE AS $$
SELECT nullif(current_setting('wardwatch.actor_id', true), '')::uuid
$$;

CREATE FUNCTION audit.present_actor_name() RETURNS text
LANGUAGE sql STABLE AS $$
SELECT left(coalesce(nullif(current_setting('wardwatch.actor_name', true), ''), session_user::text), 200)
$$;

-- For programs: what no trigger sees, above all the reading of sealed data. Call it in the transaction that reads.
-- Words and ids only: an event can never be taken back.
CREATE FUNCTION audit.note(
    p_actor uuid, p_actor_name text, p_action text, p_subject_kind text, p_subject text, p_reason text, p_details jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := coalesce(p_details, '{}');
BEGIN
    IF NOT EXISTS (SELECT FROM audit.action WHERE code = p_action AND session_user = ANY (noted_through)) THEN
        RAISE EXCEPTION '% cannot note %', session_user, p_action
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_action_is_listed';
    END IF;
    IF jsonb_typeof(told) <> 'object' OR octet_length(told::text) > 4000 OR EXISTS (
        SELECT FROM jsonb_each(told) AS d (key, value)
        WHERE d.key !~ '^[a-z][a-z0-9_]{0,39}$' OR jsonb_typeof(d.value) = 'object'
            OR d.value::text ~ '(^|[^0-9a-z])[0-9]{17}[0-9Xx]($|[^0-9a-z])'
    ) THEN
        RAISE EXCEPTION 'details are named ids, states and figures, and no identity number'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_details_are_plain';
    END IF;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
    VALUES (p_actor, p_actor_name, p_action, p_subject_kind, coalesce(p_subject, ''), audit.words(p_reason), told);
END
$$;

-- An entry's every revision. Also says, for what else this transaction does, who does it.
CREATE FUNCTION audit.write_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    done text;
    told jsonb := jsonb_build_object('revision', new.revision, 'state', new.state);
BEGIN
    PERFORM audit.acting(new.changed_by_id, new.changed_by_name);
    done := CASE
        WHEN tg_op = 'INSERT' THEN 'entry.drafted'
        WHEN new.state = 'erased' AND old.state = 'draft' THEN 'entry.discarded'
        WHEN new.state = 'erased' THEN 'entry.erased'
        WHEN new.approved_at IS DISTINCT FROM old.approved_at AND old.state <> 'pending' THEN 'entry.renewed'
        WHEN new.state <> old.state THEN CASE new.state
            WHEN 'pending' THEN 'entry.submitted'
            WHEN 'active' THEN CASE old.state WHEN 'pending' THEN 'entry.approved' ELSE 'entry.resumed' END
            WHEN 'suspended' THEN 'entry.suspended'
            WHEN 'expired' THEN 'entry.expired'
            WHEN 'revoked' THEN CASE old.state WHEN 'pending' THEN 'entry.refused' ELSE 'entry.revoked' END
        END
        WHEN new.renewal_by_id IS NULL AND old.renewal_by_id IS NOT NULL THEN 'entry.renewal_dropped'
        WHEN (new.renewal_by_id, new.renewal_expires_at) IS DISTINCT FROM (old.renewal_by_id, old.renewal_expires_at)
            THEN 'entry.renewal_asked'
        WHEN new.min_similarity <> old.min_similarity THEN 'entry.threshold_set'
        ELSE 'entry.changed'
    END;

    IF tg_op = 'UPDATE' AND new.state <> old.state THEN
        told := told || jsonb_build_object('was', old.state);
    END IF;
    IF new.batch_id IS NOT NULL THEN
        told := told || jsonb_build_object('import', new.batch_id);
    END IF;
    -- The same cases as in watchlist.record_change: these are what the list's matchers are told.
    IF new.state <> 'draft' AND done <> 'entry.discarded' THEN
        told := told || jsonb_build_object(
            'generation', watchlist.present_generation(), 'min_similarity', new.min_similarity
        );
    END IF;
    IF done IN ('entry.submitted', 'entry.approved', 'entry.renewed') THEN
        told := told || jsonb_build_object(
            'category', new.category, 'scope', new.scope, 'sites', new.sites, 'expires_at', audit.moment(new.expires_at),
            'models', (
                -- Not a join: its plan would be made for the tables as they were when this session began.
                SELECT coalesce(jsonb_agg(DISTINCT encode(model_sha256, 'hex')), '[]') FROM watchlist.template
                WHERE photo_id = ANY (ARRAY(SELECT id FROM watchlist.photo WHERE entry_id = new.id))
            )
        );
    ELSIF done = 'entry.renewal_asked' THEN
        told := told || jsonb_build_object('expires_at', audit.moment(new.renewal_expires_at));
    END IF;

    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
    VALUES (
        new.changed_by_id, left(new.changed_by_name, 200), done, 'entry', new.id, audit.words(new.reason), told
    );
    RETURN NULL;
END
$$;

-- Deferred: which account it was may be known only when the entry has changed as well.
CREATE FUNCTION audit.write_photo() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('entry', new.entry_id, 'position', new.position);
    done text;
    why text := '';
BEGIN
    IF tg_op = 'INSERT' THEN
        done := 'photo.added';
        told := told || jsonb_build_object('file_sha256', encode(new.file_sha256, 'hex'));
    ELSIF new.suspended_at IS DISTINCT FROM old.suspended_at THEN
        done := CASE WHEN new.suspended_at IS NULL THEN 'photo.released' ELSE 'photo.suspended' END;
        why := new.suspended_reason;
    END IF;
    IF done IS NOT NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(), done, 'photo', new.id, audit.words(why), told
        );
    END IF;
    IF cardinality(new.accepted_findings) > 0
        AND (tg_op = 'INSERT' OR new.accepted_findings <> old.accepted_findings)
    THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(), 'photo.warnings_accepted', 'photo', new.id,
            audit.words(new.accepted_reason), told || jsonb_build_object('findings', new.accepted_findings)
        );
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_likeness() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
    VALUES (
        coalesce(new.decided_by_id, audit.present_actor()),
        coalesce(left(new.decided_by_name, 200), audit.present_actor_name()),
        CASE WHEN new.decision IS NULL THEN 'likeness.reopened' ELSE 'likeness.decided' END,
        'entry', new.entry_id, audit.words(new.reason),
        jsonb_build_object('other', new.other_id, 'decision', new.decision)
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject)
    VALUES (audit.present_actor(), audit.present_actor_name(), 'identity.set', 'identity', new.entry_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_batch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    actor uuid := audit.present_actor();
    actor_name text := audit.present_actor_name();
    told jsonb := jsonb_build_object('state', new.state);
    done text;
BEGIN
    IF tg_op = 'INSERT' THEN
        done := 'import.opened';
        actor := new.author_id;
        actor_name := left(new.author_name, 200);
    ELSIF new.state <> old.state THEN
        done := CASE new.state
            WHEN 'committed' THEN 'import.committed'
            WHEN 'undone' THEN 'import.undone'
            WHEN 'discarded' THEN 'import.discarded'
        END;
        told := told || jsonb_build_object(
            'entries', (SELECT count(*) FROM watchlist.entry WHERE batch_id = new.id), 'generation', new.generation
        );
    ELSE
        done := 'import.people_given';
    END IF;
    IF new.people_sha256 IS NOT NULL THEN
        told := told || jsonb_build_object('people_sha256', encode(new.people_sha256, 'hex'));
    END IF;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    VALUES (actor, actor_name, done, 'import', new.id, told);
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_group() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'DELETE' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(), 'group.removed', 'group', old.name,
            jsonb_build_object('was', old.sites)
        );
        RETURN NULL;
    END IF;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    VALUES (
        new.changed_by_id, left(new.changed_by_name, 200), 'group.set', 'group', new.name,
        jsonb_build_object('sites', new.sites, 'was', CASE tg_op WHEN 'UPDATE' THEN old.sites END)
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_erasure() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason)
        VALUES (
            new.erased_by_id, left(new.erased_by_name, 200), 'erasure.ordered', 'entry', new.entry_id,
            audit.words(new.reason)
        );
    END IF;
    IF new.key_destroyed_at IS NOT NULL AND (tg_op = 'INSERT' OR old.key_destroyed_at IS NULL) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject)
        VALUES (
            '00000000-0000-0000-0000-000000000000', 'wardwatch', 'erasure.key_destroyed', 'entry', new.entry_id
        );
    END IF;
    IF new.stream_purged_at IS NOT NULL AND (tg_op = 'INSERT' OR old.stream_purged_at IS NULL) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject)
        VALUES (
            '00000000-0000-0000-0000-000000000000', 'wardwatch', 'erasure.stream_purged', 'entry', new.entry_id
        );
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_receipt() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    VALUES (
        '00000000-0000-0000-0000-000000000000', 'wardwatch', 'erasure.receipt', 'entry', new.entry_id,
        jsonb_build_object(
            'replica', new.replica, 'incarnation', new.incarnation, 'index_generation', new.index_generation,
            'released_at', audit.moment(new.released_at)
        )
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_account() RETURNS trigger
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

CREATE FUNCTION audit.write_code() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT audit.present_actor(), audit.present_actor_name(), 'account.invited', 'account', a.id,
        jsonb_build_object('account', a.name, 'expires_at', audit.moment(new.expires_at))
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

-- People sign in and out by themselves, unless somebody else says to be acting: who ends another's sessions.
CREATE FUNCTION audit.write_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT CASE WHEN audit.somebody_acts() THEN audit.present_actor() ELSE a.id END,
        CASE WHEN audit.somebody_acts() THEN audit.present_actor_name() ELSE a.name END,
        CASE tg_op WHEN 'INSERT' THEN 'session.opened' ELSE 'session.ended' END, 'account', a.id,
        jsonb_build_object('account', a.name)
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

-- On which revision of the entry, and made by which network, an incident stands.
CREATE FUNCTION audit.grounds_of(p_incident uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT jsonb_build_object(
    'entry', i.entry_id, 'site', i.site, 'entry_revision', max(s.entry_revision),
    'models', coalesce(jsonb_agg(DISTINCT s.model_sha256) FILTER (WHERE s.model_sha256 IS NOT NULL), '[]')
)
FROM alerts.incident AS i LEFT JOIN alerts.sighting AS s ON s.incident_id = i.id
WHERE i.id = p_incident
GROUP BY i.id
$$;

-- Deferred: the sightings join their incident after it was made.
CREATE FUNCTION audit.write_incident() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    VALUES (
        '00000000-0000-0000-0000-000000000000', 'wardwatch', 'incident.raised', 'incident', new.id,
        coalesce(audit.grounds_of(new.id), '{}') || jsonb_build_object('strong', new.strong, 'reviewers', new.reviewers)
    );
    RETURN NULL;
END
$$;

-- Decided by whoever gave the last verdict it took; else by the time that ran out.
CREATE FUNCTION audit.write_outcome() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    needed text := CASE new.outcome WHEN 'confirmed' THEN 'same' WHEN 'rejected' THEN 'not_same' ELSE 'cannot_tell' END;
    decided boolean;
BEGIN
    SELECT count(*) >= new.reviewers INTO decided
    FROM alerts.review WHERE incident_id = new.id AND verdict = needed;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT coalesce(r.id, '00000000-0000-0000-0000-000000000000'), coalesce(r.name, 'wardwatch'),
        'incident.decided', 'incident', new.id,
        audit.grounds_of(new.id) || jsonb_build_object('outcome', new.outcome, 'reviewers', new.reviewers)
    FROM (VALUES (1)) AS always
    LEFT JOIN LATERAL (
        SELECT a.id, a.name FROM alerts.review AS v INNER JOIN accounts.account AS a ON a.id = v.account_id
        WHERE decided AND v.incident_id = new.id AND v.verdict = needed
        ORDER BY v.at DESC, v.account_id LIMIT 1
    ) AS r ON true;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_response() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT a.id, a.name, 'incident.responded', 'incident', new.incident_id, audit.grounds_of(new.incident_id)
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_review() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT a.id, a.name, 'incident.reviewed', 'incident', new.incident_id,
        audit.grounds_of(new.incident_id) || jsonb_build_object('verdict', new.verdict)
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

-- The name is as the stop button's message says it; a command line's may equal an account's, so no id is claimed.
CREATE FUNCTION audit.write_control() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_name, action, subject_kind, subject, reason, details)
    VALUES (
        coalesce(nullif(left(new.account, 200), ''), session_user::text),
        CASE WHEN new.stopped THEN 'matching.stopped' ELSE 'matching.resumed' END,
        'site', new.site, audit.words(new.reason),
        jsonb_build_object('control', new.control_id, 'said_at', audit.moment(new.at))
    );
    RETURN NULL;
END
$$;

-- All that the alerts service may read of the audit: what it publishes outside the database.
CREATE VIEW audit.head AS SELECT sequence, sha256, at FROM audit.chain;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO wardwatch_owner, wardwatch_import, wardwatch_alerts, wardwatch_audit;
GRANT EXECUTE ON FUNCTION audit.note(uuid, text, text, text, text, text, jsonb)
TO wardwatch_import, wardwatch_alerts, wardwatch_audit;
GRANT EXECUTE ON FUNCTION audit.acting(uuid, text) TO wardwatch_import, wardwatch_alerts, wardwatch_owner;
GRANT EXECUTE ON FUNCTION audit.field(text), audit.canonical(
    bigint, timestamptz, uuid, text, text, text, text, text, text, jsonb
) TO wardwatch_audit;
GRANT SELECT ON audit.head TO wardwatch_alerts, wardwatch_audit;
GRANT SELECT ON audit.event, audit.chain, audit.action, audit.pending TO wardwatch_audit;
-- Only while the triggers below are made.
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA audit TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_entry AFTER INSERT OR UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION audit.write_entry();
CREATE CONSTRAINT TRIGGER audit_photo AFTER INSERT OR UPDATE ON watchlist.photo
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.write_photo();
CREATE TRIGGER audit_likeness_made AFTER INSERT ON watchlist.likeness
FOR EACH ROW WHEN (new.decision IS NOT NULL) EXECUTE FUNCTION audit.write_likeness();
CREATE TRIGGER audit_likeness AFTER UPDATE ON watchlist.likeness
FOR EACH ROW WHEN (new.decision IS DISTINCT FROM old.decision) EXECUTE FUNCTION audit.write_likeness();
CREATE CONSTRAINT TRIGGER audit_number AFTER INSERT OR UPDATE ON identity.number
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.write_number();
CREATE CONSTRAINT TRIGGER audit_batch_made AFTER INSERT ON watchlist.batch
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.write_batch();
CREATE CONSTRAINT TRIGGER audit_batch AFTER UPDATE ON watchlist.batch
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((new.state, new.people_sha256) IS DISTINCT FROM (old.state, old.people_sha256))
EXECUTE FUNCTION audit.write_batch();
CREATE TRIGGER audit_group AFTER INSERT OR UPDATE OR DELETE ON watchlist.site_group
FOR EACH ROW EXECUTE FUNCTION audit.write_group();
CREATE TRIGGER audit_erasure AFTER INSERT OR UPDATE ON watchlist.erasure
FOR EACH ROW EXECUTE FUNCTION audit.write_erasure();
CREATE TRIGGER audit_receipt AFTER INSERT ON watchlist.receipt
FOR EACH ROW EXECUTE FUNCTION audit.write_receipt();
CREATE TRIGGER audit_account AFTER INSERT OR UPDATE ON accounts.account
FOR EACH ROW EXECUTE FUNCTION audit.write_account();
CREATE TRIGGER audit_code AFTER INSERT ON accounts.code
FOR EACH ROW EXECUTE FUNCTION audit.write_code();
CREATE TRIGGER audit_session_opened AFTER INSERT ON accounts.session
FOR EACH ROW EXECUTE FUNCTION audit.write_session();
CREATE TRIGGER audit_session_ended AFTER UPDATE ON accounts.session
FOR EACH ROW WHEN (new.ended_at IS NOT NULL AND old.ended_at IS NULL) EXECUTE FUNCTION audit.write_session();
CREATE CONSTRAINT TRIGGER audit_incident AFTER INSERT ON alerts.incident
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.write_incident();
CREATE TRIGGER audit_outcome AFTER UPDATE ON alerts.incident
FOR EACH ROW WHEN (new.outcome IS DISTINCT FROM old.outcome) EXECUTE FUNCTION audit.write_outcome();
CREATE TRIGGER audit_response AFTER INSERT ON alerts.response
FOR EACH ROW EXECUTE FUNCTION audit.write_response();
CREATE TRIGGER audit_review AFTER INSERT ON alerts.review
FOR EACH ROW EXECUTE FUNCTION audit.write_review();
CREATE TRIGGER audit_control AFTER INSERT ON alerts.control
FOR EACH ROW EXECUTE FUNCTION audit.write_control();

-- Also in a session that says it only replays what another server has done.
ALTER TABLE watchlist.entry ENABLE ALWAYS TRIGGER audit_entry;
ALTER TABLE watchlist.photo ENABLE ALWAYS TRIGGER audit_photo;
ALTER TABLE watchlist.likeness ENABLE ALWAYS TRIGGER audit_likeness_made;
ALTER TABLE watchlist.likeness ENABLE ALWAYS TRIGGER audit_likeness;
ALTER TABLE identity.number ENABLE ALWAYS TRIGGER audit_number;
ALTER TABLE watchlist.batch ENABLE ALWAYS TRIGGER audit_batch_made;
ALTER TABLE watchlist.batch ENABLE ALWAYS TRIGGER audit_batch;
ALTER TABLE watchlist.site_group ENABLE ALWAYS TRIGGER audit_group;
ALTER TABLE watchlist.erasure ENABLE ALWAYS TRIGGER audit_erasure;
ALTER TABLE watchlist.receipt ENABLE ALWAYS TRIGGER audit_receipt;
ALTER TABLE accounts.account ENABLE ALWAYS TRIGGER audit_account;
ALTER TABLE accounts.code ENABLE ALWAYS TRIGGER audit_code;
ALTER TABLE accounts.session ENABLE ALWAYS TRIGGER audit_session_opened;
ALTER TABLE accounts.session ENABLE ALWAYS TRIGGER audit_session_ended;
ALTER TABLE alerts.incident ENABLE ALWAYS TRIGGER audit_incident;
ALTER TABLE alerts.incident ENABLE ALWAYS TRIGGER audit_outcome;
ALTER TABLE alerts.response ENABLE ALWAYS TRIGGER audit_response;
ALTER TABLE alerts.review ENABLE ALWAYS TRIGGER audit_review;
ALTER TABLE alerts.control ENABLE ALWAYS TRIGGER audit_control;

-- What the auditor's command compares the events with.
GRANT USAGE ON SCHEMA accounts, alerts, watchlist TO wardwatch_audit;
GRANT SELECT (entry_id, revision, state, account_id, account_name) ON watchlist.change TO wardwatch_audit;
GRANT SELECT (id, revision, state, approver_id, author_id) ON watchlist.entry TO wardwatch_audit;
GRANT SELECT (entry_id, other_id, decision, decided_by_id) ON watchlist.likeness TO wardwatch_audit;
GRANT SELECT (id, entry_id, suspended_at, accepted_findings) ON watchlist.photo TO wardwatch_audit;
GRANT SELECT (id, state) ON watchlist.batch TO wardwatch_audit;
GRANT SELECT (name, sites) ON watchlist.site_group TO wardwatch_audit;
GRANT SELECT (entry_id, erased_by_id, key_destroyed_at, stream_purged_at) ON watchlist.erasure TO wardwatch_audit;
GRANT SELECT (entry_id, replica, incarnation) ON watchlist.receipt TO wardwatch_audit;
GRANT SELECT (id, name, role, disabled_at) ON accounts.account TO wardwatch_audit;
GRANT SELECT (account_id, ended_at) ON accounts.session TO wardwatch_audit;
GRANT SELECT (id, outcome) ON alerts.incident TO wardwatch_audit;
GRANT SELECT (incident_id, account_id) ON alerts.response TO wardwatch_audit;
GRANT SELECT (incident_id, account_id, verdict) ON alerts.review TO wardwatch_audit;
GRANT SELECT (control_id, site, stopped) ON alerts.control TO wardwatch_audit;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA audit FROM wardwatch_owner;
GRANT EXECUTE ON FUNCTION audit.acting(uuid, text) TO wardwatch_owner;
ALTER TABLE audit.pending ENABLE ALWAYS TRIGGER chain_up;
ALTER TABLE audit.event ENABLE ALWAYS TRIGGER guard_event;
ALTER TABLE audit.chain ENABLE ALWAYS TRIGGER guard_chain;
RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;
DROP SCHEMA audit CASCADE;
RESET ROLE;
REVOKE ALL ON ALL TABLES IN SCHEMA accounts, alerts, watchlist FROM wardwatch_keeper, wardwatch_audit;
REVOKE ALL ON FUNCTION watchlist.present_generation() FROM wardwatch_keeper;
REVOKE ALL ON SCHEMA accounts, alerts, watchlist FROM wardwatch_keeper, wardwatch_audit;
