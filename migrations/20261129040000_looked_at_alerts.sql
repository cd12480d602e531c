-- migrate:up

-- Which wrong alerts a person has looked at is kept with them, not told by comparing two times: a look under a clock that
-- was ahead would otherwise outlast every alert until that time has come.
ALTER TABLE watchlist.false_alert ADD COLUMN looked boolean NOT NULL DEFAULT false;
UPDATE watchlist.false_alert AS f SET looked = true
FROM watchlist.photo AS p
WHERE p.id = f.photo_id AND p.looked_at <= now() AND f.judged_at <= p.looked_at;

CREATE OR REPLACE FUNCTION watchlist.note_look() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF old.suspended_at IS NOT NULL AND new.suspended_at IS NULL THEN
        new.looked_at := now();
        UPDATE watchlist.false_alert SET looked = true WHERE photo_id = new.id AND NOT looked;
    END IF;
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.note_look() FROM PUBLIC;

CREATE OR REPLACE FUNCTION watchlist.count_false_alert() RETURNS trigger
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
        SELECT count(*) FROM watchlist.false_alert AS f WHERE f.photo_id = v_photo AND NOT f.looked
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

-- migrate:down

CREATE OR REPLACE FUNCTION watchlist.count_false_alert() RETURNS trigger
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

CREATE OR REPLACE FUNCTION watchlist.note_look() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF old.suspended_at IS NOT NULL AND new.suspended_at IS NULL THEN
        new.looked_at := now();
    END IF;
    RETURN new;
END
$$;
GRANT EXECUTE ON FUNCTION watchlist.note_look() TO PUBLIC;
ALTER FUNCTION watchlist.note_look() SECURITY INVOKER;

ALTER TABLE watchlist.false_alert DROP COLUMN looked;
