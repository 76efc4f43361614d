// Package directive reads the //alloy: comments of a package. The grammar of each directive is one entry of the table in
// registry.go; parsing, checks, suggestions and the documentation come from it.
package directive

import (
	"go/ast"
	"go/token"
	"time"

	"github.com/alloygen/alloygen/contracts"
	"github.com/alloygen/alloygen/generator/load"
)

// Package is what the directives of a package say. Commands, Tools, Types and Schemas are in the order of the source.
type Package struct {
	Load     *load.Package
	Settings Settings // of the package clause
	Types    []*Type
	Commands []*Func
	Tools    []*Func
	Schemas  []*Schema
}

// Type is a struct type with settings for its command methods.
type Type struct {
	Spec     *ast.TypeSpec
	File     *load.File
	Settings Settings
}

// Func is a command or a tool.
type Func struct {
	Decl *ast.FuncDecl
	File *load.File
	Pos  token.Pos      // of the directive that makes it one
	Name *Value[string] // name=, or nil

	// Settings are the nearest ones: those of the function, and for a command those of its receiver's type and of the
	// package clause where these have none of their own. Value.Place says which.
	Settings  Settings
	Contracts []Contract   // in source order
	Params    []*ParamText // in source order
}

// Receiver returns the name of the receiver's type, or an empty string for a function.
func (f *Func) Receiver() string { return receiver(f.Decl) }

// Value is an argument, or a whole directive, with its place.
type Value[T any] struct {
	V     T
	Pos   token.Pos // of the argument; of the first one for a directive with several, of the directive if it has none
	Place Place     // where the directive stands
}

// Settings are the directives that say how a call runs. A nil field is left to the next level.
type Settings struct {
	Model          *Value[string]
	Fallback       *Value[[]Value[string]]
	System         *Value[System]
	Temperature    *Value[float64]
	MaxTokens      *Value[int]
	TopP           *Value[float64]
	Seed           *Value[int64]
	Stop           *Value[[]Value[string]]
	Effort         *Value[string]
	Retry          *Value[Retry]
	RetryOn        *Value[[]Value[Condition]]
	Timeout        *Value[time.Duration]
	AttemptTimeout *Value[time.Duration]
	RateLimit      *Value[RateLimit]
	Breaker        *Value[Breaker]
	Hedge          *Value[Hedge]
	Tools          *Value[[]Value[Name]]
	MaxToolTurns   *Value[int]
	Finalize       *Value[Finalize]
	Degrade        *Value[Name]
	Stream         *Value[bool]
	Cache          *Value[string] // prompt or none
	Lenient        *Value[string]
	StreamTimeout  *Value[StreamTimeout]
	Budget         *Value[Budget]

	// Of a command's own lines only.
	HTTP *Value[HTTP]

	// Of tools only.
	After      *Value[[]Value[string]] // Go names
	Approve    *Value[Approve]
	Idempotent *Value[bool]

	// Redact adds up over the levels, unlike the others, so that one more name never uncovers another. On a Func it holds
	// parameters of that function only.
	Redact *Value[[]Value[string]]
}

// System is a system prompt.
type System struct {
	Text  string          // complete, the content of files included
	Files []Value[string] // as written after the @, in order
}

// Retry is a retry directive. Nil fields are left to the runtime's defaults.
type Retry struct {
	Attempts *Value[int] // nil means DefaultAttempts
	Backoff  *Value[string]
	Base     *Value[time.Duration]
	Max      *Value[time.Duration]
	Jitter   *Value[Jitter]
}

// DefaultAttempts is what a retry directive without a number means.
const DefaultAttempts = 3

// Jitter is how far a wait strays.
type Jitter struct {
	Full  bool    // anything from nothing to the whole wait
	Share float64 // 0.25 for 25%
}

// Condition is an item of retry_on: one of the known words, or a Go name.
type Condition struct {
	Word string // transient, output …; empty for a Go name
	Expr string // ErrStale, *net.OpError …: an error variable or type, to be resolved in the file's scope
}

// Name is the Go name of a tool or command.
type Name struct {
	Package string // the name under which the file imports the package; empty for this package and the receiver
	Name    string
}

// String returns the name as written.
func (n Name) String() string {
	if n.Package == "" {
		return n.Name
	}
	return n.Package + "." + n.Name
}

// Finalize is a finalize directive.
type Finalize struct {
	On    []Value[string] // limit, timeout, error; empty for "none"
	Grace *Value[time.Duration]
}

// Contract is a require, ensure or check directive.
type Contract struct {
	Kind       contracts.Kind
	Expr       string
	Pos        token.Pos // of the expression; each byte of it is at Pos plus its index
	Message    string    // the name, for a check
	MessagePos token.Pos
}

// ParamText is a param directive.
type ParamText struct {
	Name Value[string]
	Text Value[string]
}

// Schema is a schema directive.
type Schema struct {
	Decl    *ast.TypeSpec // the type it stands on; nil on the package clause
	File    *load.File
	Package string        // on the package clause: the name under which the file imports the type's package; empty for this one
	Type    Value[string] // the type's name
	JSON    Value[string] // a JSON object, in one piece
	Path    string        // of the file that it was read from, relative to the package; or empty
}

// receiver returns the name of the type that a function is a method of, or an empty string.
func receiver(decl *ast.FuncDecl) string {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return ""
	}
	return typeName(decl.Recv.List[0].Type)
}

func typeName(expr ast.Expr) string {
	switch expr := ast.Unparen(expr).(type) {
	case *ast.Ident:
		return expr.Name
	case *ast.StarExpr:
		return typeName(expr.X)
	case *ast.IndexExpr:
		return typeName(expr.X)
	case *ast.IndexListExpr:
		return typeName(expr.X)
	}
	return ""
}
