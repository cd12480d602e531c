-- migrate:up

-- What is destroyed or decided by time is so by this server's clock, and only while it can be believed (docs/adr/0074).
-- The latest time it has shown while it was: a clock that shows less was put back, then or now.
CREATE TABLE watchlist.clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    highest timestamptz NOT NULL
);
INSERT INTO watchlist.clock (highest) VALUES (clock_timestamp());

-- What time it is. All that decides by time asks here; a test sets another clock by putting another function in its place.
CREATE FUNCTION watchlist.present() RETURNS timestamptz
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
SELECT clock_timestamp()
$$;
REVOKE EXECUTE ON FUNCTION watchlist.present() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.present() TO wardwatch_matcher, wardwatch_import, wardwatch_alerts;

CREATE FUNCTION watchlist.read_clock(OUT present timestamptz, OUT highest timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT watchlist.present(), c.highest FROM watchlist.clock AS c
$$;

-- The caller has found nothing against the clock.
CREATE FUNCTION watchlist.believe_clock() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
UPDATE watchlist.clock SET highest = watchlist.present()
$$;
REVOKE EXECUTE ON FUNCTION watchlist.read_clock(), watchlist.believe_clock() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.read_clock(), watchlist.believe_clock() TO wardwatch_matcher, wardwatch_alerts;

-- When a matcher's process may have begun, by this server's clock. What a matcher says of itself can move that only back,
-- so that it owes more receipts, never fewer; one that says it begins in the future has begun before it was heard.
ALTER TABLE watchlist.replica ADD COLUMN began_at timestamptz;
UPDATE watchlist.replica SET began_at = least(started_at - clock_skew_ms * interval '1 millisecond', seen_at);
ALTER TABLE watchlist.replica ALTER COLUMN began_at SET NOT NULL;

CREATE FUNCTION watchlist.note_begin() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    said timestamptz := new.started_at - new.clock_skew_ms * interval '1 millisecond';
BEGIN
    new.began_at := CASE
        WHEN said <= clock_timestamp() + interval '5 minutes' THEN least(said, clock_timestamp())
        ELSE clock_timestamp() - interval '1 minute'
    END;
    IF tg_op = 'UPDATE' AND new.incarnation = old.incarnation THEN
        new.began_at := least(new.began_at, old.began_at);
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.note_begin() FROM PUBLIC;
CREATE TRIGGER note_begin BEFORE INSERT OR UPDATE ON watchlist.replica
FOR EACH ROW EXECUTE FUNCTION watchlist.note_begin();

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

-- migrate:down

CREATE OR REPLACE VIEW watchlist.owed_receipt AS
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
DROP TRIGGER note_begin ON watchlist.replica;
DROP FUNCTION watchlist.note_begin();
ALTER TABLE watchlist.replica DROP COLUMN began_at;
DROP FUNCTION watchlist.believe_clock(), watchlist.read_clock(), watchlist.present();
DROP TABLE watchlist.clock;
