// What figures do when touched: read values, restack, zoom, write CSV. All of
// it works on the table behind each figure; without this script the figure and
// the table still show everything.
"use strict";
(() => {
  const W = 1000;
  const digits = (v, n) => String(+v.toPrecision(n));
  const group = (s) => s.replace(/^(-?\d+)/, (m) => m.replace(/\B(?=(\d{3})+$)/g, ","));
  const seconds = (s) => {
    const a = Math.abs(s);
    for (const [below, per, unit] of [[1e-3, 1e-6, "µs"], [1, 1e-3, "ms"], [120, 1, "s"], [7200, 60, "min"], [259200, 3600, "h"]])
      if (a < below) return a === 0 ? "0 s" : digits(s / per, 3) + " " + unit;
    return digits(s / 86400, 3) + " d";
  };
  const shown = (text, format) => {
    if (text === "" || format === "text" || format === "category") return text || "–";
    const v = +text;
    if (format === "seconds") return seconds(v);
    if (format === "percent") return digits(v * 100, 3) + " %";
    return group(Math.abs(v) >= 1000 ? String(Math.round(v)) : digits(v, 4));
  };
  const el = (tag, cls, text) => {
    const e = document.createElement(tag);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  };

  class Figure {
    constructor(figure) {
      this.figure = figure;
      this.plot = figure.querySelector(".plot");
      this.area = figure.querySelector(".area");
      this.svg = figure.querySelector("svg");
      this.kind = figure.dataset.kind;
      this.marks = ["bars", "points", "matrix", "forest"].includes(this.kind); // each row of the table is a mark
      this.heads = [...figure.querySelectorAll("thead th")].map((th) => ({ name: th.firstChild.textContent.trim(), unit: th.dataset.u || "", format: th.dataset.f }));
      this.rows = [...figure.querySelectorAll("tbody tr")].map((tr) => [...tr.cells].map((td) => td.textContent));
      this.csv();
      if (!this.plot) return;
      const d = this.plot.dataset;
      this.full = [+d.x0, +d.x1];
      this.view = [...this.full];
      this.xlog = "xlog" in d;
      this.steps = this.heads[0].name === "from" && !this.marks;
      this.status = el("p", "sr");
      this.status.setAttribute("role", "status");
      figure.append(this.status);
      this.tip = el("div", "tip");
      this.tip.hidden = true;
      this.plot.append(this.tip);
      this.lane = 0; // of a heat map with many
      this.vertical = parseFloat(this.svg.getAttribute("viewBox").split(" ")[3]);
      this.legend();
      this.pointer();
      this.keys();
    }

    // unit maps a value of the x axis to 0…1 of the full width, back its inverse.
    unit(v) {
      const [a, b] = this.full;
      return this.xlog ? Math.log(Math.max(v, a) / a) / Math.log(b / a) : (v - a) / (b - a);
    }
    back(u) {
      const [a, b] = this.full;
      return this.xlog ? a * Math.pow(b / a, u) : a + u * (b - a);
    }
    seen(v) {
      const a = this.unit(this.view[0]), b = this.unit(this.view[1]);
      return (this.unit(v) - a) / (b - a);
    }

    csv() {
      const button = this.figure.querySelector(".csv");
      if (!button) return;
      button.hidden = false;
      button.addEventListener("click", () => {
        const quote = (s) => /[",\n]/.test(s) ? '"' + s.replaceAll('"', '""') + '"' : s;
        const head = this.heads.map((h) => quote(h.name + (h.unit ? " (" + h.unit + ")" : "")));
        const text = [head, ...this.rows.map((r) => r.map(quote))].map((r) => r.join(",")).join("\n") + "\n";
        const a = el("a");
        a.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
        a.download = this.figure.id + ".csv";
        a.click();
        setTimeout(() => URL.revokeObjectURL(a.href), 1000);
      });
    }

    legend() {
      this.series = [...this.figure.querySelectorAll(".legend button")].map((button) => ({
        button, column: +button.dataset.col, on: true, color: button.classList[0],
        paths: [...this.svg.querySelectorAll(`[data-s="${button.dataset.col}"]`)],
      }));
      for (const s of this.series) {
        s.button.addEventListener("click", (e) => {
          if (e.shiftKey) for (const o of this.series) o.on = o === s; // only this one
          else s.on = !s.on;
          for (const o of this.series) {
            o.button.setAttribute("aria-pressed", o.on);
            for (const p of o.paths) p.style.display = o.on ? "" : "none";
          }
          if (this.kind === "stack") this.restack();
        });
      }
    }

    // restack draws the visible areas from the table, on top of each other.
    restack() {
      const y0 = +this.area.dataset.y0, y1 = +this.area.dataset.y1, H = this.vertical;
      const y = (v) => (H * (1 - (v - y0) / (y1 - y0))).toFixed(1);
      const x = (v) => (W * this.unit(+v)).toFixed(1);
      const below = this.rows.map(() => 0);
      for (const s of this.series) {
        if (!s.on) continue;
        let up = "", down = "";
        this.rows.forEach((r, i) => {
          const top = below[i] + +r[s.column];
          up += `${i ? "L" : "M"}${x(r[0])} ${y(top)}H${x(r[1])}`;
          down = `L${x(r[1])} ${y(below[i])}H${x(r[0])}` + down;
          below[i] = top;
        });
        s.paths[0].setAttribute("d", up + down + "Z");
      }
    }

    // nearest returns the row at a value of the x axis.
    nearest(v) {
      let best = -1, least = Infinity;
      this.rows.forEach((r, i) => {
        const away = this.steps ? (v >= +r[0] && v < +r[1] ? 0 : Math.min(Math.abs(v - r[0]), Math.abs(v - r[1]))) : Math.abs(this.unit(+r[0]) - this.unit(v));
        if (away < least) { least = away; best = i; }
      });
      return best;
    }

    at(row) { return this.steps ? (+row[0] + +row[1]) / 2 : +row[0]; }

    // show puts the values of a row into the tip, and into words for readers.
    show(i, px, py, aloud) {
      const row = this.rows[i];
      if (!row) return;
      this.row = i;
      const first = this.marks ? 1 : this.steps ? 2 : 1;
      const x = this.heads[0], name = this.plot.dataset.xn;
      let title = row[0];
      if (!this.marks) {
        const [a, b] = [row[0], row[1]].map((t) => x.format === "number" ? digits(+t, 4) : shown(t, x.format));
        title = x.format === "number" ? (this.steps ? `${a} – ${b} ${name}` : `${a} ${name}`) : a;
      }
      const units = new Set(this.heads.slice(first).map((h) => h.unit)), common = units.size === 1 && this.heads[first].format === "number" ? this.heads[first].unit : "";
      if (common) title += ", " + common;
      this.tip.replaceChildren(el("b", "", title));
      const said = [];
      const line = (h, text, color) => {
        const value = shown(text, h.format) + (h.unit && h.format === "number" && h.unit !== common ? " " + h.unit : "");
        const div = el("div"), label = el("span", color);
        if (color) label.append(el("i"));
        label.append(h.name);
        div.append(label, el("span", "", value));
        this.tip.append(div);
        said.push(h.name + " " + value);
      };
      const lanes = this.kind === "heat" ? this.vertical / 10 : 0, wide = (this.heads.length - first) / lanes;
      const columns = lanes > 8 ? Array.from({ length: wide }, (_, k) => [first + this.lane * wide + k, ""]) : this.series.length ? this.series.filter((s) => s.on).map((s) => [s.column, s.color]) : this.heads.slice(first).map((_, k) => [k + first, ""]);
      if (this.kind === "stack") columns.reverse();
      for (const [c, color] of columns)
        if (row[c] !== "" && !(this.kind === "stack" && +row[c] === 0)) line(this.heads[c], row[c], color);
      this.tip.hidden = false;
      const box = this.plot.getBoundingClientRect(), area = this.area.getBoundingClientRect();
      if (!this.marks) {
        const at = this.seen(this.at(row));
        px = area.left - box.left + at * area.width;
        const cursor = this.svg.querySelector(".cursor");
        if (cursor) cursor.setAttribute("d", `M${(W * this.unit(this.at(row))).toFixed(1)} 0V${this.vertical}`);
      }
      const w = this.tip.offsetWidth;
      this.tip.style.left = (px + 14 + w < box.width ? px + 14 : Math.max(px - 14 - w, 0)) + "px";
      this.tip.style.top = Math.min(Math.max(py, 0), Math.max(area.height - this.tip.offsetHeight, 0)) + "px";
      if (aloud) this.status.textContent = title + ": " + said.join(", ");
    }

    hide() {
      this.tip.hidden = true;
      const cursor = this.svg.querySelector(".cursor");
      if (cursor) cursor.setAttribute("d", "");
      for (const g of this.svg.querySelectorAll("g.on")) g.classList.remove("on");
    }

    pointer() {
      let from = null, shade = null;
      const part = (e) => {
        const r = this.area.getBoundingClientRect();
        return Math.min(Math.max((e.clientX - r.left) / r.width, 0), 1);
      };
      const value = (p) => {
        const a = this.unit(this.view[0]), b = this.unit(this.view[1]);
        return this.back(a + p * (b - a));
      };
      this.area.addEventListener("pointermove", (e) => {
        const box = this.plot.getBoundingClientRect();
        if (from !== null) {
          const p = part(e);
          shade.style.left = Math.min(from, p) * 100 + "%";
          shade.style.width = Math.abs(p - from) * 100 + "%";
          return;
        }
        const px = e.clientX - box.left, py = e.clientY - box.top + 12;
        if (this.marks) {
          const g = e.target.closest("g[data-r]");
          if (g) this.show(+g.dataset.r, px, py);
          else this.hide();
        } else {
          const r = this.area.getBoundingClientRect();
          this.lane = Math.min(Math.max(Math.floor((e.clientY - r.top) / r.height * this.vertical / 10), 0), Math.ceil(this.vertical / 10) - 1);
          this.show(this.nearest(value(part(e))), px, py);
        }
      });
      this.area.addEventListener("pointerleave", () => { if (from === null) this.hide(); });
      this.area.addEventListener("pointerdown", (e) => {
        if (e.button !== 0 || e.pointerType === "touch" || e.target.closest("button")) return;
        from = part(e);
        shade = el("div", "zoom");
        this.area.append(shade);
        this.area.setPointerCapture(e.pointerId);
      });
      this.area.addEventListener("pointerup", (e) => {
        if (from === null) return;
        const a = from, b = part(e);
        shade.remove();
        from = null;
        if (Math.abs(a - b) > 0.01) this.zoom(value(Math.min(a, b)), value(Math.max(a, b)));
      });
      this.area.addEventListener("dblclick", () => this.zoom(...this.full));
    }

    keys() {
      this.plot.addEventListener("blur", () => this.hide());
      this.plot.addEventListener("keydown", (e) => {
        if (e.target !== this.plot || e.ctrlKey || e.metaKey || e.altKey) return;
        const n = this.rows.length, big = Math.max(Math.round(n / 10), 1), row = this.row ?? -1;
        if (this.kind === "heat" && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
          this.lane = Math.min(Math.max(this.lane + (e.key === "ArrowUp" ? -1 : 1), 0), this.vertical / 10 - 1);
          this.show(Math.max(row, 0), this.plot.clientWidth / 2, 8, true);
          e.preventDefault();
          return;
        }
        const go = { ArrowRight: row + 1, ArrowLeft: row - 1, PageDown: row + big, PageUp: row - big, Home: 0, End: n - 1 }[e.key];
        if (go !== undefined) {
          const i = Math.min(Math.max(go, 0), n - 1);
          for (const g of this.svg.querySelectorAll("g.on")) g.classList.remove("on");
          const g = this.svg.querySelector(`g[data-r="${i}"]`);
          if (g) g.classList.add("on");
          this.show(i, this.plot.clientWidth / 2, 8, true);
        } else if (e.key === "+" || e.key === "=" || e.key === "-") {
          const a = this.unit(this.view[0]), b = this.unit(this.view[1]);
          const mid = this.row === undefined || this.marks ? (a + b) / 2 : this.unit(this.at(this.rows[this.row]));
          const half = (b - a) / 2 * (e.key === "-" ? 2 : 0.5);
          this.zoom(this.back(Math.max(mid - half, 0)), this.back(Math.min(mid + half, 1)));
        } else if (e.key === "Escape") {
          this.hide();
          this.zoom(...this.full);
        } else return;
        e.preventDefault();
      });
    }

    zoom(from, to) {
      if (this.kind === "matrix") return;
      const a = this.unit(from), b = this.unit(to);
      if (b - a < 0.002) return;
      this.view = [from, to];
      this.hide();
      this.svg.setAttribute("viewBox", `${a * W} 0 ${(b - a) * W} ${this.vertical}`);
      for (const m of this.plot.querySelectorAll(".em")) {
        const at = this.seen(+m.dataset.at);
        m.hidden = at < 0 || at > 1;
        m.style.left = at * 100 + "%";
      }
      this.ticks();
      const all = a <= 0 && b >= 1;
      let reset = this.plot.querySelector(".reset");
      if (all && reset) {
        reset.remove();
        this.plot.focus({ preventScroll: true });
      }
      if (!all && !reset) {
        reset = el("button", "reset", "Show all");
        reset.type = "button";
        reset.addEventListener("click", () => this.zoom(...this.full));
        this.area.append(reset);
      }
    }

    // ticks labels the x axis anew: round values of the part in view.
    ticks() {
      const x = this.plot.querySelector(".x");
      this.drawn ??= [...x.children];
      if (this.view[0] === this.full[0] && this.view[1] === this.full[1]) return x.replaceChildren(...this.drawn);
      const [a, b] = this.view, values = [];
      if (this.xlog) for (let i = 0; i <= 4; i++) values.push(a * Math.pow(b / a, i / 4));
      else {
        const base = Math.pow(10, Math.floor(Math.log10((b - a) / 6)));
        const step = base * [1, 2, 5, 10].find((m) => m * base >= (b - a) / 6);
        for (let i = Math.ceil(a / step); i * step <= b; i++) values.push(i * step);
      }
      x.replaceChildren(...values.map((v, i) => {
        const s = el("span", i % 2 ? "minor" : "", this.plot.dataset.xf === "seconds" ? seconds(v) : digits(v, 5));
        s.style.left = this.seen(v) * 100 + "%";
        if (this.seen(v) > 0.97) s.classList.add("end");
        return s;
      }));
    }
  }
  for (const f of document.querySelectorAll("figure.chart")) new Figure(f);
})();
