-- migrate:up

-- Beside the former version: yes. It shows a draft that was sent back as a draft, without the comment.

-- What waits for approval can be sent back to its author with a comment (docs/adr/0102): it is a draft again, is amended
-- and put forward anew. Words, photos and who began it stay; a renewal that is sent back is only dropped.
ALTER TABLE watchlist.entry
ADD COLUMN returned_by_id uuid,
ADD COLUMN returned_by_name text,
ADD COLUMN returned_at timestamptz,
ADD COLUMN returned_comment text NOT NULL DEFAULT '' CHECK (length(returned_comment) <= 2000),
ADD CONSTRAINT entry_return_is_whole CHECK (
    (returned_by_id IS NULL) = (returned_at IS NULL) AND (returned_by_id IS NULL) = (returned_by_name IS NULL)
);

-- A return changes nothing but where the entry stands, and says why; nobody says in another's name that it was one.
CREATE FUNCTION watchlist.guard_return() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    told text [] := ARRAY[
        'state', 'revision', 'changed_by_id', 'changed_by_name', 'changed_at', 'reason', 'put_forward_by_id',
        'put_forward_by_name', 'returned_by_id', 'returned_by_name', 'returned_at', 'returned_comment'
    ];
BEGIN
    IF new.state = 'erased' THEN
        new.returned_comment := '';
        RETURN new;
    END IF;
    IF old.state = 'pending' AND new.state = 'draft' THEN
        IF new.revision <> old.revision + 1 OR to_jsonb(new) - told <> to_jsonb(old) - told
            OR new.put_forward_by_id IS NOT NULL OR new.returned_by_id IS DISTINCT FROM new.changed_by_id
            OR new.returned_by_name IS DISTINCT FROM new.changed_by_name OR btrim(new.returned_comment) = ''
        THEN
            RAISE EXCEPTION 'what is sent back stays as it is, and is told why'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_sent_back_as_it_is';
        END IF;
    ELSIF (new.returned_by_id, new.returned_by_name, new.returned_at, new.returned_comment)
        IS DISTINCT FROM (old.returned_by_id, old.returned_by_name, old.returned_at, old.returned_comment)
    THEN
        RAISE EXCEPTION 'only what waits for approval is sent back'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_sent_back_as_it_is';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_return() FROM PUBLIC;
CREATE TRIGGER guard_return BEFORE UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_return();

-- The order of states knows no way back from pending to draft: of this step alone guard_return has the say.
DROP TRIGGER guard_entry ON watchlist.entry;
CREATE TRIGGER guard_entry BEFORE UPDATE ON watchlist.entry
FOR EACH ROW WHEN (NOT (old.state = 'pending' AND new.state = 'draft')) EXECUTE FUNCTION watchlist.guard_entry();
CREATE TRIGGER guard_entry_begun BEFORE INSERT ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_entry();

CREATE OR REPLACE FUNCTION watchlist.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    present bigint;
BEGIN
    -- The matchers know of a draft that was sent back; of another they never hear.
    IF new.returned_at IS NOT NULL
        OR (new.state <> 'draft' AND NOT (tg_op = 'UPDATE' AND old.state = 'draft' AND new.state = 'erased'))
    THEN
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

-- What the stream should hold of each entry. A draft is nobody's business, but for one that was sent back; an erased entry
-- need not be there once every matcher has signed: nothing is left that its tombstone could stop.
CREATE OR REPLACE VIEW watchlist.listed AS
SELECT
    e.id,
    e.revision,
    e.state,
    e.expires_at,
    e.sites,
    e.min_similarity,
    -- How many vectors the message should hold, if the entry's data key is there.
    CASE
        WHEN e.state = 'active' THEN (
            SELECT count(*) FROM watchlist.photo AS p
            INNER JOIN watchlist.template AS t ON t.photo_id = p.id
            WHERE p.entry_id = e.id AND p.suspended_at IS NULL
        )
        ELSE 0
    END::integer AS templates,
    EXISTS (SELECT FROM watchlist.outbox AS o WHERE o.entry_id = e.id) AS waiting,
    e.state = 'erased'
    AND NOT EXISTS (
        SELECT FROM watchlist.erasure AS x
        WHERE
            x.entry_id = e.id
            AND (
                x.key_destroyed_at IS NULL OR x.stream_purged_at IS NULL
                OR x.erased_at > now() - interval '30 days'
                OR EXISTS (SELECT FROM watchlist.owed_receipt AS w WHERE w.entry_id = x.entry_id)
            )
    ) AS dispensable,
    -- Whether its data key should be gone from the keyring.
    e.state = 'erased'
    AND NOT EXISTS (
        SELECT FROM watchlist.erasure AS x WHERE x.entry_id = e.id AND x.key_destroyed_at IS NULL
    ) AS keyless
FROM watchlist.entry AS e
WHERE
    e.returned_at IS NOT NULL
    OR (e.state <> 'draft' AND NOT (e.state = 'erased' AND e.put_forward_by_id IS NULL));

SET LOCAL ROLE wardwatch_keeper;
INSERT INTO audit.action (code, title) VALUES ('entry.returned', 'sent back an entry that was put forward')
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION audit.write_entry() RETURNS trigger
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
            WHEN 'draft' THEN 'entry.returned'
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
    IF new.returned_at IS NOT NULL OR (new.state <> 'draft' AND done <> 'entry.discarded') THEN
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
RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;
CREATE OR REPLACE FUNCTION audit.write_entry() RETURNS trigger
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

-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code = 'entry.returned' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;

CREATE OR REPLACE VIEW watchlist.listed AS
SELECT
    e.id,
    e.revision,
    e.state,
    e.expires_at,
    e.sites,
    e.min_similarity,
    -- How many vectors the message should hold, if the entry's data key is there.
    CASE
        WHEN e.state = 'active' THEN (
            SELECT count(*) FROM watchlist.photo AS p
            INNER JOIN watchlist.template AS t ON t.photo_id = p.id
            WHERE p.entry_id = e.id AND p.suspended_at IS NULL
        )
        ELSE 0
    END::integer AS templates,
    EXISTS (SELECT FROM watchlist.outbox AS o WHERE o.entry_id = e.id) AS waiting,
    e.state = 'erased'
    AND NOT EXISTS (
        SELECT FROM watchlist.erasure AS x
        WHERE
            x.entry_id = e.id
            AND (
                x.key_destroyed_at IS NULL OR x.stream_purged_at IS NULL
                OR x.erased_at > now() - interval '30 days'
                OR EXISTS (SELECT FROM watchlist.owed_receipt AS w WHERE w.entry_id = x.entry_id)
            )
    ) AS dispensable,
    -- Whether its data key should be gone from the keyring.
    e.state = 'erased'
    AND NOT EXISTS (
        SELECT FROM watchlist.erasure AS x WHERE x.entry_id = e.id AND x.key_destroyed_at IS NULL
    ) AS keyless
FROM watchlist.entry AS e
WHERE e.state <> 'draft' AND NOT (e.state = 'erased' AND e.put_forward_by_id IS NULL);

CREATE OR REPLACE FUNCTION watchlist.record_change() RETURNS trigger
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

DROP TRIGGER guard_entry_begun ON watchlist.entry;
DROP TRIGGER guard_entry ON watchlist.entry;
CREATE TRIGGER guard_entry BEFORE INSERT OR UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_entry();
DROP TRIGGER guard_return ON watchlist.entry;
DROP FUNCTION watchlist.guard_return();
ALTER TABLE watchlist.entry
DROP COLUMN returned_by_id, DROP COLUMN returned_by_name, DROP COLUMN returned_at, DROP COLUMN returned_comment;
