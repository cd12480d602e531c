-- migrate:up

-- What the people.csv of an open import names, so that its photos are held against it (docs/adr/0063).
CREATE TABLE watchlist.batch_row (
    batch_id uuid NOT NULL REFERENCES watchlist.batch (id),
    line integer NOT NULL CHECK (line > 0),
    -- HMAC of the external id in its normal form, as entry.external_lookup.
    person_lookup bytea NOT NULL CHECK (octet_length(person_lookup) = 32),
    -- The external id as it is written, under the import's key.
    sealed_external_id bytea NOT NULL CHECK (octet_length(sealed_external_id) BETWEEN 28 AND 1024),
    -- Whether the person's draft stands on it; otherwise the report says what is wrong with the line.
    usable boolean NOT NULL,
    PRIMARY KEY (batch_id, line)
);
CREATE INDEX batch_row_by_person ON watchlist.batch_row (batch_id, person_lookup);

-- Of a file: HMAC of the external id in its name as it is spelled. None where the name says nothing, and in reports
-- from before.
ALTER TABLE watchlist.batch_item ADD COLUMN spelling_lookup bytea CHECK (octet_length(spelling_lookup) = 32);

-- Of imports that are open now nobody knows any more what their people.csv named. No file has the digest of nothing, so
-- the same file is read again.
UPDATE watchlist.batch SET people_sha256 = sha256(''::bytea) WHERE state = 'open' AND people_sha256 IS NOT NULL;

-- Once an import is no longer open, nothing is held against its people.csv any more.
CREATE FUNCTION watchlist.forget_rows() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM watchlist.batch_row WHERE batch_id = new.id;
    RETURN NULL;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.forget_rows() FROM PUBLIC;
CREATE TRIGGER forget_rows AFTER UPDATE OF state ON watchlist.batch
FOR EACH ROW WHEN (old.state = 'open' AND new.state <> 'open') EXECUTE FUNCTION watchlist.forget_rows();

GRANT SELECT, INSERT, DELETE ON watchlist.batch_row TO wardwatch_import;

-- migrate:down

DROP TRIGGER forget_rows ON watchlist.batch;
DROP FUNCTION watchlist.forget_rows();
ALTER TABLE watchlist.batch_item DROP COLUMN spelling_lookup;
DROP TABLE watchlist.batch_row;
