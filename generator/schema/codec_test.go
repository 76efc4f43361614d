package schema_test

import (
	"go/token"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/model"
)

const codecSource = `
-- m.go --
package m
import ("time"; "example.com/m/dep")
type Plain struct{ A int; At time.Time }
type Job struct {
	dep.Marked
	Base
	*More
	Wait  time.Duration ` + "`json:\"wait,omitempty,string\"`" + `
	Deps  map[string]dep.Value
	Skip  func() ` + "`json:\"-\"`" + `
	Plain Plain
	inner time.Duration
}
type Base struct{ Limit [2]time.Duration }
type More struct{ Every *time.Duration }
type Bad struct{ dep.Hidden; Named dep.Inside }
-- dep/d.go --
package dep
import (
	"time"
	"example.com/m/dep/internal/deep"
)
type noDocument struct{}
type Marked struct{ noDocument }
type Value interface{ value() }
type Text struct{ S string; noDocument }
func (*Text) value() {}
type List struct{ Values []Value; noDocument }
func (*List) value() {}
type unseen struct{ N int }
func (unseen) value() {}
type secret struct{ Took time.Duration }
type Hidden struct{ Secrets []secret }
type Inside struct{ Deep deep.Deep }
-- dep/internal/deep/d.go --
package deep
import "time"
type Deep struct{ Took time.Duration }
`

func TestCodecs(t *testing.T) { // F41
	g := generate(t, codecSource)
	codecs := g.generator.NewCodecs(func(string) bool { return true })
	require.Empty(t, codecs.Of(g.typ("Plain"), token.NoPos))
	require.Equal(t, "jobJSON", codecs.Of(g.typ("Job"), token.NoPos))
	require.Empty(t, g.problems)
	byName := map[string]model.Codec{}
	for _, c := range codecs.All() {
		byName[c.Name] = c
	}
	require.Equal(t, []model.CodecField{
		{Name: "Base", Type: "Base", Codec: "baseJSON", Embedded: true},
		{Name: "More", Type: "*More", Codec: "moreJSON", Embedded: true},
		{Name: "Wait", JSON: "wait", Options: "omitempty", Type: "«time».Duration", Codec: "durationJSON"},
		{Name: "Deps", JSON: "Deps", Type: "map[string]«example.com/m/dep».Value", Codec: "valueMapJSON"},
		{Name: "Plain", JSON: "Plain", Type: "Plain"},
	}, byName["jobJSON"].Fields)
	require.Equal(t, model.CodecArray, byName["durationArrayJSON"].Kind)
	require.EqualValues(t, 2, byName["durationArrayJSON"].Len)
	require.Equal(t, []model.Variant{
		{Tag: "text", Type: "*«example.com/m/dep».Text"},
		{Tag: "list", Type: "*«example.com/m/dep».List", Codec: "listJSON"},
	}, byName["valueJSON"].Union)
	require.Equal(t, []model.CodecField{
		{Name: "Values", JSON: "Values", Type: "[]«example.com/m/dep».Value", Codec: "valueListJSON"},
	}, byName["listJSON"].Fields)
}

func TestCodecsOfTypesThatCannotBeNamed(t *testing.T) {
	g := generate(t, codecSource)
	g.generator.NewCodecs(func(string) bool { return true }).Of(g.typ("Bad"), token.NoPos)
	var all []string
	for _, p := range g.problems {
		all = append(all, p.Message)
	}
	const why = " holds a value that encoding/json cannot read by itself, and the code that could cannot name it: it is not exported"
	require.Equal(t, []string{"dep.secret" + why, "deep.Deep" + why}, all)
}

// go vet refuses code that copies a lock, and users cannot change what is generated.
func TestCodecsOfTypesThatMustNotBeCopied(t *testing.T) {
	g := generate(t, `
-- m.go --
package m

import ("sync"; "sync/atomic"; "time")

type Locked struct { mu sync.Mutex; Wait time.Duration }
type Deep struct { inner [2]struct{ n atomic.Int64 }; Wait time.Duration }
type Free struct { mu *sync.Mutex; *sync.RWMutex `+"`json:\"-\"`"+`; Wait time.Duration }
type Plain struct { mu sync.Mutex; Text string }
`)
	codecs := g.generator.NewCodecs(func(string) bool { return true })
	for _, name := range []string{"Locked", "Deep", "Free", "Plain"} {
		codecs.Of(g.typ(name), token.NoPos)
	}
	var all []string
	for _, p := range g.problems {
		all = append(all, p.Message)
	}
	const why = ", which must not be copied, beside a value that encoding/json cannot read by itself"
	require.Equal(t, []string{"Locked holds sync.Mutex" + why, "Deep holds atomic.noCopy" + why}, all)
}
