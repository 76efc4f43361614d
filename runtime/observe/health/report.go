package health

// Report is all that a monitor knows, at one moment.
type Report struct {
	Models []Status // that have been asked, by name and provider
	Totals Totals
}

// Report returns what the monitor has seen. The value is the caller's.
func (m *Monitor) Report() Report {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Report{Models: m.statuses(func(string) bool { return true }), Totals: m.totals}
}
