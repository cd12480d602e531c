-- migrate:up

-- Beside the former version: yes. It knows one recogniser; two are begun when all run this one.

-- Two recognisers side by side (docs/adr/0105): which, for how long, and which of them decides at which site.

-- Of which recogniser a threshold's cosines are; null: of the list's, as before there could be two.
ALTER TABLE watchlist.threshold ADD COLUMN model_sha256 bytea
CONSTRAINT threshold_model_is_a_digest CHECK (octet_length(model_sha256) = 32);
GRANT SELECT (model_sha256) ON watchlist.threshold TO wardwatch_matcher;

-- From the first template of another recogniser on until one of the two is let go.
CREATE TABLE watchlist.model_roll (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_sha256 bytea NOT NULL CHECK (octet_length(from_sha256) = 32),
    to_sha256 bytea NOT NULL CHECK (octet_length(to_sha256) = 32),
    to_name text NOT NULL CHECK (to_name <> '' AND length(to_name) <= 200),
    reason text NOT NULL CONSTRAINT roll_has_a_reason CHECK (btrim(reason) <> '' AND length(reason) <= 500),
    started_by_id uuid NOT NULL,
    started_by_name text NOT NULL CHECK (started_by_name <> ''),
    started_at timestamptz NOT NULL DEFAULT now(),
    kept_sha256 bytea,
    ended_by_id uuid,
    ended_by_name text,
    ended_at timestamptz,
    CONSTRAINT roll_is_to_another_model CHECK (from_sha256 <> to_sha256),
    CONSTRAINT roll_keeps_one_of_them CHECK (kept_sha256 IN (from_sha256, to_sha256)),
    CONSTRAINT roll_end_is_whole CHECK (
        (ended_at IS NULL) = (kept_sha256 IS NULL) AND (ended_at IS NULL) = (ended_by_id IS NULL)
        AND (ended_at IS NULL) = (ended_by_name IS NULL)
    ),
    CONSTRAINT roll_that_is_open EXCLUDE USING btree ((1) WITH =) WHERE (ended_at IS NULL)
);

-- Which recogniser decides at a site, with its cosines; without a site: at all that have no row of their own. Cosines
-- are null where the threshold that the list is held to is of this recogniser, and holds.
CREATE TABLE watchlist.model_switch (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL CHECK (site ~ '^[A-Za-z0-9_-]{0,64}$'),
    model_sha256 bytea NOT NULL CHECK (octet_length(model_sha256) = 32),
    min_similarity double precision CHECK (min_similarity BETWEEN 0.3 AND 1),
    strong_similarity double precision CHECK (strong_similarity BETWEEN min_similarity AND 1),
    reason text NOT NULL CONSTRAINT switch_has_a_reason CHECK (btrim(reason) <> '' AND length(reason) <= 500),
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    approved_by_id uuid,
    approved_by_name text,
    approved_at timestamptz,
    withdrawn_by_id uuid,
    withdrawn_by_name text,
    withdrawn_at timestamptz,
    CONSTRAINT switch_cosines_are_whole CHECK ((min_similarity IS NULL) = (strong_similarity IS NULL)),
    CONSTRAINT switch_approver_did_not_ask CHECK (approved_by_id <> asked_by_id),
    CONSTRAINT switch_approval_is_whole CHECK (
        (approved_by_id IS NULL) = (approved_at IS NULL) AND (approved_by_id IS NULL) = (approved_by_name IS NULL)
    ),
    CONSTRAINT switch_withdrawal_is_whole CHECK (
        (withdrawn_by_id IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by_id IS NULL) = (withdrawn_by_name IS NULL)
    ),
    CONSTRAINT switch_withdrawn_is_not_approved CHECK (withdrawn_at IS NULL OR approved_at IS NULL),
    -- One waits at a time.
    CONSTRAINT switch_that_waits EXCLUDE USING btree ((1) WITH =) WHERE (approved_at IS NULL AND withdrawn_at IS NULL)
);

-- What was decided last for each site.
CREATE VIEW watchlist.site_model AS
SELECT DISTINCT ON (site) site, number, model_sha256, min_similarity, strong_similarity, approved_at
FROM watchlist.model_switch WHERE approved_at IS NOT NULL
ORDER BY site, number DESC;

-- Enrolled faces of which a recogniser makes nothing. Whoever has another photo goes by that.
CREATE TABLE watchlist.unembedded_photo (
    photo_id uuid NOT NULL REFERENCES watchlist.photo (id) ON DELETE CASCADE,
    model_sha256 bytea NOT NULL CHECK (octet_length(model_sha256) = 32),
    cause text NOT NULL CHECK (cause IN ('no_face', 'no_template')),
    tried_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (photo_id, model_sha256)
);

-- What is left to do: photos without a template of one of the two.
CREATE VIEW watchlist.photo_to_embed AS
SELECT p.id AS photo_id, p.entry_id, p.position, e.state, m.model_sha256
FROM watchlist.model_roll AS r
CROSS JOIN LATERAL (VALUES (r.from_sha256), (r.to_sha256)) AS m (model_sha256)
INNER JOIN watchlist.entry AS e ON e.state NOT IN ('revoked', 'erased')
INNER JOIN watchlist.photo AS p ON p.entry_id = e.id
WHERE
    r.ended_at IS NULL
    AND NOT EXISTS (SELECT FROM watchlist.template AS t WHERE t.photo_id = p.id AND t.model_sha256 = m.model_sha256)
    AND NOT EXISTS (
        SELECT FROM watchlist.unembedded_photo AS u WHERE u.photo_id = p.id AND u.model_sha256 = m.model_sha256
    );

-- What walks at cameras came to by other recognisers than the one that budgets are made for, whose counts are those of
-- watchlist.walk_count. Rows are as there: of fifty walks or more, and of nobody.
CREATE TABLE watchlist.model_walk_count (
    model_sha256 bytea NOT NULL CHECK (octet_length(model_sha256) = 32),
    site alerts.token NOT NULL,
    camera alerts.token NOT NULL,
    day date NOT NULL,
    entries integer NOT NULL CHECK (entries > 0),
    counts bigint [] NOT NULL CHECK (cardinality(counts) = 200),
    PRIMARY KEY (model_sha256, site, camera, day, entries)
);

-- The floor that the newest report of a recogniser allows; without one, that of all.
CREATE FUNCTION watchlist.floor_of(p_model_sha256 bytea) RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(
        (
            SELECT floor FROM watchlist.accuracy_report WHERE model_sha256 = p_model_sha256 ORDER BY id DESC LIMIT 1
        ),
        watchlist.threshold_floor()
    )
$$;
REVOKE EXECUTE ON FUNCTION watchlist.floor_of(bytea) FROM PUBLIC;

-- As before, but that each threshold must do for its own recogniser alone.
CREATE OR REPLACE FUNCTION watchlist.guard_threshold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        IF new.approved_at IS NOT NULL OR new.withdrawn_at IS NOT NULL OR new.published_sequence IS NOT NULL THEN
            RAISE EXCEPTION 'a threshold is asked for before it is approved'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_begins_unapproved';
        END IF;
    ELSIF (new.min_similarity, new.reason, new.asked_by_id, new.asked_by_name, new.asked_at)
        IS DISTINCT FROM (old.min_similarity, old.reason, old.asked_by_id, old.asked_by_name, old.asked_at)
        OR (old.model_sha256 IS NOT NULL AND new.model_sha256 IS DISTINCT FROM old.model_sha256)
        OR (old.approved_at IS NOT NULL AND (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at))
        OR (old.withdrawn_at IS NOT NULL AND new.withdrawn_at IS DISTINCT FROM old.withdrawn_at)
    THEN
        RAISE EXCEPTION 'what was asked for or decided is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_is_fixed';
    END IF;
    -- Asked again at the approval: the report may have become stricter meanwhile.
    IF (tg_op = 'INSERT' OR (new.approved_at IS NOT NULL AND old.approved_at IS NULL))
        AND new.min_similarity < watchlist.floor_of(new.model_sha256)
    THEN
        RAISE EXCEPTION 'the accuracy report allows no threshold below %', watchlist.floor_of(new.model_sha256)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'threshold_is_above_the_floor';
    END IF;
    IF tg_op = 'UPDATE' AND new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        PERFORM pg_notify('watchlist_outbox', '');
    END IF;
    RETURN new;
END
$$;

-- The recogniser of the threshold that holds; null where none is named, and there never were two.
CREATE FUNCTION watchlist.threshold_model() RETURNS bytea
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT model_sha256 FROM watchlist.threshold WHERE approved_at IS NOT NULL ORDER BY number DESC LIMIT 1
$$;
REVOKE EXECUTE ON FUNCTION watchlist.threshold_model() FROM PUBLIC;

CREATE FUNCTION watchlist.guard_roll() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    gone bytea;
BEGIN
    IF tg_op = 'INSERT' THEN
        IF new.ended_at IS NOT NULL THEN
            RAISE EXCEPTION 'a roll begins open'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'roll_begins_open';
        END IF;
        -- From now on it matters of which recogniser a cosine is.
        UPDATE watchlist.threshold SET model_sha256 = new.from_sha256 WHERE model_sha256 IS NULL;
        RETURN new;
    END IF;
    IF (new.from_sha256, new.to_sha256, new.to_name, new.reason, new.started_by_id, new.started_by_name, new.started_at)
        IS DISTINCT FROM (old.from_sha256, old.to_sha256, old.to_name, old.reason, old.started_by_id,
            old.started_by_name, old.started_at)
        OR old.ended_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'what was asked for or decided is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roll_is_fixed';
    END IF;
    IF new.ended_at IS NULL THEN
        RETURN new;
    END IF;
    gone := CASE WHEN new.kept_sha256 = new.from_sha256 THEN new.to_sha256 ELSE new.from_sha256 END;
    IF EXISTS (SELECT FROM watchlist.site_model WHERE model_sha256 = gone)
        OR (watchlist.threshold_model() = gone AND NOT EXISTS (SELECT FROM watchlist.site_model WHERE site = ''))
    THEN
        RAISE EXCEPTION 'the other recogniser still decides somewhere'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roll_end_leaves_no_site';
    END IF;
    IF EXISTS (
        SELECT FROM watchlist.entry AS e WHERE e.state NOT IN ('draft', 'revoked', 'erased') AND NOT EXISTS (
            SELECT FROM watchlist.photo AS p INNER JOIN watchlist.template AS t ON t.photo_id = p.id
            WHERE p.entry_id = e.id AND t.model_sha256 = new.kept_sha256
        )
    ) THEN
        RAISE EXCEPTION 'somebody on the list has no template of the recogniser that stays'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'roll_end_leaves_nobody';
    END IF;
    PERFORM watchlist.publish_again(ARRAY(
        SELECT DISTINCT p.entry_id FROM watchlist.template AS t
        INNER JOIN watchlist.photo AS p ON p.id = t.photo_id
        INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
        WHERE t.model_sha256 = gone AND e.state = 'active'
    ));
    DELETE FROM watchlist.template WHERE model_sha256 = gone;
    DELETE FROM watchlist.unembedded_photo WHERE model_sha256 = gone;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_roll() FROM PUBLIC;

CREATE TRIGGER guard_roll BEFORE INSERT OR UPDATE ON watchlist.model_roll
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_roll();

CREATE FUNCTION watchlist.guard_switch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    measured date;
BEGIN
    IF tg_op = 'INSERT' THEN
        IF new.approved_at IS NOT NULL OR new.withdrawn_at IS NOT NULL THEN
            RAISE EXCEPTION 'a switch is asked for before it is approved'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'switch_begins_unapproved';
        END IF;
    ELSIF (new.site, new.model_sha256, new.min_similarity, new.strong_similarity, new.reason, new.asked_by_id,
            new.asked_by_name, new.asked_at)
        IS DISTINCT FROM (old.site, old.model_sha256, old.min_similarity, old.strong_similarity, old.reason,
            old.asked_by_id, old.asked_by_name, old.asked_at)
        OR (old.approved_at IS NOT NULL AND (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at))
        OR (old.withdrawn_at IS NOT NULL AND new.withdrawn_at IS DISTINCT FROM old.withdrawn_at)
    THEN
        RAISE EXCEPTION 'what was asked for or decided is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'switch_is_fixed';
    END IF;
    IF tg_op = 'UPDATE' AND (new.approved_at IS NULL OR old.approved_at IS NOT NULL) THEN
        RETURN new;
    END IF;
    -- All that follows is asked again at the approval.
    IF NOT EXISTS (
        SELECT FROM watchlist.model_roll AS r WHERE r.number = (SELECT max(number) FROM watchlist.model_roll)
            AND CASE WHEN r.ended_at IS NULL THEN new.model_sha256 IN (r.from_sha256, r.to_sha256)
                ELSE new.model_sha256 = r.kept_sha256 END
    ) THEN
        RAISE EXCEPTION 'the list has no templates of this recogniser'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'switch_is_to_a_model_of_the_list';
    END IF;
    IF new.min_similarity IS NULL AND new.model_sha256 IS DISTINCT FROM watchlist.threshold_model() THEN
        RAISE EXCEPTION 'the threshold is of another recogniser'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'switch_has_cosines';
    END IF;
    IF new.min_similarity IS NOT NULL THEN
        SELECT a.measured_on INTO measured FROM watchlist.accuracy_report AS a
        WHERE a.model_sha256 = new.model_sha256 ORDER BY a.id DESC LIMIT 1;
        IF measured IS NULL OR measured + 365 <= watchlist.present()::date THEN
            RAISE EXCEPTION 'no valid report says how well this recogniser works'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'switch_is_measured';
        END IF;
        IF new.min_similarity < watchlist.floor_of(new.model_sha256) THEN
            RAISE EXCEPTION 'the accuracy report allows no threshold below %', watchlist.floor_of(new.model_sha256)
                USING ERRCODE = 'check_violation', CONSTRAINT = 'switch_is_above_the_floor';
        END IF;
    END IF;
    IF tg_op = 'INSERT' THEN
        RETURN new;
    END IF;
    IF EXISTS (
        SELECT FROM accounts.account WHERE id = new.approved_by_id AND role NOT IN ('supervisor', 'administrator')
    ) THEN
        RAISE EXCEPTION 'this account approves nothing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'switch_approver_may_approve';
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_switch() FROM PUBLIC;

CREATE TRIGGER guard_switch BEFORE INSERT OR UPDATE ON watchlist.model_switch
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_switch();

CREATE FUNCTION watchlist.keep_switch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'what was decided is only ever added to'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'switch_is_kept';
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.keep_switch() FROM PUBLIC;

CREATE TRIGGER keep_switch BEFORE DELETE OR TRUNCATE ON watchlist.model_switch
FOR EACH STATEMENT EXECUTE FUNCTION watchlist.keep_switch();
CREATE TRIGGER keep_roll BEFORE DELETE OR TRUNCATE ON watchlist.model_roll
FOR EACH STATEMENT EXECUTE FUNCTION watchlist.keep_switch();

-- While a roll is open, a photo gets a template of the other recogniser also after its entry was approved.
CREATE OR REPLACE FUNCTION watchlist.guard_template() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM watchlist.photo AS p
        INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
        WHERE p.id = new.photo_id AND (
            e.state = 'draft'
            OR (tg_op = 'INSERT' AND EXISTS (
                SELECT FROM watchlist.photo_to_embed AS m
                WHERE m.photo_id = new.photo_id AND m.model_sha256 = new.model_sha256
            ))
        ) FOR SHARE OF e
    ) THEN
        RAISE EXCEPTION 'templates are added while an entry is a draft'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'template_joins_a_draft';
    END IF;
    RETURN new;
END
$$;

GRANT SELECT, INSERT ON watchlist.model_roll, watchlist.model_switch TO wardwatch_import;
GRANT UPDATE (kept_sha256, ended_by_id, ended_by_name, ended_at) ON watchlist.model_roll TO wardwatch_import;
GRANT UPDATE (approved_by_id, approved_by_name, approved_at, withdrawn_by_id, withdrawn_by_name, withdrawn_at)
ON watchlist.model_switch TO wardwatch_import;
GRANT SELECT ON watchlist.site_model, watchlist.photo_to_embed, watchlist.walk_count, watchlist.model_walk_count
TO wardwatch_import;
GRANT SELECT, INSERT ON watchlist.unembedded_photo TO wardwatch_import;
GRANT EXECUTE ON FUNCTION watchlist.floor_of(bytea), watchlist.threshold_model(), watchlist.publish_again(uuid [])
TO wardwatch_import;
GRANT SELECT ON watchlist.site_model TO wardwatch_matcher;
GRANT SELECT, INSERT, UPDATE, DELETE ON watchlist.model_walk_count TO wardwatch_matcher;
GRANT SELECT (number, from_sha256, to_sha256, started_by_id, kept_sha256, ended_by_id, ended_at)
ON watchlist.model_roll TO wardwatch_audit;
GRANT SELECT (
    number, site, model_sha256, min_similarity, strong_similarity, asked_by_id, approved_by_id, approved_at,
    withdrawn_by_id, withdrawn_at
) ON watchlist.model_switch TO wardwatch_audit;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
    ('model.roll_started', 'brought a second recogniser beside the list''s'),
    ('model.roll_ended', 'let one of two recognisers go'),
    ('model.switch_asked', 'asked for another recogniser to decide'),
    ('model.switch_approved', 'approved that another recogniser decides'),
    ('model.switch_withdrawn', 'took back that another recogniser decides')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_roll() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('from', encode(new.from_sha256, 'hex'), 'to', encode(new.to_sha256, 'hex'));
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            new.started_by_id, left(new.started_by_name, 200), 'model.roll_started', 'list', 'roll ' || new.number,
            audit.words(new.reason), told
        );
    ELSIF new.ended_at IS NOT NULL AND old.ended_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.ended_by_id, left(new.ended_by_name, 200), 'model.roll_ended', 'list', 'roll ' || new.number,
            told || jsonb_build_object('kept', encode(new.kept_sha256, 'hex'))
        );
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_switch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_strip_nulls(jsonb_build_object(
        'site', new.site, 'model', encode(new.model_sha256, 'hex'), 'min_similarity', new.min_similarity,
        'strong_similarity', new.strong_similarity
    ));
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            new.asked_by_id, left(new.asked_by_name, 200), 'model.switch_asked', 'list', 'switch ' || new.number,
            audit.words(new.reason), told
        );
    ELSIF new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.approved_by_id, left(new.approved_by_name, 200), 'model.switch_approved', 'list', 'switch ' || new.number,
            told
        );
    ELSIF new.withdrawn_at IS NOT NULL AND old.withdrawn_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.withdrawn_by_id, left(new.withdrawn_by_name, 200), 'model.switch_withdrawn', 'list',
            'switch ' || new.number, told
        );
    END IF;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_roll(), audit.write_switch() FROM PUBLIC;
-- Only while the triggers below are made: whoever may execute them can have them write what any table of theirs says.
GRANT EXECUTE ON FUNCTION audit.write_roll(), audit.write_switch() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_roll AFTER INSERT OR UPDATE ON watchlist.model_roll
FOR EACH ROW EXECUTE FUNCTION audit.write_roll();
ALTER TABLE watchlist.model_roll ENABLE ALWAYS TRIGGER audit_roll;
CREATE TRIGGER audit_switch AFTER INSERT OR UPDATE ON watchlist.model_switch
FOR EACH ROW EXECUTE FUNCTION audit.write_switch();
ALTER TABLE watchlist.model_switch ENABLE ALWAYS TRIGGER audit_switch;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_roll(), audit.write_switch() FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TRIGGER audit_roll ON watchlist.model_roll;
DROP TRIGGER audit_switch ON watchlist.model_switch;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_roll(), audit.write_switch();
DELETE FROM audit.action AS a
WHERE a.code LIKE 'model.%' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION watchlist.publish_again(uuid []) FROM wardwatch_import;
REVOKE SELECT ON watchlist.walk_count FROM wardwatch_import;
CREATE OR REPLACE FUNCTION watchlist.guard_template() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM watchlist.photo AS p
        INNER JOIN watchlist.entry AS e ON e.id = p.entry_id
        WHERE p.id = new.photo_id AND e.state = 'draft' FOR SHARE OF e
    ) THEN
        RAISE EXCEPTION 'templates are added while an entry is a draft'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'template_joins_a_draft';
    END IF;
    RETURN new;
END
$$;
CREATE OR REPLACE FUNCTION watchlist.guard_threshold() RETURNS trigger
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
DROP TABLE watchlist.model_walk_count;
DROP VIEW watchlist.photo_to_embed, watchlist.site_model;
DROP TABLE watchlist.unembedded_photo, watchlist.model_switch, watchlist.model_roll;
DROP FUNCTION watchlist.guard_roll(), watchlist.guard_switch(), watchlist.keep_switch();
DROP FUNCTION watchlist.floor_of(bytea), watchlist.threshold_model();
ALTER TABLE watchlist.threshold DROP COLUMN model_sha256;
