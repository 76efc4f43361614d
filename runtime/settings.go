package alloy

import (
	"fmt"
	"net/http"
	"time"

	"github.com/alloygen/alloygen/runtime/output"
	"github.com/alloygen/alloygen/runtime/provider"
	"github.com/alloygen/alloygen/runtime/store"
)

// base is what the calls of one command with one client start from. It is made once and kept until the client or the
// environment changes.
type base struct {
	client   *Client
	config   *config
	env      *environment
	settings settings
	targets  []target // the model and its fallbacks
}

// baseFor returns the settings that a call with that client starts from.
func (c *command) baseFor(client *Client) (*base, *ConfigurationError) {
	config, env := client.current(), readEnvironment()
	if b := c.base.Load(); b != nil && b.client == client && b.config == config && b.env == env {
		return b, nil
	}
	if env.err != nil {
		return nil, env.err
	}
	if c.form == formTyped {
		if _, err := c.parser(); err != nil {
			return nil, err
		}
	}
	b := &base{client: client, config: config, env: env, settings: builtin}
	b.settings.applyAll(env.options)
	b.settings.applyAll(config.options)
	b.settings.applyAll(c.options)
	if b.settings.err != nil {
		return nil, b.settings.err
	}
	targets, err := b.settings.resolve()
	if err != nil {
		return b, nil // a call's own options may name other models
	}
	b.targets = targets
	if err := targets[0].bind(client, &b.settings); err == nil {
		c.base.Store(b) // from here on other calls read it
	}
	return b, nil
}

// reading says how the command's answers are read where there is no call: by its own settings.
func (c *command) reading() (output.Options, error) {
	s := builtin
	s.applyAll(c.options)
	if s.err != nil {
		return output.Options{}, c.configurationError(s.err)
	}
	return s.reading, nil
}

// settings are what one call goes by. Slices and maps in it are shared between calls: options replace them, or write to a copy.
type settings struct {
	model      string
	modelFrom  string // the option or variable that named it
	fallback   []string
	backend    string // of ALLOY_BACKEND: the provider that every model goes to
	provider   provider.Provider
	httpClient *http.Client
	compatible map[string]provider.Endpoint // by prefix
	routed     int                          // how often one of these was set

	limits     []RateLimit
	bulkheads  []bulkhead
	breaker    Breaker
	hasBreaker bool
	health     interface{ Critical(model string) bool }
	store      store.Store // nil: the client's memory
	guarded    int         // how often one of these was set

	hedge   Hedge
	budgets []Budget
	prices  map[string]Price

	system       string
	generation   provider.Settings
	extra        map[string]any
	context      any // of WithContext
	hasContext   bool
	autoFinalize bool
	reading      output.Options // of typed answers

	retry          Retry
	retryOn        []Condition
	timeout        time.Duration
	attemptTimeout time.Duration
	streamTimeout  StreamTimeout
	finalize       Finalize

	tools         []Tool
	toolTimeout   time.Duration
	maxToolTurns  int
	parallelTools int
	approver      Approver

	run          string // of WithRunID
	checkpointer store.Checkpointer

	observers []Observer
	err       *ConfigurationError // the first option that makes no sense
}

var builtin = settings{
	model:         DefaultModel,
	modelFrom:     "model",
	retryOn:       defaultRetryOn,
	autoFinalize:  true,
	timeout:       DefaultTimeout,
	toolTimeout:   DefaultToolTimeout,
	maxToolTurns:  DefaultMaxToolTurns,
	parallelTools: DefaultParallelTools,
}

func (s *settings) applyAll(options []Option) {
	for _, o := range options {
		if o != nil {
			o.apply(s)
		}
	}
}

func (s *settings) refuse(setting, format string, args ...any) {
	if s.err == nil {
		s.err = &ConfigurationError{Setting: setting, Message: setting + ": " + fmt.Sprintf(format, args...)}
	}
}
