-- migrate:up

-- Beside the former version: yes. A table and actions that it does not know of.

-- Somebody asks what is held about them (docs/adr/0104): one account asks, another approves, and then one photo, which is
-- kept nowhere, or one number is looked for. No row says who asked at the counter, or whom the photo resembled: whoever
-- is not on the list leaves no trace here either.
CREATE TABLE watchlist.access_request (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CONSTRAINT access_kind CHECK (kind IN ('photo', 'number')),
    -- Who stands at the counter: the person, who has custody of them, or whom they gave a power of attorney.
    asks text NOT NULL CONSTRAINT access_asks CHECK (asks IN ('self', 'guardian', 'representative')),
    -- The number of the signed form in the hospital's files: no name, and nothing that could be one.
    consent text NOT NULL CONSTRAINT access_consent_is_a_form
    CHECK (consent ~ '^[A-Z]{0,6}[-/]?[0-9]{1,8}([-/][0-9]{1,8}){0,2}$'),
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT watchlist.present(),
    -- More than usual were asked for just then.
    is_unusual boolean NOT NULL DEFAULT false,
    approved_by_id uuid,
    approved_by_name text,
    approved_at timestamptz,
    withdrawn_by_id uuid,
    withdrawn_by_name text,
    withdrawn_at timestamptz,
    -- Photos that were looked at; one that shows no face can be replaced by another.
    tries smallint NOT NULL DEFAULT 0 CONSTRAINT access_tries CHECK (tries BETWEEN 0 AND 3),
    answered_at timestamptz,
    -- How many entries were found; not which.
    found smallint,
    CONSTRAINT access_approver_did_not_ask CHECK (approved_by_id <> asked_by_id),
    CONSTRAINT access_approval_is_whole CHECK (
        (approved_by_id IS NULL) = (approved_at IS NULL) AND (approved_by_id IS NULL) = (approved_by_name IS NULL)
    ),
    CONSTRAINT access_withdrawal_is_whole CHECK (
        (withdrawn_by_id IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by_id IS NULL) = (withdrawn_by_name IS NULL)
    ),
    CONSTRAINT access_answer_is_whole CHECK ((answered_at IS NULL) = (found IS NULL)),
    CONSTRAINT access_withdrawn_is_not_answered CHECK (withdrawn_at IS NULL OR answered_at IS NULL),
    CONSTRAINT access_answer_is_approved CHECK (answered_at IS NULL OR approved_at IS NOT NULL)
);

CREATE FUNCTION watchlist.guard_access_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_now constant timestamptz := watchlist.present();
    v_of_account bigint;
    v_of_all bigint;
BEGIN
    IF tg_op = 'INSERT' THEN
        IF new.approved_at IS NOT NULL OR new.withdrawn_at IS NOT NULL OR new.answered_at IS NOT NULL OR new.tries > 0 THEN
            RAISE EXCEPTION 'it is asked before it is approved'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'access_begins_unapproved';
        END IF;
        -- One after another, else two at once were each the last that is allowed.
        PERFORM pg_advisory_xact_lock(hashtextextended('watchlist.access_request', 0));
        SELECT count(*) FILTER (WHERE asked_by_id = new.asked_by_id), count(*) INTO v_of_account, v_of_all
        FROM watchlist.access_request WHERE asked_at > v_now - interval '1 day';
        IF v_of_account >= 5 THEN
            RAISE EXCEPTION 'five a day are as many as an account may ask for'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'access_pace_of_account';
        ELSIF v_of_all >= 20 THEN
            RAISE EXCEPTION 'twenty a day are as many as a hospital may ask for'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'access_pace';
        END IF;
        new.asked_at := v_now;
        new.is_unusual := v_of_account + 1 IN (4, 5) OR v_of_all + 1 >= 10;
        RETURN new;
    END IF;
    IF (new.kind, new.asks, new.consent, new.asked_by_id, new.asked_by_name, new.asked_at, new.is_unusual)
        IS DISTINCT FROM (old.kind, old.asks, old.consent, old.asked_by_id, old.asked_by_name, old.asked_at, old.is_unusual)
        OR (old.approved_at IS NOT NULL AND (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at))
        OR old.withdrawn_at IS NOT NULL OR old.answered_at IS NOT NULL OR new.tries < old.tries
    THEN
        RAISE EXCEPTION 'what was asked for or decided is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'access_is_fixed';
    END IF;
    IF new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        IF EXISTS (
            SELECT FROM accounts.account
            WHERE id = new.approved_by_id AND role NOT IN ('supervisor', 'administrator')
        ) THEN
            RAISE EXCEPTION 'this account approves nothing'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'access_approver_may_approve';
        ELSIF new.asked_at < v_now - interval '1 day' THEN
            RAISE EXCEPTION 'it was asked longer than a day ago'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'access_is_of_today';
        END IF;
        new.approved_at := v_now;
    END IF;
    -- Whoever asked is at the counter while another one approves: what is not looked for then is asked anew.
    IF (new.tries > old.tries OR new.answered_at IS NOT NULL)
        AND NOT coalesce(old.approved_at > v_now - interval '30 minutes', false)
    THEN
        RAISE EXCEPTION 'it is not approved, or was longer than half an hour ago'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'access_is_approved_now';
    END IF;
    IF new.answered_at IS NOT NULL AND new.tries = 0 THEN
        RAISE EXCEPTION 'nothing was looked for'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'access_answer_is_tried';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_access_request() FROM PUBLIC;
CREATE TRIGGER guard_access_request BEFORE INSERT OR UPDATE ON watchlist.access_request
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_access_request();
ALTER TABLE watchlist.access_request ENABLE ALWAYS TRIGGER guard_access_request;

GRANT SELECT ON watchlist.access_request TO wardwatch_import;
GRANT INSERT (kind, asks, consent, asked_by_id, asked_by_name) ON watchlist.access_request TO wardwatch_import;
GRANT UPDATE (
    approved_by_id, approved_by_name, approved_at, withdrawn_by_id, withdrawn_by_name, withdrawn_at, tries, answered_at, found
) ON watchlist.access_request TO wardwatch_import;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('access.asked', 'asked to answer what is held about somebody'),
('access.approved', 'approved that it is answered'),
('access.withdrawn', 'withdrew that it is answered'),
('access.tried', 'had a photo or a number looked for, to answer what is held'),
('access.answered', 'was told what is held about somebody'),
('access.unusual', 'asked more often than is usual what is held about somebody')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_access_request() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told constant jsonb := jsonb_build_object('kind', new.kind, 'asks', new.asks, 'consent', new.consent);
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (new.asked_by_id, left(new.asked_by_name, 200), 'access.asked', 'entries', new.number, told);
        IF new.is_unusual THEN
            INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
            VALUES (new.asked_by_id, left(new.asked_by_name, 200), 'access.unusual', 'entries', new.number, told);
        END IF;
        RETURN NULL;
    END IF;
    IF new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (new.approved_by_id, left(new.approved_by_name, 200), 'access.approved', 'entries', new.number, told);
    END IF;
    IF new.withdrawn_at IS NOT NULL AND old.withdrawn_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (new.withdrawn_by_id, left(new.withdrawn_by_name, 200), 'access.withdrawn', 'entries', new.number, told);
    END IF;
    IF new.tries > old.tries THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.asked_by_id, left(new.asked_by_name, 200), 'access.tried', 'entries', new.number,
            told || jsonb_build_object('tries', new.tries)
        );
    END IF;
    IF new.answered_at IS NOT NULL AND old.answered_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.asked_by_id, left(new.asked_by_name, 200), 'access.answered', 'entries', new.number,
            told || jsonb_build_object('found', new.found)
        );
    END IF;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.write_access_request() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.write_access_request() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_access_request AFTER INSERT OR UPDATE ON watchlist.access_request
FOR EACH ROW EXECUTE FUNCTION audit.write_access_request();
ALTER TABLE watchlist.access_request ENABLE ALWAYS TRIGGER audit_access_request;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_access_request() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TABLE watchlist.access_request;
DROP FUNCTION watchlist.guard_access_request();
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_access_request();
-- What is in the chain stays there, and so does its title.
DELETE FROM audit.action AS a
WHERE code LIKE 'access.%' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
