package chart

import _ "embed" // style and script

// Style is the CSS of figures, for a page to include once.
//
//go:embed chart.css
var Style string

// Script is the JavaScript of figures, for a page to include once, at its end.
//
//go:embed chart.js
var Script string
