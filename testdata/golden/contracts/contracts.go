// Package contracts has contracts over everything that they can see.
package contracts

import (
	"regexp"
	str "strings"

	"github.com/alloygen/alloygen/runtime"
)

// Draft is a text with a title.
type Draft struct {
	Title string   `json:"title"`
	Tags  []string `json:"tags"`
}

const limit = 80

var word = regexp.MustCompile(`^\w+$`)

func fits(s string) bool { return len(s) <= limit }

// draft sees names of the package, of the file's imports, and of packages that the file does not import.
//
//alloy:command name=WriteDraft
//alloy:require str.TrimSpace(topic) != "", "say a topic"
//alloy:require unsafe.Sizeof(topic) > uintptr(len(banned)), "too much is banned"
//alloy:require words > 0 && words < 1000, "between 1 and 999 words"
//alloy:require !slices.Contains(banned, topic), "that topic is banned"
//alloy:ensure fits(result.Title), "the title is too long"
//alloy:ensure !slices.ContainsFunc(result.Tags, func(s string) bool { return !word.MatchString(s) }), "a tag is one word"
//alloy:ensure utf8.RuneCountInString(result.Title) >= words, `quote "it" and say \so`
//alloy:check len(result.Tags) == len(banned)+1, "many «tags»"
func draft(topic string, words int, banned ...string) alloy.Prompt[Draft] {
	_ = str.ToUpper(topic)
	return alloy.Promptf[Draft]("%s", topic)
}

// risky has contracts that panic.
//
//alloy:tool
//alloy:require xs[0] != "«", "no words"
//alloy:ensure result["x"] == 0, "no x"
func risky(xs []string) map[string]int { return map[string]int{"x": len(xs) - 1} }
