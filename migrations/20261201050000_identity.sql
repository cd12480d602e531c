-- Who somebody is, and who may say what an account is for: passkeys, the identity of another sign-in, devices by name,
-- accounts kept on the page (docs/adr/0090).

-- migrate:up

ALTER TABLE accounts.account DROP CONSTRAINT account_role_check;
ALTER TABLE accounts.account
ADD CONSTRAINT account_role_check CHECK (
    role IN ('guard', 'reviewer', 'supervisor', 'administrator', 'auditor', 'watchlist_editor')
),
-- What the hospital's own sign-in says of this person, in the claim that is configured. Never made by signing in.
ADD COLUMN identity text UNIQUE
CONSTRAINT account_identity_is_short CHECK (length(identity) BETWEEN 1 AND 255),
-- Why it was last changed, where somebody said so.
ADD COLUMN changed_reason text CONSTRAINT account_changed_reason_is_short CHECK (length(changed_reason) <= 500);

ALTER TABLE accounts.session
-- What others call it by: the digest of its token stays here.
ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
ADD COLUMN way text NOT NULL DEFAULT 'code' CONSTRAINT session_way_is_known CHECK (way IN ('code', 'passkey', 'oidc')),
ADD COLUMN device text NOT NULL DEFAULT '' CONSTRAINT session_device_is_short CHECK (length(device) <= 60),
ADD COLUMN used_at timestamptz,
-- When its holder last proved with a passkey, or at the hospital's own sign-in, who they are.
ADD COLUMN proven_at timestamptz;

CREATE TABLE accounts.passkey (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    account_id uuid NOT NULL REFERENCES accounts.account,
    credential bytea NOT NULL UNIQUE CHECK (octet_length(credential) BETWEEN 1 AND 1023),
    public_key bytea NOT NULL CHECK (octet_length(public_key) <= 2000), -- COSE
    counter bigint NOT NULL CHECK (counter >= 0),
    name text NOT NULL CHECK (btrim(name) <> '' AND length(name) <= 60),
    rp_id text NOT NULL CHECK (length(rp_id) BETWEEN 1 AND 253), -- the host of the page it is good for
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz,
    -- When its counter went back: there is a copy of it, so neither is taken any more.
    copied_at timestamptz
);
CREATE INDEX passkey_of_account ON accounts.passkey (account_id);

-- Challenges and states that were answered: each is taken once. Who asks for one costs no row.
CREATE TABLE accounts.spent_ticket (
    sha256 bytea PRIMARY KEY CHECK (octet_length(sha256) = 32),
    until timestamptz NOT NULL
);
CREATE INDEX spent_ticket_until ON accounts.spent_ticket (until);

CREATE OR REPLACE VIEW accounts.open_session AS
SELECT
    h.token_sha256,
    h.account_id,
    h.name,
    h.role,
    h.expires_at,
    a.sites,
    s.id AS session_id,
    s.created_at,
    a.identity IS NOT NULL OR EXISTS (
        SELECT FROM accounts.passkey AS p WHERE p.account_id = a.id AND p.copied_at IS NULL
    ) AS asks_proof,
    s.proven_at + interval '10 minutes' AS proven_until
FROM accounts.session_holder AS h
INNER JOIN accounts.account AS a ON a.id = h.account_id
INNER JOIN accounts.session AS s ON s.token_sha256 = h.token_sha256;

-- Use is written down now and then, which nobody needs to hear of.
DROP TRIGGER announce ON accounts.session;
CREATE TRIGGER announce AFTER INSERT OR DELETE OR UPDATE OF ended_at, expires_at, proven_at ON accounts.session
FOR EACH ROW EXECUTE FUNCTION accounts.announce();
CREATE TRIGGER announce AFTER INSERT OR DELETE OR UPDATE OF copied_at ON accounts.passkey
FOR EACH ROW EXECUTE FUNCTION accounts.announce();

-- What hangs on a session, such as where its phone can be reached, goes with it.
CREATE FUNCTION accounts.forget_ended_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM accounts.session WHERE token_sha256 = new.token_sha256;
    RETURN NULL;
END
$$;
CREATE TRIGGER forget_ended AFTER UPDATE ON accounts.session
FOR EACH ROW WHEN (new.ended_at IS NOT NULL AND old.ended_at IS NULL)
EXECUTE FUNCTION accounts.forget_ended_session();

-- Refuses by a name that the services have words for.
CREATE FUNCTION accounts.refuse(p_rule text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'refused: %', p_rule USING ERRCODE = 'check_violation', CONSTRAINT = p_rule;
END
$$;

-- The account that has this token, which must be one of these roles; it acts from here on. Where *p_proven*, an account
-- that can prove who it is must have done so within ten minutes.
CREATE FUNCTION accounts.caller(p_token text, p_roles text [], p_proven boolean) RETURNS accounts.account
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_session accounts.open_session;
    v_account accounts.account;
BEGIN
    SELECT * INTO v_session FROM accounts.open_session WHERE token_sha256 = sha256(convert_to(p_token, 'UTF8'));
    IF v_session.account_id IS NULL THEN
        PERFORM accounts.refuse('session_over');
    END IF;
    IF p_roles IS NOT NULL AND NOT v_session.role = ANY (p_roles) THEN
        PERFORM accounts.refuse('account_role');
    END IF;
    IF p_proven AND v_session.asks_proof AND coalesce(v_session.proven_until, '-infinity') < now() THEN
        PERFORM accounts.refuse('proof_needed');
    END IF;
    SELECT * INTO STRICT v_account FROM accounts.account WHERE id = v_session.account_id;
    PERFORM audit.acting(v_account.id, v_account.name);
    RETURN v_account;
END
$$;

-- Whether these sites are all among those of an account.
CREATE FUNCTION accounts.covers(p_actor accounts.account, p_sites text []) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
SELECT p_actor.sites IS NULL OR coalesce(p_sites <@ p_actor.sites, false)
$$;

-- Who keeps whose account: an administrator those of their sites, a supervisor guards and reviewers of theirs.
CREATE FUNCTION accounts.keeps(p_actor accounts.account, p_subject accounts.account) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
SELECT accounts.covers(p_actor, p_subject.sites) AND (
    p_actor.role = 'administrator' OR (p_actor.role = 'supervisor' AND p_subject.role IN ('guard', 'reviewer'))
)
$$;

-- Who sees whose account: oneself, whoever keeps it, and an auditor of its sites.
CREATE FUNCTION accounts.sees(p_actor accounts.account, p_subject accounts.account) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
SELECT p_actor.id = p_subject.id OR accounts.keeps(p_actor, p_subject)
    OR (p_actor.role = 'auditor' AND accounts.covers(p_actor, p_subject.sites))
$$;

-- The account that somebody is about to act on. What they do not see is not there.
CREATE FUNCTION accounts.kept(p_actor accounts.account, p_account uuid, p_own boolean) RETURNS accounts.account
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account accounts.account;
BEGIN
    SELECT * INTO v_account FROM accounts.account WHERE id = p_account;
    IF v_account.id IS NULL OR NOT accounts.sees(p_actor, v_account) THEN
        PERFORM accounts.refuse('no_account');
    ELSIF v_account.id = p_actor.id THEN
        IF NOT p_own THEN
            PERFORM accounts.refuse('own_account');
        END IF;
    ELSIF NOT accounts.keeps(p_actor, v_account) THEN
        PERFORM accounts.refuse('account_of_others');
    END IF;
    RETURN v_account;
END
$$;

-- A challenge or state is answered once, and while it holds.
CREATE FUNCTION accounts.spend(p_ticket_sha256 bytea, p_until timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF p_until <= now() OR p_until > now() + interval '1 hour' THEN
        PERFORM accounts.refuse('ticket_over');
    END IF;
    DELETE FROM accounts.spent_ticket WHERE until < now() - interval '1 hour';
    INSERT INTO accounts.spent_ticket (sha256, until) VALUES (p_ticket_sha256, p_until) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        PERFORM accounts.refuse('ticket_spent');
    END IF;
END
$$;

-- Accounts as somebody sees them; one of them, where it is named.
CREATE FUNCTION accounts.listed(p_token text, p_account uuid) RETURNS TABLE (
    id uuid, name text, role text, sites text [], created_at timestamptz, disabled_at timestamptz, disabled_reason text,
    identity text, sessions bigint, used_at timestamptz, invited boolean, passkeys bigint, kept boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, false);
BEGIN
    RETURN QUERY
    SELECT
        a.id, a.name, a.role, a.sites, a.created_at, a.disabled_at, a.disabled_reason,
        CASE WHEN v_actor.role IN ('administrator', 'auditor') THEN a.identity END,
        (SELECT count(*) FROM accounts.session_holder AS h WHERE h.account_id = a.id),
        (SELECT max(s.used_at) FROM accounts.session AS s WHERE s.account_id = a.id),
        EXISTS (SELECT FROM accounts.code AS c WHERE c.account_id = a.id AND c.spent_at IS NULL AND c.expires_at > now()),
        (SELECT count(*) FROM accounts.passkey AS p WHERE p.account_id = a.id),
        a.id <> v_actor.id AND accounts.keeps(v_actor, a)
    FROM accounts.account AS a
    WHERE accounts.sees(v_actor, a) AND (p_account IS NULL OR a.id = p_account)
    ORDER BY a.disabled_at IS NOT NULL, a.name;
    IF NOT FOUND AND p_account IS NOT NULL THEN
        PERFORM accounts.refuse('no_account');
    END IF;
END
$$;

-- Where an account is signed in.
CREATE FUNCTION accounts.devices(p_token text, p_account uuid) RETURNS TABLE (
    id uuid, device text, way text, created_at timestamptz, used_at timestamptz, expires_at timestamptz, own boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, false);
BEGIN
    RETURN QUERY
    SELECT
        s.id, s.device, s.way, s.created_at, s.used_at, s.expires_at,
        s.token_sha256 = sha256(convert_to(p_token, 'UTF8'))
    FROM accounts.session AS s INNER JOIN accounts.account AS a ON a.id = s.account_id
    WHERE a.id = p_account AND accounts.sees(v_actor, a) AND s.ended_at IS NULL AND s.expires_at > now()
        AND a.disabled_at IS NULL
    ORDER BY s.created_at;
END
$$;

-- What an account can prove who it is with.
CREATE FUNCTION accounts.passkeys(p_token text, p_account uuid) RETURNS TABLE (
    id uuid, credential bytea, name text, rp_id text, created_at timestamptz, used_at timestamptz, copied_at timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, false);
BEGIN
    RETURN QUERY
    SELECT p.id, p.credential, p.name, p.rp_id, p.created_at, p.used_at, p.copied_at
    FROM accounts.passkey AS p INNER JOIN accounts.account AS a ON a.id = p.account_id
    WHERE a.id = p_account AND accounts.sees(v_actor, a)
    ORDER BY p.created_at, p.id;
END
$$;

-- Adds an account, without a code.
CREATE FUNCTION accounts.add(p_token text, p_name text, p_role text, p_sites text [], p_identity text) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, '{administrator}', true);
    v_account uuid;
BEGIN
    IF NOT accounts.covers(v_actor, p_sites) THEN
        PERFORM accounts.refuse('sites_of_others');
    END IF;
    IF EXISTS (SELECT FROM accounts.account WHERE name = p_name) THEN
        PERFORM accounts.refuse('account_exists');
    END IF;
    IF EXISTS (SELECT FROM accounts.account WHERE identity = p_identity) THEN
        PERFORM accounts.refuse('identity_taken');
    END IF;
    INSERT INTO accounts.account (name, role, sites, identity) VALUES (p_name, p_role, p_sites, p_identity)
    RETURNING id INTO v_account;
    RETURN v_account;
EXCEPTION WHEN unique_violation THEN -- somebody was faster
    PERFORM accounts.refuse('account_exists');
END
$$;

-- Says what another's account is for from now on, also where it is signed in.
CREATE FUNCTION accounts.change(
    p_token text, p_account uuid, p_role text, p_sites text [], p_identity text, p_reason text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account;
    v_account accounts.account;
BEGIN
    -- Who is being changed meanwhile is asked who they are after that.
    LOCK TABLE accounts.account IN SHARE ROW EXCLUSIVE MODE;
    v_actor := accounts.caller(p_token, '{administrator}', true);
    v_account := accounts.kept(v_actor, p_account, false);
    IF NOT accounts.covers(v_actor, p_sites) THEN
        PERFORM accounts.refuse('sites_of_others');
    END IF;
    IF EXISTS (SELECT FROM accounts.account WHERE identity = p_identity AND id <> v_account.id) THEN
        PERFORM accounts.refuse('identity_taken');
    END IF;
    UPDATE accounts.account SET role = p_role, sites = p_sites, identity = p_identity, changed_reason = p_reason
    WHERE id = v_account.id;
END
$$;

-- Disables another's account: its sessions end, its codes are void. Nobody disables themselves, so that one is left.
CREATE FUNCTION accounts.shut_out(p_token text, p_account uuid, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account;
    v_account accounts.account;
BEGIN
    LOCK TABLE accounts.account IN SHARE ROW EXCLUSIVE MODE;
    v_actor := accounts.caller(p_token, '{administrator}', true);
    v_account := accounts.kept(v_actor, p_account, false);
    PERFORM accounts.disable(v_account.name, p_reason, false);
EXCEPTION WHEN restrict_violation THEN
    PERFORM accounts.refuse('last_administrator');
END
$$;

-- Opens a disabled account again, without a session or a code.
CREATE FUNCTION accounts.let_in(p_token text, p_account uuid, p_reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, '{administrator}', true);
    v_account accounts.account := accounts.kept(v_actor, p_account, false);
BEGIN
    UPDATE accounts.account SET disabled_at = NULL, disabled_reason = NULL, changed_reason = p_reason
    WHERE id = v_account.id AND disabled_at IS NOT NULL;
END
$$;

-- Hands another's account a one-time code; codes from before are void. Returns until when it is taken.
CREATE FUNCTION accounts.make_code(p_token text, p_account uuid, p_code_sha256 bytea) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, '{supervisor,administrator}', true);
    v_account accounts.account := accounts.kept(v_actor, p_account, false);
BEGIN
    IF v_account.disabled_at IS NOT NULL THEN
        PERFORM accounts.refuse('account_disabled');
    END IF;
    PERFORM accounts.invite(v_account.name, p_code_sha256, now() + interval '24 hours');
    RETURN now() + interval '24 hours';
END
$$;

-- Calls one of one's own devices something; without a device, the one that asks.
CREATE FUNCTION accounts.name_device(p_token text, p_session uuid, p_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, false);
BEGIN
    UPDATE accounts.session SET device = p_name
    WHERE account_id = v_actor.id AND ended_at IS NULL AND CASE
        WHEN p_session IS NULL THEN token_sha256 = sha256(convert_to(p_token, 'UTF8')) ELSE id = p_session
    END;
    IF NOT FOUND THEN
        PERFORM accounts.refuse('no_device');
    END IF;
END
$$;

-- Signs one device of an account out.
CREATE FUNCTION accounts.end_device(p_token text, p_account uuid, p_session uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, false);
    v_account accounts.account := accounts.kept(v_actor, p_account, true);
BEGIN
    UPDATE accounts.session SET ended_at = now()
    WHERE id = p_session AND account_id = v_account.id AND ended_at IS NULL AND expires_at > now();
    IF NOT FOUND THEN
        PERFORM accounts.refuse('no_device');
    END IF;
END
$$;

-- A phone is lost: every device of the account is signed out, and no code is taken; how many devices.
CREATE FUNCTION accounts.lose_devices(p_token text, p_account uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, false);
    v_account accounts.account := accounts.kept(v_actor, p_account, true);
BEGIN
    UPDATE accounts.code SET spent_at = now() WHERE account_id = v_account.id AND spent_at IS NULL;
    RETURN accounts.sign_out(v_account.name);
END
$$;

-- Says of these sessions that they were used by now.
CREATE FUNCTION accounts.note_use(p_tokens_sha256 bytea []) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
UPDATE accounts.session SET used_at = now() WHERE token_sha256 = ANY (p_tokens_sha256) AND ended_at IS NULL
$$;

-- Takes a new passkey of one's own. Who has another way to prove who they are has just done so; who has none signed in
-- within the hour, so that a phone that lies about opens no way in for later.
CREATE FUNCTION accounts.add_passkey(
    p_token text, p_ticket_sha256 bytea, p_until timestamptz, p_credential bytea, p_public_key bytea, p_counter bigint,
    p_name text, p_rp_id text
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, true);
    v_session accounts.open_session;
    v_passkey uuid;
BEGIN
    SELECT * INTO STRICT v_session FROM accounts.open_session
    WHERE token_sha256 = sha256(convert_to(p_token, 'UTF8'));
    IF NOT v_session.asks_proof AND v_session.created_at < now() - interval '1 hour' THEN
        PERFORM accounts.refuse('signed_in_long_ago');
    END IF;
    PERFORM accounts.spend(p_ticket_sha256, p_until);
    PERFORM FROM accounts.account WHERE id = v_actor.id FOR UPDATE;
    IF (SELECT count(*) FROM accounts.passkey WHERE account_id = v_actor.id) >= 10 THEN
        PERFORM accounts.refuse('passkeys_full');
    END IF;
    IF EXISTS (SELECT FROM accounts.passkey WHERE credential = p_credential) THEN
        PERFORM accounts.refuse('passkey_known');
    END IF;
    INSERT INTO accounts.passkey (account_id, credential, public_key, counter, name, rp_id)
    VALUES (v_actor.id, p_credential, p_public_key, p_counter, p_name, p_rp_id) RETURNING id INTO v_passkey;
    UPDATE accounts.session SET proven_at = now() WHERE token_sha256 = v_session.token_sha256;
    RETURN v_passkey;
EXCEPTION WHEN unique_violation THEN -- somebody was faster
    PERFORM accounts.refuse('passkey_known');
END
$$;

CREATE FUNCTION accounts.remove_passkey(p_token text, p_account uuid, p_passkey uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, true);
    v_account accounts.account := accounts.kept(v_actor, p_account, true);
BEGIN
    DELETE FROM accounts.passkey WHERE id = p_passkey AND account_id = v_account.id;
    IF NOT FOUND THEN
        PERFORM accounts.refuse('no_passkey');
    END IF;
END
$$;

-- What an answer of this passkey is checked with.
CREATE FUNCTION accounts.passkey_of(p_credential bytea) RETURNS TABLE (
    id uuid, account_id uuid, public_key bytea, counter bigint, rp_id text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT p.id, p.account_id, p.public_key, p.counter, p.rp_id FROM accounts.passkey AS p
INNER JOIN accounts.account AS a ON a.id = p.account_id
WHERE p.credential = p_credential AND p.copied_at IS NULL AND a.disabled_at IS NULL
$$;

-- Counts an answer of a passkey; the account. One that counts backwards is copied: it is not taken any more.
CREATE FUNCTION accounts.answer(p_passkey uuid, p_counter bigint) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_passkey accounts.passkey;
BEGIN
    SELECT p.* INTO v_passkey FROM accounts.passkey AS p INNER JOIN accounts.account AS a ON a.id = p.account_id
    WHERE p.id = p_passkey AND p.copied_at IS NULL AND a.disabled_at IS NULL FOR UPDATE OF p;
    IF v_passkey.id IS NULL THEN
        RETURN NULL;
    END IF;
    IF p_counter <= v_passkey.counter AND (p_counter, v_passkey.counter) <> (0, 0) THEN
        UPDATE accounts.passkey SET copied_at = now() WHERE id = v_passkey.id;
        RETURN NULL;
    END IF;
    UPDATE accounts.passkey SET counter = p_counter, used_at = now() WHERE id = v_passkey.id;
    RETURN v_passkey.account_id;
END
$$;

-- Opens a session for who has answered with a passkey; no row when it is not taken.
CREATE FUNCTION accounts.open_by_passkey(
    p_passkey uuid, p_counter bigint, p_ticket_sha256 bytea, p_until timestamptz, p_token_sha256 bytea, p_life interval
) RETURNS SETOF accounts.session_holder
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid;
BEGIN
    PERFORM accounts.spend(p_ticket_sha256, p_until);
    v_account := accounts.answer(p_passkey, p_counter);
    IF v_account IS NOT NULL THEN
        INSERT INTO accounts.session (token_sha256, account_id, expires_at, way, proven_at)
        VALUES (p_token_sha256, v_account, now() + least(p_life, interval '24 hours'), 'passkey', now());
    END IF;
    RETURN QUERY SELECT h.* FROM accounts.session_holder AS h
    WHERE h.token_sha256 = p_token_sha256 AND v_account IS NOT NULL;
END
$$;

-- Opens a session for whom the hospital's own sign-in names; no row when no account is theirs.
CREATE FUNCTION accounts.open_by_identity(
    p_identity text, p_ticket_sha256 bytea, p_until timestamptz, p_token_sha256 bytea, p_life interval
) RETURNS SETOF accounts.session_holder
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_account uuid;
BEGIN
    PERFORM accounts.spend(p_ticket_sha256, p_until);
    INSERT INTO accounts.session (token_sha256, account_id, expires_at, way, proven_at)
    SELECT p_token_sha256, a.id, now() + least(p_life, interval '24 hours'), 'oidc', now()
    FROM accounts.account AS a WHERE a.identity = p_identity AND a.disabled_at IS NULL
    RETURNING account_id INTO v_account;
    RETURN QUERY SELECT h.* FROM accounts.session_holder AS h
    WHERE h.token_sha256 = p_token_sha256 AND v_account IS NOT NULL;
END
$$;

-- Who has this token has just proven who they are; false when it was somebody else.
CREATE FUNCTION accounts.prove_by_passkey(
    p_token text, p_passkey uuid, p_counter bigint, p_ticket_sha256 bytea, p_until timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, false);
    v_account uuid;
BEGIN
    PERFORM accounts.spend(p_ticket_sha256, p_until);
    v_account := accounts.answer(p_passkey, p_counter);
    IF v_account IS DISTINCT FROM v_actor.id THEN
        RETURN false;
    END IF;
    UPDATE accounts.session SET proven_at = now() WHERE token_sha256 = sha256(convert_to(p_token, 'UTF8'));
    RETURN true;
END
$$;

CREATE FUNCTION accounts.prove_by_identity(
    p_token text, p_identity text, p_ticket_sha256 bytea, p_until timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, NULL, false);
BEGIN
    PERFORM accounts.spend(p_ticket_sha256, p_until);
    IF v_actor.identity IS DISTINCT FROM p_identity THEN
        RETURN false;
    END IF;
    UPDATE accounts.session SET proven_at = now() WHERE token_sha256 = sha256(convert_to(p_token, 'UTF8'));
    RETURN true;
END
$$;

-- Whom the hospital's own sign-in calls how, for the command line; none: it lets nobody in as this account.
CREATE FUNCTION accounts.set_identity(p_name text, p_identity text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    UPDATE accounts.account SET identity = p_identity WHERE name = p_name;
    IF NOT found THEN
        RAISE EXCEPTION 'no account is named %', p_name USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

-- Who may judge an incident. Who may go there is still the table's own trigger's to say: a reviewer goes nowhere.
CREATE OR REPLACE FUNCTION accounts.responder(p_token text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT h.account_id FROM accounts.session_holder AS h
WHERE h.token_sha256 = sha256(convert_to(p_token, 'UTF8'))
    AND h.role IN ('guard', 'reviewer', 'supervisor', 'administrator')
$$;
CREATE FUNCTION alerts.judged_by_a_reviewer() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM accounts.account
        WHERE id = new.account_id AND role IN ('guard', 'reviewer', 'supervisor', 'administrator')
    ) THEN
        RAISE EXCEPTION 'this account does not judge alerts' USING ERRCODE = 'check_violation';
    END IF;
    RETURN new;
END
$$;
DROP TRIGGER answered_by_a_responder ON alerts.review;
CREATE TRIGGER judged_by_a_reviewer BEFORE INSERT ON alerts.review
FOR EACH ROW EXECUTE FUNCTION alerts.judged_by_a_reviewer();

-- Whoever approves is no account whose role is not for it, whatever a program does.
CREATE FUNCTION watchlist.approved_by_a_keeper() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_approver uuid := CASE tg_table_name
        WHEN 'entry' THEN to_jsonb(new) ->> 'approver_id' ELSE to_jsonb(new) ->> 'approved_by_id'
    END;
BEGIN
    IF EXISTS (
        SELECT FROM accounts.account WHERE id = v_approver AND role NOT IN ('supervisor', 'administrator')
    ) THEN
        IF tg_table_name = 'entry' THEN
            RAISE EXCEPTION 'this account approves nothing' USING
                ERRCODE = 'check_violation', CONSTRAINT = 'entry_approver_may_approve';
        END IF;
        RAISE EXCEPTION 'this account approves nothing' USING
            ERRCODE = 'check_violation', CONSTRAINT = 'threshold_approver_may_approve';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER approved_by_a_keeper BEFORE INSERT OR UPDATE OF approver_id ON watchlist.entry
FOR EACH ROW EXECUTE FUNCTION watchlist.approved_by_a_keeper();
CREATE TRIGGER approved_by_a_keeper BEFORE INSERT OR UPDATE OF approved_by_id ON watchlist.threshold
FOR EACH ROW EXECUTE FUNCTION watchlist.approved_by_a_keeper();

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
('passkey.added', 'added a passkey'),
('passkey.removed', 'removed a passkey'),
('passkey.copied', 'answered with a passkey of which there is a copy'),
('session.proven', 'proved who they are, to do what asks for it')
ON CONFLICT DO NOTHING;

CREATE OR REPLACE FUNCTION audit.write_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    -- Whether it may come in by the hospital's own sign-in; not as whom, which may be a mail address.
    told jsonb := jsonb_build_object('account', new.name, 'role', new.role)
    || CASE WHEN new.sites IS NULL THEN '{}' ELSE jsonb_build_object('sites', new.sites) END
    || CASE WHEN new.identity IS NULL THEN '{}'::jsonb ELSE '{"identity": true}'::jsonb END;
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (audit.present_actor(), audit.present_actor_name(), 'account.added', 'account', new.id, told);
        RETURN NULL;
    END IF;
    IF (new.name, new.role, new.sites, new.identity) IS DISTINCT FROM (old.name, old.role, old.sites, old.identity) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(), 'account.changed', 'account', new.id,
            audit.words(CASE WHEN new.changed_reason IS DISTINCT FROM old.changed_reason THEN new.changed_reason END),
            told || jsonb_build_object('was_account', old.name, 'was_role', old.role)
            || CASE WHEN new.sites IS DISTINCT FROM old.sites
                THEN jsonb_build_object('was_sites', coalesce(to_jsonb(old.sites), '"every"')) ELSE '{}'
            END
            || CASE WHEN new.identity IS DISTINCT FROM old.identity
                THEN jsonb_build_object('was_identity', old.identity IS NOT NULL) ELSE '{}'
            END
        );
    END IF;
    IF (new.disabled_at IS NULL) <> (old.disabled_at IS NULL) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(),
            CASE WHEN new.disabled_at IS NULL THEN 'account.enabled' ELSE 'account.disabled' END,
            'account', new.id, audit.words(
                CASE WHEN new.disabled_at IS NOT NULL THEN new.disabled_reason
                    WHEN new.changed_reason IS DISTINCT FROM old.changed_reason THEN new.changed_reason END
            ), told
        );
    END IF;
    RETURN NULL;
END
$$;

-- Who acts is now said to the database only by its own functions, which know the token: so also for the alerts service.
CREATE OR REPLACE FUNCTION audit.write_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    another boolean := audit.somebody_acts() AND tg_op <> 'INSERT'
    AND (session_user <> 'wardwatch_alerts' OR audit.present_actor() IS NOT NULL);
    done text := CASE WHEN tg_op = 'INSERT' THEN 'session.opened'
        WHEN new.ended_at IS NULL THEN 'session.proven' ELSE 'session.ended' END;
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT CASE WHEN another THEN audit.present_actor() ELSE a.id END,
        CASE WHEN another THEN audit.present_actor_name() ELSE a.name END,
        done, 'account', a.id,
        jsonb_build_object('account', a.name, 'expires_at', audit.moment(new.expires_at))
        || CASE WHEN new.way = 'code' THEN '{}' ELSE jsonb_build_object('way', new.way) END
    FROM accounts.account AS a WHERE a.id = new.account_id;
    RETURN NULL;
END
$$;

CREATE FUNCTION audit.write_passkey() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    passkey accounts.passkey := coalesce(new, old);
BEGIN
    INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
    SELECT coalesce(audit.present_actor(), CASE WHEN audit.somebody_acts() THEN NULL ELSE a.id END),
        CASE WHEN audit.somebody_acts() THEN audit.present_actor_name() ELSE a.name END,
        CASE tg_op WHEN 'INSERT' THEN 'passkey.added' WHEN 'DELETE' THEN 'passkey.removed' ELSE 'passkey.copied' END,
        'account', a.id, jsonb_build_object('account', a.name, 'passkey', passkey.id)
    FROM accounts.account AS a WHERE a.id = passkey.account_id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION audit.write_passkey() FROM PUBLIC;

-- What was done to and by way of one account, newest first.
CREATE FUNCTION audit.of_account(p_account uuid, p_most integer) RETURNS TABLE (
    sequence bigint, at timestamptz, actor_name text, action text, reason text, details jsonb
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT e.sequence, e.at, e.actor_name, e.action, e.reason, e.details FROM audit.event AS e
WHERE e.subject_kind = 'account' AND e.subject = p_account::text
ORDER BY e.sequence DESC LIMIT p_most
$$;
REVOKE EXECUTE ON FUNCTION audit.of_account(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.of_account(uuid, integer), audit.write_passkey(), audit.write_session()
TO wardwatch_owner;

RESET ROLE;

GRANT USAGE ON TYPE accounts.passkey TO wardwatch_keeper;
CREATE TRIGGER audit_passkey_added AFTER INSERT ON accounts.passkey
FOR EACH ROW EXECUTE FUNCTION audit.write_passkey();
CREATE TRIGGER audit_passkey_removed AFTER DELETE ON accounts.passkey
FOR EACH ROW EXECUTE FUNCTION audit.write_passkey();
CREATE TRIGGER audit_passkey_copied AFTER UPDATE ON accounts.passkey
FOR EACH ROW WHEN (new.copied_at IS NOT NULL AND old.copied_at IS NULL) EXECUTE FUNCTION audit.write_passkey();
CREATE TRIGGER audit_session_proven AFTER UPDATE ON accounts.session
FOR EACH ROW WHEN (new.proven_at IS DISTINCT FROM old.proven_at) EXECUTE FUNCTION audit.write_session();
ALTER TABLE accounts.passkey ENABLE ALWAYS TRIGGER audit_passkey_added;
ALTER TABLE accounts.passkey ENABLE ALWAYS TRIGGER audit_passkey_removed;
ALTER TABLE accounts.passkey ENABLE ALWAYS TRIGGER audit_passkey_copied;
ALTER TABLE accounts.session ENABLE ALWAYS TRIGGER audit_session_proven;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_passkey(), audit.write_session() FROM wardwatch_owner;
RESET ROLE;

CREATE FUNCTION accounts.history(p_token text, p_account uuid) RETURNS TABLE (
    sequence bigint, at timestamptz, actor_name text, action text, reason text, details jsonb
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    v_actor accounts.account := accounts.caller(p_token, '{administrator,auditor}', false);
    v_account accounts.account;
BEGIN
    SELECT * INTO v_account FROM accounts.account WHERE id = p_account;
    IF v_account.id IS NULL OR NOT accounts.sees(v_actor, v_account) THEN
        PERFORM accounts.refuse('no_account');
    END IF;
    RETURN QUERY SELECT h.* FROM audit.of_account(p_account, 200) AS h;
END
$$;

REVOKE EXECUTE ON FUNCTION alerts.judged_by_a_reviewer(), watchlist.approved_by_a_keeper(),
accounts.forget_ended_session(), accounts.refuse(text), accounts.caller(text, text [], boolean),
accounts.covers(accounts.account, text []), accounts.keeps(accounts.account, accounts.account),
accounts.sees(accounts.account, accounts.account), accounts.kept(accounts.account, uuid, boolean),
accounts.spend(bytea, timestamptz), accounts.answer(uuid, bigint), accounts.set_identity(text, text),
accounts.listed(text, uuid), accounts.devices(text, uuid), accounts.passkeys(text, uuid), accounts.history(text, uuid),
accounts.add(text, text, text, text [], text), accounts.change(text, uuid, text, text [], text, text),
accounts.shut_out(text, uuid, text), accounts.let_in(text, uuid, text), accounts.make_code(text, uuid, bytea),
accounts.name_device(text, uuid, text), accounts.end_device(text, uuid, uuid), accounts.lose_devices(text, uuid),
accounts.note_use(bytea []),
accounts.add_passkey(text, bytea, timestamptz, bytea, bytea, bigint, text, text),
accounts.remove_passkey(text, uuid, uuid), accounts.passkey_of(bytea),
accounts.open_by_passkey(uuid, bigint, bytea, timestamptz, bytea, interval),
accounts.open_by_identity(text, bytea, timestamptz, bytea, interval),
accounts.prove_by_passkey(text, uuid, bigint, bytea, timestamptz),
accounts.prove_by_identity(text, text, bytea, timestamptz)
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
accounts.listed(text, uuid), accounts.devices(text, uuid), accounts.passkeys(text, uuid), accounts.history(text, uuid),
accounts.add(text, text, text, text [], text), accounts.change(text, uuid, text, text [], text, text),
accounts.shut_out(text, uuid, text), accounts.let_in(text, uuid, text), accounts.make_code(text, uuid, bytea),
accounts.name_device(text, uuid, text), accounts.end_device(text, uuid, uuid), accounts.lose_devices(text, uuid),
accounts.note_use(bytea []),
accounts.add_passkey(text, bytea, timestamptz, bytea, bytea, bigint, text, text),
accounts.remove_passkey(text, uuid, uuid), accounts.passkey_of(bytea),
accounts.open_by_passkey(uuid, bigint, bytea, timestamptz, bytea, interval),
accounts.open_by_identity(text, bytea, timestamptz, bytea, interval),
accounts.prove_by_passkey(text, uuid, bigint, bytea, timestamptz),
accounts.prove_by_identity(text, text, bytea, timestamptz)
TO wardwatch_alerts;
GRANT SELECT (id, account_id) ON accounts.passkey TO wardwatch_audit;

-- migrate:down

REVOKE SELECT (id, account_id) ON accounts.passkey FROM wardwatch_audit;
DROP FUNCTION accounts.history(text, uuid);
DROP TRIGGER approved_by_a_keeper ON watchlist.threshold;
DROP TRIGGER approved_by_a_keeper ON watchlist.entry;
DROP FUNCTION watchlist.approved_by_a_keeper();
DROP TRIGGER judged_by_a_reviewer ON alerts.review;
DROP FUNCTION alerts.judged_by_a_reviewer();
CREATE TRIGGER answered_by_a_responder BEFORE INSERT ON alerts.review
FOR EACH ROW EXECUTE FUNCTION alerts.answered_by_a_responder();
CREATE OR REPLACE FUNCTION accounts.responder(p_token text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
SELECT h.account_id FROM accounts.session_holder AS h
WHERE h.token_sha256 = sha256(convert_to(p_token, 'UTF8')) AND h.role IN ('guard', 'supervisor', 'administrator')
$$;

DROP TRIGGER audit_session_proven ON accounts.session;
DROP TRIGGER audit_passkey_copied ON accounts.passkey;
DROP TRIGGER audit_passkey_removed ON accounts.passkey;
DROP TRIGGER audit_passkey_added ON accounts.passkey;

-- Who was a reviewer or an editor keeps the fewest rights there were.
UPDATE accounts.account SET role = 'auditor' WHERE role IN ('reviewer', 'watchlist_editor');

SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.of_account(uuid, integer);
DROP FUNCTION audit.write_passkey();
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
CREATE OR REPLACE FUNCTION audit.write_account() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('account', new.name, 'role', new.role)
    || CASE WHEN new.sites IS NULL THEN '{}' ELSE jsonb_build_object('sites', new.sites) END;
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (audit.present_actor(), audit.present_actor_name(), 'account.added', 'account', new.id, told);
        RETURN NULL;
    END IF;
    IF (new.name, new.role, new.sites) IS DISTINCT FROM (old.name, old.role, old.sites) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(), 'account.changed', 'account', new.id,
            told || jsonb_build_object('was_account', old.name, 'was_role', old.role)
            || CASE WHEN new.sites IS DISTINCT FROM old.sites
                THEN jsonb_build_object('was_sites', coalesce(to_jsonb(old.sites), '"every"')) ELSE '{}'
            END
        );
    END IF;
    IF (new.disabled_at IS NULL) <> (old.disabled_at IS NULL) THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            audit.present_actor(), audit.present_actor_name(),
            CASE WHEN new.disabled_at IS NULL THEN 'account.enabled' ELSE 'account.disabled' END,
            'account', new.id, audit.words(new.disabled_reason), told
        );
    END IF;
    RETURN NULL;
END
$$;
-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code IN ('passkey.added', 'passkey.removed', 'passkey.copied', 'session.proven') AND NOT EXISTS (
    SELECT FROM audit.event AS e WHERE e.action = a.code
);
RESET ROLE;

DROP FUNCTION accounts.set_identity(text, text), accounts.prove_by_identity(text, text, bytea, timestamptz),
accounts.prove_by_passkey(text, uuid, bigint, bytea, timestamptz),
accounts.open_by_identity(text, bytea, timestamptz, bytea, interval),
accounts.open_by_passkey(uuid, bigint, bytea, timestamptz, bytea, interval), accounts.answer(uuid, bigint),
accounts.passkey_of(bytea), accounts.remove_passkey(text, uuid, uuid),
accounts.add_passkey(text, bytea, timestamptz, bytea, bytea, bigint, text, text), accounts.note_use(bytea []),
accounts.lose_devices(text, uuid), accounts.end_device(text, uuid, uuid), accounts.name_device(text, uuid, text),
accounts.make_code(text, uuid, bytea), accounts.let_in(text, uuid, text), accounts.shut_out(text, uuid, text),
accounts.change(text, uuid, text, text [], text, text), accounts.add(text, text, text, text [], text),
accounts.passkeys(text, uuid), accounts.devices(text, uuid), accounts.listed(text, uuid),
accounts.spend(bytea, timestamptz), accounts.kept(accounts.account, uuid, boolean),
accounts.sees(accounts.account, accounts.account), accounts.keeps(accounts.account, accounts.account),
accounts.covers(accounts.account, text []), accounts.caller(text, text [], boolean), accounts.refuse(text);
DROP TRIGGER forget_ended ON accounts.session;
DROP FUNCTION accounts.forget_ended_session();
DROP TRIGGER announce ON accounts.session;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON accounts.session
FOR EACH ROW EXECUTE FUNCTION accounts.announce();
DROP VIEW accounts.open_session;
CREATE VIEW accounts.open_session AS
SELECT
    h.token_sha256,
    h.account_id,
    h.name,
    h.role,
    h.expires_at,
    a.sites
FROM accounts.session_holder AS h
INNER JOIN accounts.account AS a ON a.id = h.account_id;
GRANT SELECT ON accounts.open_session TO wardwatch_alerts, wardwatch_import;
DROP TABLE accounts.spent_ticket;
DROP TABLE accounts.passkey;
ALTER TABLE accounts.session DROP COLUMN proven_at, DROP COLUMN used_at, DROP COLUMN device, DROP COLUMN way,
DROP COLUMN id;
ALTER TABLE accounts.account DROP COLUMN changed_reason, DROP COLUMN identity, DROP CONSTRAINT account_role_check;
ALTER TABLE accounts.account
ADD CONSTRAINT account_role_check CHECK (role IN ('guard', 'supervisor', 'administrator', 'auditor'));
