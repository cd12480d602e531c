-- migrate:up

-- Reports of accuracy that people install, and until when matchers may go on by them (safeguard S14, docs/adr/0097).

-- Which recognisers the list was held by, and since when: a new one has its time of grace before its report comes.
CREATE TABLE watchlist.model_in_use (
    model_sha256 bytea PRIMARY KEY CHECK (octet_length(model_sha256) = 32),
    first_used_at timestamptz NOT NULL DEFAULT watchlist.present(),
    last_used_at timestamptz NOT NULL DEFAULT watchlist.present()
);

ALTER TABLE watchlist.accuracy_report
ADD COLUMN document text,
ADD COLUMN digest bytea CHECK (octet_length(digest) = 32),
ADD COLUMN proposal bigint;

-- A report that was asked for; approved, it is a row of accuracy_report.
CREATE TABLE watchlist.accuracy_proposal (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_sha256 bytea NOT NULL CHECK (octet_length(model_sha256) = 32),
    -- The figures as they were handed in, and their digest, by which two people know them.
    document text NOT NULL CHECK (length(document) <= 200000),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    dataset text NOT NULL CHECK (btrim(dataset) <> '' AND length(dataset) <= 200),
    list_size integer NOT NULL CHECK (list_size > 0),
    floor double precision NOT NULL CHECK (floor BETWEEN 0.3 AND 1),
    fnir double precision NOT NULL CHECK (fnir BETWEEN 0 AND 1),
    fpir double precision NOT NULL CHECK (fpir BETWEEN 0 AND 1),
    fpir_upper double precision NOT NULL CHECK (fpir_upper BETWEEN fpir AND 1),
    measured_on date NOT NULL,
    reason text NOT NULL CHECK (btrim(reason) <> '' AND length(reason) <= 500),
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    approved_by_id uuid,
    approved_by_name text,
    approved_at timestamptz,
    withdrawn_by_id uuid,
    withdrawn_by_name text,
    withdrawn_at timestamptz,
    CONSTRAINT accuracy_approver_did_not_ask CHECK (approved_by_id <> asked_by_id),
    CONSTRAINT accuracy_approval_is_whole CHECK (
        (approved_by_id IS NULL) = (approved_at IS NULL) AND (approved_by_id IS NULL) = (approved_by_name IS NULL)
    ),
    CONSTRAINT accuracy_withdrawal_is_whole CHECK (
        (withdrawn_by_id IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by_id IS NULL) = (withdrawn_by_name IS NULL)
    ),
    CONSTRAINT accuracy_withdrawn_is_not_approved CHECK (withdrawn_at IS NULL OR approved_at IS NULL),
    -- One waits at a time.
    CONSTRAINT accuracy_that_waits EXCLUDE USING btree ((1) WITH =) WHERE (approved_at IS NULL AND withdrawn_at IS NULL)
);

CREATE FUNCTION watchlist.guard_accuracy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        IF new.approved_at IS NOT NULL OR new.withdrawn_at IS NOT NULL THEN
            RAISE EXCEPTION 'a report is asked for before it is approved'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_begins_unapproved';
        END IF;
    ELSIF (new.model_sha256, new.document, new.digest, new.dataset, new.list_size, new.floor, new.fnir, new.fpir,
            new.fpir_upper, new.measured_on, new.reason, new.asked_by_id, new.asked_by_name, new.asked_at)
        IS DISTINCT FROM (old.model_sha256, old.document, old.digest, old.dataset, old.list_size, old.floor, old.fnir,
            old.fpir, old.fpir_upper, old.measured_on, old.reason, old.asked_by_id, old.asked_by_name, old.asked_at)
        OR (old.approved_at IS NOT NULL AND (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at))
        OR (old.withdrawn_at IS NOT NULL AND new.withdrawn_at IS DISTINCT FROM old.withdrawn_at)
    THEN
        RAISE EXCEPTION 'what was asked for or decided is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_is_fixed';
    END IF;
    -- A day ahead may be a clock, or another time zone.
    IF new.measured_on > (watchlist.present() + interval '1 day')::date THEN
        RAISE EXCEPTION 'a report of a day to come'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_is_measured';
    END IF;
    IF new.approved_at IS NULL OR (tg_op = 'UPDATE' AND old.approved_at IS NOT NULL) THEN
        RETURN new;
    END IF;
    IF EXISTS (
        SELECT FROM accounts.account WHERE id = new.approved_by_id AND role NOT IN ('supervisor', 'administrator')
    ) THEN
        RAISE EXCEPTION 'this account approves nothing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_approver_may_approve';
    END IF;
    INSERT INTO watchlist.accuracy_report (
        model_sha256, dataset, list_size, floor, fnir, fpir, fpir_upper, measured_on, document, digest, proposal
    ) VALUES (
        new.model_sha256, new.dataset, new.list_size, new.floor, new.fnir, new.fpir, new.fpir_upper, new.measured_on,
        new.document, new.digest, new.number
    );
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_accuracy() FROM PUBLIC;

CREATE TRIGGER guard_accuracy BEFORE INSERT OR UPDATE ON watchlist.accuracy_proposal
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_accuracy();

CREATE FUNCTION watchlist.keep_accuracy() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'reports are only ever added'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_is_kept';
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.keep_accuracy() FROM PUBLIC;

CREATE TRIGGER keep_accuracy BEFORE DELETE OR TRUNCATE ON watchlist.accuracy_proposal
FOR EACH STATEMENT EXECUTE FUNCTION watchlist.keep_accuracy();

-- A recogniser is at work. It is said every second, and written down once an hour.
CREATE FUNCTION watchlist.use_model(p_model_sha256 bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO watchlist.model_in_use AS m (model_sha256) VALUES (p_model_sha256)
    ON CONFLICT (model_sha256) DO UPDATE SET last_used_at = watchlist.present()
    WHERE m.last_used_at < watchlist.present() - interval '1 hour'
$$;
REVOKE EXECUTE ON FUNCTION watchlist.use_model(bytea) FROM PUBLIC;

-- The recognisers that were at work within a day. A report holds for a year from the day it was measured; after that,
-- and from when a recogniser without one was first used, matching goes on for thirty days and no longer.
CREATE VIEW watchlist.measured_model AS
SELECT
    m.model_sha256, r.measured_on, r.document, r.digest, r.dataset,
    (r.measured_on + 365)::timestamp AT TIME ZONE 'UTC' AS holds_until,
    greatest((r.measured_on + 365)::timestamp AT TIME ZONE 'UTC', m.first_used_at) + interval '30 days' AS matches_until
FROM watchlist.model_in_use AS m
LEFT JOIN LATERAL (
    SELECT a.measured_on, a.document, a.digest, a.dataset FROM watchlist.accuracy_report AS a
    WHERE a.model_sha256 = m.model_sha256 ORDER BY a.id DESC LIMIT 1
) AS r ON true
WHERE m.last_used_at > watchlist.present() - interval '1 day';

GRANT SELECT ON watchlist.measured_model TO wardwatch_import;
GRANT SELECT (model_sha256, measured_on, holds_until, matches_until) ON watchlist.measured_model
TO wardwatch_matcher, wardwatch_alerts;
GRANT EXECUTE ON FUNCTION watchlist.use_model(bytea) TO wardwatch_matcher;
GRANT SELECT, INSERT ON watchlist.accuracy_proposal TO wardwatch_import;
GRANT UPDATE (approved_by_id, approved_by_name, approved_at, withdrawn_by_id, withdrawn_by_name, withdrawn_at)
ON watchlist.accuracy_proposal TO wardwatch_import;
GRANT SELECT (number, digest, asked_by_id, approved_by_id, approved_at, withdrawn_by_id, withdrawn_at)
ON watchlist.accuracy_proposal TO wardwatch_audit;
GRANT SELECT (id, floor, digest, proposal) ON watchlist.accuracy_report TO wardwatch_audit;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
    ('accuracy.asked', 'asked for a report of accuracy to be installed'),
    ('accuracy.approved', 'approved a report of accuracy'),
    ('accuracy.withdrawn', 'took a report of accuracy back')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_accuracy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('digest', encode(new.digest, 'hex'), 'floor', new.floor);
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            new.asked_by_id, left(new.asked_by_name, 200), 'accuracy.asked', 'list', 'report ' || new.number,
            audit.words(new.reason), told
        );
    ELSIF new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.approved_by_id, left(new.approved_by_name, 200), 'accuracy.approved', 'list', 'report ' || new.number, told
        );
    ELSIF new.withdrawn_at IS NOT NULL AND old.withdrawn_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.withdrawn_by_id, left(new.withdrawn_by_name, 200), 'accuracy.withdrawn', 'list', 'report ' || new.number, told
        );
    END IF;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_accuracy() FROM PUBLIC;
-- Only while the trigger below is made: whoever may execute it can have it write what any table of theirs says.
GRANT EXECUTE ON FUNCTION audit.write_accuracy() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_accuracy AFTER INSERT OR UPDATE ON watchlist.accuracy_proposal
FOR EACH ROW EXECUTE FUNCTION audit.write_accuracy();
ALTER TABLE watchlist.accuracy_proposal ENABLE ALWAYS TRIGGER audit_accuracy;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_accuracy() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TRIGGER audit_accuracy ON watchlist.accuracy_proposal;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_accuracy();
DELETE FROM audit.action AS a
WHERE a.code LIKE 'accuracy.%' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
DROP VIEW watchlist.measured_model;
DROP FUNCTION watchlist.use_model(bytea);
DROP TABLE watchlist.accuracy_proposal;
DROP FUNCTION watchlist.guard_accuracy(), watchlist.keep_accuracy();
REVOKE SELECT (id, floor) ON watchlist.accuracy_report FROM wardwatch_audit;
ALTER TABLE watchlist.accuracy_report DROP COLUMN document, DROP COLUMN digest, DROP COLUMN proposal;
DROP TABLE watchlist.model_in_use;
