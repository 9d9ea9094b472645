// Opens pages that stand alone and checks what a reader of any report relies on:
//   node page.mjs CHROMIUM FILE...
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, ...files] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const problems = [];

async function look(file) {
  const url = pathToFileURL(file).href;
  const check = (ok, what) => { if (!ok) problems.push(`${file}: ${what}`); };
  const open = async (options) => {
    const page = await (await browser.newContext({ viewport: { width: 1200, height: 900 }, acceptDownloads: true, ...options })).newPage();
    page.on("console", (m) => check(false, `console: ${m.type()} ${m.text()}`));
    page.on("pageerror", (e) => check(false, `script error: ${e.message}`));
    page.on("request", (r) => check(r.url() === url || /^(data|blob):/.test(r.url()), `request of ${r.url()}`));
    await page.goto(url);
    return page;
  };
  const isAccessible = async (page, name) => {
    await page.addScriptTag({ path: new URL("node_modules/axe-core/axe.min.js", import.meta.url).pathname });
    for (const v of (await page.evaluate(() => globalThis.axe.run())).violations) {
      if (["serious", "critical"].includes(v.impact)) check(false, `${name}: axe: ${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html).join(" ")}`);
    }
  };
  const page = await open({});
  const charts = await page.$$eval("figure.chart svg[role=img]", (all) => all.map((s) => ({
    id: s.closest("figure").id, marks: s.querySelectorAll("path[d]:not([d='']):not(.grid):not(.cursor), rect").length,
    broken: [...s.querySelectorAll("path")].some((p) => /NaN|Inf/.test(p.getAttribute("d"))),
  })));
  check(charts.length > 0, "no charts");
  for (const c of charts) check(c.marks > 0 && !c.broken, `${c.id} has no marks, or broken ones`);
  check(new Set(charts.map((c) => c.id)).size === charts.length, "charts share an ID");

  // Every chart answers the arrow keys, and the pointer where it has marks.
  for (const plot of await page.locator("figure.chart .plot").all()) {
    await plot.focus();
    await page.keyboard.press("ArrowRight");
    const [id, said] = await plot.evaluate((p) => [p.closest("figure").id, p.closest("figure").querySelector("[role=status]")?.textContent]);
    check(said, `${id}: arrow keys tell nothing`);
  }
  const dot = page.locator("figure.chart g[data-r]").first();
  if (await dot.count()) {
    await dot.scrollIntoViewIfNeeded();
    const at = await dot.evaluate((g) => { const b = (g.querySelector(".dot") ?? g).getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; });
    await page.mouse.move(...at);
    check(await dot.evaluate((g) => !g.closest("figure").querySelector(".tip").hidden), "no values under the pointer");
  }
  const button = page.locator("figure.chart .csv").first();
  await page.locator("figure.chart summary").first().click();
  await Promise.all([page.waitForEvent("download"), button.click()]);

  await isAccessible(await open({}), "light");
  const phone = await open({ colorScheme: "dark", viewport: { width: 390, height: 844 }, hasTouch: true });
  check(await phone.evaluate(() => document.documentElement.scrollWidth) <= 390, "the page is wider than a phone");
  await isAccessible(phone, "dark, on a phone");
  console.log(`${file}: ${charts.length} charts`);
}
for (const file of files) await look(file);
await browser.close();
if (problems.length) {
  console.error([...new Set(problems)].slice(0, 40).join("\n"));
  process.exit(1);
}
