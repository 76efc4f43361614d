module github.com/alloygen/alloygen/testdata/golden

go 1.26.0

require github.com/alloygen/alloygen v0.0.0

require github.com/santhosh-tekuri/jsonschema/v5 v5.3.1 // indirect

replace github.com/alloygen/alloygen => ../..
