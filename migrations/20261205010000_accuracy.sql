-- migrate:up

-- Reports of accuracy that people install, and until when matchers may go on by them (safeguard S14, docs/adr/0097).

-- Which recognisers the list was held by, and since when: a new one has its time of grace before its report comes.
CREATE TABLE watchlist.model_in_use (
    model_sha256 bytea PRIMARY KEY CHECK (octet_length(model_sha256) = 32),
    first_used_at timestamptz NOT NULL DEFAULT watchlist.present(),
    last_used_at timestamptz NOT NULL DEFAULT watchlist.present()
);

ALTER TABLE watchlist.accuracy_report
ADD COLUMN document text,
ADD COLUMN digest bytea CHECK (octet_length(digest) = 32),
ADD COLUMN proposal bigint;

-- A report that was asked for; approved, it is a row of accuracy_report.
CREATE TABLE watchlist.accuracy_proposal (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    model_sha256 bytea NOT NULL CHECK (octet_length(model_sha256) = 32),
    -- The figures as they were handed in, and their digest, by which two people know them.
    document text NOT NULL CHECK (length(document) <= 200000),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    dataset text NOT NULL CHECK (btrim(dataset) <> '' AND length(dataset) <= 200),
    list_size integer NOT NULL CHECK (list_size > 0),
    floor double precision NOT NULL CHECK (floor BETWEEN 0.3 AND 1),
    fnir double precision NOT NULL CHECK (fnir BETWEEN 0 AND 1),
    fpir double precision NOT NULL CHECK (fpir BETWEEN 0 AND 1),
    fpir_upper double precision NOT NULL CHECK (fpir_upper BETWEEN fpir AND 1),
    measured_on date NOT NULL,
    reason text NOT NULL CHECK (btrim(reason) <> '' AND length(reason) <= 500),
    asked_by_id uuid NOT NULL,
    asked_by_name text NOT NULL CHECK (asked_by_name <> ''),
    asked_at timestamptz NOT NULL DEFAULT now(),
    approved_by_id uuid,
    approved_by_name text,
    approved_at timestamptz,
    withdrawn_by_id uuid,
    withdrawn_by_name text,
    withdrawn_at timestamptz,
    CONSTRAINT accuracy_approver_did_not_ask CHECK (approved_by_id <> asked_by_id),
    CONSTRAINT accuracy_approval_is_whole CHECK (
        (approved_by_id IS NULL) = (approved_at IS NULL) AND (approved_by_id IS NULL) = (approved_by_name IS NULL)
    ),
    CONSTRAINT accuracy_withdrawal_is_whole CHECK (
        (withdrawn_by_id IS NULL) = (withdrawn_at IS NULL) AND (withdrawn_by_id IS NULL) = (withdrawn_by_name IS NULL)
    ),
    CONSTRAINT accuracy_withdrawn_is_not_approved CHECK (withdrawn_at IS NULL OR approved_at IS NULL),
    -- One waits at a time.
    CONSTRAINT accuracy_that_waits EXCLUDE USING btree ((1) WITH =) WHERE (approved_at IS NULL AND withdrawn_at IS NULL)
);

CREATE FUNCTION watchlist.guard_accuracy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF tg_op = 'INSERT' THEN
        IF new.approved_at IS NOT NULL OR new.withdrawn_at IS NOT NULL THEN
            RAISE EXCEPTION 'a report is asked for before it is approved'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_begins_unapproved';
        END IF;
    ELSIF (new.model_sha256, new.document, new.digest, new.dataset, new.list_size, new.floor, new.fnir, new.fpir,
            new.fpir_upper, new.measured_on, new.reason, new.asked_by_id, new.asked_by_name, new.asked_at)
        IS DISTINCT FROM (old.model_sha256, old.document, old.digest, old.dataset, old.list_size, old.floor, old.fnir,
            old.fpir, old.fpir_upper, old.measured_on, old.reason, old.asked_by_id, old.asked_by_name, old.asked_at)
        OR (old.approved_at IS NOT NULL AND (new.approved_by_id, new.approved_by_name, new.approved_at)
            IS DISTINCT FROM (old.approved_by_id, old.approved_by_name, old.approved_at))
        OR (old.withdrawn_at IS NOT NULL AND new.withdrawn_at IS DISTINCT FROM old.withdrawn_at)
    THEN
        RAISE EXCEPTION 'what was asked for or decided is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_is_fixed';
    END IF;
    -- A day ahead may be a clock, or another time zone.
    IF new.measured_on > (watchlist.present() + interval '1 day')::date THEN
        RAISE EXCEPTION 'a report of a day to come'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_is_measured';
    END IF;
    IF new.approved_at IS NULL OR (tg_op = 'UPDATE' AND old.approved_at IS NOT NULL) THEN
        RETURN new;
    END IF;
    IF EXISTS (
        SELECT FROM accounts.account WHERE id = new.approved_by_id AND role NOT IN ('supervisor', 'administrator')
    ) THEN
        RAISE EXCEPTION 'this account approves nothing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_approver_may_approve';
    END IF;
    INSERT INTO watchlist.accuracy_report (
        model_sha256, dataset, list_size, floor, fnir, fpir, fpir_upper, measured_on, document, digest, proposal
    ) VALUES (
        new.model_sha256, new.dataset, new.list_size, new.floor, new.fnir, new.fpir, new.fpir_upper, new.measured_on,
        new.document, new.digest, new.number
    );
    RETURN new;
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.guard_accuracy() FROM PUBLIC;

CREATE TRIGGER guard_accuracy BEFORE INSERT OR UPDATE ON watchlist.accuracy_proposal
FOR EACH ROW EXECUTE FUNCTION watchlist.guard_accuracy();

CREATE FUNCTION watchlist.keep_accuracy() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'reports are only ever added'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'accuracy_is_kept';
END
$$;
REVOKE EXECUTE ON FUNCTION watchlist.keep_accuracy() FROM PUBLIC;

CREATE TRIGGER keep_accuracy BEFORE DELETE OR TRUNCATE ON watchlist.accuracy_proposal
FOR EACH STATEMENT EXECUTE FUNCTION watchlist.keep_accuracy();

-- A recogniser is at work. It is said every second, and written down once an hour.
CREATE FUNCTION watchlist.use_model(p_model_sha256 bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO watchlist.model_in_use AS m (model_sha256) VALUES (p_model_sha256)
    ON CONFLICT (model_sha256) DO UPDATE SET last_used_at = watchlist.present()
    WHERE m.last_used_at < watchlist.present() - interval '1 hour'
$$;
REVOKE EXECUTE ON FUNCTION watchlist.use_model(bytea) FROM PUBLIC;

-- The recognisers that were at work within a day. A report holds for a year from the day it was measured; after that,
-- and from when a recogniser without one was first used, matching goes on for thirty days and no longer.
CREATE VIEW watchlist.measured_model AS
SELECT
    m.model_sha256, r.measured_on, r.document, r.digest, r.dataset,
    (r.measured_on + 365)::timestamp AT TIME ZONE 'UTC' AS holds_until,
    greatest((r.measured_on + 365)::timestamp AT TIME ZONE 'UTC', m.first_used_at) + interval '30 days' AS matches_until
FROM watchlist.model_in_use AS m
LEFT JOIN LATERAL (
    SELECT a.measured_on, a.document, a.digest, a.dataset FROM watchlist.accuracy_report AS a
    WHERE a.model_sha256 = m.model_sha256 ORDER BY a.id DESC LIMIT 1
) AS r ON true
WHERE m.last_used_at > watchlist.present() - interval '1 day';

GRANT SELECT ON watchlist.measured_model TO wardwatch_import;
GRANT SELECT (model_sha256, measured_on, holds_until, matches_until) ON watchlist.measured_model
TO wardwatch_matcher, wardwatch_alerts;
GRANT EXECUTE ON FUNCTION watchlist.use_model(bytea) TO wardwatch_matcher;
GRANT SELECT, INSERT ON watchlist.accuracy_proposal TO wardwatch_import;
GRANT UPDATE (approved_by_id, approved_by_name, approved_at, withdrawn_by_id, withdrawn_by_name, withdrawn_at)
ON watchlist.accuracy_proposal TO wardwatch_import;
GRANT SELECT (number, digest, asked_by_id, approved_by_id, approved_at, withdrawn_by_id, withdrawn_at)
ON watchlist.accuracy_proposal TO wardwatch_audit;
GRANT SELECT (id, floor, digest, proposal) ON watchlist.accuracy_report TO wardwatch_audit;

SET LOCAL ROLE wardwatch_keeper;

INSERT INTO audit.action (code, title) VALUES
    ('accuracy.asked', 'asked for a report of accuracy to be installed'),
    ('accuracy.approved', 'approved a report of accuracy'),
    ('accuracy.withdrawn', 'took a report of accuracy back')
ON CONFLICT DO NOTHING;

CREATE FUNCTION audit.write_accuracy() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    told jsonb := jsonb_build_object('digest', encode(new.digest, 'hex'), 'floor', new.floor);
BEGIN
    IF tg_op = 'INSERT' THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, reason, details)
        VALUES (
            new.asked_by_id, left(new.asked_by_name, 200), 'accuracy.asked', 'list', 'report ' || new.number,
            audit.words(new.reason), told
        );
    ELSIF new.approved_at IS NOT NULL AND old.approved_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.approved_by_id, left(new.approved_by_name, 200), 'accuracy.approved', 'list', 'report ' || new.number, told
        );
    ELSIF new.withdrawn_at IS NOT NULL AND old.withdrawn_at IS NULL THEN
        INSERT INTO audit.pending (actor_id, actor_name, action, subject_kind, subject, details)
        VALUES (
            new.withdrawn_by_id, left(new.withdrawn_by_name, 200), 'accuracy.withdrawn', 'list', 'report ' || new.number, told
        );
    END IF;
    RETURN NULL;
END
$$;

REVOKE EXECUTE ON FUNCTION audit.write_accuracy() FROM PUBLIC;
-- Only while the trigger below is made: whoever may execute it can have it write what any table of theirs says.
GRANT EXECUTE ON FUNCTION audit.write_accuracy() TO wardwatch_owner;

RESET ROLE;

CREATE TRIGGER audit_accuracy AFTER INSERT OR UPDATE ON watchlist.accuracy_proposal
FOR EACH ROW EXECUTE FUNCTION audit.write_accuracy();
ALTER TABLE watchlist.accuracy_proposal ENABLE ALWAYS TRIGGER audit_accuracy;

SET LOCAL ROLE wardwatch_keeper;
REVOKE EXECUTE ON FUNCTION audit.write_accuracy() FROM wardwatch_owner;
RESET ROLE;

-- The report of the recogniser that Wardwatch comes with, as `wardwatch eval` measured it (docs/accuracy.md).
INSERT INTO watchlist.accuracy_report (
    model_sha256, dataset, list_size, floor, fnir, fpir, fpir_upper, measured_on, digest, document
) VALUES (
    '\x0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79',
    'LFW, development half', 2100, 0.49, 0.073196, 0.006041, 0.008406, '2026-11-30',
    '\x4451c7b618513519d2d1182e785d5cf400b77d16e8eb02dfca6da353a858457e',
    $report$
{"format":1,"measured_on":"2026-11-30","software":"0.1.0","models":[{"role":"detector","name":"yunet-2023mar",
"sha256":"8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"},{"role":"embedder",
"name":"sface-2021dec","sha256":"0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79"}],
"data":{"name":"LFW, development half","digest":"e892dcfa8527bf1223c1f0881261e33531acb8df9bb31db3ceabd87ce7bac972",
"pictures":5387,"people":2828,"faces":5387,"refused":5,"left_out":59},"verification":{"same":8800,"others":14182328,
"points":[{"rate":0.01,"threshold":0.293,"missed":{"value":0.008068,"low":0.003813,"high":0.012887},"held_out":null,
"pairs":81989,"extrapolated":false},{"rate":0.001,"threshold":0.36,"missed":{"value":0.013636,"low":0.00788,
"high":0.020609},"held_out":null,"pairs":9565,"extrapolated":false},{"rate":0.0001,"threshold":0.416,
"missed":{"value":0.027841,"low":0.019135,"high":0.037925},"held_out":null,"pairs":1082,"extrapolated":false},
{"rate":0.00001,"threshold":0.465,"missed":{"value":0.057386,"low":0.04362,"high":0.072261},"held_out":null,
"pairs":112,"extrapolated":false}],"accuracy":null,"deviation":null,"pairs_missing":0},
"identification":[{"kind":"pictures","listed":2100,"photos":1,"searches":1940,"people":814,"strangers":2828,
"stranger_people":2828,"rank_one":{"value":0.979881,"low":0.972348,"high":0.986225},"points":[{"rate":0.1,
"threshold":0.431,"missed":{"value":0.032307,"low":0.023749,"high":0.042818},"held_out":{"value":0.032307,
"low":0.023906,"high":0.04269},"pairs":289,"extrapolated":false},{"rate":0.03,"threshold":0.458,
"missed":{"value":0.046774,"low":0.036097,"high":0.058449},"held_out":{"value":0.046774,"low":0.036279,
"high":0.05843},"pairs":81,"extrapolated":false},{"rate":0.01,"threshold":0.478,"missed":{"value":0.063918,
"low":0.0506,"high":0.078871},"held_out":{"value":0.063918,"low":0.051169,"high":0.077955},"pairs":29,
"extrapolated":false},{"rate":0.003,"threshold":0.507,"missed":{"value":0.093299,"low":0.067367,"high":0.115695},
"held_out":{"value":0.101031,"low":0.084097,"high":0.117655},"pairs":6,"extrapolated":false},{"rate":0.001,
"threshold":null,"missed":null,"held_out":null,"pairs":2,"extrapolated":false},{"rate":0.0003,"threshold":null,
"missed":null,"held_out":null,"pairs":1,"extrapolated":false},{"rate":0.0001,"threshold":null,"missed":null,
"held_out":null,"pairs":0,"extrapolated":false}],"thresholds":[{"threshold":0.4,"missed":{"value":0.021473,
"low":0.014544,"high":0.02957},"taken":{"value":0.292526,"low":0.277456,"high":0.306181}},{"threshold":0.46,
"missed":{"value":0.048836,"low":0.038421,"high":0.061059},"taken":{"value":0.025487,"low":0.020624,"high":0.030674}},
{"threshold":0.5,"missed":{"value":0.084021,"low":0.068833,"high":0.09957},"taken":{"value":0.003415,"low":0.001576,
"high":0.005253}},{"threshold":0.55,"missed":{"value":0.152577,"low":0.131174,"high":0.17264},
"taken":{"value":0.000263,"low":0.0,"high":0.001969}},{"threshold":0.62,"missed":{"value":0.324742,"low":0.295841,
"high":0.356177},"taken":{"value":0.0,"low":0.0,"high":0.001304}},{"threshold":0.7,"missed":{"value":0.620103,
"low":0.593209,"high":0.648858},"taken":{"value":0.0,"low":0.0,"high":0.001304}}],"shipped":null,"curve_taken":[1.0,
0.999998,0.99999,0.999964,0.999772,0.999705,0.999227,0.998829,0.998081,0.996899,0.995334,0.991769,0.986067,0.980913,
0.970269,0.953859,0.930636,0.902598,0.868912,0.835705,0.789077,0.733035,0.673845,0.618135,0.558875,0.503878,0.443812,
0.387653,0.338343,0.292526,0.249442,0.213376,0.177989,0.148465,0.123392,0.102005,0.084957,0.067215,0.0561,0.040924,
0.032977,0.025487,0.017929,0.013201,0.011295,0.009982,0.007617,0.006041,0.004203,0.003415,0.003152,0.002364,0.002364,
0.001313,0.001051,0.001051,0.001051,0.001051,0.001051,0.000263,0.000263,0.000263,0.000263,0.000263,0.000263,0.000263,
0.000263,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"curve_missed":[0.020119,0.020119,0.020119,0.020119,
0.020119,0.020119,0.020119,0.020119,0.020119,0.020119,0.020119,0.020119,0.020119,0.020251,0.020251,0.020288,0.020288,
0.020288,0.020288,0.02029,0.02029,0.020423,0.020423,0.020491,0.020658,0.020658,0.020658,0.020791,0.020958,0.021473,
0.02277,0.022936,0.023619,0.028782,0.030113,0.031792,0.034885,0.036465,0.038527,0.041104,0.045228,0.048836,0.054124,
0.058763,0.062887,0.064948,0.068041,0.073196,0.079381,0.084021,0.091237,0.1,0.104124,0.11134,0.115979,0.121649,
0.12732,0.135052,0.141753,0.152577,0.159794,0.169072,0.176289,0.188144,0.2,0.214433,0.224742,0.234536,0.247938,
0.259278,0.276289,0.289175,0.309794,0.324742,0.344845,0.357732,0.37732,0.396392,0.414433,0.434536,0.452577,0.467526,
0.482474,0.501031,0.521134,0.544845,0.563918,0.588144,0.604124,0.620103,0.641237,0.661856,0.678866,0.696392,0.711856,
0.731443,0.748454,0.764948,0.777835,0.796392,0.809794,0.828351,0.84433,0.857732,0.871134,0.884536,0.899485,0.910309,
0.919588,0.924227]},{"kind":"pictures","listed":2100,"photos":2,"searches":1256,"people":446,"strangers":2828,
"stranger_people":2828,"rank_one":{"value":0.993453,"low":0.980469,"high":0.998611},"points":[{"rate":0.1,
"threshold":0.433,"missed":{"value":0.007757,"low":0.003257,"high":0.013221},"held_out":{"value":0.007757,
"low":0.001389,"high":0.019531},"pairs":293,"extrapolated":false},{"rate":0.03,"threshold":0.46,
"missed":{"value":0.010941,"low":0.005121,"high":0.017446},"held_out":{"value":0.010941,"low":0.00365,
"high":0.025967},"pairs":92,"extrapolated":false},{"rate":0.01,"threshold":0.482,"missed":{"value":0.015719,
"low":0.008848,"high":0.024575},"held_out":{"value":0.015719,"low":0.00875,"high":0.02326},"pairs":29,
"extrapolated":false},{"rate":0.003,"threshold":0.509,"missed":{"value":0.026069,"low":0.015609,"high":0.038335},
"held_out":{"value":0.027661,"low":0.017847,"high":0.038676},"pairs":8,"extrapolated":false},{"rate":0.001,
"threshold":null,"missed":null,"held_out":null,"pairs":2,"extrapolated":false},{"rate":0.0003,"threshold":null,
"missed":null,"held_out":null,"pairs":1,"extrapolated":false},{"rate":0.0001,"threshold":null,"missed":null,
"held_out":null,"pairs":0,"extrapolated":false}],"thresholds":[{"threshold":0.4,"missed":{"value":0.007757,
"low":0.001389,"high":0.019531},"taken":{"value":0.319559,"low":0.30474,"high":0.333813}},{"threshold":0.46,
"missed":{"value":0.010941,"low":0.00365,"high":0.025967},"taken":{"value":0.029842,"low":0.024713,"high":0.035113}},
{"threshold":0.5,"missed":{"value":0.022088,"low":0.013339,"high":0.032233},"taken":{"value":0.004203,"low":0.002101,
"high":0.006304}},{"threshold":0.55,"missed":{"value":0.055732,"low":0.041364,"high":0.071137},
"taken":{"value":0.000263,"low":0.0,"high":0.001969}},{"threshold":0.62,"missed":{"value":0.161624,"low":0.134289,
"high":0.188885},"taken":{"value":0.0,"low":0.0,"high":0.001304}},{"threshold":0.7,"missed":{"value":0.406847,
"low":0.368619,"high":0.443009},"taken":{"value":0.0,"low":0.0,"high":0.001304}}],"shipped":null,"curve_taken":[1.0,
0.999998,0.999993,0.999963,0.999942,0.999846,0.999727,0.999532,0.99901,0.998106,0.996769,0.995095,0.991474,0.987339,
0.982392,0.974045,0.960143,0.944054,0.920336,0.891556,0.8574,0.814439,0.762915,0.706496,0.65116,0.595711,0.540644,
0.479983,0.42129,0.36701,0.319559,0.274792,0.234941,0.195611,0.160836,0.133208,0.107885,0.089781,0.071549,0.059954,
0.045042,0.037077,0.029842,0.021937,0.016421,0.013464,0.011295,0.008668,0.007092,0.005253,0.004203,0.00394,0.002627,
0.002101,0.000788,0.000788,0.000788,0.000788,0.000788,0.000788,0.000263,0.000263,0.000263,0.000263,0.000263,0.000263,
0.000263,0.000263,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"curve_missed":[0.006547,0.006547,0.006547,
0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,
0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006547,0.006752,0.006961,0.007757,
0.007757,0.007757,0.007757,0.007757,0.007757,0.007757,0.007757,0.007757,0.008553,0.008553,0.009349,0.010941,0.010941,
0.010941,0.010941,0.012534,0.014126,0.015719,0.017311,0.018903,0.020496,0.022088,0.02368,0.026865,0.029254,0.032643,
0.03742,0.042197,0.045382,0.046975,0.051752,0.055732,0.06051,0.065287,0.066879,0.071656,0.077229,0.084395,0.091561,
0.105096,0.109076,0.120223,0.125796,0.132962,0.145701,0.161624,0.173567,0.184713,0.200637,0.214968,0.226911,0.238854,
0.256369,0.270701,0.285032,0.300955,0.316879,0.335191,0.353503,0.370223,0.386943,0.406847,0.42914,0.449045,0.484873,
0.505573,0.528662,0.546178,0.57086,0.593153,0.623408,0.646497,0.671975,0.688694,0.707006,0.72293,0.746815,0.774682,
0.792994,0.81051,0.839968,0.859076]},{"kind":"pictures","listed":2100,"photos":3,"searches":923,"people":311,
"strangers":2828,"stranger_people":2828,"rank_one":{"value":0.994657,"low":0.982216,"high":0.999919},
"points":[{"rate":0.1,"threshold":0.434,"missed":{"value":0.007584,"low":0.002935,"high":0.013685},
"held_out":{"value":0.007584,"low":0.00078,"high":0.023036},"pairs":299,"extrapolated":false},{"rate":0.03,
"threshold":0.461,"missed":{"value":0.007584,"low":0.003057,"high":0.013809},"held_out":{"value":0.008667,
"low":0.00078,"high":0.023036},"pairs":86,"extrapolated":false},{"rate":0.01,"threshold":0.483,
"missed":{"value":0.013001,"low":0.00465,"high":0.022778},"held_out":{"value":0.013001,"low":0.001994,"high":0.02793},
"pairs":27,"extrapolated":false},{"rate":0.003,"threshold":0.507,"missed":{"value":0.020585,"low":0.010577,
"high":0.034271},"held_out":{"value":0.021668,"low":0.011122,"high":0.033446},"pairs":8,"extrapolated":false},
{"rate":0.001,"threshold":null,"missed":null,"held_out":null,"pairs":2,"extrapolated":false},{"rate":0.0003,
"threshold":null,"missed":null,"held_out":null,"pairs":1,"extrapolated":false},{"rate":0.0001,"threshold":null,
"missed":null,"held_out":null,"pairs":0,"extrapolated":false}],"thresholds":[{"threshold":0.4,
"missed":{"value":0.006501,"low":0.00078,"high":0.023036},"taken":{"value":0.330738,"low":0.315871,"high":0.345512}},
{"threshold":0.46,"missed":{"value":0.007584,"low":0.00078,"high":0.023036},"taken":{"value":0.031155,"low":0.025529,
"high":0.036591}},{"threshold":0.5,"missed":{"value":0.019502,"low":0.009301,"high":0.029814},
"taken":{"value":0.004203,"low":0.002364,"high":0.006304}},{"threshold":0.55,"missed":{"value":0.033586,
"low":0.019801,"high":0.048636},"taken":{"value":0.000263,"low":0.0,"high":0.001969}},{"threshold":0.62,
"missed":{"value":0.093174,"low":0.07121,"high":0.114287},"taken":{"value":0.0,"low":0.0,"high":0.001304}},
{"threshold":0.7,"missed":{"value":0.306609,"low":0.266957,"high":0.347878},"taken":{"value":0.0,"low":0.0,
"high":0.001304}}],"shipped":null,"curve_taken":[1.0,0.999998,0.999963,0.99996,0.999841,0.999792,0.999566,0.999066,
0.99829,0.99699,0.995347,0.992102,0.987789,0.982559,0.974353,0.961579,0.944198,0.921047,0.892129,0.860996,0.817805,
0.766073,0.714269,0.661253,0.606735,0.548131,0.488862,0.43427,0.381892,0.330738,0.285572,0.245004,0.20568,0.170001,
0.139451,0.11328,0.093995,0.076958,0.06464,0.0491,0.039966,0.031155,0.023318,0.017734,0.014972,0.01182,0.008406,
0.006829,0.005253,0.004203,0.00394,0.002889,0.002627,0.001576,0.001313,0.000788,0.000788,0.000788,0.000788,0.000263,
0.000263,0.000263,0.000263,0.000263,0.000263,0.000263,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],
"curve_missed":[0.005343,0.005343,0.005343,0.005343,0.005343,0.005343,0.005343,0.005344,0.005344,0.005344,0.005344,
0.005344,0.005344,0.005344,0.005344,0.005344,0.005344,0.005344,0.005344,0.005344,0.005344,0.005344,0.005416,0.006499,
0.006499,0.006499,0.006499,0.006499,0.006501,0.006501,0.006501,0.006501,0.007584,0.007584,0.007584,0.007584,0.007584,
0.007584,0.007584,0.007584,0.007584,0.007584,0.009751,0.010834,0.011918,0.011918,0.014085,0.014085,0.014085,0.019502,
0.020585,0.020585,0.023835,0.024919,0.026002,0.026002,0.027086,0.028169,0.032503,0.033586,0.036836,0.04117,0.046587,
0.048754,0.049837,0.052004,0.055255,0.061755,0.069339,0.07584,0.07909,0.089924,0.093174,0.102925,0.111593,0.121343,
0.131094,0.137595,0.147346,0.162514,0.178765,0.189599,0.201517,0.213434,0.23402,0.247021,0.268689,0.288191,0.306609,
0.328277,0.351029,0.369447,0.394366,0.412784,0.434453,0.448537,0.466956,0.491874,0.517876,0.540628,0.567714,0.593716,
0.624052,0.654388,0.678223,0.698808,0.728061,0.746479,0.76598]},{"kind":"unlike","listed":2100,"photos":1,
"searches":464,"people":311,"strangers":652,"stranger_people":446,"rank_one":{"value":0.997845,"low":0.982216,
"high":1.0},"points":[{"rate":0.01,"threshold":0.5063,"missed":{"value":0.002155,"low":0.0,"high":0.011003},
"held_out":null,"pairs":9,"extrapolated":true},{"rate":0.001,"threshold":0.5433,"missed":{"value":0.010776,
"low":0.002024,"high":0.046141},"held_out":null,"pairs":1,"extrapolated":true},{"rate":0.0001,"threshold":0.5686,
"missed":{"value":0.021552,"low":0.002099,"high":0.326991},"held_out":null,"pairs":1,"extrapolated":true}],
"thresholds":[{"threshold":0.4,"missed":{"value":0.002155,"low":0.0,"high":0.017784},"taken":{"value":0.615464,
"low":0.58002,"high":0.64821}},{"threshold":0.46,"missed":{"value":0.002155,"low":0.0,"high":0.017784},
"taken":{"value":0.089553,"low":0.068274,"high":0.109907}},{"threshold":0.5,"missed":{"value":0.002155,"low":0.0,
"high":0.017784},"taken":{"value":0.011936,"low":0.005158,"high":0.020594}},{"threshold":0.55,
"missed":{"value":0.010776,"low":0.002237,"high":0.032602},"taken":{"value":0.000555,"low":0.0,"high":0.008237}},
{"threshold":0.62,"missed":{"value":0.05819,"low":0.031644,"high":0.086587},"taken":{"value":0.0,"low":0.0,
"high":0.008237}},{"threshold":0.7,"missed":{"value":0.1875,"low":0.144652,"high":0.22945},"taken":{"value":0.0,
"low":0.0,"high":0.008237}}],"shipped":{"threshold":0.62,"missed":{"value":0.05819,"low":0.031644,"high":0.086587},
"taken":{"value":0.0,"low":0.0,"high":0.008237}},"curve_taken":[1.0,0.999995,0.999977,0.999856,0.999837,0.999607,
0.999474,0.998588,0.99714,0.994461,0.989715,0.978394,0.966019,0.942295,0.917826,0.892552,0.85421,0.798518,0.748474,
0.680809,0.615464,0.553844,0.492014,0.43847,0.384862,0.333459,0.270221,0.22726,0.192036,0.153177,0.12613,0.108192,
0.089553,0.06616,0.054755,0.051963,0.040545,0.031788,0.023738,0.016378,0.011936,0.00805,0.007217,0.006385,0.004997,
0.003331,0.002221,0.000555,0.000555,0.000555,0.000555,0.000555,0.000555,0.000555,0.000555,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0],"curve_missed":[0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,
0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,
0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,
0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.002155,0.006466,0.008621,0.008621,0.008621,
0.010776,0.012931,0.017241,0.019397,0.021552,0.023707,0.028017,0.030172,0.034483,0.036638,0.038793,0.045259,0.056034,
0.05819,0.0625,0.06681,0.068966,0.071121,0.073276,0.084052,0.090517,0.094828,0.105603,0.114224,0.12069,0.131466,
0.137931,0.153017,0.168103,0.1875,0.209052,0.239224,0.256466,0.278017,0.301724,0.323276,0.344828,0.359914,0.37931,
0.400862,0.422414,0.452586,0.463362,0.491379,0.532328,0.547414,0.573276,0.596983,0.644397,0.681034]},{"kind":"unlike",
"listed":2100,"photos":3,"searches":242,"people":154,"strangers":652,"stranger_people":446,"rank_one":{"value":1.0,
"low":0.976331,"high":1.0},"points":[{"rate":0.01,"threshold":0.5137,"missed":{"value":0.0,"low":0.0,"high":0.0},
"held_out":null,"pairs":10,"extrapolated":true},{"rate":0.001,"threshold":0.5461,"missed":{"value":0.0,"low":0.0,
"high":0.004097},"held_out":null,"pairs":1,"extrapolated":true},{"rate":0.0001,"threshold":0.566,
"missed":{"value":0.0,"low":0.0,"high":0.017804},"held_out":null,"pairs":1,"extrapolated":true}],
"thresholds":[{"threshold":0.4,"missed":{"value":0.0,"low":0.0,"high":0.023669},"taken":{"value":0.692011,
"low":0.659967,"high":0.723852}},{"threshold":0.46,"missed":{"value":0.0,"low":0.0,"high":0.023669},
"taken":{"value":0.111688,"low":0.087835,"high":0.134861}},{"threshold":0.5,"missed":{"value":0.0,"low":0.0,
"high":0.023669},"taken":{"value":0.021375,"low":0.011971,"high":0.032554}},{"threshold":0.55,"missed":{"value":0.0,
"low":0.0,"high":0.023669},"taken":{"value":0.000555,"low":0.0,"high":0.008237}},{"threshold":0.62,
"missed":{"value":0.004132,"low":0.0,"high":0.023669},"taken":{"value":0.0,"low":0.0,"high":0.008237}},
{"threshold":0.7,"missed":{"value":0.016529,"low":0.0,"high":0.046124},"taken":{"value":0.0,"low":0.0,
"high":0.008237}}],"shipped":{"threshold":0.62,"missed":{"value":0.004132,"low":0.0,"high":0.023669},
"taken":{"value":0.0,"low":0.0,"high":0.008237}},"curve_taken":[1.0,0.999999,0.999993,0.99986,0.999771,0.999741,
0.999277,0.995973,0.993554,0.989005,0.983279,0.972588,0.955242,0.936951,0.913866,0.878641,0.845822,0.80582,0.751286,
0.692011,0.628006,0.568075,0.509791,0.448909,0.393438,0.323301,0.268184,0.224462,0.188768,0.157012,0.131617,0.111688,
0.089762,0.079451,0.065035,0.054889,0.038451,0.031511,0.025816,0.021375,0.016378,0.013047,0.009716,0.008883,0.006662,
0.004997,0.002221,0.000555,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],
"curve_missed":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.004132,0.008264,
0.012397,0.016529,0.020661,0.028926,0.033058,0.03719,0.041322,0.045455,0.049587,0.053719,0.070248,0.07438,0.086777,
0.103306,0.11157,0.119835,0.144628]},{"kind":"alike","listed":2100,"photos":1,"searches":1571,"people":814,
"strangers":3585,"stranger_people":2828,"rank_one":{"value":0.973806,"low":0.964002,"high":0.982252},
"points":[{"rate":0.01,"threshold":0.486,"missed":{"value":0.086569,"low":0.067216,"high":0.102494},
"held_out":{"value":0.083386,"low":0.067949,"high":0.099072},"pairs":44,"extrapolated":false},{"rate":0.001,
"threshold":0.5236,"missed":{"value":0.131127,"low":0.09922,"high":0.173604},"held_out":null,"pairs":7,
"extrapolated":true},{"rate":0.0001,"threshold":0.5528,"missed":{"value":0.178867,"low":0.122366,"high":0.336919},
"held_out":null,"pairs":2,"extrapolated":true}],"thresholds":[{"threshold":0.4,"missed":{"value":0.033534,
"low":0.024264,"high":0.044086},"taken":{"value":0.370189,"low":0.355577,"high":0.38473}},{"threshold":0.46,
"missed":{"value":0.061108,"low":0.047734,"high":0.07573},"taken":{"value":0.038165,"low":0.031967,"high":0.044021}},
{"threshold":0.5,"missed":{"value":0.0993,"low":0.082434,"high":0.116461},"taken":{"value":0.004597,"low":0.002671,
"high":0.006786}},{"threshold":0.55,"missed":{"value":0.173138,"low":0.150831,"high":0.195477},
"taken":{"value":0.000525,"low":0.0,"high":0.001969}},{"threshold":0.62,"missed":{"value":0.366645,"low":0.339114,
"high":0.396752},"taken":{"value":0.0,"low":0.0,"high":0.001304}},{"threshold":0.7,"missed":{"value":0.65818,
"low":0.629266,"high":0.68615},"taken":{"value":0.0,"low":0.0,"high":0.001304}}],"shipped":{"threshold":0.62,
"missed":{"value":0.366645,"low":0.339114,"high":0.396752},"taken":{"value":0.0,"low":0.0,"high":0.001304}},
"curve_taken":[1.0,0.999999,0.999997,0.99999,0.999935,0.999822,0.999403,0.999044,0.998426,0.996962,0.995186,0.992497,
0.987566,0.978858,0.968881,0.956179,0.93571,0.913353,0.884624,0.850512,0.814794,0.768738,0.713469,0.654805,0.596511,
0.539345,0.479884,0.422438,0.370189,0.316187,0.270649,0.229369,0.193794,0.164274,0.139583,0.111498,0.090695,0.073261,
0.057777,0.046061,0.038165,0.030129,0.02292,0.017535,0.011756,0.0102,0.007661,0.006698,0.004597,0.00324,0.001926,
0.001664,0.001664,0.001664,0.001138,0.000744,0.000744,0.000613,0.000525,0.000263,0.000263,0.000263,0.000263,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"curve_missed":[0.026194,0.026194,0.026194,0.026194,
0.026194,0.026194,0.026194,0.026194,0.026194,0.026194,0.026194,0.026194,0.026194,0.026194,0.026194,0.026194,0.026194,
0.026205,0.026369,0.026411,0.027059,0.027737,0.028374,0.028385,0.029032,0.029733,0.031006,0.032176,0.033534,0.034971,
0.035772,0.037209,0.038173,0.038974,0.040247,0.042793,0.048049,0.052505,0.055215,0.059671,0.061108,0.063017,0.0662,
0.073838,0.080204,0.085933,0.089115,0.094208,0.0993,0.103119,0.110757,0.117123,0.125398,0.133036,0.143221,0.149586,
0.157225,0.164863,0.173138,0.182686,0.190961,0.202419,0.209421,0.218969,0.232973,0.247613,0.262253,0.282623,0.301719,
0.316996,0.330363,0.349459,0.366645,0.385742,0.407384,0.425207,0.438574,0.460216,0.479949,0.499682,0.52387,0.541693,
0.562062,0.576703,0.59198,0.616805,0.630808,0.642903,0.65818,0.680458,0.700191,0.715468,0.735201,0.75366,0.7683,
0.78676,0.803947,0.815404,0.830681,0.849141,0.860598,0.873329,0.891152,0.901337,0.912794,0.91916,0.925525,0.936346,
0.942712]},{"kind":"alike","listed":2100,"photos":3,"searches":311,"people":311,"strangers":3585,
"stranger_people":2828,"rank_one":{"value":0.990354,"low":0.97207,"high":1.0},"points":[{"rate":0.01,
"threshold":0.489,"missed":{"value":0.019293,"low":0.006388,"high":0.035296},"held_out":{"value":0.019293,
"low":0.00643,"high":0.035387},"pairs":43,"extrapolated":false},{"rate":0.001,"threshold":0.5286,
"missed":{"value":0.038585,"low":0.019196,"high":0.061911},"held_out":null,"pairs":7,"extrapolated":true},
{"rate":0.0001,"threshold":0.559,"missed":{"value":0.045016,"low":0.021839,"high":0.116267},"held_out":null,"pairs":1,
"extrapolated":true}],"thresholds":[{"threshold":0.4,"missed":{"value":0.009646,"low":0.0,"high":0.02793},
"taken":{"value":0.41603,"low":0.400156,"high":0.429378}},{"threshold":0.46,"missed":{"value":0.012862,"low":0.003115,
"high":0.032602},"taken":{"value":0.046092,"low":0.039452,"high":0.052249}},{"threshold":0.5,
"missed":{"value":0.022508,"low":0.009201,"high":0.040137},"taken":{"value":0.005823,"low":0.00359,"high":0.008364}},
{"threshold":0.55,"missed":{"value":0.041801,"low":0.020534,"high":0.065021},"taken":{"value":0.000525,"low":0.0,
"high":0.001969}},{"threshold":0.62,"missed":{"value":0.109325,"low":0.074194,"high":0.142362},"taken":{"value":0.0,
"low":0.0,"high":0.001304}},{"threshold":0.7,"missed":{"value":0.356913,"low":0.307674,"high":0.409399},
"taken":{"value":0.0,"low":0.0,"high":0.001304}}],"shipped":{"threshold":0.62,"missed":{"value":0.109325,
"low":0.074194,"high":0.142362},"taken":{"value":0.0,"low":0.0,"high":0.001304}},"curve_taken":[1.0,0.999999,0.999998,
0.999995,0.999977,0.999928,0.999678,0.999268,0.998257,0.996511,0.994836,0.992097,0.988359,0.981414,0.97303,0.962498,
0.945746,0.926623,0.902906,0.874371,0.844945,0.803002,0.752814,0.700148,0.644688,0.592443,0.53104,0.472509,0.41603,
0.360777,0.312046,0.266076,0.228259,0.193969,0.164202,0.13383,0.10904,0.087939,0.070677,0.057989,0.046092,0.037217,
0.028769,0.02233,0.015171,0.013265,0.008712,0.007486,0.005823,0.004553,0.002977,0.002889,0.002539,0.00232,0.001532,
0.000876,0.000613,0.000525,0.000263,0.000263,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,
0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],
"curve_missed":[0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,
0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,
0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,0.009646,
0.009646,0.009646,0.012862,0.012862,0.012862,0.012862,0.012862,0.016077,0.019293,0.019293,0.019293,0.022508,0.022508,
0.028939,0.038585,0.038585,0.038585,0.038585,0.038585,0.038585,0.041801,0.045016,0.048232,0.061093,0.064309,0.067524,
0.073955,0.083601,0.086817,0.096463,0.099678,0.102894,0.109325,0.122186,0.135048,0.14791,0.154341,0.173633,0.199357,
0.209003,0.234727,0.247588,0.250804,0.257235,0.26045,0.29582,0.324759,0.33119,0.356913,0.379421,0.392283,0.398714,
0.418006,0.450161,0.472669,0.517685,0.536977,0.553055,0.585209,0.604502,0.620579,0.636656,0.665595,0.675241,0.697749,
0.720257,0.749196,0.758842,0.778135]}],"fixed_list":{"listed":814,"searches":1940,"strangers":2014,
"rank_one":{"value":0.984536,"low":0.977997,"high":0.989543},"thresholds":[{"threshold":0.4,
"missed":{"value":0.019588,"low":0.013898,"high":0.026787},"taken":{"value":0.135055,"low":0.120419,"high":0.150761}},
{"threshold":0.46,"missed":{"value":0.048969,"low":0.039797,"high":0.059533},"taken":{"value":0.007944,"low":0.004548,
"high":0.012869}},{"threshold":0.5,"missed":{"value":0.084021,"low":0.072054,"high":0.097261},
"taken":{"value":0.00149,"low":0.000307,"high":0.004347}},{"threshold":0.55,"missed":{"value":0.152577,"low":0.136853,
"high":0.169359},"taken":{"value":0.0,"low":0.0,"high":0.00183}},{"threshold":0.62,"missed":{"value":0.324742,
"low":0.303925,"high":0.346091},"taken":{"value":0.0,"low":0.0,"high":0.00183}},{"threshold":0.7,
"missed":{"value":0.620103,"low":0.598079,"high":0.641763},"taken":{"value":0.0,"low":0.0,"high":0.00183}}]},
"detection":[],"groups":[],"clips":null,"histogram":{"lowest":0.0,"step":0.02,"same":[1,1,3,3,1,2,5,4,4,9,2,8,10,6,14,
8,14,24,29,43,71,89,114,151,156,231,252,339,412,434,607,645,612,722,677,703,618,486,432,319,224,146,86,46,25,7,2,2,0,
0],"others":[837911,1038586,1167253,1249457,1272829,1230088,1132987,991642,821750,647940,487872,345898,233978,150286,
91320,52658,29345,15114,7531,3561,1601,695,303,126,43,13,3,3,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]},
"two_names":0,"wrong_names":5,"floor":{"threshold":0.49,"listed":2100,"missed":{"value":0.073196,"low":0.059258,
"high":0.088239},"taken":{"value":0.006041,"low":0.003415,"high":0.008406}}}
$report$
);

-- migrate:down

DROP TRIGGER audit_accuracy ON watchlist.accuracy_proposal;
SET LOCAL ROLE wardwatch_keeper;
DROP FUNCTION audit.write_accuracy();
DELETE FROM audit.action AS a
WHERE a.code LIKE 'accuracy.%' AND NOT EXISTS (SELECT FROM audit.event AS e WHERE e.action = a.code);
RESET ROLE;
DROP VIEW watchlist.measured_model;
DROP FUNCTION watchlist.use_model(bytea);
DROP TABLE watchlist.accuracy_proposal;
DROP FUNCTION watchlist.guard_accuracy(), watchlist.keep_accuracy();
REVOKE SELECT (id, floor) ON watchlist.accuracy_report FROM wardwatch_audit;
DELETE FROM watchlist.accuracy_report
WHERE digest = '\x4451c7b618513519d2d1182e785d5cf400b77d16e8eb02dfca6da353a858457e';
ALTER TABLE watchlist.accuracy_report DROP COLUMN document, DROP COLUMN digest, DROP COLUMN proposal;
DROP TABLE watchlist.model_in_use;
