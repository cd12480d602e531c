-- migrate:up

-- Where a camera is, in words that a guard knows, and a plan of the place (docs/adr/0088). An administrator sets it.
CREATE TABLE alerts.place (
    site alerts.token NOT NULL,
    camera alerts.token NOT NULL,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    building text NOT NULL CHECK (length(building) <= 80),
    floor text NOT NULL CHECK (length(floor) <= 40),
    -- JPEG.
    plan bytea CHECK (octet_length(plan) <= 2097152),
    set_at timestamptz NOT NULL,
    PRIMARY KEY (site, camera)
);
GRANT SELECT ON alerts.place TO wardwatch_alerts;

-- Who changed what of it.
CREATE TABLE alerts.place_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site alerts.token NOT NULL,
    camera alerts.token NOT NULL,
    account_id uuid NOT NULL REFERENCES accounts.account,
    change text NOT NULL CHECK (change IN ('described', 'plan_set', 'removed')),
    said jsonb,
    at timestamptz NOT NULL
);

-- The account of an administrator who has this token and is for that site; else none.
CREATE FUNCTION accounts.administrator(p_token text, p_site text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT h.account_id FROM accounts.session_holder AS h INNER JOIN accounts.account AS a ON a.id = h.account_id
WHERE h.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND h.role = 'administrator'
    AND (a.sites IS NULL OR p_site = ANY (a.sites))
$$;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('place.described', 'said where a camera is'),
('place.plan_set', 'set the plan of where a camera is'),
('place.removed', 'removed what was said of where a camera is')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_place() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT a.id, a.name,
        CASE new.change
            WHEN 'described' THEN 'place.described' WHEN 'plan_set' THEN 'place.plan_set' ELSE 'place.removed'
        END,
        'site', new.site, jsonb_build_object('camera', new.camera) || coalesce(new.said, '{}')
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.write_place() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.write_place() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_place AFTER INSERT ON alerts.place_change
FOR EACH ROW EXECUTE FUNCTION audit.write_place();
ALTER TABLE alerts.place_change ENABLE ALWAYS TRIGGER audit_place;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_place() FROM wardwatch_owner;
RESET ROLE;

-- Says where a camera is; a plan that is there stays. False: no administrator of that site has this token.
CREATE FUNCTION alerts.describe_place(
    p_token text, p_site text, p_camera text, p_name text, p_building text, p_floor text
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.administrator(p_token, p_site);
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO alerts.place AS p (site, camera, name, building, floor, set_at)
    VALUES (p_site, p_camera, p_name, p_building, p_floor, watchlist.present())
    ON CONFLICT (site, camera) DO UPDATE SET
        name = excluded.name, building = excluded.building, floor = excluded.floor, set_at = excluded.set_at;
    INSERT INTO alerts.place_change (site, camera, account_id, change, said, at)
    VALUES (
        p_site, p_camera, v_account, 'described',
        jsonb_build_object('name', p_name, 'building', p_building, 'floor', p_floor), watchlist.present()
    );
    RETURN true;
END
$$;

-- Sets the plan of a place that is described, or takes it away. False: no such administrator; null: no such place.
CREATE FUNCTION alerts.set_plan(p_token text, p_site text, p_camera text, p_plan bytea) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.administrator(p_token, p_site);
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    UPDATE alerts.place SET plan = p_plan, set_at = watchlist.present() WHERE site = p_site AND camera = p_camera;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO alerts.place_change (site, camera, account_id, change, at)
    VALUES (p_site, p_camera, v_account, 'plan_set', watchlist.present());
    RETURN true;
END
$$;

-- Removes what was said of a camera's place. False: no such administrator; null: there was nothing.
CREATE FUNCTION alerts.remove_place(p_token text, p_site text, p_camera text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid := accounts.administrator(p_token, p_site);
BEGIN
    IF v_account IS NULL THEN
        RETURN false;
    END IF;
    DELETE FROM alerts.place WHERE site = p_site AND camera = p_camera;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO alerts.place_change (site, camera, account_id, change, at)
    VALUES (p_site, p_camera, v_account, 'removed', watchlist.present());
    RETURN true;
END
$$;

REVOKE EXECUTE ON FUNCTION accounts.administrator(text, text),
alerts.describe_place(text, text, text, text, text, text), alerts.set_plan(text, text, text, bytea),
alerts.remove_place(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alerts.describe_place(text, text, text, text, text, text),
alerts.set_plan(text, text, text, bytea), alerts.remove_place(text, text, text) TO wardwatch_alerts;

-- migrate:down

DROP FUNCTION alerts.describe_place(text, text, text, text, text, text);
DROP FUNCTION alerts.set_plan(text, text, text, bytea);
DROP FUNCTION alerts.remove_place(text, text, text);
DROP FUNCTION accounts.administrator(text, text);
DROP TABLE alerts.place_change, alerts.place;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_place();
-- What is in the chain stays there, and so does its title.
DELETE FROM audit.action AS a
WHERE code IN ('place.described', 'place.plan_set', 'place.removed')
    AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
