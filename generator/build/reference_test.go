package build_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/model"
)

func TestToolsOfAPackageThatIsNotGenerated(t *testing.T) { // F16
	f := file(t, `
-- m.go --
package m

import "example.com/m/lib"

//alloy:command
//alloy:tools lib.find,lib.Tell,lib.Do,lib.Hand
func ask(t lib.Thing) string { return "" }
-- lib/alloy.go --
package lib

import (
	"context"
	"time"

	"github.com/alloygen/alloygen/runtime"
)

type Thing struct{ Wait time.Duration }

var FindTool alloy.Tool

var Hand alloy.Tool

// Tell tells of a thing.
func Tell(ctx context.Context, thing Thing, more *int, opts ...alloy.Option) (Thing, error) {
	return thing, nil
}

var TellCommand alloy.Command[Thing]

func Do(ctx context.Context, opts ...alloy.Option) error { return nil }

var DoCommand alloy.Command[alloy.None]
`)
	require.Equal(t, []model.ToolRef{
		{Name: "lib.find", Value: "«example.com/m/lib».FindTool"},
		{Name: "lib.Tell", Value: "tellAsTool()"},
		{Name: "lib.Do", Value: "doAsTool()"},
		{Name: "lib.Hand", Value: "«example.com/m/lib».Hand"},
	}, f.Commands[0].Tools)
	require.Len(t, f.CommandTools, 2)
	tell, do := f.CommandTools[0], f.CommandTools[1]
	require.EqualValues(t, "«example.com/m/lib».Tell", tell.Func)
	require.Equal(t, "tell", tell.Tool)
	require.Equal(t, "Tell tells of a thing.", tell.Doc)
	require.Equal(t, []model.Param{{Name: "thing", Type: "«example.com/m/lib».Thing"}, {Name: "more", Type: "*int", Optional: true}}, tell.Params)
	require.NotEmpty(t, tell.InputCodec)
	require.NotEmpty(t, tell.ResultCodec)
	require.Equal(t, model.ResultNone, do.Result.Kind)
	require.Empty(t, do.Params)
}

func TestToolsThatNeedEachOther(t *testing.T) {
	require.Equal(t, `lib/lib.go:6:15: m.Find cannot be used here: package example.com/m imports this one, or will when it is generated
	hint: move what both need into a third package`, refused(t, `
-- m.go --
package m

import "example.com/m/lib"

var _ lib.Thing

//alloy:tool
func Find() {}
-- lib/lib.go --
package lib

type Thing struct{}

//alloy:command
//alloy:tools m.Find
func ask() string { return "" }
`))
}

func TestToolsThatWouldNeedEachOther(t *testing.T) {
	got := refused(t, `
-- m.go --
package m

//alloy:tool
func Find() {}

//alloy:command
//alloy:tools lib.Look
func ask() string { return "" }
-- lib/lib.go --
package lib

//alloy:tool
func Look() {}

//alloy:command
//alloy:tools m.Find
func ask() string { return "" }
`)
	require.Equal(t, `lib/lib.go:7:15: m.Find cannot be used here: package example.com/m imports this one, or will when it is generated
	hint: move what both need into a third package`, got)
}

func TestToolsOfTestFiles(t *testing.T) {
	require.Equal(t, `m.go:4:15: helper is declared in a test file, and ask is not
	hint: move one of them`, refused(t, `
-- m.go --
package m

//alloy:command
//alloy:tools helper
func ask() string { return "" }
-- m_test.go --
package m

//alloy:tool
func helper() {}
`))
}

func TestUnnamedParameterOfACommandAsTool(t *testing.T) {
	require.Equal(t, `m.go:4:15: Beg cannot be a tool: its parameter 1 has no name
	hint: give it one`, refused(t, `package m

//alloy:command
//alloy:tools beg
func ask() string { return "" }

//alloy:command
func beg(_ int) string { return "" }
`))
}

// Only whoever wrote a tool by hand knows what models call it.
func TestToolsByHandMayHaveAnyName(t *testing.T) {
	f := file(t, source(`
var Search = alloy.Tool{Name: "search_the_web"}

//alloy:tool name=search
func look(query string) string { return query }

//alloy:command
//alloy:tools Search,look
func ask() string { return "" }
`))
	require.Len(t, f.Commands[0].Tools, 2)
}
