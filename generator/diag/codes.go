package diag

import "slices"

// Code names a kind of finding. Codes are stable: they are never renamed, and never used again for something else.
type Code string

const (
	// Loading.
	CompileError Code = "compile-error"
	ListError    Code = "list-error"
	SyntaxError  Code = "syntax-error"

	// Directives.
	UnknownDirective   Code = "unknown-directive"
	MalformedDirective Code = "malformed-directive"
	MisplacedDirective Code = "misplaced-directive"
	UselessDirective   Code = "useless-directive"
	DuplicateDirective Code = "duplicate-directive"
	UnknownKey         Code = "unknown-key"
	DuplicateArgument  Code = "duplicate-argument"
	MissingArgument    Code = "missing-argument"
	UnexpectedArgument Code = "unexpected-argument"
	InvalidValue       Code = "invalid-value"
	UnknownModel       Code = "unknown-model"
	UnknownParameter   Code = "unknown-parameter"
	UnreadableFile     Code = "unreadable-file"
	NeedsName          Code = "needs-name"

	// Signatures and types.
	InvalidSignature Code = "invalid-signature"
	NameTaken        Code = "name-taken"
	DuplicateTool    Code = "duplicate-tool"
	UnknownTool      Code = "unknown-tool"
	UnknownCondition Code = "unknown-condition"
	UnsupportedType  Code = "unsupported-type"
	InvalidTag       Code = "invalid-tag"
	InvalidSchema    Code = "invalid-schema"
	InvalidFallback  Code = "invalid-fallback"
	InvalidDegrade   Code = "invalid-degrade"
	InvalidAfter     Code = "invalid-after"
	DuplicateRoute   Code = "duplicate-route"
	Contradiction    Code = "contradiction"

	// Contracts.
	InvalidContract Code = "invalid-contract"
)

// Explanation says in one line what a code means.
type Explanation struct {
	Code Code
	Text string
}

var explanations = []Explanation{
	{CompileError, "the compiler refuses a declaration; what is missing is not something that alloygen would generate"},
	{ListError, "the go command cannot list a package: a missing module, an import cycle, a pattern without packages"},
	{SyntaxError, "a Go file cannot be parsed"},

	{UnknownDirective, "there is no directive of this name"},
	{MalformedDirective, "a comment looks like a directive and is not one: Go takes it for an ordinary comment"},
	{MisplacedDirective, "the directive may not stand here"},
	{UselessDirective, "the directive has no effect where it stands"},
	{DuplicateDirective, "the directive is already given for the same function, type or package"},
	{UnknownKey, "the directive has no key of this name"},
	{DuplicateArgument, "a key or list item is given twice"},
	{MissingArgument, "the directive lacks an argument"},
	{UnexpectedArgument, "the directive takes fewer arguments"},
	{InvalidValue, "an argument has the wrong type, or is out of range"},
	{UnknownModel, "no provider is known for a model's name"},
	{UnknownParameter, "the function has no parameter of this name"},
	{UnreadableFile, "a file that a directive names is missing, outside the package, or not text"},
	{NeedsName, "the wrapper's name cannot be derived from the function's"},

	{InvalidSignature, "the function's parameters, results or receiver are not those of a command or tool"},
	{NameTaken, "what would be generated has the name of something that is already declared"},
	{DuplicateTool, "two tools of one command have the same name"},
	{UnknownTool, "there is no tool or command of this name"},
	{UnknownCondition, "a retry_on condition is neither a known word nor an error of the package's scope"},
	{UnsupportedType, "a type, or a part of it, has no JSON Schema"},
	{InvalidTag, "a jsonschema or validate tag cannot be read, or does not fit the field's type"},
	{InvalidSchema, "a JSON Schema is malformed"},
	{InvalidFallback, "a fallback names a model that is tried already"},
	{InvalidDegrade, "a degrade function is not there, or does not take and return what the command does"},
	{InvalidAfter, "a tool waits for one that is not there, not offered with it, or waits for it in turn"},
	{DuplicateRoute, "two commands are served by the same method at the same path"},
	{Contradiction, "two settings contradict each other, so that one of them can never take effect"},

	{InvalidContract, "a contract does not compile, is not boolean, or is constant"},
}

// Codes returns every code with its explanation, in the order of the documentation.
func Codes() []Explanation { return slices.Clone(explanations) }
