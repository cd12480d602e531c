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
    disabled_at timestamptz
);

create table accounts.code (
    sha256 bytea primary key check (octet_length(sha256) = 32),
    account_id uuid not null references accounts.account,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null check (expires_at <= created_at + interval '24 hours'),
    -- Single use: set once, by the session it was exchanged for or by a later invitation.
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
begin
    select id into v_account from accounts.account where name = p_name and disabled_at is null for update;
    if v_account is null then
        raise exception 'no account is named %', p_name using errcode = 'no_data_found';
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

-- Only the owner's command line adds people.
revoke execute on function accounts.invite(text, bytea, timestamptz) from public;
revoke execute on function accounts.add_account(text, text, bytea, timestamptz) from public;

grant usage on schema accounts to wardwatch_alerts;
grant select on accounts.session_holder to wardwatch_alerts;
grant select on accounts.account to wardwatch_alerts;
grant select, update (spent_at) on accounts.code to wardwatch_alerts;
grant select, insert, update (ended_at) on accounts.session to wardwatch_alerts;
grant delete on accounts.code, accounts.session to wardwatch_alerts;

-- migrate:down
drop schema accounts cascade;
