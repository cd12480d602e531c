-- migrate:up

-- A session or a code that was made by a clock far ahead would last until that time has come. A day ahead is bearable:
-- nobody is signed out because a clock was wrong by a time zone and was put right.
CREATE OR REPLACE VIEW accounts.session_holder AS
SELECT
    s.token_sha256,
    a.id AS account_id,
    a.name,
    a.role,
    s.expires_at
FROM accounts.session AS s
INNER JOIN accounts.account AS a ON a.id = s.account_id
WHERE
    s.ended_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL
    AND s.created_at <= now() + interval '1 day';

-- migrate:down

CREATE OR REPLACE VIEW accounts.session_holder AS
SELECT
    s.token_sha256,
    a.id AS account_id,
    a.name,
    a.role,
    s.expires_at
FROM accounts.session AS s
INNER JOIN accounts.account AS a ON a.id = s.account_id
WHERE s.ended_at IS NULL AND s.expires_at > now() AND a.disabled_at IS NULL;
