package timeline

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of the messages of protos/perfetto/trace that are written here.
const (
	tracePacket protowire.Number = 1 // Trace

	packetTimestamp  protowire.Number = 8 // TracePacket
	packetSequence   protowire.Number = 10
	packetTrackEvent protowire.Number = 11
	packetInterned   protowire.Number = 12
	packetFlags      protowire.Number = 13
	packetTrack      protowire.Number = 60

	trackUUID    protowire.Number = 1 // TrackDescriptor
	trackName    protowire.Number = 2
	trackParent  protowire.Number = 5
	trackCounter protowire.Number = 8

	counterUnit protowire.Number = 3 // CounterDescriptor

	eventCategory    protowire.Number = 3 // TrackEvent
	eventAnnotations protowire.Number = 4
	eventType        protowire.Number = 9
	eventName        protowire.Number = 10
	eventTrack       protowire.Number = 11
	eventDouble      protowire.Number = 44

	internedCategories  protowire.Number = 1 // InternedData
	internedNames       protowire.Number = 2
	internedAnnotations protowire.Number = 3
	internedIID         protowire.Number = 1 // its entries
	internedText        protowire.Number = 2

	annotationName   protowire.Number = 1 // DebugAnnotation
	annotationInt    protowire.Number = 4
	annotationString protowire.Number = 6
)

// Values of enums of the schema.
const (
	typeSliceBegin = 1
	typeSliceEnd   = 2
	typeInstant    = 3
	typeCounter    = 4

	stateCleared = 1 // SEQ_INCREMENTAL_STATE_CLEARED
	needsState   = 2 // SEQ_NEEDS_INCREMENTAL_STATE

	unitCount = 2
)

// sequence is the one that all packets belong to.
const sequence = 1

// encoder appends packets to a buffer that it writes when it is full.
type encoder struct {
	out     func([]byte) error
	tracks  uint64
	buffer  []byte
	packet  []byte
	message []byte
	nested  []byte
	names   map[protowire.Number]map[string]uint64
	pending []byte // new entries of InternedData
	begun   bool
	err     error
}

func newEncoder(out func([]byte) error) *encoder {
	return &encoder{out: out, names: map[protowire.Number]map[string]uint64{}}
}

// intern returns the number of a text, which the packet that comes next
// explains.
func (e *encoder) intern(kind protowire.Number, text string) uint64 {
	known := e.names[kind]
	if known == nil {
		known = map[string]uint64{}
		e.names[kind] = known
	}
	if id, ok := known[text]; ok {
		return id
	}
	id := uint64(len(known) + 1)
	known[text] = id
	var entry []byte
	entry = appendUint(entry, internedIID, id)
	entry = appendText(entry, internedText, text)
	e.pending = appendBytes(e.pending, kind, entry)
	return id
}

// track describes a track, of slices and instants or a counter, and returns
// its number.
func (e *encoder) track(parent uint64, name string, counter bool) uint64 {
	e.tracks++
	id := e.tracks
	m := appendUint(e.message[:0], trackUUID, id)
	m = appendText(m, trackName, name)
	if parent != 0 {
		m = appendUint(m, trackParent, parent)
	}
	if counter {
		m = appendBytes(m, trackCounter, appendUint(nil, counterUnit, unitCount))
	}
	e.message = m
	e.emit(nil, packetTrack)
	return id
}

// annotation is a value that an event carries: text if there is some.
type annotation struct {
	name   string
	text   string
	number int64
}

// begin and instant write events with a name, a category and annotations.
func (e *encoder) begin(at int64, track uint64, category, name string, notes ...annotation) {
	e.event(at, typeSliceBegin, track, category, name, notes)
}

func (e *encoder) instant(at int64, track uint64, category, name string, notes ...annotation) {
	e.event(at, typeInstant, track, category, name, notes)
}

func (e *encoder) event(at int64, kind, track uint64, category, name string, notes []annotation) {
	m := appendUint(e.message[:0], eventType, kind)
	m = appendUint(m, eventTrack, track)
	m = appendUint(m, eventCategory, e.intern(internedCategories, category))
	m = appendUint(m, eventName, e.intern(internedNames, name))
	for _, a := range notes {
		n := appendUint(e.nested[:0], annotationName, e.intern(internedAnnotations, a.name))
		if a.text != "" {
			n = appendText(n, annotationString, a.text)
		} else {
			n = appendUint(n, annotationInt, uint64(a.number))
		}
		e.nested = n
		m = appendBytes(m, eventAnnotations, n)
	}
	e.message = m
	e.emit(&at, packetTrackEvent)
}

// end ends the slice of a track that began last.
func (e *encoder) end(at int64, track uint64) {
	m := appendUint(e.message[:0], eventType, typeSliceEnd)
	e.message = appendUint(m, eventTrack, track)
	e.emit(&at, packetTrackEvent)
}

// count writes the value of a counter from now on.
func (e *encoder) count(at int64, track uint64, v float64) {
	m := appendUint(e.message[:0], eventType, typeCounter)
	m = appendUint(m, eventTrack, track)
	m = protowire.AppendTag(m, eventDouble, protowire.Fixed64Type)
	e.message = protowire.AppendFixed64(m, math.Float64bits(v))
	e.emit(&at, packetTrackEvent)
}

// emit writes the message as a packet.
func (e *encoder) emit(at *int64, field protowire.Number) {
	p := e.packet[:0]
	if at != nil {
		p = appendUint(p, packetTimestamp, uint64(*at))
	}
	p = appendUint(p, packetSequence, sequence)
	flags := uint64(needsState)
	if !e.begun {
		flags, e.begun = stateCleared|needsState, true
	}
	p = appendUint(p, packetFlags, flags)
	if len(e.pending) > 0 {
		p = appendBytes(p, packetInterned, e.pending)
		e.pending = e.pending[:0]
	}
	p = appendBytes(p, field, e.message)
	e.packet = p
	e.buffer = appendBytes(e.buffer, tracePacket, p)
	if len(e.buffer) >= 1<<18 {
		e.flush()
	}
}

// flush writes what is buffered and returns the first error.
func (e *encoder) flush() error {
	if e.err == nil && len(e.buffer) > 0 {
		e.err = e.out(e.buffer)
	}
	e.buffer = e.buffer[:0]
	return e.err
}

func appendUint(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

func appendText(b []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), s)
}

func appendBytes(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}
