-- migrate:up

-- What a hospital keeps of the entries it receives (docs/adr/0094): also the last number of those it does not look for, so
-- that nothing older is ever believed of them. No local_id: nothing of the person is kept here.
DROP VIEW federation.received_erasure;
ALTER TABLE federation.received
DROP CONSTRAINT received_pkey,
DROP CONSTRAINT received_local_id_fkey,
DROP CONSTRAINT received_list_entry_id_key,
ALTER COLUMN local_id DROP NOT NULL,
ADD PRIMARY KEY (list, entry_id),
ADD CONSTRAINT received_local_id_key UNIQUE (local_id),
-- What is from elsewhere is known to be before its entry begins.
ADD CONSTRAINT received_local_id_fkey FOREIGN KEY (local_id) REFERENCES watchlist.entry (id)
DEFERRABLE INITIALLY DEFERRED,
-- Until when it stands, as its publisher says.
ADD COLUMN expires_at timestamptz,
-- Whether it is meant for this hospital.
ADD COLUMN in_scope boolean NOT NULL DEFAULT true,
-- Photos, by their ids here, that its publisher has suspended.
ADD COLUMN suspended_photos uuid [] NOT NULL DEFAULT '{}',
-- When it was suspended here, by whom: that outlasts whatever its publisher says.
ADD COLUMN stopped_at timestamptz,
ADD COLUMN stopped_by_id uuid,
ADD CONSTRAINT received_stop_is_whole CHECK ((stopped_at IS NULL) = (stopped_by_id IS NULL));

-- Whether anything of a list may match here.
CREATE FUNCTION federation.runs(p_list text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT s.joined_at IS NOT NULL AND s.left_at IS NULL AND s.suspended_at IS NULL AND s.silent_since IS NULL
FROM federation.subscription AS s WHERE s.list = p_list
$$;
REVOKE EXECUTE ON FUNCTION federation.runs(text) FROM PUBLIC;

-- Nothing goes back: a later number alone replaces what was believed, and what is erased stays so.
CREATE FUNCTION federation.guard_received() RETURNS trigger
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
CREATE TRIGGER guard_received BEFORE UPDATE OR DELETE ON federation.received
FOR EACH ROW EXECUTE FUNCTION federation.guard_received();

-- A list is joined as somebody else asked for it, and left for good, with all its entries.
CREATE FUNCTION federation.guard_subscription() RETURNS trigger
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
CREATE TRIGGER guard_subscription BEFORE UPDATE ON federation.subscription
FOR EACH ROW EXECUTE FUNCTION federation.guard_subscription();

-- An entry of a list is its publisher's. It begins and goes on in the names of the two accounts that joined the list, and
-- as the publisher's last statement says; whoever else changes it can only stop it.
CREATE FUNCTION federation.guard_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    r federation.received;
    s federation.subscription;
    runs boolean;
    lists boolean;
    allowed boolean := false;
BEGIN
    SELECT * INTO r FROM federation.received WHERE local_id = new.id;
    IF NOT FOUND THEN
        RETURN new;
    END IF;
    SELECT * INTO STRICT s FROM federation.subscription WHERE list = r.list;
    runs := federation.runs(r.list);
    -- Its publisher lists it for this hospital, which has joined.
    lists := r.state = 'active' AND r.in_scope AND s.joined_at IS NOT NULL AND s.left_at IS NULL;

    IF TG_OP = 'INSERT' THEN
        allowed := lists AND new.author_id = s.asked_by_id AND new.scope = 'sites' AND new.sites = s.sites
            AND new.expires_at = r.expires_at;
    ELSIF new.state = old.state THEN
        allowed := CASE
            WHEN new.approved_at IS DISTINCT FROM old.approved_at
                THEN lists AND runs AND r.stopped_at IS NULL AND new.approver_id = s.joined_by_id
                AND new.expires_at = r.expires_at
            WHEN (new.renewal_by_id, new.renewal_expires_at) IS DISTINCT FROM (old.renewal_by_id, old.renewal_expires_at)
                THEN new.renewal_by_id IS NULL
                OR lists AND new.renewal_by_id = s.asked_by_id AND new.renewal_expires_at = r.expires_at
            -- A higher threshold, a photo that was suspended or looked at.
            ELSE new.state <> 'draft'
        END;
    ELSE
        allowed := CASE new.state
            WHEN 'pending' THEN lists AND new.put_forward_by_id = s.asked_by_id
            WHEN 'active' THEN lists AND runs AND r.stopped_at IS NULL AND new.approver_id = s.joined_by_id
            WHEN 'suspended' THEN true
            WHEN 'expired' THEN r.state = 'expired' OR new.expires_at <= now()
            WHEN 'revoked'
                THEN r.state IN ('revoked', 'erased') OR NOT r.in_scope
                OR (old.state = 'pending' AND (r.state = 'expired' OR new.expires_at <= now()))
            WHEN 'erased' THEN r.state = 'erased' OR NOT r.in_scope
            ELSE false
        END;
    END IF;
    IF NOT allowed THEN
        RAISE EXCEPTION 'an entry of a list is its publisher''s: here it can only be stopped'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_listed_elsewhere';
    END IF;

    IF TG_OP = 'UPDATE' AND new.state = 'suspended' AND old.state = 'active' AND lists AND runs THEN
        UPDATE federation.received SET stopped_at = now(), stopped_by_id = new.changed_by_id
        WHERE local_id = new.id AND stopped_at IS NULL;
    END IF;
    RETURN new;
END
$$;
-- Triggers of one kind run in the order of their names: this one comes after guard_entry.
CREATE TRIGGER guard_from_elsewhere BEFORE INSERT OR UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION federation.guard_entry();

-- A photo that its publisher suspended is looked at there.
CREATE FUNCTION federation.guard_photo() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF new.suspended_at IS NULL AND old.suspended_at IS NOT NULL AND EXISTS (
        SELECT FROM federation.received WHERE local_id = new.entry_id AND new.id = ANY (suspended_photos)
    ) THEN
        RAISE EXCEPTION 'its publisher has suspended this photo'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_listed_elsewhere';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER guard_from_elsewhere BEFORE UPDATE OF suspended_at ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION federation.guard_photo();

-- -- what the federation service reads of the record, beside what it writes: ids, numbers and times

-- An erased entry that was received: how many matchers have signed, and how many still owe. Without a local_id nothing of
-- it was ever kept here.
CREATE VIEW federation.received_erasure AS
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

-- How many matchers there are, and how many hold all that was published and were heard within the last minute.
CREATE VIEW federation.matchers AS
SELECT
    count(*) AS matchers,
    count(*) FILTER (
        WHERE m.seen_at > now() - interval '1 minute'
        AND m.applied_sequence >= coalesce((SELECT max(g.published_sequence) FROM watchlist.generation AS g), 0)
    ) AS matchers_current
FROM watchlist.replica AS m WHERE m.ended_at IS NULL;

GRANT SELECT ON federation.received_erasure, federation.matchers TO wardwatch_federation;
GRANT UPDATE (
    local_id, expires_at, in_scope, suspended_photos, stopped_at, stopped_by_id
) ON federation.received TO wardwatch_import;

-- Who joined, suspended, resumed and left a list is in the audit.
SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('subscription.asked', 'asked to join a list of another hospital'),
('subscription.joined', 'joined a list of another hospital'),
('subscription.answered', 'signed the answer to an invitation'),
('subscription.suspended', 'suspended a list of another hospital'),
('subscription.resumed', 'let a suspended list match again'),
('subscription.silent', 'suspended a list whose publisher was silent for too long'),
('subscription.heard', 'let a list match again whose publisher is heard again'),
('subscription.left', 'left a list of another hospital, and erased its entries')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_subscription() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('hospital', new.hospital, 'publisher', encode(new.publisher, 'hex'), 'sites', new.sites);
    program uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
    SELECT d.actor_id, left(d.actor_name, 200), d.done, 'list', new.list, audit.words(d.reason), told
    FROM (VALUES
        (
            new.joined_at IS NULL AND (
                TG_OP = 'INSERT' OR (new.invitation, new.sites, new.asked_by_id)
                IS DISTINCT FROM (old.invitation, old.sites, old.asked_by_id)
            ), new.asked_by_id, new.asked_by_name, 'subscription.asked', ''
        ),
        (
            TG_OP = 'UPDATE' AND new.joined_at IS NOT NULL AND old.joined_at IS NULL,
            new.joined_by_id, new.joined_by_name, 'subscription.joined', ''
        ),
        (
            TG_OP = 'UPDATE' AND new.answer IS DISTINCT FROM old.answer,
            program, 'wardwatch', 'subscription.answered', ''
        ),
        (
            TG_OP = 'UPDATE' AND new.suspended_at IS NOT NULL AND old.suspended_at IS NULL,
            new.suspended_by_id, new.suspended_by_name, 'subscription.suspended', new.suspended_reason
        ),
        (
            TG_OP = 'UPDATE' AND new.suspended_at IS NULL AND old.suspended_at IS NOT NULL,
            audit.present_actor(), audit.present_actor_name(), 'subscription.resumed', new.suspended_reason
        ),
        (
            TG_OP = 'UPDATE' AND new.silent_since IS NOT NULL AND old.silent_since IS NULL,
            program, 'wardwatch', 'subscription.silent', ''
        ),
        (
            TG_OP = 'UPDATE' AND new.silent_since IS NULL AND old.silent_since IS NOT NULL,
            program, 'wardwatch', 'subscription.heard', ''
        ),
        (
            TG_OP = 'UPDATE' AND new.left_at IS NOT NULL AND old.left_at IS NULL,
            new.left_by_id, new.left_by_name, 'subscription.left', new.left_reason
        )
    ) AS d (happened, actor_id, actor_name, done, reason)
    WHERE d.happened;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.write_subscription() FROM PUBLIC;
-- Only while the trigger below is made.
GRANT EXECUTE ON FUNCTION audit.write_subscription() TO wardwatch_owner;
RESET ROLE;

CREATE TRIGGER audit_subscription AFTER INSERT OR UPDATE ON federation.subscription
FOR EACH ROW EXECUTE FUNCTION audit.write_subscription();
ALTER TABLE federation.subscription ENABLE ALWAYS TRIGGER audit_subscription;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_subscription() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TRIGGER audit_subscription ON federation.subscription;
DROP TRIGGER guard_from_elsewhere ON watchlist.entry;
DROP TRIGGER guard_from_elsewhere ON watchlist.photo;
DROP VIEW federation.matchers;
DROP VIEW federation.received_erasure;
DROP TRIGGER guard_subscription ON federation.subscription;
DROP TRIGGER guard_received ON federation.received;
DROP FUNCTION federation.guard_photo();
DROP FUNCTION federation.guard_entry();
DROP FUNCTION federation.guard_subscription();
DROP FUNCTION federation.guard_received();
DROP FUNCTION federation.runs(text);
-- The former version knows no entry of which it keeps nothing.
DELETE FROM federation.received WHERE local_id IS NULL;
ALTER TABLE federation.received
DROP CONSTRAINT received_stop_is_whole,
DROP COLUMN stopped_by_id,
DROP COLUMN stopped_at,
DROP COLUMN suspended_photos,
DROP COLUMN in_scope,
DROP COLUMN expires_at,
DROP CONSTRAINT received_local_id_fkey,
DROP CONSTRAINT received_pkey,
DROP CONSTRAINT received_local_id_key,
ADD PRIMARY KEY (local_id),
ADD CONSTRAINT received_list_entry_id_key UNIQUE (list, entry_id),
ADD CONSTRAINT received_local_id_fkey FOREIGN KEY (local_id) REFERENCES watchlist.entry (id);
CREATE VIEW federation.received_erasure AS
SELECT r.list, r.entry_id, r.local_id, r.number, r.closed_at, x.erased_at, x.key_destroyed_at, x.stream_purged_at
FROM federation.received AS r INNER JOIN watchlist.erasure AS x ON x.entry_id = r.local_id;
GRANT SELECT ON federation.received_erasure TO wardwatch_federation;
REVOKE UPDATE (local_id) ON federation.received FROM wardwatch_import;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_subscription();
DELETE FROM audit.action AS a WHERE a.code LIKE 'subscription.%' AND NOT EXISTS (
    SELECT FROM audit.event AS e WHERE e.action = a.code
);
RESET ROLE;
