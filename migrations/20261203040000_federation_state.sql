-- migrate:up

-- How each list stands that was joined, and at each hospital each one that is published: what the one state asks.
CREATE VIEW federation.standing AS
SELECT
    true AS joined, s.list, s.title AS name,
    extract(epoch FROM watchlist.present() - coalesce(h.heard_at, s.joined_at))::double precision AS silent_seconds,
    extract(epoch FROM watchlist.present() - h.differs_since)::double precision AS differs_seconds
FROM federation.subscription AS s LEFT JOIN federation.head AS h ON h.list = s.list
WHERE s.joined_at IS NOT NULL AND s.left_at IS NULL AND s.suspended_at IS NULL
UNION ALL
SELECT
    false, o.list, o.title,
    extract(epoch FROM watchlist.present() - coalesce(e.received_at, o.admitted_at))::double precision, NULL
FROM federation.hospital AS o LEFT JOIN federation.hello AS e ON e.list = o.list AND e.hospital = o.name
WHERE o.admitted_at IS NOT NULL AND o.removed_at IS NULL;

GRANT SELECT ON federation.standing TO wardwatch_alerts;
REVOKE SELECT ON federation.subscription, federation.head, federation.hello FROM wardwatch_alerts;

-- migrate:down

DROP VIEW federation.standing;
GRANT SELECT ON federation.subscription, federation.head, federation.hello TO wardwatch_alerts;
