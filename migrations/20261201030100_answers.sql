-- migrate:up

-- What comes after an answer: arriving, a report, and a verdict that is corrected (docs/adr/0088).

-- When a verdict on it was corrected last, so that phones tell it again.
ALTER TABLE alerts.incident ADD COLUMN corrected_at timestamptz;

-- A verdict is given once; what its author says of it later stands beside it. Without a verdict: a supervisor set it aside.
CREATE TABLE alerts.correction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES alerts.incident ON DELETE CASCADE,
    -- Who corrects, and whose verdict.
    account_id uuid NOT NULL REFERENCES accounts.account,
    of_id uuid NOT NULL,
    verdict text CHECK (verdict IN ('same', 'not_same', 'cannot_tell')),
    -- Made once the incident was decided: who corrects has seen what others said, and that never confirms anybody.
    is_swayed boolean NOT NULL,
    reason text NOT NULL CHECK (length(reason) <= 500),
    at timestamptz NOT NULL,
    FOREIGN KEY (incident_id, of_id) REFERENCES alerts.review,
    CHECK (account_id = of_id OR verdict IS NULL)
);
CREATE INDEX correction_of_verdict ON alerts.correction (incident_id, of_id, id DESC);

-- Who is on the way is there.
CREATE TABLE alerts.arrival (
    incident_id uuid PRIMARY KEY REFERENCES alerts.incident ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts.account,
    at timestamptz NOT NULL
);

-- What came of going there; the last one counts. The note goes with an erasure, so the audit has none of its words.
CREATE TABLE alerts.report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id uuid NOT NULL REFERENCES alerts.incident ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts.account,
    result text NOT NULL CHECK (result IN ('met', 'handed_over', 'not_found', 'left', 'nothing_needed')),
    note text NOT NULL CHECK (length(note) <= 500),
    at timestamptz NOT NULL
);
CREATE INDEX report_of_incident ON alerts.report (incident_id, id DESC);

-- Who may give a verdict may correct one.
CREATE FUNCTION alerts.corrected_by_a_reviewer() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts.account
        WHERE id = new.account_id AND role IN ('guard', 'reviewer', 'supervisor', 'administrator')
    ) THEN
        RAISE EXCEPTION 'this account judges no alerts' USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER corrected_by_a_reviewer BEFORE INSERT ON alerts.correction
FOR EACH ROW EXECUTE FUNCTION alerts.corrected_by_a_reviewer();
CREATE TRIGGER answered_by_a_responder BEFORE INSERT ON alerts.arrival
FOR EACH ROW EXECUTE FUNCTION alerts.answered_by_a_responder();
CREATE TRIGGER answered_by_a_responder BEFORE INSERT ON alerts.report
FOR EACH ROW EXECUTE FUNCTION alerts.answered_by_a_responder();
CREATE TRIGGER answered_within_its_sites BEFORE INSERT ON alerts.correction
FOR EACH ROW EXECUTE FUNCTION alerts.answered_within_its_sites();
CREATE TRIGGER answered_within_its_sites BEFORE INSERT ON alerts.arrival
FOR EACH ROW EXECUTE FUNCTION alerts.answered_within_its_sites();
CREATE TRIGGER answered_within_its_sites BEFORE INSERT ON alerts.report
FOR EACH ROW EXECUTE FUNCTION alerts.answered_within_its_sites();

-- Each person's verdict as it stands: the last correction counts, and one without a verdict sets it aside.
CREATE VIEW alerts.verdict AS
SELECT
    r.incident_id,
    r.account_id,
    CASE WHEN c.id IS NULL THEN r.verdict ELSE c.verdict END AS verdict,
    c.id IS NULL OR NOT c.is_swayed AS is_blind,
    r.at
FROM alerts.review AS r
LEFT JOIN LATERAL (
    SELECT k.id, k.verdict, k.is_swayed FROM alerts.correction AS k
    WHERE k.incident_id = r.incident_id AND k.of_id = r.account_id ORDER BY k.id DESC LIMIT 1
) AS c ON true;

GRANT SELECT ON alerts.correction, alerts.arrival, alerts.report, alerts.verdict TO wardwatch_alerts;

-- What the verdicts that stand make of an incident; none while too few people agree, or as many on two sides.
CREATE OR REPLACE FUNCTION alerts.agreed(p_incident uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
WITH agreeing AS (
    SELECT v.verdict, count(*) AS people FROM alerts.verdict AS v
    WHERE v.incident_id = p_incident AND v.verdict IS NOT NULL AND (v.is_blind OR v.verdict <> 'same')
    GROUP BY v.verdict
), most AS (
    SELECT max(people) AS people FROM agreeing
)
SELECT CASE min(a.verdict) WHEN 'same' THEN 'confirmed' WHEN 'not_same' THEN 'rejected' ELSE 'unresolved' END
FROM agreeing AS a
INNER JOIN most AS m ON m.people = a.people
INNER JOIN alerts.incident AS i ON i.id = p_incident AND a.people >= i.reviewers
HAVING count(*) = 1
$$;

-- "confirmed" and "rejected" exist only while enough different people say so (safeguard S7). An outcome changes by a
-- correction alone, and never into "confirmed": that is decided anew, by people before whom the two faces are.
CREATE OR REPLACE FUNCTION alerts.outcome_has_reviews() RETURNS trigger
LANGUAGE plpgsql SET search_path = '' AS $$
declare
    v_needed text := case new.outcome when 'confirmed' then 'same' when 'rejected' then 'not_same' end;
begin
    if old.outcome is not null and new.outcome is distinct from old.outcome and not (
        (old.outcome = 'confirmed' and new.outcome is null
            or old.outcome in ('rejected', 'unresolved') and new.outcome in ('rejected', 'unresolved'))
        and exists (select from alerts.correction where incident_id = new.id and at >= old.decided_at)
    ) then
        raise exception 'an outcome does not change' using errcode = 'check_violation';
    end if;
    if v_needed is not null and (
        select count(*) from alerts.verdict
        where incident_id = new.id and verdict = v_needed and (is_blind or v_needed <> 'same')
    ) < new.reviewers then
        raise exception 'too few people reviewed this incident' using errcode = 'check_violation';
    end if;
    return new;
end;
$$;

-- Puts another verdict in the place of what *p_account* said, or none, and an outcome that no longer holds is taken back:
-- a confirmed incident is open again; of one whose pictures are gone nobody can be asked, so it is unresolved.
-- False: nobody who may answer has this token.
CREATE FUNCTION alerts.correct_verdict(p_incident uuid, p_token text, p_account uuid, p_verdict text, p_reason text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_by uuid := accounts.responder(p_token);
    v_outcome text;
    v_decided_at timestamptz;
    v_agreed text;
BEGIN
    IF v_by IS NULL THEN
        RETURN false;
    END IF;
    SELECT outcome, decided_at INTO v_outcome, v_decided_at FROM alerts.incident WHERE id = p_incident FOR UPDATE;
    IF v_outcome = 'ended' OR v_decided_at < watchlist.present() - interval '1 day' THEN
        RAISE EXCEPTION 'nothing is corrected any more' USING ERRCODE = 'check_violation';
    END IF;
    IF v_by <> p_account AND NOT EXISTS (SELECT FROM accounts.account WHERE id = v_by AND role = 'supervisor') THEN
        RAISE EXCEPTION 'a verdict is its author''s' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT FROM alerts.verdict WHERE incident_id = p_incident AND account_id = p_account AND verdict IS NULL) THEN
        RAISE EXCEPTION 'what was set aside stays so' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO alerts.correction (incident_id, account_id, of_id, verdict, is_swayed, reason, at)
    VALUES (
        p_incident, v_by, p_account, p_verdict,
        v_outcome IS NOT NULL OR EXISTS (SELECT FROM alerts.correction WHERE incident_id = p_incident AND is_swayed),
        p_reason, watchlist.present()
    );
    v_agreed := alerts.agreed(p_incident);
    UPDATE alerts.incident SET
        corrected_at = watchlist.present(),
        outcome = CASE
            WHEN v_outcome = 'confirmed' AND v_agreed IS DISTINCT FROM 'confirmed' THEN NULL
            WHEN v_outcome IN ('rejected', 'unresolved') AND v_agreed = 'rejected' THEN 'rejected'
            WHEN v_outcome = 'rejected' THEN 'unresolved'
            ELSE outcome
        END,
        decided_at = CASE WHEN v_outcome = 'confirmed' AND v_agreed IS DISTINCT FROM 'confirmed' THEN NULL ELSE decided_at END
    WHERE id = p_incident;
    -- It counts against its photo no more (safeguard S6); what was suspended is looked at by a person all the same.
    IF v_outcome = 'rejected' AND v_agreed IS DISTINCT FROM 'rejected' THEN
        DELETE FROM watchlist.false_alert WHERE incident_id = p_incident;
    END IF;
    RETURN true;
END
$$;

-- Who is on the way is there. False: nobody who may answer has this token. Who calls holds the incident.
CREATE FUNCTION alerts.arrive(p_incident uuid, p_token text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.responder(p_token);
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    IF NOT EXISTS (SELECT FROM alerts.response WHERE incident_id = p_incident AND account_id = v_account) THEN
        RAISE EXCEPTION 'somebody else is on the way' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO alerts.arrival (incident_id, account_id, at) VALUES (p_incident, v_account, watchlist.present());
    RETURN true;
END
$$;

-- What came of going there, by who went or a supervisor. False: nobody who may answer has this token.
CREATE FUNCTION alerts.report_visit(p_incident uuid, p_token text, p_result text, p_note text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.responder(p_token);
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    IF NOT EXISTS (SELECT FROM alerts.response WHERE incident_id = p_incident AND account_id = v_account)
        AND NOT EXISTS (SELECT FROM accounts.account WHERE id = v_account AND role = 'supervisor')
    THEN
        RAISE EXCEPTION 'somebody else is on the way' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO alerts.report (incident_id, account_id, result, note, at)
    VALUES (p_incident, v_account, p_result, p_note, watchlist.present());
    RETURN true;
END
$$;

-- What people wrote of somebody who is erased goes with the rest.
CREATE FUNCTION alerts.forget_notes() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE alerts.report SET note = '' WHERE note <> '' AND incident_id IN (
        SELECT id FROM alerts.incident WHERE entry_id = new.id
    );
    UPDATE alerts.correction SET reason = '' WHERE reason <> '' AND incident_id IN (
        SELECT id FROM alerts.incident WHERE entry_id = new.id
    );
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_notes AFTER UPDATE OF state ON watchlist.entry
FOR EACH ROW WHEN (new.state = 'erased' AND old.state <> 'erased') EXECUTE FUNCTION alerts.forget_notes();
ALTER TABLE watchlist.entry ENABLE ALWAYS TRIGGER forget_notes;

-- An incident that a correction opened again has a day, however old it is.
CREATE OR REPLACE FUNCTION alerts.end_overdue(p_undecided interval) RETURNS TABLE (incident_id uuid, camera text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
UPDATE alerts.incident AS i SET outcome = 'unresolved', decided_at = watchlist.present()
WHERE i.id IN (
    SELECT o.id FROM alerts.incident AS o
    WHERE o.outcome IS NULL AND (o.corrected_at IS NULL OR NOT o.corrected_at
        BETWEEN watchlist.present() - interval '1 day' AND watchlist.present() + interval '1 hour'
    ) AND (
        o.entered_at < watchlist.present() - greatest(p_undecided, interval '1 hour')
        -- A person who was seen lately is still expected; what was seen in the future was seen by a wrong clock.
        AND (o.quiet_until < watchlist.present() OR o.quiet_until > watchlist.present() + interval '1 hour')
        -- Entered by a clock that has been put right since: as old as what came after it.
        OR o.entered_at > watchlist.present() + interval '1 hour' AND EXISTS (
            SELECT FROM alerts.event AS told INNER JOIN alerts.event AS later ON later.id > told.id
            WHERE told.incident_id = o.id AND told.kind = 'raised'
                AND later.at < watchlist.present() - greatest(p_undecided, interval '1 hour')
        )
    )
    FOR UPDATE SKIP LOCKED
)
RETURNING i.id, i.last_camera::text
$$;

REVOKE EXECUTE ON FUNCTION alerts.correct_verdict(uuid, text, uuid, text, text), alerts.arrive(uuid, text),
alerts.report_visit(uuid, text, text, text), alerts.forget_notes() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alerts.correct_verdict(uuid, text, uuid, text, text), alerts.arrive(uuid, text),
alerts.report_visit(uuid, text, text, text) TO wardwatch_alerts;

GRANT SELECT (incident_id, account_id, verdict, is_blind, at) ON alerts.verdict TO wardwatch_keeper;
GRANT SELECT (id, incident_id, account_id) ON alerts.correction TO wardwatch_keeper;
GRANT SELECT (incident_id, account_id, of_id, verdict) ON alerts.correction TO wardwatch_audit;
GRANT SELECT (incident_id, account_id) ON alerts.arrival TO wardwatch_audit;
GRANT SELECT (incident_id, account_id, result) ON alerts.report TO wardwatch_audit;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('incident.corrected', 'corrected a verdict, or set one aside'),
('incident.reopened', 'opened a confirmed incident again by a correction'),
('incident.arrived', 'arrived where an incident was'),
('incident.reported', 'reported what came of going there')
ON CONFLICT DO NOTHING;

-- Decided by whoever gave the last verdict it took, or corrected one; else by the time that ran out.
CREATE OR REPLACE FUNCTION audit.write_outcome() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    needed text := CASE new.outcome WHEN 'confirmed' THEN 'same' WHEN 'rejected' THEN 'not_same' ELSE 'cannot_tell' END;
    corrected boolean := new.corrected_at IS DISTINCT FROM old.corrected_at;
    decided boolean;
BEGIN
    SELECT count(*) >= new.reviewers INTO decided
    FROM alerts.verdict AS v WHERE v.incident_id = new.id AND v.verdict = needed AND (v.is_blind OR needed <> 'same');
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT coalesce(c.id, r.id, '00000000-0000-0000-0000-000000000000'), coalesce(c.name, r.name, 'wardwatch'),
        CASE WHEN new.outcome IS NULL THEN 'incident.reopened' ELSE 'incident.decided' END, 'incident', new.id,
        audit.grounds_of(new.id) || jsonb_build_object('outcome', new.outcome, 'reviewers', new.reviewers)
    FROM (VALUES (1)) AS always
    LEFT JOIN LATERAL (
        SELECT a.id, a.name FROM alerts.verdict AS v INNER JOIN accounts.account AS a ON a.id = v.account_id
        WHERE decided AND v.incident_id = new.id AND v.verdict = needed
        ORDER BY v.at DESC, v.account_id LIMIT 1
    ) AS r ON true
    LEFT JOIN LATERAL (
        SELECT a.id, a.name FROM alerts.correction AS k INNER JOIN accounts.account AS a ON a.id = k.account_id
        WHERE corrected AND k.incident_id = new.id
        ORDER BY k.id DESC LIMIT 1
    ) AS c ON true;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_correction() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT a.id, a.name, 'incident.corrected', 'incident', new.incident_id,
        audit.grounds_of(new.incident_id) || jsonb_build_object('of', new.of_id, 'verdict', new.verdict)
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_arrival() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT a.id, a.name, 'incident.arrived', 'incident', new.incident_id, audit.grounds_of(new.incident_id)
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

-- How long the note is, and none of its words: it goes with an erasure.
CREATE FUNCTION audit.write_report() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT a.id, a.name, 'incident.reported', 'incident', new.incident_id,
        audit.grounds_of(new.incident_id) || jsonb_build_object('result', new.result, 'note_length', length(new.note))
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_correction(), audit.write_arrival(), audit.write_report() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.write_correction(), audit.write_arrival(), audit.write_report() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_correction AFTER INSERT ON alerts.correction
FOR EACH ROW EXECUTE FUNCTION audit.write_correction();
CREATE TRIGGER audit_arrival AFTER INSERT ON alerts.arrival
FOR EACH ROW EXECUTE FUNCTION audit.write_arrival();
CREATE TRIGGER audit_report AFTER INSERT ON alerts.report
FOR EACH ROW EXECUTE FUNCTION audit.write_report();
ALTER TABLE alerts.correction ENABLE ALWAYS TRIGGER audit_correction;
ALTER TABLE alerts.arrival ENABLE ALWAYS TRIGGER audit_arrival;
ALTER TABLE alerts.report ENABLE ALWAYS TRIGGER audit_report;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_correction(), audit.write_arrival(), audit.write_report() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;
CREATE OR REPLACE FUNCTION audit.write_outcome() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    needed text := CASE new.outcome WHEN 'confirmed' THEN 'same' WHEN 'rejected' THEN 'not_same' ELSE 'cannot_tell' END;
    decided boolean;
BEGIN
    SELECT count(*) >= new.reviewers INTO decided
    FROM alerts.review WHERE incident_id = new.id AND verdict = needed;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT coalesce(r.id, '00000000-0000-0000-0000-000000000000'), coalesce(r.name, 'wardwatch'),
        'incident.decided', 'incident', new.id,
        audit.grounds_of(new.id) || jsonb_build_object('outcome', new.outcome, 'reviewers', new.reviewers)
    FROM (VALUES (1)) AS always
    LEFT JOIN LATERAL (
        SELECT a.id, a.name FROM alerts.review AS v INNER JOIN accounts.account AS a ON a.id = v.account_id
        WHERE decided AND v.incident_id = new.id AND v.verdict = needed
        ORDER BY v.at DESC, v.account_id LIMIT 1
    ) AS r ON true;
    RETURN NULL;
END
$$;
RESET ROLE;
CREATE OR REPLACE FUNCTION alerts.end_overdue(p_undecided interval) RETURNS TABLE (incident_id uuid, camera text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
UPDATE alerts.incident AS i SET outcome = 'unresolved', decided_at = watchlist.present()
WHERE i.id IN (
    SELECT o.id FROM alerts.incident AS o
    WHERE o.outcome IS NULL AND (
        o.entered_at < watchlist.present() - greatest(p_undecided, interval '1 hour')
        -- A person who was seen lately is still expected; what was seen in the future was seen by a wrong clock.
        AND (o.quiet_until < watchlist.present() OR o.quiet_until > watchlist.present() + interval '1 hour')
        -- Entered by a clock that has been put right since: as old as what came after it.
        OR o.entered_at > watchlist.present() + interval '1 hour' AND EXISTS (
            SELECT FROM alerts.event AS told INNER JOIN alerts.event AS later ON later.id > told.id
            WHERE told.incident_id = o.id AND told.kind = 'raised'
                AND later.at < watchlist.present() - greatest(p_undecided, interval '1 hour')
        )
    )
    FOR UPDATE SKIP LOCKED
)
RETURNING i.id, i.last_camera::text
$$;
create or replace function alerts.outcome_has_reviews() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    v_needed text := case new.outcome when 'confirmed' then 'same' when 'rejected' then 'not_same' end;
begin
    if old.outcome is not null and new.outcome is distinct from old.outcome then
        raise exception 'an outcome does not change' using errcode = 'check_violation';
    end if;
    if v_needed is not null and (
        select count(*) from alerts.review where incident_id = new.id and verdict = v_needed
    ) < new.reviewers then
        raise exception 'too few people reviewed this incident' using errcode = 'check_violation';
    end if;
    return new;
end;
$$;
CREATE OR REPLACE FUNCTION alerts.agreed(p_incident uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT CASE r.verdict WHEN 'same' THEN 'confirmed' WHEN 'not_same' THEN 'rejected' ELSE 'unresolved' END
FROM alerts.review AS r INNER JOIN alerts.incident AS i ON i.id = r.incident_id
WHERE r.incident_id = p_incident
GROUP BY r.verdict, i.reviewers HAVING count(*) >= i.reviewers
LIMIT 1
$$;

DROP TRIGGER forget_notes ON watchlist.entry;
DROP FUNCTION alerts.forget_notes();
DROP FUNCTION alerts.correct_verdict(uuid, text, uuid, text, text);
DROP FUNCTION alerts.arrive(uuid, text);
DROP FUNCTION alerts.report_visit(uuid, text, text, text);
DROP VIEW alerts.verdict;
DROP TABLE alerts.report, alerts.arrival, alerts.correction;
DROP FUNCTION alerts.corrected_by_a_reviewer();
ALTER TABLE alerts.incident DROP COLUMN corrected_at;

SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_correction();
DROP FUNCTION audit.write_arrival();
DROP FUNCTION audit.write_report();
-- What is in the chain stays there, and so does its title.
DELETE FROM audit.action AS a
WHERE code IN ('incident.corrected', 'incident.reopened', 'incident.arrived', 'incident.reported')
    AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
