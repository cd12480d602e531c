-- migrate:up

-- Beside the former version: yes. It leaves the new columns as they are; what it judged is sorted at the next check.

-- How many lines people.csv has, so that what became of them sums to them also when the file's ids were forgotten.
ALTER TABLE watchlist.batch ADD COLUMN people_lines integer NOT NULL DEFAULT 0
CONSTRAINT batch_lines_are_counted CHECK (people_lines >= 0);
UPDATE watchlist.batch AS b SET people_lines = (
    SELECT count(*) FROM watchlist.batch_row AS r WHERE r.batch_id = b.id AND r.usable
) + (
    SELECT count(*) FROM watchlist.batch_item AS i
    WHERE i.batch_id = b.id AND i.kind = 'row' AND i.verdict = 'rejected'
)
WHERE b.people_sha256 IS NOT NULL;

-- Where a row stands when the report is sorted by name. Names are sealed, so each check numbers them.
ALTER TABLE watchlist.batch_item ADD COLUMN place integer;

-- migrate:down

ALTER TABLE watchlist.batch_item DROP COLUMN place;
ALTER TABLE watchlist.batch DROP CONSTRAINT batch_lines_are_counted;
ALTER TABLE watchlist.batch DROP COLUMN people_lines;
