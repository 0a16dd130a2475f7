-- The window facts and the score of the preset `usage-trend-friction`, from the raw events alone, in DuckDB.
--
--   SET VARIABLE event_files = ['events.ndjson.gz'];
--   .read usage_trend_friction.sql
--   FROM usage_trend_friction(1664496000000, 3600000);
--
-- Lines must be well-formed events with their account in `account_id`. Two values of a property at the same
-- millisecond have no order here: Vitals orders them by a fingerprint.

SET TimeZone = 'UTC'; -- a timestamp without an offset is UTC

CREATE OR REPLACE TABLE events AS
WITH lines AS (
    SELECT
        row_number() OVER () AS line,
        json ->> '$.account_id' AS account_id,
        CASE json ->> '$.topic'
            WHEN 'exception' THEN 'exceptions' WHEN 'ticket' THEN 'tickets' ELSE json ->> '$.topic'
        END AS topic,
        nullif(json ->> '$.event', '') AS event,
        nullif(json ->> '$.id', '') AS event_id,
        json_type(json, '$.timestamp') AS timestamp_type,
        json ->> '$.timestamp' AS timestamp,
        json_type(json, '$.properties.mrr') IN ('UBIGINT', 'BIGINT', 'DOUBLE') AS has_mrr,
        json ->> '$.properties.mrr' AS mrr,
        json_type(json, '$.properties.plan') = 'VARCHAR' AS has_plan,
        json ->> '$.properties.plan' AS plan
    FROM read_ndjson_objects(getvariable('event_files'))
),
parsed AS (
    SELECT
        line, account_id, topic, event_id,
        coalesce(event, '$exception') AS name,
        CASE
            WHEN timestamp_type = 'VARCHAR' THEN epoch_ms(CAST(timestamp AS TIMESTAMPTZ))
            -- an epoch number: milliseconds from 10^11 on, seconds below
            WHEN CAST(timestamp AS DOUBLE) >= 1e11 THEN CAST(floor(CAST(timestamp AS DOUBLE)) AS BIGINT)
            ELSE CAST(floor(CAST(timestamp AS DOUBLE) * 1000) AS BIGINT)
        END AS at_ms,
        -- an MRR below 0 is none; its event counts for all else
        CASE WHEN has_mrr AND CAST(mrr AS DOUBLE) >= 0 THEN CAST(mrr AS DOUBLE) END AS mrr,
        CASE WHEN has_plan THEN plan END AS plan
    FROM lines
)
SELECT
    account_id,
    at_ms,
    topic = 'analytics' AND name <> '$exception' AS is_usage,
    topic = 'exceptions' OR name = '$exception' AS is_error,
    name IN ('support_ticket_opened', 'ticket_opened') AS is_ticket,
    CASE
        WHEN topic <> 'billing' THEN NULL
        WHEN name IN ('subscription_canceled', 'subscription_cancelled') THEN 0.0
        WHEN name IN ('subscription_started', 'plan_changed', 'seat_count_set') THEN mrr
    END AS mrr,
    CASE
        WHEN topic = 'billing' AND name IN ('subscription_started', 'plan_changed', 'seat_count_set') THEN plan
    END AS plan
FROM parsed
-- Of the events of an account with one id, one topic and one name, the first by time.
QUALIFY event_id IS NULL OR row_number() OVER (PARTITION BY account_id, topic, name, event_id ORDER BY at_ms, line) = 1;

-- Every account that was seen until `as_of_ms`, inclusive, judged among those accounts. Milliseconds since 1970;
-- `resolution_ms` is the width of a bucket, a divisor of a day.
CREATE OR REPLACE MACRO usage_trend_friction(as_of_ms, resolution_ms) AS TABLE
WITH seen AS (
    -- A window of D at T is the buckets (bucket(T) - D, bucket(T)]: those less than D buckets old.
    SELECT *, as_of_ms // resolution_ms - at_ms // resolution_ms AS buckets_old, 86400000 // resolution_ms AS a_day
    FROM events
    WHERE at_ms <= as_of_ms
),
facts AS (
    SELECT
        account_id,
        count(*) FILTER (is_usage AND buckets_old < 30 * a_day) AS usage_30d,
        count(*) FILTER (is_usage AND buckets_old < 14 * a_day) AS usage_14d,
        count(*) FILTER (is_usage AND buckets_old >= 14 * a_day AND buckets_old < 28 * a_day) AS usage_prior14d,
        count(*) FILTER (is_error AND buckets_old < 30 * a_day) AS errors_30d,
        count(*) FILTER (is_ticket AND buckets_old < 30 * a_day) AS tickets_30d,
        max(at_ms) FILTER (is_usage) AS last_usage_at_ms,
        arg_max(mrr, at_ms) AS mrr, -- NULL is passed over
        arg_max(plan, at_ms) AS plan
    FROM seen
    GROUP BY account_id
),
cohort AS (
    SELECT max(usage_30d) AS max_usage, max(errors_30d) AS max_errors FROM facts
)
SELECT
    account_id,
    usage_30d,
    usage_14d,
    usage_prior14d,
    usage_14d - usage_prior14d AS trend,
    errors_30d,
    tickets_30d,
    strftime(make_timestamp(last_usage_at_ms * 1000), '%Y-%m-%d %H:%M:%S')
    || CASE WHEN last_usage_at_ms % 1000 = 0 THEN '' ELSE printf('.%03d', last_usage_at_ms % 1000) END AS last_usage_at,
    mrr,
    plan,
    greatest(0.0, least(100.0,
        40 * coalesce(usage_30d / nullif(max_usage, 0), 0)
        + greatest(-30, least(30, usage_14d - usage_prior14d))
        + 30 * (1 - coalesce(errors_30d / nullif(max_errors, 0), 0))
    )) AS score
FROM facts, cohort
ORDER BY account_id;
