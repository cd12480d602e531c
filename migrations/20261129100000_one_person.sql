-- migrate:up

-- Whose face a photo shows, numbered from 0 within its entry: photos with one number resemble each other. Compared by the
-- desk, which alone can open their vectors; none means that nobody has compared them yet (docs/adr/0057).
ALTER TABLE watchlist.photo ADD COLUMN person smallint CHECK (person >= 0);
GRANT UPDATE (person) ON watchlist.photo TO wardwatch_import;

-- What was a warning of an import until now is found anew, and then it is no warning.
UPDATE watchlist.photo AS p SET warnings = array_remove(p.warnings, 'unlike_others')
FROM watchlist.entry AS e WHERE e.id = p.entry_id AND e.state = 'draft' AND 'unlike_others' = ANY (p.warnings);

-- A photo that comes may join others, one that goes may part them: all of the entry's are compared again.
CREATE FUNCTION watchlist.forget_comparison() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE watchlist.photo SET person = NULL
    WHERE entry_id = CASE tg_op WHEN 'DELETE' THEN old.entry_id ELSE new.entry_id END AND person IS NOT NULL;
    RETURN NULL;
END
$$;

CREATE TRIGGER forget_comparison AFTER INSERT OR DELETE ON watchlist.photo
FOR EACH ROW EXECUTE FUNCTION watchlist.forget_comparison();

-- Nothing is put forward, approved, renewed or resumed before its photos were compared and show one person.
CREATE FUNCTION watchlist.guard_one_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF new.state IN ('pending', 'active')
        AND (new.state <> old.state OR new.approved_at IS DISTINCT FROM old.approved_at)
        AND (
            SELECT count(*) > 1 AND (count(person) < count(*) OR count(DISTINCT person) > 1)
            FROM watchlist.photo WHERE entry_id = new.id
        )
    THEN
        RAISE EXCEPTION 'the photos of an entry show one person'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_photos_show_one_person';
    END IF;
    RETURN new;
END
$$;

CREATE TRIGGER guard_one_person BEFORE UPDATE ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_one_person();

-- An entry's rows of its import's report, which say what was found of its photos.
CREATE INDEX batch_item_of_entry ON watchlist.batch_item (entry_id) WHERE entry_id IS NOT NULL;

-- migrate:down

DROP INDEX watchlist.batch_item_of_entry;
DROP TRIGGER guard_one_person ON watchlist.entry;
DROP FUNCTION watchlist.guard_one_person();
DROP TRIGGER forget_comparison ON watchlist.photo;
DROP FUNCTION watchlist.forget_comparison();
ALTER TABLE watchlist.photo DROP COLUMN person;
