package scenario

// Oversubscription is how many times what the uplinks of a tier carry the links
// below it carry; 1 = non-blocking.
type Oversubscription struct {
	// Rack is of a rack's uplinks: its NICs' bandwidth over that of the uplinks.
	Rack float64 `yaml:"rack,omitempty" jsonschema:"minimum=1"`
	// Pod is of a pod's uplinks: its racks' uplinks over its own.
	Pod float64 `yaml:"pod,omitempty" jsonschema:"minimum=1"`
}
