// Package spare answers without a model.
package spare

import "strings"

// Shorten cuts a text after so many words.
func Shorten(text string, words int, err error) (string, error) {
	all := strings.Fields(text)
	return strings.Join(all[:min(words, len(all))], " "), nil
}
