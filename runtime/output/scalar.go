package output

import "strings"

// fitScalar fits a value that is neither an array nor an object.
func (f *fitter) fitScalar(n *node, v *value) *Error {
	switch v.form {
	case formNull:
		if n.kinds&kindNull != 0 && (n.values == nil || n.values.null) {
			f.write("null")
			return nil
		}
	case formBool:
		return f.fitBool(n, v)
	case formNumber:
		return f.fitNumber(n, v)
	case formString, formBare:
		return f.fitText(n, v)
	case formEmpty:
		if n.kinds&kindNull != 0 && n.kinds&kindString == 0 {
			f.coerce("null")
			return nil
		}
		return f.fitText(n, v)
	}
	return f.misfits(n, v)
}

func (f *fitter) fitBool(n *node, v *value) *Error {
	isTrue := v.text[0]|0x20 == 't'
	switch {
	case n.kinds&kindBool != 0 && (n.values == nil || n.values.bool(isTrue)):
		f.write(boolWord(isTrue))
		return nil
	case n.kinds&kindString != 0:
		return f.fitWord(n, v)
	}
	return f.misfits(n, v)
}

func (f *fitter) fitNumber(n *node, v *value) *Error {
	switch {
	case n.kinds&kindsNumeric != 0:
		plain, err := f.checkNumber(n, v.text)
		switch {
		case err != nil && n.kinds&kindString != 0 && n.values != nil:
			return f.fitWord(n, v)
		case err != nil:
			return err
		case plain != v.text:
			f.coerce(plain)
		default:
			f.write(plain)
		}
		return nil
	case n.kinds&kindString != 0 && representable(v.text):
		return f.fitWord(n, v)
	case n.kinds&kindBool != 0:
		if isTrue, ok := boolOf(v.text); ok && (n.values == nil || n.values.bool(isTrue)) {
			f.coerce(boolWord(isTrue))
			return nil
		}
	}
	return f.misfits(n, v)
}

// fitWord takes a number or boolean for a string.
func (f *fitter) fitWord(n *node, v *value) *Error {
	text := v.text
	if n.values != nil {
		s, how := n.values.match(text)
		if how != exact && how != spelled {
			return f.misfits(n, v)
		}
		text = s
	}
	if want := n.text.broken(text); want != "" {
		return f.misfit(want, showText(text))
	}
	f.coerce(quote(text))
	return nil
}

// coerce writes json instead of a scalar.
func (f *fitter) coerce(json string) {
	f.write(json)
	f.repair(byCoerced)
}

// fitText fits a string, or text without quotes. What it is to the letter comes first, then what it is in another spelling, and
// at last what it speaks of.
func (f *fitter) fitText(n *node, v *value) *Error {
	if n.kinds&kindString != 0 && n.text == nil && n.values == nil && v.form == formString {
		f.writeString(v)
		return nil
	}
	text := v.string()
	if v.form == formBare && n.kinds&(kindsNumeric|kindString) == kindsNumeric|kindString && f.fitNumeral(n, v, text) {
		return nil
	}
	err := errQuiet
	if n.kinds&kindString != 0 {
		if err = f.fitString(n, v, text); err == nil {
			return nil
		}
	}
	if n.kinds&kindsNumeric != 0 && f.fitNumeral(n, v, text) {
		return nil
	}
	if n.kinds&kindBool != 0 {
		if b, ok := boolOf(strings.TrimSpace(text)); ok && (n.values == nil || n.values.bool(b)) {
			f.coerce(boolWord(b))
			return nil
		}
	}
	if n.kinds&kindNull != 0 && (n.values == nil || n.values.null) && nullWords[strings.ToLower(strings.TrimSpace(text))] {
		f.coerce("null")
		return nil
	}
	if f.fitMention(n, text) {
		return nil
	}
	if f.quiet || err != errQuiet {
		return err
	}
	return f.wrongText(n, v, text)
}

// fitString fits text to a node that takes strings.
func (f *fitter) fitString(n *node, v *value, text string) *Error {
	spelling, how := text, exact
	if n.values != nil {
		if spelling, how = n.values.match(text); how == noMatch {
			return f.misfits(n, v)
		}
	}
	if want := n.text.broken(spelling); want != "" {
		respelled, ok := n.text.respelled(spelling)
		if !ok || n.values != nil {
			return f.misfit(want, showText(text))
		}
		spelling, how = respelled, spelled
	}
	switch how {
	case mentions:
		f.repair(byMention)
		f.write(quote(spelling))
	case spelled:
		f.coerce(quote(spelling))
	default:
		f.writeString(v)
		if _, numeral := v.numeral(); numeral {
			f.repair(byQuotes)
			f.cost += repairs[byCoerced].cost + 1 // a number rather than a string, where both would do
		}
	}
	return nil
}

// fitNumeral takes text for the number that n wants.
func (f *fitter) fitNumeral(n *node, v *value, text string) bool {
	numeral, ok := readNumeral(text)
	if !ok {
		return false
	}
	plain, ok := f.numeralFor(n, numeral)
	if !ok {
		return false
	}
	if _, bare := v.numeral(); bare && v.fixes&fixText == 0 {
		f.write(plain)
		f.repair(byNumber)
	} else {
		f.coerce(plain)
	}
	return true
}

// numeralFor is a numeral as n wants it. A percentage is the number that is written, unless only its hundredth fits.
func (f *fitter) numeralFor(n *node, numeral numeral) (plain string, ok bool) {
	quiet := f.quiet
	f.quiet = true
	defer func() { f.quiet = quiet }()
	plain, err := f.checkNumber(n, numeral.literal)
	if err != nil && numeral.percent {
		plain, err = f.checkNumber(n, hundredth(numeral.literal))
	}
	return plain, err == nil
}

// fitMention takes the one number or truth value that a text in words speaks of.
func (f *fitter) fitMention(n *node, text string) bool {
	if strings.TrimSpace(text) == "" {
		return false
	}
	if n.kinds&kindsNumeric != 0 {
		if numeral, ok := numberIn(text); ok {
			if plain, ok := f.numeralFor(n, numeral); ok {
				f.repair(byMention)
				f.write(plain)
				return true
			}
		}
	}
	if n.kinds&kindBool != 0 {
		if b, ok := boolIn(text); ok && (n.values == nil || n.values.bool(b)) {
			f.repair(byMention)
			f.write(boolWord(b))
			return true
		}
	}
	return false
}

// wrongText is the error of text for a node that takes no strings.
func (f *fitter) wrongText(n *node, v *value, text string) *Error {
	if numeral, ok := readNumeral(text); ok && n.kinds&kindsNumeric != 0 {
		if _, err := f.checkNumber(n, numeral.literal); err != nil {
			return err
		}
	}
	return f.misfits(n, v)
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
