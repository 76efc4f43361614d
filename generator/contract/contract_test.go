package contract_test

import (
	"errors"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/generator/contract"
)

const source = `package shop

import (
	"math/rand"
	str "strings"
	. "unicode"
)

var _ = str.TrimSpace
var _ = rand.Int
var _ = IsUpper

type Flag bool

type Order struct {
	ID    string
	Items []Item
	note  string
}

type Item struct{ Price float64 }

func (o Order) total() float64 { return 0 }

const Max = 3

var limit = 10

func positive(x float64) bool { return x > 0 }

func Map[T, U any](xs []T, f func(T) U) []U { return nil }

func nothing() {}

type Agent[T any] struct{ limit int }

func order(order Order, n int, ok bool, flag Flag, err error, context string) (result Order) { return order }

func (a *Agent[T]) run(x T) {}
`

// checked is source, type-checked once for all tests.
var checked = sync.OnceValues(func() (*shop, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "shop.go", source, 0)
	if err != nil {
		return nil, err
	}
	s := &shop{
		file: file, imports: importer.ForCompiler(fset, "gc", nil),
		info: &types.Info{Defs: map[*ast.Ident]types.Object{}, Scopes: map[ast.Node]*types.Scope{}},
	}
	conf := types.Config{Importer: s.imports}
	s.pkg, err = conf.Check("example.com/shop", fset, []*ast.File{file}, s.info)
	return s, err
})

type shop struct {
	file    *ast.File
	pkg     *types.Package
	info    *types.Info
	imports types.Importer
}

// scope is that of the function of that name in source.
func scope(t testing.TB, function string) *contract.Scope {
	t.Helper()
	shop, err := checked()
	require.NoError(t, err)
	s := &contract.Scope{Package: shop.pkg, File: shop.info.Scopes[shop.file], Import: shop.imports.Import}
	for id, obj := range shop.info.Defs {
		fn, ok := obj.(*types.Func)
		if !ok || id.Name != function {
			continue
		}
		sig := fn.Signature()
		for r := range sig.Results().Variables() {
			s.Vars = append(s.Vars, r)
		}
		for v := range sig.Params().Variables() {
			s.Vars = append(s.Vars, v)
		}
		if sig.Recv() != nil {
			s.Vars = append(s.Vars, sig.Recv())
		}
		for p := range sig.RecvTypeParams().TypeParams() {
			s.TypeParams = append(s.TypeParams, p.Obj())
		}
	}
	return s
}

func TestCheck(t *testing.T) {
	s := scope(t, "order")
	for expr, want := range map[string]string{
		`ok`:                        ``,
		`n > Max && n < limit`:      ``,
		`order.note != result.note`: ``,
		`order.total() == 0 && positive(order.Items[0].Price)`: ``,
		`err != nil && errors.Is(err, io.EOF)`:                 `err != nil && «errors».Is(err, «io».EOF)`,
		`str.TrimSpace(order.ID) != ""`:                        `«strings».TrimSpace(order.ID) != ""`,
		`strings.TrimSpace(order.ID) != ""`:                    `«strings».TrimSpace(order.ID) != ""`,
		`rand.Int() > n`:                                       `«math/rand».Int() > n`,
		`IsUpper('a') && unicode.IsLower('b')`:                 `«unicode».IsUpper('a') && «unicode».IsLower('b')`,
		`utf8.ValidString(order.ID)`:                           `«unicode/utf8».ValidString(order.ID)`,
		`flag`:                                                 `bool(flag)`,
		`flag == true`:                                         ``,
		`context == ""`:                                        ``,
		`slices.ContainsFunc(order.Items, func(i Item) bool { return i.Price < 0 })`:    `«slices».ContainsFunc(order.Items, func(i Item) bool { return i.Price < 0 })`,
		`slices.Max(Map(order.Items, func(i Item) float64 { return i.Price })) > 3`:     `«slices».Max(Map(order.Items, func(i Item) float64 { return i.Price })) > 3`,
		`slices.Equal(order.Items, []Item{{Price: 2}})`:                                 `«slices».Equal(order.Items, []Item{{Price: 2}})`,
		`func() bool { for i := range 3 { if i > n { return false } }; return true }()`: ``,
		`func(strings []string) bool { return len(strings) > n }(nil)`:                  ``,
		`map[string]bool{"a": true}[order.ID]`:                                          ``,
		`interface{ total() float64 }(order).total() > 0`:                               ``,
		`url.URL{Host: order.ID}.Host == "" && (*url.URL).String(&url.URL{}) != ""`:     `«net/url».URL{Host: order.ID}.Host == "" && (*«net/url».URL).String(&«net/url».URL{}) != ""`,
		`len(order.Items) > 0 && func() bool { const c = 2; return n > c }()`:           ``,
		`order.ID != "http://x"`: ``,
		`"é" + order.ID != "" && strings.Contains(order.ID, "«") && strings.ToUpper(order.ID) != "äöü"`: `"é" + order.ID != "" && «strings».Contains(order.ID, "«") && «strings».ToUpper(order.ID) != "äöü"`,
	} {
		t.Run(expr, func(t *testing.T) {
			got, err := s.Check(expr)
			require.NoError(t, err)
			if want == "" {
				want = expr
			}
			require.EqualValues(t, want, got)
		})
	}
}

func TestCheckOfAGenericReceiver(t *testing.T) {
	s := scope(t, "run")
	for _, expr := range []string{`a.limit > 0`, `any(x) != nil`, `func(y T) bool { return any(y) == nil }(x)`} {
		got, err := s.Check(expr)
		require.NoError(t, err)
		require.EqualValues(t, expr, got)
	}
}

func TestRefusedContracts(t *testing.T) {
	s := scope(t, "order")
	for _, test := range []struct{ expr, at, message string }{
		{`order.ID`, `order.ID`, "this is not a boolean, but string"},
		{`order`, `order`, "this is not a boolean, but Order"},
		{`1 + 1`, `1 + 1`, "this is not a boolean, but untyped int"},
		{`true`, `true`, "this is always true"},
		{`Max > 2`, `Max > 2`, "this is always true"},
		{`len("a") == 2`, `len("a") == 2`, "this is always false"},
		{`Order`, `Order`, "this is a type, not a boolean"},
		{`nothing()`, `nothing()`, "this is not a boolean value"},
		{`nil`, `nil`, "this is not a boolean, but untyped nil"},
		{`len`, `len`, "this is not a boolean value"},
		{`ok && missing`, `missing`, "undefined: missing"},
		{`ok && order.Missing > 2`, `Missing`, "order.Missing undefined (type Order has no field or method Missing)"},
		{`ok && strings.Missing(order.ID)`, `Missing`, "undefined: strings.Missing"},
		{`n > "x"`, `"x"`, `invalid operation: n > "x" (mismatched types int and untyped string)`},
		{`ok && template.Must(nil, nil) == nil`, `template`, "template is the name of more than one package: html/template, text/template"},
		{`ok &&`, ``, "expected operand, found 'EOF'"},
		{`ok ok`, `ok`, "expected 'EOF', found ok"},
		{`ok = true`, `= true`, "expected '==', found '='"},
		{`positive("x")`, `"x"`, `cannot use "x" (untyped string constant) as float64 value in argument to positive`},
		{`Map[int]`, ``, "cannot infer U"},
		{`func() bool { x := 1; return ok }()`, `x := 1`, "declared and not used: x"},
		{`strings`, `strings`, "undefined: strings"},
		{`str`, `str`, "use of package str not in selector"},
		{`ok // why`, `// why`, "a comment cannot stand here"},
		{`ok /* why */ && ok`, `/*`, "a comment cannot stand here"},
		{``, ``, "expected operand, found 'EOF'"},
	} {
		t.Run(test.expr, func(t *testing.T) {
			_, err := s.Check(test.expr)
			var e *contract.Error
			require.True(t, errors.As(err, &e), "%v", err)
			require.Equal(t, test.message, e.Message)
			if test.at != "" {
				require.Equal(t, strings.LastIndex(test.expr, test.at), e.Offset)
			}
		})
	}
}

func TestResultIsUnknownBeforeTheCall(t *testing.T) {
	s := scope(t, "order")
	s.Vars = slices.DeleteFunc(s.Vars, func(v *types.Var) bool { return v.Name() == "result" })
	_, err := s.Check("result.ID != order.ID")
	var e *contract.Error
	require.True(t, errors.As(err, &e))
	require.Equal(t, "result is known in ensure and check only, and only if there is one", e.Hint)
	require.Zero(t, e.Offset)
}

func TestStandardListIsThatOfGo(t *testing.T) {
	out, err := exec.Command("go", "list", "std").Output()
	require.NoError(t, err)
	for path := range strings.FieldsSeq(string(out)) {
		if strings.Contains(path, "internal") || strings.HasPrefix(path, "vendor/") {
			continue
		}
		require.True(t, contract.IsStandard(path), path)
	}
	require.Equal(t, []string{"strings", "unicode/utf8"}, contract.Standard(`strings.X(utf8.Y) && rand.Z`))
}

func FuzzContract(f *testing.F) {
	for _, seed := range []string{
		`order.ID != ""`, `slices.Contains(order.Items, Item{})`, `func() bool { return n > 1 }()`, `ok && (`, "a\n+b", `rand.Int()>2`, `«»`, "\x00", `/* x */ ok`, `ok // c`,
		`[]T{}`, `struct{A int}{1}.A > n`, `func[T any](){}`, `result.note`, `..`, `<-ch`, `x.(type)`, `Map[int, int](nil, nil) == nil`,
	} {
		f.Add(seed)
	}
	s := scope(f, "order")
	f.Fuzz(func(t *testing.T, expr string) {
		source, err := s.Check(expr)
		if err == nil {
			if len(source) < len(expr) {
				t.Errorf("%q became %q", expr, source)
			}
			return
		}
		e, ok := err.(*contract.Error)
		if !ok || e.Message == "" || e.Offset < 0 || e.Offset > len(expr) {
			t.Errorf("%q: %#v", expr, err)
		}
	})
}
