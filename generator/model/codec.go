package model

// Codec is a type whose Go values encoding/json cannot read or write as its schema says: a sealed interface, or a
// time.Duration or url.URL as a string, or anything that holds one. For each, the generated file gets a shadow type that
// encoding/json does handle, and the functions that convert between the two. The user's type gets no method.
type Codec struct {
	Name     string       `json:"name"` // of the shadow type: ticketJSON
	Type     Go           `json:"type"` // the user's type
	Kind     CodecKind    `json:"kind"`
	Fields   []CodecField `json:"fields,omitempty"` // of a struct
	Elem     string       `json:"elem,omitempty"`   // codec of the element: pointer, slice, array, map
	Key      Go           `json:"key,omitempty"`    // of a map
	Len      int64        `json:"len,omitempty"`    // of an array
	Union    []Variant    `json:"union,omitempty"`
	Nullable bool         `json:"nullable,omitempty"` // of a union: nil is written as null
}

// CodecKind says what a shadow type converts.
type CodecKind string

const (
	CodecStruct   CodecKind = "struct"
	CodecPointer  CodecKind = "pointer"
	CodecSlice    CodecKind = "slice"
	CodecArray    CodecKind = "array"
	CodecMap      CodecKind = "map"
	CodecUnion    CodecKind = "union"
	CodecDuration CodecKind = "duration" // a time.Duration as 1h30m
	CodecURL      CodecKind = "url"      // a url.URL as its text
	CodecInput    CodecKind = "input"    // the parameters of a tool, as one object; Type is empty
)

// CodecField is one field of a shadow struct.
type CodecField struct {
	Name     string `json:"name"`               // Go field of both types
	JSON     string `json:"json"`               // property
	Options  string `json:"options,omitempty"`  // of the json tag: omitempty, string …
	Type     Go     `json:"type"`               // of the user's field
	Codec    string `json:"codec,omitempty"`    // "" when the field's own type will do
	Embedded bool   `json:"embedded,omitempty"` // Codec is then that of the struct, also for an embedded pointer to it
}

// Variant is one implementation of a sealed interface.
type Variant struct {
	Tag   string `json:"tag"`             // value of the type property
	Type  Go     `json:"type"`            // Circle, or *Circle when the pointer implements it
	Codec string `json:"codec,omitempty"` // of the struct, without the pointer
}
