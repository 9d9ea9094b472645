// Package units reads and writes quantities as people write them: "14d",
// "80GiB", "3.35TB/s", "20/s", "14.8T tokens". Every type marshals back to text
// that reads as the same value, and rejects a number without its unit where
// leaving it out would be a guess.
package units
