-- The named views over `spans` and `notes`, the rows of the trace store. docs/reference/schema.md tells every column.
-- Two words hold throughout: times are UTC, and a NULL in cost_usd means unknown, never 0.
-- `credits` are credits here and micro-credits in `spans`.

-- errors: one row per failure, where it began: a failed call, not also the step and the run that it brought down.
-- BETWEEN stands for IN ('crashed', 'error'), of all statuses the two between these words: a range is looked for while the
-- files are being read, which then unpacks nothing else of the many rows that are well.
CREATE VIEW errors AS
SELECT run_id, step, span_id, kind, name, status, tool, model, attempt, started_at, error_type, error_message
FROM spans
WHERE status BETWEEN 'crashed' AND 'error'
  AND span_id NOT IN (
      SELECT parent_span_id FROM spans WHERE status BETWEEN 'crashed' AND 'error' AND parent_span_id IS NOT NULL
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

-- runs: one row per run, its newest state, and per trace that no run of ours began (its root; its run_id is its trace id).
-- The two are looked for apart, since a condition on several columns would be checked on rows unpacked whole.
-- Its errors are its rows in `errors`, counted in one pass. What a foreign trace cost is what its model calls cost.
CREATE VIEW runs AS
SELECT
    run.run_id,
    run.project,
    coalesce(run.attributes ->> 'agentlab.goal', run.name) AS goal,
    CASE
        WHEN run.status IN ('running', 'waiting', 'crashed', 'cancelled') THEN run.status
        WHEN run.attributes ->> 'agentlab.status' IS NOT NULL THEN run.attributes ->> 'agentlab.status'
        WHEN run.status = 'ok' THEN 'succeeded'
        ELSE 'failed'
    END AS status,
    coalesce(run.model, part.model) AS model,
    run.service,
    run.started_at,
    run.duration_ms / 1000 AS duration_s,
    CASE WHEN run.kind = 'run' OR part.unknown_cost > 0 THEN run.cost_usd ELSE coalesce(run.cost_usd, part.cost_usd) END AS cost_usd,
    run.credits / 1e6 AS credits,
    part.input_tokens,
    part.output_tokens,
    part.spans,
    part.steps,
    len(part.failed) - len(list_intersect(part.failed, part.above_failed)) AS errors
FROM (
    FROM spans WHERE kind = 'run'
    UNION ALL
    FROM spans WHERE parent_span_id IS NULL AND kind <> 'run' AND run_id = trace_id
) AS run
JOIN (
    SELECT
        run_id,
        count(*) AS spans,
        count(*) FILTER (kind = 'step') AS steps,
        min(model) FILTER (kind = 'llm') AS model,
        (sum(input_tokens) FILTER (kind = 'llm'))::BIGINT AS input_tokens,
        (sum(output_tokens) FILTER (kind = 'llm'))::BIGINT AS output_tokens,
        sum(cost_usd) FILTER (kind = 'llm') AS cost_usd,
        count(*) FILTER (kind = 'llm' AND cost_usd IS NULL) AS unknown_cost,
        coalesce(list(span_id) FILTER (status IN ('error', 'crashed')), []) AS failed,
        coalesce(list(parent_span_id) FILTER (status IN ('error', 'crashed')), []) AS above_failed
    FROM spans
    GROUP BY run_id
) AS part USING (run_id);

-- llm_calls: one row per attempt of a model's call, failed ones too: those of one call stand under one parent, numbered.
CREATE VIEW llm_calls AS
SELECT
    run_id, project, conversation_id, step, span_id, name, operation, attempt, provider, model, response_model, status,
    started_at, duration_ms, ttft_ms, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
    finish_reason, cache_hit, cost_usd, price_version, credits / 1e6 AS credits, error_type, error_message
FROM spans
WHERE kind = 'llm';

-- tool_calls: one row per attempt.
CREATE VIEW tool_calls AS
SELECT
    run_id, project, step, span_id, tool, tool_category, skill, attempt, status, started_at, duration_ms,
    cache_hit, cost_usd, credits / 1e6 AS credits, error_type, error_message
FROM spans
WHERE kind = 'tool';

-- cost_daily: what models cost, by day and model. The sums hold what is known; the last column counts what is not. Nobody
-- charges for an attempt that was refused with an error, or that a guard kept from being sent.
CREATE VIEW cost_daily AS
SELECT
    started_at::DATE AS day,
    project,
    provider,
    model,
    count(*) AS calls,
    sum(input_tokens)::BIGINT AS input_tokens,
    sum(output_tokens)::BIGINT AS output_tokens,
    sum(cost_usd) AS cost_usd,
    sum(credits) AS credits,
    count(*) FILTER (
        cost_usd IS NULL
        AND coalesce(error_type, '') NOT IN (
            'rate_limited', 'overloaded', 'provider_failed', 'request_refused', 'context_too_long', 'key_refused',
            'model_gone', 'quota_exhausted', 'circuit_open', 'over_budget', 'calls_off'
        )
    ) AS calls_of_unknown_cost
FROM llm_calls
GROUP BY ALL;

-- events: what happened at one moment inside a span.
CREATE VIEW events AS
SELECT run_id, trace_id, span_id, recorded_at, name, text, attributes
FROM notes
WHERE kind = 'event';

-- scores: what people, code and models think of runs and spans. Of one author's scores of one name the newest counts; one
-- without value, label and text takes the older ones back.
CREATE VIEW scores AS
SELECT run_id, span_id, project, name, value, label, text, source, author, recorded_at, note_id, attributes
FROM (
    SELECT *
    FROM notes
    WHERE kind = 'score'
    QUALIFY row_number() OVER (PARTITION BY run_id, span_id, name, source, author ORDER BY recorded_at DESC, note_id DESC) = 1
)
WHERE value IS NOT NULL OR label IS NOT NULL OR text IS NOT NULL;

-- records: values that a notebook or a program wrote down by name.
CREATE VIEW records AS
SELECT run_id, span_id, project, name, value, label, text, author, recorded_at, attributes
FROM notes
WHERE kind = 'record';

-- forecasts: what was expected before a run, and what it came to. `name` says of what: cost_usd, credits or duration_s.
CREATE VIEW forecasts AS
SELECT
    note.run_id,
    note.name,
    (note.attributes ->> 'min')::DOUBLE AS min,
    note.value AS expected,
    (note.attributes ->> 'max')::DOUBLE AS max,
    (note.attributes ->> 'confidence')::DOUBLE AS confidence,
    note.attributes ->> 'calibration' AS calibration,
    (note.attributes ->> 'p_over_limit')::DOUBLE AS p_over_limit,
    CASE note.name WHEN 'cost_usd' THEN run.cost_usd WHEN 'credits' THEN run.credits WHEN 'duration_s' THEN run.duration_s END
        AS actual,
    actual BETWEEN min AND max AS inside,
    note.author,
    note.recorded_at
FROM notes AS note
LEFT JOIN runs AS run USING (run_id)
WHERE note.kind = 'forecast';

-- plan_scores: how good a plan looked before it ran, from 0 to 10, one row per draft.
CREATE VIEW plan_scores AS
SELECT
    run_id,
    (attributes ->> 'draft')::INTEGER AS draft,
    value AS overall,
    (attributes ->> 'efficiency')::DOUBLE AS efficiency,
    (attributes ->> 'reliability')::DOUBLE AS reliability,
    (attributes ->> 'cost_effectiveness')::DOUBLE AS cost_effectiveness,
    text AS improvements,
    source,
    author,
    recorded_at
FROM notes
WHERE kind = 'plan_score';

-- patterns: ways of working that were learned, the newest state of each.
CREATE VIEW patterns AS
SELECT
    name,
    (attributes -> 'tools')::VARCHAR[] AS tools,
    (attributes ->> 'runs')::BIGINT AS runs,
    (attributes ->> 'succeeded')::BIGINT AS succeeded,
    value,
    text AS description,
    author,
    recorded_at
FROM notes
WHERE kind = 'pattern'
QUALIFY row_number() OVER (PARTITION BY name ORDER BY recorded_at DESC, note_id DESC) = 1;
