package wire

// Of a text that is decoded, each element of a list may take a hundred times the memory that it has in the text. An answer has far
// fewer of them.
const (
	mostElements = 1 << 18
	countedDepth = 5 // of what is nested deeper nothing is decoded: arguments of calls, probabilities of tokens
)

// crowded says whether a text has more elements than an answer may have.
func crowded(text []byte) bool {
	if len(text) <= 2*mostElements { // nearly always: an element takes two bytes
		return false
	}
	elements, depth := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			if depth <= countedDepth {
				elements++
			}
		}
	}
	return elements > mostElements
}
