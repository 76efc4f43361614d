// Large public modules whose types are used as they are. A module of its own, so that no user of alloygen needs them.
module github.com/alloygen/alloygen/realtypes

go 1.26.0

replace github.com/alloygen/alloygen => ../

require (
	github.com/alloygen/alloygen v0.0.0
	github.com/aws/aws-lambda-go v1.55.1
	github.com/aws/aws-sdk-go-v2/service/ec2 v1.344.1
	github.com/google/go-github/v89 v89.0.0
	github.com/santhosh-tekuri/jsonschema/v5 v5.3.1
	github.com/stripe/stripe-go/v84 v84.4.1
	golang.org/x/tools v0.52.0
)

require (
	github.com/aws/smithy-go v1.28.8 // indirect
	github.com/google/go-querystring v1.2.0 // indirect
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
)
