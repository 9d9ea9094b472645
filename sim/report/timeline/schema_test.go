package timeline_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

// Types of fields.
const (
	isUint   = descriptorpb.FieldDescriptorProto_TYPE_UINT64
	isUint32 = descriptorpb.FieldDescriptorProto_TYPE_UINT32
	isInt    = descriptorpb.FieldDescriptorProto_TYPE_INT64
	isDouble = descriptorpb.FieldDescriptorProto_TYPE_DOUBLE
	isText   = descriptorpb.FieldDescriptorProto_TYPE_STRING
	isEnum   = descriptorpb.FieldDescriptorProto_TYPE_INT32 // as its number
)

// field is a field of a message: of a plain type, or of a message.
type field struct {
	name    string
	number  int32
	kind    descriptorpb.FieldDescriptorProto_Type
	message string
	many    bool
}

// schema is the part of Perfetto's published schema (protos/perfetto/trace:
// trace.proto, trace_packet.proto, interned_data.proto, track_event/*.proto)
// that a reader of timelines needs. What a trace holds beyond it shows as
// unknown fields.
var schema = map[string][]field{
	"Trace": {{"packet", 1, 0, "TracePacket", true}},
	"TracePacket": {
		{"timestamp", 8, isUint, "", false}, {"trusted_packet_sequence_id", 10, isUint32, "", false}, {"track_event", 11, 0, "TrackEvent", false},
		{"interned_data", 12, 0, "InternedData", false}, {"sequence_flags", 13, isUint32, "", false}, {"track_descriptor", 60, 0, "TrackDescriptor", false},
	},
	"TrackDescriptor": {
		{"uuid", 1, isUint, "", false}, {"name", 2, isText, "", false}, {"parent_uuid", 5, isUint, "", false}, {"counter", 8, 0, "CounterDescriptor", false},
	},
	"CounterDescriptor": {{"unit", 3, isEnum, "", false}},
	"TrackEvent": {
		{"category_iids", 3, isUint, "", true}, {"debug_annotations", 4, 0, "DebugAnnotation", true}, {"type", 9, isEnum, "", false},
		{"name_iid", 10, isUint, "", false}, {"track_uuid", 11, isUint, "", false}, {"double_counter_value", 44, isDouble, "", false},
	},
	"DebugAnnotation": {{"name_iid", 1, isUint, "", false}, {"int_value", 4, isInt, "", false}, {"string_value", 6, isText, "", false}},
	"InternedData": {
		{"event_categories", 1, 0, "Interned", true}, {"event_names", 2, 0, "Interned", true}, {"debug_annotation_names", 3, 0, "Interned", true},
	},
	"Interned": {{"iid", 1, isUint, "", false}, {"name", 2, isText, "", false}}, // EventCategory, EventName, DebugAnnotationName
}

// descriptor returns a message of the schema.
func descriptor(t *testing.T, name string) protoreflect.MessageDescriptor {
	t.Helper()
	file := &descriptorpb.FileDescriptorProto{Name: proto.String("trace.proto"), Syntax: proto.String("proto2")}
	for message, fields := range schema {
		m := &descriptorpb.DescriptorProto{Name: proto.String(message)}
		for _, f := range fields {
			label, kind := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, f.kind
			if f.many {
				label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED
			}
			p := &descriptorpb.FieldDescriptorProto{Name: proto.String(f.name), Number: proto.Int32(f.number), Label: &label, Type: &kind}
			if f.message != "" {
				p.Type, p.TypeName = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE.Enum(), proto.String("."+f.message)
			}
			m.Field = append(m.Field, p)
		}
		file.MessageType = append(file.MessageType, m)
	}
	d, err := protodesc.NewFile(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d.Messages().ByName(protoreflect.Name(name))
}

// message is a decoded message, read by the names of its fields.
type message struct{ protoreflect.Message }

func (m message) get(name string) protoreflect.Value {
	return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(name)))
}

func (m message) has(name string) bool {
	return m.Has(m.Descriptor().Fields().ByName(protoreflect.Name(name)))
}

func (m message) sub(name string) message { return message{m.get(name).Message()} }

func (m message) each(name string, f func(message)) {
	list := m.get(name).List()
	for i := range list.Len() {
		f(message{list.Get(i).Message()})
	}
}

// known fails the test on fields that the schema does not have.
func (m message) known(t *testing.T) {
	t.Helper()
	if unknown := m.GetUnknown(); len(unknown) > 0 {
		t.Fatalf("%s has fields that the schema lacks: %x", m.Descriptor().Name(), unknown)
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Kind() != protoreflect.MessageKind:
		case f.IsList():
			for i := range v.List().Len() {
				message{v.List().Get(i).Message()}.known(t)
			}
		default:
			message{v.Message()}.known(t)
		}
		return true
	})
}

// decode reads a trace.
func decode(t *testing.T, data []byte) message {
	t.Helper()
	m := message{dynamicpb.NewMessage(descriptor(t, "Trace"))}
	if err := proto.Unmarshal(data, m.Interface()); err != nil {
		t.Fatal(err)
	}
	m.known(t)
	return m
}
