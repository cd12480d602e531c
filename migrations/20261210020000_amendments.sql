-- migrate:up

-- Beside the former version: yes. It lists an amendment as a draft or a waiting entry, and is refused its approval.

-- An entry that matches is amended by a draft of its own (docs/adr/0102): with a data key, words and photos of its own, put
-- forward and approved as every draft is, while the entry goes on matching as it stands. Its approval takes what it says
-- into the entry, as the entry's next revision, and erases it. Of the list it is no entry: matchers never hear of it.
ALTER TABLE watchlist.entry
ADD COLUMN amends uuid REFERENCES watchlist.entry (id),
-- An entry that ended when it was merged with the one that is amended, and begins to match again by this amendment.
ADD COLUMN restores uuid REFERENCES watchlist.entry (id),
ADD CONSTRAINT entry_amends_another CHECK (amends <> id AND (restores IS NULL OR amends IS NOT NULL));
CREATE UNIQUE INDEX entry_is_amended_once ON watchlist.entry (amends) WHERE state IN ('draft', 'pending');
CREATE INDEX entry_amendments ON watchlist.entry (amends) WHERE amends IS NOT NULL;

-- Which entry was merged into which, and by which amendment; the digests are of the photo files that came along.
CREATE TABLE watchlist.merge (
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    other_id uuid NOT NULL REFERENCES watchlist.entry (id),
    draft_id uuid NOT NULL REFERENCES watchlist.entry (id),
    photos bytea [] NOT NULL,
    merged_by_id uuid NOT NULL,
    merged_by_name text NOT NULL CHECK (merged_by_name <> ''),
    merged_at timestamptz NOT NULL DEFAULT now(),
    undone_by_id uuid,
    undone_by_name text,
    undone_at timestamptz,
    PRIMARY KEY (entry_id, other_id, draft_id),
    CONSTRAINT merge_undoing_is_whole CHECK (
        (undone_at IS NULL) = (undone_by_id IS NULL) AND (undone_at IS NULL) = (undone_by_name IS NULL)
    )
);
CREATE INDEX merge_of_other ON watchlist.merge (other_id);

-- The approval that takes an amendment in, while it is at it: what no step alone may do, the whole of it may. No such row
-- is ever committed.
CREATE TABLE watchlist.taking (
    entry_id uuid NOT NULL,
    draft_id uuid PRIMARY KEY,
    restores uuid,
    taken boolean NOT NULL DEFAULT false
);

CREATE FUNCTION watchlist.begin_taking(p_draft uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO watchlist.taking (entry_id, draft_id, restores)
    SELECT amends, id, e.restores FROM watchlist.entry AS e WHERE id = p_draft AND state = 'pending' AND amends IS NOT NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only an amendment that waits for approval is taken in'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_amended_as_approved';
    END IF;
END
$$;

CREATE FUNCTION watchlist.is_taking(p_entry uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (SELECT FROM watchlist.taking WHERE p_entry IN (entry_id, draft_id, restores))
$$;

CREATE FUNCTION watchlist.is_taking_photo(p_photo uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT EXISTS (
        SELECT FROM watchlist.photo AS p INNER JOIN watchlist.taking AS t ON t.entry_id = p.entry_id WHERE p.id = p_photo
    )
$$;

REVOKE EXECUTE ON FUNCTION watchlist.begin_taking(uuid), watchlist.is_taking(uuid), watchlist.is_taking_photo(uuid)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.begin_taking(uuid), watchlist.is_taking(uuid), watchlist.is_taking_photo(uuid)
TO wardwatch_import;

CREATE FUNCTION watchlist.taking_is_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM watchlist.taking WHERE draft_id = new.draft_id) THEN
        RAISE EXCEPTION 'an amendment is taken in as a whole'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_amended_as_approved';
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.taking_is_whole() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER taking_is_whole AFTER INSERT ON watchlist.taking
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION watchlist.taking_is_whole();

-- What an amendment may be: of an entry that matches or is suspended, ours alone, for which nothing else waits.
CREATE FUNCTION watchlist.guard_amendment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    e watchlist.entry;
BEGIN
    IF tg_op = 'UPDATE' AND (new.amends, new.restores) IS DISTINCT FROM (old.amends, old.restores) THEN
        RAISE EXCEPTION 'an amendment is of one entry'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_amended_as_approved';
    END IF;
    IF new.state NOT IN ('draft', 'pending', 'revoked', 'erased') THEN
        RAISE EXCEPTION 'an amendment never matches by itself'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_amended_as_approved';
    END IF;
    IF new.state NOT IN ('draft', 'pending') THEN
        RETURN new;
    END IF;
    -- Locked where it begins alone: whoever ends the entry locks it first, and its amendment then.
    IF tg_op = 'INSERT' THEN
        PERFORM FROM watchlist.entry WHERE id = new.amends FOR SHARE;
    END IF;
    SELECT * INTO e FROM watchlist.entry WHERE id = new.amends;
    IF tg_op = 'INSERT' AND (
        e.state NOT IN ('active', 'suspended') OR e.amends IS NOT NULL OR new.batch_id IS NOT NULL
        OR new.external_lookup IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'what is amended matches or is suspended'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_state_order';
    END IF;
    IF EXISTS (SELECT FROM federation.received WHERE local_id = new.amends) THEN
        RAISE EXCEPTION 'an entry of a list is its publisher''s'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_listed_elsewhere';
    END IF;
    IF EXISTS (SELECT FROM federation.share WHERE entry_id = new.amends AND withdrawn_at IS NULL) THEN
        RAISE EXCEPTION 'other hospitals hold the entry as it stands'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_shared';
    END IF;
    IF e.renewal_by_id IS NOT NULL THEN
        RAISE EXCEPTION 'one thing waits for approval at a time'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_waits_for_one_thing';
    END IF;
    IF new.expires_at > e.expires_at THEN
        RAISE EXCEPTION 'a later end is asked for by a renewal'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_amendment_ends_no_later';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_amendment() FROM PUBLIC;
CREATE TRIGGER guard_amendment_begun BEFORE INSERT ON watchlist.entry
FOR EACH ROW WHEN (new.amends IS NOT NULL) EXECUTE FUNCTION watchlist.guard_amendment();
CREATE TRIGGER guard_amendment BEFORE UPDATE ON watchlist.entry
FOR EACH ROW WHEN (old.amends IS NOT NULL OR new.amends IS NOT NULL) EXECUTE FUNCTION watchlist.guard_amendment();

-- While an entry is amended no later end of it is asked for, and no other hospital is given it.
CREATE FUNCTION watchlist.guard_renewal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT FROM watchlist.entry WHERE amends = new.id AND state IN ('draft', 'pending')) THEN
        RAISE EXCEPTION 'one thing waits for approval at a time'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_waits_for_one_thing';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_renewal() FROM PUBLIC;
CREATE TRIGGER guard_renewal BEFORE UPDATE ON watchlist.entry
FOR EACH ROW WHEN (new.renewal_by_id IS NOT NULL AND old.renewal_by_id IS NULL)
EXECUTE FUNCTION watchlist.guard_renewal();

CREATE FUNCTION federation.guard_share_of_amended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (
        SELECT FROM watchlist.entry
        WHERE (amends = new.entry_id AND state IN ('draft', 'pending')) OR (id = new.entry_id AND amends IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'one thing waits for approval at a time'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_waits_for_one_thing';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION federation.guard_share_of_amended() FROM PUBLIC;
CREATE TRIGGER guard_share_of_amended BEFORE INSERT OR UPDATE OF asked_at, approved_at ON federation.share
FOR EACH ROW WHEN (new.withdrawn_at IS NULL) EXECUTE FUNCTION federation.guard_share_of_amended();

-- The entry says from now on what was approved, and nothing else; the amendment is gone with it, and what was merged with
-- the entry by mistake matches again. Of these three alone, while an amendment is taken in, guard_entry has no say.
CREATE FUNCTION watchlist.guard_taking() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    t watchlist.taking;
    d watchlist.entry;
    cap interval;
    changed text [] := ARRAY[
        'revision', 'changed_by_id', 'changed_by_name', 'changed_at', 'reason', 'approver_id', 'approver_name', 'approved_at',
        'min_similarity'
    ];
    allowed boolean;
BEGIN
    SELECT * INTO STRICT t FROM watchlist.taking WHERE new.id IN (entry_id, draft_id, restores);
    SELECT * INTO STRICT d FROM watchlist.entry WHERE id = t.draft_id;
    allowed := new.revision = old.revision + 1 AND new.changed_by_id NOT IN (d.author_id, d.put_forward_by_id);
    IF new.id = t.draft_id THEN
        allowed := allowed AND t.taken AND new.state = 'erased';
        DELETE FROM watchlist.taking WHERE draft_id = new.id;
    ELSIF new.id = t.restores THEN
        allowed := allowed AND old.state = 'revoked' AND new.state = 'active' AND new.expires_at > now()
            AND new.approver_id = new.changed_by_id AND new.approver_name = new.changed_by_name
            AND new.min_similarity >= old.min_similarity
            AND to_jsonb(new) - changed - 'state'::text = to_jsonb(old) - changed - 'state'::text;
    ELSE
        changed := changed || ARRAY[
            'sealed_label', 'sealed_note', 'category', 'basis', 'evidence', 'instruction', 'scope', 'site_group', 'sites',
            'expires_at', 'stands_from', 'author_id', 'author_name', 'put_forward_by_id', 'put_forward_by_name'
        ];
        SELECT longest INTO cap FROM watchlist.category WHERE code = new.category;
        allowed := allowed AND d.state = 'pending' AND NOT t.taken AND old.state IN ('active', 'suspended')
            AND to_jsonb(new) - changed = to_jsonb(old) - changed
            AND (
                new.category, new.basis, new.evidence, new.instruction, new.scope, new.site_group, new.sites, new.author_id,
                new.author_name, new.put_forward_by_id, new.put_forward_by_name
            ) IS NOT DISTINCT FROM (
                d.category, d.basis, d.evidence, d.instruction, d.scope, d.site_group, d.sites, d.author_id,
                d.author_name, d.put_forward_by_id, d.put_forward_by_name
            )
            AND new.approver_id = new.changed_by_id AND new.approver_name = new.changed_by_name
            AND new.approved_at IS DISTINCT FROM old.approved_at
            AND new.min_similarity >= greatest(old.min_similarity, d.min_similarity)
            AND new.expires_at = least(old.expires_at, d.expires_at) AND new.expires_at > now()
            -- Another ground counts its time from its own approval; the same one goes on counting.
            AND new.stands_from = CASE WHEN new.category = old.category THEN old.stands_from ELSE now() END
            AND new.expires_at - new.stands_from <= cap
            AND ARRAY(SELECT file_sha256 FROM watchlist.photo WHERE entry_id = new.id ORDER BY 1)
            = ARRAY(SELECT file_sha256 FROM watchlist.photo WHERE entry_id = d.id ORDER BY 1);
        UPDATE watchlist.taking SET taken = true WHERE draft_id = d.id;
    END IF;
    IF allowed IS NOT TRUE THEN
        RAISE EXCEPTION 'an entry is amended as it was approved, by another than who asked for it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_amended_as_approved';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_taking() FROM PUBLIC;
DROP TRIGGER guard_entry ON watchlist.entry;
CREATE TRIGGER guard_entry BEFORE UPDATE ON watchlist.entry
FOR EACH ROW WHEN (NOT (old.state = 'pending' AND new.state = 'draft') AND NOT watchlist.is_taking(new.id))
EXECUTE FUNCTION watchlist.guard_entry();
-- Before the trigger that empties what is erased.
CREATE TRIGGER guard_entry_amended BEFORE UPDATE ON watchlist.entry
FOR EACH ROW WHEN (watchlist.is_taking(new.id)) EXECUTE FUNCTION watchlist.guard_taking();

DROP TRIGGER guard_photo ON watchlist.photo;
CREATE TRIGGER guard_photo
BEFORE INSERT OR UPDATE OF entry_id, sealed_picture, source, taken_at, accepted_findings, accepted_reason
ON watchlist.photo
FOR EACH ROW WHEN (NOT watchlist.is_taking(new.entry_id)) EXECUTE FUNCTION watchlist.guard_photo();
DROP TRIGGER guard_photo_removal ON watchlist.photo;
CREATE TRIGGER guard_photo_removal BEFORE DELETE ON watchlist.photo
FOR EACH ROW WHEN (NOT watchlist.is_taking(old.entry_id)) EXECUTE FUNCTION watchlist.guard_photo_removal();
DROP TRIGGER guard_template ON watchlist.template;
CREATE TRIGGER guard_template BEFORE INSERT OR UPDATE OF photo_id, sealed_vector ON watchlist.template
FOR EACH ROW WHEN (NOT watchlist.is_taking_photo(new.photo_id)) EXECUTE FUNCTION watchlist.guard_template();

-- What was merged is written down by the approval that merges, and undone by the one that restores.
CREATE FUNCTION watchlist.guard_merge() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM watchlist.taking AS t
        WHERE t.entry_id = new.entry_id AND (tg_op = 'INSERT' AND t.draft_id = new.draft_id OR t.restores = new.other_id)
    ) OR (
        tg_op = 'UPDATE' AND (
            old.undone_at IS NOT NULL OR (new.entry_id, new.other_id, new.draft_id, new.photos, new.merged_by_id, new.merged_at)
            IS DISTINCT FROM (old.entry_id, old.other_id, old.draft_id, old.photos, old.merged_by_id, old.merged_at)
        )
    ) THEN
        RAISE EXCEPTION 'entries are merged, and parted again, by an amendment that was approved'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'merge_is_approved';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_merge() FROM PUBLIC;
CREATE TRIGGER guard_merge BEFORE INSERT OR UPDATE ON watchlist.merge
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_merge();

-- An amendment ends with its entry, and is erased: it holds the person's face and words under a key of its own. So is what
-- was merged into an entry that is erased.
CREATE FUNCTION watchlist.end_amendments() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    o record;
BEGIN
    FOR o IN
        SELECT id, state FROM watchlist.entry WHERE state <> 'erased' AND (
            amends = new.id OR (new.state = 'erased' AND state = 'revoked' AND id IN (
                SELECT other_id FROM watchlist.merge WHERE entry_id = new.id AND undone_at IS NULL
            ))
        ) ORDER BY id FOR UPDATE
    LOOP
        IF o.state = 'pending' THEN
            UPDATE watchlist.entry SET
                state = 'revoked', revision = revision + 1, changed_at = now(), reason = 'its entry has ended',
                changed_by_id = new.changed_by_id, changed_by_name = new.changed_by_name
            WHERE id = o.id;
        END IF;
        INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)
        VALUES (o.id, new.changed_by_id, new.changed_by_name, 'its entry has ended');
        UPDATE watchlist.entry SET
            state = 'erased', revision = revision + 1, changed_at = now(), reason = 'its entry has ended',
            changed_by_id = new.changed_by_id, changed_by_name = new.changed_by_name
        WHERE id = o.id;
    END LOOP;
    IF new.state = 'erased' THEN
        DELETE FROM watchlist.merge WHERE entry_id = new.id OR other_id = new.id;
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.end_amendments() FROM PUBLIC;
CREATE TRIGGER end_amendments AFTER UPDATE OF state ON watchlist.entry
FOR EACH ROW WHEN (new.state IN ('revoked', 'erased') AND old.state <> new.state AND new.amends IS NULL)
EXECUTE FUNCTION watchlist.end_amendments();
-- Also in a session that says it only replays what another server has done.
ALTER TABLE watchlist.entry ENABLE ALWAYS TRIGGER end_amendments;

CREATE OR REPLACE FUNCTION watchlist.record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    present bigint;
BEGIN
    -- The matchers know of a draft that was sent back; of another, and of an amendment, they never hear.
    IF new.amends IS NULL AND (
        new.returned_at IS NOT NULL
        OR (new.state <> 'draft' AND NOT (tg_op = 'UPDATE' AND old.state = 'draft' AND new.state = 'erased'))
    ) THEN
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

-- An amendment was never on the stream, so no matcher owes a receipt for it.
CREATE OR REPLACE VIEW watchlist.owed_receipt AS
SELECT
    x.entry_id,
    r.name,
    r.incarnation,
    r.seen_at
FROM watchlist.erasure AS x
INNER JOIN watchlist.entry AS e ON e.id = x.entry_id AND e.put_forward_by_id IS NOT NULL AND e.amends IS NULL
INNER JOIN watchlist.replica AS r
    ON r.ended_at IS NULL AND (x.stream_purged_at IS NULL OR x.stream_purged_at >= r.began_at)
WHERE NOT EXISTS (
    SELECT FROM watchlist.receipt AS s
    WHERE s.entry_id = x.entry_id AND s.replica = r.name AND s.incarnation = r.incarnation
);

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
    e.amends IS NULL AND (
        e.returned_at IS NOT NULL
        OR (e.state <> 'draft' AND NOT (e.state = 'erased' AND e.put_forward_by_id IS NULL))
    );

GRANT SELECT ON watchlist.merge TO wardwatch_import;
GRANT INSERT ON watchlist.merge TO wardwatch_import;
GRANT UPDATE (undone_by_id, undone_by_name, undone_at) ON watchlist.merge TO wardwatch_import;

SET LOCAL ROLE wardwatch_keeper;
INSERT INTO audit.action (code, title) VALUES
('entry.amendment_begun', 'began to amend an entry'),
('entry.amendment_submitted', 'put an amendment forward'),
('entry.amendment_returned', 'sent back an amendment that was put forward'),
('entry.amendment_refused', 'refused an amendment'),
('entry.amendment_discarded', 'threw an amendment away'),
('entry.amendment_taken', 'took what an amendment says into its entry'),
('entry.amended', 'approved an amendment of an entry'),
('entry.restored', 'let an entry match again that was merged with another')
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
        WHEN new.state = 'erased' AND old.state = 'pending' THEN 'entry.amendment_taken'
        WHEN new.state = 'erased' THEN 'entry.erased'
        WHEN new.approved_at IS DISTINCT FROM old.approved_at AND old.state = 'revoked' THEN 'entry.restored'
        -- A renewal waits for its approval in columns of the entry, an amendment in a draft of its own.
        WHEN new.approved_at IS DISTINCT FROM old.approved_at AND old.state IN ('active', 'suspended')
            AND old.renewal_by_id IS NULL THEN 'entry.amended'
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

    IF new.amends IS NOT NULL THEN
        told := told || jsonb_build_object('amends', new.amends);
        done := CASE done
            WHEN 'entry.drafted' THEN 'entry.amendment_begun'
            WHEN 'entry.submitted' THEN 'entry.amendment_submitted'
            WHEN 'entry.returned' THEN 'entry.amendment_returned'
            WHEN 'entry.refused' THEN 'entry.amendment_refused'
            WHEN 'entry.discarded' THEN 'entry.amendment_discarded'
            ELSE done
        END;
    END IF;
    IF tg_op = 'UPDATE' AND new.state <> old.state THEN
        told := told || jsonb_build_object('was', old.state);
    END IF;
    IF new.batch_id IS NOT NULL THEN
        told := told || jsonb_build_object('import', new.batch_id);
    END IF;
    -- The same cases as in watchlist.record_change: these are what the list's matchers are told.
    IF new.amends IS NULL AND (new.returned_at IS NOT NULL OR (new.state <> 'draft' AND done <> 'entry.discarded')) THEN
        told := told || jsonb_build_object(
            'generation', watchlist.present_generation(), 'min_similarity', new.min_similarity
        );
    END IF;
    IF done IN ('entry.submitted', 'entry.approved', 'entry.renewed', 'entry.amended', 'entry.restored') THEN
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

-- What is not approved is given up: the former version would let it match.
UPDATE watchlist.entry SET
    state = 'revoked', revision = revision + 1, changed_at = now(), reason = 'amendments are not known any more',
    changed_by_id = '00000000-0000-0000-0000-000000000000', changed_by_name = 'wardwatch'
WHERE amends IS NOT NULL AND state = 'pending';
INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)
SELECT id, '00000000-0000-0000-0000-000000000000', 'wardwatch', 'amendments are not known any more'
FROM watchlist.entry WHERE amends IS NOT NULL AND state IN ('draft', 'revoked');
UPDATE watchlist.entry SET
    state = 'erased', revision = revision + 1, changed_at = now(), reason = 'amendments are not known any more',
    changed_by_id = '00000000-0000-0000-0000-000000000000', changed_by_name = 'wardwatch'
WHERE amends IS NOT NULL AND state IN ('draft', 'revoked');

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

-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code IN ('entry.amendment_begun', 'entry.amendment_submitted', 'entry.amendment_returned', 'entry.amendment_refused', 'entry.amendment_discarded', 'entry.amendment_taken', 'entry.amended', 'entry.restored')
AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
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
WHERE
    e.returned_at IS NOT NULL
    OR (e.state <> 'draft' AND NOT (e.state = 'erased' AND e.put_forward_by_id IS NULL));

CREATE OR REPLACE VIEW watchlist.owed_receipt AS
SELECT
    x.entry_id,
    r.name,
    r.incarnation,
    r.seen_at
FROM watchlist.erasure AS x
INNER JOIN watchlist.entry AS e ON e.id = x.entry_id AND e.put_forward_by_id IS NOT NULL
INNER JOIN watchlist.replica AS r
    ON r.ended_at IS NULL AND (x.stream_purged_at IS NULL OR x.stream_purged_at >= r.began_at)
WHERE NOT EXISTS (
    SELECT FROM watchlist.receipt AS s
    WHERE s.entry_id = x.entry_id AND s.replica = r.name AND s.incarnation = r.incarnation
);

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

DROP TRIGGER end_amendments ON watchlist.entry;
DROP FUNCTION watchlist.end_amendments();
DROP TABLE watchlist.merge;
DROP FUNCTION watchlist.guard_merge();

DROP TRIGGER guard_template ON watchlist.template;
CREATE TRIGGER guard_template BEFORE INSERT OR UPDATE OF photo_id, sealed_vector ON watchlist.template
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_template();
DROP TRIGGER guard_photo_removal ON watchlist.photo;
CREATE TRIGGER guard_photo_removal BEFORE DELETE ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_photo_removal();
DROP TRIGGER guard_photo ON watchlist.photo;
CREATE TRIGGER guard_photo
BEFORE INSERT OR UPDATE OF entry_id, sealed_picture, source, taken_at, accepted_findings, accepted_reason
ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_photo();
DROP TRIGGER guard_entry_amended ON watchlist.entry;
DROP TRIGGER guard_entry ON watchlist.entry;
CREATE TRIGGER guard_entry BEFORE UPDATE ON watchlist.entry
FOR EACH ROW WHEN (NOT (old.state = 'pending' AND new.state = 'draft')) EXECUTE FUNCTION watchlist.guard_entry();
DROP FUNCTION watchlist.guard_taking();
DROP TRIGGER guard_share_of_amended ON federation.share;
DROP FUNCTION federation.guard_share_of_amended();
DROP TRIGGER guard_renewal ON watchlist.entry;
DROP FUNCTION watchlist.guard_renewal();
DROP TRIGGER guard_amendment ON watchlist.entry;
DROP TRIGGER guard_amendment_begun ON watchlist.entry;
DROP FUNCTION watchlist.guard_amendment();
DROP TABLE watchlist.taking;
DROP FUNCTION watchlist.taking_is_whole();
DROP FUNCTION watchlist.is_taking_photo(uuid);
DROP FUNCTION watchlist.is_taking(uuid);
DROP FUNCTION watchlist.begin_taking(uuid);
DROP INDEX watchlist.entry_amendments;
DROP INDEX watchlist.entry_is_amended_once;
ALTER TABLE watchlist.entry DROP COLUMN amends, DROP COLUMN restores;
