package scenario

import (
	"embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/jevons-sim/jevons/internal/units"
)

// Schema returns the JSON Schema of a scenario as it is written, with
// expressions and shorthands, for editors and checkers. It knows shapes and
// bounds; references between parts are Parse's to check.
func Schema() *jsonschema.Schema {
	r := jsonschema.Reflector{
		BaseSchemaID:               "https://github.com/jevons-sim/jevons",
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		ExpandedStruct:             true,
		Mapper:                     quantitySchema,
		LookupComment:              lookupComment(),
	}
	s := r.Reflect(Scenario{})
	s.Title = "Jevons scenario"
	s.Definitions["Expression"] = &jsonschema.Schema{Type: "string", Pattern: `\$\{.*\}`, Description: "A value calculated from the parameters."}
	for name, d := range s.Definitions {
		if name != "Expression" {
			allowExpressions(d)
		}
	}
	allowExpressions(s)
	for _, name := range []string{reflect.TypeFor[Lengths]().Name(), reflect.TypeFor[Durations]().Name(), reflect.TypeFor[Timetable]().Name()} {
		s.Definitions[name] = &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s.Definitions[name], {Type: "string"}, {Type: "number"}}}
	}
	return s
}

// numeric marks quantities that may be written without a unit.
const numeric = "numeric"

// quantitySchema describes the types that are written as one value.
func quantitySchema(t reflect.Type) *jsonschema.Schema {
	text := func(examples ...any) *jsonschema.Schema {
		return &jsonschema.Schema{Type: "string", Examples: examples}
	}
	switch t {
	case timeType:
		return text("2s", "1h30m", "14d")
	case reflect.TypeFor[Cadence]():
		return text("30m", youngDaly)
	case reflect.TypeFor[units.Bytes]():
		return text("80GiB", "80GB")
	case reflect.TypeFor[units.Bandwidth]():
		return text("3.35TB/s", "400Gbit/s")
	case reflect.TypeFor[units.Rate]():
		return text("20/s", "5/min", "3/h")
	case reflect.TypeFor[units.Watts]():
		return text("700W", "1.2kW")
	case reflect.TypeFor[units.Price]():
		return text("$2.50/h")
	case reflect.TypeFor[units.Shape]():
		return text("8xH100")
	case reflect.TypeFor[units.Tokens]():
		return &jsonschema.Schema{Type: "string", Format: numeric, Examples: []any{8192, "8k", "14.8T"}}
	case reflect.TypeFor[units.Fraction]():
		return &jsonschema.Schema{Type: "string", Format: numeric, Examples: []any{0.9, "90%"}}
	}
	return nil
}

// allowExpressions lets every value that is no plain text be a ${…} too.
func allowExpressions(s *jsonschema.Schema) {
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		p.Value = withExpression(p.Value)
	}
}

func withExpression(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Items != nil {
		s.Items = withExpression(s.Items)
		return s
	}
	alternative := &jsonschema.Schema{Ref: "#/$defs/Expression"}
	switch {
	case s.Format == numeric:
		s.Format = ""
		alternative = &jsonschema.Schema{Type: "number"}
	case s.Type == "integer", s.Type == "number", s.Type == "boolean", len(s.Enum) > 0:
	default:
		return s
	}
	outer := &jsonschema.Schema{Description: s.Description, Default: s.Default, Examples: s.Examples}
	s.Description, s.Default, s.Examples = "", nil, nil
	outer.AnyOf = []*jsonschema.Schema{s, alternative}
	return outer
}

// The comments on the types are the descriptions in the schema.
//
//go:embed types*.go dist.go
var typeSources embed.FS

// lookupComment returns a function from a type, and a field or "", to its
// comment. The sources are part of the binary: an error in them is a
// programming error.
func lookupComment() func(reflect.Type, string) string {
	comments := map[string]string{}
	files, err := typeSources.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("scenario: embedded sources: %v", err))
	}
	for _, f := range files {
		text, err := typeSources.ReadFile(f.Name())
		if err != nil {
			panic(fmt.Sprintf("scenario: embedded sources: %v", err))
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), text, parser.ParseComments)
		if err != nil {
			panic(fmt.Sprintf("scenario: embedded sources: %v", err))
		}
		collectComments(tree, comments)
	}
	return func(t reflect.Type, field string) string {
		return comments[t.Name()+"."+field]
	}
}

// collectComments fills a map from Type.Field, and Type., to comments.
func collectComments(file *ast.File, comments map[string]string) {
	oneLine := func(g *ast.CommentGroup) string { return strings.Join(strings.Fields(g.Text()), " ") }
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range group.Specs {
			typ, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			comments[typ.Name.Name+"."] = oneLine(group.Doc)
			if s, ok := typ.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						comments[typ.Name.Name+"."+name.Name] = forUsers(oneLine(f.Doc), name.Name, f.Tag)
					}
				}
			}
		}
	}
}

// forUsers replaces a field's name at the head of its comment by its key.
func forUsers(comment, field string, tag *ast.BasicLit) string {
	rest, ok := strings.CutPrefix(comment, field+" ")
	if !ok || tag == nil {
		return comment
	}
	key, _, _ := strings.Cut(reflect.StructTag(strings.Trim(tag.Value, "`")).Get("yaml"), ",")
	return key + " " + rest
}
