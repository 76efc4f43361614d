package outgoing_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/alloygen/alloygen/clouds/internal/outgoing"
	"github.com/alloygen/alloygen/runtime/provider"
)

// answered is an error as the AWS SDK has it.
type answered int

func (a answered) Error() string       { return fmt.Sprint("answered ", int(a)) }
func (a answered) HTTPStatusCode() int { return int(a) }

func TestNoCredential(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		err    error
		class  provider.Class // empty: left to who sends the request
	}{
		"nobody is signed in":  {0, errors.New("no credentials found"), provider.Invalid},
		"refused":              {400, errors.New("invalid_grant"), provider.Invalid},
		"refused by AWS":       {0, fmt.Errorf("assuming the role: %w", answered(403)), provider.Invalid},
		"issuer down":          {503, errors.New("unavailable"), provider.Overloaded},
		"issuer of AWS down":   {0, answered(500), provider.Server},
		"too many":             {429, errors.New("slow down"), provider.RateLimit},
		"connection refused":   {0, &net.OpError{Op: "dial", Err: errors.New("connection refused")}, ""},
		"no answer in time":    {0, context.DeadlineExceeded, ""},
		"the caller has ended": {0, context.Canceled, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := outgoing.NoCredential("getting a token", tc.status, tc.err)
			require.ErrorContains(t, err, "getting a token: "+tc.err.Error())
			require.ErrorIs(t, err, tc.err)
			e, classed := errors.AsType[*provider.Error](err)
			require.Equal(t, tc.class != "", classed)
			if classed {
				require.Equal(t, tc.class, e.Class)
				require.Zero(t, e.Status, "it would be taken for the model's")
			}
		})
	}
}
