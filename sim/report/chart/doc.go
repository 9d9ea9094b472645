// Package chart draws figures for reports as HTML that needs nothing but
// itself: inline SVG for the marks, text in HTML around it, and the figure's
// data as a table below.
//
// Marks are drawn in a coordinate system of fixed size that the browser
// stretches to the width it has, with strokes that keep their width; labels are
// HTML placed in percent, so that they keep their size. A figure therefore
// reads the same on a phone, on a wide screen and on paper.
//
// The table is not a copy of the data for one kind of reader: Script reads it
// to answer the pointer and the arrow keys, to restack what a legend hides, and
// to write the CSV. Without the script a figure still shows everything.
//
// Plot is lines and stacked areas over a shared axis, Gantt is bars over time,
// Heat is cells over time, Scatter dots over two axes, Matrix cells over two
// parameters, Forest intervals about zero. Style and Script are the parts that a page includes
// once.
package chart
