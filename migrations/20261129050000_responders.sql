-- Who may answer an alert: the record refuses the answer of an account whose role is not for it, whatever a program does.
-- The same roles as RESPONDERS in proto/wardwatch/v1/roles.py; a test compares the two. Answers from before stay.

-- migrate:up
create function alerts.answered_by_a_responder() returns trigger
language plpgsql
set search_path = ''
as $$
begin
    if not exists (
        select from accounts.account
        where id = new.account_id and role in ('guard', 'supervisor', 'administrator')
    ) then
        raise exception 'this account does not answer alerts' using errcode = 'check_violation';
    end if;
    return new;
end;
$$;

create trigger answered_by_a_responder before insert on alerts.response
for each row execute function alerts.answered_by_a_responder();
create trigger answered_by_a_responder before insert on alerts.review
for each row execute function alerts.answered_by_a_responder();

-- migrate:down
drop trigger answered_by_a_responder on alerts.review;
drop trigger answered_by_a_responder on alerts.response;
drop function alerts.answered_by_a_responder();
