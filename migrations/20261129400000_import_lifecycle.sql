-- migrate:up

-- Whose a row of the report is: HMAC of the external id under the look-up key, as in watchlist.entry.external_lookup.
-- By it people are counted without opening anything. None: the row names nobody, or is from before this column.
ALTER TABLE watchlist.batch_item ADD COLUMN whose_lookup bytea CHECK (octet_length(whose_lookup) = 32);
CREATE INDEX batch_item_whose ON watchlist.batch_item (batch_id, whose_lookup);

-- When an import that nobody ends is thrown away by itself: a week after anything was last done in it. Its people and
-- photos are sealed drafts of which nobody has decided anything, and they bar the same people from other imports.
CREATE FUNCTION watchlist.import_ends_at(p_batch uuid) RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT interval '7 days' + greatest(
    b.opened_at,
    (SELECT max(e.changed_at) FROM watchlist.entry AS e WHERE e.batch_id = b.id),
    (SELECT max(i.judged_at) FROM watchlist.batch_item AS i WHERE i.batch_id = b.id)
)
FROM watchlist.batch AS b WHERE b.id = p_batch AND b.state = 'open'
$$;
REVOKE EXECUTE ON FUNCTION watchlist.import_ends_at(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.import_ends_at(uuid) TO wardwatch_import;

-- Throws every such import away, in the program's own name; how many. As when a person does it, all drafts are erased
-- with it; their keys are destroyed by whoever finishes erasures.
CREATE FUNCTION watchlist.end_idle_imports() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    idle uuid;
    ended integer := 0;
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
    -- One that is worked on at this moment is not idle.
    FOR idle IN
        SELECT b.id FROM watchlist.batch AS b
        WHERE b.state = 'open' AND watchlist.import_ends_at(b.id) <= now()
        FOR UPDATE SKIP LOCKED
    LOOP
        PERFORM audit.acting(nobody, 'wardwatch');
        INSERT INTO watchlist.erasure (entry_id, erased_by_id, erased_by_name, reason)
        SELECT e.id, nobody, 'wardwatch', 'the import was left open for a week' FROM watchlist.entry AS e
        WHERE e.batch_id = idle AND e.state = 'draft';
        UPDATE watchlist.entry SET
            state = 'erased', revision = revision + 1, changed_at = now(), changed_by_id = nobody,
            changed_by_name = 'wardwatch', reason = 'the import was left open for a week'
        WHERE batch_id = idle AND state = 'draft';
        DELETE FROM watchlist.batch_item WHERE batch_id = idle;
        UPDATE watchlist.batch SET state = 'discarded', ended_at = now() WHERE id = idle;
        ended := ended + 1;
    END LOOP;
    RETURN ended;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.end_idle_imports() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.end_idle_imports() TO wardwatch_matcher;

-- migrate:down

DROP FUNCTION watchlist.end_idle_imports();
DROP FUNCTION watchlist.import_ends_at(uuid);
DROP INDEX watchlist.batch_item_whose;
ALTER TABLE watchlist.batch_item DROP COLUMN whose_lookup;
