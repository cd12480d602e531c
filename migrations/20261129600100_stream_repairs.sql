-- migrate:up

-- What a stream of the broker held that it should not, or lacked, and was put right by the record (docs/adr/0071). A row
-- is the first of a while: an attack that goes on does not fill the table.
CREATE SCHEMA broker;

CREATE TABLE broker.repair (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream text NOT NULL CHECK (stream ~ '^[A-Z]{1,32}$'),
    -- forged: nobody signed it who may write there; lost: it was gone; older: an earlier message stood for a later one.
    cause text NOT NULL CHECK (cause IN ('forged', 'lost', 'older')),
    found_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX repair_found ON broker.repair (found_at);

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES ('stream.repaired', 'put a stream of the broker right')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_repair() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_name, action, subject_kind, subject, details)
    VALUES (
        'wardwatch', 'stream.repaired',
        CASE new.stream WHEN 'KEYRING' THEN 'keys' WHEN 'POLICY' THEN 'threshold' WHEN 'AUDIT' THEN 'audit' ELSE 'list' END,
        new.stream, jsonb_build_object('cause', new.cause)
    );
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_repair() FROM PUBLIC;
-- Only while the trigger below is made.
GRANT EXECUTE ON FUNCTION audit.write_repair() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_repair AFTER INSERT ON broker.repair
FOR EACH ROW EXECUTE FUNCTION audit.write_repair();
ALTER TABLE broker.repair ENABLE ALWAYS TRIGGER audit_repair;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_repair() FROM wardwatch_owner;
RESET ROLE;

GRANT USAGE ON SCHEMA broker TO wardwatch_matcher, wardwatch_alerts;
-- Added to and read, never changed.
GRANT SELECT, INSERT ON broker.repair TO wardwatch_matcher, wardwatch_alerts;

-- migrate:down

DROP TRIGGER audit_repair ON broker.repair;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_repair();
-- What is in the chain stays there, and so does its title.
DELETE FROM audit.action AS a
WHERE code = 'stream.repaired' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
DROP SCHEMA broker CASCADE;
