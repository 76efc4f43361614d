// Package model holds what the generator has found out about a package, as plain values: checked, complete, in a fixed
// order, and printable as JSON. Nothing in it points into go/types or go/ast, so that what is emitted can be tested from a
// value alone.
package model

// Package is one package with directives.
type Package struct {
	Path  string `json:"path"` // import path; of the tested package for external tests, with Name ending in _test
	Name  string `json:"name"`
	Dir   string `json:"dir"`   // relative to the module's root, with slashes
	Files []File `json:"files"` // the files to generate, sorted by name
	// Taken are the names of the package scope that generated declarations and import aliases must not use.
	Taken []string `json:"-"`
	// Imports are the names that its files give to imported packages, which generated declarations must not use.
	Imports []string `json:"-"`
}

// MainFile is the file for what is part of every build. The handlers of a package, and its OpenAPI document, are of the commands
// in it.
const MainFile = "alloy_gen.go"

// File is one file to generate: the commands and tools of the source files that are built under the same constraint.
type File struct {
	Name       string    `json:"name"`                 // alloy_gen.go, alloy_gen_test.go, alloy_linux_gen.go …
	Constraint string    `json:"constraint,omitempty"` // a //go:build expression
	Commands   []Command `json:"commands,omitempty"`   // in source order
	Tools      []Tool    `json:"tools,omitempty"`      // in source order
	// CommandTools are commands, of any package, that commands of this file offer as tools.
	CommandTools []CommandTool `json:"command_tools,omitempty"`
	// Codecs are the types that encoding/json cannot read or write as their schema says; see Codec.
	Codecs []Codec `json:"codecs,omitempty"`
}

// Go is a piece of Go source in which each use of an imported package stands as «import/path»: map[string]«time».Duration.
// Names of the package itself and of the universe are bare. An import's own name follows a bar where it differs from the
// path's last element: «gopkg.in/yaml.v3|yaml».Node.
type Go string

// Func is an annotated function or method and the signature of what is generated for it.
type Func struct {
	Pos      Pos     `json:"pos"`
	Name     string  `json:"name"`           // as declared: triage
	Exported string  `json:"exported"`       // as generated: Triage; equal to Name for an exported tool
	Doc      string  `json:"doc,omitempty"`  // the doc comment without directives, as written
	Recv     *Recv   `json:"recv,omitempty"` // nil for a function
	Context  bool    `json:"context"`        // its first parameter is a context.Context
	Params   []Param `json:"params"`         // without the context
	// ContextName is what the function calls its context, if its contracts use it.
	ContextName string `json:"context_name,omitempty"`
	Variadic    bool   `json:"variadic,omitempty"` // the last parameter is; its Type is the slice's element type with "[]" before
	Error       bool   `json:"error"`              // it also returns an error
}

// Recv is a method's receiver.
type Recv struct {
	Name       string   `json:"name"` // "" or "_" when it has none
	Type       string   `json:"type"` // the named type: Agent
	Pointer    bool     `json:"pointer"`
	TypeParams []string `json:"type_params,omitempty"` // as the method names them; "_" included
	Client     Go       `json:"client,omitempty"`      // the path of its *alloy.Client field: "client", "deps.Client"
	Taken      []string `json:"-"`                     // the names of its type's fields and methods, which generated methods must not use
}

// Param is one parameter.
type Param struct {
	Name     string `json:"name"` // "" when unnamed, "_" when blank
	Type     Go     `json:"type"`
	Doc      string `json:"doc,omitempty"` // of a param directive
	Redact   bool   `json:"redact,omitempty"`
	Optional bool   `json:"optional,omitempty"` // in a tool's input: a pointer
}

// Command is a function that returns a prompt.
type Command struct {
	Func
	Result   Result     `json:"result"`
	Settings []Setting  `json:"settings,omitempty"` // nearest ones, in the order of the directives' table
	Require  []Contract `json:"require,omitempty"`
	Ensure   []Contract `json:"ensure,omitempty"`
	Check    []Contract `json:"check,omitempty"`
	Tools    []ToolRef  `json:"tools,omitempty"`
	Degrade  *Degrade   `json:"degrade,omitempty"` // nil without one
	Stream   bool       `json:"stream,omitempty"`  // a streaming function is generated too
	HTTP     *HTTP      `json:"http,omitempty"`    // nil if it is not served
	Worst    Worst      `json:"worst"`
	// Providers are the names of the providers that its models need, sorted: anthropic, openai.
	Providers []string `json:"providers,omitempty"`
}

// ResultKind says how an answer becomes the result.
type ResultKind string

const (
	ResultText  ResultKind = "text"  // string, or Prompt[string]
	ResultNone  ResultKind = "none"  // Prompt[None]: the wrapper returns only an error
	ResultTyped ResultKind = "typed" // anything else
)

// Result is what a command returns.
type Result struct {
	Kind    ResultKind `json:"kind"`
	Type    Go         `json:"type"`              // the T of Prompt[T]; string for text
	Prompt  bool       `json:"prompt"`            // the function returns Prompt[T], not a bare string
	Schema  *Schema    `json:"schema,omitempty"`  // nil for text and none
	Wrapped bool       `json:"wrapped,omitempty"` // the schema's root is {"value": …}
	Codec   string     `json:"codec,omitempty"`   // name of the codec of Type; "" when encoding/json will do
}

// Schema is a JSON Schema and what is known of it.
type Schema struct {
	Name   string `json:"name"`             // for vendors: letters, digits, underscores
	JSON   string `json:"json"`             // indented with tabs, keys in a fixed order
	Strict bool   `json:"strict,omitempty"` // fit for a vendor's strict mode
	Raw    bool   `json:"raw,omitempty"`    // holds somebody's own schema: answers are validated in full
	// Defs are the types whose schema is known at run time only, by the name of their definition.
	Defs []Def `json:"defs,omitempty"`
}

// Def is a definition that a JSONSchema method gives at run time.
type Def struct {
	Name string `json:"name"`
	Type Go     `json:"type"`
}

// Tool is a function that a model may call.
type Tool struct {
	Func
	Tool        string     `json:"tool"`             // the name given to the model
	Result      Go         `json:"result,omitempty"` // "" when it returns none
	Input       Schema     `json:"input"`
	InputCodec  string     `json:"input_codec,omitempty"` // of the struct of its parameters; "" when encoding/json will do
	ResultCodec string     `json:"result_codec,omitempty"`
	Settings    []Setting  `json:"settings,omitempty"` // retry, retry_on, timeout, rate_limit, after, approve, idempotent
	Require     []Contract `json:"require,omitempty"`
	Ensure      []Contract `json:"ensure,omitempty"`
	Export      bool       `json:"export"` // the function is unexported, so a wrapper is generated
}

// CommandTool is a command that is offered as a tool.
type CommandTool struct {
	Func        Go      `json:"func"`           // Summarize, «example.com/other».Summarize; the method's name for one of the receiver
	Recv        *Recv   `json:"recv,omitempty"` // of the command whose receiver has the method
	Name        string  `json:"name"`           // of what is generated: summarizeAsTool
	Tool        string  `json:"tool"`
	Doc         string  `json:"doc,omitempty"`
	Params      []Param `json:"params"`
	Result      Result  `json:"result"`
	Input       Schema  `json:"input"`
	InputCodec  string  `json:"input_codec,omitempty"`
	ResultCodec string  `json:"result_codec,omitempty"`
}

// ToolRef is a name in a tools directive, resolved.
type ToolRef struct {
	Name   string `json:"name"`              // as written
	Value  Go     `json:"value"`             // the Go expression of the alloy.Tool without a receiver: LookupOrderTool, «example.com/other».FindTool, LookupOrderTool() …
	OnRecv bool   `json:"on_recv,omitempty"` // Value is selected from the receiver
}

// Contract is a require, ensure or check directive.
type Contract struct {
	Pos     Pos    `json:"pos"`     // of the expression
	Source  string `json:"source"`  // the expression as written
	Expr    Go     `json:"expr"`    // the expression as it is emitted
	Message string `json:"message"` // the name, for a check
}

// Setting is one directive that changes how a command or tool runs. Exactly the fields of its directive are set.
type Setting struct {
	Directive string      `json:"directive"`          // model, temperature, retry …
	Level     string      `json:"level"`              // where it stands: func, type or package
	Text      string      `json:"text,omitempty"`     // model, system, effort, cache, lenient
	File      string      `json:"file,omitempty"`     // of system @file, relative to the package; Text holds its content
	List      []string    `json:"list,omitempty"`     // fallback, stop, finalize; after, as the names that the model is given
	Float     float64     `json:"float,omitempty"`    // temperature, top_p
	Int       int64       `json:"int,omitempty"`      // max_tokens, seed, max_tool_turns
	Duration  string      `json:"duration,omitempty"` // timeout, attempt_timeout; the grace of finalize
	Retry     *Retry      `json:"retry,omitempty"`
	On        []Condition `json:"on,omitempty"` // retry_on
	RateLimit *RateLimit  `json:"rate_limit,omitempty"`
	Breaker   *Breaker    `json:"breaker,omitempty"`
	Hedge     *Hedge      `json:"hedge,omitempty"`
	Budget    *Budget     `json:"budget,omitempty"`
	Approve   *Approve    `json:"approve,omitempty"`

	StreamTimeout *StreamTimeout `json:"stream_timeout,omitempty"`
}

// Retry is a retry directive. Fields that it leaves alone are empty.
type Retry struct {
	Attempts   int      `json:"attempts"`
	Backoff    string   `json:"backoff,omitempty"`
	Base       string   `json:"base,omitempty"` // a duration
	Max        string   `json:"max,omitempty"`  // a duration
	Jitter     *float64 `json:"jitter,omitempty"`
	FullJitter bool     `json:"full_jitter,omitempty"`
}

// Condition is one condition of retry_on: a word, an error variable, or an error type.
type Condition struct {
	Word  string `json:"word,omitempty"`  // transient, output, timeout …
	Value Go     `json:"value,omitempty"` // an error variable, matched by errors.Is
	Type  Go     `json:"type,omitempty"`  // an error type, matched by errors.As
}

// Pos is where something stands in the source.
type Pos struct {
	File string `json:"file"` // relative to the package's directory
	Line int    `json:"line"`
	Col  int    `json:"col"` // in bytes, from 1
}
