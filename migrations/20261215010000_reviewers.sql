-- migrate:up

-- Beside the former version: yes. It goes by its own settings, as before.

-- How many different people must agree on an alert (safeguard S7): two people change it, as they do the threshold.

-- Without a site: wherever no row of its own says otherwise. At a site null is as everywhere.
CREATE TABLE watchlist.reviewers_change (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL CHECK (site ~ '^[A-Za-z0-9_-]{0,64}$'),
    reviewers smallint CONSTRAINT reviewers_one_or_two CHECK (reviewers IN (1, 2)),
    reason text NOT NULL CONSTRAINT reviewers_have_a_reason CHECK (btrim(reason) <> '' AND length(reason) <= 500),
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    approved_by_id uuid,
    approved_by_name text,
    approved_at timestamptz,
    withdrawn_by_id uuid,
    withdrawn_by_name text,
    withdrawn_at timestamptz,
    CONSTRAINT reviewers_are_said_everywhere CHECK (site <> '' OR reviewers IS NOT NULL),
    CONSTRAINT reviewers_approver_did_not_ask CHECK (approved_by_id <> asked_by_id),
    CONSTRAINT reviewers_approval_is_whole CHECK (
        (approved_by_id IS NULL) = (approved_at IS NULL) AND (approved_by_id IS NULL) = (approved_by_name IS NULL)
    ),
    CONSTRAINT reviewers_withdrawal_is_whole CHECK (
        (withdrawn_by_id IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by_id IS NULL) = (withdrawn_by_name IS NULL)
    ),
    CONSTRAINT reviewers_withdrawn_are_not_approved CHECK (withdrawn_at IS NULL OR approved_at IS NULL),
    -- One waits at a time.
    CONSTRAINT reviewers_that_wait EXCLUDE USING btree ((1) WITH =) WHERE (approved_at IS NULL AND withdrawn_at IS NULL)
);

-- What was decided last for each site.
CREATE VIEW watchlist.site_reviewers AS
SELECT DISTINCT ON (site) number, site, reviewers, approved_at FROM watchlist.reviewers_change
WHERE approved_at IS NOT NULL
ORDER BY site, number DESC;

-- How many must agree on an alert that is raised at a site now. Two where nobody has decided anything.
CREATE FUNCTION watchlist.reviewers_of(p_site text) RETURNS smallint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(
        (SELECT reviewers FROM watchlist.site_reviewers WHERE site = p_site AND site <> ''),
        (SELECT reviewers FROM watchlist.site_reviewers WHERE site = ''),
        2::smallint
    )
$$;
REVOKE EXECUTE ON FUNCTION watchlist.reviewers_of(text) FROM PUBLIC;

CREATE FUNCTION watchlist.guard_reviewers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        IF new.approved_at IS NOT NULL OR new.withdrawn_at IS NOT NULL THEN
            RAISE EXCEPTION 'a number of reviewers is asked for before it is approved'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'reviewers_begin_unapproved';
        END IF;
    ELSIF (new.site, new.reviewers, new.reason, new.asked_by_id, new.asked_by_name, new.asked_at)
        IS DISTINCT FROM (old.site, old.reviewers, old.reason, old.asked_by_id, old.asked_by_name, old.asked_at)
        OR (old.approved_at IS NOT NULL AND (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at))
        OR (old.withdrawn_at IS NOT NULL AND new.withdrawn_at IS DISTINCT FROM old.withdrawn_at)
    THEN
        RAISE EXCEPTION 'what was asked for or decided is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reviewers_are_fixed';
    END IF;
    IF tg_op = 'UPDATE' AND new.approved_at IS NOT NULL AND old.approved_at IS NULL AND EXISTS (
        SELECT FROM accounts.account WHERE id = new.approved_by_id AND role NOT IN ('supervisor', 'administrator')
    ) THEN
        RAISE EXCEPTION 'this account approves nothing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reviewers_approver_may_approve';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_reviewers() FROM PUBLIC;

CREATE TRIGGER guard_reviewers BEFORE INSERT OR UPDATE ON watchlist.reviewers_change
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_reviewers();

CREATE FUNCTION watchlist.keep_reviewers() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'what was decided is only ever added to'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'reviewers_are_kept';
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.keep_reviewers() FROM PUBLIC;

CREATE TRIGGER keep_reviewers BEFORE DELETE OR TRUNCATE ON watchlist.reviewers_change
FOR EACH STATEMENT EXECUTE FUNCTION watchlist.keep_reviewers();

GRANT SELECT, INSERT ON watchlist.reviewers_change TO wardwatch_import;
GRANT UPDATE (approved_by_id, approved_by_name, approved_at, withdrawn_by_id, withdrawn_by_name, withdrawn_at)
ON watchlist.reviewers_change TO wardwatch_import;
GRANT SELECT ON watchlist.site_reviewers TO wardwatch_import, wardwatch_alerts;
GRANT EXECUTE ON FUNCTION watchlist.reviewers_of(text) TO wardwatch_alerts;
GRANT SELECT (number, site, reviewers, asked_by_id, approved_by_id, approved_at, withdrawn_by_id, withdrawn_at)
ON watchlist.reviewers_change TO wardwatch_audit;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
    ('reviewers.asked', 'asked how many people must agree on an alert'),
    ('reviewers.approved', 'approved how many people must agree on an alert'),
    ('reviewers.withdrawn', 'took back how many people must agree on an alert')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_reviewers() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_strip_nulls(jsonb_build_object('site', new.site, 'reviewers', new.reviewers));
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            new.asked_by_id, left(new.asked_by_name, 200), 'reviewers.asked', 'list', 'reviewers ' || new.number,
            audit.words(new.reason), told
        );
    ELSIF new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.approved_by_id, left(new.approved_by_name, 200), 'reviewers.approved', 'list',
            'reviewers ' || new.number, told
        );
    ELSIF new.withdrawn_at IS NOT NULL AND old.withdrawn_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.withdrawn_by_id, left(new.withdrawn_by_name, 200), 'reviewers.withdrawn', 'list',
            'reviewers ' || new.number, told
        );
    END IF;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_reviewers() FROM PUBLIC;
-- Only while the trigger below is made: whoever may execute it can have it write what any table of theirs says.
GRANT EXECUTE ON FUNCTION audit.write_reviewers() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_reviewers AFTER INSERT OR UPDATE ON watchlist.reviewers_change
FOR EACH ROW EXECUTE FUNCTION audit.write_reviewers();
ALTER TABLE watchlist.reviewers_change ENABLE ALWAYS TRIGGER audit_reviewers;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_reviewers() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TRIGGER audit_reviewers ON watchlist.reviewers_change;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_reviewers();
DELETE FROM audit.action AS a
WHERE a.code LIKE 'reviewers.%' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
DROP FUNCTION watchlist.reviewers_of(text);
DROP VIEW watchlist.site_reviewers;
DROP TABLE watchlist.reviewers_change;
DROP FUNCTION watchlist.keep_reviewers(), watchlist.guard_reviewers();
