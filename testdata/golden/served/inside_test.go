package served

// probe is part of tests only, and at the path of another command.
//
//alloy:command
//alloy:http /events
func probe(event string) string { return event }
