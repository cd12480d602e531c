-- migrate:up

-- Which cameras are expected, so that one which is silent is missed also after everything was started anew
-- (docs/adr/0085). Names, times and a pace: nothing of what a camera sees.
CREATE TABLE alerts.camera (
    site text NOT NULL CHECK (site ~ '^[A-Za-z0-9_-]{1,64}$'),
    camera text NOT NULL CHECK (camera ~ '^[A-Za-z0-9_-]{1,64}$'),
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    -- The usual time between two of its frames.
    gap_seconds real NOT NULL CHECK (gap_seconds BETWEEN 0 AND 3600),
    expected boolean NOT NULL DEFAULT true,
    -- Who said that it is not expected, and when.
    unexpected_by text,
    unexpected_at timestamptz,
    PRIMARY KEY (site, camera),
    CONSTRAINT unexpected_is_said CHECK (expected = (unexpected_at IS NULL) AND expected = (unexpected_by IS NULL))
);

GRANT SELECT, INSERT, UPDATE ON alerts.camera TO wardwatch_alerts;

-- migrate:down

DROP TABLE alerts.camera;
