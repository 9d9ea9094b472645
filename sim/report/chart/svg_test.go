package chart

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

func TestPicturesAreXMLOnTheirOwn(t *testing.T) {
	p := &Plot{
		Frame: Frame{ID: "x", Title: "A < B & C", Desc: "what it shows"},
		X:     Axis{Scale: Scale{Hi: 10}, Name: "days", Format: Number}, Y: Axis{Scale: Scale{Hi: 4}, Format: Number}, Unit: "GPUs",
		At:     []float64{0, 5, 10},
		Series: []Series{{Name: "one <two>", Color: "c-0", Values: []float64{1, math.NaN(), 3}, Lo: []float64{0, math.NaN(), 2}, Hi: []float64{2, math.NaN(), 4}}, {Name: "dashed", Color: "c-1", Dash: true, Values: []float64{4, 2, 0}}},
		Levels: []Mark{{At: 1, Label: "goal & more"}}, Events: []Mark{{At: 9, Label: "late"}},
	}
	for name, stacked := range map[string]bool{"lines": false, "areas": true} {
		p.Stacked = stacked
		svg := p.SVG(func(class string) string { return map[string]string{"c-0": "#111111", "c-1": "#222222"}[class] })
		d := xml.NewDecoder(bytes.NewReader(svg))
		texts := 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v in\n%s", name, err, svg)
			}
			if start, ok := token.(xml.StartElement); ok && start.Name.Local == "text" {
				texts++
			}
		}
		for _, want := range []string{"<title>A &lt; B &amp; C</title>", "<desc>what it shows</desc>", ">one &lt;two&gt;</text>", ">goal &amp; more</text>", ">days</text>", ">GPUs</text>", ".c-0{color:#111111}.c-1{color:#222222}"} {
			if !strings.Contains(string(svg), want) {
				t.Errorf("%s: no %s in\n%s", name, want, svg)
			}
		}
		if texts < 15 || strings.Contains(string(svg), "NaN") || strings.Contains(string(svg), "var(") {
			t.Errorf("%s: %d texts in\n%s", name, texts, svg)
		}
	}
}

func TestLegendsOfPicturesBreakTheirLines(t *testing.T) {
	p := &Plot{}
	for range 12 {
		p.Series = append(p.Series, Series{Name: "a name of some length"})
	}
	keys := p.pictureLegend()
	last := 0
	for _, k := range keys {
		if k.line < last || k.line > last+1 || k.x < pictureLeft || k.x > pictureWidth-pictureRight {
			t.Fatalf("a key at %v in line %d after line %d", k.x, k.line, last)
		}
		last = k.line
	}
	if len(keys) != 12 || last < 1 {
		t.Errorf("%d keys on %d lines", len(keys), last+1)
	}
}
