-- migrate:up

-- Beside the former version: yes. A role and two actions that it does not know of.

-- Who makes backups reads every table, by a right that the superuser gives (pg_read_all_data), and writes nothing but
-- this: that a backup was made, or brought back, is noted (docs/adr/0100).
SET LOCAL ROLE wardwatch_keeper;
INSERT INTO audit.action (code, title, noted_through) VALUES
('backup.made', 'copied the record into a backup', '{wardwatch_backup}'),
('backup.restored', 'brought a backup back', '{wardwatch_backup}')
ON CONFLICT DO NOTHING;
GRANT EXECUTE ON FUNCTION audit.note(uuid, text, text, text, text, text, jsonb) TO wardwatch_backup;
RESET ROLE;

-- migrate:down

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.note(uuid, text, text, text, text, text, jsonb) FROM wardwatch_backup;
-- What was told stays told, and the chain needs its words.
DELETE FROM audit.action AS a
WHERE a.code IN ('backup.made', 'backup.restored')
AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
