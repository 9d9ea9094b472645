package scenario

import (
	"github.com/jevons-sim/jevons/internal/units"
	"github.com/jevons-sim/jevons/sim/event"
)

// ColdStart is the parts of a replica's start beside startup and the weights
// from storage, which always count. They come one after the other.
type ColdStart struct {
	// Image is the container image, which every node pulls once.
	Image units.Bytes `yaml:"image,omitempty"`
	// ImageBandwidth is the rate at which a node pulls it.
	ImageBandwidth units.Bandwidth `yaml:"image_bandwidth" jsonschema:"default=1GB/s"`
	// PeerBandwidth is the rate at which a GPU loads weights from a replica that
	// is ready, instead of weights_bandwidth; none = always from storage.
	PeerBandwidth units.Bandwidth `yaml:"peer_bandwidth,omitempty"`
	// WarmUp comes last.
	WarmUp event.Time `yaml:"warm_up,omitempty"`
}
