package openapi

// problems are the answers without a value.
var problems = []struct{ status, name, description string }{
	{"422", "Refused", "The body does not fit, and field says where; or a condition on the parameters does not hold, and detail says " +
		"which; or the model refused, or takes no request of that length."},
	{"503", "Unavailable", "A limit has been reached, or the model is not to be had: here, or at its vendor."},
	{"5XX", "Failed", "The service, the model or its vendor failed; kind says how."},
	{"default", "Problem", "No value; kind says why."},
}

// problemResponses are those answers by name.
func problemResponses() *object {
	all := &object{}
	for _, r := range problems {
		o := of("description", r.description)
		if r.status == "503" {
			o.set("headers", of("Retry-After", of("description", "In seconds, where it is known.", "schema", of("type", "integer"))))
		}
		o.set("content", of(typeProblem, of("schema", ref("Problem"))))
		all.set(r.name, o)
	}
	return all.sorted()
}

// problem is the schema of what package serve answers with when there is no value.
func problem() *object {
	str := func() *object { return of("type", "string") }
	return of(
		"description", "An answer that is no value (RFC 9457).",
		"type", "object",
		"properties", of(
			"type", of("type", "string", "format", "uri-reference"),
			"title", str(),
			"status", of("type", "integer"),
			"detail", str(),
			"instance", of("type", "string", "format", "uri-reference"),
			"kind", str(),
			"field", of(
				"description", "What does not fit of the body.",
				"type", "object",
				"properties", of(
					"pointer", of("type", "string", "format", "json-pointer"),
					"parameter", str(),
					"rule", str(),
				),
				"required", []any{"pointer", "rule"},
			),
			"retry_after", of("description", "In seconds.", "type", "integer"),
		),
		"required", []any{"type", "title", "status"},
	)
}
