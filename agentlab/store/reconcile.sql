-- A run or a step that another process went on with after a crash, or that was taken up again after its end, is told
-- more than once under one span id. The newest telling stands for all, and the time counts from the first.
-- `told` holds what comes in (rows of `spans`); here it is made one row per span, and `hidden` names the spans of the
-- lake that it replaces. `known` are the rows of the lake about the same runs.

CREATE OR REPLACE TEMP TABLE versions AS
SELECT * FROM temp.known
UNION ALL BY NAME
SELECT * FROM temp.told WHERE kind IN ('run', 'step') AND starts_with(run_id, 'run_');

CREATE OR REPLACE TEMP TABLE winners AS
SELECT * EXCLUDE (first_started_at, tellings) REPLACE (
    first_started_at AS started_at,
    duration_ms + date_diff('microsecond', first_started_at, started_at) / 1000.0 AS duration_ms
)
FROM (
    SELECT *, min(started_at) OVER same AS first_started_at, count(*) OVER same AS tellings
    FROM temp.versions
    WINDOW same AS (PARTITION BY run_id, span_id)
    QUALIFY tellings > 1 AND row_number() OVER (
        PARTITION BY run_id, span_id
        ORDER BY started_at DESC, status IN ('running', 'crashed'), status = 'crashed', duration_ms DESC
    ) = 1
);

CREATE OR REPLACE TEMP TABLE hidden AS
SELECT DISTINCT span_id FROM temp.known WHERE span_id IN (SELECT span_id FROM temp.winners);

DELETE FROM temp.told
WHERE kind IN ('run', 'step') AND span_id IN (SELECT span_id FROM temp.winners);

INSERT INTO temp.told BY NAME FROM temp.winners;
