// Package docs has no code: its tests run the commands and compile the snippets of the project's documents.
package docs
