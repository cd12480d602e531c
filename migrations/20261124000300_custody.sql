-- migrate:up

-- How the list is carried to the matchers, compared with what they hold, and taken back from them.

-- Of the WATCHLIST stream: the last sequence among the changes of a generation that are out already. Kept for a
-- generation that goes out in parts, so that published_sequence covers all of it.
ALTER TABLE watchlist.generation ADD COLUMN carried_sequence bigint NOT NULL DEFAULT 0;
-- When every matcher that was heard at all had applied it.
ALTER TABLE watchlist.generation ADD COLUMN live_at timestamptz;
CREATE INDEX generation_not_live ON watchlist.generation (published_sequence) WHERE live_at IS NULL;
CREATE INDEX outbox_by_generation ON watchlist.outbox (generation);
CREATE INDEX erasure_unfinished ON watchlist.erasure (erased_at)
WHERE key_destroyed_at IS NULL OR stream_purged_at IS NULL;
CREATE INDEX erasure_by_purge ON watchlist.erasure (stream_purged_at);

ALTER TABLE watchlist.replica
-- Of its entries: they cannot match there until their data key can be used.
ADD COLUMN locked integer NOT NULL DEFAULT 0,
-- A matcher that never said that it ended, because its machine is gone for good: who said so, and why.
ADD COLUMN given_up_by_id uuid,
ADD COLUMN given_up_by_name text NOT NULL DEFAULT '',
ADD COLUMN given_up_reason text NOT NULL DEFAULT '',
ADD CONSTRAINT replica_given_up_is_whole CHECK (
    given_up_by_id IS NULL OR (btrim(given_up_reason) <> '' AND given_up_by_name <> '' AND ended_at IS NOT NULL)
);

-- A matcher owes a receipt while its process may hold a vector: it was started before the last message with vectors
-- was off the stream (by its own clock, put right by what that clock is off), and has neither signed nor ended. A
-- process that started later has never read one, and an entry that never left its draft was on no stream.
CREATE VIEW watchlist.owed_receipt AS
SELECT
    x.entry_id,
    r.name,
    r.incarnation,
    r.seen_at
FROM watchlist.erasure AS x
INNER JOIN watchlist.entry AS e ON e.id = x.entry_id AND e.put_forward_by_id IS NOT NULL
INNER JOIN watchlist.replica AS r
    ON
        r.ended_at IS NULL
        AND (
            x.stream_purged_at IS NULL
            OR x.stream_purged_at >= r.started_at - r.clock_skew_ms * interval '1 millisecond'
        )
WHERE NOT EXISTS (
    SELECT FROM watchlist.receipt AS s
    WHERE s.entry_id = x.entry_id AND s.replica = r.name AND s.incarnation = r.incarnation
);

-- What the stream should hold of each entry. A draft is nobody's business; an erased entry need not be there once
-- every matcher has signed: nothing is left that its tombstone could stop.
CREATE VIEW watchlist.listed AS
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

-- Lets the relay publish the present state of entries once more, because the stream does not hold it. Nothing can be
-- said here that the record does not say.
CREATE FUNCTION watchlist.publish_again(p_entries uuid []) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    written integer;
BEGIN
    INSERT INTO watchlist.outbox (entry_id, revision, generation, state, expires_at, sites, min_similarity)
    SELECT l.id, l.revision, watchlist.present_generation(), l.state, l.expires_at, l.sites, l.min_similarity
    FROM watchlist.listed AS l
    WHERE l.id = ANY(p_entries)
    ON CONFLICT (entry_id, revision) DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    PERFORM pg_notify('watchlist_outbox', '');
    RETURN written;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.publish_again(uuid []) FROM PUBLIC;

-- Each comparison of the stream with the record, and what it found.
CREATE TABLE watchlist.reconciliation (
    id uuid PRIMARY KEY,
    cause text NOT NULL CHECK (cause IN ('nightly', 'asked', 'stream')),
    asked_by_id uuid,
    asked_by_name text,
    -- Whether who asked has said that all entries the record does not know shall end, however many.
    bury_unknown boolean NOT NULL DEFAULT false,
    began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    -- How many entries were compared, and in how many the stream: lacked them; held an earlier revision; held the
    -- revision with other content; held a later revision than the record, which is never put right by a program;
    -- held an entry that the record does not know.
    entries integer NOT NULL DEFAULT 0,
    missing integer NOT NULL DEFAULT 0,
    behind integer NOT NULL DEFAULT 0,
    different integer NOT NULL DEFAULT 0,
    ahead integer NOT NULL DEFAULT 0,
    unknown integer NOT NULL DEFAULT 0,
    -- What was done about it: published again; a tombstone published.
    repaired integer NOT NULL DEFAULT 0,
    buried integer NOT NULL DEFAULT 0,
    -- Data keys of erased entries that were there again, from a backup of the keyring, and were destroyed again.
    keys_destroyed integer NOT NULL DEFAULT 0,
    CHECK ((asked_by_id IS NULL) = (asked_by_name IS NULL) AND (asked_by_id IS NOT NULL) = (cause = 'asked')),
    CHECK (cause = 'asked' OR NOT bury_unknown)
);

CREATE INDEX reconciliation_newest ON watchlist.reconciliation (began_at DESC);

GRANT SELECT ON watchlist.owed_receipt, watchlist.listed TO wardwatch_matcher;
GRANT UPDATE (carried_sequence, live_at) ON watchlist.generation TO wardwatch_matcher;
GRANT EXECUTE ON FUNCTION watchlist.publish_again(uuid []) TO wardwatch_matcher;
GRANT SELECT, INSERT, UPDATE ON watchlist.reconciliation TO wardwatch_matcher;
GRANT SELECT ON watchlist.owed_receipt, watchlist.reconciliation TO wardwatch_import;

SET LOCAL ROLE wardwatch_keeper;

CREATE FUNCTION audit.write_given_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
    VALUES (
        new.given_up_by_id, left(new.given_up_by_name, 200), 'matcher.given_up', 'matcher', new.name,
        audit.words(new.given_up_reason),
        jsonb_build_object('incarnation', new.incarnation, 'seen_at', audit.moment(new.seen_at))
    );
    RETURN NULL;
END
$$;

-- What was asked for is done in the name of who asked, the rest in the program's own.
CREATE FUNCTION audit.write_comparison() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    done text := 'list.comparison_asked';
    told jsonb := jsonb_build_object('cause', new.cause, 'bury_unknown', new.bury_unknown);
BEGIN
    IF tg_op = 'UPDATE' THEN
        done := 'list.reconciled';
        told := told || jsonb_build_object(
            'entries', new.entries, 'missing', new.missing, 'behind', new.behind, 'different', new.different,
            'ahead', new.ahead, 'unknown', new.unknown, 'repaired', new.repaired, 'buried', new.buried,
            'keys_destroyed', new.keys_destroyed
        );
    END IF;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    VALUES (
        coalesce(new.asked_by_id, '00000000-0000-0000-0000-000000000000'),
        coalesce(left(new.asked_by_name, 200), 'wardwatch'), done, 'list', new.id, told
    );
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_given_up(), audit.write_comparison() FROM PUBLIC;
-- Only while the triggers below are made.
GRANT EXECUTE ON FUNCTION audit.write_given_up(), audit.write_comparison() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_given_up AFTER UPDATE ON watchlist.replica
FOR EACH ROW WHEN (new.given_up_by_id IS NOT NULL AND old.given_up_by_id IS NULL)
EXECUTE FUNCTION audit.write_given_up();
CREATE TRIGGER audit_comparison_asked AFTER INSERT ON watchlist.reconciliation
FOR EACH ROW WHEN (new.cause = 'asked') EXECUTE FUNCTION audit.write_comparison();
CREATE TRIGGER audit_comparison AFTER UPDATE ON watchlist.reconciliation
FOR EACH ROW WHEN (new.ended_at IS NOT NULL AND old.ended_at IS NULL) EXECUTE FUNCTION audit.write_comparison();
ALTER TABLE watchlist.replica ENABLE ALWAYS TRIGGER audit_given_up;
ALTER TABLE watchlist.reconciliation ENABLE ALWAYS TRIGGER audit_comparison_asked;
ALTER TABLE watchlist.reconciliation ENABLE ALWAYS TRIGGER audit_comparison;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_given_up(), audit.write_comparison() FROM wardwatch_owner;
RESET ROLE;

GRANT SELECT (name, incarnation, given_up_by_id) ON watchlist.replica TO wardwatch_audit;
GRANT SELECT (
    id, cause, asked_by_id, bury_unknown, ended_at,
    entries, missing, behind, different, ahead, unknown, repaired, buried, keys_destroyed
) ON watchlist.reconciliation TO wardwatch_audit;

-- migrate:down

REVOKE SELECT (name, incarnation, given_up_by_id) ON watchlist.replica FROM wardwatch_audit;
DROP TRIGGER audit_given_up ON watchlist.replica;
DROP TABLE watchlist.reconciliation;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_given_up(), audit.write_comparison();
RESET ROLE;
DROP FUNCTION watchlist.publish_again(uuid []);
DROP VIEW watchlist.listed;
DROP VIEW watchlist.owed_receipt;
ALTER TABLE watchlist.replica
DROP CONSTRAINT replica_given_up_is_whole,
DROP COLUMN locked, DROP COLUMN given_up_by_id, DROP COLUMN given_up_by_name, DROP COLUMN given_up_reason;
DROP INDEX watchlist.erasure_by_purge, watchlist.erasure_unfinished, watchlist.outbox_by_generation;
DROP INDEX watchlist.generation_not_live;
ALTER TABLE watchlist.generation DROP COLUMN live_at, DROP COLUMN carried_sequence;
