-- migrate:up

-- Two entries that people decided to be one person never match side by side (docs/adr/0058): the newer one is put forward
-- to take the other's place, and its approval ends the other in the same transaction.

-- A pair is decided on once, from whichever side; what the other side asked is answered with it.
CREATE FUNCTION watchlist.guard_likeness() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (
        SELECT FROM watchlist.likeness
        WHERE entry_id = new.other_id AND other_id = new.entry_id AND decision <> new.decision
    ) THEN
        RAISE EXCEPTION 'a pair is decided on once'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'likeness_is_decided_once';
    END IF;
    DELETE FROM watchlist.likeness WHERE entry_id = new.other_id AND other_id = new.entry_id AND decision IS NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER guard_likeness AFTER INSERT OR UPDATE OF decision ON watchlist.likeness
FOR EACH ROW WHEN (new.decision IS NOT NULL) EXECUTE FUNCTION watchlist.guard_likeness();

-- Every other entry of the same person: by decisions, also over several steps, and by an equal identity number unless
-- people decided that the two are different.
CREATE FUNCTION watchlist.same_person(p_entry uuid) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    WITH RECURSIVE known (id) AS (
        SELECT p_entry
        UNION
        SELECT found.id FROM known CROSS JOIN LATERAL (
            SELECT other_id AS id FROM watchlist.likeness WHERE entry_id = known.id AND decision = 'same_person'
            UNION ALL
            SELECT entry_id FROM watchlist.likeness WHERE other_id = known.id AND decision = 'same_person'
            UNION ALL
            SELECT n.entry_id FROM identity.number AS o INNER JOIN identity.number AS n ON n.lookup = o.lookup
            WHERE o.entry_id = known.id AND NOT EXISTS (
                SELECT FROM watchlist.likeness
                WHERE decision = 'different_people' AND (
                    (entry_id = o.entry_id AND other_id = n.entry_id)
                    OR (entry_id = n.entry_id AND other_id = o.entry_id)
                )
            )
        ) AS found
    )
    SELECT id FROM known WHERE id <> p_entry
$$;

REVOKE EXECUTE ON FUNCTION watchlist.same_person(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.same_person(uuid) TO wardwatch_import;

CREATE FUNCTION watchlist.guard_same_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    begins boolean := new.state = 'pending' AND old.state = 'draft';
    matches boolean := new.state = 'active'
        AND (old.state <> 'active' OR new.approved_at IS DISTINCT FROM old.approved_at);
    others uuid [];
BEGIN
    IF NOT (begins OR matches) THEN
        RETURN new;
    END IF;
    others := ARRAY(SELECT watchlist.same_person(new.id));
    IF cardinality(others) = 0 THEN
        RETURN new;
    END IF;
    -- Rows are locked first, as by everybody who changes an entry. Then one change of the list at a time: of two approvals
    -- at once the second sees the first.
    PERFORM FROM watchlist.entry WHERE id = ANY (others) ORDER BY id FOR UPDATE;
    PERFORM watchlist.present_generation();

    IF (begins OR old.state = 'pending') AND EXISTS (
        SELECT FROM watchlist.likeness AS l INNER JOIN watchlist.entry AS e ON e.id = l.entry_id
        WHERE l.other_id = new.id AND l.decision = 'same_person' AND (
            e.state IN ('active', 'suspended', 'expired') OR (begins AND e.state = 'pending')
        )
    ) THEN
        RAISE EXCEPTION 'another entry takes the place of this one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_replaced';
    END IF;

    IF begins THEN
        IF EXISTS (
            SELECT FROM identity.number AS o INNER JOIN identity.number AS n ON n.lookup = o.lookup
            INNER JOIN watchlist.entry AS e ON e.id = n.entry_id AND e.id <> new.id
            WHERE o.entry_id = new.id AND e.state NOT IN ('revoked', 'erased') AND NOT EXISTS (
                SELECT FROM watchlist.likeness
                WHERE decision IS NOT NULL AND (
                    (entry_id = new.id AND other_id = e.id) OR (entry_id = e.id AND other_id = new.id)
                )
            )
        ) THEN
            RAISE EXCEPTION 'somebody must decide on the people with the same identity number'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_likenesses_are_decided';
        END IF;
        -- Within one import nothing says which of the two takes the other's place.
        IF EXISTS (
            SELECT FROM watchlist.entry
            WHERE id = ANY (others) AND batch_id = new.batch_id AND state IN ('draft', 'pending')
        ) THEN
            RAISE EXCEPTION 'an import puts nobody forward twice'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_is_once_in_an_import';
        END IF;
    ELSIF old.state = 'pending' THEN
        -- Before its own change is published, so that the two never match side by side.
        UPDATE watchlist.entry AS e SET
            state = 'revoked', revision = e.revision + 1, changed_at = now(),
            reason = 'another entry of the same person took its place',
            changed_by_id = new.changed_by_id, changed_by_name = new.changed_by_name
        WHERE e.id = ANY (others) AND (
            e.state IN ('active', 'suspended', 'expired')
            OR (e.state = 'pending' AND EXISTS (
                SELECT FROM watchlist.likeness AS l
                WHERE l.entry_id = new.id AND l.other_id = e.id AND l.decision = 'same_person'
            ))
        );
    ELSIF EXISTS (SELECT FROM watchlist.entry WHERE id = ANY (others) AND state = 'active') THEN
        RAISE EXCEPTION 'another entry of the same person matches'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_same_person_stands';
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER guard_same_person BEFORE UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_same_person();

-- migrate:down

DROP TRIGGER guard_same_person ON watchlist.entry;
DROP FUNCTION watchlist.guard_same_person();
DROP FUNCTION watchlist.same_person(uuid);
DROP TRIGGER guard_likeness ON watchlist.likeness;
DROP FUNCTION watchlist.guard_likeness();
