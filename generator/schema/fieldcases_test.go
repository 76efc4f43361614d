//lint:file-ignore U1000 fields that encoding/json does not see are part of the cases
//lint:file-ignore SA5008 so are the tags that it does not understand

package schema_test

// The structs of this file are read by reflection and by the generator, which must agree on their properties.

type inner struct {
	A, B   int
	hidden int
}

type Deep struct {
	Deeper
	C int
}

type Deeper struct{ D, C int }

type Tagged struct {
	X int `json:"same"`
	Y int
}

type Untagged struct {
	Same int
	Z    int `json:"other"`
}

type number int

type Generic[T any] struct {
	Value T `json:"value"`
	Next  *Generic[T]
}

type Fields struct {
	Plain      int
	Renamed    int `json:"renamed"`
	Dash       int `json:"-"`
	RealDash   int `json:"-,"`
	Odd        int `json:"a b;c"`
	Wrong      int `json:"a\"b"`
	Optional   int `json:",omitempty"`
	Quoted     int `json:",string"`
	Two, Three int
	private    int
	inner
	Deep
	Tagged
	Untagged
	number
	Named Deeper `json:"named"`
	*Wheel
	Box `json:"box"`
	Generic[int]
}

type Wheel struct {
	Spokes int
	Plain  string
}

type Box struct{ Inside int }

type Conflict struct {
	Left
	Right
	Own int
}

type Left struct{ Both, OnlyLeft int }
type Right struct{ Both, OnlyRight int }

type Twice struct {
	MidA
	MidB
}
type MidA struct{ Shared }
type MidB struct{ Shared }
type Shared struct{ S int }

type TagWins struct {
	LeftTag
	RightPlain
}
type LeftTag struct {
	N int `json:"Name"`
}
type RightPlain struct{ Name int }

type Loop struct {
	*Loop
	V int
}
