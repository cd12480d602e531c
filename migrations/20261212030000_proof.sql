-- migrate:up

-- Beside the former version: yes. Two tables, functions and actions that it does not know of.

-- What anybody may see of the audit without signing in (docs/adr/0104): its heads, when it was verified last and by what, and
-- the monthly reports that were published. Written by who verifies, as role wardwatch_audit, and never changed.
SET LOCAL ROLE wardwatch_keeper;

CREATE TABLE audit.verification (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    version text NOT NULL CHECK (length(version) BETWEEN 1 AND 40),
    sequence bigint NOT NULL,
    -- How many heads kept outside the database agreed, and the last event that they cover.
    compared integer NOT NULL CHECK (compared >= 0),
    covered bigint NOT NULL CHECK (covered >= 0),
    faults integer NOT NULL CHECK (faults >= 0)
);

CREATE TABLE audit.report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    month text NOT NULL CHECK (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    content jsonb NOT NULL CHECK (octet_length(content::text) <= 20000),
    at timestamptz NOT NULL
);
CREATE INDEX report_of_month ON audit.report (month, id DESC);

INSERT INTO audit.action (code, title) VALUES
('audit.verification_published', 'published that the audit was verified'),
('audit.report_published', 'published a monthly report');

-- Publishes what a verification up to event *p_sequence* found. That event must be as the verifier read it.
CREATE FUNCTION audit.publish_verification(
    p_by text, p_version text, p_sequence bigint, p_sha256 bytea, p_compared integer, p_covered bigint, p_faults integer
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM audit.event WHERE sequence = p_sequence AND sha256 = p_sha256) THEN
        RAISE EXCEPTION 'the audit is not the one that was verified'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'verification_is_of_this_audit';
    END IF;
    INSERT INTO audit.verification (at, version, sequence, compared, covered, faults)
    VALUES (clock_timestamp(), p_version, p_sequence, p_compared, p_covered, p_faults);
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        NULL, p_by, 'audit.verification_published', 'audit', '',
        jsonb_build_object('sequence', p_sequence, 'compared', p_compared, 'covered', p_covered, 'faults', p_faults)
    );
END
$$;

-- Publishes the report of a month that is over; a later one of the same month stands before it.
CREATE FUNCTION audit.publish_report(p_by text, p_month text, p_content jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.report (month, content, at) VALUES (p_month, p_content, clock_timestamp());
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        NULL, p_by, 'audit.report_published', 'audit', p_month,
        jsonb_build_object('content_sha256', encode(sha256(convert_to(p_content::text, 'UTF8')), 'hex'))
    );
END
$$;

-- The hash of an event, and nothing of what it says.
CREATE FUNCTION audit.sha256_of(p_sequence bigint) RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT e.sha256 FROM audit.event AS e WHERE e.sequence = p_sequence
$$;

-- The last event of each of the seven days before the day of *p_now*, of a time zone: its number and its hash.
CREATE FUNCTION audit.heads_of_days(p_zone text, p_now timestamptz) RETURNS TABLE (day date, sequence bigint, sha256 bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT DISTINCT ON (1) (e.at AT TIME ZONE p_zone)::date, e.sequence, e.sha256
FROM audit.event AS e
WHERE e.at >= ((p_now AT TIME ZONE p_zone)::date - 7)::timestamp AT TIME ZONE p_zone
    AND e.at < (p_now AT TIME ZONE p_zone)::date::timestamp AT TIME ZONE p_zone
ORDER BY 1 DESC, e.sequence DESC
$$;

CREATE VIEW audit.last_verification AS
SELECT v.at, v.version, v.sequence, v.compared, v.covered, v.faults
FROM audit.verification AS v ORDER BY v.id DESC LIMIT 1;

CREATE VIEW audit.published_report AS
SELECT DISTINCT ON (r.month) r.month, r.content, r.at FROM audit.report AS r ORDER BY r.month DESC, r.id DESC;

REVOKE EXECUTE ON FUNCTION audit.publish_verification(text, text, bigint, bytea, integer, bigint, integer),
audit.publish_report(text, text, jsonb), audit.sha256_of(bigint), audit.heads_of_days(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.publish_verification(text, text, bigint, bytea, integer, bigint, integer),
audit.publish_report(text, text, jsonb) TO wardwatch_audit;
GRANT EXECUTE ON FUNCTION audit.sha256_of(bigint), audit.heads_of_days(text, timestamptz) TO wardwatch_alerts;
GRANT SELECT ON audit.last_verification, audit.published_report TO wardwatch_alerts;

RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;
DROP VIEW audit.published_report;
DROP VIEW audit.last_verification;
DROP FUNCTION audit.heads_of_days(text, timestamptz);
DROP FUNCTION audit.sha256_of(bigint);
DROP FUNCTION audit.publish_report(text, text, jsonb);
DROP FUNCTION audit.publish_verification(text, text, bigint, bytea, integer, bigint, integer);
DROP TABLE audit.report;
DROP TABLE audit.verification;
-- What is in the chain stays there, and so does its title.
DELETE FROM audit.action AS a
WHERE code IN ('audit.verification_published', 'audit.report_published') AND NOT EXISTS (
    SELECT FROM audit.event AS e WHERE e.action = a.code
);
RESET ROLE;
