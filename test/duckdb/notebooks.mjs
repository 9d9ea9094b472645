// Runs every query of docs/notebooks.md and compares what they say with
// summary.json. Usage: node notebooks.mjs NOTEBOOKS.md RESULTS SWEEP
import { readFileSync } from 'node:fs'
import { DuckDBInstance } from '@duckdb/node-api'

const [notebooks, results, sweep] = process.argv.slice(2)
const summary = JSON.parse(readFileSync(results + '/summary.json', 'utf8'))
const queries = [...readFileSync(notebooks, 'utf8').matchAll(/^## (\d+)\. (.*)\n[\s\S]*?```sql\n([\s\S]*?)```/gm)].map(m => ({ number: +m[1], title: m[2], sql: m[3] }))
const db = await (await DuckDBInstance.create(':memory:')).connect()

let failed = 0
function check(what, got, want, tolerance = 1e-9) {
  const same = typeof want === 'boolean' ? got === want : Math.abs(Number(got) - Number(want)) <= tolerance * Math.max(Math.abs(want), 1e-9)
  if (!same) failed++
  console.log(`${same ? 'ok      ' : 'MISMATCH'}  ${what}: ${got}${same ? '' : `, want ${want}`}`)
}
const sum = (rows, column) => rows.reduce((s, r) => s + Number(r[column] ?? 0), 0)
const classSum = name => Object.values(summary.ledger.by_class[name] ?? {}).reduce((a, b) => a + b, 0)

// What the rows of each query must say.
const expect = {
  1: rows => {
    check('GPU-hours', sum(rows, 'gpu_hours'), summary.ledger.total_gpu_s / 3600)
    check('shares', sum(rows, 'share'), 1)
    const decode = rows.find(r => r.class === 'inference' && r.account === 'compute.decode')
    check('decode', decode.gpu_hours, summary.ledger.by_class.inference['compute.decode'] / 3600)
  },
  2: rows => {
    check('days', rows.length, Math.ceil(summary.horizon_s / 86400))
    check('inference', rows.reduce((s, r) => s + Number(r.inference), 0) / rows.length, classSum('inference') / summary.ledger.total_gpu_s, 1e-6)
  },
  3: rows => {
    check('completed', sum(rows, 'completed'), summary.requests.completed)
    check('hours', rows.length, summary.horizon_s / 3600)
  },
  4: rows => {
    check('limits', rows.length, 5)
    const kept = rows.map(r => Number(r.kept))
    check('longer limits are kept more often', kept.every((k, i) => i === 0 || k >= kept[i - 1]), true)
  },
  5: rows => check('metrics of the worst hour', rows.length >= 4, true),
  6: rows => {
    check('jobs', sum(rows, 'jobs'), summary.jobs.submitted - summary.jobs.failed)
    check('preemptions', sum(rows, 'preemptions'), summary.jobs.preemptions)
  },
  7: rows => {
    check('GPU-hours of gangs', sum(rows, 'gpu_hours'), (summary.ledger.total_gpu_s - classSum('none')) / 3600)
    check('their cost', sum(rows, 'usd'), summary.cost_usd * (1 - classSum('none') / summary.ledger.total_gpu_s), 1e-6)
  },
  8: rows => {
    for (const r of rows) check(`failures of ${r.component}`, r.failures, summary.failures.by_component[r.component])
    check('gangs stopped', sum(rows, 'gangs_stopped'), summary.failures.interruptions)
    check('GPU-hours down', rows[0].gpu_hours_down, summary.ledger.gpu_s.down / 3600)
  },
  9: rows => {
    check('nodes', rows.length > 0 && rows.length <= summary.fleet.nodes, true)
    check('GPU-hours held', sum(rows, 'held'), (summary.ledger.total_gpu_s - classSum('none')) / 3600)
    check('GPU-hours down', sum(rows, 'down'), summary.ledger.gpu_s.down / 3600)
  },
  10: rows => {
    check('points', rows.length > 0, true)
    check('limits are kept', rows.every(r => Number(r.ttft_p99) < 2 && Number(r.replicas) > 0), true)
    check('the cheapest comes first', rows.every((r, i) => i === 0 || Number(r.cost_usd) >= Number(rows[i - 1].cost_usd)), true)
  },
}

check('queries', queries.length, 10)
for (const q of queries) {
  console.log(`${q.number}. ${q.title}`)
  process.chdir(q.number === 10 ? sweep : results)
  const rows = (await db.runAndReadAll(q.sql)).getRowObjectsJson()
  check('rows', rows.length > 0, true)
  expect[q.number](rows)
}
process.exit(failed === 0 ? 0 : 1)
