package contracts_test

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/contracts"
)

func TestVerifyReportsTheFirstViolationInOrder(t *testing.T) { // F102
	var evaluated []string
	contract := func(name string, holds bool) contracts.Contract {
		return contracts.Contract{Expr: name, Message: name + " is broken", Holds: func() bool {
			evaluated = append(evaluated, name)
			return holds
		}}
	}
	v := contracts.Verify(contracts.Ensure, []contracts.Contract{contract("a", true), contract("b", false), contract("c", false)})
	require.Equal(t, &contracts.Violation{Kind: contracts.Ensure, Expr: "b", Message: "b is broken"}, v)
	require.Equal(t, []string{"a", "b"}, evaluated)

	require.Nil(t, contracts.Verify(contracts.Ensure, []contracts.Contract{contract("a", true)}))
	require.Nil(t, contracts.Verify(contracts.Require, nil))
}

func TestContractThatPanicsIsViolated(t *testing.T) { // F101
	var missing map[string][]int
	v := contracts.Verify(contracts.Require, []contracts.Contract{
		{Expr: "missing[key][0] > 0", Message: "there must be a first one", Holds: func() bool { return missing["key"][0] > 0 }},
		{Expr: "never", Holds: func() bool { t.Error("evaluated after a violation"); return true }},
	})
	require.EqualError(t, v, "there must be a first one")
	require.ErrorContains(t, v.Panic.(error), "index out of range")
	require.Contains(t, string(v.Stack), "contract_test.go")

	v = contracts.Verify(contracts.Check, []contracts.Contract{{Message: "no function"}})
	require.EqualError(t, v, "no function")
	require.NotNil(t, v.Panic)
}

func TestViolationIsFoundInACause(t *testing.T) {
	v := contracts.Verify(contracts.Require, []contracts.Contract{{Message: "no", Holds: func() bool { return false }}})
	found, ok := errors.AsType[*contracts.Violation](fmt.Errorf("triage: %w", v))
	require.True(t, ok)
	require.Same(t, v, found)
}

func TestPredicatesOfNothing(t *testing.T) {
	var none []string
	key := func(s string) string { return s }
	require.True(t, contracts.Unique(none))
	require.True(t, contracts.UniqueBy(none, key))
	require.True(t, contracts.All(none, contracts.NotBlank))
	require.False(t, contracts.Any(none, contracts.NotBlank))
	require.True(t, contracts.None(none, contracts.NotBlank))
	require.True(t, contracts.Subset(none, none))
	require.False(t, contracts.Subset([]string{""}, none))
	require.True(t, contracts.Sorted(none))
	require.False(t, contracts.OneOf("x"))
	require.True(t, contracts.ContainsNone("", "a"))
	require.True(t, contracts.ContainsNone("a", ""))
	require.True(t, contracts.WordsBetween(" \n", 0, 0))
	require.False(t, contracts.URL(""))
	require.False(t, contracts.URL("http://"))
	require.False(t, contracts.Email(""))
	require.False(t, contracts.Between(math.NaN(), math.Inf(-1), math.Inf(1)))
	require.False(t, contracts.Between(1, 2, 0), "an empty range holds nothing")
	require.True(t, contracts.Matches("", ""))
}

func TestMatchesWithABadPattern(t *testing.T) {
	for range 2 { // compiled, then kept
		require.False(t, contracts.Matches("(", "("))
	}
}

func TestMatchesFromManyGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if !contracts.Matches(fmt.Sprint(i), `^\d+$`) {
				t.Errorf("%d does not match", i)
			}
		})
	}
	wg.Wait()
}
