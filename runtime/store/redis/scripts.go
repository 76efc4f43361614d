package redis

import (
	_ "embed"

	"github.com/redis/go-redis/v9"
)

// The scripts are run by their hash, and sent anew when the server does not know them. They touch the keys that they are
// given alone, so that they run on a cluster.
var (
	//go:embed scripts/limit.lua
	limitSource string
	//go:embed scripts/claim.lua
	claimSource string
	//go:embed scripts/budget.lua
	budgetSource string
	//go:embed scripts/cooldown.lua
	cooldownSource string

	limitScript    = redis.NewScript(limitSource)
	claimScript    = redis.NewScript(claimSource)
	budgetScript   = redis.NewScript(budgetSource)
	cooldownScript = redis.NewScript(cooldownSource)
)
