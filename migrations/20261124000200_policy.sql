-- migrate:up

-- What the list is held to: the threshold, which two people change and never below what was measured to be safe
-- (safeguard S13), and photos that raised false alerts (safeguard S6).

-- What `threshold` may not fall below, and the figures that say so. Only the owner's command line adds one.
CREATE TABLE watchlist.accuracy_report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_sha256 bytea NOT NULL CHECK (octet_length(model_sha256) = 32),
    dataset text NOT NULL CHECK (btrim(dataset) <> ''),
    list_size integer NOT NULL CHECK (list_size > 0),
    -- The lowest cosine at which the upper end of the 95 % interval of FPIR was still bearable.
    floor double precision NOT NULL CHECK (floor BETWEEN 0.3 AND 1),
    fnir double precision NOT NULL CHECK (fnir BETWEEN 0 AND 1),
    fpir double precision NOT NULL CHECK (fpir BETWEEN 0 AND 1),
    fpir_upper double precision NOT NULL CHECK (fpir_upper BETWEEN fpir AND 1),
    measured_on date NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now()
);

-- docs/adr/0041: lfw-dev, one photo a person, 820 people listed, 2,035 strangers, single frames.
INSERT INTO watchlist.accuracy_report (model_sha256, dataset, list_size, floor, fnir, fpir, fpir_upper, measured_on)
VALUES (
    '\x0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79',
    'lfw-dev', 820, 0.46, 0.052, 0.0079, 0.0127, '2026-11-23'
);

-- Every threshold that was asked for; the newest approved one holds.
CREATE TABLE watchlist.threshold (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- As it was typed; the stream and the matchers hold the nearest number of four bytes, as every similarity is one.
    min_similarity double precision NOT NULL CHECK (min_similarity BETWEEN 0 AND 1),
    reason text NOT NULL CHECK (btrim(reason) <> '' AND length(reason) <= 500),
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    approved_by_id uuid,
    approved_by_name text,
    approved_at timestamptz,
    -- Taken back before anybody approved.
    withdrawn_by_id uuid,
    withdrawn_by_name text,
    withdrawn_at timestamptz,
    published_sequence bigint,
    CONSTRAINT threshold_approver_did_not_ask CHECK (approved_by_id <> asked_by_id),
    CONSTRAINT threshold_approval_is_whole CHECK (
        (approved_by_id IS NULL) = (approved_at IS NULL) AND (approved_by_id IS NULL) = (approved_by_name IS NULL)
    ),
    CONSTRAINT threshold_withdrawal_is_whole CHECK (
        (withdrawn_by_id IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by_id IS NULL) = (withdrawn_by_name IS NULL)
    ),
    CONSTRAINT threshold_withdrawn_is_not_approved CHECK (withdrawn_at IS NULL OR approved_at IS NULL),
    -- One waits at a time.
    CONSTRAINT threshold_that_waits EXCLUDE USING btree ((1) WITH =) WHERE (approved_at IS NULL AND withdrawn_at IS NULL)
);

-- What the software comes with, until the hospital decides for itself.
INSERT INTO watchlist.threshold (
    min_similarity, reason, asked_by_id, asked_by_name, approved_by_id, approved_by_name, approved_at
) VALUES (
    0.50, 'as measured when the software was made', '00000000-0000-0000-0000-000000000000', 'wardwatch',
    '00000000-0000-0000-0000-000000000001', 'wardwatch', now()
);

-- The highest floor of the newest report of each model: a threshold must do for all of them.
CREATE FUNCTION watchlist.threshold_floor() RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT max(newest.floor) FROM (
        SELECT DISTINCT ON (model_sha256) floor FROM watchlist.accuracy_report ORDER BY model_sha256, id DESC
    ) AS newest
$$;

CREATE FUNCTION watchlist.guard_threshold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        IF new.approved_at IS NOT NULL OR new.withdrawn_at IS NOT NULL OR new.published_sequence IS NOT NULL THEN
            RAISE EXCEPTION 'a threshold is asked for before it is approved'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_begins_unapproved';
        END IF;
    ELSIF (new.min_similarity, new.reason, new.asked_by_id, new.asked_by_name, new.asked_at)
        IS DISTINCT FROM (old.min_similarity, old.reason, old.asked_by_id, old.asked_by_name, old.asked_at)
        OR (old.approved_at IS NOT NULL AND (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at))
        OR (old.withdrawn_at IS NOT NULL AND new.withdrawn_at IS DISTINCT FROM old.withdrawn_at)
    THEN
        RAISE EXCEPTION 'what was asked for or decided is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_is_fixed';
    END IF;
    -- Asked again at the approval: the report may have become stricter meanwhile.
    IF (tg_op = 'INSERT' OR (new.approved_at IS NOT NULL AND old.approved_at IS NULL))
        AND new.min_similarity < watchlist.threshold_floor()
    THEN
        RAISE EXCEPTION 'the accuracy report allows no threshold below %', watchlist.threshold_floor()
            USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_is_above_the_floor';
    END IF;
    IF tg_op = 'UPDATE' AND new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        PERFORM pg_notify('watchlist_outbox', '');
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER guard_threshold BEFORE INSERT OR UPDATE ON watchlist.threshold
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_threshold();

CREATE FUNCTION watchlist.keep_threshold() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'thresholds are only ever added'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_is_kept';
END
$$;

CREATE TRIGGER keep_threshold BEFORE DELETE OR TRUNCATE ON watchlist.threshold
FOR EACH STATEMENT EXECUTE FUNCTION watchlist.keep_threshold();

-- An alert that people judged wrong, and the photo that raised it.
CREATE TABLE watchlist.false_alert (
    incident_id uuid PRIMARY KEY,
    entry_id uuid NOT NULL REFERENCES watchlist.entry (id),
    photo_id uuid NOT NULL,
    judged_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX false_alert_of_photo ON watchlist.false_alert (photo_id, judged_at);

-- When a person last looked at a suspended photo and let it match again: alerts before do not count any more.
ALTER TABLE watchlist.photo ADD COLUMN looked_at timestamptz;

CREATE FUNCTION watchlist.note_look() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF old.suspended_at IS NOT NULL AND new.suspended_at IS NULL THEN
        new.looked_at := now();
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER note_look BEFORE UPDATE OF suspended_at ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION watchlist.note_look();

-- Two alerts judged wrong since somebody last looked suspend the photo; an entry without another photo with it.
-- Runs in the transaction that records the verdict, so it happens exactly once and cannot be forgotten.
CREATE FUNCTION watchlist.count_false_alert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_photo uuid;
    v_others boolean;
BEGIN
    -- The photo that most of the incident's frames were nearest to.
    SELECT s.photo_id INTO v_photo FROM alerts.sighting AS s
    INNER JOIN watchlist.photo AS p ON p.id = s.photo_id AND p.entry_id = new.entry_id
    WHERE s.incident_id = new.id
    GROUP BY s.photo_id ORDER BY count(*) DESC, max(s.similarity) DESC LIMIT 1;
    IF v_photo IS NULL THEN
        RETURN NULL;
    END IF;

    -- Whoever changes the entry waits here, so that two verdicts at once count as two.
    PERFORM FROM watchlist.entry WHERE id = new.entry_id FOR UPDATE;
    INSERT INTO watchlist.false_alert (incident_id, entry_id, photo_id) VALUES (new.id, new.entry_id, v_photo)
    ON CONFLICT DO NOTHING;
    UPDATE watchlist.photo AS p SET suspended_at = now(), suspended_reason = 'two alerts were judged wrong'
    WHERE p.id = v_photo AND p.suspended_at IS NULL AND (
        SELECT count(*) FROM watchlist.false_alert AS f
        WHERE f.photo_id = v_photo AND f.judged_at > coalesce(p.looked_at, '-infinity')
    ) >= 2;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;

    v_others := EXISTS (SELECT FROM watchlist.photo WHERE entry_id = new.entry_id AND suspended_at IS NULL);
    UPDATE watchlist.entry SET
        state = CASE WHEN v_others THEN state ELSE 'suspended' END,
        revision = revision + 1, changed_at = now(), reason = 'two alerts of a photo were judged wrong',
        changed_by_id = '00000000-0000-0000-0000-000000000000', changed_by_name = 'wardwatch'
    WHERE id = new.entry_id AND state = 'active';
    RETURN NULL;
END
$$;

CREATE TRIGGER count_false_alert AFTER UPDATE OF outcome ON alerts.incident
FOR EACH ROW WHEN (new.outcome = 'rejected' AND old.outcome IS DISTINCT FROM new.outcome)
EXECUTE FUNCTION watchlist.count_false_alert();

SET LOCAL ROLE wardwatch_keeper;

CREATE FUNCTION audit.write_threshold() RETURNS trigger
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

REVOKE EXECUTE ON FUNCTION audit.write_threshold() FROM PUBLIC;
-- Only while the trigger below is made: whoever may execute it can have it write what any table of theirs says.
GRANT EXECUTE ON FUNCTION audit.write_threshold() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_threshold AFTER INSERT OR UPDATE ON watchlist.threshold
FOR EACH ROW EXECUTE FUNCTION audit.write_threshold();
ALTER TABLE watchlist.threshold ENABLE ALWAYS TRIGGER audit_threshold;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_threshold() FROM wardwatch_owner;
RESET ROLE;

GRANT SELECT ON watchlist.accuracy_report, watchlist.threshold, watchlist.false_alert TO wardwatch_import;
GRANT INSERT ON watchlist.threshold TO wardwatch_import;
GRANT UPDATE (approved_by_id, approved_by_name, approved_at, withdrawn_by_id, withdrawn_by_name, withdrawn_at)
ON watchlist.threshold TO wardwatch_import;
GRANT EXECUTE ON FUNCTION watchlist.threshold_floor() TO wardwatch_import, wardwatch_matcher;
GRANT SELECT (number, min_similarity, approved_at, approved_by_name, published_sequence) ON watchlist.threshold
TO wardwatch_matcher;
GRANT UPDATE (published_sequence) ON watchlist.threshold TO wardwatch_matcher;
GRANT SELECT (number, min_similarity, asked_by_id, approved_by_id, approved_at, withdrawn_by_id, withdrawn_at)
ON watchlist.threshold TO wardwatch_audit;

-- migrate:down

DROP TRIGGER audit_threshold ON watchlist.threshold;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_threshold();
RESET ROLE;
DROP TRIGGER count_false_alert ON alerts.incident;
DROP FUNCTION watchlist.count_false_alert();
DROP TRIGGER note_look ON watchlist.photo;
DROP FUNCTION watchlist.note_look();
ALTER TABLE watchlist.photo DROP COLUMN looked_at;
DROP TABLE watchlist.false_alert, watchlist.threshold, watchlist.accuracy_report;
DROP FUNCTION watchlist.guard_threshold(), watchlist.keep_threshold(), watchlist.threshold_floor();
