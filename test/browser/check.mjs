// Opens DIR/report.html and checks what a reader relies on:
//   node check.mjs CHROMIUM DIR
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, dir] = process.argv.slice(2);
const summary = readFileSync(dir + "/summary.json", "utf8");
const url = pathToFileURL(dir + "/report.html").href;
const problems = [];
const check = (ok, what) => { if (!ok) problems.push(what); };

// numbers lists every number of a JSON text by its path.
function numbers(text) {
  const out = new Map();
  const walk = (at, value) => {
    for (const [k, v] of Object.entries(value)) {
      const path = at ? at + "." + k : k;
      if (typeof v === "number") out.set(path, v);
      else if (v && typeof v === "object") walk(path, v);
    }
  };
  walk("", JSON.parse(text));
  return out;
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

async function open(options) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.on("console", (m) => check(false, `console: ${m.type()} ${m.text()}`));
  page.on("pageerror", (e) => check(false, `script error: ${e.message}`));
  page.on("request", (r) => check(r.url() === url || /^(data|blob):/.test(r.url()), `request of ${r.url()}`));
  await page.goto(url);
  return page;
}

async function figuresEqualTheSummary(page) {
  const want = numbers(summary);
  const shown = await page.$$eval("data[data-path]", (all) => all.map((d) => [d.dataset.path, d.value, d.textContent]));
  check(shown.length >= 10, `only ${shown.length} figures`);
  for (const [path, value, text] of shown) {
    check(want.get(path) === Number(value), `${path}: the report has ${value}, summary.json ${want.get(path)}`);
    check(summary.includes(value), `${path}: the digits ${value} are not those of summary.json`);
    check(text !== "", `${path} shows nothing`);
  }
  const all = new Map(await page.$$eval("#summary tbody tr", (rows) => rows.map((r) => [r.cells[0].textContent, r.cells[1].textContent])));
  for (const [path, value] of want) {
    const mean = path.endsWith(".mean") && !all.has(path) ? path.slice(0, -5) : path;
    if (/\.(lo|hi|n)$/.test(path) && !all.has(path)) continue;
    check(Number(all.get(mean)) === value, `every figure: ${mean} is ${all.get(mean)}, want ${value}`);
  }
  return shown.length;
}

async function chartsHaveMarks(page) {
  const charts = await page.$$eval("figure.chart svg[role=img]", (all) => all.map((s) => ({
    id: s.closest("figure").id, marks: s.querySelectorAll("path[d]:not([d='']):not(.grid):not(.cursor), rect").length,
    title: s.querySelector("title")?.textContent, desc: s.querySelector("desc")?.textContent,
    broken: [...s.querySelectorAll("path")].some((p) => /NaN|Inf/.test(p.getAttribute("d"))),
  })));
  check(charts.length >= 3, `only ${charts.length} charts`);
  for (const c of charts) {
    check(c.marks > 0, `${c.id} has no marks`);
    check(c.title && c.desc, `${c.id} has no title or description`);
    check(!c.broken, `${c.id} has coordinates that are no numbers`);
  }
  return charts.length;
}

// stackHides hides a series of the stack and expects the others to move.
async function stackHides(page) {
  const figure = page.locator("#gpus-by-account");
  if (await figure.locator(".legend button").count() < 2) return;
  const paths = () => figure.locator("svg path[data-s]").evaluateAll((all) => all.map((p) => p.style.display === "none" ? "" : p.getAttribute("d")));
  const boxes = () => figure.locator("svg path[data-s]").evaluateAll((all) => all.map((p) => [p.getBBox().y, p.getBBox().height]));
  const before = await paths(), drawn = await boxes();
  const button = figure.locator(".legend button").first();
  await button.click();
  const hidden = await paths();
  check(hidden[0] === "", "a click on the legend hides nothing");
  check(hidden[1] !== before[1], "the stack does not close up");
  check(await button.getAttribute("aria-pressed") === "false", "the legend does not say that a series is hidden");
  await button.click();
  const again = await boxes();
  check(again.every((b, i) => Math.abs(b[0] - drawn[i][0]) < 0.3 && Math.abs(b[1] - drawn[i][1]) < 0.3), `a second click does not bring it back: ${drawn} became ${again}`);
  await button.click({ modifiers: ["Shift"] });
  check((await paths()).filter((d) => d !== "").length === 1, "a click with Shift does not leave one series alone");
  await page.reload();
}

async function hoverAndKeysTell(page) {
  const figure = page.locator("#gpus-by-account");
  await figure.scrollIntoViewIfNeeded();
  const box = await figure.locator(".area").boundingBox();
  await page.mouse.move(box.x + box.width * 0.47, box.y + box.height / 2);
  const tip = figure.locator(".tip");
  check(await tip.isVisible(), "no values under the pointer");
  const said = await tip.innerText();
  const cells = await figure.locator("tbody tr").evaluateAll((rows) => rows.map((r) => [...r.cells].map((c) => Number(c.textContent))));
  const names = await figure.locator("thead th").evaluateAll((all) => all.map((t) => t.firstChild.textContent.trim()));
  const x0 = Number(await figure.locator(".plot").getAttribute("data-x0")), x1 = Number(await figure.locator(".plot").getAttribute("data-x1"));
  const at = x0 + 0.47 * (x1 - x0), row = cells.find((r) => r[0] <= at && at < r[1]);
  row.slice(2).forEach((v, i) => { if (v !== 0) check(said.includes(names[i + 2]), `the values under the pointer lack ${names[i + 2]}: ${said}`); });
  await page.mouse.move(5, 5);
  check(!(await tip.isVisible()), "values stay when the pointer leaves");
  await figure.locator(".plot").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  check((await figure.locator("[role=status]").textContent()).includes(": "), "arrow keys tell nothing");
}

async function zooms(page) {
  const figure = page.locator("#gpus-by-class");
  await figure.scrollIntoViewIfNeeded();
  const view = () => figure.locator("svg").getAttribute("viewBox");
  const all = await view();
  const box = await figure.locator(".area").boundingBox();
  await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + 60, { steps: 3 });
  await page.mouse.up();
  const [x, , w] = (await view()).split(" ").map(Number);
  check(Math.abs(x - 250) < 5 && Math.abs(w - 500) < 10, `dragging over the middle half shows ${await view()}`);
  await figure.getByRole("button", { name: "Show all" }).click();
  check(await view() === all, "Show all does not show all");
  await figure.locator(".plot").focus();
  await page.keyboard.press("+");
  check(await view() !== all, "the plus key does not zoom");
  await page.keyboard.press("Escape");
  check(await view() === all, "Escape does not show all");
}

// heatTells expects the row under the pointer, or under the keyboard's cursor.
async function heatTells(page) {
  const figure = page.locator("[id^=nodes-]").first();
  if (await figure.count() === 0) return;
  await figure.scrollIntoViewIfNeeded();
  const box = await figure.locator(".area").boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height - 2);
  const tip = figure.locator(".tip"), names = await figure.locator("thead th").evaluateAll((all) => all.map((t) => t.firstChild.textContent.trim()));
  check((await tip.innerText()).includes(names.filter((n) => n.startsWith("node")).at(-1).split(",")[0]), `no row under the pointer: ${await tip.innerText()}`);
  await figure.locator(".plot").focus();
  for (const key of ["Home", "ArrowUp", "ArrowDown"]) await page.keyboard.press(key);
  check((await figure.locator("[role=status]").textContent()).includes("node"), "arrow keys tell no node");
  await page.mouse.move(5, 5);
}

async function tablesDownload(page) {
  const figure = page.locator("#gpus-by-class");
  await figure.locator("summary").click();
  const [download] = await Promise.all([page.waitForEvent("download"), figure.locator(".csv").click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  check(download.suggestedFilename() === "gpus-by-class.csv", `CSV is named ${download.suggestedFilename()}`);
  check(lines[0].startsWith("from ("), `CSV starts with ${lines[0]}`);
  check(lines.length - 1 === await figure.locator("tbody tr").count(), "CSV and table differ in rows");
  const saved = page.waitForEvent("download");
  await page.locator("[data-save]").click();
  check(readFileSync(await (await saved).path(), "utf8") === readFileSync(dir + "/scenario.yaml", "utf8"), "the scenario in the report is not scenario.yaml");
}

async function isAccessible(page, name) {
  await page.addScriptTag({ path: new URL("node_modules/axe-core/axe.min.js", import.meta.url).pathname });
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
  check(passes.length > 10, `${name}: axe looked at ${passes.length} rules only`);
  for (const v of violations) {
    if (["serious", "critical"].includes(v.impact)) check(false, `${name}: axe: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" ")}`);
  }
}

const page = await open({});
const figures = await figuresEqualTheSummary(page);
const charts = await chartsHaveMarks(page);
await stackHides(page);
await hoverAndKeysTell(page);
await zooms(page);
await heatTells(page);
await tablesDownload(page);
await page.locator("#theme").click();
await page.locator("#theme").click();
check(await page.evaluate(() => document.documentElement.dataset.theme) === "dark", "the theme button does not choose a theme");

await isAccessible(await open({}), "light");
const phone = await open({ colorScheme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true });
check(await phone.evaluate(() => document.documentElement.scrollWidth) <= 390, "the page is wider than a phone");
await isAccessible(phone, "dark, on a phone");

const still = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
await still.goto(url);
check(await still.locator("figure.chart svg path").count() > 0, "no charts without script");
await browser.close();

if (problems.length) {
  console.error([...new Set(problems)].slice(0, 40).join("\n"));
  process.exit(1);
}
console.log(`${figures} figures and ${charts} charts agree`);
