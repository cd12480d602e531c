-- migrate:up

-- Control pairs: two faces whose truth is known, of people who agreed or of nobody, shown to reviewers now and then to
-- measure how often they err (docs/adr/0092). They are no incidents, and never become any.
CREATE TABLE alerts.control_pair (
    id uuid PRIMARY KEY,
    is_same boolean NOT NULL,
    source text NOT NULL CHECK (source IN ('consent', 'generated')),
    -- Where the consent of whoever is seen is kept, or what made the faces.
    grounds text NOT NULL CHECK (length(grounds) BETWEEN 3 AND 500),
    -- JPEG; a pair is shown once it has both.
    watchlist bytea CHECK (octet_length(watchlist) <= 1048576),
    camera bytea CHECK (octet_length(camera) <= 1048576),
    added_by uuid NOT NULL REFERENCES accounts.account,
    added_at timestamptz NOT NULL
);

-- Whether they are shown at all: as the last row says.
CREATE TABLE alerts.control_use (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    is_on boolean NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts.account,
    at timestamptz NOT NULL
);

-- One pair before one reviewer. What is measured stays when the pair is removed.
CREATE TABLE alerts.control_showing (
    id uuid PRIMARY KEY,
    pair_id uuid REFERENCES alerts.control_pair ON DELETE SET NULL,
    is_same boolean NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts.account,
    -- Whose place and ground it is shown with, so that it looks like any other.
    like_incident uuid REFERENCES alerts.incident ON DELETE SET NULL,
    shown_at timestamptz NOT NULL,
    verdict text CHECK (verdict IN ('same', 'not_same', 'cannot_tell')),
    answered_at timestamptz,
    CHECK ((verdict IS NULL) = (answered_at IS NULL)),
    UNIQUE (pair_id, account_id)
);
CREATE INDEX control_showing_of ON alerts.control_showing (account_id);

GRANT SELECT ON alerts.control_pair, alerts.control_use, alerts.control_showing TO wardwatch_alerts;

-- A control pair is no incident: neither may have the other's id. A verdict is on an incident, so there is none on a pair.
CREATE FUNCTION alerts.no_control_pair() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF TG_TABLE_NAME = 'incident' AND EXISTS (SELECT FROM alerts.control_showing WHERE id = new.id)
        OR TG_TABLE_NAME = 'control_showing' AND EXISTS (SELECT FROM alerts.incident WHERE id = new.id)
    THEN
        RAISE EXCEPTION 'a control pair is no incident' USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER no_control_pair BEFORE INSERT OR UPDATE OF id ON alerts.incident
FOR EACH ROW EXECUTE FUNCTION alerts.no_control_pair();
CREATE TRIGGER no_control_pair BEFORE INSERT OR UPDATE OF id ON alerts.control_showing
FOR EACH ROW EXECUTE FUNCTION alerts.no_control_pair();
ALTER TABLE alerts.incident ENABLE ALWAYS TRIGGER no_control_pair;
ALTER TABLE alerts.control_showing ENABLE ALWAYS TRIGGER no_control_pair;

-- The account of this token, if it has one of these roles; else none.
CREATE FUNCTION accounts.holder_as(p_token text, p_roles text []) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT h.account_id FROM accounts.session_holder AS h
WHERE h.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND h.role = ANY (p_roles)
$$;

CREATE TABLE alerts.control_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts.account,
    change text NOT NULL CHECK (change IN ('added', 'removed', 'on', 'off', 'answered')),
    subject text NOT NULL,
    said jsonb NOT NULL,
    at timestamptz NOT NULL
);

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('control.added', 'added a control pair'),
('control.removed', 'removed a control pair'),
('control.on', 'had control pairs shown'),
('control.off', 'had control pairs shown no more'),
('control.answered', 'answered a control pair')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_control_pair() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT a.id, a.name,
        CASE new.change
            WHEN 'added' THEN 'control.added' WHEN 'removed' THEN 'control.removed' WHEN 'on' THEN 'control.on'
            WHEN 'off' THEN 'control.off' ELSE 'control.answered'
        END,
        CASE WHEN new.change IN ('added', 'removed') THEN 'photo' ELSE 'account' END, new.subject, new.said
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.write_control_pair() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.write_control_pair() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_control AFTER INSERT ON alerts.control_change
FOR EACH ROW EXECUTE FUNCTION audit.write_control_pair();
ALTER TABLE alerts.control_change ENABLE ALWAYS TRIGGER audit_control;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_control_pair() FROM wardwatch_owner;
RESET ROLE;

-- Adds a pair without its pictures. False: no supervisor or administrator has this token.
CREATE FUNCTION alerts.add_control_pair(p_token text, p_id uuid, p_is_same boolean, p_source text, p_grounds text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.holder_as(p_token, '{supervisor,administrator}');
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO alerts.control_pair (id, is_same, source, grounds, added_by, added_at)
    VALUES (p_id, p_is_same, p_source, p_grounds, v_account, watchlist.present());
    INSERT INTO alerts.control_change (account_id, change, subject, said, at) VALUES (
        v_account, 'added', p_id,
        jsonb_build_object('same', p_is_same, 'source', p_source, 'grounds', p_grounds), watchlist.present()
    );
    RETURN true;
END
$$;

-- Gives a pair one of its pictures, once. False: no such account; null: no such pair, or it has that picture.
CREATE FUNCTION alerts.set_control_picture(p_token text, p_id uuid, p_which text, p_jpeg bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF accounts.holder_as(p_token, '{supervisor,administrator}') IS NULL THEN
        RETURN false;
    END IF;
    IF p_which = 'watchlist' THEN
        UPDATE alerts.control_pair SET watchlist = p_jpeg WHERE id = p_id AND watchlist IS NULL;
    ELSE
        UPDATE alerts.control_pair SET camera = p_jpeg WHERE id = p_id AND camera IS NULL;
    END IF;
    RETURN CASE WHEN FOUND THEN true END;
END
$$;

-- Removes a pair with its pictures, as when a consent is withdrawn. False: no such account; null: no such pair.
CREATE FUNCTION alerts.remove_control_pair(p_token text, p_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.holder_as(p_token, '{supervisor,administrator}');
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    DELETE FROM alerts.control_pair WHERE id = p_id;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- Nobody can answer any more what is before somebody just now.
    DELETE FROM alerts.control_showing WHERE pair_id IS NULL AND verdict IS NULL;
    INSERT INTO alerts.control_change (account_id, change, subject, said, at)
    VALUES (v_account, 'removed', p_id, '{}', watchlist.present());
    RETURN true;
END
$$;

-- Turns control pairs on or off. False: no administrator has this token.
CREATE FUNCTION alerts.use_control_pairs(p_token text, p_is_on boolean) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.holder_as(p_token, '{administrator}');
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO alerts.control_use (is_on, account_id, at) VALUES (p_is_on, v_account, watchlist.present());
    INSERT INTO alerts.control_change (account_id, change, subject, said, at)
    VALUES (v_account, CASE WHEN p_is_on THEN 'on' ELSE 'off' END, v_account, '{}', watchlist.present());
    RETURN true;
END
$$;

-- Whether an undecided incident waits for the verdict of *p_account*.
CREATE FUNCTION alerts.is_awaited(p_account uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT EXISTS (
    SELECT FROM alerts.incident AS i INNER JOIN accounts.account AS a ON a.id = p_account
    WHERE i.outcome IS NULL AND (a.sites IS NULL OR i.site = ANY (a.sites))
        AND NOT EXISTS (SELECT FROM alerts.review AS r WHERE r.incident_id = i.id AND r.account_id = p_account)
)
$$;

-- Puts a pair before a reviewer, as *p_id*; the showing, none when there is nothing to show. The one before them that is
-- not answered is shown again. At most one in fifty of all pairs that a reviewer was shown is one, and none while an
-- alert waits for them.
CREATE FUNCTION alerts.show_control_pair(p_token text, p_id uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.holder_as(p_token, '{reviewer}');
    v_controls bigint;
    v_reviews bigint;
    v_known uuid;
BEGIN
    IF v_account IS NULL OR alerts.is_awaited(v_account) THEN
        RETURN NULL;
    END IF;
    -- One after another, else two pages were each the first.
    PERFORM pg_advisory_xact_lock(hashtextextended('alerts.control/' || v_account, 0));
    IF NOT coalesce((SELECT u.is_on FROM alerts.control_use AS u ORDER BY u.id DESC LIMIT 1), true) THEN
        RETURN NULL;
    END IF;
    SELECT s.id INTO v_known FROM alerts.control_showing AS s WHERE s.account_id = v_account AND s.verdict IS NULL;
    IF FOUND THEN
        RETURN v_known;
    END IF;
    SELECT count(*) INTO v_controls FROM alerts.control_showing WHERE account_id = v_account;
    SELECT count(*) INTO v_reviews FROM alerts.review WHERE account_id = v_account;
    IF 50 * (v_controls + 1) > v_reviews + v_controls + 1 THEN
        RETURN NULL;
    END IF;
    INSERT INTO alerts.control_showing (id, pair_id, is_same, account_id, like_incident, shown_at)
    SELECT p_id, p.id, p.is_same, v_account, (
        SELECT r.incident_id FROM alerts.review AS r WHERE r.account_id = v_account ORDER BY r.at DESC LIMIT 1
    ), watchlist.present()
    FROM alerts.control_pair AS p
    WHERE p.watchlist IS NOT NULL AND p.camera IS NOT NULL AND p.added_by <> v_account
        AND NOT EXISTS (
            SELECT FROM alerts.control_showing AS s WHERE s.pair_id = p.id AND s.account_id = v_account
        )
    ORDER BY random() LIMIT 1;
    RETURN CASE WHEN FOUND THEN p_id END;
END
$$;

-- Takes the answer of the reviewer before whom a pair is. False: it is not theirs, or they have answered.
CREATE FUNCTION alerts.answer_control_pair(p_token text, p_id uuid, p_verdict text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.holder_as(p_token, '{reviewer}');
    v_same boolean;
BEGIN
    UPDATE alerts.control_showing SET verdict = p_verdict, answered_at = watchlist.present()
    WHERE id = p_id AND account_id = v_account AND verdict IS NULL
    RETURNING is_same INTO v_same;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO alerts.control_change (account_id, change, subject, said, at)
    VALUES (
        v_account, 'answered', v_account,
        jsonb_build_object('pair', p_id, 'same', v_same, 'verdict', p_verdict), watchlist.present()
    );
    RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION alerts.no_control_pair(), accounts.holder_as(text, text []),
alerts.add_control_pair(text, uuid, boolean, text, text), alerts.set_control_picture(text, uuid, text, bytea),
alerts.remove_control_pair(text, uuid), alerts.use_control_pairs(text, boolean), alerts.is_awaited(uuid),
alerts.show_control_pair(text, uuid), alerts.answer_control_pair(text, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alerts.add_control_pair(text, uuid, boolean, text, text),
alerts.set_control_picture(text, uuid, text, bytea), alerts.remove_control_pair(text, uuid),
alerts.use_control_pairs(text, boolean), alerts.show_control_pair(text, uuid),
alerts.answer_control_pair(text, uuid, text) TO wardwatch_alerts;

-- migrate:down

DROP FUNCTION alerts.answer_control_pair(text, uuid, text);
DROP FUNCTION alerts.show_control_pair(text, uuid);
DROP FUNCTION alerts.is_awaited(uuid);
DROP FUNCTION alerts.use_control_pairs(text, boolean);
DROP FUNCTION alerts.remove_control_pair(text, uuid);
DROP FUNCTION alerts.set_control_picture(text, uuid, text, bytea);
DROP FUNCTION alerts.add_control_pair(text, uuid, boolean, text, text);
DROP FUNCTION accounts.holder_as(text, text []);
DROP TRIGGER no_control_pair ON alerts.incident;
DROP TABLE alerts.control_change, alerts.control_showing, alerts.control_use, alerts.control_pair;
DROP FUNCTION alerts.no_control_pair();
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_control_pair();
-- What is in the chain stays there, and so does its title.
DELETE FROM audit.action AS a
WHERE code LIKE 'control.%' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
