-- Who may sign in: accounts, one-time codes, sessions. Owned by the alerts service.
--
-- Codes and tokens are never stored, only their SHA-256: both are random enough that a plain hash cannot be
-- searched (a code has 59 bits and lives a day; a token has 256).

-- migrate:up
create schema accounts;

create table accounts.account (
    id uuid primary key default gen_random_uuid(),
    -- Safe as a file name, because the command line keeps a token under it.
    name text not null unique check (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
    role text not null check (role in ('guard', 'supervisor', 'administrator', 'auditor')),
    created_at timestamptz not null default now(),
    -- A disabled account is nobody's: its sessions are over, its codes void. What it did before stands.
    disabled_at timestamptz,
    disabled_reason text check (btrim(disabled_reason) <> '' and length(disabled_reason) <= 500),
    constraint account_is_disabled_for_a_reason check ((disabled_at is null) = (disabled_reason is null))
);

create table accounts.code (
    sha256 bytea primary key check (octet_length(sha256) = 32),
    account_id uuid not null references accounts.account,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at <= created_at + interval '24 hours'),
    -- Single use: set once, by the session it was exchanged for, by a later invitation, or when the account is disabled.
    spent_at timestamptz
);

create index code_of_account on accounts.code (account_id);

create table accounts.session (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    account_id uuid not null references accounts.account,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at > created_at),
    ended_at timestamptz
);

create index session_of_account on accounts.session (account_id);

-- Whose token this is. Runs with its owner's rights, so that a reader needs no right on the tables.
create view accounts.session_holder as
select s.token_sha256, a.id as account_id, a.name, a.role, s.expires_at
from accounts.session s
join accounts.account a on a.id = s.account_id
where s.ended_at is null and s.expires_at > now() and a.disabled_at is null;

-- Hands an existing account a new one-time code. Codes handed out earlier and not used are void.
-- Repeating the call with the same code changes nothing. A code lives at most 24 hours, whatever is asked for.
create function accounts.invite(p_name text, p_code_sha256 bytea, p_expires_at timestamptz) returns uuid
language plpgsql
set search_path = ''
as $$
declare
    v_account uuid;
    v_disabled_at timestamptz;
begin
    select id, disabled_at into v_account, v_disabled_at from accounts.account where name = p_name for update;
    if v_account is null then
        raise exception 'no account is named %', p_name using errcode = 'no_data_found';
    end if;
    if v_disabled_at is not null then
        raise exception '% is disabled', p_name using errcode = 'object_not_in_prerequisite_state';
    end if;
    if p_expires_at <= now() then
        raise exception 'the code would already have expired' using errcode = 'invalid_parameter_value';
    end if;

    update accounts.code set spent_at = now()
    where account_id = v_account and spent_at is null and sha256 <> p_code_sha256;

    insert into accounts.code (sha256, account_id, expires_at)
    values (p_code_sha256, v_account, least(p_expires_at, now() + interval '24 hours'))
    on conflict (sha256) do nothing;

    return v_account;
end;
$$;

-- Creates an account and hands it its first one-time code. An existing name raises unique_violation.
create function accounts.add_account(p_name text, p_role text, p_code_sha256 bytea, p_expires_at timestamptz)
returns uuid
language plpgsql
set search_path = ''
as $$
begin
    insert into accounts.account (name, role) values (p_name, p_role);
    return accounts.invite(p_name, p_code_sha256, p_expires_at);
end;
$$;

-- Ends what sessions an account has; returns how many. Raises no_data_found for an unknown name.
create function accounts.sign_out(p_name text) returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_account uuid;
    v_ended integer;
begin
    select id into v_account from accounts.account where name = p_name;
    if v_account is null then
        raise exception 'no account is named %', p_name using errcode = 'no_data_found';
    end if;
    update accounts.session set ended_at = now()
    where account_id = v_account and ended_at is null and expires_at > now();
    get diagnostics v_ended = row_count;
    return v_ended;
end;
$$;

-- Disables an account: its codes are void and its sessions over; returns how many were. Repeating it keeps the first
-- reason. Raises no_data_found for an unknown name, and restrict_violation for the last administrator unless that is
-- meant.
create function accounts.disable(p_name text, p_reason text, p_also_the_last_administrator boolean) returns integer
language plpgsql
set search_path = ''
as $$
declare
    v_account accounts.account;
begin
    -- Two administrators disabled at once are not both the last but one.
    lock table accounts.account in share row exclusive mode;
    select * into v_account from accounts.account where name = p_name;
    if v_account.id is null then
        raise exception 'no account is named %', p_name using errcode = 'no_data_found';
    end if;
    if not p_also_the_last_administrator and v_account.role = 'administrator' and v_account.disabled_at is null
        and not exists (
            select from accounts.account where role = 'administrator' and disabled_at is null and id <> v_account.id
        )
    then
        raise exception '% is the last administrator', p_name using errcode = 'restrict_violation';
    end if;

    update accounts.account set disabled_at = now(), disabled_reason = p_reason
    where id = v_account.id and disabled_at is null;
    -- Codes first: who redeems one meanwhile is waited for, and the session that was opened with it ends below.
    update accounts.code set spent_at = now() where account_id = v_account.id and spent_at is null;
    return accounts.sign_out(p_name);
end;
$$;

-- Opens a disabled account again, without a session or a code; returns whether it was disabled. Raises no_data_found
-- for an unknown name.
create function accounts.enable(p_name text) returns boolean
language plpgsql
set search_path = ''
as $$
begin
    perform from accounts.account where name = p_name;
    if not found then
        raise exception 'no account is named %', p_name using errcode = 'no_data_found';
    end if;
    update accounts.account set disabled_at = null, disabled_reason = null
    where name = p_name and disabled_at is not null;
    return found;
end;
$$;

-- Only the owner's command line adds people, and shuts them out.
revoke execute on function accounts.invite(text, bytea, timestamptz) from public;
revoke execute on function accounts.add_account(text, text, bytea, timestamptz) from public;
revoke execute on function accounts.sign_out(text) from public;
revoke execute on function accounts.disable(text, text, boolean) from public;
revoke execute on function accounts.enable(text) from public;

grant usage on schema accounts to wardwatch_alerts;
grant select on accounts.session_holder to wardwatch_alerts;
grant select on accounts.account to wardwatch_alerts;
grant select, update (spent_at) on accounts.code to wardwatch_alerts;
grant select, insert, update (ended_at) on accounts.session to wardwatch_alerts;
grant delete on accounts.code, accounts.session to wardwatch_alerts;

-- migrate:down
drop schema accounts cascade;
