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

CREATE FUNCTION audit.write_place(p_account uuid, p_action text, p_site text, p_details jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
SELECT a.id, a.name, p_action, 'site', p_site, p_details FROM accounts.account AS a WHERE a.id = p_account
$$;
REVOKE EXECUTE ON FUNCTION audit.write_place(uuid, text, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.write_place(uuid, text, text, jsonb) TO wardwatch_owner;

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
    PERFORM audit.write_place(v_account, 'place.described', p_site, jsonb_build_object(
        'camera', p_camera, 'name', p_name, 'building', p_building, 'floor', p_floor
    ));
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
    PERFORM audit.write_place(v_account, 'place.plan_set', p_site, jsonb_build_object('camera', p_camera));
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
    PERFORM audit.write_place(v_account, 'place.removed', p_site, jsonb_build_object('camera', p_camera));
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
DROP TABLE alerts.place;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_place(uuid, text, text, jsonb);
-- What is in the chain stays there, and so does its title.
DELETE FROM audit.action AS a
WHERE code IN ('place.described', 'place.plan_set', 'place.removed')
    AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
