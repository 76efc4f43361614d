// Package architecture has no code: its tests hold the tree to the rules of ARCHITECTURE.md.
package architecture
