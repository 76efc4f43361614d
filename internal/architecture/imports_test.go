package architecture

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/alloygen/alloygen/"

// mayImport lists, for each package, the packages of this module that it may import. A package that is missing here is an
// error: whoever adds one decides where it stands.
var mayImport = map[string][]string{
	"contracts":      {},
	"internal/route": {},
	"internal/price": {},
	// What the generator and package serve say of commands that are served.
	"internal/openapi": {},

	"internal/schematest": {}, // for tests
	"internal/redistest":  {}, // for tests
	"internal/pipe":       {}, // for tests

	"runtime/output":                         {},
	"runtime/output/rawschema":               {"runtime/output"},
	"runtime/resilience":                     {},
	"runtime/provider":                       {"internal/route"},
	"runtime/provider/internal/wire":         {"runtime/provider"},
	"runtime/provider/openai":                {"runtime/provider", "runtime/provider/internal/wire"},
	"runtime/provider/anthropic":             {"runtime/provider", "runtime/provider/internal/wire"},
	"runtime/provider/compatible":            {"runtime/provider", "runtime/provider/openai"},
	"runtime/provider/gemini":                {"runtime/provider", "runtime/provider/internal/wire"},
	"runtime/provider/ollama":                {"runtime/provider", "runtime/provider/internal/wire"},
	"runtime/provider/offline":               {"runtime/provider"},
	"runtime/provider/vendortest":            {},
	"runtime/provider/providersuite":         {},
	"runtime/provider/internal/providertest": {"runtime/provider"},
	"runtime":                                {"contracts", "internal/price", "runtime/output", "runtime/provider", "runtime/provider/offline", "runtime/resilience", "runtime/store"},
	"runtime/store":                          {"runtime/resilience", "runtime/store/internal/bounded", "runtime/store/internal/claims", "runtime/store/internal/limiters", "runtime/store/internal/spending"},
	"runtime/store/file":                     {"runtime/store", "runtime/store/internal/claims", "runtime/store/internal/spending"},
	"runtime/store/redis":                    {"runtime/resilience", "runtime/store", "runtime/store/internal/limiters", "runtime/store/internal/spending"},
	"runtime/store/internal/bounded":         {},
	"runtime/store/internal/claims":          {},
	"runtime/store/internal/limiters":        {"runtime/resilience", "runtime/store/internal/bounded"},
	"runtime/store/internal/spending":        {},
	"runtime/store/storetest":                {"runtime/resilience", "runtime/store"},
	"runtime/alloytest":                      {"runtime", "runtime/provider"},
	"runtime/observe/health":                 {"runtime", "runtime/provider"},
	"runtime/observe/async":                  {"runtime"},
	"runtime/serve":                          {"contracts", "internal/openapi", "runtime", "runtime/output"},

	"generator/diag":          {},
	"generator/load":          {"generator/diag"},
	"generator/directive":     {"contracts", "generator/diag", "generator/load", "internal/route"},
	"generator/model":         {},
	"generator/load/loadtest": {"generator/load"},
	"generator/schema":        {"generator/diag", "generator/model"},
	"generator/contract":      {"generator/diag", "generator/model"},
	"generator/build":         {"generator/contract", "generator/diag", "generator/directive", "generator/load", "generator/model", "generator/schema", "internal/price", "internal/route"},
	"generator/emit":          {"generator/model"},
	"generator":               {"generator/build", "generator/diag", "generator/directive", "generator/emit", "generator/load", "generator/model", "internal/openapi"},

	"cmd/alloygen":          {"internal/cli"},
	"internal/cli":          {"generator", "generator/diag", "generator/directive", "generator/model"},
	"internal/architecture": {},
	"internal/docs":         {},
}

// onlyIn names the packages that may import a module from outside.
var onlyIn = map[string][]string{
	"github.com/dave/jennifer":              {"generator/emit"},
	"github.com/santhosh-tekuri/jsonschema": {"generator/schema", "runtime/output/rawschema"},
	"github.com/rogpeppe/go-internal":       {"generator"},
	"github.com/redis/go-redis":             {"runtime/store/redis"},
	"go.etcd.io/bbolt":                      {"runtime/store/file"},
	"github.com/spf13/cobra":                {"internal/cli"},
	"golang.org/x/tools":                    {"generator/load", "generator/load/loadtest", "generator/build"},
}

func TestImportsPointDown(t *testing.T) {
	for _, pkg := range listPackages(t) {
		name := strings.TrimPrefix(pkg.ImportPath, module)
		if strings.HasPrefix(name, "examples/") {
			continue // examples are users
		}
		allowed, known := mayImport[name]
		require.Truef(t, known, "package %s is not in the table of imports: say what it may import", name)
		for _, path := range pkg.Imports {
			if own, ok := strings.CutPrefix(path, module); ok {
				require.Containsf(t, allowed, own, "%s imports %s, which the table of imports does not allow", name, own)
				continue
			}
			for outside, users := range onlyIn {
				if path == outside || strings.HasPrefix(path, outside+"/") {
					require.Containsf(t, users, name, "%s imports %s", name, path)
				}
			}
		}
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	var all []goPackage
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b goPackage) int { return strings.Compare(a.ImportPath, b.ImportPath) })
	require.NotEmpty(t, all)
	return all
}
