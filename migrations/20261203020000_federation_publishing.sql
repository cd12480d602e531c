-- migrate:up

-- Who published what for whom is in the audit: lists, hospitals, shares, and what is closed in a hospital's place. What an
-- entry says that travels is read by no person; that it was given away sealed is told by the program.
SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('federation.list_published', 'published a list for other hospitals'),
('federation.invited', 'asked to invite a hospital to a list'),
('federation.invitation_approved', 'approved the invitation of a hospital'),
('federation.admission_asked', 'asked to admit a hospital by its answer'),
('federation.admitted', 'admitted a hospital to a list'),
('federation.removed', 'put a hospital out of a list'),
('federation.share_asked', 'asked to share an entry'),
('federation.shared', 'approved that an entry is shared'),
('federation.share_withdrawn', 'withdrew an entry from a list'),
('federation.keys_destroyed', 'destroyed the travel keys of an entry'),
('federation.closing_asked', 'asked to close an erasure in a hospital''s place'),
('federation.closed_for', 'closed an erasure in a hospital''s place'),
('federation.closed', 'closed an erasure: nobody of the hospital holds the entry')
ON CONFLICT DO NOTHING;

INSERT INTO audit.action (code, title, noted_through) VALUES
('federation.carried', 'gave an entry, sealed, to be carried to hospitals', '{wardwatch_import}')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_shared_list() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details) VALUES (
        new.made_by_id, left(new.made_by_name, 200), 'federation.list_published', 'list', new.name,
        jsonb_build_object('silent_days', new.silent_days)
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_hospital() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    done text;
    actor uuid;
    actor_name text;
    told jsonb := jsonb_build_object('hospital', new.name);
BEGIN
    IF tg_op = 'INSERT' THEN
        done := 'federation.invited';
        actor := new.invited_by_id;
        actor_name := new.invited_by_name;
    ELSIF new.removed_at IS NOT NULL AND old.removed_at IS NULL THEN
        done := 'federation.removed';
        actor := new.removed_by_id;
        actor_name := new.removed_by_name;
    ELSIF new.admitted_at IS NOT NULL AND old.admitted_at IS NULL THEN
        done := 'federation.admitted';
        actor := new.admitted_by_id;
        actor_name := new.admitted_by_name;
    ELSIF new.answer IS DISTINCT FROM old.answer THEN
        done := 'federation.admission_asked';
        actor := new.admission_asked_by_id;
        actor_name := new.admission_asked_by_name;
        told := told || jsonb_build_object('answer', encode(sha256(new.answer), 'hex'));
    ELSIF new.invitation_approved_by_id IS NOT NULL AND old.invitation_approved_by_id IS NULL THEN
        done := 'federation.invitation_approved';
        actor := new.invitation_approved_by_id;
        actor_name := new.invitation_approved_by_name;
    ELSE
        RETURN NULL;
    END IF;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details) VALUES (
        actor, left(actor_name, 200), done, 'list', new.list, audit.words(new.removed_reason), told
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_share() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    done text;
    actor uuid;
    actor_name text;
BEGIN
    IF tg_op = 'UPDATE' AND new.travel_keys_destroyed_at IS NOT NULL AND old.travel_keys_destroyed_at IS NULL THEN
        done := 'federation.keys_destroyed';
        actor := audit.present_actor();
        actor_name := audit.present_actor_name();
    ELSIF new.withdrawn_at IS NOT NULL AND (tg_op = 'INSERT' OR old.withdrawn_at IS NULL) THEN
        done := 'federation.share_withdrawn';
        actor := new.withdrawn_by_id;
        actor_name := new.withdrawn_by_name;
    ELSIF new.approved_at IS NOT NULL AND (tg_op = 'INSERT' OR old.approved_at IS NULL) THEN
        done := 'federation.shared';
        actor := new.approved_by_id;
        actor_name := new.approved_by_name;
    ELSIF tg_op = 'INSERT'
        OR (new.asked_by_id, new.asked_at, new.hospitals) IS DISTINCT FROM (old.asked_by_id, old.asked_at, old.hospitals)
    THEN
        done := 'federation.share_asked';
        actor := new.asked_by_id;
        actor_name := new.asked_by_name;
    ELSE
        RETURN NULL;
    END IF;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details) VALUES (
        actor, left(actor_name, 200), done, 'entry', new.entry_id, audit.words(new.withdrawn_reason),
        jsonb_build_object('list', new.list, 'hospitals', new.hospitals)
    );
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_closing() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    done text;
    actor uuid;
    actor_name text;
    why text := '';
BEGIN
    IF new.closed_for_approved_by_id IS NOT NULL AND old.closed_for_approved_by_id IS NULL THEN
        done := 'federation.closed_for';
        actor := new.closed_for_approved_by_id;
        actor_name := new.closed_for_approved_by_name;
        why := new.closed_for_reason;
    ELSIF new.closed_for_by_id IS NOT NULL
        AND (new.closed_for_by_id, new.closed_for_reason) IS DISTINCT FROM (old.closed_for_by_id, old.closed_for_reason)
    THEN
        done := 'federation.closing_asked';
        actor := new.closed_for_by_id;
        actor_name := new.closed_for_by_name;
        why := new.closed_for_reason;
    ELSIF new.closed_at IS NOT NULL AND old.closed_at IS NULL THEN
        done := 'federation.closed';
        actor := audit.present_actor();
        actor_name := audit.present_actor_name();
    ELSE
        RETURN NULL;
    END IF;
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details) VALUES (
        actor, left(actor_name, 200), done, 'entry', new.entry_id, audit.words(why),
        jsonb_build_object('list', new.list, 'hospital', new.hospital)
    );
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_shared_list(), audit.write_hospital(), audit.write_share(), audit.write_closing()
FROM PUBLIC;
-- Only while the triggers below are made.
GRANT EXECUTE ON FUNCTION audit.write_shared_list(), audit.write_hospital(), audit.write_share(), audit.write_closing()
TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_list AFTER INSERT ON federation.list
FOR EACH ROW EXECUTE FUNCTION audit.write_shared_list();
ALTER TABLE federation.list ENABLE ALWAYS TRIGGER audit_list;
CREATE TRIGGER audit_hospital AFTER INSERT OR UPDATE ON federation.hospital
FOR EACH ROW EXECUTE FUNCTION audit.write_hospital();
ALTER TABLE federation.hospital ENABLE ALWAYS TRIGGER audit_hospital;
CREATE TRIGGER audit_share AFTER INSERT OR UPDATE ON federation.share
FOR EACH ROW EXECUTE FUNCTION audit.write_share();
ALTER TABLE federation.share ENABLE ALWAYS TRIGGER audit_share;
CREATE TRIGGER audit_closing AFTER UPDATE OF closed_at, closed_for_by_id, closed_for_reason, closed_for_approved_by_id
ON federation.holding
FOR EACH ROW EXECUTE FUNCTION audit.write_closing();
ALTER TABLE federation.holding ENABLE ALWAYS TRIGGER audit_closing;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_shared_list(), audit.write_hospital(), audit.write_share(), audit.write_closing()
FROM wardwatch_owner;
RESET ROLE;

-- migrate:down

DROP TRIGGER audit_list ON federation.list;
DROP TRIGGER audit_hospital ON federation.hospital;
DROP TRIGGER audit_share ON federation.share;
DROP TRIGGER audit_closing ON federation.holding;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_shared_list();
DROP FUNCTION audit.write_hospital();
DROP FUNCTION audit.write_share();
DROP FUNCTION audit.write_closing();
-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code LIKE 'federation.%' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
