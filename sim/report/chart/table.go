package chart

import (
	"html"
	"strconv"
	"strings"
)

// Format says how people read the values of a column.
type Format string

// The formats. Tables hold plain numbers in the column's unit; the format
// decides how ticks and the pointer's label show them.
const (
	Text     Format = "text"
	Number   Format = "number"   // thousands separators
	Seconds  Format = "seconds"  // ms, s, min, h, d as it fits
	Percent  Format = "percent"  // a share of one
	Category Format = "category" // text that is not repeated in labels
)

// Column is one column of a figure's table.
type Column struct {
	Name   string
	Unit   string // "" = none
	Format Format
}

// Table is the data of a figure.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// Digits is the number of significant digits of values in tables.
const Digits = 6

// Value formats a value for a table.
func Value(v float64) string { return Figures(v, Digits) }

// Int formats a whole number for a table.
func Int(v int64) string { return strconv.FormatInt(v, 10) }

// html writes the table behind a figure, folded.
func (t *Table) html(b *strings.Builder, title string) {
	b.WriteString(`<details class="data"><summary>Table</summary><div class="bar"><button type="button" class="csv" hidden>Download CSV</button></div>`)
	b.WriteString(`<div class="scroll" tabindex="0" role="region" aria-label="`)
	b.WriteString(html.EscapeString("Table: " + title))
	b.WriteString(`"><table><thead><tr>`)
	for _, c := range t.Columns {
		b.WriteString(`<th scope="col" data-f="` + string(c.Format) + `"`)
		if c.Unit != "" {
			b.WriteString(` data-u="` + html.EscapeString(c.Unit) + `"`)
		}
		b.WriteString(">" + html.EscapeString(c.Name))
		if c.Unit != "" {
			b.WriteString(" <small>" + html.EscapeString(c.Unit) + "</small>")
		}
		b.WriteString("</th>")
	}
	b.WriteString("</tr></thead><tbody>")
	for _, row := range t.Rows {
		b.WriteString("<tr>")
		for i, cell := range row {
			if t.Columns[i].Format == Text || t.Columns[i].Format == Category {
				b.WriteString(`<td class="t">` + html.EscapeString(cell))
			} else {
				b.WriteString("<td>" + cell)
			}
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody></table></div></details>")
}
