-- migrate:up

-- The life of a list after it was joined (docs/adr/0099): keys that are renewed, scopes that change, hospitals that come
-- back, and repairs that somebody asked for.

-- -- keys that are renewed

-- By which of the publisher's keys a statement is signed; another one than the present: it is said anew.
ALTER TABLE federation.statement ADD COLUMN signed_by bytea NOT NULL DEFAULT '',
-- For whom it was said; none: every hospital of the list.
ADD COLUMN hospitals text [] NOT NULL DEFAULT '{}';
UPDATE federation.statement AS t SET hospitals = s.hospitals
FROM federation.share AS s WHERE (s.list, s.entry_id) = (t.list, t.entry_id);

-- The hospital's former signing key, by which its receipts on their way are still believed.
ALTER TABLE federation.hospital ADD COLUMN former_signing_key bytea CHECK (octet_length(former_signing_key) = 32);
-- Id of the last of our keys that a hospital believes.
ALTER TABLE federation.hello ADD COLUMN publisher text NOT NULL DEFAULT '' CHECK (publisher ~ '^([0-9a-f]{8})?$');

ALTER TABLE federation.subscription
-- By what its entries are named here; it stays when the publisher's key is renewed.
ADD COLUMN named_by bytea CHECK (octet_length(named_by) = 32),
-- Accepted by two people as well as the present key, whose place it takes with the first statement it has signed.
ADD COLUMN next_publisher bytea CHECK (octet_length(next_publisher) = 32);
ALTER TABLE federation.subscription DISABLE TRIGGER USER;
UPDATE federation.subscription SET named_by = publisher;
ALTER TABLE federation.subscription ENABLE TRIGGER USER;
ALTER TABLE federation.subscription ENABLE ALWAYS TRIGGER audit_subscription;
ALTER TABLE federation.subscription ALTER COLUMN named_by SET NOT NULL;
CREATE FUNCTION federation.name_entries() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    new.named_by := coalesce(new.named_by, new.publisher);
    RETURN new;
END
$$;
CREATE TRIGGER name_entries BEFORE INSERT ON federation.subscription
FOR EACH ROW EXECUTE FUNCTION federation.name_entries();
-- The sealing key of this hospital that everything of the list is sealed to by now, while its keys are renewed.
ALTER TABLE federation.head ADD COLUMN own_key text NOT NULL DEFAULT '' CHECK (own_key ~ '^([0-9a-f]{8})?$');

-- What a publisher announced, signed by the key that is believed here.
CREATE TABLE federation.publisher_renewal (
    list federation.name PRIMARY KEY REFERENCES federation.subscription (list),
    publisher bytea NOT NULL CHECK (octet_length(publisher) = 32),
    statement bytea NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    asked_by_id uuid,
    asked_by_name text,
    accepted_by_id uuid CHECK (accepted_by_id <> asked_by_id),
    accepted_by_name text,
    accepted_at timestamptz,
    CHECK ((accepted_at IS NULL) = (accepted_by_id IS NULL)),
    CONSTRAINT renewal_is_asked_for CHECK (accepted_by_id IS NULL OR asked_by_id IS NOT NULL)
);

-- What a hospital announced, signed by the key it was admitted with.
CREATE TABLE federation.hospital_renewal (
    list federation.name NOT NULL,
    hospital federation.name NOT NULL,
    signing_key bytea NOT NULL CHECK (octet_length(signing_key) = 32),
    sealing_key bytea NOT NULL CHECK (octet_length(sealing_key) = 32),
    statement bytea NOT NULL,
    heard_at timestamptz NOT NULL DEFAULT now(),
    asked_by_id uuid,
    asked_by_name text,
    accepted_by_id uuid CHECK (accepted_by_id <> asked_by_id),
    accepted_by_name text,
    accepted_at timestamptz,
    PRIMARY KEY (list, hospital),
    FOREIGN KEY (list, hospital) REFERENCES federation.hospital (list, name),
    CHECK ((accepted_at IS NULL) = (accepted_by_id IS NULL)),
    CONSTRAINT renewal_is_asked_for CHECK (accepted_by_id IS NULL OR asked_by_id IS NOT NULL)
);

-- Two accounts accept what was shown to both. What is announced anew is accepted by nobody yet.
CREATE FUNCTION federation.guard_renewal() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'INSERT' OR new.statement <> old.statement THEN
        new.asked_by_id := NULL;
        new.asked_by_name := NULL;
        new.accepted_by_id := NULL;
        new.accepted_by_name := NULL;
        new.accepted_at := NULL;
    ELSIF (new.accepted_at IS NOT NULL AND new.asked_by_id IS DISTINCT FROM old.asked_by_id)
        OR (old.accepted_at IS NOT NULL AND new IS DISTINCT FROM old)
        OR (to_jsonb(new) - '{asked_by_id,asked_by_name,accepted_by_id,accepted_by_name,accepted_at,heard_at}'::text [])
        IS DISTINCT FROM
        (to_jsonb(old) - '{asked_by_id,asked_by_name,accepted_by_id,accepted_by_name,accepted_at,heard_at}'::text [])
    THEN
        RAISE EXCEPTION 'keys are renewed as two people accepted it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_stays';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER guard_renewal BEFORE INSERT OR UPDATE ON federation.publisher_renewal
FOR EACH ROW EXECUTE FUNCTION federation.guard_renewal();
CREATE TRIGGER guard_renewal BEFORE INSERT OR UPDATE ON federation.hospital_renewal
FOR EACH ROW EXECUTE FUNCTION federation.guard_renewal();

-- -- scopes that change, and hospitals that come back

-- For whom an entry is to be from now on, until another account approves it.
ALTER TABLE federation.share
ADD COLUMN scope text [],
ADD COLUMN scope_asked_by_id uuid,
ADD COLUMN scope_asked_by_name text,
ADD COLUMN scope_approved_by_id uuid,
ADD COLUMN scope_approved_by_name text,
ADD COLUMN scope_approved_at timestamptz,
ADD CONSTRAINT scope_is_asked_for CHECK ((scope IS NULL) = (scope_asked_by_id IS NULL));
-- What a hospital signed up to this number was of its time before: it was put out, and is back.
ALTER TABLE federation.holding ADD COLUMN from_number bigint NOT NULL DEFAULT 0;

CREATE OR REPLACE FUNCTION federation.guard_share() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    rescoped boolean;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM federation.received AS r WHERE r.local_id = new.entry_id) THEN
            RAISE EXCEPTION 'an entry of another publisher is not shared'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'share_is_of_our_own';
        END IF;
        RETURN new;
    END IF;
    rescoped := old.approved_at IS NOT NULL AND old.withdrawn_at IS NULL AND old.scope_asked_by_id IS NOT NULL
        AND new.hospitals = old.scope AND new.scope IS NULL AND new.scope_approved_by_id <> old.scope_asked_by_id;
    IF new.approved_at IS NOT NULL AND (new.asked_by_id, new.asked_by_name, new.asked_at)
        IS DISTINCT FROM (old.asked_by_id, old.asked_by_name, old.asked_at)
        OR new.approved_at IS NOT NULL AND new.hospitals <> old.hospitals AND rescoped IS NOT TRUE
        OR old.approved_at IS NOT NULL AND (
            (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at)
            OR old.withdrawn_at IS NOT NULL AND (new.withdrawn_by_id, new.withdrawn_at, new.withdrawn_reason)
            IS DISTINCT FROM (old.withdrawn_by_id, old.withdrawn_at, old.withdrawn_reason)
        )
        OR old.approved_at IS NULL AND new.approved_at IS NOT NULL AND new.withdrawn_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'a share stays as it was asked for and approved'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_is_as_approved';
    END IF;
    RETURN new;
END
$$;
DROP TRIGGER note_federation ON federation.share;
CREATE TRIGGER note_federation AFTER UPDATE OF approved_at, withdrawn_at, hospitals ON federation.share
FOR EACH ROW EXECUTE FUNCTION federation.note_share();

-- Whether nobody at a hospital may have an entry: it was erased, is not for this hospital, or the hospital was put out.
CREATE FUNCTION federation.is_over(p_list text, p_hospital text, p_entry_id uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
SELECT EXISTS (
    SELECT FROM federation.statement AS t WHERE (t.list, t.entry_id) = (p_list, p_entry_id)
    AND (t.state = 'erased' OR (cardinality(t.hospitals) > 0 AND p_hospital <> ALL (t.hospitals)))
) OR EXISTS (
    SELECT FROM federation.hospital AS h WHERE (h.list, h.name) = (p_list, p_hospital) AND h.admitted_at IS NULL
    OR (h.list, h.name) = (p_list, p_hospital) AND h.removed_at IS NOT NULL
)
$$;

-- Whose keys are believed is what two people compared, or the former key announced and two people accepted.
CREATE OR REPLACE FUNCTION federation.guard_pinned() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'who was believed is kept' USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_is_kept';
    END IF;
    -- Each table's columns in a branch of its own: a row has no others.
    IF TG_TABLE_NAME = 'subscription' THEN
        -- A list that was left is asked for anew.
        IF old.left_at IS NOT NULL AND new.left_at IS NULL AND new.joined_at IS NULL AND new.joined_by_id IS NULL
            AND new.next_publisher IS NULL AND new.answer IS NULL
        THEN
            RETURN new;
        END IF;
        IF old.joined_at IS NOT NULL AND (
            new.hospital, new.invitation, new.sites, new.asked_by_id, new.joined_by_id, new.joined_at, new.named_by
        ) IS DISTINCT FROM (
            old.hospital, old.invitation, old.sites, old.asked_by_id, old.joined_by_id, old.joined_at, old.named_by
        )
        OR old.joined_at IS NOT NULL AND new.publisher <> old.publisher
        AND NOT (new.publisher IS NOT DISTINCT FROM old.next_publisher AND new.next_publisher IS NULL)
        OR new.next_publisher IS NOT NULL AND new.next_publisher IS DISTINCT FROM old.next_publisher AND NOT EXISTS (
            SELECT FROM federation.publisher_renewal AS r
            WHERE r.list = new.list AND r.publisher = new.next_publisher AND r.accepted_at IS NOT NULL
        )
        THEN
            RAISE EXCEPTION 'a list is joined as two people compared it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_stays';
        END IF;
        RETURN new;
    END IF;
    -- A hospital that was put out is invited anew, and known by nothing yet.
    IF old.removed_at IS NOT NULL AND new.removed_at IS NULL AND new.invitation IS NULL AND new.answer IS NULL
        AND new.invitation_approved_by_id IS NULL AND new.admitted_at IS NULL AND new.admission_asked_by_id IS NULL
        AND new.former_signing_key IS NOT DISTINCT FROM coalesce(old.signing_key, old.former_signing_key)
    THEN
        RETURN new;
    END IF;
    -- At the admission as well: whoever approves has seen the keys that another account asked for.
    IF new.admitted_at IS NOT NULL AND (new.answer, new.link_key, new.admission_asked_by_id)
        IS DISTINCT FROM (old.answer, old.link_key, old.admission_asked_by_id)
        OR new.admitted_at IS NOT NULL AND (new.signing_key, new.sealing_key, new.former_signing_key)
        IS DISTINCT FROM (old.signing_key, old.sealing_key, old.former_signing_key)
        AND NOT (old.admitted_at IS NOT NULL AND new.former_signing_key = old.signing_key AND EXISTS (
            SELECT FROM federation.hospital_renewal AS r
            WHERE (r.list, r.hospital) = (new.list, new.name) AND r.accepted_at IS NOT NULL
                AND (r.signing_key, r.sealing_key) = (new.signing_key, new.sealing_key)
        ))
        OR old.admitted_at IS NOT NULL
        AND (new.admitted_by_id, new.admitted_at) IS DISTINCT FROM (old.admitted_by_id, old.admitted_at)
        OR old.invitation_approved_by_id IS NOT NULL
        AND new.invitation_approved_by_id IS DISTINCT FROM old.invitation_approved_by_id
        OR old.invitation IS NOT NULL AND new.invitation IS DISTINCT FROM old.invitation
        OR old.removed_at IS NOT NULL AND (new.removed_by_id, new.removed_at, new.admitted_at)
        IS DISTINCT FROM (old.removed_by_id, old.removed_at, old.admitted_at)
    THEN
        RAISE EXCEPTION 'a hospital is admitted as two people compared it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_stays';
    END IF;
    RETURN new;
END
$$;

CREATE OR REPLACE FUNCTION federation.guard_subscription() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    -- guard_pinned has seen that nobody has joined it so.
    IF old.left_at IS NOT NULL AND new.left_at IS NULL THEN
        IF new.suspended_at IS NOT NULL OR new.silent_since IS NOT NULL THEN
            RAISE EXCEPTION 'a list is left for good'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_is_left_for_good';
        END IF;
        RETURN new;
    END IF;
    IF new.joined_at IS NOT NULL AND (
        new.title, new.hospital, new.addresses, new.authority, new.domain, new.silent_days,
        new.invitation, new.sites, new.asked_by_id, new.asked_by_name, new.named_by
    ) IS DISTINCT FROM (
        old.title, old.hospital, old.addresses, old.authority, old.domain, old.silent_days,
        old.invitation, old.sites, old.asked_by_id, old.asked_by_name, old.named_by
    )
    OR old.joined_at IS NULL AND new.joined_at IS NOT NULL AND new.publisher <> old.publisher
    THEN
        RAISE EXCEPTION 'a list is joined as it was asked for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_stays';
    END IF;
    IF old.left_at IS NOT NULL AND (new.left_at, new.suspended_at, new.silent_since)
    IS DISTINCT FROM (old.left_at, old.suspended_at, old.silent_since)
    THEN
        RAISE EXCEPTION 'a list is left for good'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_is_left_for_good';
    END IF;
    RETURN new;
END
$$;

-- What was received in a time before is forgotten but for its number, once nothing of it is left here.
CREATE OR REPLACE FUNCTION federation.guard_received() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'what was received is remembered'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'received_is_kept';
    END IF;
    IF (new.list, new.entry_id) = (old.list, old.entry_id) AND new.local_id IS NULL AND new.state = 'revoked'
        AND new.number >= old.number - 1 AND old.state = 'erased' AND EXISTS (
            SELECT FROM federation.subscription AS s
            WHERE s.list = new.list AND s.joined_at IS NULL AND s.left_at IS NULL
        )
    THEN
        RETURN new;
    END IF;
    IF (new.list, new.entry_id) <> (old.list, old.entry_id) OR new.number < old.number
        OR (new.number = old.number AND new.statement_sha256 <> old.statement_sha256)
        OR (old.state = 'erased' AND new.state <> 'erased')
        OR (old.local_id IS NOT NULL AND new.local_id IS DISTINCT FROM old.local_id)
    THEN
        RAISE EXCEPTION 'what was received never goes back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'received_goes_on';
    END IF;
    RETURN new;
END
$$;

-- A hospital whose keys were renewed lacks every key that is sealed to the former one. One that is invited anew has
-- signed for nothing that it is given from now on.
CREATE FUNCTION federation.begin_anew_at_hospital() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF old.removed_at IS NOT NULL AND new.removed_at IS NULL THEN
        UPDATE federation.holding AS k
        SET from_number = (SELECT l.number FROM federation.list AS l WHERE l.name = new.list), closed_at = NULL
        WHERE (k.list, k.hospital) = (new.list, new.name) AND k.closed_for_approved_by_id IS NULL AND NOT EXISTS (
            SELECT FROM federation.statement AS t WHERE (t.list, t.entry_id) = (k.list, k.entry_id) AND t.state = 'erased'
        );
        DELETE FROM federation.hello WHERE (list, hospital) = (new.list, new.name);
        DELETE FROM federation.hospital_renewal WHERE (list, hospital) = (new.list, new.name);
    ELSIF old.admitted_at IS NOT NULL AND new.sealing_key IS DISTINCT FROM old.sealing_key THEN
        -- -1: the broker may have one, and it is not the one that is wanted.
        UPDATE federation.holding SET generation = -1
        WHERE (list, hospital) = (new.list, new.name) AND generation <> 0;
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION federation.begin_anew_at_hospital() FROM PUBLIC;
CREATE TRIGGER begin_anew AFTER UPDATE ON federation.hospital
FOR EACH ROW EXECUTE FUNCTION federation.begin_anew_at_hospital();

-- What a hospital does not have any more: erased by its publisher, or not meant for this hospital.
CREATE OR REPLACE VIEW federation.received_erasure AS
SELECT
    r.list,
    r.entry_id,
    r.local_id,
    r.number,
    r.closed_at,
    x.erased_at,
    x.key_destroyed_at,
    x.stream_purged_at,
    r.written_at,
    (SELECT count(DISTINCT c.replica) FROM watchlist.receipt AS c WHERE c.entry_id = r.local_id) AS signed,
    (SELECT count(*) FROM watchlist.owed_receipt AS o WHERE o.entry_id = r.local_id) AS owed
FROM federation.received AS r LEFT JOIN watchlist.erasure AS x ON x.entry_id = r.local_id
WHERE r.state = 'erased' OR (NOT r.in_scope AND r.local_id IS NOT NULL);

-- -- whom a received entry resembles here

ALTER TABLE federation.received ADD COLUMN compared_at timestamptz;
GRANT UPDATE (compared_at) ON federation.received TO wardwatch_import;

-- -- repairs that somebody asked for

CREATE TABLE federation.repair (
    list federation.name NOT NULL,
    -- Of a list that was joined: the copy is made anew. Else of one that is published: its streams are.
    joined boolean NOT NULL,
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    -- What was found: how many entries are held, how many were missing or other than they should be.
    entries integer NOT NULL DEFAULT 0,
    missing integer NOT NULL DEFAULT 0,
    differing integer NOT NULL DEFAULT 0,
    done_at timestamptz,
    -- Whether all of it is the same now.
    agrees boolean NOT NULL DEFAULT false,
    PRIMARY KEY (list, joined)
);
CREATE TRIGGER note_federation AFTER INSERT OR UPDATE OF asked_at ON federation.repair
FOR EACH ROW EXECUTE FUNCTION federation.note_hospital();

-- -- rights

GRANT SELECT ON federation.publisher_renewal, federation.hospital_renewal, federation.repair
TO wardwatch_federation, wardwatch_import;
GRANT INSERT (list, publisher, statement), UPDATE (publisher, statement, heard_at) ON federation.publisher_renewal
TO wardwatch_federation;
GRANT INSERT (list, hospital, signing_key, sealing_key, statement),
UPDATE (signing_key, sealing_key, statement, heard_at) ON federation.hospital_renewal TO wardwatch_federation;
GRANT UPDATE (entries, missing, differing, done_at, agrees) ON federation.repair TO wardwatch_federation;
REVOKE EXECUTE ON FUNCTION federation.is_over(text, text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION federation.is_over(text, text, uuid) TO wardwatch_federation, wardwatch_import;

GRANT UPDATE (asked_by_id, asked_by_name, accepted_by_id, accepted_by_name, accepted_at)
ON federation.publisher_renewal, federation.hospital_renewal TO wardwatch_import;
GRANT INSERT (named_by), UPDATE (named_by, next_publisher, answer) ON federation.subscription TO wardwatch_import;
GRANT UPDATE (
    former_signing_key, title, addresses, authority, invitation, invitation_expires_at, invited_by_id, invited_by_name,
    invited_at
) ON federation.hospital TO wardwatch_import;
GRANT UPDATE (
    scope, scope_asked_by_id, scope_asked_by_name, scope_approved_by_id, scope_approved_by_name, scope_approved_at
) ON federation.share TO wardwatch_import;
GRANT UPDATE (closed_at) ON federation.received TO wardwatch_import;
GRANT SELECT ON federation.received_erasure TO wardwatch_import;
GRANT DELETE ON federation.head, federation.publisher_renewal TO wardwatch_import;
GRANT INSERT (list, joined, asked_by_id, asked_by_name),
UPDATE (asked_by_id, asked_by_name, asked_at, done_at) ON federation.repair TO wardwatch_import;

-- -- who did it is in the audit

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('federation.keys_asked', 'asked to accept the next keys of a hospital'),
('federation.keys_accepted', 'accepted the next keys of a hospital'),
('federation.scope_asked', 'asked that an entry is for other hospitals'),
('federation.scope_changed', 'approved that an entry is for other hospitals'),
('federation.repair_asked', 'asked to make the streams of a list anew'),
('subscription.key_asked', 'asked to accept the next key of a publisher'),
('subscription.key_accepted', 'accepted the next key of a publisher'),
('subscription.key_followed', 'believed the next key of a publisher alone from then on'),
('subscription.repair_asked', 'asked to fetch a list of another hospital anew')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_renewal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    is_hospital boolean := tg_table_name = 'hospital_renewal';
    told jsonb := jsonb_build_object('statement', encode(sha256(new.statement), 'hex'));
BEGIN
    IF is_hospital THEN
        told := told || jsonb_build_object('hospital', new.hospital);
    END IF;
    IF new.accepted_at IS NOT NULL AND old.accepted_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
            new.accepted_by_id, left(new.accepted_by_name, 200),
            CASE WHEN is_hospital THEN 'federation.keys_accepted' ELSE 'subscription.key_accepted' END,
            'list', new.list, told
        );
    ELSIF new.asked_by_id IS NOT NULL AND new.asked_by_id IS DISTINCT FROM old.asked_by_id THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
            new.asked_by_id, left(new.asked_by_name, 200),
            CASE WHEN is_hospital THEN 'federation.keys_asked' ELSE 'subscription.key_asked' END, 'list', new.list, told
        );
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_next_publisher() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        '00000000-0000-0000-0000-000000000000', 'wardwatch', 'subscription.key_followed', 'list', new.list,
        jsonb_build_object('publisher', encode(new.publisher, 'hex'))
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_scope() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF new.scope_approved_at IS DISTINCT FROM old.scope_approved_at THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
            new.scope_approved_by_id, left(new.scope_approved_by_name, 200), 'federation.scope_changed', 'entry',
            new.entry_id, jsonb_build_object('list', new.list, 'hospitals', new.hospitals)
        );
    ELSIF new.scope_asked_by_id IS NOT NULL AND (new.scope_asked_by_id, new.scope)
        IS DISTINCT FROM (old.scope_asked_by_id, old.scope)
    THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
            new.scope_asked_by_id, left(new.scope_asked_by_name, 200), 'federation.scope_asked', 'entry',
            new.entry_id, jsonb_build_object('list', new.list, 'hospitals', new.scope)
        );
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_invited_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        new.invited_by_id, left(new.invited_by_name, 200), 'federation.invited', 'list', new.list,
        jsonb_build_object('hospital', new.name)
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_joining_anew() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        new.asked_by_id, left(new.asked_by_name, 200), 'subscription.asked', 'list', new.list,
        jsonb_build_object('hospital', new.hospital, 'publisher', encode(new.publisher, 'hex'), 'sites', new.sites)
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_list_repair() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        new.asked_by_id, left(new.asked_by_name, 200),
        CASE WHEN new.joined THEN 'subscription.repair_asked' ELSE 'federation.repair_asked' END, 'list', new.list, '{}'
    );
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_renewal(), audit.write_next_publisher(), audit.write_scope(),
audit.write_invited_anew(), audit.write_joining_anew(), audit.write_list_repair() FROM PUBLIC;
-- Only while the triggers below are made.
GRANT EXECUTE ON FUNCTION audit.write_renewal(), audit.write_next_publisher(), audit.write_scope(),
audit.write_invited_anew(), audit.write_joining_anew(), audit.write_list_repair(), audit.write_hospital(), audit.write_share(),
audit.write_subscription() TO wardwatch_owner;
RESET ROLE;

CREATE TRIGGER audit_renewal AFTER UPDATE ON federation.publisher_renewal
FOR EACH ROW EXECUTE FUNCTION audit.write_renewal();
ALTER TABLE federation.publisher_renewal ENABLE ALWAYS TRIGGER audit_renewal;
CREATE TRIGGER audit_renewal AFTER UPDATE ON federation.hospital_renewal
FOR EACH ROW EXECUTE FUNCTION audit.write_renewal();
ALTER TABLE federation.hospital_renewal ENABLE ALWAYS TRIGGER audit_renewal;
CREATE TRIGGER audit_next_publisher AFTER UPDATE OF publisher ON federation.subscription
FOR EACH ROW WHEN (old.next_publisher IS NOT NULL AND new.publisher IS DISTINCT FROM old.publisher)
EXECUTE FUNCTION audit.write_next_publisher();
ALTER TABLE federation.subscription ENABLE ALWAYS TRIGGER audit_next_publisher;
CREATE TRIGGER audit_scope AFTER UPDATE OF scope, scope_approved_at ON federation.share
FOR EACH ROW EXECUTE FUNCTION audit.write_scope();
ALTER TABLE federation.share ENABLE ALWAYS TRIGGER audit_scope;
-- What follows is told by those above instead.
DROP TRIGGER audit_hospital ON federation.hospital;
CREATE TRIGGER audit_hospital AFTER INSERT ON federation.hospital
FOR EACH ROW EXECUTE FUNCTION audit.write_hospital();
CREATE TRIGGER audit_hospital_change AFTER UPDATE ON federation.hospital
FOR EACH ROW WHEN (NOT (old.removed_at IS NOT NULL AND new.removed_at IS NULL)) EXECUTE FUNCTION audit.write_hospital();
ALTER TABLE federation.hospital ENABLE ALWAYS TRIGGER audit_hospital;
ALTER TABLE federation.hospital ENABLE ALWAYS TRIGGER audit_hospital_change;
DROP TRIGGER audit_share ON federation.share;
CREATE TRIGGER audit_share AFTER INSERT ON federation.share
FOR EACH ROW EXECUTE FUNCTION audit.write_share();
CREATE TRIGGER audit_share_change AFTER UPDATE ON federation.share
FOR EACH ROW WHEN (NOT (old.approved_at IS NOT NULL AND new.hospitals IS DISTINCT FROM old.hospitals))
EXECUTE FUNCTION audit.write_share();
ALTER TABLE federation.share ENABLE ALWAYS TRIGGER audit_share;
ALTER TABLE federation.share ENABLE ALWAYS TRIGGER audit_share_change;
DROP TRIGGER audit_subscription ON federation.subscription;
CREATE TRIGGER audit_subscription AFTER INSERT ON federation.subscription
FOR EACH ROW EXECUTE FUNCTION audit.write_subscription();
CREATE TRIGGER audit_subscription_change AFTER UPDATE ON federation.subscription
FOR EACH ROW WHEN (NOT (old.left_at IS NOT NULL AND new.left_at IS NULL)) EXECUTE FUNCTION audit.write_subscription();
ALTER TABLE federation.subscription ENABLE ALWAYS TRIGGER audit_subscription;
ALTER TABLE federation.subscription ENABLE ALWAYS TRIGGER audit_subscription_change;
CREATE TRIGGER audit_joining_anew AFTER UPDATE OF left_at ON federation.subscription
FOR EACH ROW WHEN (old.left_at IS NOT NULL AND new.left_at IS NULL) EXECUTE FUNCTION audit.write_joining_anew();
ALTER TABLE federation.subscription ENABLE ALWAYS TRIGGER audit_joining_anew;
CREATE TRIGGER audit_invited_anew AFTER UPDATE OF removed_at ON federation.hospital
FOR EACH ROW WHEN (old.removed_at IS NOT NULL AND new.removed_at IS NULL)
EXECUTE FUNCTION audit.write_invited_anew();
ALTER TABLE federation.hospital ENABLE ALWAYS TRIGGER audit_invited_anew;
CREATE TRIGGER audit_repair AFTER INSERT OR UPDATE OF asked_at ON federation.repair
FOR EACH ROW EXECUTE FUNCTION audit.write_list_repair();
ALTER TABLE federation.repair ENABLE ALWAYS TRIGGER audit_repair;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_renewal(), audit.write_next_publisher(), audit.write_scope(),
audit.write_invited_anew(), audit.write_joining_anew(), audit.write_list_repair(), audit.write_hospital(), audit.write_share(),
audit.write_subscription() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TRIGGER audit_renewal ON federation.publisher_renewal;
DROP TRIGGER audit_renewal ON federation.hospital_renewal;
DROP TRIGGER audit_next_publisher ON federation.subscription;
DROP TRIGGER audit_joining_anew ON federation.subscription;
DROP TRIGGER audit_scope ON federation.share;
DROP TRIGGER audit_invited_anew ON federation.hospital;
DROP TRIGGER audit_repair ON federation.repair;
DROP TRIGGER audit_hospital ON federation.hospital;
DROP TRIGGER audit_hospital_change ON federation.hospital;
DROP TRIGGER audit_share ON federation.share;
DROP TRIGGER audit_share_change ON federation.share;
DROP TRIGGER audit_subscription ON federation.subscription;
DROP TRIGGER audit_subscription_change ON federation.subscription;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_renewal();
DROP FUNCTION audit.write_next_publisher();
DROP FUNCTION audit.write_scope();
DROP FUNCTION audit.write_invited_anew();
DROP FUNCTION audit.write_joining_anew();
DROP FUNCTION audit.write_list_repair();
DELETE FROM audit.action AS a WHERE a.code IN (
    'federation.keys_asked', 'federation.keys_accepted', 'federation.scope_asked', 'federation.scope_changed',
    'federation.repair_asked', 'subscription.key_asked', 'subscription.key_accepted', 'subscription.key_followed',
    'subscription.repair_asked'
) AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
GRANT EXECUTE ON FUNCTION audit.write_hospital(), audit.write_share(), audit.write_subscription() TO wardwatch_owner;
RESET ROLE;
CREATE TRIGGER audit_hospital AFTER INSERT OR UPDATE ON federation.hospital
FOR EACH ROW EXECUTE FUNCTION audit.write_hospital();
ALTER TABLE federation.hospital ENABLE ALWAYS TRIGGER audit_hospital;
CREATE TRIGGER audit_share AFTER INSERT OR UPDATE ON federation.share
FOR EACH ROW EXECUTE FUNCTION audit.write_share();
ALTER TABLE federation.share ENABLE ALWAYS TRIGGER audit_share;
CREATE TRIGGER audit_subscription AFTER INSERT OR UPDATE ON federation.subscription
FOR EACH ROW EXECUTE FUNCTION audit.write_subscription();
ALTER TABLE federation.subscription ENABLE ALWAYS TRIGGER audit_subscription;
SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_hospital(), audit.write_share(), audit.write_subscription() FROM wardwatch_owner;
RESET ROLE;
DROP TRIGGER begin_anew ON federation.hospital;
DROP FUNCTION federation.begin_anew_at_hospital();
DROP TRIGGER note_federation ON federation.share;
CREATE TRIGGER note_federation AFTER UPDATE OF approved_at, withdrawn_at ON federation.share
FOR EACH ROW EXECUTE FUNCTION federation.note_share();
CREATE OR REPLACE VIEW federation.received_erasure AS
SELECT
    r.list,
    r.entry_id,
    r.local_id,
    r.number,
    r.closed_at,
    x.erased_at,
    x.key_destroyed_at,
    x.stream_purged_at,
    r.written_at,
    (SELECT count(DISTINCT c.replica) FROM watchlist.receipt AS c WHERE c.entry_id = r.local_id) AS signed,
    (SELECT count(*) FROM watchlist.owed_receipt AS o WHERE o.entry_id = r.local_id) AS owed
FROM federation.received AS r LEFT JOIN watchlist.erasure AS x ON x.entry_id = r.local_id
WHERE r.state = 'erased';
CREATE OR REPLACE FUNCTION federation.guard_share() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF EXISTS (SELECT FROM federation.received AS r WHERE r.local_id = new.entry_id) THEN
            RAISE EXCEPTION 'an entry of another publisher is not shared'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'share_is_of_our_own';
        END IF;
        RETURN new;
    END IF;
    IF new.approved_at IS NOT NULL AND (new.asked_by_id, new.asked_by_name, new.asked_at, new.hospitals)
        IS DISTINCT FROM (old.asked_by_id, old.asked_by_name, old.asked_at, old.hospitals)
        OR old.approved_at IS NOT NULL AND (
            (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at)
            OR old.withdrawn_at IS NOT NULL AND (new.withdrawn_by_id, new.withdrawn_at, new.withdrawn_reason)
            IS DISTINCT FROM (old.withdrawn_by_id, old.withdrawn_at, old.withdrawn_reason)
        )
        OR old.approved_at IS NULL AND new.approved_at IS NOT NULL AND new.withdrawn_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'a share stays as it was asked for and approved'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'share_is_as_approved';
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE FUNCTION federation.guard_pinned() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'who was believed is kept' USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_is_kept';
    END IF;
    -- Each table's columns in a branch of its own: a row has no others.
    IF TG_TABLE_NAME = 'subscription' THEN
        IF old.joined_at IS NOT NULL AND (
            new.publisher, new.hospital, new.invitation, new.sites, new.asked_by_id, new.joined_by_id, new.joined_at
        ) IS DISTINCT FROM (
            old.publisher, old.hospital, old.invitation, old.sites, old.asked_by_id, old.joined_by_id, old.joined_at
        ) THEN
            RAISE EXCEPTION 'a list is joined as two people compared it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_stays';
        END IF;
    -- At the admission as well: whoever approves has seen the keys that another account asked for.
    ELSIF new.admitted_at IS NOT NULL AND (
        new.answer, new.link_key, new.signing_key, new.sealing_key, new.admission_asked_by_id
    ) IS DISTINCT FROM (
        old.answer, old.link_key, old.signing_key, old.sealing_key, old.admission_asked_by_id
    )
    OR old.admitted_at IS NOT NULL
    AND (new.admitted_by_id, new.admitted_at) IS DISTINCT FROM (old.admitted_by_id, old.admitted_at)
    OR old.invitation_approved_by_id IS NOT NULL
    AND new.invitation_approved_by_id IS DISTINCT FROM old.invitation_approved_by_id
    OR old.invitation IS NOT NULL AND new.invitation IS DISTINCT FROM old.invitation
    OR old.removed_at IS NOT NULL AND (new.removed_by_id, new.removed_at, new.admitted_at)
    IS DISTINCT FROM (old.removed_by_id, old.removed_at, old.admitted_at)
    THEN
        RAISE EXCEPTION 'a hospital is admitted as two people compared it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_stays';
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE FUNCTION federation.guard_subscription() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF new.joined_at IS NOT NULL AND (
        new.title, new.hospital, new.publisher, new.addresses, new.authority, new.domain, new.silent_days,
        new.invitation, new.sites, new.asked_by_id, new.asked_by_name
    ) IS DISTINCT FROM (
        old.title, old.hospital, old.publisher, old.addresses, old.authority, old.domain, old.silent_days,
        old.invitation, old.sites, old.asked_by_id, old.asked_by_name
    ) THEN
        RAISE EXCEPTION 'a list is joined as it was asked for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'pinned_stays';
    END IF;
    IF old.left_at IS NOT NULL AND (new.left_at, new.suspended_at, new.silent_since)
    IS DISTINCT FROM (old.left_at, old.suspended_at, old.silent_since)
    THEN
        RAISE EXCEPTION 'a list is left for good'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_is_left_for_good';
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE FUNCTION federation.guard_received() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'what was received is remembered'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'received_is_kept';
    END IF;
    IF (new.list, new.entry_id) <> (old.list, old.entry_id) OR new.number < old.number
        OR (new.number = old.number AND new.statement_sha256 <> old.statement_sha256)
        OR (old.state = 'erased' AND new.state <> 'erased')
        OR (old.local_id IS NOT NULL AND new.local_id IS DISTINCT FROM old.local_id)
    THEN
        RAISE EXCEPTION 'what was received never goes back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'received_goes_on';
    END IF;
    RETURN new;
END
$$;
DROP FUNCTION federation.is_over(text, text, uuid);
DROP TABLE federation.repair;
DROP TABLE federation.publisher_renewal;
DROP TABLE federation.hospital_renewal;
DROP FUNCTION federation.guard_renewal();
ALTER TABLE federation.head DROP COLUMN own_key;
ALTER TABLE federation.hello DROP COLUMN publisher;
ALTER TABLE federation.hospital DROP COLUMN former_signing_key;
DROP TRIGGER name_entries ON federation.subscription;
DROP FUNCTION federation.name_entries();
ALTER TABLE federation.subscription DROP COLUMN next_publisher, DROP COLUMN named_by;
ALTER TABLE federation.share
DROP COLUMN scope,
DROP COLUMN scope_asked_by_id,
DROP COLUMN scope_asked_by_name,
DROP COLUMN scope_approved_by_id,
DROP COLUMN scope_approved_by_name,
DROP COLUMN scope_approved_at;
ALTER TABLE federation.holding DROP COLUMN from_number;
ALTER TABLE federation.received DROP COLUMN compared_at;
ALTER TABLE federation.statement DROP COLUMN signed_by, DROP COLUMN hospitals;
REVOKE UPDATE (answer) ON federation.subscription FROM wardwatch_import;
REVOKE UPDATE (
    title, addresses, authority, invitation, invitation_expires_at, invited_by_id, invited_by_name, invited_at
) ON federation.hospital FROM wardwatch_import;
REVOKE UPDATE (closed_at) ON federation.received FROM wardwatch_import;
REVOKE SELECT ON federation.received_erasure FROM wardwatch_import;
REVOKE DELETE ON federation.head FROM wardwatch_import;
