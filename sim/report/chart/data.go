package chart

import (
	"html/template"
	"strings"
)

// Data is a figure that is a table only.
type Data struct {
	Frame
	Table Table
}

// HTML writes the table.
func (d *Data) HTML() template.HTML {
	var b strings.Builder
	d.open(&b, "data")
	return d.close(&b, &d.Table)
}
