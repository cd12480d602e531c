"""What the tables say now, held against what the audit says was done."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import asyncpg

from services.chassis.audit_chain import Fault

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]

# A table that was emptied would fill the screen; one row is proof enough.
_MOST: Final = 100

# The threshold that the migration itself puts in, before there is a trigger to write about it.
_COMES_WITH: Final = """
    t.number = 1 and t.min_similarity = 0.5 and t.asked_by_id = '00000000-0000-0000-0000-000000000000'
    and t.approved_by_id = '00000000-0000-0000-0000-000000000001'
"""


@dataclass(frozen=True, slots=True)
class Check:
    """``query`` names in its one column what disagrees; ``what`` says how."""

    what: str
    query: str


CHECKS: Final = (
    Check(
        "was written but never chained: the trigger chain_up was off",
        "select 'event of ' || at || ', ' || action from audit.pending",
    ),
    Check(
        "is in the list's history, but no event says so",
        """
        select format('entry %s revision %s', c.entry_id, c.revision) from watchlist.change c where not exists (
            select from audit.event e where e.subject = c.entry_id::text and e.action like 'entry.%'
                and e.details ->> 'revision' = c.revision::text and e.details ->> 'state' = c.state::text
                and e.actor_id = c.account_id)
        """,
    ),
    Check(
        "says what the list's history does not: the history was changed",
        """
        select format('event %s', e.sequence) from audit.event e join audit.action a on a.code = e.action
        where e.action like 'entry.%' and a.noted_through = '{}' and not exists (
            select from watchlist.change c where c.entry_id::text = e.subject
                and c.revision::text = e.details ->> 'revision' and c.state::text = e.details ->> 'state')
        """,
    ),
    Check(
        "stands in a state or revision that no event led to",
        """
        select format('entry %s', x.id) from watchlist.entry x where not exists (
            select from audit.event e where e.subject = x.id::text and e.action like 'entry.%'
                and e.details ->> 'revision' = x.revision::text and e.details ->> 'state' = x.state::text)
        """,
    ),
    Check(
        "has an approver whom no event names",
        """
        select format('entry %s', x.id) from watchlist.entry x where x.approver_id is not null and not exists (
            select from audit.event e where e.subject = x.id::text
                and e.action in ('entry.approved', 'entry.renewed', 'entry.amended', 'entry.restored')
                and e.actor_id = x.approver_id)
        """,
    ),
    Check(
        "is decided, but no event says by whom",
        """
        select format('likeness of %s and %s', l.entry_id, l.other_id) from watchlist.likeness l
        where l.decision is not null and not exists (
            select from audit.event e where e.subject = l.entry_id::text and e.action = 'likeness.decided'
                and e.details ->> 'other' = l.other_id::text and e.details ->> 'decision' = l.decision
                and e.actor_id = l.decided_by_id)
        """,
    ),
    Check(
        "was added, but no event says so",
        """
        select format('photo %s', p.id) from watchlist.photo p where not exists (
            select from audit.event e where e.subject = p.id::text and e.action = 'photo.added')
        """,
    ),
    Check(
        "is suspended or released otherwise than the last event says",
        """
        select format('photo %s', p.id) from watchlist.photo p where coalesce((
            select e.action = 'photo.suspended' from audit.event e where e.subject = p.id::text
                and e.action in ('photo.suspended', 'photo.released') order by e.sequence desc limit 1
        ), false) <> (p.suspended_at is not null)
        """,
    ),
    Check(
        "has accepted warnings, but no event says by whom",
        """
        select format('photo %s', p.id) from watchlist.photo p
        where cardinality(p.accepted_findings) > 0 and not exists (
            select from audit.event e where e.subject = p.id::text and e.action = 'photo.warnings_accepted'
                and e.details -> 'findings' = to_jsonb(p.accepted_findings))
        """,
    ),
    Check(
        "stands in a state that no event led to",
        """
        select format('import %s', b.id) from watchlist.batch b where not exists (
            select from audit.event e where e.subject = b.id::text and e.action like 'import.%'
                and e.details ->> 'state' = b.state::text)
        """,
    ),
    Check(
        "names other sites than the last event says",
        """
        select format('group %s', g.name) from watchlist.site_group g where to_jsonb(g.sites::text[]) is distinct from (
            select e.details -> 'sites' from audit.event e where e.subject = g.name and e.subject_kind = 'group'
            order by e.sequence desc limit 1)
        """,
    ),
    Check(
        "is recorded, but no event says so",
        """
        select format('erasure of %s (%s)', x.entry_id, w.action) from watchlist.erasure x cross join lateral (values
            ('erasure.ordered', true), ('erasure.key_destroyed', x.key_destroyed_at is not null),
            ('erasure.stream_purged', x.stream_purged_at is not null)) as w (action, due)
        where w.due and not exists (
            select from audit.event e where e.subject = x.entry_id::text and e.action = w.action)
        """,
    ),
    Check(
        "is recorded, but no event says so",
        """
        select format('receipt of %s for %s', r.replica, r.entry_id) from watchlist.receipt r where not exists (
            select from audit.event e where e.subject = r.entry_id::text and e.action = 'erasure.receipt'
                and e.details ->> 'replica' = r.replica and e.details ->> 'incarnation' = r.incarnation::text)
        """,
    ),
    Check(
        "has a name, a role, sites or an end that no event gave it",
        """
        select format('account %s', a.name) from accounts.account a
        where not exists (
            select from (
                select e.details from audit.event e
                where e.subject = a.id::text and e.action in ('account.added', 'account.changed')
                order by e.sequence desc limit 1) as last
            where last.details ->> 'account' = a.name and last.details ->> 'role' = a.role
                and last.details -> 'sites' is not distinct from to_jsonb(a.sites)
        ) or (a.disabled_at is not null) <> coalesce((
            select e.action = 'account.disabled' from audit.event e
            where e.subject = a.id::text and e.action in ('account.disabled', 'account.enabled')
            order by e.sequence desc limit 1), false)
        """,
    ),
    Check(
        "has more sessions than it signed in",
        """
        select format('account %s', a.name) from accounts.account a where (
            select count(*) from accounts.session s where s.account_id = a.id
        ) > (select count(*) from audit.event e where e.subject = a.id::text and e.action = 'session.opened')
        """,
    ),
    Check(
        "has fewer sessions than were opened and last until now: one was deleted",
        """
        select format('account %s', a.name) from accounts.account a where (
            select count(*) from accounts.session s
            where s.account_id = a.id and s.expires_at > now() and s.ended_at is null
        ) < (
            select coalesce(sum(case e.action when 'session.opened' then 1 else -1 end), 0) from audit.event e
            where e.subject = a.id::text and e.action in ('session.opened', 'session.ended')
                and (e.details ->> 'expires_at')::timestamptz > now())
        """,
    ),
    Check(
        "has other passkeys than it added and removed",
        """
        select format('account %s', a.name) from accounts.account a where (
            select count(*) from accounts.passkey p where p.account_id = a.id
        ) <> (
            select coalesce(sum(case e.action when 'passkey.added' then 1 else -1 end), 0) from audit.event e
            where e.subject = a.id::text and e.action in ('passkey.added', 'passkey.removed'))
        """,
    ),
    Check(
        "was added, but is gone",
        """
        select format('account %s', e.details ->> 'account') from audit.event e
        where e.action = 'account.added' and not exists (
            select from accounts.account a where a.id::text = e.subject)
        """,
    ),
    Check(
        "was raised, but is gone",
        """
        select format('incident %s', e.subject) from audit.event e
        where e.action = 'incident.raised' and not exists (
            select from alerts.incident i where i.id::text = e.subject)
        """,
    ),
    Check(
        "was decided otherwise, or not at all, as it stands now",
        """
        select format('incident %s', i.id) from audit.event e
        inner join alerts.incident i on i.id::text = e.subject
        where e.action in ('incident.decided', 'incident.reopened')
            and i.outcome is distinct from e.details ->> 'outcome'
            -- A correction may have made another outcome since.
            and not exists (
                select from audit.event l where l.subject = e.subject and l.sequence > e.sequence
                    and l.action in ('incident.decided', 'incident.reopened'))
        """,
    ),
    Check(
        "was made, but is gone or is another",
        """
        select format('correction on incident %s', e.subject) from audit.event e
        where e.action = 'incident.corrected' and not exists (
            select from alerts.correction c where c.incident_id::text = e.subject and c.account_id = e.actor_id
                and c.of_id::text = e.details ->> 'of' and c.verdict is not distinct from e.details ->> 'verdict')
        """,
    ),
    Check(
        "was made, but is gone or is another",
        """
        select format('report on incident %s', e.subject) from audit.event e
        where e.action = 'incident.reported' and not exists (
            select from alerts.report r where r.incident_id::text = e.subject and r.account_id = e.actor_id
                and r.result = e.details ->> 'result')
        """,
    ),
    Check(
        "is recorded, but no event says so",
        """
        select format('correction on incident %s', c.incident_id) from alerts.correction c where not exists (
            select from audit.event e where e.subject = c.incident_id::text and e.action = 'incident.corrected'
                and e.actor_id = c.account_id and e.details ->> 'of' = c.of_id::text
                and e.details ->> 'verdict' is not distinct from c.verdict)
        """,
    ),
    Check(
        "is recorded, but no event says so",
        """
        select format('arrival at incident %s', a.incident_id) from alerts.arrival a where not exists (
            select from audit.event e where e.subject = a.incident_id::text and e.action = 'incident.arrived'
                and e.actor_id = a.account_id)
        """,
    ),
    Check(
        "is recorded, but no event says so",
        """
        select format('report on incident %s', r.incident_id) from alerts.report r where not exists (
            select from audit.event e where e.subject = r.incident_id::text and e.action = 'incident.reported'
                and e.actor_id = r.account_id and e.details ->> 'result' = r.result)
        """,
    ),
    Check(
        "was given, but is gone or is another",
        """
        select format('verdict on incident %s', e.subject) from audit.event e
        where e.action = 'incident.reviewed' and not exists (
            select from alerts.review r where r.incident_id::text = e.subject and r.account_id = e.actor_id
                and r.verdict = e.details ->> 'verdict')
        """,
    ),
    Check(
        "was given, but is gone",
        """
        select format('response to incident %s', e.subject) from audit.event e
        where e.action = 'incident.responded' and not exists (
            select from alerts.response r where r.incident_id::text = e.subject and r.account_id = e.actor_id)
        """,
    ),
    Check(
        "is recorded, but no event says so",
        """
        select format('incident %s', i.id) from alerts.incident i where not exists (
            select from audit.event e where e.subject = i.id::text and e.action = 'incident.raised')
        """,
    ),
    Check(
        "has an outcome that no event gave it",
        """
        select format('incident %s', i.id) from alerts.incident i where i.outcome is not null and not exists (
            select from audit.event e where e.subject = i.id::text and e.action = 'incident.decided'
                and e.details ->> 'outcome' = i.outcome)
        """,
    ),
    Check(
        "is recorded, but no event says so",
        """
        select format('response to incident %s', r.incident_id) from alerts.response r where not exists (
            select from audit.event e where e.subject = r.incident_id::text and e.action = 'incident.responded'
                and e.actor_id = r.account_id)
        """,
    ),
    Check(
        "is not the verdict of any event",
        """
        select format('verdict on incident %s', r.incident_id) from alerts.review r where not exists (
            select from audit.event e where e.subject = r.incident_id::text and e.action = 'incident.reviewed'
                and e.actor_id = r.account_id and e.details ->> 'verdict' = r.verdict)
        """,
    ),
    Check(
        "is recorded, but no event says so",
        """
        select format('stop control %s', c.control_id) from alerts.control c where not exists (
            select from audit.event e where e.subject = c.site and e.details ->> 'control' = c.control_id
                and e.action = case when c.stopped then 'matching.stopped' else 'matching.resumed' end)
        """,
    ),
    Check(
        "is given up, but no event says by whom",
        """
        select format('matcher %s', r.name) from watchlist.replica r where r.given_up_by_id is not null and not exists (
            select from audit.event e where e.subject = r.name and e.action = 'matcher.given_up'
                and e.details ->> 'incarnation' = r.incarnation::text and e.actor_id = r.given_up_by_id)
        """,
    ),
    Check(
        "was asked for, but no event says by whom",
        """
        select format('comparison %s', r.id) from watchlist.reconciliation r where r.cause = 'asked' and not exists (
            select from audit.event e where e.subject = r.id::text and e.action = 'list.comparison_asked'
                and e.details ->> 'bury_unknown' = r.bury_unknown::text and e.actor_id = r.asked_by_id)
        """,
    ),
    Check(
        "found or did what no event says",
        """
        select format('comparison %s', r.id) from watchlist.reconciliation r
        where r.ended_at is not null and not exists (
            select from audit.event e where e.subject = r.id::text and e.action = 'list.reconciled'
                and e.details @> jsonb_build_object('entries', r.entries, 'missing', r.missing, 'behind', r.behind,
                    'different', r.different, 'ahead', r.ahead, 'unknown', r.unknown, 'repaired', r.repaired,
                    'buried', r.buried, 'keys_destroyed', r.keys_destroyed))
        """,
    ),
    Check(
        "was asked for, but no event says by whom, or of how much",
        f"""
        select format('threshold %s', t.number) from watchlist.threshold t where not ({_COMES_WITH}) and not exists (
            select from audit.event e where e.subject = t.number::text and e.action = 'threshold.asked'
                and e.details -> 'min_similarity' = to_jsonb(t.min_similarity) and e.actor_id = t.asked_by_id
                and e.details -> 'weekly_false_alerts' is not distinct from to_jsonb(t.weekly_false_alerts))
        """,  # noqa: S608 - the condition above
    ),
    Check(
        "is approved or taken back, but no event says by whom",
        f"""
        select format('threshold %s', t.number) from watchlist.threshold t cross join lateral (values
            ('threshold.approved', t.approved_by_id), ('threshold.withdrawn', t.withdrawn_by_id)) as w (action, by_id)
        where w.by_id is not null and not ({_COMES_WITH}) and not exists (
            select from audit.event e where e.subject = t.number::text and e.action = w.action
                and e.actor_id = w.by_id)
        """,  # noqa: S608 - the condition above
    ),
    Check(
        "waits, but an event says that it was decided",
        """
        select format('threshold %s', t.number) from watchlist.threshold t
        where t.approved_at is null and t.withdrawn_at is null and exists (
            select from audit.event e where e.subject = t.number::text
                and e.action in ('threshold.approved', 'threshold.withdrawn'))
        """,
    ),
    Check(
        "was asked for, but no event says by whom, or of which figures",
        """
        select format('report %s', p.number) from watchlist.accuracy_proposal p where not exists (
            select from audit.event e where e.subject = 'report ' || p.number and e.action = 'accuracy.asked'
                and e.details ->> 'digest' = encode(p.digest, 'hex') and e.actor_id = p.asked_by_id)
        """,
    ),
    Check(
        "is approved or taken back, but no event says by whom",
        """
        select format('report %s', p.number) from watchlist.accuracy_proposal p cross join lateral (values
            ('accuracy.approved', p.approved_by_id), ('accuracy.withdrawn', p.withdrawn_by_id)) as w (action, by_id)
        where w.by_id is not null and not exists (
            select from audit.event e where e.subject = 'report ' || p.number and e.action = w.action
                and e.actor_id = w.by_id)
        """,
    ),
    Check(
        "holds, but was not approved as it is",
        """
        select format('figures %s', r.id) from watchlist.accuracy_report r where r.proposal is not null and not exists (
            select from audit.event e where e.subject = 'report ' || r.proposal and e.action = 'accuracy.approved'
                and e.details ->> 'digest' = encode(r.digest, 'hex') and e.details -> 'floor' = to_jsonb(r.floor))
        """,
    ),
    Check(
        "began, but no event says by whom, or with which recogniser",
        """
        select format('roll %s', r.number) from watchlist.model_roll r where not exists (
            select from audit.event e where e.subject = 'roll ' || r.number and e.action = 'model.roll_started'
                and e.details ->> 'to' = encode(r.to_sha256, 'hex') and e.actor_id = r.started_by_id)
        """,
    ),
    Check(
        "ended, but no event says by whom, or with which recogniser",
        """
        select format('roll %s', r.number) from watchlist.model_roll r where r.ended_at is not null and not exists (
            select from audit.event e where e.subject = 'roll ' || r.number and e.action = 'model.roll_ended'
                and e.details ->> 'kept' = encode(r.kept_sha256, 'hex') and e.actor_id = r.ended_by_id)
        """,
    ),
    Check(
        "was asked for, but no event says by whom, or by which cosines",
        """
        select format('switch %s', s.number) from watchlist.model_switch s where not exists (
            select from audit.event e where e.subject = 'switch ' || s.number and e.action = 'model.switch_asked'
                and e.details ->> 'model' = encode(s.model_sha256, 'hex') and e.details ->> 'site' = s.site
                and e.details -> 'min_similarity' is not distinct from to_jsonb(s.min_similarity)
                and e.details -> 'strong_similarity' is not distinct from to_jsonb(s.strong_similarity)
                and e.actor_id = s.asked_by_id)
        """,
    ),
    Check(
        "is approved or taken back, but no event says by whom",
        """
        select format('switch %s', s.number) from watchlist.model_switch s cross join lateral (values
            ('model.switch_approved', s.approved_by_id), ('model.switch_withdrawn', s.withdrawn_by_id)
            ) as w (action, by_id)
        where w.by_id is not null and not exists (
            select from audit.event e where e.subject = 'switch ' || s.number and e.action = w.action
                and e.actor_id = w.by_id)
        """,
    ),
    Check(
        "was asked for, but no event says by whom, or how many must agree",
        """
        select format('number of reviewers %s', c.number) from watchlist.reviewers_change c where not exists (
            select from audit.event e where e.subject = 'reviewers ' || c.number and e.action = 'reviewers.asked'
                and e.details ->> 'site' = c.site
                and e.details -> 'reviewers' is not distinct from to_jsonb(c.reviewers)
                and e.actor_id = c.asked_by_id)
        """,
    ),
    Check(
        "is approved or taken back, but no event says by whom",
        """
        select format('number of reviewers %s', c.number) from watchlist.reviewers_change c cross join lateral (values
            ('reviewers.approved', c.approved_by_id), ('reviewers.withdrawn', c.withdrawn_by_id)
            ) as w (action, by_id)
        where w.by_id is not null and not exists (
            select from audit.event e where e.subject = 'reviewers ' || c.number and e.action = w.action
                and e.actor_id = w.by_id)
        """,
    ),
    Check(
        "holds, but is not the one that was approved last",
        """
        select format('threshold %s', h.number) from (
            select t.number from watchlist.threshold t where t.approved_at is not null
            order by t.number desc limit 1) as h
        where h.number::text <> coalesce((
            select e.subject from audit.event e where e.action = 'threshold.approved' order by e.sequence desc limit 1
        ), '1')
        """,
    ),
)


async def disagreements(connection: "Connection") -> list[Fault]:
    """Everything in which tables and audit disagree; of each kind the first hundred."""
    faults: list[Fault] = []
    for check in CHECKS:
        rows = await connection.fetch(f"{check.query} limit {_MOST + 1}")
        faults += [Fault(row[0], check.what) for row in rows[:_MOST]]
        if len(rows) > _MOST:
            faults.append(Fault("and more", check.what))
    return faults
