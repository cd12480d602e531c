-- migrate:up

-- Beside the former version: yes. Another plan for the same answers.

-- What is looked for in the audit is found by an index in its order, however long the audit is (benchmarks/audit_browser.py).
SET LOCAL ROLE wardwatch_keeper;

DROP INDEX audit.event_about_entry, audit.event_about_other, audit.event_about_account;
CREATE INDEX event_about_entry ON audit.event ((details ->> 'entry'), sequence) WHERE (details ->> 'entry') IS NOT NULL;
CREATE INDEX event_about_other ON audit.event ((details ->> 'other'), sequence) WHERE (details ->> 'other') IS NOT NULL;
CREATE INDEX event_about_account ON audit.event ((details ->> 'account'), sequence)
WHERE (details ->> 'account') IS NOT NULL;
CREATE INDEX event_of_action ON audit.event (action, sequence);

-- As before. Only what is asked is in the query, which is planned for what is asked: what is frequent is met soon on the
-- way from the newest, and what is rare has an index. Each way in which somebody can be meant is looked for by itself.
CREATE OR REPLACE FUNCTION audit.found(
    p_reader uuid, p_reader_name text, p_after bigint, p_before bigint, p_most integer, p_newest boolean,
    p_since timestamptz, p_until timestamptz, p_account text, p_kind text, p_about text
) RETURNS SETOF audit.event
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    kinds text [];
    narrowed text := 'e.sequence > $1 AND e.sequence < $2';
    ends text := CASE WHEN p_newest THEN ' ORDER BY e.sequence DESC' ELSE ' ORDER BY e.sequence' END
    || ' LIMIT least($3, 2000)';
    ways text [] := '{}';
    way text;
BEGIN
    IF NOT EXISTS (SELECT FROM audit.pending WHERE actor_id = p_reader AND action LIKE 'audit.%') AND NOT EXISTS (
        SELECT FROM audit.event AS e
        WHERE e.actor_name = p_reader_name AND e.actor_id = p_reader AND e.at > now() - interval '1 hour'
            AND e.action IN ('audit.read', 'audit.verified', 'audit.exported')
    ) THEN
        RAISE EXCEPTION 'it is noted first that the audit is read'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reading_is_noted';
    END IF;
    IF p_since IS NOT NULL THEN
        narrowed := narrowed || ' AND e.at >= $4';
    END IF;
    IF p_until IS NOT NULL THEN
        narrowed := narrowed || ' AND e.at < $5';
    END IF;
    IF p_kind IS NOT NULL THEN
        kinds := ARRAY(SELECT a.code FROM audit.action AS a WHERE p_kind IN (a.code, split_part(a.code, '.', 1)));
        narrowed := narrowed || ' AND e.action = ANY ($7)';
    END IF;
    IF p_about IS NOT NULL THEN
        ways := ARRAY['e.subject = $8', 'e.details ->> ''entry'' = $8', 'e.details ->> ''other'' = $8'];
        IF p_account IS NOT NULL THEN
            narrowed := narrowed || ' AND (e.actor_name = $6 OR e.details ->> ''account'' = $6)';
        END IF;
    ELSIF p_account IS NOT NULL THEN
        ways := ARRAY['e.actor_name = $6', 'e.details ->> ''account'' = $6'];
    ELSE
        RETURN QUERY EXECUTE 'SELECT e.* FROM audit.event AS e WHERE ' || narrowed || ends
        USING p_after, p_before, p_most, p_since, p_until, p_account, kinds, p_about;
        RETURN;
    END IF;
    FOR i IN 1 .. cardinality(ways) LOOP
        way := '(SELECT e.sequence FROM audit.event AS e WHERE ' || ways [i] || ' AND ' || narrowed || ends || ')';
        ways [i] := way;
    END LOOP;
    RETURN QUERY EXECUTE
        'SELECT e.* FROM audit.event AS e WHERE e.sequence IN (' || array_to_string(ways, ' UNION ') || ')' || ends
    USING p_after, p_before, p_most, p_since, p_until, p_account, kinds, p_about;
END
$$;
RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;
DROP INDEX audit.event_about_entry, audit.event_about_other, audit.event_about_account, audit.event_of_action;
CREATE INDEX event_about_entry ON audit.event ((details ->> 'entry')) WHERE (details ->> 'entry') IS NOT NULL;
CREATE INDEX event_about_other ON audit.event ((details ->> 'other')) WHERE (details ->> 'other') IS NOT NULL;
CREATE INDEX event_about_account ON audit.event ((details ->> 'account')) WHERE (details ->> 'account') IS NOT NULL;
CREATE OR REPLACE FUNCTION audit.found(
    p_reader uuid, p_reader_name text, p_after bigint, p_before bigint, p_most integer, p_newest boolean,
    p_since timestamptz, p_until timestamptz, p_account text, p_kind text, p_about text
) RETURNS SETOF audit.event
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit.pending WHERE actor_id = p_reader AND action LIKE 'audit.%') AND NOT EXISTS (
        SELECT FROM audit.event AS e
        WHERE e.actor_name = p_reader_name AND e.actor_id = p_reader AND e.at > now() - interval '1 hour'
            AND e.action IN ('audit.read', 'audit.verified', 'audit.exported')
    ) THEN
        RAISE EXCEPTION 'it is noted first that the audit is read'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reading_is_noted';
    END IF;
    -- Planned each time for what is wanted.
    RETURN QUERY EXECUTE format(
        $q$
        SELECT e.* FROM audit.event AS e
        WHERE e.sequence > $1 AND e.sequence < $2
            AND ($4 IS NULL OR e.at >= $4) AND ($5 IS NULL OR e.at < $5)
            AND ($6 IS NULL OR e.actor_name = $6 OR e.details ->> 'account' = $6)
            AND ($7 IS NULL OR e.action = $7 OR split_part(e.action, '.', 1) = $7)
            AND ($8 IS NULL OR e.subject = $8 OR e.details ->> 'entry' = $8 OR e.details ->> 'other' = $8)
        ORDER BY e.sequence %s LIMIT least($3, 2000)
        $q$, CASE WHEN p_newest THEN 'DESC' ELSE 'ASC' END
    ) USING p_after, p_before, p_most, p_since, p_until, p_account, p_kind, p_about;
END
$$;
RESET ROLE;
