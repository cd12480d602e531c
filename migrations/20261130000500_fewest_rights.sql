-- migrate:up

-- The alerts service works with functions that check, not with rights on tables (docs/adr/0074): a session only for a code,
-- an answer only for the token of somebody who may answer, an outcome only from the answers there are, and nothing is
-- deleted before its time by this server's clock. docs/security.md lists what each role may still do.

-- Spends a one-time code on a session of at most a day; no row when the code is unknown, spent or too old.
CREATE FUNCTION accounts.redeem(p_code_sha256 bytea, p_token_sha256 bytea, p_life interval)
RETURNS SETOF accounts.session_holder
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid;
BEGIN
    UPDATE accounts.code SET spent_at = now()
    WHERE sha256 = p_code_sha256 AND spent_at IS NULL AND expires_at > now() AND created_at <= now() + interval '1 day'
    RETURNING account_id INTO v_account;
    INSERT INTO accounts.session (token_sha256, account_id, created_at, expires_at)
    SELECT p_token_sha256, a.id, now(), now() + least(p_life, interval '24 hours')
    FROM accounts.account AS a WHERE a.id = v_account AND a.disabled_at IS NULL;
    RETURN QUERY SELECT h.* FROM accounts.session_holder AS h WHERE h.token_sha256 = p_token_sha256 AND v_account IS NOT NULL;
END
$$;

-- Signs out whoever has this token.
CREATE FUNCTION accounts.end_session(p_token_sha256 bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
UPDATE accounts.session SET ended_at = now() WHERE token_sha256 = p_token_sha256 AND ended_at IS NULL
$$;

-- Deletes codes and sessions that are over.
CREATE FUNCTION accounts.forget_expired() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
DELETE FROM accounts.code WHERE expires_at < watchlist.present();
DELETE FROM accounts.session WHERE expires_at < watchlist.present();
$$;

-- The account that may answer alerts and has this token; else none.
CREATE FUNCTION accounts.responder(p_token text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT h.account_id FROM accounts.session_holder AS h
WHERE h.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND h.role IN ('guard', 'supervisor', 'administrator')
$$;

-- When the record took it in, which no program can say.
ALTER TABLE alerts.incident ADD COLUMN entered_at timestamptz;
UPDATE alerts.incident SET entered_at = least(raised_at, now());
ALTER TABLE alerts.incident
ALTER COLUMN entered_at SET DEFAULT watchlist.present(),
ALTER COLUMN entered_at SET NOT NULL;
CREATE INDEX incident_undecided_by_entry ON alerts.incident (entered_at) WHERE outcome IS NULL;

-- What the verdicts that there are make of an incident; none while too few people agree.
CREATE FUNCTION alerts.agreed(p_incident uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT CASE r.verdict WHEN 'same' THEN 'confirmed' WHEN 'not_same' THEN 'rejected' ELSE 'unresolved' END
FROM alerts.review AS r INNER JOIN alerts.incident AS i ON i.id = r.incident_id
WHERE r.incident_id = p_incident
GROUP BY r.verdict, i.reviewers HAVING count(*) >= i.reviewers
LIMIT 1
$$;

-- The first who is on the way. False: nobody who may answer has this token. Who calls holds the incident.
CREATE FUNCTION alerts.respond(p_incident uuid, p_token text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.responder(p_token);
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO alerts.response (incident_id, account_id, at) VALUES (p_incident, v_account, watchlist.present());
    RETURN true;
END
$$;

-- One verdict of whoever has this token, on an incident that is not decided.
CREATE FUNCTION alerts.give_verdict(p_incident uuid, p_token text, p_verdict text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.responder(p_token);
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    PERFORM FROM alerts.incident WHERE id = p_incident AND outcome IS NULL FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'only what is not decided is judged' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO alerts.review (incident_id, account_id, verdict, at)
    VALUES (p_incident, v_account, p_verdict, watchlist.present());
    RETURN true;
END
$$;

-- Decides an incident as people agreed; the outcome, none while they have not.
CREATE FUNCTION alerts.decide(p_incident uuid) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
UPDATE alerts.incident SET outcome = alerts.agreed(id), decided_at = watchlist.present()
WHERE id = p_incident AND outcome IS NULL AND alerts.agreed(id) IS NOT NULL
RETURNING outcome
$$;

-- Ends as unresolved what nobody has decided for so long, at least an hour.
CREATE FUNCTION alerts.end_overdue(p_undecided interval) RETURNS TABLE (incident_id uuid, camera text)
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

-- Ends the alerts of entries that match no more, and deletes what waited for more of them: of those that people ended, and
-- while the clock is believed of those whose time is over.
CREATE FUNCTION alerts.end_of_entries(p_also_expired boolean) RETURNS TABLE (incident_id uuid, camera text)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
DELETE FROM alerts.sighting WHERE sighting_id IN (
    SELECT s.sighting_id FROM alerts.sighting AS s
    INNER JOIN watchlist.entry_standing AS e ON e.entry_id = s.entry_id
    WHERE s.incident_id IS NULL AND (e.ended OR p_also_expired AND e.expires_at <= watchlist.present())
    FOR UPDATE OF s SKIP LOCKED
);
UPDATE alerts.incident AS i SET outcome = 'ended', decided_at = watchlist.present()
WHERE i.id IN (
    SELECT o.id FROM alerts.incident AS o
    INNER JOIN watchlist.entry_standing AS e ON e.entry_id = o.entry_id
    WHERE o.outcome IS NULL AND (e.ended OR p_also_expired AND e.expires_at <= watchlist.present())
    FOR UPDATE OF o SKIP LOCKED
)
RETURNING i.id, i.last_camera::text
$$;

-- Deletes sightings that raised nothing for so long, at least a minute; how many. What was recorded by a clock that was far
-- ahead would otherwise stay until that time has come.
CREATE FUNCTION alerts.forget_waiting(p_pending interval) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
WITH gone AS (
    DELETE FROM alerts.sighting WHERE sighting_id IN (
        SELECT sighting_id FROM alerts.sighting
        WHERE incident_id IS NULL AND (
            recorded_at < watchlist.present() - greatest(p_pending, interval '1 minute')
            OR recorded_at > watchlist.present() + greatest(p_pending, interval '1 minute')
        )
        FOR UPDATE SKIP LOCKED
    ) RETURNING 1
)
SELECT count(*) FROM gone
$$;

-- Deletes events of so long ago, at least a day. By number: an event before one that is too old is too old as well.
CREATE FUNCTION alerts.forget_events(p_kept interval) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
DELETE FROM alerts.event WHERE id <= (
    SELECT max(id) FROM alerts.event WHERE at < watchlist.present() - greatest(p_kept, interval '1 day')
)
$$;

-- What an erasure could not see: a sighting that was being recorded at that moment.
CREATE FUNCTION alerts.forget_late_pictures() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
UPDATE alerts.sighting SET picture = NULL
WHERE picture IS NOT NULL AND entry_id IN (SELECT entry_id FROM watchlist.entry_standing WHERE erased)
$$;

-- Evidence stays with its incident, and its picture stays while it may be needed: a program may take only what people
-- judged not to belong there, and delete the picture only of what waits, or was not confirmed.
CREATE FUNCTION alerts.guard_evidence() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_outcome text;
BEGIN
    IF old.incident_id IS NOT NULL THEN
        SELECT outcome INTO v_outcome FROM alerts.incident WHERE id = old.incident_id;
        IF new.incident_id IS DISTINCT FROM old.incident_id
            AND (v_outcome IS NOT NULL OR coalesce(alerts.agreed(old.incident_id), '') NOT IN ('rejected', 'unresolved'))
        THEN
            RAISE EXCEPTION 'evidence stays with its incident'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_is_kept';
        END IF;
        IF new.picture IS DISTINCT FROM old.picture AND coalesce(v_outcome, 'confirmed') = 'confirmed' THEN
            RAISE EXCEPTION 'the picture of an incident is kept while it may be needed'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'picture_is_kept';
        END IF;
    END IF;
    IF new.picture IS DISTINCT FROM old.picture AND new.picture IS NOT NULL THEN
        RAISE EXCEPTION 'a picture is never replaced'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'picture_is_kept';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER guard_evidence BEFORE UPDATE ON alerts.sighting
FOR EACH ROW WHEN (current_user = 'wardwatch_alerts') EXECUTE FUNCTION alerts.guard_evidence();

REVOKE EXECUTE ON FUNCTION accounts.redeem(bytea, bytea, interval), accounts.end_session(bytea), accounts.forget_expired(),
accounts.responder(text), alerts.agreed(uuid), alerts.respond(uuid, text), alerts.give_verdict(uuid, text, text),
alerts.decide(uuid), alerts.end_overdue(interval), alerts.end_of_entries(boolean), alerts.forget_waiting(interval),
alerts.forget_events(interval), alerts.forget_late_pictures(), alerts.guard_evidence()
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts.redeem(bytea, bytea, interval), accounts.end_session(bytea), accounts.forget_expired(),
alerts.respond(uuid, text), alerts.give_verdict(uuid, text, text), alerts.decide(uuid), alerts.end_overdue(interval),
alerts.end_of_entries(boolean), alerts.forget_waiting(interval), alerts.forget_events(interval), alerts.forget_late_pictures()
TO wardwatch_alerts;

REVOKE ALL ON accounts.code, accounts.session FROM wardwatch_alerts;
REVOKE UPDATE (spent_at) ON accounts.code FROM wardwatch_alerts;
REVOKE UPDATE (ended_at) ON accounts.session FROM wardwatch_alerts;
REVOKE INSERT ON alerts.response, alerts.review FROM wardwatch_alerts;
REVOKE DELETE ON alerts.event, alerts.sighting FROM wardwatch_alerts;
REVOKE INSERT, UPDATE, DELETE ON alerts.incident FROM wardwatch_alerts;
GRANT INSERT (
    id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until, last_camera, cameras, sightings, strong,
    reviewers, announced_at, peak_similarity
), UPDATE (
    raised_at, first_seen_at, last_seen_at, quiet_until, last_camera, cameras, sightings, announced_at, peak_similarity,
    takes_sightings
) ON alerts.incident TO wardwatch_alerts;
REVOKE UPDATE ON alerts.sighting FROM wardwatch_alerts;
GRANT UPDATE (incident_id, picture) ON alerts.sighting TO wardwatch_alerts;

-- The two roles that need it were granted it by name.
REVOKE EXECUTE ON FUNCTION watchlist.threshold_floor() FROM PUBLIC;

GRANT SELECT (expires_at) ON accounts.session TO wardwatch_audit;

SET LOCAL ROLE wardwatch_keeper;

-- Says how long a session lasts, so that one that was deleted is missed; and of the alerts service's sessions nobody else
-- than their holder is said to act.
CREATE OR REPLACE FUNCTION audit.write_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    another boolean := audit.somebody_acts() AND session_user <> 'wardwatch_alerts';
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT CASE WHEN another THEN audit.present_actor() ELSE a.id END,
        CASE WHEN another THEN audit.present_actor_name() ELSE a.name END,
        CASE tg_op WHEN 'INSERT' THEN 'session.opened' ELSE 'session.ended' END, 'account', a.id,
        jsonb_build_object('account', a.name, 'expires_at', audit.moment(new.expires_at))
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.acting(uuid, text) FROM wardwatch_alerts;

RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;
GRANT EXECUTE ON FUNCTION audit.acting(uuid, text) TO wardwatch_alerts;
CREATE OR REPLACE FUNCTION audit.write_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT CASE WHEN audit.somebody_acts() THEN audit.present_actor() ELSE a.id END,
        CASE WHEN audit.somebody_acts() THEN audit.present_actor_name() ELSE a.name END,
        CASE tg_op WHEN 'INSERT' THEN 'session.opened' ELSE 'session.ended' END, 'account', a.id,
        jsonb_build_object('account', a.name)
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;
RESET ROLE;
REVOKE SELECT (expires_at) ON accounts.session FROM wardwatch_audit;
GRANT EXECUTE ON FUNCTION watchlist.threshold_floor() TO PUBLIC;
REVOKE UPDATE (incident_id, picture) ON alerts.sighting FROM wardwatch_alerts;
REVOKE INSERT (
    id, entry_id, site, raised_at, first_seen_at, last_seen_at, quiet_until, last_camera, cameras, sightings, strong,
    reviewers, announced_at, peak_similarity
), UPDATE (
    raised_at, first_seen_at, last_seen_at, quiet_until, last_camera, cameras, sightings, announced_at, peak_similarity,
    takes_sightings
) ON alerts.incident FROM wardwatch_alerts;
GRANT INSERT, UPDATE, DELETE ON alerts.incident TO wardwatch_alerts;
GRANT UPDATE, DELETE ON alerts.sighting TO wardwatch_alerts;
GRANT DELETE ON alerts.event TO wardwatch_alerts;
GRANT INSERT ON alerts.response, alerts.review TO wardwatch_alerts;
GRANT SELECT, UPDATE (spent_at) ON accounts.code TO wardwatch_alerts;
GRANT SELECT, INSERT, UPDATE (ended_at) ON accounts.session TO wardwatch_alerts;
GRANT DELETE ON accounts.code, accounts.session TO wardwatch_alerts;
DROP TRIGGER guard_evidence ON alerts.sighting;
DROP FUNCTION alerts.guard_evidence(), alerts.forget_late_pictures(), alerts.forget_events(interval),
alerts.forget_waiting(interval), alerts.end_of_entries(boolean), alerts.end_overdue(interval), alerts.decide(uuid),
alerts.give_verdict(uuid, text, text), alerts.respond(uuid, text), alerts.agreed(uuid);
ALTER TABLE alerts.incident DROP COLUMN entered_at;
DROP FUNCTION accounts.responder(text), accounts.forget_expired(), accounts.end_session(bytea),
accounts.redeem(bytea, bytea, interval);
