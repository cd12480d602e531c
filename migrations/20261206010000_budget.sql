-- migrate:up

-- A budget for false alerts, asked for and approved with the threshold by two people (docs/adr/0098); what cameras count
-- of the walks that end there, and the thresholds that the budget leads to.

-- At most so many false alerts a week at each site; none: what raises an alert is as it was without a budget.
ALTER TABLE watchlist.threshold ADD COLUMN weekly_false_alerts double precision
CONSTRAINT threshold_budget_can_be_borne CHECK (weekly_false_alerts BETWEEN 0.01 AND 1000);
GRANT SELECT (weekly_false_alerts) ON watchlist.threshold TO wardwatch_matcher, wardwatch_audit;

CREATE FUNCTION watchlist.guard_budget() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'what was asked for or decided is not rewritten'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_is_fixed';
END
$$;
CREATE TRIGGER guard_budget BEFORE UPDATE OF weekly_false_alerts ON watchlist.threshold
FOR EACH ROW WHEN (new.weekly_false_alerts IS DISTINCT FROM old.weekly_false_alerts)
EXECUTE FUNCTION watchlist.guard_budget();

-- Walks that ended at a camera on one day (UTC), by the best cosine each had with anybody on the list: 200 bins from 0
-- to 1. A row is of fifty walks or more, and of nobody.
CREATE TABLE watchlist.walk_count (
    site alerts.token NOT NULL,
    camera alerts.token NOT NULL,
    day date NOT NULL,
    -- On the list, that might match there.
    entries integer NOT NULL CHECK (entries > 0),
    counts bigint [] NOT NULL CHECK (cardinality(counts) = 200),
    PRIMARY KEY (site, camera, day, entries)
);

-- What a matcher's process told, so that what comes again counts once. Kept for longer than the stream keeps it.
CREATE TABLE watchlist.walk_report (
    incarnation uuid NOT NULL,
    number bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (incarnation, number)
);
CREATE INDEX walk_report_told ON watchlist.walk_report (at);

-- What a budget led to, table after table of one threshold; without a budget, what is to be expected without.
CREATE TABLE watchlist.budget_table (
    threshold_number bigint NOT NULL REFERENCES watchlist.threshold (number),
    number bigint NOT NULL CHECK (number > 0),
    made_at timestamptz NOT NULL DEFAULT now(),
    plan jsonb NOT NULL,
    PRIMARY KEY (threshold_number, number)
);

-- Walks of alerts that people have judged since a day, one a camera: the nearest. Figures, and nobody.
CREATE FUNCTION watchlist.judged_walks(p_since date)
RETURNS TABLE (site text, camera text, day date, outcome text, similarity real)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT s.site, s.camera, (i.raised_at AT TIME ZONE 'UTC')::date, i.outcome, max(s.similarity)
    FROM alerts.incident AS i INNER JOIN alerts.sighting AS s ON s.incident_id = i.id
    WHERE i.outcome IN ('confirmed', 'rejected') AND i.raised_at >= p_since::timestamp AT TIME ZONE 'UTC'
    GROUP BY i.id, s.site, s.camera
$$;
REVOKE EXECUTE ON FUNCTION watchlist.judged_walks(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.judged_walks(date) TO wardwatch_matcher;

-- Alerts that people rejected since a day, at each site.
CREATE FUNCTION watchlist.rejected_alerts(p_since date) RETURNS TABLE (site text, alerts bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT i.site, count(*) FROM alerts.incident AS i
    WHERE i.outcome = 'rejected' AND i.raised_at >= p_since::timestamp AT TIME ZONE 'UTC' GROUP BY i.site
$$;
REVOKE EXECUTE ON FUNCTION watchlist.rejected_alerts(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION watchlist.rejected_alerts(date) TO wardwatch_matcher;

GRANT SELECT, INSERT, UPDATE, DELETE ON watchlist.walk_count TO wardwatch_matcher;
GRANT SELECT, INSERT, DELETE ON watchlist.walk_report TO wardwatch_matcher;
GRANT SELECT, INSERT, UPDATE (made_at, plan), DELETE ON watchlist.budget_table TO wardwatch_matcher;
GRANT SELECT ON watchlist.budget_table TO wardwatch_import;

SET LOCAL ROLE wardwatch_keeper;

CREATE OR REPLACE FUNCTION audit.write_threshold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_strip_nulls(jsonb_build_object(
        'min_similarity', new.min_similarity, 'weekly_false_alerts', new.weekly_false_alerts
    ));
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            new.asked_by_id, left(new.asked_by_name, 200), 'threshold.asked', 'threshold', new.number,
            audit.words(new.reason), told
        );
    ELSIF new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.approved_by_id, left(new.approved_by_name, 200), 'threshold.approved', 'threshold', new.number, told
        );
    ELSIF new.withdrawn_at IS NOT NULL AND old.withdrawn_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.withdrawn_by_id, left(new.withdrawn_by_name, 200), 'threshold.withdrawn', 'threshold', new.number, told
        );
    END IF;
    RETURN NULL;
END
$$;

RESET ROLE;

-- From which cosine on the sighting's walk raises an incident alone; null where no budget says so.
ALTER TABLE alerts.sighting ADD COLUMN strong_similarity real CHECK (strong_similarity BETWEEN 0 AND 1);

-- migrate:down

ALTER TABLE alerts.sighting DROP COLUMN strong_similarity;

SET LOCAL ROLE wardwatch_keeper;

CREATE OR REPLACE FUNCTION audit.write_threshold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('min_similarity', new.min_similarity);
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            new.asked_by_id, left(new.asked_by_name, 200), 'threshold.asked', 'threshold', new.number,
            audit.words(new.reason), told
        );
    ELSIF new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.approved_by_id, left(new.approved_by_name, 200), 'threshold.approved', 'threshold', new.number, told
        );
    ELSIF new.withdrawn_at IS NOT NULL AND old.withdrawn_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.withdrawn_by_id, left(new.withdrawn_by_name, 200), 'threshold.withdrawn', 'threshold', new.number, told
        );
    END IF;
    RETURN NULL;
END
$$;

RESET ROLE;

DROP FUNCTION watchlist.judged_walks(date), watchlist.rejected_alerts(date);
DROP TABLE watchlist.budget_table, watchlist.walk_report, watchlist.walk_count;
DROP TRIGGER guard_budget ON watchlist.threshold;
DROP FUNCTION watchlist.guard_budget();
ALTER TABLE watchlist.threshold DROP COLUMN weekly_false_alerts;
