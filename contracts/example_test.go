package contracts_test

import (
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/contracts"
)

func ExampleVerify() {
	message := " "
	v := contracts.Verify(contracts.Require, []contracts.Contract{{
		Expr:    "contracts.NotBlank(message)",
		Message: "message must not be blank",
		Holds:   func() bool { return contracts.NotBlank(message) },
	}})
	fmt.Println(v.Kind, v.Expr, "-", v)
	// Output: require contracts.NotBlank(message) - message must not be blank
}

func ExampleNotBlank() {
	fmt.Println(contracts.NotBlank("hello"), contracts.NotBlank(" \n\t"))
	// Output: true false
}

func ExampleLengthBetween() {
	fmt.Println(contracts.LengthBetween("größe", 1, 5), contracts.LengthBetween("", 1, 5))
	// Output: true false
}

func ExampleWordsBetween() {
	fmt.Println(contracts.WordsBetween("one short sentence", 1, 3), contracts.WordsBetween("one sentence too many", 1, 3))
	// Output: true false
}

func ExampleMatches() {
	fmt.Println(contracts.Matches("4392", `^\d{4}$`), contracts.Matches("43921", `^\d{4}$`))
	// Output: true false
}

func ExampleEmail() {
	fmt.Println(contracts.Email("ann@example.com"), contracts.Email("Ann <ann@example.com>"), contracts.Email("ann"))
	// Output: true false false
}

func ExampleURL() {
	fmt.Println(contracts.URL("https://example.com/a?b=c"), contracts.URL("example.com"), contracts.URL("javascript:alert(1)"))
	// Output: true false false
}

func ExampleContainsNone() {
	fmt.Println(contracts.ContainsNone("I will look into it.", "guarantee", "refund"), contracts.ContainsNone("Refund granted!", "guarantee", "refund"))
	// Output: true false
}

func ExampleOneOf() {
	type priority string
	fmt.Println(contracts.OneOf(priority("low"), "low", "urgent"), contracts.OneOf(3, 1, 2))
	// Output: true false
}

func ExampleBetween() {
	fmt.Println(contracts.Between(0.5, 0, 1), contracts.Between(11, 1, 10))
	// Output: true false
}

func ExampleUnique() {
	fmt.Println(contracts.Unique([]string{"a", "b"}), contracts.Unique([]int{1, 2, 1}))
	// Output: true false
}

func ExampleUniqueBy() {
	lines := []string{"4392: shipped", "4393: lost", "4392: paid"}
	number := func(line string) string { return strings.SplitN(line, ":", 2)[0] }
	fmt.Println(contracts.UniqueBy(lines[:2], number), contracts.UniqueBy(lines, number))
	// Output: true false
}

func ExampleAll() {
	fmt.Println(contracts.All([]string{"ann@example.com"}, contracts.Email), contracts.All([]string{"a", " "}, contracts.NotBlank))
	// Output: true false
}

func ExampleAny() {
	fmt.Println(contracts.Any([]string{"", "a"}, contracts.NotBlank), contracts.Any([]string{"", " "}, contracts.NotBlank))
	// Output: true false
}

func ExampleNone() {
	negative := func(x int) bool { return x < 0 }
	fmt.Println(contracts.None([]int{0, 1}, negative), contracts.None([]int{0, -1}, negative))
	// Output: true false
}

func ExampleSubset() {
	asked := []string{"4392", "4393"}
	fmt.Println(contracts.Subset([]string{"4393"}, asked), contracts.Subset([]string{"9999"}, asked))
	// Output: true false
}

func ExampleSorted() {
	fmt.Println(contracts.Sorted([]int{1, 2, 2}), contracts.Sorted([]string{"b", "a"}))
	// Output: true false
}
