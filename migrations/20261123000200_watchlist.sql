-- migrate:up

-- The watchlist's record. What safeguard S3 asks of an entry, and the order of its states, are enforced here, so that
-- no program and no person with the matcher's credential can make an entry match without them.
CREATE SCHEMA watchlist;

-- The closed list of grounds, each with the longest time an entry may stand on it.
CREATE TABLE watchlist.category (
    code text PRIMARY KEY CHECK (code ~ '^[a-z_]{1,40}$'),
    title text NOT NULL,
    longest interval NOT NULL CHECK (longest BETWEEN interval '1 day' AND interval '1827 days')
);

INSERT INTO watchlist.category (code, title, longest) VALUES
    ('scalping', 'Reselling appointments, punished by a decision', interval '1096 days'),
    ('violence', 'Violence against staff, patients or visitors', interval '1827 days'),
    ('threat', 'Threat against a person or the hospital', interval '1096 days'),
    ('theft', 'Theft from patients, staff or the hospital', interval '1096 days'),
    ('ban', 'Barred from the premises by a written decision', interval '731 days'),
    ('court_order', 'Kept away from a person by a court order', interval '1827 days');

CREATE TYPE watchlist.entry_state AS ENUM (
    'draft', 'pending', 'active', 'suspended', 'expired', 'revoked', 'erased'
);

-- Names of accounts are kept beside their ids: the record says who decided, also after an account is gone.
CREATE TABLE watchlist.entry (
    id uuid PRIMARY KEY,
    revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
    state watchlist.entry_state NOT NULL DEFAULT 'draft',
    label text NOT NULL CHECK (length(label) <= 200),
    category text NOT NULL REFERENCES watchlist.category (code),
    basis text NOT NULL CHECK (length(basis) <= 2000),
    instruction text NOT NULL CHECK (length(instruction) <= 1000),
    -- No site: every site.
    sites text [] NOT NULL DEFAULT '{}' CHECK (
        array_to_string(sites, ',', '') ~ '^([A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64})*)?$'
    ),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    author_id uuid NOT NULL,
    author_name text NOT NULL CHECK (author_name <> ''),
    approver_id uuid,
    approver_name text,
    approved_at timestamptz,
    -- Who made the present revision, when and why; the history is written from these.
    changed_by_id uuid NOT NULL,
    changed_by_name text NOT NULL CHECK (changed_by_name <> ''),
    changed_at timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 2000),
    CONSTRAINT entry_says_what_and_why CHECK (
        state = 'erased' OR (btrim(label) <> '' AND btrim(basis) <> '' AND btrim(instruction) <> '')
    ),
    CONSTRAINT entry_expires_after_it_begins CHECK (expires_at > created_at),
    CONSTRAINT entry_never_over_five_years CHECK (expires_at - created_at <= interval '1827 days'),
    CONSTRAINT entry_approver_is_not_the_author CHECK (approver_id <> author_id),
    CONSTRAINT entry_approval_is_whole CHECK (
        (approver_id IS NULL) = (approved_at IS NULL) AND (approver_id IS NULL) = (approver_name IS NULL)
    ),
    CONSTRAINT entry_is_approved_before_it_matches CHECK (
        state NOT IN ('active', 'suspended', 'expired') OR approver_id IS NOT NULL
    ),
    CONSTRAINT entry_ends_with_a_reason CHECK (
        state NOT IN ('suspended', 'revoked') OR btrim(reason) <> ''
    )
);

-- One enrolled photo: the cut-out face a guard may see, never the whole picture. The file's digest says which file.
CREATE TABLE watchlist.photo (
    id uuid PRIMARY KEY,
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    position smallint NOT NULL CHECK (position BETWEEN 0 AND 9),
    filename text NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    file_sha256 bytea NOT NULL CHECK (octet_length(file_sha256) = 32),
    source text NOT NULL CHECK (btrim(source) <> '' AND length(source) <= 500),
    taken_at timestamptz,
    picture bytea NOT NULL CHECK (octet_length(picture) BETWEEN 1 AND 1048576),
    face_px real NOT NULL,
    sharpness real NOT NULL,
    yaw_degrees real NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (entry_id, position),
    UNIQUE (entry_id, file_sha256)
);

CREATE TABLE watchlist.template (
    photo_id uuid NOT NULL REFERENCES watchlist.photo (id),
    model_name text NOT NULL CHECK (model_name <> ''),
    model_sha256 bytea NOT NULL CHECK (octet_length(model_sha256) = 32),
    -- float32, little-endian, unit length
    vector bytea NOT NULL CHECK (octet_length(vector) > 0 AND octet_length(vector) % 4 = 0),
    PRIMARY KEY (photo_id, model_sha256)
);

-- Who did what, when and why. Only ever added to.
CREATE TABLE watchlist.change (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    revision bigint NOT NULL,
    state watchlist.entry_state NOT NULL,
    account_id uuid NOT NULL,
    account_name text NOT NULL,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (entry_id, revision)
);

-- Changes that the stream has not yet acknowledged. Holds no template: the relay reads those when it publishes, so
-- that an erased vector cannot wait here.
CREATE TABLE watchlist.outbox (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    revision bigint NOT NULL,
    state watchlist.entry_state NOT NULL,
    expires_at timestamptz NOT NULL,
    sites text [] NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (entry_id, revision)
);

CREATE FUNCTION watchlist.guard_entry() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    cap interval;
BEGIN
    SELECT longest INTO cap FROM watchlist.category WHERE code = new.category;
    IF new.expires_at - new.created_at > cap THEN
        RAISE EXCEPTION 'category % allows at most % days', new.category, extract(day FROM cap)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_category_cap';
    END IF;

    IF tg_op = 'INSERT' THEN
        IF new.state <> 'draft' OR new.revision <> 1 OR new.approver_id IS NOT NULL THEN
            RAISE EXCEPTION 'an entry begins as an unapproved draft'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_begins_as_draft';
        END IF;
        RETURN new;
    END IF;

    IF (old.state, new.state) NOT IN (
        ('draft', 'pending'), ('draft', 'revoked'),
        ('pending', 'active'), ('pending', 'revoked'),
        ('active', 'suspended'), ('active', 'expired'), ('active', 'revoked'),
        ('suspended', 'active'), ('suspended', 'expired'), ('suspended', 'revoked'),
        ('expired', 'pending'), ('expired', 'revoked'), ('expired', 'erased'),
        ('revoked', 'erased')
    ) THEN
        RAISE EXCEPTION 'an entry cannot go from % to %', old.state, new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_state_order';
    END IF;

    IF new.id <> old.id OR new.revision <> old.revision + 1 OR new.created_at <> old.created_at THEN
        RAISE EXCEPTION 'every change is the next revision of the same entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_revision_order';
    END IF;

    -- What was approved is what stands: words, scope and author are fixed once an entry is put forward.
    IF new.state <> 'erased' AND old.state <> 'draft' AND
        (new.label, new.category, new.basis, new.instruction, new.sites, new.author_id)
        IS DISTINCT FROM (old.label, old.category, old.basis, old.instruction, old.sites, old.author_id)
    THEN
        RAISE EXCEPTION 'an entry that was put forward can no longer be rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_fixed';
    END IF;

    IF new.state = 'pending' THEN
        -- A renewal is approved anew, so the earlier approval must be gone.
        IF new.approver_id IS NOT NULL THEN
            RAISE EXCEPTION 'a pending entry is not approved'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_pending_is_unapproved';
        END IF;
        IF NOT EXISTS (
            SELECT FROM watchlist.photo AS p
            INNER JOIN watchlist.template AS t ON t.photo_id = p.id
            WHERE p.entry_id = new.id
        ) THEN
            RAISE EXCEPTION 'an entry without an enrolled photo cannot be put forward'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_a_photo';
        END IF;
    ELSIF new.expires_at <> old.expires_at THEN
        RAISE EXCEPTION 'the expiry changes only with a renewal'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_expiry_is_fixed';
    END IF;

    -- An approval is given once, by the account that makes this change.
    IF (new.approver_id, new.approver_name, new.approved_at)
        IS DISTINCT FROM (old.approver_id, old.approver_name, old.approved_at)
        AND new.state <> 'pending'
        AND NOT (
            old.state = 'pending' AND new.state = 'active'
            AND new.approver_id = new.changed_by_id AND new.approver_name = new.changed_by_name
        )
    THEN
        RAISE EXCEPTION 'an entry is approved when it becomes active, by who makes the change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_approval_is_given_once';
    END IF;

    IF new.state = 'active' AND new.expires_at <= now() THEN
        RAISE EXCEPTION 'an entry past its expiry cannot become active'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_expiry_is_ahead';
    END IF;

    RETURN new;
END
$$;

CREATE TRIGGER guard_entry BEFORE INSERT OR UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_entry();

-- History and outbox are written by the database in the change's own transaction, with the owner's rights: the matcher
-- can neither forget them nor write them by itself. A draft is nobody's business but its author's.
CREATE FUNCTION watchlist.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO watchlist.change (entry_id, revision, state, account_id, account_name, reason, changed_at)
    VALUES (new.id, new.revision, new.state, new.changed_by_id, new.changed_by_name, new.reason, new.changed_at);

    IF new.state <> 'draft' THEN
        INSERT INTO watchlist.outbox (entry_id, revision, state, expires_at, sites)
        VALUES (new.id, new.revision, new.state, new.expires_at, new.sites);
        PERFORM pg_notify('watchlist_outbox', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER record_change AFTER INSERT OR UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.record_change();

-- A photo joins an entry only while the entry is a draft: what is approved is what was looked at.
CREATE FUNCTION watchlist.guard_photo() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM watchlist.entry WHERE id = new.entry_id AND state = 'draft') THEN
        RAISE EXCEPTION 'photos are added while an entry is a draft'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'photo_joins_a_draft';
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER guard_photo BEFORE INSERT OR UPDATE OF entry_id ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_photo();

CREATE FUNCTION watchlist.guard_template() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM watchlist.photo AS p
        INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
        WHERE p.id = new.photo_id AND e.state = 'draft'
    ) THEN
        RAISE EXCEPTION 'templates are added while an entry is a draft'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'template_joins_a_draft';
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER guard_template BEFORE INSERT OR UPDATE OF photo_id, vector ON watchlist.template
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_template();

CREATE FUNCTION watchlist.guard_history() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'the history is only ever added to'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'change_is_kept';
END
$$;

CREATE TRIGGER guard_history BEFORE UPDATE OR DELETE OR TRUNCATE ON watchlist.change
FOR EACH STATEMENT EXECUTE FUNCTION watchlist.guard_history();

-- What a guard's alert shows of an entry; nothing of an entry that never was approved or is erased.
CREATE VIEW watchlist.alert_card AS
SELECT
    -- Text, as it travels on the bus.
    e.id::text AS entry_id,
    e.label,
    e.category,
    e.instruction,
    p.picture
FROM watchlist.entry AS e
INNER JOIN watchlist.photo AS p ON p.entry_id = e.id AND p.position = 0
WHERE e.approver_id IS NOT NULL AND e.state <> 'erased';

GRANT USAGE ON SCHEMA watchlist TO wardwatch_matcher, wardwatch_alerts;
GRANT SELECT ON watchlist.alert_card TO wardwatch_alerts;

GRANT SELECT ON watchlist.category, watchlist.entry, watchlist.photo, watchlist.template, watchlist.change
TO wardwatch_matcher;
GRANT INSERT ON watchlist.entry, watchlist.photo, watchlist.template TO wardwatch_matcher;
GRANT UPDATE (
    state, revision, approver_id, approver_name, approved_at, changed_by_id, changed_by_name, changed_at, reason
) ON watchlist.entry TO wardwatch_matcher;
GRANT SELECT, DELETE ON watchlist.outbox TO wardwatch_matcher;

-- migrate:down

DROP SCHEMA watchlist CASCADE;
