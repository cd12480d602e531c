-- migrate:up

-- The enrolled photos that an incident's faces were nearest to, for whoever shows one of them beside the camera's.
CREATE VIEW alerts.incident_photo AS
SELECT incident_id, photo_id, count(*) AS sightings, max(similarity) AS similarity
FROM alerts.sighting WHERE incident_id IS NOT NULL AND photo_id IS NOT NULL
GROUP BY incident_id, photo_id;

GRANT SELECT ON alerts.incident_photo TO wardwatch_import;

-- migrate:down

DROP VIEW alerts.incident_photo;
