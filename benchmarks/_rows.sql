-- Spans straight into the lake: {count} of them from number {first} on, {per_run} to a run, over {days} days.
INSERT INTO lake.spans BY NAME
WITH numbered AS (
    SELECT
        i,
        i // {per_run} AS run,
        i % {per_run} AS place,
        hash(i) AS chance,
        hash(i + 1_000_000_000_000) AS other
    FROM range({first}, {first} + {count}) AS numbers(i)
),
kinds AS (
    SELECT
        *,
        CASE
            WHEN place = 0 THEN 'run'
            WHEN place = 1 THEN 'plan'
            WHEN place IN (3, 7) THEN 'step'
            WHEN place IN (2, 5, 9) THEN 'llm'
            ELSE 'tool'
        END AS kind,
        CASE WHEN place = 0 THEN NULL WHEN place IN (1, 3, 7) THEN 0 WHEN place = 2 THEN 1 WHEN place < 7 THEN 3 ELSE 7 END
            AS above,
        {models}[1 + (chance % {model_count})::INTEGER] AS model_of,
        {tools}[1 + (chance % {tool_count})::INTEGER] AS tool_of,
        other % 100 < 6 AS failed
    FROM numbered
)
SELECT
    md5('trace' || run) AS trace_id,
    md5('span' || i)[:16] AS span_id,
    CASE WHEN above IS NOT NULL THEN md5('span' || (i - place + above))[:16] END AS parent_span_id,
    'run_' || lpad(run::VARCHAR, 12, '0') AS run_id,
    CASE kind WHEN 'llm' THEN 'chat ' || model_of[2] WHEN 'tool' THEN tool_of ELSE kind END AS name,
    kind,
    TIMESTAMP '2026-11-01' + to_microseconds((i * ({days} * 86_400_000_000 / {total}))::BIGINT) AS started_at,
    exp(5 + (chance % 1000) / 500.0) AS duration_ms,
    CASE WHEN failed AND kind IN ('llm', 'tool', 'run') THEN 'error' ELSE 'ok' END AS status,
    CASE WHEN failed AND kind IN ('llm', 'tool', 'run') THEN {errors}[1 + (chance % 5)::INTEGER] END AS error_type,
    CASE WHEN kind NOT IN ('run', 'plan') THEN 's' || (place // 4) END AS step,
    1 AS attempt,
    'skill-' || (chance % 40) AS skill,
    CASE kind WHEN 'tool' THEN tool_of END AS tool,
    CASE kind WHEN 'tool' THEN split_part(tool_of, '.', 1) END AS tool_category,
    CASE kind WHEN 'llm' THEN model_of[1] END AS provider,
    CASE kind WHEN 'llm' THEN model_of[2] END AS model,
    CASE kind WHEN 'llm' THEN 200 + chance % 7800 END AS input_tokens,
    CASE kind WHEN 'llm' THEN 20 + other % 1200 END AS output_tokens,
    CASE kind WHEN 'llm' THEN (chance % 7800) * 3e-6 + (other % 1200) * 15e-6 END AS cost_usd,
    'u' || (chance % 200) AS user_id,
    'bench' AS host,
    1000 AS pid,
    CASE kind
        WHEN 'run' THEN '{{"agentlab.goal":"goal ' || (chance % 500) || '","agentlab.status":"' || if(failed, 'failed', 'succeeded') || '"}}'
        ELSE '{{"gen_ai.request.temperature":0.2,"agentlab.note":"the quick brown fox jumps over the lazy dog","agentlab.number":' || i || '}}'
    END AS attributes
FROM kinds
ORDER BY started_at;
