package generator

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/alloygen/alloygen/generator/diag"
	"github.com/alloygen/alloygen/generator/load"
	"github.com/alloygen/alloygen/generator/model"
	"github.com/alloygen/alloygen/internal/openapi"
)

// OpenAPI returns the documents of the packages that serve commands, by path: those that Generate writes beside them, with another
// version of the interface if one is given. What is wrong with the packages comes back as diagnostics.
func OpenAPI(ctx context.Context, opts Options, version string) ([]File, diag.List, error) {
	a, err := analyze(ctx, opts)
	if err != nil || len(a.diagnostics) > 0 {
		return nil, a.problems(), err
	}
	var places []place
	for _, p := range a.parsed {
		places = append(places, newPlace(p.Load))
	}
	files, err := describeAll(places, a.models, cmp.Or(version, DocumentVersion))
	return files, nil, err
}

// describeAll makes the OpenAPI documents of the packages that serve commands.
func describeAll(places []place, models []model.Package, version string) ([]File, error) {
	var files []File
	for i := range models {
		p := &models[i]
		commands := served(p)
		if len(commands) == 0 {
			continue
		}
		info := openapi.Info{Title: title(p), Version: version, Comment: load.Comment}
		content, err := openapi.Document(info, routes(commands))
		if err != nil {
			return nil, fmt.Errorf("%s: %w, which is a defect of alloygen", p.Path, err)
		}
		files = append(files, File{Path: filepath.Join(places[i].dir, load.DocumentFile), Content: content})
	}
	return files, nil
}

// DocumentVersion is the version of the interface that the document beside a package says. OpenAPI demands one, and while
// generating none is known: tags come later, and the bytes must be the same on every machine.
const DocumentVersion = "1.0.0"

// title is the name of a package, or of the program.
func title(p *model.Package) string {
	if p.Name != "main" {
		return p.Name
	}
	parent, last := path.Split(p.Path)
	if parent != "" && majorVersion.MatchString(last) { // example.com/chat/v2
		last = path.Base(parent)
	}
	return last
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// served are the commands that the handlers of a package serve.
func served(p *model.Package) []*model.Command {
	var all []*model.Command
	for i := range p.Files {
		f := &p.Files[i]
		if f.Name != model.MainFile {
			continue
		}
		for j := range f.Commands {
			if c := &f.Commands[j]; c.HTTP != nil {
				all = append(all, c)
			}
		}
	}
	return all
}

func routes(commands []*model.Command) []openapi.Route {
	var all []openapi.Route
	for _, c := range commands {
		r := openapi.Route{
			Command: c.Exported, Method: c.HTTP.Method, Path: c.HTTP.Path, Summary: c.HTTP.Summary, Description: description(c),
			Answer: answers[c.Result.Kind], Wrapped: c.Result.Wrapped,
		}
		if c.Recv != nil {
			r.Command = c.Recv.Type + "." + c.Exported
		}
		if c.HTTP.Input != nil {
			r.Input = described(c.HTTP.Input)
			r.Input.Name = "" // it is of this command alone
		}
		if c.Result.Schema != nil {
			r.Output = described(c.Result.Schema)
		}
		all = append(all, r)
	}
	return all
}

var answers = map[model.ResultKind]openapi.Answer{
	model.ResultTyped: openapi.Typed, model.ResultText: openapi.Text, model.ResultNone: openapi.None,
}

// description is what a command's doc comment says beyond its first sentence.
func description(c *model.Command) string {
	rest := strings.TrimSpace(c.Doc)
	if s, ok := strings.CutPrefix(rest, c.Name+" "); ok {
		rest = c.Exported + " " + s
	}
	if strings.Join(strings.Fields(rest), " ") == c.HTTP.Summary {
		return ""
	}
	return rest
}

func described(s *model.Schema) openapi.Schema {
	d := openapi.Schema{Name: s.Name, JSON: s.JSON}
	for _, def := range s.Defs {
		d.Unknown = append(d.Unknown, def.Name)
	}
	return d
}
