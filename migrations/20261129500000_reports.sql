-- migrate:up

-- The reports of imports name people who may not be on the list, so they are not kept for ever (docs/adr/0048). By the
-- database's clock, so that matchers whose clocks differ agree. The matcher carries this out and can read no report.

-- Deletes the reports of imports that ended, or else were committed, a day ago; how many rows.
CREATE FUNCTION watchlist.forget_reports() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    forgotten integer;
BEGIN
    DELETE FROM watchlist.batch_item AS i USING watchlist.batch AS b
    WHERE b.id = i.batch_id AND coalesce(b.ended_at, b.committed_at) <= now() - interval '24 hours';
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.forget_reports() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.forget_reports() TO wardwatch_matcher;

-- migrate:down

DROP FUNCTION watchlist.forget_reports();
