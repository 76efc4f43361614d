package main

import (
	"context"
	"fmt"
	"go/types"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// surface is what a package offers.
type surface struct {
	structs []string // exported struct types without type parameters, sorted
	generic []string // those with
	custom  []custom // types that marshal themselves, sorted by name
	open    []string // struct types with a field that can hold anything, sorted
}

// custom is a type with a MarshalJSON or UnmarshalJSON method of its own.
type custom struct {
	name     string
	isStruct bool
}

// inspect loads a package as the compiler sees it.
func inspect(ctx context.Context, dir, path string) (*surface, error) {
	cfg := &packages.Config{Context: ctx, Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports, Dir: dir}
	pkgs, err := packages.Load(cfg, path)
	if err != nil {
		return nil, err
	}
	if len(pkgs) != 1 || len(pkgs[0].Errors) > 0 {
		return nil, fmt.Errorf("load: %v", pkgs[0].Errors)
	}
	scope := pkgs[0].Types.Scope()
	s := new(surface)
	for _, name := range scope.Names() { // sorted
		object, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || !object.Exported() || object.IsAlias() {
			continue
		}
		named := object.Type().(*types.Named)
		_, isStruct := named.Underlying().(*types.Struct)
		switch {
		case isStruct && named.TypeParams() != nil:
			s.generic = append(s.generic, name)
		case isStruct:
			s.structs = append(s.structs, name)
			if holdsAny(named.Underlying()) {
				s.open = append(s.open, name)
			}
		}
		if marshalsItself(named) {
			s.custom = append(s.custom, custom{name, isStruct})
		}
	}
	return s, nil
}

// marshalsItself reports whether a type declares a JSON method, not just gets one from an embedded field.
func marshalsItself(named *types.Named) bool {
	return slices.ContainsFunc(slices.Collect(named.Methods()), func(m *types.Func) bool {
		return m.Name() == "UnmarshalJSON" || m.Name() == "MarshalJSON"
	})
}

// holdsAny reports whether a type has an empty interface in it, without looking into named types
// other than embedded ones.
func holdsAny(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Interface:
		return t.Empty()
	case *types.Pointer:
		return holdsAny(t.Elem())
	case *types.Slice:
		return holdsAny(t.Elem())
	case *types.Array:
		return holdsAny(t.Elem())
	case *types.Map:
		return holdsAny(t.Elem())
	case *types.Struct:
		for i := range t.NumFields() {
			name, _, _ := strings.Cut(reflect.StructTag(t.Tag(i)).Get("json"), ",")
			f := t.Field(i)
			if name == "-" || !f.Exported() && !f.Embedded() {
				continue
			}
			typ := f.Type()
			if f.Embedded() { // its fields are the struct's own
				typ = typ.Underlying()
			}
			if holdsAny(typ) {
				return true
			}
		}
	}
	return false
}
