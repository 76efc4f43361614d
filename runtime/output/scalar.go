package output

import "strings"

func (f *fitter) fitNull(n *node) *Error {
	if !f.word("null") {
		return f.syntax()
	}
	if n.kinds&kindNull == 0 || n.values != nil && !n.values.null {
		return f.misfit(n.want, "null")
	}
	return nil
}

func (f *fitter) fitBool(n *node, value bool) *Error {
	start := f.pos
	word := boolWord(value)
	if !f.word(word) {
		return f.syntax()
	}
	switch {
	case n.kinds&kindBool != 0:
		if n.values != nil && !n.values.bool(value) {
			return f.misfit(n.want, word)
		}
		return nil
	case n.kinds&kindString != 0:
		return f.coerceToString(n, start, word)
	}
	return f.misfit(n.want, word)
}

func (f *fitter) fitNumber(n *node) *Error {
	start := f.pos
	literal, ok := f.number()
	if !ok {
		return f.syntax()
	}
	switch {
	case n.kinds&kindsNumeric != 0:
		plain, err := f.checkNumber(n, literal)
		if err != nil {
			return err
		}
		if plain != literal {
			f.coerce(start, plain)
		}
		return nil
	case n.kinds&kindString != 0 && representable(literal):
		return f.coerceToString(n, start, literal)
	case n.kinds&kindBool != 0:
		if value, ok := boolOf(literal); ok {
			return f.coerceToBool(n, start, value)
		}
	}
	return f.misfit(n.want, showNumber(literal))
}

func (f *fitter) fitString(n *node) *Error {
	start := f.pos
	body, escaped, ok := f.quoted()
	if !ok {
		return f.syntax()
	}
	if n.kinds&kindString == 0 {
		return f.coerceFromString(n, start, unescape(body, escaped))
	}
	if n.text == nil && n.values == nil {
		return nil
	}
	value := unescape(body, escaped)
	spelled, err := f.checkText(n, value)
	switch {
	case err != nil && n.kinds&(kindsNumeric|kindBool) != 0: // an enum of several types
		if f.coerceFromString(n, start, value) == nil {
			return nil
		}
		return err
	case err != nil:
		return err
	case spelled != value:
		f.coerce(start, quote(spelled))
	}
	return nil
}

// coerceFromString takes a string for the number or boolean that n wants.
func (f *fitter) coerceFromString(n *node, start int, value string) *Error {
	word := strings.TrimSpace(value)
	if n.kinds&kindsNumeric != 0 {
		literal := strings.TrimPrefix(word, "+")
		if literal != "" && numberLen(literal) == len(literal) {
			plain, err := f.checkNumber(n, literal)
			if err == nil {
				f.coerce(start, plain)
			}
			return err
		}
	}
	if n.kinds&kindBool != 0 {
		if b, ok := boolOf(word); ok {
			return f.coerceToBool(n, start, b)
		}
	}
	return f.misfit(n.want, showText(value))
}

// coerceToString takes a number or boolean for a string.
func (f *fitter) coerceToString(n *node, start int, word string) *Error {
	spelled, err := f.checkText(n, word)
	if err != nil {
		return err
	}
	f.coerce(start, quote(spelled))
	return nil
}

func (f *fitter) coerceToBool(n *node, start int, value bool) *Error {
	if n.values != nil && !n.values.bool(value) {
		return f.misfit(n.want, boolWord(value))
	}
	f.coerce(start, boolWord(value))
	return nil
}

// coerce writes json instead of the scalar that begins at start.
func (f *fitter) coerce(start int, json string) {
	f.replace(start, json)
	f.repair(RepairCoerced)
}

func boolWord(value bool) string {
	if value {
		return "true"
	}
	return "false"
}

// boolOf reads the words for true and false, in any case.
func boolOf(word string) (value, ok bool) {
	if len(word) > len("false") {
		return false, false
	}
	switch strings.ToLower(word) {
	case "true", "1", "yes", "y", "on", "t":
		return true, true
	case "false", "0", "no", "n", "off", "f":
		return false, true
	}
	return false, false
}
