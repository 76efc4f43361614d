// Writes the vendors' published descriptions of their requests as JSON Schema, for ../published_test.go. OpenAI's and
// Anthropic's come from their OpenAPI documents, as the packages @effect/ai-openai and @effect/ai-anthropic (MIT) have them;
// Gemini's from Google's protocol buffers, as the package @google-ai/generativelanguage (Apache-2.0) has them, by the mapping of
// https://protobuf.dev/programming-guides/json/. Run: npm ci && node make.mjs
import { readFileSync, writeFileSync } from "node:fs"
import * as Schema from "effect/Schema"
import * as OpenAI from "@effect/ai-openai/Generated"
import * as Anthropic from "@effect/ai-anthropic/Generated"

// What people read is left out. A tool's input_schema is open in Anthropic's document, which the package closes. Of OpenAI's
// variants more than one may fit.
const written = (key, value) => {
	if ((key === "description" || key === "title") && typeof value === "string") return undefined
	if (key === "input_schema") return { ...value, additionalProperties: true }
	const { oneOf, ...rest } = value?.oneOf ? value : {}
	return Array.isArray(oneOf) ? { ...rest, anyOf: oneOf } : value
}
const write = (name, schema) => writeFileSync(new URL(name + ".json", import.meta.url), JSON.stringify(schema, written) + "\n")
const openAPI = (type) => {
	const { schema, definitions } = Schema.toJsonSchemaDocument(type)
	return { $schema: "https://json-schema.org/draft/2020-12/schema", ...schema, $defs: definitions }
}

write("openai-chat", openAPI(OpenAI.CreateChatCompletionRequest))
write("openai-responses", openAPI(OpenAI.CreateResponse))
write("anthropic", openAPI(Anthropic.CreateMessageParams))
write("gemini", messages("GenerateContentRequest"))

// messages is a message of the Gemini API, with those that it holds, as JSON Schema.
function messages(root) {
	const protos = JSON.parse(readFileSync(new URL("node_modules/@google-ai/generativelanguage/build/protos/protos.json", import.meta.url)))
	const all = protos.nested.google.nested.ai.nested.generativelanguage.nested.v1beta.nested
	const scalars = {
		string: { type: "string" }, bool: { type: "boolean" }, bytes: { type: "string", pattern: "^[A-Za-z0-9+/_-]*=*$" },
		int32: { type: "integer" }, int64: { type: ["integer", "string"] }, float: { type: "number" }, double: { type: "number" },
		"google.protobuf.Struct": { type: "object" }, "google.protobuf.Value": {}, "google.protobuf.ListValue": { type: "array" },
		"google.protobuf.Timestamp": { type: "string" }, "google.protobuf.Duration": { type: "string" },
	}
	const definitions = {}
	// find looks for a type in the message that names it, and then around it.
	const find = (type, scope) => {
		for (let path = scope; ; path = path.slice(0, -1)) {
			let at = { nested: all }
			for (const part of [...path, ...type.split(".")]) at = at?.nested?.[part]
			if (at) return [[...path, ...type.split(".")], at]
			if (path.length === 0) throw new Error(`no type ${type} in ${scope}`)
		}
	}
	const reference = (type, scope) => {
		if (scalars[type]) return scalars[type]
		if (type.startsWith("google.type.")) return { type: "object" }
		const [path, at] = find(type, scope)
		const name = path.join(".")
		if (!definitions[name]) {
			definitions[name] = {} // it may hold itself
			definitions[name] = at.values ? { enum: Object.keys(at.values) } : message(at, path)
		}
		return { $ref: "#/definitions/" + name }
	}
	const message = (at, path) => {
		const properties = {}
		for (const [name, field] of Object.entries(at.fields ?? {})) {
			const one = reference(field.type, path)
			properties[name] = field.keyType ? { type: "object", additionalProperties: one } : field.rule === "repeated" ? { type: "array", items: one } : one
		}
		const not = Object.values(at.oneofs ?? {}).flatMap(({ oneof }) =>
			oneof.flatMap((a, i) => oneof.slice(i + 1).map((b) => ({ not: { required: [a, b] } }))))
		const required = Object.entries(at.fields ?? {}).filter(([name, field]) =>
			name !== "model" && field.options?.["(google.api.field_behavior)"] === "REQUIRED").map(([name]) => name) // the model stands in the address
		return { type: "object", properties, required, additionalProperties: false, ...(not.length > 0 && { allOf: not }) }
	}
	const { $ref } = reference(root, [])
	return { $schema: "http://json-schema.org/draft-07/schema#", $ref, definitions }
}
