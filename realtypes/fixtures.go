package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-github/v89/github"
)

// Where the fixtures are published.
const (
	webhooksPackage = "@octokit/webhooks-examples@7.6.1"
	stripeModule    = "github.com/stripe/stripe-mock@v0.203.0"
	lambdaModule    = "github.com/aws/aws-lambda-go"
)

// fixture is a vendor's JSON and the type that it belongs to.
type fixture struct {
	name string // of the fixture
	typ  string
	json json.RawMessage
}

// missingTool says that fixtures cannot be fetched on this machine.
type missingTool struct{ name string }

func (e *missingTool) Error() string { return e.name + " is not installed" }

// githubFixtures are the payloads of GitHub's webhooks. The Go type is the one that go-github itself decodes an event into.
func githubFixtures(ws *workspace) ([]fixture, error) {
	if _, err := exec.LookPath("npm"); err != nil {
		return nil, &missingTool{"npm"}
	}
	dir := filepath.Join(ws.dir, "npm")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir, webhooksPackage)
	if text, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", install, err, text)
	}
	var events []struct {
		Name     string            `json:"name"`
		Examples []json.RawMessage `json:"examples"`
	}
	index := filepath.Join(dir, "node_modules", "@octokit", "webhooks-examples", "api.github.com", "index.json")
	if err := readJSON(index, &events); err != nil {
		return nil, err
	}
	var list []fixture
	for _, event := range events {
		prototype := github.EventForType(event.Name)
		if prototype == nil {
			continue // an event that go-github has no type for
		}
		typ := reflect.TypeOf(prototype).Elem().Name()
		for i, example := range event.Examples {
			list = append(list, fixture{fmt.Sprintf("%s %d", event.Name, i+1), typ, example})
		}
	}
	return list, nil
}

// stripeFixtures are the objects that Stripe's own mock server answers with, by the name of their resource.
func stripeFixtures(ws *workspace) ([]fixture, error) {
	dir, err := moduleDir(ws, stripeModule)
	if err != nil {
		return nil, err
	}
	var file struct {
		Resources map[string]json.RawMessage `json:"resources"`
	}
	if err := readJSON(filepath.Join(dir, "embedded", "openapi", "fixtures3.json"), &file); err != nil {
		return nil, err
	}
	s, err := inspect(ws.ctx, ws.dir, "github.com/stripe/stripe-go/v84")
	if err != nil {
		return nil, err
	}
	byName := map[string]string{} // tax.calculation_line_item is TaxCalculationLineItem
	for _, typ := range s.structs {
		byName[strings.ToLower(typ)] = typ
	}
	var list []fixture
	for name, text := range file.Resources {
		key := strings.NewReplacer(".", "", "_", "").Replace(strings.TrimPrefix(name, "deleted_"))
		if typ, ok := byName[key]; ok {
			list = append(list, fixture{name, typ, text})
		}
	}
	slices.SortFunc(list, func(a, b fixture) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

// lambdaFixtures are the test data of aws-lambda-go. The type is the one that the test decodes the file into.
func lambdaFixtures(ws *workspace) ([]fixture, error) {
	dir, err := moduleDir(ws, lambdaModule)
	if err != nil {
		return nil, err
	}
	tests, err := filepath.Glob(filepath.Join(dir, "events", "*_test.go"))
	if err != nil {
		return nil, err
	}
	var list []fixture
	for _, test := range tests {
		file, err := parser.ParseFile(token.NewFileSet(), test, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			name, typ := fixtureOf(f)
			if name == "" || typ == "" || slices.ContainsFunc(list, func(f fixture) bool { return f.name == name }) {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, "events", "testdata", name))
			if err != nil {
				return nil, err
			}
			if json.Valid(text) {
				list = append(list, fixture{name, typ, text})
			}
		}
	}
	return list, nil
}

var testdata = regexp.MustCompile(`^(?:\./)?testdata/([^/]+\.json)$`)

// fixtureOf finds the one file of test data that a test reads, and the type of the first variable that it declares; both
// are empty if there is none, or more than one file.
func fixtureOf(test *ast.FuncDecl) (file, typ string) {
	files := 0
	ast.Inspect(test, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && testdata.MatchString(text) {
				files++
				file = testdata.FindStringSubmatch(text)[1]
			}
		case *ast.ValueSpec:
			if id, ok := n.Type.(*ast.Ident); ok && id.IsExported() && typ == "" {
				typ = id.Name
			}
		case *ast.CompositeLit:
			if id, ok := n.Type.(*ast.Ident); ok && id.IsExported() && typ == "" {
				typ = id.Name
			}
		}
		return true
	})
	if files != 1 {
		return "", ""
	}
	return file, typ
}

// moduleDir fetches a module and returns where its source is.
func moduleDir(ws *workspace, module string) (string, error) {
	args := []string{"list", "-m", "-f", "{{.Dir}}", module}
	if strings.Contains(module, "@") {
		args = []string{"mod", "download", "-json", module}
	}
	cmd := exec.CommandContext(ws.ctx, "go", args...)
	cmd.Dir = ws.self
	text, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", cmd, err)
	}
	if !strings.Contains(module, "@") {
		return strings.TrimSpace(string(text)), nil
	}
	var m struct{ Dir string }
	err = json.Unmarshal(text, &m)
	return m.Dir, err
}

func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
