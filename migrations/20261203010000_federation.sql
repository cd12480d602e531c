-- migrate:up

-- Lists that hospitals share (docs/adr/0094). What decides who is looked for where is written here by two people, through
-- the watchlist's desk; the federation service carries it, and can list nobody.
CREATE SCHEMA federation;

CREATE DOMAIN federation.name AS text CHECK (value ~ '^[a-z0-9-]{1,32}$');

-- -- the publisher's side

-- A list that this installation publishes. Its counter gives every statement its number; whoever makes one locks the row.
CREATE TABLE federation.list (
    name federation.name PRIMARY KEY,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    silent_days integer NOT NULL DEFAULT 30 CHECK (silent_days BETWEEN 1 AND 365),
    made_by_id uuid NOT NULL,
    made_by_name text NOT NULL CHECK (made_by_name <> ''),
    made_at timestamptz NOT NULL DEFAULT now(),
    number bigint NOT NULL DEFAULT 0 CHECK (number >= 0),
    -- Of the last head that the broker has stored; 0: none is on its stream. A stream that holds less was put back.
    head_number bigint NOT NULL DEFAULT 0 CHECK (head_number >= 0),
    -- Of the travel keys: one more when a hospital is put out, so that it can open nothing that comes after.
    generation integer NOT NULL DEFAULT 1 CHECK (generation > 0)
);

-- A hospital and a list: invited by two people, known by the keys of its answer, admitted by two people.
CREATE TABLE federation.hospital (
    list federation.name NOT NULL REFERENCES federation.list (name),
    name federation.name NOT NULL,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    addresses text [] NOT NULL CHECK (cardinality(addresses) BETWEEN 1 AND 4),
    authority text NOT NULL CHECK (length(authority) <= 16384),
    invitation_expires_at timestamptz NOT NULL,
    invited_by_id uuid NOT NULL,
    invited_by_name text NOT NULL CHECK (invited_by_name <> ''),
    invited_at timestamptz NOT NULL DEFAULT now(),
    invitation_approved_by_id uuid CHECK (invitation_approved_by_id <> invited_by_id),
    invitation_approved_by_name text,
    -- The signed invitation, written by the federation service once two people asked for it.
    invitation bytea,
    -- The signed answer, and what it says.
    answer bytea,
    link_key text CHECK (link_key ~ '^U[A-Z2-7]{55}$'),
    signing_key bytea CHECK (octet_length(signing_key) = 32),
    sealing_key bytea CHECK (octet_length(sealing_key) = 32),
    admission_asked_by_id uuid,
    admission_asked_by_name text,
    admitted_by_id uuid CHECK (admitted_by_id <> admission_asked_by_id),
    admitted_by_name text,
    admitted_at timestamptz,
    removed_by_id uuid,
    removed_by_name text,
    removed_at timestamptz,
    removed_reason text NOT NULL DEFAULT '' CHECK (length(removed_reason) <= 500),
    PRIMARY KEY (list, name),
    CONSTRAINT hospital_is_known_by_its_answer CHECK (
        (answer IS NULL) = (link_key IS NULL) AND (answer IS NULL) = (signing_key IS NULL)
        AND (answer IS NULL) = (sealing_key IS NULL) AND (answer IS NULL) = (admission_asked_by_id IS NULL)
        AND (answer IS NULL OR invitation IS NOT NULL)
    ),
    CONSTRAINT hospital_invitation_is_approved CHECK (invitation IS NULL OR invitation_approved_by_id IS NOT NULL),
    CONSTRAINT hospital_is_admitted_by_its_answer CHECK (
        (admitted_at IS NULL) = (admitted_by_id IS NULL) AND (admitted_by_id IS NULL OR answer IS NOT NULL)
    ),
    CONSTRAINT hospital_is_put_out_for_a_reason CHECK (
        (removed_at IS NULL) = (removed_by_id IS NULL) AND (removed_at IS NULL OR btrim(removed_reason) <> '')
    )
);

-- An entry that is on a list, for all of its hospitals or for some; asked for by one account and approved by another.
CREATE TABLE federation.share (
    list federation.name NOT NULL REFERENCES federation.list (name),
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    hospitals text [] NOT NULL DEFAULT '{}',
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    approved_by_id uuid CHECK (approved_by_id <> asked_by_id),
    approved_by_name text,
    approved_at timestamptz,
    withdrawn_by_id uuid,
    withdrawn_by_name text,
    withdrawn_at timestamptz,
    withdrawn_reason text NOT NULL DEFAULT '' CHECK (length(withdrawn_reason) <= 500),
    -- When no travel key of it was left: it was withdrawn, or the entry was erased.
    travel_keys_destroyed_at timestamptz,
    PRIMARY KEY (list, entry_id),
    CHECK ((approved_at IS NULL) = (approved_by_id IS NULL)),
    CONSTRAINT share_is_withdrawn_for_a_reason CHECK (
        (withdrawn_at IS NULL) = (withdrawn_by_id IS NULL) AND (withdrawn_at IS NULL OR btrim(withdrawn_reason) <> '')
    )
);

-- Shared entries of which something new is to be said. Written by triggers, in the transaction of the change. Noted again,
-- a row is another one: whoever has read it before does not take it away.
CREATE TABLE federation.outbox (
    list federation.name NOT NULL REFERENCES federation.list (name),
    entry_id uuid NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (list, entry_id)
);

-- The last statement on each entry of a list, as it is published; its words are sealed in it.
CREATE TABLE federation.statement (
    list federation.name NOT NULL REFERENCES federation.list (name),
    entry_id uuid NOT NULL,
    number bigint NOT NULL,
    revision bigint NOT NULL,
    state watchlist.entry_state NOT NULL,
    generation integer NOT NULL,
    statement bytea NOT NULL,
    made_at timestamptz NOT NULL DEFAULT now(),
    -- When the broker had stored it; nothing: it is to be published, or published again.
    published_at timestamptz,
    PRIMARY KEY (list, entry_id)
);

-- Which hospital ever had a key of which entry; each of them owes a receipt once the entry is erased.
CREATE TABLE federation.holding (
    list federation.name NOT NULL,
    hospital federation.name NOT NULL,
    entry_id uuid NOT NULL,
    given_at timestamptz NOT NULL DEFAULT now(),
    -- Of the travel key that the broker has stored for it; 0: none, or taken back; -1: one that it may have stored.
    generation integer NOT NULL,
    closed_at timestamptz,
    -- Where two people say that it never will.
    closed_for_by_id uuid,
    closed_for_by_name text,
    closed_for_approved_by_id uuid CHECK (closed_for_approved_by_id <> closed_for_by_id),
    closed_for_approved_by_name text,
    closed_for_reason text NOT NULL DEFAULT '' CHECK (length(closed_for_reason) <= 500),
    PRIMARY KEY (list, hospital, entry_id),
    FOREIGN KEY (list, hospital) REFERENCES federation.hospital (list, name),
    CONSTRAINT holding_is_closed_for_a_reason CHECK (
        (closed_for_approved_by_id IS NULL OR closed_for_by_id IS NOT NULL)
        AND (closed_for_by_id IS NULL OR btrim(closed_for_reason) <> '')
    )
);
CREATE INDEX holding_of_entry ON federation.holding (entry_id);

-- What hospitals have signed: a receipt of each matcher, and the closing one.
CREATE TABLE federation.receipt (
    list federation.name NOT NULL,
    hospital federation.name NOT NULL,
    entry_id uuid NOT NULL,
    matcher text NOT NULL CHECK (matcher ~ '^[A-Za-z0-9_-]{1,64}$'),
    receipt bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (list, hospital, entry_id, matcher),
    FOREIGN KEY (list, hospital) REFERENCES federation.hospital (list, name)
);

-- The last hello of each hospital.
CREATE TABLE federation.hello (
    list federation.name NOT NULL,
    hospital federation.name NOT NULL,
    at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    number bigint NOT NULL,
    -- Since when it has held this number.
    number_since timestamptz NOT NULL DEFAULT now(),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    entries integer NOT NULL,
    locked integer NOT NULL,
    suspended integer NOT NULL,
    matchers integer NOT NULL,
    matchers_current integer NOT NULL,
    owed integer NOT NULL,
    PRIMARY KEY (list, hospital),
    FOREIGN KEY (list, hospital) REFERENCES federation.hospital (list, name)
);

-- -- the hospital's side

-- A list that this installation joined. Two people compared the invitation by telephone, for the sites that they name.
CREATE TABLE federation.subscription (
    list federation.name PRIMARY KEY,
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    -- How the publisher calls us.
    hospital federation.name NOT NULL,
    publisher bytea NOT NULL CHECK (octet_length(publisher) = 32),
    addresses text [] NOT NULL CHECK (cardinality(addresses) BETWEEN 1 AND 4),
    authority text NOT NULL CHECK (length(authority) <= 16384),
    domain text NOT NULL CHECK (domain ~ '^ww-[0-9a-f]{12}$'),
    silent_days integer NOT NULL CHECK (silent_days BETWEEN 1 AND 365),
    invitation bytea NOT NULL,
    sites watchlist.sites NOT NULL CHECK (cardinality(sites) >= 1),
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    joined_by_id uuid CHECK (joined_by_id <> asked_by_id),
    joined_by_name text,
    joined_at timestamptz,
    -- The signed answer, written by the federation service once two people joined.
    answer bytea,
    -- Nothing of it matches while it is suspended: by people, or because its publisher was silent for too long.
    suspended_by_id uuid,
    suspended_by_name text,
    suspended_at timestamptz,
    suspended_reason text NOT NULL DEFAULT '' CHECK (length(suspended_reason) <= 500),
    silent_since timestamptz,
    left_by_id uuid,
    left_by_name text,
    left_at timestamptz,
    left_reason text NOT NULL DEFAULT '' CHECK (length(left_reason) <= 500),
    CHECK ((joined_at IS NULL) = (joined_by_id IS NULL)),
    CONSTRAINT subscription_answers_once_joined CHECK (answer IS NULL OR joined_at IS NOT NULL),
    CHECK ((suspended_at IS NULL) = (suspended_by_id IS NULL)),
    CONSTRAINT subscription_is_left_for_a_reason CHECK (
        (left_at IS NULL) = (left_by_id IS NULL) AND (left_at IS NULL OR btrim(left_reason) <> '')
    )
);

-- Where an entry of this record is from. Nobody here may change such an entry but to stop it.
CREATE TABLE federation.received (
    local_id uuid PRIMARY KEY REFERENCES watchlist.entry (id),
    list federation.name NOT NULL REFERENCES federation.subscription (list),
    entry_id uuid NOT NULL,
    -- Of the statement that the record follows, and what it said.
    number bigint NOT NULL,
    revision bigint NOT NULL,
    state watchlist.entry_state NOT NULL,
    statement_sha256 bytea NOT NULL CHECK (octet_length(statement_sha256) = 32),
    written_at timestamptz NOT NULL DEFAULT now(),
    -- When the closing receipt of its erasure was stored at the publisher's.
    closed_at timestamptz,
    UNIQUE (list, entry_id)
);

-- The last head of each list, and when the record was the same.
CREATE TABLE federation.head (
    list federation.name PRIMARY KEY REFERENCES federation.subscription (list),
    number bigint NOT NULL,
    at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL,
    entries integer NOT NULL,
    -- The head that the record agreed with last: its time by the publisher's clock, and its number.
    agreed_at timestamptz,
    agreed_number bigint,
    -- Since when it has differed, and in how many entries; nothing: it agrees.
    differs_since timestamptz,
    differs integer NOT NULL DEFAULT 0,
    locked integer NOT NULL DEFAULT 0
);

-- -- triggers

-- Something of a shared entry changed: the publisher has something to say.
CREATE FUNCTION federation.note_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO federation.outbox (list, entry_id)
    SELECT s.list, s.entry_id FROM federation.share AS s WHERE s.entry_id = new.id AND s.approved_at IS NOT NULL
    ON CONFLICT (list, entry_id) DO UPDATE SET noted_at = clock_timestamp();
    IF found THEN
        PERFORM pg_notify('federation_outbox', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_federation AFTER UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION federation.note_entry();

CREATE FUNCTION federation.note_photo() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO federation.outbox (list, entry_id)
    SELECT s.list, s.entry_id FROM federation.share AS s WHERE s.entry_id = new.entry_id AND s.approved_at IS NOT NULL
    ON CONFLICT (list, entry_id) DO UPDATE SET noted_at = clock_timestamp();
    IF found THEN
        PERFORM pg_notify('federation_outbox', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_federation AFTER UPDATE OF suspended_at ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION federation.note_photo();

CREATE FUNCTION federation.note_share() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF new.approved_at IS NOT NULL THEN
        INSERT INTO federation.outbox (list, entry_id) VALUES (new.list, new.entry_id)
        ON CONFLICT (list, entry_id) DO UPDATE SET noted_at = clock_timestamp();
        PERFORM pg_notify('federation_outbox', '');
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_federation AFTER UPDATE OF approved_at, withdrawn_at ON federation.share
FOR EACH ROW EXECUTE FUNCTION federation.note_share();

-- Whoever is admitted or put out changes what has to be said of every entry; new invitations wait to be signed.
CREATE FUNCTION federation.note_hospital() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    PERFORM pg_notify('federation_outbox', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER note_federation AFTER INSERT OR UPDATE ON federation.hospital
FOR EACH ROW EXECUTE FUNCTION federation.note_hospital();
CREATE TRIGGER note_federation AFTER INSERT OR UPDATE ON federation.subscription
FOR EACH ROW EXECUTE FUNCTION federation.note_hospital();
CREATE TRIGGER note_federation AFTER INSERT ON federation.list
FOR EACH ROW EXECUTE FUNCTION federation.note_hospital();

-- A share stays as it was asked for and approved. What it ended with is final: hospitals have erased the entry, and never
-- take it again. What another publisher listed is not ours to share.
CREATE FUNCTION federation.guard_share() RETURNS trigger
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
CREATE TRIGGER guard_share BEFORE INSERT OR UPDATE ON federation.share
FOR EACH ROW EXECUTE FUNCTION federation.guard_share();

-- Whose keys are believed is what two people compared: it never changes, and is never forgotten.
CREATE FUNCTION federation.guard_pinned() RETURNS trigger
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
CREATE TRIGGER guard_pinned BEFORE UPDATE OR DELETE ON federation.subscription
FOR EACH ROW EXECUTE FUNCTION federation.guard_pinned();
CREATE TRIGGER guard_pinned BEFORE UPDATE OR DELETE ON federation.hospital
FOR EACH ROW EXECUTE FUNCTION federation.guard_pinned();
-- The broker tells hospitals apart by this key.
CREATE UNIQUE INDEX hospital_has_a_link_key_of_its_own ON federation.hospital (list, link_key) WHERE removed_at IS NULL;

-- A list's numbers never fall, nor does the generation of its keys.
CREATE FUNCTION federation.guard_list() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF new.number < old.number OR new.generation < old.generation THEN
        RAISE EXCEPTION 'numbers of a list only grow'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'list_numbers_grow';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER guard_list BEFORE UPDATE ON federation.list
FOR EACH ROW EXECUTE FUNCTION federation.guard_list();

-- What was said of an erased entry is the last word.
CREATE FUNCTION federation.guard_statement() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF new.number < old.number OR old.state = 'erased' AND new.state <> 'erased' THEN
        RAISE EXCEPTION 'a statement is followed by a later one, and a tombstone by none'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_follows';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER guard_statement BEFORE UPDATE ON federation.statement
FOR EACH ROW EXECUTE FUNCTION federation.guard_statement();

-- -- what the federation service reads of the record

CREATE VIEW federation.shared_entry AS
SELECT s.list, s.entry_id, e.revision, e.state, e.expires_at, e.min_similarity, s.hospitals,
    s.withdrawn_at IS NOT NULL AS is_withdrawn
FROM federation.share AS s INNER JOIN watchlist.entry AS e ON e.id = s.entry_id
WHERE s.approved_at IS NOT NULL;

-- An erased entry that was received: which matchers have signed, and whether anybody owes.
CREATE VIEW federation.received_erasure AS
SELECT r.list, r.entry_id, r.local_id, r.number, r.closed_at, x.erased_at, x.key_destroyed_at, x.stream_purged_at
FROM federation.received AS r INNER JOIN watchlist.erasure AS x ON x.entry_id = r.local_id;

GRANT USAGE ON SCHEMA federation TO wardwatch_federation, wardwatch_import, wardwatch_alerts;
GRANT SELECT ON ALL TABLES IN SCHEMA federation TO wardwatch_federation;
GRANT SELECT ON federation.list, federation.hospital, federation.share, federation.statement, federation.holding,
federation.receipt, federation.hello, federation.subscription, federation.received, federation.head,
federation.shared_entry TO wardwatch_import;
GRANT SELECT ON federation.subscription, federation.head, federation.hello TO wardwatch_alerts;

-- Two people's words are written by the desk.
GRANT INSERT (name, title, silent_days, made_by_id, made_by_name) ON federation.list TO wardwatch_import;
GRANT UPDATE (generation) ON federation.list TO wardwatch_import;
GRANT INSERT (
    list, name, title, addresses, authority, invitation_expires_at, invited_by_id, invited_by_name
) ON federation.hospital TO wardwatch_import;
GRANT UPDATE (
    invitation_approved_by_id, invitation_approved_by_name, answer, link_key, signing_key, sealing_key,
    admission_asked_by_id, admission_asked_by_name, admitted_by_id, admitted_by_name, admitted_at,
    removed_by_id, removed_by_name, removed_at, removed_reason
) ON federation.hospital TO wardwatch_import;
GRANT INSERT (list, entry_id, hospitals, asked_by_id, asked_by_name) ON federation.share TO wardwatch_import;
GRANT UPDATE (
    hospitals, asked_by_id, asked_by_name, asked_at, approved_by_id, approved_by_name, approved_at,
    withdrawn_by_id, withdrawn_by_name, withdrawn_at, withdrawn_reason
) ON federation.share TO wardwatch_import;
GRANT UPDATE (
    closed_for_by_id, closed_for_by_name, closed_for_approved_by_id, closed_for_approved_by_name, closed_for_reason,
    closed_at
) ON federation.holding TO wardwatch_import;
GRANT INSERT (
    list, title, hospital, publisher, addresses, authority, domain, silent_days, invitation, sites,
    asked_by_id, asked_by_name
) ON federation.subscription TO wardwatch_import;
GRANT UPDATE (
    title, publisher, hospital, addresses, authority, domain, silent_days, invitation, sites, asked_by_id,
    asked_by_name, asked_at, joined_by_id, joined_by_name, joined_at,
    suspended_by_id, suspended_by_name, suspended_at, suspended_reason, silent_since,
    left_by_id, left_by_name, left_at, left_reason
) ON federation.subscription TO wardwatch_import;
GRANT INSERT ON federation.received TO wardwatch_import;
GRANT UPDATE (number, revision, state, statement_sha256, written_at) ON federation.received TO wardwatch_import;

-- Travel keys are destroyed with what they are of, beside the data keys.
GRANT USAGE ON SCHEMA federation TO wardwatch_matcher;
GRANT SELECT (name, generation) ON federation.list TO wardwatch_matcher;
GRANT SELECT (list, entry_id, withdrawn_at, travel_keys_destroyed_at) ON federation.share TO wardwatch_matcher;
GRANT UPDATE (travel_keys_destroyed_at) ON federation.share TO wardwatch_matcher;
-- Whether every hospital has closed an erasure.
GRANT SELECT (list, hospital, entry_id, closed_at) ON federation.holding TO wardwatch_matcher;

-- What is said and heard is written by the federation service.
GRANT UPDATE (number, head_number) ON federation.list TO wardwatch_federation;
GRANT UPDATE (invitation) ON federation.hospital TO wardwatch_federation;
GRANT DELETE ON federation.outbox TO wardwatch_federation;
GRANT INSERT, UPDATE ON federation.statement, federation.receipt, federation.hello, federation.head
TO wardwatch_federation;
GRANT INSERT ON federation.holding TO wardwatch_federation;
GRANT UPDATE (given_at, generation, closed_at) ON federation.holding TO wardwatch_federation;
GRANT UPDATE (answer) ON federation.subscription TO wardwatch_federation;
GRANT UPDATE (closed_at) ON federation.received TO wardwatch_federation;
GRANT USAGE ON SCHEMA watchlist TO wardwatch_federation;
-- Which matchers hold the list, and which have signed for what was erased: names of machines and numbers.
GRANT SELECT ON watchlist.replica, watchlist.receipt TO wardwatch_federation;

-- migrate:down

DROP TRIGGER note_federation ON watchlist.entry;
DROP TRIGGER note_federation ON watchlist.photo;
DROP SCHEMA federation CASCADE;
REVOKE SELECT ON watchlist.replica, watchlist.receipt FROM wardwatch_federation;
REVOKE USAGE ON SCHEMA watchlist FROM wardwatch_federation;
