package alloy

import (
	"fmt"
	"strings"

	"github.com/alloygen/alloygen/runtime/provider"
)

// offerTools checks the tools of the call and prepares what models are told of them.
func (c *call) offerTools() *ConfigurationError {
	if len(c.set.tools) == 0 {
		return nil
	}
	tools := make([]provider.Tool, len(c.set.tools))
	for i := range c.set.tools {
		t := &c.set.tools[i]
		if err := t.check(); err != nil {
			return err
		}
		for _, other := range tools[:i] {
			if other.Name == t.Name {
				return &ConfigurationError{Setting: "tools", Message: fmt.Sprintf("two tools are called %q", t.Name)}
			}
		}
		c.discreet = c.discreet || len(t.Redact) > 0
		tools[i] = provider.Tool{Name: t.Name, Description: t.Description, Input: t.Input}
	}
	if c.set.maxToolTurns != 0 {
		c.tools = tools
	}
	return nil
}

// check says what a tool lacks.
func (t *Tool) check() *ConfigurationError {
	e := &ConfigurationError{Setting: "tools"}
	if !isToolName(t.Name) || t.Input == nil || t.Run == nil {
		e.Message = fmt.Sprintf("the tool %q needs Input, Run, and a Name of letters, digits, underscores and hyphens", t.Name)
		return e
	}
	parser, err := parserOf(t.Input)
	if err == nil && !parser.Complete() && t.Validate == nil {
		err = errIncomplete
	}
	if e.Err = err; err != nil {
		e.Message = fmt.Sprintf("the input schema of the tool %q: %v", t.Name, e.Err)
		return e
	}
	return nil
}

// isToolName reports whether vendors take name for a tool's.
func isToolName(name string) bool {
	for _, r := range name {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-') {
			return false
		}
	}
	return name != ""
}

func (c *call) tool(name string) *Tool {
	for i := range c.set.tools {
		if c.set.tools[i].Name == name {
			return &c.set.tools[i]
		}
	}
	return nil
}

func (c *call) available() string {
	if len(c.set.tools) == 0 {
		return "There are no tools."
	}
	names := make([]string, len(c.set.tools))
	for i := range c.set.tools {
		names[i] = c.set.tools[i].Name
	}
	return "Available tools: " + strings.Join(names, ", ") + "."
}
