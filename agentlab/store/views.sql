-- The named views over `spans`, the rows of the trace store. docs/reference/schema.md tells every column.
-- Two words hold throughout: times are UTC, and a NULL in cost_usd means unknown, never 0.
-- `credits` are credits here and micro-credits in `spans`.

-- spans: one row per span. A run or step that another process went on with after a crash was begun several times under
-- one span id; the newest of those rows stands for all, and the time counts from the first. The rest has one row anyway.
CREATE VIEW spans AS
SELECT * FROM span_rows WHERE kind NOT IN ('run', 'step')
UNION ALL
SELECT * EXCLUDE (first_started_at) REPLACE (
    first_started_at AS started_at,
    duration_ms + date_diff('microsecond', first_started_at, started_at) / 1000.0 AS duration_ms
)
FROM (
    SELECT *, min(started_at) OVER (PARTITION BY kind, run_id, span_id) AS first_started_at
    FROM span_rows
    WHERE kind IN ('run', 'step')
    QUALIFY row_number() OVER (
        PARTITION BY kind, run_id, span_id
        ORDER BY started_at DESC, status IN ('running', 'crashed'), status = 'crashed', duration_ms DESC
    ) = 1
);

-- errors: one row per failure, where it began: a failed call, not also the step and the run that it brought down.
CREATE VIEW errors AS
SELECT run_id, step, span_id, kind, name, status, tool, model, attempt, started_at, error_type, error_message
FROM spans
WHERE status IN ('error', 'crashed')
  AND span_id NOT IN (
      SELECT parent_span_id FROM spans WHERE status IN ('error', 'crashed') AND parent_span_id IS NOT NULL
  );

-- steps: one row per step of a plan, all its attempts together.
CREATE VIEW steps AS
SELECT
    run_id,
    step,
    name AS description,
    tool,
    tool_category,
    CASE status WHEN 'ok' THEN 'succeeded' WHEN 'error' THEN 'failed' ELSE status END AS status,
    (attributes ->> 'agentlab.attempts')::INTEGER AS attempts,
    started_at,
    duration_ms,
    cost_usd,
    credits / 1e6 AS credits,
    error_type,
    error_message
FROM spans
WHERE kind = 'step';

-- runs: one row per run, its newest state. Its errors are its rows in `errors`, counted in one pass.
CREATE VIEW runs AS
SELECT
    run.run_id,
    run.attributes ->> 'agentlab.goal' AS goal,
    CASE
        WHEN run.status IN ('running', 'crashed', 'cancelled') THEN run.status
        WHEN run.attributes ->> 'agentlab.status' IS NOT NULL THEN run.attributes ->> 'agentlab.status'
        WHEN run.status = 'ok' THEN 'succeeded'
        ELSE 'failed'
    END AS status,
    run.model,
    run.started_at,
    run.duration_ms / 1000 AS duration_s,
    run.cost_usd,
    run.credits / 1e6 AS credits,
    part.steps,
    len(part.failed) - len(list_intersect(part.failed, part.above_failed)) AS errors
FROM spans AS run
JOIN (
    SELECT
        run_id,
        count(*) FILTER (kind = 'step') AS steps,
        coalesce(list(span_id) FILTER (status IN ('error', 'crashed')), []) AS failed,
        coalesce(list(parent_span_id) FILTER (status IN ('error', 'crashed')), []) AS above_failed
    FROM spans
    GROUP BY run_id
) AS part USING (run_id)
WHERE run.kind = 'run';

-- llm_calls: one row per call of a model, failed ones too.
CREATE VIEW llm_calls AS
SELECT
    run_id, step, span_id, name, attempt, provider, model, status, started_at, duration_ms,
    input_tokens, output_tokens, cost_usd, credits / 1e6 AS credits, error_type, error_message
FROM spans
WHERE kind = 'llm';

-- tool_calls: one row per attempt.
CREATE VIEW tool_calls AS
SELECT
    run_id, step, span_id, tool, tool_category, attempt, status, started_at, duration_ms,
    cost_usd, credits / 1e6 AS credits, error_type, error_message
FROM spans
WHERE kind = 'tool';

-- cost_daily: what models cost, by day and model. The sums hold what is known; the last column counts what is not.
CREATE VIEW cost_daily AS
SELECT
    started_at::DATE AS day,
    provider,
    model,
    count(*) AS calls,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(cost_usd) AS cost_usd,
    sum(credits) AS credits,
    count(*) FILTER (cost_usd IS NULL) AS calls_of_unknown_cost
FROM llm_calls
GROUP BY ALL;
