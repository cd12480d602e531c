-- Incidents and the evidence they stand on. Owned by the alerts service.

-- migrate:up
create schema alerts;

-- Lets one exclusion constraint compare plain columns and a range. Part of PostgreSQL, and trusted.
create extension if not exists btree_gist with schema alerts;

create domain alerts.token as text check (value ~ '^[A-Za-z0-9_-]{1,64}$');

create table alerts.incident (
    id uuid primary key,
    entry_id uuid not null,
    site alerts.token not null,
    raised_at timestamptz not null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    -- Until then the same person at the same site belongs to this incident.
    quiet_until timestamptz not null,
    last_camera alerts.token not null,
    cameras text[] not null check (cardinality(cameras) >= 1),
    sightings integer not null check (sightings >= 1),
    strong boolean not null,
    -- How many different people must give the same verdict. Fixed when raised.
    reviewers smallint not null check (reviewers in (1, 2)),
    outcome text check (outcome in ('confirmed', 'rejected', 'unresolved')),
    decided_at timestamptz,
    announced_at timestamptz not null,
    check (first_seen_at <= last_seen_at and last_seen_at < quiet_until),
    check ((outcome is null) = (decided_at is null)),
    -- One incident per person and site within the window, whatever the replicas do.
    constraint one_incident_per_window exclude using gist (
        entry_id with =, site with =, tstzrange(first_seen_at, quiet_until, '[]') with &&
    )
);

create index incident_newest on alerts.incident (raised_at desc, id desc);
create index incident_undecided on alerts.incident (raised_at) where outcome is null;

create table alerts.sighting (
    sighting_id text primary key check (length(sighting_id) between 1 and 256),
    -- Null while there is not enough evidence; such rows are deleted after minutes.
    incident_id uuid references alerts.incident on delete cascade,
    entry_id uuid not null,
    entry_revision bigint not null,
    -- The enrolled photo that was nearest; null when the matcher did not say.
    photo_id uuid,
    site alerts.token not null,
    camera alerts.token not null,
    frame_id text not null,
    face_index integer not null,
    model_name text not null,
    model_sha256 text not null check (model_sha256 ~ '^[0-9a-f]{64}$'),
    -- Cosine of two unit vectors, with room for rounding. Leaves only in a supervisor's details view.
    similarity real not null check (similarity between -1.001 and 1.001),
    face_px real not null,
    sharpness real not null,
    yaw_degrees real not null,
    seen_at timestamptz not null,
    recorded_at timestamptz not null,
    captured_us bigint not null,
    received_us bigint not null,
    detected_us bigint not null,
    embedded_us bigint not null,
    matched_us bigint not null,
    -- JPEG of this one face; null once it is not needed.
    picture bytea check (octet_length(picture) <= 1048576)
);

create index sighting_pending on alerts.sighting (entry_id, site, seen_at) where incident_id is null;
create index sighting_unkept on alerts.sighting (recorded_at) where incident_id is null;
create index sighting_of_incident on alerts.sighting (incident_id, seen_at);

-- "On my way": one person per incident, the first.
create table alerts.response (
    incident_id uuid primary key references alerts.incident on delete cascade,
    account_id uuid not null references accounts.account,
    at timestamptz not null
);

-- A verdict is given once and never changed.
create table alerts.review (
    incident_id uuid not null references alerts.incident on delete cascade,
    account_id uuid not null references accounts.account,
    verdict text not null check (verdict in ('same', 'not_same', 'cannot_tell')),
    at timestamptz not null,
    primary key (incident_id, account_id)
);

-- "confirmed" and "rejected" exist only after enough different people gave that verdict (safeguard S7).
create function alerts.outcome_has_reviews() returns trigger
language plpgsql
set search_path = ''
as $$
declare
    v_needed text := case new.outcome when 'confirmed' then 'same' when 'rejected' then 'not_same' end;
begin
    if old.outcome is not null and new.outcome is distinct from old.outcome then
        raise exception 'an outcome does not change' using errcode = 'check_violation';
    end if;
    if v_needed is not null and (
        select count(*) from alerts.review where incident_id = new.id and verdict = v_needed
    ) < new.reviewers then
        raise exception 'too few people reviewed this incident' using errcode = 'check_violation';
    end if;
    return new;
end;
$$;

create trigger outcome_has_reviews before update of outcome on alerts.incident
for each row execute function alerts.outcome_has_reviews();

create function alerts.incident_starts_undecided() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if new.outcome is not null then
        raise exception 'an incident starts undecided' using errcode = 'check_violation';
    end if;
    return new;
end;
$$;

create trigger incident_starts_undecided before insert on alerts.incident
for each row execute function alerts.incident_starts_undecided();

-- What phones are told, in the order they are told it. Carries no name, no label and no score.
create sequence alerts.event_number;

create table alerts.event (
    id bigint primary key, -- given by the trigger below
    incident_id uuid not null references alerts.incident on delete cascade,
    kind text not null check (kind in ('raised', 'updated', 'responding', 'closed')),
    camera alerts.token not null,
    at timestamptz not null,
    -- When each stage had the frame in hand (microseconds since 1970 UTC); null when a person caused the event.
    captured_us bigint,
    received_us bigint,
    detected_us bigint,
    embedded_us bigint,
    matched_us bigint,
    recorded_us bigint
);

create index event_at on alerts.event (at);

-- Numbers are handed out one transaction at a time, so that a reader who has seen event n has seen all before it.
create function alerts.event_in_order() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('alerts.event', 0));
    new.id := nextval('alerts.event_number');
    perform pg_notify('wardwatch_alerts', new.id::text);
    return new;
end;
$$;

create trigger event_in_order before insert on alerts.event
for each row execute function alerts.event_in_order();

-- Who stopped and resumed matching, as read from the CONTROL stream.
create table alerts.control (
    -- account/site/key of the request/resume, the first three of up to 64 characters each.
    control_id text primary key check (length(control_id) between 1 and 260),
    site alerts.token not null,
    stopped boolean not null,
    account text not null,
    reason text not null check (length(reason) between 1 and 500),
    at timestamptz not null,
    recorded_at timestamptz not null
);

create index control_of_site on alerts.control (site, at desc);

grant usage on schema alerts to wardwatch_alerts;
grant select, insert, update, delete on alerts.incident, alerts.sighting to wardwatch_alerts;
grant select, insert, delete on alerts.event to wardwatch_alerts;
grant usage on sequence alerts.event_number to wardwatch_alerts;
-- What people did is added to and read, never changed.
grant select, insert on alerts.response, alerts.review, alerts.control to wardwatch_alerts;

-- What the watchlist desk may know of incidents: whom each is about, for whoever looks at the enrolled face beside it,
-- and which are confirmed, for whoever must read an identity number (safeguard S10).
create view alerts.incident_subject as
select id as incident_id, entry_id from alerts.incident;

create view alerts.confirmed_incident as
select id as incident_id, entry_id from alerts.incident where outcome = 'confirmed';

grant usage on schema alerts to wardwatch_import;
grant select on alerts.incident_subject, alerts.confirmed_incident to wardwatch_import;

-- migrate:down
drop schema alerts cascade;
