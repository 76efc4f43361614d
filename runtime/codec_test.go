package alloy_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	alloy "github.com/alloygen/alloygen/runtime"
)

func TestConvert(t *testing.T) {
	list, err := alloy.ConvertList([]string{"1", "2"}, strconv.Atoi)
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, list)
	list, err = alloy.ConvertList([]string{}, strconv.Atoi)
	require.NoError(t, err)
	require.NotNil(t, list)
	list, err = alloy.ConvertList(nil, strconv.Atoi)
	require.NoError(t, err)
	require.Nil(t, list)
	_, err = alloy.ConvertList([]string{"1", "x"}, strconv.Atoi)
	require.ErrorContains(t, err, "[1]: ")
	require.ErrorIs(t, err, strconv.ErrSyntax)

	m, err := alloy.ConvertMap(map[string]string{"a": "1"}, strconv.Atoi)
	require.NoError(t, err)
	require.Equal(t, map[string]int{"a": 1}, m)
	_, err = alloy.ConvertMap(map[string]string{"a": "x"}, strconv.Atoi)
	require.ErrorContains(t, err, "[a]: ")
	m, err = alloy.ConvertMap(map[string]string(nil), strconv.Atoi)
	require.NoError(t, err)
	require.Nil(t, m)

	text := "7"
	p, err := alloy.ConvertPointer(&text, strconv.Atoi)
	require.NoError(t, err)
	require.Equal(t, 7, *p)
	p, err = alloy.ConvertPointer(nil, strconv.Atoi)
	require.NoError(t, err)
	require.Nil(t, p)
}

func TestDecodeAs(t *testing.T) {
	decode, encode := alloy.DecodeAs(strconv.Atoi), alloy.EncodeAs(func(n int) (string, error) { return strconv.Itoa(n), nil })
	n, err := decode([]byte(`"42"`))
	require.NoError(t, err)
	require.Equal(t, 42, n)
	data, err := encode(n)
	require.NoError(t, err)
	require.JSONEq(t, `"42"`, string(data))
	_, err = decode([]byte(`42`))
	require.Error(t, err)
}
