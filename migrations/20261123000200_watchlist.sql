-- migrate:up

-- The watchlist's record. What safeguard S3 asks of an entry, and the order of its states, are enforced here, so that
-- no program and no person with one credential can make an entry match without them.
--
-- Columns named sealed_* hold AES-256-GCM under the entry's own data key, which is not in this database (docs/adr/0043).
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

CREATE DOMAIN watchlist.sites AS text [] CHECK (
    array_to_string(value, ',', '') ~ '^([A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64})*)?$'
);

-- Named sets of sites. An entry takes the sites of its group when it is put forward: what an approver saw stays so.
CREATE TABLE watchlist.site_group (
    name text PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$'),
    sites watchlist.sites NOT NULL CHECK (cardinality(sites) >= 1),
    changed_by_id uuid NOT NULL,
    changed_by_name text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- Each change of the list, in commit order; one transaction is one generation, however many entries it changes.
CREATE TABLE watchlist.generation (
    number bigint PRIMARY KEY CHECK (number > 0),
    committed_at timestamptz NOT NULL DEFAULT now(),
    -- Of the WATCHLIST stream: who has applied this sequence has the whole generation.
    published_sequence bigint,
    published_at timestamptz,
    CHECK ((published_sequence IS NULL) = (published_at IS NULL))
);

-- Its one row is locked by whoever changes the list until the change is committed.
CREATE TABLE watchlist.generation_counter (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    number bigint NOT NULL
);
INSERT INTO watchlist.generation_counter (number) VALUES (0);

CREATE TYPE watchlist.batch_state AS ENUM ('open', 'committed', 'undone', 'discarded');

-- An import: people put forward together. Its purpose stands for those whose own row says nothing else.
CREATE TABLE watchlist.batch (
    id uuid PRIMARY KEY,
    state watchlist.batch_state NOT NULL DEFAULT 'open',
    -- JSON of the purpose as the API takes it; names nobody.
    purpose jsonb NOT NULL,
    author_id uuid NOT NULL,
    author_name text NOT NULL CHECK (author_name <> ''),
    opened_at timestamptz NOT NULL DEFAULT now(),
    people_sha256 bytea CHECK (octet_length(people_sha256) = 32),
    committed_at timestamptz,
    generation bigint REFERENCES watchlist.generation (number),
    ended_at timestamptz,
    CHECK ((committed_at IS NULL) = (generation IS NULL)),
    CHECK (state <> 'committed' OR committed_at IS NOT NULL)
);

CREATE TYPE watchlist.entry_state AS ENUM (
    'draft', 'pending', 'active', 'suspended', 'expired', 'revoked', 'erased'
);

-- Names of accounts are kept beside their ids: the record says who decided, also after an account is gone.
CREATE TABLE watchlist.entry (
    id uuid PRIMARY KEY,
    revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0),
    state watchlist.entry_state NOT NULL DEFAULT 'draft',
    sealed_label bytea CHECK (octet_length(sealed_label) BETWEEN 28 AND 2048),
    sealed_note bytea CHECK (octet_length(sealed_note) BETWEEN 28 AND 8192),
    category text NOT NULL REFERENCES watchlist.category (code),
    basis text NOT NULL CHECK (length(basis) <= 2000),
    -- Where the proof lies: a file number, a case, a decision's reference.
    evidence text NOT NULL CHECK (length(evidence) <= 500),
    instruction text NOT NULL CHECK (length(instruction) <= 1000),
    scope text NOT NULL CHECK (scope IN ('network', 'group', 'sites')),
    site_group text CHECK ((site_group IS NOT NULL) = (scope = 'group')),
    -- None: every site of the network.
    sites watchlist.sites NOT NULL DEFAULT '{}' CHECK ((cardinality(sites) = 0) = (scope = 'network')),
    -- Cosine this entry needs when it is more than the policy asks: it looks like another one (0: nothing more).
    min_similarity real NOT NULL DEFAULT 0 CHECK (min_similarity BETWEEN 0 AND 1),
    created_at timestamptz NOT NULL DEFAULT now(),
    -- From when the time it may stand is counted: the creation, then each renewal's approval.
    stands_from timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    author_id uuid NOT NULL,
    author_name text NOT NULL CHECK (author_name <> ''),
    put_forward_by_id uuid,
    put_forward_by_name text,
    approver_id uuid,
    approver_name text,
    approved_at timestamptz,
    -- A renewal that waits for its own approval; the entry stands as it did until then.
    renewal_by_id uuid,
    renewal_by_name text,
    renewal_expires_at timestamptz,
    -- Who made the present revision, when and why; the history is written from these.
    changed_by_id uuid NOT NULL,
    changed_by_name text NOT NULL CHECK (changed_by_name <> ''),
    changed_at timestamptz NOT NULL DEFAULT now(),
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 2000),
    batch_id uuid REFERENCES watchlist.batch (id),
    -- HMAC of the number the list's owner gives the person, under the look-up key.
    external_lookup bytea CHECK (octet_length(external_lookup) = 32),
    -- HMAC, under the look-up key, of the request that began the entry: it is answered again, another is refused.
    request_digest bytea CHECK (octet_length(request_digest) = 32),
    -- Where an imported person's photos are from, those that are still to come too.
    photo_source text CHECK (length(photo_source) <= 500),
    photo_taken_at timestamptz,
    CONSTRAINT entry_says_what_and_why CHECK (
        state = 'erased'
        OR (sealed_label IS NOT NULL AND btrim(basis) <> '' AND btrim(evidence) <> '' AND btrim(instruction) <> '')
    ),
    CONSTRAINT entry_erased_says_nothing CHECK (
        state <> 'erased'
        OR (
            sealed_label IS NULL AND sealed_note IS NULL AND external_lookup IS NULL
            AND request_digest IS NULL AND photo_source IS NULL AND photo_taken_at IS NULL
            AND basis = '' AND evidence = '' AND instruction = ''
        )
    ),
    CONSTRAINT entry_expires_after_it_begins CHECK (expires_at > stands_from),
    CONSTRAINT entry_never_over_five_years CHECK (expires_at - stands_from <= interval '1827 days'),
    CONSTRAINT entry_approver_is_not_the_author CHECK (approver_id <> author_id),
    CONSTRAINT entry_approver_did_not_put_it_forward CHECK (approver_id <> put_forward_by_id),
    CONSTRAINT entry_approval_is_whole CHECK (
        (approver_id IS NULL) = (approved_at IS NULL) AND (approver_id IS NULL) = (approver_name IS NULL)
    ),
    CONSTRAINT entry_put_forward_is_whole CHECK ((put_forward_by_id IS NULL) = (put_forward_by_name IS NULL)),
    CONSTRAINT entry_renewal_is_whole CHECK (
        (renewal_by_id IS NULL) = (renewal_by_name IS NULL)
        AND (renewal_by_id IS NULL) = (renewal_expires_at IS NULL)
    ),
    CONSTRAINT entry_is_approved_before_it_matches CHECK (
        state NOT IN ('active', 'suspended', 'expired') OR approver_id IS NOT NULL
    ),
    CONSTRAINT entry_ends_with_a_reason CHECK (
        state NOT IN ('suspended', 'revoked') OR btrim(reason) <> ''
    ),
    UNIQUE (batch_id, external_lookup)
);

CREATE INDEX entry_newest ON watchlist.entry (changed_at DESC, id DESC);
CREATE INDEX entry_by_state ON watchlist.entry (state, expires_at);
CREATE INDEX entry_of_batch ON watchlist.entry (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX entry_by_external ON watchlist.entry (external_lookup) WHERE external_lookup IS NOT NULL;

-- One enrolled photo: the cut-out face a guard may see, never the whole picture. The file's digest says which file.
CREATE TABLE watchlist.photo (
    id uuid PRIMARY KEY,
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    position smallint NOT NULL CHECK (position BETWEEN 0 AND 9),
    sealed_name bytea NOT NULL CHECK (octet_length(sealed_name) BETWEEN 28 AND 2048),
    file_sha256 bytea NOT NULL CHECK (octet_length(file_sha256) = 32),
    source text NOT NULL CHECK (btrim(source) <> '' AND length(source) <= 500),
    taken_at timestamptz,
    sealed_picture bytea NOT NULL CHECK (octet_length(sealed_picture) BETWEEN 28 AND 1048576),
    -- What was measured of the face; see Quality in proto/wardwatch/v1/events.proto.
    face_px real NOT NULL,
    eye_distance_px real NOT NULL,
    sharpness real NOT NULL,
    yaw_degrees real NOT NULL,
    roll_degrees real NOT NULL,
    exposure real NOT NULL,
    -- Codes of what is doubtful about it; each must be accepted, with a reason, before the entry is put forward.
    warnings text [] NOT NULL DEFAULT '{}',
    accepted_findings text [] NOT NULL DEFAULT '{}',
    accepted_reason text NOT NULL DEFAULT '' CHECK (length(accepted_reason) <= 500),
    added_at timestamptz NOT NULL DEFAULT now(),
    -- A photo that raised false alerts does not match until a person has looked at it (safeguard S6).
    suspended_at timestamptz,
    suspended_reason text NOT NULL DEFAULT '' CHECK (length(suspended_reason) <= 500),
    CONSTRAINT photo_warning_is_accepted_with_a_reason CHECK (
        cardinality(accepted_findings) = 0 OR btrim(accepted_reason) <> ''
    ),
    UNIQUE (entry_id, position),
    UNIQUE (entry_id, file_sha256)
);

CREATE INDEX photo_by_file ON watchlist.photo (file_sha256);

CREATE TABLE watchlist.template (
    photo_id uuid NOT NULL REFERENCES watchlist.photo (id) ON DELETE CASCADE,
    model_name text NOT NULL CHECK (model_name <> ''),
    model_sha256 bytea NOT NULL CHECK (octet_length(model_sha256) = 32),
    -- Of float32, little-endian, unit length.
    sealed_vector bytea NOT NULL CHECK (octet_length(sealed_vector) > 28 AND octet_length(sealed_vector) % 4 = 0),
    PRIMARY KEY (photo_id, model_sha256)
);

-- Entries that resemble each other. Found by the program, decided on by a person before the entry can be put forward.
CREATE TABLE watchlist.likeness (
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    other_id uuid NOT NULL REFERENCES watchlist.entry (id),
    -- Highest cosine between a photo of the one and a photo of the other; for supervisors only.
    similarity real NOT NULL CHECK (similarity BETWEEN -1.001 AND 1.001),
    -- same_person: both stand, on different grounds. different_people: look-alikes, so both need more to match.
    decision text CHECK (decision IN ('same_person', 'different_people')),
    decided_by_id uuid,
    decided_by_name text,
    decided_at timestamptz,
    reason text NOT NULL DEFAULT '' CHECK (length(reason) <= 500),
    PRIMARY KEY (entry_id, other_id),
    CHECK (entry_id <> other_id),
    CONSTRAINT likeness_decision_is_whole CHECK (
        (decision IS NULL) = (decided_by_id IS NULL) AND (decision IS NULL) = (decided_by_name IS NULL)
        AND (decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL OR btrim(reason) <> '')
    )
);

CREATE INDEX likeness_of_other ON watchlist.likeness (other_id);

-- One row of an import's report: a file, or a row of people.csv without one.
CREATE TABLE watchlist.batch_item (
    batch_id uuid NOT NULL REFERENCES watchlist.batch (id),
    -- HMAC of the file's name (or of the row's number) under the look-up key: the same file again is the same row.
    item_lookup bytea NOT NULL CHECK (octet_length(item_lookup) = 32),
    kind text NOT NULL CHECK (kind IN ('file', 'row', 'person')),
    -- JSON of name, external id and findings with their words.
    sealed_item bytea NOT NULL CHECK (octet_length(sealed_item) BETWEEN 28 AND 65536),
    file_sha256 bytea CHECK (octet_length(file_sha256) = 32),
    entry_id uuid REFERENCES watchlist.entry (id),
    verdict text NOT NULL CHECK (verdict IN ('ready', 'warning', 'rejected')),
    -- Codes alone, to be counted.
    codes text [] NOT NULL DEFAULT '{}',
    judged_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (batch_id, item_lookup)
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
    -- None: a change of a draft, which the list does not know.
    generation bigint REFERENCES watchlist.generation (number),
    UNIQUE (entry_id, revision)
);

-- Changes that the stream has not yet acknowledged. Holds no template: the relay reads those when it publishes, so
-- that an erased vector cannot wait here.
CREATE TABLE watchlist.outbox (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    revision bigint NOT NULL,
    generation bigint NOT NULL REFERENCES watchlist.generation (number),
    state watchlist.entry_state NOT NULL,
    expires_at timestamptz NOT NULL,
    sites watchlist.sites NOT NULL,
    min_similarity real NOT NULL,
    committed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (entry_id, revision)
);

-- What was erased, by whom and why, and which matcher has let go of it. Names nobody: the entry's id is all there is.
CREATE TABLE watchlist.erasure (
    entry_id uuid PRIMARY KEY REFERENCES watchlist.entry (id),
    erased_by_id uuid NOT NULL,
    erased_by_name text NOT NULL,
    reason text NOT NULL CHECK (btrim(reason) <> ''),
    erased_at timestamptz NOT NULL DEFAULT now(),
    -- When the data key was gone from the keyring, and the last message with vectors from the stream.
    key_destroyed_at timestamptz,
    stream_purged_at timestamptz
);

-- Every matcher that has made itself known. A matcher that starts again under its name is a new incarnation: what the
-- former held in memory is gone.
CREATE TABLE watchlist.replica (
    name text PRIMARY KEY CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$'),
    incarnation uuid NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz,
    -- Of the WATCHLIST stream.
    applied_sequence bigint NOT NULL,
    entries integer NOT NULL,
    templates integer NOT NULL,
    index_generation bigint NOT NULL,
    clock_skew_ms integer NOT NULL
);

-- A matcher says that no memory of its holds a vector of the erased entry any more.
CREATE TABLE watchlist.receipt (
    entry_id uuid NOT NULL REFERENCES watchlist.erasure (entry_id),
    replica text NOT NULL CHECK (replica ~ '^[A-Za-z0-9_-]{1,64}$'),
    incarnation uuid NOT NULL,
    -- The first index generation without the entry; what held it was let go of before.
    index_generation bigint NOT NULL,
    released_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (entry_id, replica, incarnation)
);

-- Identity numbers: apart, under a key of their own, found only by whoever holds the look-up key (safeguard S10).
CREATE SCHEMA identity;

CREATE TABLE identity.number (
    entry_id uuid PRIMARY KEY REFERENCES watchlist.entry (id),
    lookup bytea NOT NULL CHECK (octet_length(lookup) = 32),
    sealed_number bytea NOT NULL CHECK (octet_length(sealed_number) BETWEEN 28 AND 256),
    -- Of a number with less than eight characters fewer than four: never more than half of it.
    last_four text NOT NULL CHECK (last_four ~ '^[0-9A-Z]{2,4}$'),
    added_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX number_by_lookup ON identity.number (lookup);

-- The number of the present transaction's change of the list; the first call in a transaction draws it.
CREATE FUNCTION watchlist.present_generation() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    drawn text := current_setting('wardwatch.generation', true);
    made bigint;
BEGIN
    IF drawn IS NOT NULL AND drawn <> '' THEN
        RETURN drawn::bigint;
    END IF;
    UPDATE watchlist.generation_counter SET number = number + 1 RETURNING number INTO made;
    INSERT INTO watchlist.generation (number) VALUES (made);
    PERFORM set_config('wardwatch.generation', made::text, true);
    RETURN made;
END
$$;

CREATE FUNCTION watchlist.guard_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    cap interval;
    approves boolean;
BEGIN
    -- A category that allows less than it did keeps no entry from ending, only from beginning to match.
    SELECT longest INTO cap FROM watchlist.category WHERE code = new.category;
    IF new.expires_at - new.stands_from > cap AND (
        tg_op = 'INSERT'
        OR (new.category, new.expires_at, new.stands_from)
        IS DISTINCT FROM (old.category, old.expires_at, old.stands_from)
        OR (new.state IN ('pending', 'active') AND new.state <> old.state)
    ) THEN
        RAISE EXCEPTION 'category % allows at most % days', new.category, extract(day FROM cap)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_category_cap';
    END IF;

    IF tg_op = 'INSERT' THEN
        IF new.state <> 'draft' OR new.revision <> 1 OR new.approver_id IS NOT NULL
            OR new.put_forward_by_id IS NOT NULL OR new.renewal_by_id IS NOT NULL
            OR new.author_id <> new.changed_by_id OR abs(extract(epoch FROM new.stands_from - now())) > 60
        THEN
            RAISE EXCEPTION 'an entry begins now, as its author''s unapproved draft'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_begins_as_draft';
        END IF;
        RETURN new;
    END IF;

    IF old.state = 'draft' AND new.stands_from <> old.stands_from
        AND abs(extract(epoch FROM new.stands_from - now())) > 60
    THEN
        RAISE EXCEPTION 'a draft that is written anew begins now'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_begins_as_draft';
    END IF;

    IF (old.state, new.state) NOT IN (
        ('draft', 'draft'), ('draft', 'pending'), ('draft', 'erased'),
        -- Pending twice: only its threshold was raised, because a look-alike was decided on.
        ('pending', 'pending'), ('pending', 'active'), ('pending', 'revoked'),
        ('active', 'active'), ('active', 'suspended'), ('active', 'expired'), ('active', 'revoked'),
        ('suspended', 'suspended'), ('suspended', 'active'), ('suspended', 'expired'), ('suspended', 'revoked'),
        ('expired', 'expired'), ('expired', 'active'), ('expired', 'revoked'), ('expired', 'erased'),
        ('revoked', 'erased')
    ) THEN
        RAISE EXCEPTION 'an entry cannot go from % to %', old.state, new.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_state_order';
    END IF;

    IF new.id <> old.id OR new.revision <> old.revision + 1 OR new.created_at <> old.created_at
        OR new.author_id <> old.author_id OR new.author_name <> old.author_name
    THEN
        RAISE EXCEPTION 'every change is the next revision of the same entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_revision_order';
    END IF;

    -- Erased: nothing is left to guard, and what is left was emptied by the trigger that follows this one.
    IF new.state = 'erased' THEN
        RETURN new;
    END IF;

    -- What was approved is what stands: words and scope are fixed once an entry is put forward.
    IF old.state <> 'draft' AND (
        new.sealed_label, new.sealed_note, new.category, new.basis, new.evidence, new.instruction,
        new.scope, new.site_group, new.sites, new.batch_id, new.external_lookup, new.photo_source, new.photo_taken_at
    ) IS DISTINCT FROM (
        old.sealed_label, old.sealed_note, old.category, old.basis, old.evidence, old.instruction,
        old.scope, old.site_group, old.sites, old.batch_id, old.external_lookup, old.photo_source, old.photo_taken_at
    ) THEN
        RAISE EXCEPTION 'an entry that was put forward can no longer be rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_fixed';
    END IF;
    IF old.state <> 'draft' AND new.min_similarity < old.min_similarity THEN
        RAISE EXCEPTION 'an entry never matches more easily than what was approved'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_fixed';
    END IF;

    IF old.state = 'draft' AND new.state = 'pending' THEN
        PERFORM watchlist.check_put_forward(new.id);
        IF new.put_forward_by_id IS DISTINCT FROM new.changed_by_id
            OR new.put_forward_by_name IS DISTINCT FROM new.changed_by_name
        THEN
            RAISE EXCEPTION 'who puts an entry forward is who makes the change'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_put_forward_by_its_maker';
        END IF;
    ELSIF (new.put_forward_by_id, new.put_forward_by_name)
        IS DISTINCT FROM (old.put_forward_by_id, old.put_forward_by_name)
    THEN
        RAISE EXCEPTION 'an entry is put forward once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_put_forward_by_its_maker';
    END IF;

    -- An approval is given by the account that makes the change: of a pending entry, or of a renewal that another asked for.
    approves := (new.approver_id, new.approver_name, new.approved_at)
        IS DISTINCT FROM (old.approver_id, old.approver_name, old.approved_at);
    IF approves AND NOT (
        new.state = 'active' AND new.approver_id = new.changed_by_id AND new.approver_name = new.changed_by_name
        AND (
            old.state = 'pending'
            OR (old.renewal_by_id IS NOT NULL AND old.renewal_by_id <> new.approver_id)
        )
    ) THEN
        RAISE EXCEPTION 'an approval is given by who makes the change, and never to one''s own request'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_approval_is_anothers';
    END IF;
    IF old.state IN ('pending', 'expired') AND new.state = 'active' AND NOT approves THEN
        RAISE EXCEPTION 'an entry is approved when it becomes active'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_approval_is_anothers';
    END IF;

    IF approves AND old.state <> 'pending' THEN
        IF new.expires_at <> old.renewal_expires_at OR new.renewal_by_id IS NOT NULL
            OR abs(extract(epoch FROM new.stands_from - now())) > 60
        THEN
            RAISE EXCEPTION 'a renewal is approved as it was asked for'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_renewal_is_as_asked';
        END IF;
    ELSIF old.state <> 'draft'
        AND (new.expires_at, new.stands_from) IS DISTINCT FROM (old.expires_at, old.stands_from)
    THEN
        RAISE EXCEPTION 'the expiry changes only with an approved renewal'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_expiry_is_fixed';
    ELSIF new.renewal_by_id IS NOT NULL
        AND (new.renewal_by_id, new.renewal_by_name, new.renewal_expires_at)
        IS DISTINCT FROM (old.renewal_by_id, old.renewal_by_name, old.renewal_expires_at)
        AND (
            new.state NOT IN ('active', 'suspended', 'expired') OR new.renewal_by_id <> new.changed_by_id
            OR new.renewal_by_name <> new.changed_by_name
            OR new.renewal_expires_at <= now() OR new.renewal_expires_at > now() + cap
        )
    THEN
        RAISE EXCEPTION 'a renewal is asked for by who makes the change, within the time its category allows'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_renewal_is_possible';
    END IF;

    IF new.state = 'active' AND old.state <> 'active' AND new.expires_at <= now() THEN
        RAISE EXCEPTION 'an entry past its expiry cannot become active'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_expiry_is_ahead';
    END IF;

    RETURN new;
END
$$;

-- What must be there before a draft is put forward.
CREATE FUNCTION watchlist.check_put_forward(p_entry uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM watchlist.photo AS p
        INNER JOIN watchlist.template AS t ON t.photo_id = p.id
        WHERE p.entry_id = p_entry
    ) THEN
        RAISE EXCEPTION 'an entry without an enrolled photo cannot be put forward'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_has_a_photo';
    END IF;
    IF EXISTS (SELECT FROM watchlist.photo WHERE entry_id = p_entry AND NOT warnings <@ accepted_findings) THEN
        RAISE EXCEPTION 'somebody must accept the warnings of its photos'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_warnings_are_accepted';
    END IF;
    IF EXISTS (SELECT FROM watchlist.likeness WHERE entry_id = p_entry AND decision IS NULL) THEN
        RAISE EXCEPTION 'somebody must decide on the people this entry resembles'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_likenesses_are_decided';
    END IF;
END
$$;

CREATE TRIGGER guard_entry BEFORE INSERT OR UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_entry();

-- Erased means gone: whoever makes an entry erased, everything that tells of the person goes in the same transaction.
CREATE FUNCTION watchlist.empty_erased() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF new.state = 'erased' THEN
        DELETE FROM identity.number WHERE entry_id = new.id;
        DELETE FROM watchlist.likeness WHERE entry_id = new.id OR other_id = new.id;
        IF old.state = 'draft' THEN
            -- Its import still has to account for its files.
            UPDATE watchlist.batch_item SET entry_id = NULL WHERE entry_id = new.id;
        ELSE
            DELETE FROM watchlist.batch_item WHERE entry_id = new.id;
        END IF;
        DELETE FROM watchlist.photo WHERE entry_id = new.id;
        new.sealed_label := NULL;
        new.sealed_note := NULL;
        new.external_lookup := NULL;
        new.request_digest := NULL;
        new.photo_source := NULL;
        new.photo_taken_at := NULL;
        new.basis := '';
        new.evidence := '';
        new.instruction := '';
        new.renewal_by_id := NULL;
        new.renewal_by_name := NULL;
        new.renewal_expires_at := NULL;
    END IF;
    RETURN new;
END
$$;

-- Triggers of one kind run in the order of their names: this one comes after guard_entry.
CREATE TRIGGER guard_entry_erased BEFORE UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.empty_erased();

-- History and outbox are written by the database in the change's own transaction, with the owner's rights: nobody can
-- forget them or write them by themselves. A draft is nobody's business but its author's.
CREATE FUNCTION watchlist.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    present bigint;
BEGIN
    IF new.state <> 'draft' AND NOT (tg_op = 'UPDATE' AND old.state = 'draft' AND new.state = 'erased') THEN
        present := watchlist.present_generation();
        INSERT INTO watchlist.outbox (entry_id, revision, generation, state, expires_at, sites, min_similarity)
        VALUES (new.id, new.revision, present, new.state, new.expires_at, new.sites, new.min_similarity);
        PERFORM pg_notify('watchlist_outbox', '');
    END IF;

    INSERT INTO watchlist.change (
        entry_id, revision, state, account_id, account_name, reason, changed_at, generation
    ) VALUES (
        new.id, new.revision, new.state, new.changed_by_id, new.changed_by_name, new.reason, new.changed_at, present
    );
    RETURN NULL;
END
$$;

CREATE TRIGGER record_change AFTER INSERT OR UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.record_change();

-- A photo joins an entry, its origin is corrected and its warnings are accepted, only while the entry is a draft: what
-- is approved is what was looked at.
CREATE FUNCTION watchlist.guard_photo() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM watchlist.entry WHERE id = new.entry_id AND state = 'draft' FOR SHARE) THEN
        RAISE EXCEPTION 'photos are added while an entry is a draft'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'photo_joins_a_draft';
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER guard_photo
BEFORE INSERT OR UPDATE OF entry_id, sealed_picture, source, taken_at, accepted_findings, accepted_reason
ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_photo();

-- A photo leaves an entry only while it is a draft, or when the entry is erased.
CREATE FUNCTION watchlist.guard_photo_removal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    -- The trigger that empties an erased entry runs before the entry's row says so: then this is called from a trigger.
    IF pg_trigger_depth() < 2
        AND NOT EXISTS (SELECT FROM watchlist.entry WHERE id = old.entry_id AND state IN ('draft', 'erased') FOR SHARE)
    THEN
        RAISE EXCEPTION 'photos are taken away while an entry is a draft'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'photo_joins_a_draft';
    END IF;
    RETURN old;
END
$$;

CREATE TRIGGER guard_photo_removal BEFORE DELETE ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_photo_removal();

CREATE FUNCTION watchlist.guard_template() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM watchlist.photo AS p
        INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
        WHERE p.id = new.photo_id AND e.state = 'draft' FOR SHARE OF e
    ) THEN
        RAISE EXCEPTION 'templates are added while an entry is a draft'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'template_joins_a_draft';
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER guard_template BEFORE INSERT OR UPDATE OF photo_id, sealed_vector ON watchlist.template
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

-- Marks every entry whose time is over as expired, in the program's own name; how many. Matchers stop such an entry by
-- their own clock long before: this makes the record say so.
CREATE FUNCTION watchlist.expire_due() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    marked integer;
BEGIN
    UPDATE watchlist.entry SET
        state = 'expired', revision = revision + 1, changed_at = now(), reason = 'its time was over',
        changed_by_id = '00000000-0000-0000-0000-000000000000', changed_by_name = 'wardwatch'
    WHERE state IN ('active', 'suspended') AND expires_at <= now();
    GET DIAGNOSTICS marked = ROW_COUNT;
    RETURN marked;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.expire_due() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION watchlist.present_generation() FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION watchlist.check_put_forward(uuid) FROM PUBLIC;

-- What the alerts service may read of an entry by itself; label and photo it asks the matcher for, who asks being
-- recorded. Nothing of an entry that never was approved or is erased.
CREATE VIEW watchlist.alert_card AS
SELECT
    -- Text, as it travels on the bus.
    e.id::text AS entry_id,
    e.category,
    e.instruction
FROM watchlist.entry AS e
WHERE e.approver_id IS NOT NULL AND e.state <> 'erased';

GRANT USAGE ON SCHEMA watchlist TO wardwatch_matcher, wardwatch_import, wardwatch_alerts;
GRANT SELECT ON watchlist.alert_card TO wardwatch_alerts;

-- The matcher carries changes to the stream and collects receipts. It can change no entry and read no identity number.
GRANT SELECT (id, revision, state, expires_at, sites, min_similarity, approver_id) ON watchlist.entry TO wardwatch_matcher;
GRANT SELECT (id, entry_id, position, suspended_at) ON watchlist.photo TO wardwatch_matcher;
GRANT SELECT ON watchlist.template, watchlist.erasure, watchlist.generation TO wardwatch_matcher;
GRANT SELECT, DELETE ON watchlist.outbox TO wardwatch_matcher;
GRANT UPDATE (published_sequence, published_at) ON watchlist.generation TO wardwatch_matcher;
GRANT UPDATE (key_destroyed_at, stream_purged_at) ON watchlist.erasure TO wardwatch_matcher;
GRANT SELECT, INSERT, UPDATE ON watchlist.replica TO wardwatch_matcher;
GRANT SELECT, INSERT ON watchlist.receipt TO wardwatch_matcher;
GRANT EXECUTE ON FUNCTION watchlist.expire_due() TO wardwatch_matcher;

-- The desk works for account holders: it writes entries, in the order of states and never the history.
GRANT USAGE ON SCHEMA identity TO wardwatch_import;
GRANT SELECT ON watchlist.category, watchlist.entry, watchlist.photo, watchlist.template, watchlist.change,
watchlist.likeness, watchlist.batch, watchlist.batch_item, watchlist.site_group, watchlist.generation,
watchlist.erasure, watchlist.receipt, watchlist.replica, identity.number
TO wardwatch_import;
GRANT INSERT ON watchlist.entry, watchlist.photo, watchlist.template, watchlist.likeness, watchlist.batch,
watchlist.batch_item, watchlist.site_group, watchlist.erasure, identity.number
TO wardwatch_import;
GRANT UPDATE ON watchlist.entry TO wardwatch_import;
GRANT UPDATE (
    source, taken_at, warnings, accepted_findings, accepted_reason, suspended_at, suspended_reason
) ON watchlist.photo TO wardwatch_import;
GRANT UPDATE (similarity, decision, decided_by_id, decided_by_name, decided_at, reason)
ON watchlist.likeness TO wardwatch_import;
GRANT UPDATE ON watchlist.batch, watchlist.batch_item, watchlist.site_group TO wardwatch_import;
GRANT UPDATE (lookup, sealed_number, last_four) ON identity.number TO wardwatch_import;
GRANT DELETE ON watchlist.batch_item, watchlist.photo TO wardwatch_import;
GRANT USAGE ON SCHEMA accounts TO wardwatch_import;
GRANT SELECT ON accounts.session_holder TO wardwatch_import;

-- migrate:down

DROP SCHEMA identity CASCADE;
DROP SCHEMA watchlist CASCADE;
REVOKE SELECT ON accounts.session_holder FROM wardwatch_import;
REVOKE USAGE ON SCHEMA accounts FROM wardwatch_import;
