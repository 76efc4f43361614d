package generator

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Apply makes the changes, all or none: every new content is on the disk, beside its place, before the first file is
// replaced, and if a replacement fails those before it are undone. Files that did not change are not touched, so that
// their times, and what was built from them, stay.
func Apply(changes []Change) (err error) {
	temps := make([]string, len(changes))
	defer func() {
		for _, temp := range temps {
			if temp != "" {
				os.Remove(temp) // gone already if it was renamed
			}
		}
	}()
	for i, c := range changes {
		if c.New == nil {
			continue
		}
		if temps[i], err = writeBeside(c.Path, c.New); err != nil {
			return fmt.Errorf("write %s: %w", c.Path, err)
		}
	}
	for i, c := range changes {
		if c.New == nil {
			err = os.Remove(c.Path)
		} else {
			err = os.Rename(temps[i], c.Path)
		}
		if err != nil {
			return errors.Join(err, undo(changes[:i]))
		}
	}
	return nil
}

// writeBeside writes content to a new file in the directory of path, with the permissions of a new source file.
func writeBeside(path string, content []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Chmod(modeOf(path))
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

func modeOf(path string) os.FileMode {
	if info, err := os.Stat(path); err == nil {
		return info.Mode().Perm()
	}
	return 0o644
}

// undo puts back what was there before.
func undo(changes []Change) error {
	var errs []error
	for _, c := range changes {
		var err error
		if c.Old == nil {
			err = os.Remove(c.Path)
		} else {
			err = os.WriteFile(c.Path, c.Old, 0o644)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("undo: %w", err))
		}
	}
	return errors.Join(errs...)
}
