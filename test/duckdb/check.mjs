// Reads a results directory with DuckDB and compares what the Parquet files
// hold with what summary.json says. Usage: node check.mjs DIR
// It knows nothing of the simulator but the documented columns and fields.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

const dir = process.argv[2]
const text = readFileSync(join(dir, 'summary.json'), 'utf8')
const summary = JSON.parse(text)
// Ledger figures have more digits than a double holds: keep them as text.
const exact = JSON.parse(text.replace(/("(?:[a-z_]+\.?[a-z_]*)": )(-?\d+(?:\.\d+)?)(?=[,\n])/g, '$1"$2"'))
const db = await (await DuckDBInstance.create(':memory:')).connect()
const file = name => `read_parquet('${join(dir, name)}')`

async function rows(sql) {
  return (await db.runAndReadAll(sql)).getRowsJson()
}

let failed = 0
function check(what, got, want, same = String(got) === String(want)) {
  if (!same) failed++
  console.log(`${same ? 'ok      ' : 'MISMATCH'}  ${what}: ${got}${same ? '' : `, summary says ${want}`}`)
}

// Decimal text without trailing zeros, so that "1.50" and "1.5" are equal.
const decimal = s => (String(s).includes('.') ? String(s).replace(/\.?0+$/, '') : String(s))

async function requests() {
  const r = summary.requests
  if (!r) return
  const [[n, ids, prompt, output, thinking, preemptions]] = await rows(
    `SELECT count(*), count(DISTINCT id), sum(prompt_tokens), sum(output_tokens), sum(thinking_tokens), sum(preemptions) FROM ${file('requests.parquet')}`)
  check('requests', n, r.arrived)
  check('distinct request ids', ids, r.arrived)
  check('prompt tokens', prompt, r.prompt_tokens)
  check('output tokens', output, r.output_tokens)
  check('thinking tokens', thinking, r.thinking_tokens)
  check('preemptions', preemptions, r.preemptions)
  const byOutcome = new Map(await rows(`SELECT outcome, count(*) FROM ${file('requests.parquet')} GROUP BY outcome`))
  for (const outcome of ['completed', 'rejected', 'cancelled', 'unfinished']) {
    check(outcome, byOutcome.get(outcome) ?? 0, r[outcome])
  }
  const spans = { ttft_s: 'first_token_ns - arrive_ns', e2e_s: 'finish_ns - arrive_ns', queue_s: 'scheduled_ns - arrive_ns' }
  const warmup = Math.round(summary.warmup_s * 1e9)
  for (const [name, span] of Object.entries(spans)) {
    const [[p50, p90, p99, mean, max]] = await rows(
      `SELECT quantile_disc(x, 0.5), quantile_disc(x, 0.9), quantile_disc(x, 0.99), avg(x), max(x) FROM (SELECT (${span}) / 1e9 AS x
       FROM ${file('requests.parquet')} WHERE outcome = 'completed' AND arrive_ns >= ${warmup})`)
    // The summary's quantiles come from a sketch with a relative error of 1/256.
    for (const [q, v] of Object.entries({ p50, p90, p99 })) {
      check(`${name} ${q}`, v, r[name][q], Math.abs(v - r[name][q]) <= v / 255 + 1e-9)
    }
    check(`${name} mean`, mean, r[name].mean, Math.abs(mean - r[name].mean) <= 1e-9 * Math.abs(mean) + 1e-12)
    check(`${name} max`, max, r[name].max, Math.abs(max - r[name].max) <= 1e-9)
  }
}

async function jobs() {
  const j = summary.jobs
  if (!j) return
  const [[n, ids]] = await rows(`SELECT count(*), count(DISTINCT id) FROM ${file('jobs.parquet')}`)
  check('jobs', n, j.submitted)
  check('distinct job ids', ids, j.submitted)
  const byState = new Map(await rows(`SELECT state, count(*) FROM ${file('jobs.parquet')} GROUP BY state`))
  for (const state of ['completed', 'failed', 'unfinished']) check(`jobs ${state}`, byState.get(state) ?? 0, j[state])
  for (const [kind, want] of Object.entries(j.by_kind)) {
    const [[count]] = await rows(`SELECT count(*) FROM ${file('jobs.parquet')} WHERE kind = '${kind}'`)
    check(`jobs of kind ${kind}`, count, want.submitted)
  }
}

async function ledger() {
  const sums = await rows(`SELECT account, sum(gpu_s)::VARCHAR FROM ${file('ledger.parquet')} GROUP BY account ORDER BY account`)
  const want = exact.ledger.gpu_s
  check('accounts', sums.length, Object.keys(want).length)
  for (const [account, sum] of sums) check(`GPU-s in ${account}`, decimal(sum), decimal(want[account]))
  const classes = await rows(`SELECT class, account, sum(gpu_s)::VARCHAR FROM ${file('ledger.parquet')} GROUP BY class, account ORDER BY class, account`)
  for (const [name, account, sum] of classes) check(`GPU-s of ${name} in ${account}`, decimal(sum), decimal(exact.ledger.by_class[name][account]))
  const [[total]] = await rows(`SELECT sum(gpu_s)::VARCHAR FROM ${file('ledger.parquet')}`)
  check('GPU-s in all', decimal(total), decimal(exact.ledger.total_gpu_s))
  check('fleet × horizon', summary.fleet.gpus * summary.horizon_s, Number(total))
}

async function series() {
  const [[n, last]] = await rows(`SELECT count(*), max(time_ns) FROM ${file('timeseries.parquet')}`)
  check('last sample (ns)', last, Math.round(summary.horizon_s * 1e9))
  check('values in the time series', n, 'more than none', Number(n) > 0)
}

// Exact sums of decimals: DuckDB adds integers of 128 bits.
async function placements() {
  const sums = await rows(`SELECT class, sum(gpu_milli::HUGEINT * (to_ns - from_ns))::VARCHAR FROM ${file('placements.parquet')} WHERE gang <> 0 GROUP BY class`)
  const held = new Map(sums)
  for (const name of ['inference', 'rl', 'training', 'jobs']) {
    const [[want]] = await rows(`SELECT coalesce(sum(gpu_s * 1000000000000)::HUGEINT, 0)::VARCHAR FROM ${file('ledger.parquet')} WHERE class = '${name}'`)
    check(`placements of ${name}`, held.get(name) ?? 0, want)
  }
  const [[down]] = await rows(`SELECT coalesce(sum(gpu_milli::HUGEINT * (to_ns - from_ns)), 0)::VARCHAR FROM ${file('placements.parquet')} WHERE account = 'down'`)
  const [[want]] = await rows(`SELECT coalesce(sum(gpu_s * 1000000000000)::HUGEINT, 0)::VARCHAR FROM ${file('ledger.parquet')} WHERE account = 'down'`)
  check('outages', down, want)
}

async function incidents() {
  for (const [component, want] of Object.entries(summary.failures?.by_component ?? {})) {
    const [[n]] = await rows(`SELECT count(*) FROM ${file('incidents.parquet')} WHERE event = 'fails' AND component = '${component}'`)
    check(`failures of ${component}`, n, want)
  }
}

async function spending() {
  for (const [metric, want] of Object.entries({ power_kw: summary.energy_kwh, usd_per_h: summary.cost_usd })) {
    const [[sum]] = await rows(`SELECT sum(value * (time_ns - before)) / 3600e9 FROM (SELECT value, time_ns, coalesce(lag(time_ns) OVER (PARTITION BY label ORDER BY time_ns), 0) AS before
      FROM ${file('timeseries.parquet')} WHERE metric = '${metric}')`)
    check(`${metric} over time`, sum, want, Math.abs(sum - want) <= 1e-9 * Math.max(want, 1))
  }
}

async function columns() {
  for (const name of ['requests', 'jobs', 'timeseries', 'ledger', 'placements', 'incidents']) {
    const [[about]] = await rows(`SELECT decode(value) FROM parquet_kv_metadata('${join(dir, name + '.parquet')}') WHERE decode(key) = 'jevons.columns'`)
    const there = (await rows(`DESCRIBE SELECT * FROM ${file(name + '.parquet')}`)).map(r => r[0])
    const said = JSON.parse(about)
    check(`columns of ${name}`, said.map(c => c.name).sort().join(' '), there.sort().join(' '))
    check(`what they mean`, said.every(c => c.meaning), true)
  }
}

await requests()
await placements()
await incidents()
await spending()
await columns()
await jobs()
await ledger()
await series()
console.log(failed === 0 ? 'all equal' : `${failed} differ`)
process.exit(failed === 0 ? 0 : 1)
